"""A filing from draft to decision: what is refused and where, what the papers, timers and outbox hold."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from conservation import clock
from conservation.deadlines.models import Timer
from conservation.documents import queries as documents
from conservation.errors import Conflict, Forbidden, NotFound, Refused
from conservation.history.models import Event, Outbox
from conservation.notices.models import Notice
from projects.plans import access, actions
from projects.plans.actions.deciding import years_after
from projects.plans.models import Plan
from projects.registry import actions as registry
from projects.registry.models import Project, ProjectFacts
from tests.projects.conftest import CLEAR, SITE, pdf, record, table

pytestmark = pytest.mark.django_db


def keys(caught: Any) -> set[str]:
    return {fault.key for fault in caught.value.faults}


def timers(plan: Any) -> dict[str, str]:
    return dict(Timer.objects.filter(subject_type="plan", subject_id=str(plan.pk)).values_list("code", "state"))


# --- filing -----------------------------------------------------------------------------------------------------
def test_a_draft_knows_what_the_portal_knows(world, project, range_draft):
    plan = actions.create_draft(world.filer, project.pk)
    assert plan.fields["project_name"] == project.name
    assert plan.fields["counties_and_count"] == "长沙县（1）"
    assert plan.fields["excavation"] == "6" and plan.fields["land_area"] == "9"
    assert plan.range == range_draft and plan.form_version == 2026


def test_one_open_filing_a_project(world, draft):
    with pytest.raises(Conflict):
        actions.create_draft(world.filer, draft.project_id)
    actions.withdraw(world.filer, draft.pk)
    actions.create_draft(world.filer, draft.project_id)


def test_a_firm_files_only_its_own(world, project):
    with pytest.raises(NotFound):
        actions.create_draft(world.other_filer, project.pk)
    with pytest.raises(Forbidden):
        actions.create_draft(world.people["reviewer"], project.pk)


def test_submit_decides_the_kind_with_reasons(world, draft):
    plan = actions.submit(world.filer, draft.pk)
    assert (plan.state, plan.kind, plan.form_version) == ("submitted", "report_book", 2026)
    assert plan.kind_decision.rule == "plan-kind" and plan.kind_decision.lines
    assert timers(plan) == {"T01": "running"}
    assert plan.spoil_sites[0]["grade"] == 5
    assert Outbox.objects.filter(topic="plan.submitted").exists()


def test_submit_names_every_fault_where_it_stands(world, project):
    plan = actions.create_draft(world.filer, project.pk)
    values = table(spoil="2.5", target_cover="130", start_month="2028-13", social_use="9", permanent_area="7.5")
    del values["total_investment"]
    actions.save_draft(
        world.filer,
        plan.pk,
        {"fields": values, "spoil_sites": [{"name": "无位置", "volume_10k_m3": "x"}], "range": ""},
    )
    with pytest.raises(Refused) as caught:
        actions.submit(world.filer, plan.pk)
    wanted = {
        "spoil",
        "target_cover",
        "start_month",
        "social_use",
        "land_area",
        "total_investment",
        "range",
        "spoil_sites[0].volume_10k_m3",
        "spoil_sites[0].height_m",
        "spoil_sites[0].harm",
        "spoil_sites[0].lon",
        "parts.P0",
        "parts.F1",
    }
    assert wanted <= keys(caught)
    plan.refresh_from_db()
    assert plan.state == "draft" and plan.kind == "" and not timers(plan)


def test_a_plan_without_its_range_is_refused(world, draft):
    actions.save_draft(world.filer, draft.pk, {"range": ""})
    with pytest.raises(Refused) as caught:
        actions.submit(world.filer, draft.pk)
    assert keys(caught) == {"range"}


def test_the_stated_range_area_is_the_vectors(world, draft):
    actions.save_draft(world.filer, draft.pk, {"fields": {"responsibility_area": "9.5"}})
    with pytest.raises(Refused) as caught:
        actions.submit(world.filer, draft.pk)
    assert keys(caught) == {"responsibility_area"}


def test_a_wrong_check_digit_of_the_compiler(world, draft):
    actions.save_draft(world.filer, draft.pk, {"fields": {"plan_unit_uscc": "91350100M000100Y44"}})
    with pytest.raises(Refused) as caught:
        actions.submit(world.filer, draft.pk)
    assert keys(caught) == {"plan_unit_uscc"}


def test_spoil_without_a_place_is_refused(world, draft):
    actions.save_draft(world.filer, draft.pk, {"spoil_sites": []})
    with pytest.raises(Refused) as caught:
        actions.submit(world.filer, draft.pk)
    assert keys(caught) == {"spoil_sites"}


def test_a_grave_spoil_site_needs_the_geology_report(world, draft):
    actions.save_draft(world.filer, draft.pk, {"spoil_sites": [{**SITE, "height_m": "30"}]})
    with pytest.raises(Refused) as caught:
        actions.submit(world.filer, draft.pk)
    assert keys(caught) == {"parts.A5"}


def test_before_june_2026_the_old_form_holds(world, draft):
    day = datetime(2026, 5, 29, 10, tzinfo=clock.SHANGHAI)
    actions.save_draft(world.filer, draft.pk, {"fields": {"spoil": "2"}})  # no own use in the old balance
    assert actions.submit(world.filer, draft.pk, now=day).form_version == 2018


def small(world, **sizes):
    found = registry.register(
        world.filer,
        record(code=None, permanent_ha="0.3", temporary_ha="0", excavation_m3="300", fill_m3="300", **sizes),
    )
    return actions.create_draft(world.filer, found.pk)


def test_below_the_thresholds_no_plan_is_needed(world):
    plan = small(world)
    closed = actions.submit(world.filer, plan.pk)
    assert (closed.state, closed.kind) == ("not_required", "none")
    found = Project.objects.get(pk=plan.project_id)
    assert found.plan_kind == "none"
    assert registry.start_works(world.filer, found.pk).state == "under_construction"


# --- acceptance -------------------------------------------------------------------------------------------------
def test_accept_gives_number_slip_and_time(world, accepted, officers):
    assert accepted.number == f"长县水受〔{clock.today().year}〕1号"
    assert timers(accepted) == {"T01": "stopped", "T02": "running"}
    assert documents.of(accepted).filter(kind="plan_acceptance").count() == 1
    assert Notice.objects.filter(user=world.filer, title__contains="已受理").exists()


def test_only_the_competent_authority_accepts(world, draft):
    actions.submit(world.filer, draft.pk)
    with pytest.raises(Forbidden):
        actions.accept(world.people["reviewer"], draft.pk)
    with pytest.raises(NotFound):
        actions.accept(world.other_city_people["reviewer"], draft.pk)


def test_correction_is_told_once(world, draft, officers):
    actions.submit(world.filer, draft.pk)
    with pytest.raises(Refused):
        actions.return_for_correction(officers.reviewer, draft.pk, items=[" "])
    plan = actions.return_for_correction(officers.reviewer, draft.pk, items=["补充表土平衡表", "更正弃渣场位置"])
    assert plan.state == "correction" and len(plan.correction_items) == 2
    assert documents.of(plan).filter(kind="plan_correction").exists()
    actions.save_draft(world.filer, draft.pk, {"fields": {"scale": "全长 4.3 km"}})
    actions.submit(world.filer, draft.pk)
    with pytest.raises(Conflict) as caught:
        actions.return_for_correction(officers.reviewer, draft.pk, items=["再补"])
    assert keys(caught) == {"items"}
    assert actions.accept(officers.reviewer, draft.pk).state == "accepted"


def test_not_accepted_needs_a_reason(world, draft, officers):
    actions.submit(world.filer, draft.pk)
    with pytest.raises(Refused):
        actions.not_accept(officers.reviewer, draft.pk)
    assert actions.not_accept(officers.reviewer, draft.pk, reason="不属于本机关职权").state == "not_accepted"
    assert set(timers(draft).values()) == {"stopped"}


# --- review and decision ------------------------------------------------------------------------------------------
def test_technical_review_stops_the_clock(world, accepted, officers):
    start = clock.now()
    with pytest.raises(Refused):
        actions.start_technical_review(officers.reviewer, accepted.pk, body="省水保中心", days=31)
    actions.start_technical_review(officers.reviewer, accepted.pk, body="省水保中心", days=20, now=start)
    assert timers(accepted) == {"T01": "stopped", "T02": "paused", "T03": "running"}
    plan = actions.finish_technical_review(
        officers.reviewer, accepted.pk, opinion="同意", upload=pdf(), now=start + timedelta(days=9)
    )
    assert plan.state == "deciding"
    assert timers(accepted) == {"T01": "stopped", "T02": "running", "T03": "stopped"}


def test_approve_needs_the_whole_review(world, accepted, officers):
    with pytest.raises(Conflict):
        actions.approve(officers.approver, accepted.pk)
    actions.skip_technical_review(officers.reviewer, accepted.pk)
    with pytest.raises(Refused) as caught:
        actions.approve(officers.approver, accepted.pk)
    assert keys(caught) == {"findings"}
    with pytest.raises(Refused) as caught:
        actions.record_findings(
            officers.reviewer, accepted.pk, {"REF9": {"finding": "clear"}, "REF1": {"finding": ""}}
        )
    assert keys(caught) == {"findings.REF9", "REF1"}
    actions.record_findings(
        officers.reviewer, accepted.pk, {**CLEAR, "REF2": {"finding": "ground", "comment": "选址不当"}}
    )
    with pytest.raises(Refused, match="弃渣"):
        actions.approve(officers.approver, accepted.pk)


def test_approve_end_to_end(world, ready, officers):
    plan = actions.approve(officers.approver, ready.pk)
    year = clock.today().year
    assert (plan.state, plan.approval_number) == ("approved", f"长县水〔{year}〕1号")
    assert timers(plan) == {"T01": "stopped", "T02": "stopped", "T05": "running", "T06": "running", "T07": "running"}
    letter = documents.of(plan).get(kind="plan_approval")
    assert letter.number == plan.approval_number and letter.facts["problems"] == []
    project = Project.objects.get(pk=plan.project_id)
    assert (project.state, project.plan_number) == ("plan_approved", plan.approval_number)
    plan.range.refresh_from_db()
    assert plan.range.state == "in_force"
    assert project.spoil_sites.get().grade == 5
    facts = ProjectFacts.objects.get(project=project)
    assert (facts.sensitive_m, facts.background_erosion, facts.spoil_10k_m3) == (600, "light", Decimal("1.5"))
    payload = Outbox.objects.get(topic="plan.approved").payload
    assert payload["number"] == plan.approval_number and payload["document"] == str(letter.pk)
    event = Event.objects.filter(subject_type="plan", subject_id=str(plan.pk)).order_by("-seq").first()
    assert event.act == "plans.approve" and letter.sha256 in event.documents


def test_the_second_officer_hears_who_was_first(world, ready, officers):
    actions.approve(officers.approver, ready.pk)
    with pytest.raises(Conflict) as caught:
        actions.refuse(officers.approver, ready.pk, reason="x")
    assert officers.approver.name in str(caught.value)


def test_refuse_needs_a_ground_and_a_reason(world, ready, officers):
    with pytest.raises(Refused) as caught:
        actions.refuse(officers.approver, ready.pk)
    assert keys(caught) == {"findings", "reason"}
    actions.record_findings(officers.reviewer, ready.pk, {"REF4": {"finding": "ground", "comment": "未提高等级"}})
    plan = actions.refuse(officers.approver, ready.pk, reason="涉及重点治理区未提高措施等级")
    assert plan.state == "refused" and plan.refusal_number and not plan.approval_number
    assert documents.of(plan).filter(kind="plan_refusal").exists()
    assert Outbox.objects.get(topic="plan.refused").payload["grounds"] == ["REF4"]
    assert Project.objects.get(pk=plan.project_id).state == "registered"
    actions.create_draft(world.filer, plan.project_id)


def test_delivered_and_published(world, ready, officers):
    actions.approve(officers.approver, ready.pk)
    assert actions.deliver(officers.reviewer, ready.pk).state == "approved"
    plan = actions.publish(officers.reviewer, ready.pk)
    assert plan.state == "effective"
    assert timers(plan)["T05"] == timers(plan)["T06"] == "stopped"


def test_revoked(world, ready, officers):
    actions.approve(officers.approver, ready.pk)
    with pytest.raises(Refused):
        actions.revoke(officers.leader, ready.pk)
    plan = actions.revoke(officers.leader, ready.pk, reason="以欺骗手段取得")
    assert plan.state == "revoked" and set(timers(plan).values()) == {"stopped"}
    project = Project.objects.get(pk=plan.project_id)
    assert project.plan_number == "" and project.state == "registered"
    plan.range.refresh_from_db()
    assert plan.range.state == "superseded"


def test_extension_has_a_reason(world, accepted, officers):
    with pytest.raises(Refused):
        actions.extend(officers.leader, accepted.pk)
    before = Timer.objects.get(subject_type="plan", subject_id=str(accepted.pk), code="T02").due_at
    actions.extend(officers.leader, accepted.pk, reason="专家论证")
    after = Timer.objects.get(subject_type="plan", subject_id=str(accepted.pk), code="T02")
    assert after.extended and after.due_at > before


# --- the commitment system --------------------------------------------------------------------------------------------
def committed(world, published):
    project = registry.register(
        world.filer, record(code=None, permanent_ha="1.2", temporary_ha="0", excavation_m3="3000", fill_m3="3000")
    )
    from tests.projects.conftest import CHANGSHA_COUNTY, square

    vector = registry.add_range(world.filer, project.pk, geometry=square(*CHANGSHA_COUNTY, 109.5))
    plan = actions.create_draft(world.filer, project.pk)
    fields = table(
        land_area="1.2", permanent_area="1.2", temporary_area="0", excavation="0.3", fill="0.3", spoil="0",
        own_material_use="0", responsibility_area=str(vector.area_ha),
    )  # fmt: skip
    data = {"fields": fields, "published_on": published, "committed_by": "李四", "expert_name": "王五"}
    actions.save_draft(world.filer, plan.pk, data)
    actions.attach(world.filer, plan.pk, pdf(), covers=["P0", "C1", "C2", "A1", "F1", "F4", "F10", "F11"])
    return plan


def test_a_form_is_decided_on_the_spot(world, officers):
    plan = committed(world, (clock.today() - timedelta(days=30)).isoformat())
    plan = actions.submit(world.filer, plan.pk)
    assert plan.kind == "report_form"
    actions.accept(officers.reviewer, plan.pk)
    assert timers(plan)["T04"] == "running"
    with pytest.raises(Refused):
        actions.start_technical_review(officers.reviewer, plan.pk, body="x")
    approved = actions.approve(officers.approver, plan.pk)
    assert approved.state == "approved" and timers(plan)["T04"] == "stopped"


def test_a_form_is_published_for_ten_working_days_first(world):
    plan = committed(world, clock.today().isoformat())
    with pytest.raises(Refused) as caught:
        actions.submit(world.filer, plan.pk)
    assert keys(caught) == {"published_on"} and "10 个工作日" in str(caught.value)


def test_a_cancelled_project_ends_its_filings(world, draft):
    from conservation.history import outbox

    actions.submit(world.filer, draft.pk)
    registry.cancel(world.filer, draft.project_id)
    outbox.deliver()
    assert Plan.objects.get(pk=draft.pk).state == "withdrawn"


def test_start_of_works_ends_the_validity_timer(world, ready, officers):
    from conservation.history import outbox

    actions.approve(officers.approver, ready.pk)
    registry.start_works(world.filer, ready.project_id)
    outbox.deliver()
    assert timers(ready)["T07"] == "stopped"


# --- what a review rests on ---------------------------------------------------------------------------------------
def test_after_correction_a_small_project_needs_no_plan(world, draft, officers):
    actions.submit(world.filer, draft.pk)
    actions.return_for_correction(officers.reviewer, draft.pk, items=["核实占地和土石方"])
    little = {"permanent_ha": "0.3", "temporary_ha": "0", "excavation_m3": "300", "fill_m3": "300"}
    registry.update(world.filer, draft.project_id, little)
    sizes = {"land_area": "0.3", "permanent_area": "0.3", "temporary_area": "0", "excavation": "0.03", "fill": "0.03"}
    actions.save_draft(world.filer, draft.pk, {"fields": sizes})
    plan = actions.submit(world.filer, draft.pk)
    assert (plan.state, plan.kind) == ("not_required", "none")
    assert timers(plan) == {"T01": "stopped"}
    assert Notice.objects.filter(user=officers.reviewer, title__contains="补正后不需编报").exists()
    assert access.visible_to(officers.reviewer).filter(pk=plan.pk).exists()


def test_the_unit_leaves_what_a_review_rests_on(world, accepted):
    with pytest.raises(Refused) as caught:
        registry.update(
            world.filer, accepted.project_id, {"counties": ["430102"], "approval_level": "city", "permanent_ha": "8"}
        )
    assert keys(caught) == {"counties", "approval_level", "permanent_ha"}
    registry.update(world.filer, accepted.project_id, {"name": "新名称"})
    actions.withdraw(world.filer, accepted.pk)
    registry.update(world.filer, accepted.project_id, {"permanent_ha": "8"})


def test_only_the_authority_competent_today_grants(world, ready, officers):
    registry.update(officers.reviewer, ready.project_id, {"approval_level": "city"})
    with pytest.raises(Refused) as caught:
        actions.approve(officers.approver, ready.pk)
    assert keys(caught) == {"authority"} and world.city.name in str(caught.value)
    ready.refresh_from_db()
    assert ready.state == "deciding" and not ready.approval_number


def test_years_after_a_leap_day():
    assert years_after(date(2028, 2, 29), 3) == date(2031, 2, 28)
    assert years_after(date(2028, 2, 29), 4) == date(2032, 2, 29)
    assert years_after(date(2026, 11, 24), 3) == date(2029, 11, 24)
