"""Acts on rounds and patches, from import to closing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import shapely

from conservation.accounts.roles import CASE_OFFICER, INSPECTOR, LEADER, REMOTE_SENSING
from conservation.documents.models import Document
from conservation.errors import Conflict, Forbidden, Refused
from conservation.history import outbox
from conservation.history.models import Event
from projects.registry.models import Project, ProjectFacts
from supervision.patches import actions
from supervision.patches.models import Import, Patch, Round, Verification
from supervision.rectification import actions as rectification
from supervision.rectification.models import Item
from tests.supervision.patches.conftest import (
    DAY,
    NOW,
    VISIT,
    feature_file,
    make_project,
    make_range,
    photo,
    take_photos,
    upload,
)
from tests.supervision.patches.shapes import R, square

pytestmark = pytest.mark.django_db


def keys(refused) -> set[str]:
    return {fault.key for fault in refused.value.faults}


# --- rounds ------------------------------------------------------------------------------------------------------------
def test_a_round_has_twice_the_pixel_as_tolerance(round_) -> None:
    assert round_.tolerance_m == 4
    assert round_.state == "open"
    assert (round_.verify_days, round_.recognise_days, round_.handle_days) == (30, 15, 45)


def test_a_round_names_every_fault(world) -> None:
    with pytest.raises(Refused) as refused:
        actions.create_round(
            world.people[REMOTE_SENSING], code="!", name="", authority=world.province, year=1999,
            image_date=date(2030, 1, 1), image_before=date(2031, 1, 1), pixel_m=Decimal(0), now=NOW,
        )  # fmt: skip
    assert keys(refused) >= {"code", "name", "year", "image_date", "image_before", "pixel_m"}


def test_a_round_code_is_used_once(world, round_) -> None:
    with pytest.raises(Conflict):
        actions.create_round(
            world.people[REMOTE_SENSING], code=round_.code, name="又一期", authority=world.province, year=2026,
            image_date=DAY, now=NOW,
        )  # fmt: skip
    assert Round.objects.count() == 1


def test_only_the_remote_sensing_officer_of_the_authority_runs_a_round(world) -> None:
    for person in (world.people[INSPECTOR], world.city_people[REMOTE_SENSING], world.filer):
        with pytest.raises(Forbidden):
            actions.create_round(
                person, code="X-1", name="一期", authority=world.province, year=2026, image_date=DAY, now=NOW
            )


# --- import ---------------------------------------------------------------------------------------------------------------
def test_import_classes_every_patch(loaded) -> None:
    found = dict(Patch.objects.filter(round=loaded).values_list("number", "klass"))
    assert found == {
        "G1": "compliant", "G2": "suspected_excess", "G3": "suspected_unapproved", "G6": "below_threshold"
    }  # fmt: skip
    patch = Patch.objects.get(number="G2")
    assert patch.area_ha == pytest.approx(Decimal(1), abs=Decimal("0.0003"))
    assert patch.excess_ha == pytest.approx(Decimal("0.5"), abs=Decimal("0.0003"))
    assert patch.excess_beyond_tolerance_ha == pytest.approx(Decimal("0.46"), abs=Decimal("0.0003"))
    assert (patch.county_code, patch.areas) == ("430121", ["43", "4301", "430121"])
    assert patch.state == "classified"
    assert patch.geom_3857.srid == 3857
    assert Patch.objects.get(number="G3").kind == "spoil"
    assert Event.objects.filter(subject_type="round", act="patches.import_file").count() == 1
    assert Document.objects.filter(subject_type="round", kind="patch_vector").count() == 1


def test_import_writes_the_projects_facts(loaded, project) -> None:
    facts = ProjectFacts.objects.get(project=project)
    assert facts.disturbed_ha == pytest.approx(Decimal(2), abs=Decimal("0.001"))
    assert facts.excess_ha == pytest.approx(Decimal("0.5"), abs=Decimal("0.001"))
    assert facts.dumped_m3 is None


def test_import_names_all_bad_rows_and_writes_nothing(world, round_) -> None:
    two = shapely.MultiPolygon([square(0, 0, 50, 50), square(100, 0, 150, 50)])
    content = feature_file([
        ("A1", square(0, 0, 100, 100), {"QTYPE": "火星"}),
        ("A1", square(200, 0, 300, 100), {}),
        ("", square(400, 0, 500, 100), {}),
        ("A4", two, {}),
        ("A5", None, {}),
        ("A6", shapely.box(116.3, 39.9, 116.31, 39.91), {"ADDRESS": "x" * 101}),
    ])  # fmt: skip
    with pytest.raises(Refused) as refused:
        actions.import_file(world.people[REMOTE_SENSING], round_.pk, content, {"filename": "a.geojson"}, now=NOW)
    assert [fault.row for fault in refused.value.faults] == [1, 2, 3, 4, 5, 6, 6]
    assert not Patch.objects.exists() and not Import.objects.exists()


def test_import_outside_the_division_names_where(world) -> None:
    round_ = actions.create_round(
        world.other_city_people[REMOTE_SENSING], code="YY-1", name="岳阳一期", authority=world.other_city, year=2026,
        image_date=DAY, now=NOW,
    )  # fmt: skip
    content = feature_file([("A1", square(0, 0, 100, 100), {})])
    with pytest.raises(Refused, match="长沙县"):
        actions.import_file(
            world.other_city_people[REMOTE_SENSING], round_.pk, content, {"filename": "a.geojson"}, now=NOW
        )


def test_the_same_file_twice_is_recognised(world, loaded) -> None:
    source = Import.objects.get()
    document = source.document
    with pytest.raises(Conflict, match="同一个文件"):
        actions.import_file(world.people[REMOTE_SENSING], loaded.pk, document, now=NOW)


def test_numbers_of_the_round_are_not_taken_twice(world, loaded) -> None:
    content = feature_file([("G1", square(2000, 0, 2100, 100), {})])
    with pytest.raises(Refused, match="已经存在"):
        actions.import_file(world.people[REMOTE_SENSING], loaded.pk, content, {"filename": "b.geojson"}, now=NOW)


def test_a_second_file_changes_the_first_ones_classes(world, round_, range_) -> None:
    actor = world.people[REMOTE_SENSING]
    first = feature_file([("G5", square(210, 50, 310, 150), {"PRO_TYPE": "公路"})])
    second = feature_file([("G1", square(20, 20, 120, 120), {})])
    assert actions.import_file(actor, round_.pk, first, {"filename": "1.geojson"}, now=NOW)["classes"] == {
        "suspected_relocated": 1
    }
    patch = Patch.objects.get(number="G5")
    assert (patch.range_id, patch.project_id) == (range_.pk, None)
    assert patch.distance_m == pytest.approx(Decimal(10), abs=Decimal("0.05"))
    actions.import_file(actor, round_.pk, second, {"filename": "2.geojson"}, now=NOW)
    assert Patch.objects.get(number="G5").klass == "suspected_unapproved"


def test_mapped_columns_and_named_projects(world, round_, range_, project) -> None:
    shape = square(20, 20, 120, 120)
    features = feature_file(
        [("x", shape, {"BH": "T1", "XM": project.name}), ("y", shape, {"BH": "T2", "XM": "无此项目"})]
    )
    found = actions.import_file(
        world.people[REMOTE_SENSING], round_.pk, features,
        {"filename": "m.geojson", "map": {"QDNM": "BH", "PRNM": "XM"}}, now=NOW,
    )  # fmt: skip
    assert found["unmatched"] == [{"row": 2, "key": "无此项目"}]
    assert Patch.objects.get(number="T1").linked_by == world.people[REMOTE_SENSING]
    with pytest.raises(Refused, match="没有这一列"):
        actions.import_file(
            world.people[REMOTE_SENSING], round_.pk, features + b" ",
            {"filename": "m.geojson", "map": {"QDNM": "ZZ"}}, now=NOW,
        )  # fmt: skip


# --- classes ------------------------------------------------------------------------------------------------------------
def test_classing_again_changes_nothing(world, loaded) -> None:
    report = actions.classify(world.people[REMOTE_SENSING], loaded.pk, now=NOW)
    assert (report.classified, report.written, report.changes) == (4, 0, [])


def test_a_range_counts_only_when_valid_at_the_image_date(world, loaded, range_) -> None:
    range_.valid_from = DAY + timedelta(days=1)
    range_.save()
    report = actions.classify(world.people[REMOTE_SENSING], loaded.pk, now=NOW)
    assert report.changes == [
        ("compliant", "suspected_unapproved", 1),
        ("suspected_excess", "suspected_unapproved", 1),
    ]
    range_.valid_from, range_.valid_to = date(2024, 1, 1), DAY
    range_.save()
    report = actions.classify(world.people[REMOTE_SENSING], loaded.pk, now=NOW)
    assert report.classes["compliant"] == 1


def test_draft_ranges_do_not_count(world, round_, project) -> None:
    make_range(project, square(*R), state="draft")
    content = feature_file([("G1", square(20, 20, 120, 120), {})])
    found = actions.import_file(world.people[REMOTE_SENSING], round_.pk, content, {"filename": "a.geojson"}, now=NOW)
    assert found["classes"] == {"suspected_unapproved": 1}


def test_schematic_range(world, round_, project) -> None:
    make_range(project, square(*R), kind="schematic")
    content = feature_file([("G2", square(150, 50, 250, 150), {})])
    actions.import_file(world.people[REMOTE_SENSING], round_.pk, content, {"filename": "a.geojson"}, now=NOW)
    patch = Patch.objects.get()
    assert (patch.klass, patch.excess_ha, patch.project) == ("schematic", None, project)


def test_issued_patches_keep_their_class(world, issued, range_) -> None:
    range_.valid_from = DAY + timedelta(days=1)
    range_.save()
    actions.classify(world.people[REMOTE_SENSING], issued.pk, now=NOW)
    assert Patch.objects.get(number="G2").klass == "suspected_excess"
    assert Patch.objects.get(number="G1").klass == "suspected_unapproved"


# --- issue ---------------------------------------------------------------------------------------------------------------
def test_issue_screens_and_sets_due_days(issued) -> None:
    states = dict(Patch.objects.values_list("number", "state"))
    assert states == {"G1": "classified", "G2": "issued", "G3": "issued", "G6": "classified"}
    assert issued.verify_due == date(2026, 9, 2)
    assert issued.recognise_due == date(2026, 9, 17)
    assert issued.handle_due == date(2026, 11, 1)


def test_below_threshold_is_never_issued(world, loaded) -> None:
    with pytest.raises(Refused):
        actions.issue_round(world.people[REMOTE_SENSING], loaded.pk, classes=["below_threshold"], now=NOW)


def test_issue_one_by_hand(world, issued) -> None:
    patch = Patch.objects.get(number="G1")
    actions.issue(world.people[REMOTE_SENSING], patch.pk, reason="抽查", now=NOW)
    patch.refresh_from_db()
    assert patch.state == "issued"
    with pytest.raises(Refused):
        actions.issue(world.people[REMOTE_SENSING], Patch.objects.get(number="G6").pk, reason="抽查", now=NOW)


# --- field ----------------------------------------------------------------------------------------------------------------
def test_verification_needs_three_photographs_near_the_patch(world, issued) -> None:
    inspector = world.people[INSPECTOR]
    patch = Patch.objects.get(number="G3")
    actions.claim(inspector, patch.pk, now=VISIT)
    centre = patch.geom.centroid
    actions.add_photo(inspector, patch.pk, photo(centre.x, centre.y + 0.02, 90), view="whole", now=VISIT)
    actions.add_photo(inspector, patch.pk, photo(centre.x, centre.y + 0.02, 180), view="board", now=VISIT)
    old = VISIT - timedelta(days=60)
    actions.add_photo(inspector, patch.pk, photo(centre.x, centre.y, 0, old), view="worst", now=VISIT)
    with pytest.raises(Refused) as refused:
        actions.verify(
            inspector, patch.pk, finding="V01", second_officer=world.second_inspector.pk, visited_at=VISIT,
            description="现场", project=None, now=VISIT,
        )  # fmt: skip
    text = str(refused.value)
    assert "只有 1 张" in text and "全景" in text and "不在本期时间内" in text
    assert not Verification.objects.exists()


def test_verification_names_unit_and_project(suspected, world) -> None:
    assert suspected.state == "suspected"
    assert suspected.project.name == "黄花镇采石场"
    assert suspected.project.unit.name == "长沙县黄花采石有限公司"
    assert suspected.project.source == "field"
    visit = suspected.verifications.get()
    assert (visit.photos, visit.second_officer) == (3, world.second_inspector)
    assert visit.officer_certificate and visit.second_certificate


def test_two_different_officers(world, issued) -> None:
    inspector = world.people[INSPECTOR]
    patch = Patch.objects.get(number="G3")
    actions.claim(inspector, patch.pk, now=VISIT)
    for second in (inspector, world.people[CASE_OFFICER], None, 10**9):
        with pytest.raises(Refused) as refused:
            actions.verify(
                inspector,
                patch.pk,
                finding="V01",
                second_officer=second,
                visited_at=VISIT,
                description="现场",
                now=VISIT,
            )
        assert "second_officer" in keys(refused)


def test_gallery_photographs_are_flagged_not_refused(world, issued) -> None:
    inspector = world.people[INSPECTOR]
    patch = Patch.objects.get(number="G3")
    actions.claim(inspector, patch.pk, now=VISIT)
    centre = patch.geom.centroid
    for view in ("whole", "board", "worst"):
        actions.add_photo(inspector, patch.pk, photo(centre.x, centre.y), view=view, gallery=True, now=VISIT)
    visit = actions.verify(
        inspector, patch.pk, finding="not_construction", second_officer=world.second_inspector, visited_at=VISIT,
        description="农田", now=VISIT,
    )  # fmt: skip
    assert [flag["code"] for flag in visit.flags] == ["gallery"] * 3
    actions.exclude(inspector, patch.pk, reason="农业活动", now=VISIT)
    patch.refresh_from_db()
    assert (patch.state, patch.finding) == ("excluded", "not_construction")


def test_compliant_needs_panorama_and_papers(world, issued) -> None:
    inspector = world.people[INSPECTOR]
    patch = Patch.objects.get(number="G2")
    actions.claim(inspector, patch.pk, now=VISIT)
    take_photos(inspector, patch)
    given = {
        "finding": "none", "second_officer": world.second_inspector, "visited_at": VISIT, "description": "在批准范围内",
    }  # fmt: skip
    with pytest.raises(Refused, match="航拍全景"):
        actions.verify(inspector, patch.pk, **given, now=VISIT)
    actions.verify(inspector, patch.pk, **given, no_fly_reason="机场净空区禁飞", now=VISIT)
    with pytest.raises(Refused, match="证明材料"):
        actions.recognise_compliant(inspector, patch.pk, reason="已批准变更", now=VISIT)
    actions.recognise_compliant(inspector, patch.pk, reason="已批准变更", uploads=[upload()], now=VISIT)
    patch.refresh_from_db()
    assert patch.state == "compliant"
    assert ProjectFacts.objects.get(project=patch.project).excess_ha == 0


def test_exempt_asks_the_rule(world, issued) -> None:
    inspector = world.people[INSPECTOR]
    patch = Patch.objects.get(number="G3")
    actions.claim(inspector, patch.pk, now=VISIT)
    take_photos(inspector, patch)
    given = {
        "finding": "exempt", "second_officer": world.second_inspector, "visited_at": VISIT, "description": "小型场平",
        "no_fly_reason": "禁飞",
    }  # fmt: skip
    with pytest.raises(Refused) as refused:
        actions.verify(inspector, patch.pk, **given, now=VISIT)
    assert keys(refused) == {"land_ha", "earthwork_m3"}
    with pytest.raises(Refused, match="须编报"):
        actions.verify(inspector, patch.pk, **given, land_ha=Decimal(6), earthwork_m3=Decimal(60000), now=VISIT)
    actions.verify(inspector, patch.pk, **given, land_ha=Decimal("0.4"), earthwork_m3=Decimal(900), now=VISIT)


def test_a_patch_without_visit_is_never_a_violation(world, issued) -> None:
    patch = Patch.objects.get(number="G3")
    with pytest.raises(Conflict):
        actions.confirm(world.people[INSPECTOR], patch.pk, now=VISIT)


def test_split_keeps_lineage(world, issued) -> None:
    inspector = world.people[INSPECTOR]
    patch = Patch.objects.get(number="G2")
    actions.claim(inspector, patch.pk, now=VISIT)
    west, east = square(150, 50, 200, 150), square(200, 50, 250, 150)
    parts = [shapely.geometry.mapping(west), shapely.geometry.mapping(east)]
    with pytest.raises(Refused):
        actions.split(inspector, patch.pk, parts[:1], reason="两家", now=VISIT)
    with pytest.raises(Refused):
        actions.split(inspector, patch.pk, [parts[0], parts[0]], reason="两家", now=VISIT)
    made = actions.split(inspector, patch.pk, parts, reason="两家", now=VISIT)
    patch.refresh_from_db()
    assert patch.state == "split" and patch.ended_at == VISIT
    assert [(one.number, one.klass, one.state) for one in made] == [
        ("G2-1", "compliant", "field_check"), ("G2-2", "suspected_unapproved", "field_check"),
    ]  # fmt: skip


# --- handling --------------------------------------------------------------------------------------------------------------
def test_from_confirmation_to_closing(world, suspected, django_capture_on_commit_callbacks) -> None:
    inspector = world.people[INSPECTOR]
    actions.confirm(inspector, suspected.pk, reason="未批先建", now=VISIT)
    item = actions.order(inspector, suspected.pk, deadline=date(2026, 9, 10), now=VISIT)
    suspected.refresh_from_db()
    assert suspected.state == "handling"
    assert item.unit.name == "长沙县黄花采石有限公司"
    assert item.problem == "DEV-01"
    assert Document.objects.filter(subject_type="rectification", subject_id=str(item.pk)).count() == 4
    assert item.facts["area_ha"] == 1.02

    later = VISIT + timedelta(days=40)
    rectification.mark_overdue(item.pk, now=later)
    outbox.deliver()
    suspected.refresh_from_db()
    assert suspected.state == "supervised"
    assert ProjectFacts.objects.get(project=suspected.project).overdue_rectifications == 1


def test_rectified_patch_is_audited_by_somebody_else(world, suspected) -> None:
    from tests.world import person

    inspector = world.people[INSPECTOR]
    actions.confirm(inspector, suspected.pk, now=VISIT)
    item = actions.order(inspector, suspected.pk, now=VISIT)
    filer = person("quarry", "filer", unit=item.unit)
    rectification.submit(filer, item.pk, text="已补办方案", uploads=[upload()], now=VISIT + timedelta(days=5))
    rectification.close(
        inspector, item.pk, second_officer=world.second_inspector, note="已补办", now=VISIT + timedelta(days=6)
    )
    outbox.deliver()
    suspected.refresh_from_db()
    assert suspected.state == "rect_done"
    with pytest.raises(Forbidden):
        actions.cancel(inspector, suspected.pk, now=VISIT + timedelta(days=7))
    actions.cancel(world.people[LEADER], suspected.pk, now=VISIT + timedelta(days=7))
    suspected.refresh_from_db()
    assert suspected.state == "cancelled"


def test_open_case_directly(world, suspected) -> None:
    inspector = world.people[INSPECTOR]
    actions.confirm(inspector, suspected.pk, now=VISIT)
    case = actions.open_case(inspector, suspected.pk, reason="拒不停工", now=VISIT)
    assert (case.violation, case.source_type) == ("V01", "patch")
    assert Document.objects.filter(subject_type="case", subject_id=str(case.pk), kind="A14").count() == 3


def test_relinking_asks_for_confirmation(world, loaded, project) -> None:
    other = make_project(world, "另一个项目")
    patch = Patch.objects.get(number="G1")
    actor = world.people[REMOTE_SENSING]
    with pytest.raises(Conflict) as refused:
        actions.link(actor, patch.pk, other.pk, now=NOW)
    assert keys(refused) == {"confirm"}
    actions.link(actor, patch.pk, other.pk, confirm=True, now=NOW)
    patch.refresh_from_db()
    assert patch.project == other
    assert ProjectFacts.objects.get(project=other).disturbed_ha == patch.area_ha
    actions.classify(actor, loaded.pk, now=NOW)
    patch.refresh_from_db()
    assert patch.project == other


def test_close_round_waits_for_every_patch(world, suspected) -> None:
    with pytest.raises(Conflict, match="2 个图斑"):
        actions.close_round(world.people[REMOTE_SENSING], suspected.round_id, now=VISIT)


def test_projects_found_in_the_field_are_counted_once(suspected) -> None:
    assert Project.objects.filter(source="field").count() == 1
    assert Item.objects.count() == 0


def test_a_photograph_of_another_patch_is_flagged(world, issued) -> None:
    from supervision.patches.actions.field import evidence_of

    inspector = world.people[INSPECTOR]
    first, second = Patch.objects.get(number="G2"), Patch.objects.get(number="G3")
    centre = first.geom.centroid
    one = photo(centre.x, centre.y)
    for patch in (first, second):
        actions.claim(inspector, patch.pk, now=VISIT)
        one.seek(0)
        actions.add_photo(inspector, patch.pk, one, view="whole", now=VISIT)
    codes = [flag.code for flag in evidence_of(first, "V01", "", VISIT)[1]]
    assert "reused" in codes
