import json

import numpy as np
import pytest
import shapely
from django.core.management import CommandError, call_command

from conservation.regions.models import Division
from tests.conservation.regions.fixtures import load_hunan
from tests.conservation.regions.makers import shape_zip

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def hunan(db):
    load_hunan()


def layer(tmp_path, codes=("430181",), geoms=None):
    rows = Division.objects.current().filter(code__in=codes).order_by("code")
    geoms = geoms or [shapely.from_wkb(bytes(row.geom.wkb)).buffer(-0.001) for row in rows]
    fields = {"code": np.array(codes, dtype=object), "name": np.array(["浏阳市"] * len(codes), dtype=object)}
    path = tmp_path / "layer.zip"
    path.write_bytes(shape_zip(geoms, fields))
    return path


def status(*args):
    with pytest.raises(CommandError) as caught:
        call_command("load_divisions", *args)
    return caught.value.returncode, str(caught.value)


def test_loads_and_prints_one_object(tmp_path, capsys):
    call_command("load_divisions", str(layer(tmp_path)), "--vintage", "2025-07-01", "--json")
    found = json.loads(capsys.readouterr().out)
    assert (found["loaded"], found["changed"], found["retired"]) == (1, 1, 8)
    assert Division.objects.current().get(code="430181").valid_from.isoformat() == "2025-07-01"


def test_says_it_in_words(tmp_path, capsys):
    call_command("load_divisions", str(layer(tmp_path)))
    assert "1 个区划已装载" in capsys.readouterr().out


def test_bad_rows_are_named_and_nothing_is_written(tmp_path, capsys):
    path = layer(tmp_path, codes=("43",), geoms=[shapely.box(113, 28, 113.1, 28.1)])
    code, said = status(str(path), "--json")
    assert code == 1 and said.startswith("1: ")
    assert json.loads(capsys.readouterr().out)["rejected"][0]["row"] == 1
    assert Division.objects.current().filter(code="430181").get().packaged


def test_wrong_calls(tmp_path):
    assert status()[0] == 2
    assert status("--packaged", str(layer(tmp_path)))[0] == 2
    assert status(str(tmp_path / "none.zip"))[0] == 2
    assert status(str(layer(tmp_path)), "--province", "43")[0] == 2
    assert status("--packaged", "--province", "99")[0] == 2
    with pytest.raises(CommandError):
        call_command("load_divisions", str(layer(tmp_path)), "--vintage", "yesterday")


def test_packaged(capsys):
    call_command("load_divisions", "--packaged", "--province", "46", "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["loaded"] > 20 and found["changed"] == found["retired"] == 0
    assert Division.objects.get(code="460302").geom is not None
