"""import_patches and classify_patches: JSON keys and exit status."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pyogrio.raw
import pytest
import shapely
from django.core.management import call_command

from conservation.regions import geo
from supervision.patches.models import Patch
from tests.supervision.patches.conftest import feature_file
from tests.supervision.patches.shapes import PLANE, square

pytestmark = pytest.mark.django_db


def run(*args: object) -> tuple[int, dict]:
    out, status = io.StringIO(), 0
    try:
        call_command(*map(str, args), "--json", stdout=out, stderr=io.StringIO())
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, json.loads(out.getvalue() or "{}")


def test_import_and_classify(tmp_path, round_, range_) -> None:
    path = tmp_path / "p.geojson"
    path.write_bytes(feature_file([("A1", square(20, 20, 120, 120), {}), ("A2", square(900, 0, 1000, 100), {})]))
    status, found = run("import_patches", path, "--round", round_.code)
    assert status == 0
    assert set(found) >= {"read", "loaded", "matched", "unmatched", "rejected", "repaired", "classes"}
    assert (found["read"], found["loaded"], found["matched"]) == (2, 2, 1)
    assert found["classes"] == {"compliant": 1, "suspected_unapproved": 1}
    status, found = run("classify_patches", "--round", round_.code)
    assert status == 0 and set(found) >= {"classified", "classes", "seconds"}
    assert (found["classified"], found["changed"]) == (2, 0)


def test_refused(tmp_path, round_) -> None:
    path = tmp_path / "p.geojson"
    path.write_bytes(
        feature_file([("", square(20, 20, 120, 120), {}), ("A2", square(900, 0, 1000, 100), {"QTYPE": "x"})])
    )
    status, found = run("import_patches", path, "--round", round_.code)
    assert status == 1
    assert [one["row"] for one in found["rejected"]] == [1, 2]
    assert not Patch.objects.exists()


def test_wrong_calls(tmp_path, round_) -> None:
    assert run("import_patches", tmp_path / "none.zip", "--round", round_.code)[0] == 2
    assert run("import_patches", tmp_path, "--round", "nonsense")[0] == 2
    assert run("classify_patches", "--round", "nonsense")[0] == 2


def test_gbk_shapefile_in_a_projected_system(tmp_path, round_, range_) -> None:
    flat = geo.transform(square(20, 20, 120, 120), geo.CGCS2000, PLANE)
    pyogrio.raw.write(
        tmp_path / "图斑.shp", np.array([shapely.to_wkb(flat)], object),
        [np.array(["甲-1"], object), np.array(["弃渣场"], object)], np.array(["图斑编号", "QTYPE"]),
        geometry_type="Polygon", crs="EPSG:4547", encoding="GBK",
    )  # fmt: skip
    (tmp_path / "图斑.cpg").unlink(missing_ok=True)
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for one in sorted(tmp_path.glob("图斑.*")):
            archive.write(one, one.name)
    status, found = run("import_patches", path, "--round", round_.code, "--map", "QDNM=图斑编号")
    assert (status, found.get("rejected")) == (0, [])
    patch = Patch.objects.get()
    assert (patch.number, patch.kind, patch.klass) == ("甲-1", "spoil", "compliant")
    assert float(patch.area_ha) == 1.0
