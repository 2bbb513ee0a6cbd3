"""The filing and its review through the client."""

from __future__ import annotations

import pytest
from django.urls import reverse

from projects.plans import actions
from projects.plans.models import Plan
from tests.projects.conftest import BOOK_PARTS, CLEAR, SITE, pdf, table
from tests.projects.registry.test_pages import as_person

pytestmark = pytest.mark.django_db


def typed(plan, sites=(SITE,), **changes):
    """The filing form as a browser sends it."""
    found = {**table(**changes), "range": plan.range_id or "", "go": "submit"}
    found |= {"site-TOTAL_FORMS": str(len(sites)), "site-INITIAL_FORMS": "0"}
    for at, site in enumerate(sites):
        found |= {f"site-{at}-{key}": value for key, value in site.items()}
    return found


def test_from_the_project_to_the_submission(world, project, range_draft):
    client = as_person(world.filer)
    address = reverse("plans:new", args=[project.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"purpose": "new"}).status_code == 302
    plan = Plan.objects.get()
    edit = reverse("plans:edit", args=[plan.pk])
    page = client.get(edit)
    assert page.status_code == 200 and "报送前核对" in page.content.decode()
    saved = client.post(edit, {**typed(plan), "go": "save"})
    assert saved.status_code == 302
    refused = client.post(edit, typed(plan, target_cover="140"))
    assert refused.status_code == 422
    assert "target_cover" in refused.context["form"].errors
    assert 'data-covered="0"' in refused.content.decode()
    client.post(reverse("plans:attach", args=[plan.pk]), {"file": pdf(), "covers": BOOK_PARTS, "title": "文本和图册"})
    sent = client.post(edit, typed(plan))
    assert sent.status_code == 302, sent.context["form"].errors
    plan.refresh_from_db()
    assert (plan.state, plan.kind) == ("submitted", "report_book")
    assert client.get(edit).status_code == 403


def test_a_fault_of_a_spoil_site_stands_at_its_row(world, draft):
    client = as_person(world.filer)
    edit = reverse("plans:edit", args=[draft.pk])
    page = client.post(edit, typed(draft, sites=(SITE, {**SITE, "height_m": "hoch", "lon": ""})))
    assert page.status_code == 422
    assert set(page.context["sites"].forms[1].errors) == {"height_m", "lon"}


def test_the_hint(world, draft):
    client = as_person(world.filer)
    sizes = {"permanent_area": "1", "temporary_area": "0", "excavation": "0.2", "fill": "0.2"}
    assert 'data-plan-kind="report_form"' in client.get(reverse("plans:hint", args=[draft.pk]), sizes).content.decode()


def test_review_and_decision_on_the_page(world, draft, officers):
    actions.submit(world.filer, draft.pk)
    reviewer, approver = as_person(officers.reviewer), as_person(officers.approver)
    page = reviewer.get(reverse("plans:detail", args=[draft.pk]))
    assert 'data-event="accept"' in page.content.decode()
    assert 'data-event="approve"' not in page.content.decode()
    for event in ("accept", "return_for_correction", "not_accept"):
        assert reviewer.get(reverse("plans:act", args=[draft.pk, event])).status_code == 200
    assert reviewer.post(reverse("plans:act", args=[draft.pk, "not_accept"]), {"reason": ""}).status_code == 422
    assert reviewer.post(reverse("plans:act", args=[draft.pk, "accept"]), {}).status_code == 302
    start = reverse("plans:act", args=[draft.pk, "start_technical_review"])
    assert reviewer.post(start, {"body": "中心", "days": "99"}).status_code == 422
    assert reviewer.post(start, {"body": "中心", "days": "20"}).status_code == 302
    finish = reverse("plans:act", args=[draft.pk, "finish_technical_review"])
    assert reviewer.post(finish, {"opinion": "同意", "file": pdf()}).status_code == 302
    findings = reverse("plans:findings", args=[draft.pk])
    assert reviewer.post(findings, {"REF1": "ground", "REF1_comment": ""}).status_code == 422
    assert reviewer.post(findings, {code: one["finding"] for code, one in CLEAR.items()}).status_code == 302
    approve = reverse("plans:act", args=[draft.pk, "approve"])
    assert reviewer.get(approve).status_code == 403
    assert approver.post(approve, {"reason": "符合条件"}).status_code == 302
    late = approver.post(approve, {"reason": "再批一次"})
    assert late.status_code == 409 and "最近一次办理" in late.content.decode()
    draft.refresh_from_db()
    page = approver.get(reverse("plans:detail", args=[draft.pk]))
    assert draft.approval_number in page.content.decode()


def test_the_list_costs_the_same_at_one_row_and_at_many(world, draft, officers):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from projects.registry import actions as registry
    from tests.projects.conftest import record

    client = as_person(world.filer)
    counts = []
    for extra in (0, 8):
        for number in range(extra):
            made = registry.register(world.filer, record(code=None, name=f"另一个{number}"))
            actions.create_draft(world.filer, made.pk)
        with CaptureQueriesContext(connection) as seen:
            page = client.get(reverse("plans:list"))
        counts.append(len(seen))
        assert len(page.context["page"].rows) == 1 + extra
    assert counts[0] == counts[1], counts
    found = client.get(reverse("plans:list"), {"q": "机场", "state": "draft"})
    assert len(found.context["page"].rows) == 1


def test_strangers_get_nothing(world, draft):
    for user in (world.other_filer, world.stranger, world.other_city_people["reviewer"]):
        client = as_person(user)
        for address in (
            reverse("plans:detail", args=[draft.pk]),
            reverse("plans:edit", args=[draft.pk]),
            reverse("plans:act", args=[draft.pk, "accept"]),
            reverse("plans:new", args=[draft.project_id]),
        ):
            assert client.get(address).status_code == 404, (user, address)
        assert client.post(reverse("plans:attach", args=[draft.pk]), {}).status_code == 404
