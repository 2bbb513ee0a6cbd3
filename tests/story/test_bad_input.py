"""Bad input of the story: each gets a message that names the field or the rule, and nothing is half written."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from conservation.errors import Conflict, Refused
from tests.conservation.regions.makers import packed
from tests.projects.conftest import CLEAR, YUEYANG, pdf, record, square, table
from tests.story.conftest import Caller
from tests.supervision.cases.conftest import AREA

SIGN_IN = re.compile("axes|knox|session")
"""Tables that signing in writes."""


def written() -> dict[str, int]:
    """Rows of every table: what a refused call must leave as it was."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table_name = model._meta.db_table
            if model._meta.managed and not model._meta.proxy and not SIGN_IN.search(table_name):
                cursor.execute(f'SELECT count(*) FROM "{table_name}"')
                found[table_name] = cursor.fetchone()[0]
    return found


@pytest.fixture
def firm(cast: SimpleNamespace, caller: Any) -> Caller:
    return caller(cast.filer)


@pytest.fixture
def project(firm: Caller) -> int:
    return firm.post("projects/", record())["id"]


@pytest.fixture
def plan(firm: Caller, project: int) -> int:
    found = firm.post("plans/", {"project": project})["id"]
    firm.patch(f"plans/{found}/", {"table": table(), "range": ""})
    firm.post(f"plans/{found}/parts/", {"file": pdf(), "covers": "P0,A1,A3,F1,F2,F3,F4,F5,F6,F10,F11,F12"}, files=True)
    return found


def upload(data: bytes, name: str = "范围.zip") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, data, "application/zip")}


Call = Callable[[Caller, int], dict[str, Any]]
RANGES: dict[str, tuple[str, Any]] = {
    "a zip that is no shapefile": ("file", lambda: upload(packed({"readme.txt": b"nothing here"}))),
    "no zip at all": ("file", lambda: upload(b"PK\x03\x04 broken")),
    "an empty file": ("file", lambda: upload(b"", "空.zip")),
    "outside the authority's division": ("geometry", lambda: {"geometry": '{"type":"Polygon","coordinates":%s}' % [
        [list(point) for point in square(*YUEYANG)["coordinates"][0]]]}),
    "in the sea": ("geometry", lambda: {"geometry": '{"type":"Polygon","coordinates":%s}' % [
        [list(point) for point in square(125.0, 25.0)["coordinates"][0]]]}),
    "not GeoJSON": ("geometry", lambda: {"geometry": '"POLYGON"'}),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", RANGES)
def test_a_bad_range_is_refused(firm: Caller, project: int, name: str) -> None:
    key, make = RANGES[name]
    before = written()
    assert firm.refused(f"projects/{project}/ranges/", make(), files=True) == {key}
    assert written() == before


PROJECTS: dict[str, tuple[str, dict[str, Any]]] = {
    "a project code of another pattern": ("code", {"code": "2404-430121-04-01-12345"}),
    "an unknown county": ("counties", {"counties": ["439999"]}),
    "a negative area": ("permanent_ha", {"permanent_ha": "-1"}),
    "an area that is no number": ("permanent_ha", {"permanent_ha": "NaN"}),
    "a type beyond the table": ("type_no", {"type_no": 99}),
    "an end before the beginning": ("planned_completion_on", {"planned_completion_on": "2020-01-01"}),
    "no name": ("name", {"name": ""}),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", PROJECTS)
def test_a_bad_registration_is_refused(firm: Caller, name: str) -> None:
    key, changes = PROJECTS[name]
    before = written()
    assert firm.refused("projects/", record(**changes)) == {key}
    assert written() == before


@pytest.mark.django_db
def test_a_wrong_check_digit_of_a_unit(cast: SimpleNamespace, caller: Any) -> None:
    officer, before = caller(cast.people["reviewer"]), written()
    said = {"name": "某公司", "uscc": "91350100M000100Y44", "kind": "developer"}
    assert officer.refused("units/", said) == {"uscc"}
    assert written() == before


@pytest.mark.django_db
def test_a_plan_without_its_range_and_with_a_wrong_check_digit(firm: Caller, plan: int) -> None:
    firm.patch(
        f"plans/{plan}/", {"table": {"plan_unit_uscc": "91350100M000100Y44", "spoil": "0", "own_material_use": "2"}}
    )
    before = written()
    assert firm.refused(f"plans/{plan}/submit/") == {"range", "plan_unit_uscc"}
    assert written() == before and firm.get(f"plans/{plan}/")["state"] == "draft"


@pytest.mark.django_db
def test_a_bad_file_of_patches_names_every_row(cast: SimpleNamespace) -> None:
    import numpy as np
    import shapely

    from conservation import clock
    from supervision.patches import actions
    from tests.conservation.regions.makers import shape_zip

    round_ = actions.create_round(
        cast.people["remote_sensing"], code="430000-2026-01", name="一期", authority=cast.province,
        year=clock.today().year, image_date=clock.today(),
    )  # fmt: skip
    twice = shapely.geometry.shape(square(113.2, 28.35))
    abroad = shapely.box(100.0, 20.0, 100.01, 20.01)
    names = np.array(["A1", "A1", "A2"], object)
    data = shape_zip([twice, shapely.affinity.translate(twice, 0.1), abroad], {"QDNM": names})
    before = written()
    with pytest.raises(Refused) as caught:
        actions.import_file(cast.people["remote_sensing"], round_.pk, data, {"filename": "图斑.zip"})
    assert {(fault.row, fault.key) for fault in caught.value.faults} == {(2, "QDNM"), (3, "geometry")}
    assert written() == before


@pytest.mark.django_db
@pytest.mark.long
@pytest.mark.parametrize("fine", ["1.00", "99999999.00", "-5", "NaN", "abc"])
def test_a_fine_outside_the_range(cast: SimpleNamespace, caller: Any, fine: str) -> None:
    from supervision.cases.models import Case

    case = lapsed_case(cast)
    officer, before = caller(cast.people["case_officer"]), written()
    said = {"fine": fine, "discretion_reason": "综合情节", "unverified_reason": "已核对"}
    assert officer.refused(f"cases/{case.pk}/propose_penalty/", said) == {"fine"}
    assert written() == before and Case.objects.get(pk=case.pk).state == case.state


def lapsed_case(cast: SimpleNamespace) -> Any:
    """A case of the province that waits for its penalty."""
    from datetime import datetime

    from conservation import clock
    from conservation.accounts.access import areas_of
    from supervision.cases import actions
    from supervision.cases.walk import Cast, walk
    from tests.world import person

    start = datetime(2026, 3, 2, 9, tzinfo=clock.SHANGHAI)
    case = actions.open_clue(
        cast.people["inspector"], violation="V01", party_unit=cast.unit, party_name=cast.unit.name, authority=cast.province,
        project_name="长浏高速扩容工程", areas=areas_of(["430121"]), facts=AREA, source_type="inspection", now=start,
        reason="检查发现",
    )  # fmt: skip
    crew = Cast(cast.people["case_officer"], cast.second_officer, cast.people["leader"], cast.people["legal_reviewer"],
                person("chair", "legal_reviewer", authority=cast.province))  # fmt: skip
    walk(case, "lapsed", crew, start=start)
    case.refresh_from_db()
    return case


@pytest.mark.django_db
@pytest.mark.long
def test_an_export_asked_for_by_a_stranger(cast: SimpleNamespace, caller: Any) -> None:
    case = lapsed_case(cast)
    before = written()
    for stranger in (cast.other_filer, cast.stranger, cast.other_city_people["auditor"]):
        answer = caller(stranger).call("post", f"cases/{case.pk}/export/", {"volume": "both"}, status=404)
        assert answer["faults"][0]["key"] == "id"
    firm = caller(cast.filer).call("post", f"cases/{case.pk}/export/", {"volume": "both"}, status=403)
    assert firm["faults"][0]["rule"]
    assert written() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.long
def test_two_officers_deciding_at_once(world: SimpleNamespace) -> None:
    """One decision stands; the other officer is told who was first, and only one number is used."""
    from conservation.history.models import Counter
    from projects.plans import actions as plans
    from projects.plans.models import Plan
    from projects.registry import actions as registry
    from tests.projects.conftest import BOOK_PARTS, CHANGSHA_COUNTY, SITE
    from tests.world import person

    crew = {role: person(f"county_{role}", role, authority=world.county) for role in ("reviewer", "approver")}
    second = person("county_approver2", "approver", authority=world.county)
    found = registry.register(world.filer, record())
    vector = registry.add_range(world.filer, found.pk, geometry=square(*CHANGSHA_COUNTY))
    plan = plans.create_draft(world.filer, found.pk)
    plans.save_draft(world.filer, plan.pk, {"fields": table(), "spoil_sites": [SITE], "range": vector.pk})
    plans.attach(world.filer, plan.pk, pdf(), covers=BOOK_PARTS)
    plans.submit(world.filer, plan.pk)
    plans.accept(crew["reviewer"], plan.pk)
    plans.skip_technical_review(crew["reviewer"], plan.pk)
    plans.record_findings(crew["reviewer"], plan.pk, CLEAR)

    answers: list[Any] = []
    gate = threading.Barrier(2)

    def decide(officer: Any) -> None:
        try:
            gate.wait(10)
            answers.append(plans.approve(officer, plan.pk, reason="符合条件"))
        except Conflict as refused:
            answers.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(officer,)) for officer in (crew["approver"], second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    refused = [one for one in answers if isinstance(one, Conflict)]
    assert len(answers) == 2 and len(refused) == 1
    assert refused[0].faults[0].key == "state" and any(
        name in str(refused[0]) for name in (crew["approver"].name, second.name)
    )
    assert Plan.objects.get(pk=plan.pk).approval_number.endswith("1号")
    assert list(Counter.objects.filter(kind="plan_decision").values_list("last", flat=True)) == [1]
