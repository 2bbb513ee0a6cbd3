"""The ledger and the ranges of an authority come in: what is matched, what is refused, and that all is or nothing is."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import python_calamine
import shapely
import xlsxwriter
from django.core.management import call_command

from conservation import clock
from conservation.accounts.models import Unit
from conservation.errors import Forbidden, Refused
from conservation.history.models import Event
from projects.registry import actions, ledger
from projects.registry.models import Project, ResponsibilityRange
from tests.projects.conftest import CHANGSHA_COUNTY, YUEYANG, square
from tests.world import credit_code, person

pytestmark = pytest.mark.django_db

HEAD = [str(column.title) for column in ledger.COLUMNS]


def row(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "code": f"2404-430121-04-01-{number:06d}",
        "name": f"台账项目{number}",
        "type_no": "公路工程",
        "nature": "新建",
        "approval_level": "县级",
        "counties": "430121",
        "permanent_ha": 6.5,
        "temporary_ha": "1",
        "excavation_m3": "20,000",
        "fill_m3": 10000,
        "unit_name": f"建设单位{number}",
        "uscc": credit_code(1000 + number),
        "plan_kind": "水土保持方案报告书",
        "plan_number": f"长县水〔2025〕{number}号",
        "plan_approved_on": "2025-05-06",
        "works": "施工",
        "started_on": "2025/6/1",
        **changes,
    }


def as_csv(rows: list[dict[str, Any]], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for one in rows:
        writer.writerow([one.get(column.key, "") for column in ledger.COLUMNS])
    return out.getvalue().encode(encoding)


def as_xlsx(rows: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEAD)
    for at, one in enumerate(rows, start=1):
        sheet.write_row(at, 0, [one.get(column.key, "") for column in ledger.COLUMNS])
    book.close()
    return out.getvalue()


@pytest.mark.parametrize("form", [as_csv, lambda rows: as_csv(rows, "gb18030"), as_xlsx])
def test_a_ledger_comes_in(world, form):
    found = actions.import_projects(None, form([row(1), row(2, works="已投产使用"), row(3, works="", plan_number="",
        plan_approved_on="", plan_kind="", started_on="")]), "台账.xlsx")  # fmt: skip
    assert found == {"read": 3, "created": 3, "updated": 0, "rejected": []}
    states = dict(Project.objects.values_list("name", "state"))
    assert states == {"台账项目1": "under_construction", "台账项目2": "in_use", "台账项目3": "registered"}
    first = Project.objects.get(name="台账项目1")
    assert (first.authority, first.areas, first.excavation_m3) == (world.county, ["43", "4301", "430121"], 20000)
    assert first.unit.uscc == credit_code(1001) and first.source == "import"
    assert Event.objects.filter(act="registry.import_projects", subject_type="project").count() == 3


def test_a_second_time_updates(world):
    actions.import_projects(None, as_csv([row(1), row(2, code="")]), "a.csv")
    again = actions.import_projects(
        None,
        as_csv([row(1, name="新名称", works="完工", completed_on="2026-01-05"), row(2, code="", fill_m3="1")]),
        "b.csv",
    )
    assert (again["created"], again["updated"]) == (0, 2)
    first = Project.objects.get(code=row(1)["code"])
    assert (first.name, first.state) == ("新名称", "completed")
    assert Unit.objects.filter(uscc=credit_code(1001)).count() == 1


def test_every_bad_row_is_named_and_nothing_written(world):
    rows = [
        row(1),
        row(2, uscc=credit_code(1002)[:-1] + "!"),
        row(3, code="2404-43012-04"),
        row(4, counties="430199"),
        row(5, permanent_ha="many", planned_start_on="soon"),
        row(6, plan_approved_on=""),
        row(7, code=row(1)["code"]),
        row(8, type_no="飞船"),
        row(9, name=""),
        row(10, counties="110101"),
    ]
    units = Unit.objects.count()
    with pytest.raises(Refused) as caught:
        actions.import_projects(None, as_csv(rows), "bad.csv")
    at = {(fault.row, fault.key) for fault in caught.value.faults}
    assert {
        (3, "uscc"),
        (4, "code"),
        (5, "counties"),
        (6, "permanent_ha"),
        (6, "planned_start_on"),
        (7, "plan_approved_on"),
        (8, "code"),
        (9, "type_no"),
        (10, "name"),
    } <= at
    assert {row for row, _key in at} == set(range(3, 12))
    assert not Project.objects.exists() and Unit.objects.count() == units


def test_an_authority_imports_its_own_division_only(world):
    with pytest.raises(Refused) as caught:
        actions.import_projects(world.other_city_people["reviewer"], as_csv([row(1)]), "a.csv")
    assert "管辖" in str(caught.value)
    with pytest.raises(Forbidden):
        actions.import_projects(world.filer, as_csv([row(1)]), "a.csv")
    assert actions.import_projects(world.city_people["reviewer"], as_csv([row(1)]), "a.csv")["created"] == 1


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"PK\x03\x04broken", "甲,乙\n1,2\n".encode(), b"\xff\xfe\xff"]
)
def test_what_is_no_ledger_is_refused_at_the_file(world, content):
    with pytest.raises(Refused) as caught:
        actions.import_projects(None, content, "x")
    assert caught.value.faults[0].key == "file"


def test_the_template_can_be_filled_and_read(world, tmp_path):
    path = tmp_path / "form.xlsx"
    ledger.write_template(path)
    book = python_calamine.CalamineWorkbook.from_path(path)
    assert len(book.sheet_names) == 3
    assert "公路工程" in {cell for line in book.get_sheet_by_index(1).to_python() for cell in line}
    rows = ledger.read(path.read_bytes(), "form.xlsx")
    assert rows[0].number == 2 and rows[0].values["type_no"] == "公路工程"


def test_the_command(world, tmp_path, capsys):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(as_csv([row(1)]))
    bad.write_bytes(as_csv([row(2), row(3, name="")]))
    call_command("import_projects", str(good), "--json")
    assert json.loads(capsys.readouterr().out) == {"read": 1, "created": 1, "updated": 0, "rejected": []}
    with pytest.raises(SystemExit) as status:
        call_command("import_projects", str(bad), "--json")
    assert status.value.code == 1
    assert [one["row"] for one in json.loads(capsys.readouterr().out)["rejected"]] == [3]
    with pytest.raises(SystemExit) as status:
        call_command("import_projects", str(tmp_path / "none.csv"), "--json")
    assert status.value.code == 2


def as_row(project: Project, **changes: Any) -> dict[str, Any]:
    """A ledger row that says what a registered project says."""
    same = {"code": project.code, "name": project.name, "unit_name": project.unit.name, "uscc": project.unit.uscc}
    sizes = {"permanent_ha": "8.5", "temporary_ha": "0.5", "excavation_m3": "60000", "fill_m3": "40000"}
    empty = dict.fromkeys(("plan_kind", "plan_number", "plan_approved_on", "works", "started_on"), "")
    return {**row(1), **same, **sizes, **empty, **changes}


INVENTED = {"plan_number": "自拟〔2025〕1号", "plan_approved_on": "2025-05-06", "plan_kind": "水土保持方案报告书"}


def refused(actor: Any, given: dict[str, Any]) -> set[tuple[int | None, str]]:
    with pytest.raises(Refused) as caught:
        actions.import_projects(actor, as_csv([given]), "a.csv")
    return {(fault.row, fault.key) for fault in caught.value.faults}


def test_another_office_does_not_take_a_registered_project(world, project):
    given = as_row(project, unit_name="他人公司", uscc=credit_code(77), **INVENTED)
    plan = {(2, key) for key in ("plan_number", "plan_kind", "plan_approved_on")}
    assert refused(world.city_people["reviewer"], given) == {(2, "unit_name"), *plan}
    project.refresh_from_db()
    assert (project.unit, project.state, project.plan_number) == (world.unit, "registered", "")
    same = actions.import_projects(world.city_people["reviewer"], as_csv([as_row(project, fill_m3="41000")]), "a.csv")
    assert same["updated"] == 1
    reviewer = person("county_importer", "reviewer", authority=world.county)
    assert actions.import_projects(reviewer, as_csv([as_row(project, **INVENTED)]), "a.csv")["updated"] == 1
    last = Event.objects.filter(act="registry.import_projects", subject_id=str(project.pk)).latest("seq")
    assert (last.from_state, last.to_state) == ("registered", "plan_approved")
    assert last.data["changed"]["plan_number"] == {"old": "", "new": INVENTED["plan_number"]}


def test_a_lower_office_changes_no_competence(world):
    actions.import_projects(None, as_csv([row(1, approval_level="市级")]), "a.csv")
    reviewer = person("county_importer", "reviewer", authority=world.county)
    assert refused(reviewer, row(1)) == {(2, "approval_level")}
    assert actions.import_projects(world.people["reviewer"], as_csv([row(1)]), "a.csv")["updated"] == 1


def test_no_ledger_changes_what_the_portal_decided(world, project):
    actions.approve_plan(project, number="长县水许可〔2026〕1号", kind="report_book", day=clock.today())
    reviewer = person("county_importer", "reviewer", authority=world.county)
    for actor in (None, reviewer, world.people["reviewer"]):
        assert (2, "plan_number") in refused(actor, as_row(project, **INVENTED))
        assert refused(actor, as_row(project, works="施工", started_on="2025-06-01")) == {(2, "works")}
    actions.revoke_plan(project, number="长县水许可〔2026〕1号")
    assert (2, "plan_number") in refused(reviewer, as_row(project, **INVENTED))


# --- ranges ------------------------------------------------------------------------------------------------------------
def collection(*features: tuple[dict[str, Any], dict[str, Any]]) -> bytes:
    rows = [{"type": "Feature", "properties": properties, "geometry": geometry} for properties, geometry in features]
    return json.dumps({"type": "FeatureCollection", "features": rows}, ensure_ascii=False).encode()


def test_ranges_are_matched_by_code_or_number(world):
    actions.import_projects(None, as_csv([row(1), row(2, code="")]), "a.csv")
    near = (CHANGSHA_COUNTY[0] + 0.02, CHANGSHA_COUNTY[1])
    content = collection(
        ({"XMDM": row(1)["code"]}, square(*CHANGSHA_COUNTY)),
        ({"XMDM": row(1)["code"]}, square(*near)),
        ({"RP_NUM": row(2)["plan_number"], "VEC_TYPE": "示意性范围"}, square(*near)),
        ({"XMDM": "2404-430121-04-01-999999"}, square(*near)),
    )
    found = actions.import_ranges(None, content, "范围.geojson")
    assert (found["read"], found["loaded"], found["matched"]) == (4, 3, 3)
    assert found["unmatched"] == [{"row": 4, "key": "2404-430121-04-01-999999"}]
    first = ResponsibilityRange.objects.get(project__code=row(1)["code"])
    assert (first.state, str(first.valid_from), first.geom.num_geom) == ("in_force", "2025-05-06", 2)
    assert first.area_ha == pytest.approx(18, abs=0.1)
    assert ResponsibilityRange.objects.get(project__plan_number=row(2)["plan_number"]).kind == "schematic"


def test_a_range_elsewhere_refuses_the_file(world, tmp_path, capsys):
    actions.import_projects(None, as_csv([row(1), row(2)]), "a.csv")
    content = collection(
        ({"code": row(1)["code"]}, square(*CHANGSHA_COUNTY)), ({"code": row(2)["code"]}, square(*YUEYANG))
    )
    path = tmp_path / "ranges.geojson"
    path.write_bytes(content)
    with pytest.raises(SystemExit) as status:
        call_command("import_ranges", str(path), "--json")
    answer = json.loads(capsys.readouterr().out)
    assert status.value.code == 1
    assert set(answer) == {"read", "loaded", "matched", "unmatched", "rejected", "repaired"}
    assert [one["row"] for one in answer["rejected"]] == [2] and "岳阳" in answer["rejected"][0]["reason"]
    assert answer["loaded"] == 0 and not ResponsibilityRange.objects.exists()


def test_columns_can_be_named(world, tmp_path, capsys):
    actions.import_projects(None, as_csv([row(1)]), "a.csv")
    path = tmp_path / "ranges.geojson"
    path.write_bytes(collection(({"编号": row(1)["code"]}, square(*CHANGSHA_COUNTY))))
    call_command("import_ranges", str(path), "--json", "--map", "code=编号")
    assert json.loads(capsys.readouterr().out)["loaded"] == 1
    for wrong in ("nonsense", "nothing=编号"):
        with pytest.raises(SystemExit) as status:
            call_command("import_ranges", str(path), "--json", "--map", wrong)
        assert status.value.code == 2


def test_a_repaired_row_is_told(world):
    actions.import_projects(None, as_csv([row(1)]), "a.csv")
    lon, lat = CHANGSHA_COUNTY
    bow = [[lon, lat], [lon + 0.003, lat + 0.003], [lon + 0.003, lat], [lon, lat + 0.003], [lon, lat]]
    found = actions.import_ranges(
        None, collection(({"code": row(1)["code"]}, {"type": "Polygon", "coordinates": [bow]})), "bow.geojson"
    )
    assert [one["row"] for one in found["repaired"]] == [1]
    assert shapely.from_wkb(bytes(ResponsibilityRange.objects.get().geom.wkb)).is_valid


def test_a_job_carries_out_the_import(world):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from conservation.documents import store
    from conservation.jobs import runner
    from conservation.jobs.models import Run

    user = world.people["reviewer"]
    file = SimpleUploadedFile("ledger.csv", as_csv([row(1), row(2)]))
    document = store.save_upload(user, file, kind="ledger", title="台账", subject=None)
    run = runner.start(user, "registry.import_projects", {"document": str(document.pk), "actor": user.pk})
    done = runner.execute(run.pk)
    assert (done.state, done.result["created"]) == ("done", 2)
    assert Run.objects.get(pk=run.pk).percent == 100
