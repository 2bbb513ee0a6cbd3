"""Who sees a filing and who may do what with it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from conservation.accounts import roles
from conservation.history import queries as history
from projects.plans import access, actions
from projects.plans.states import STATES

pytestmark = pytest.mark.django_db

FIRM = {"submit", "close_as_not_required", "withdraw", "create_draft", "save_draft", "attach"}
AUTHORITY = {
    "accept": "reviewer",
    "not_accept": "reviewer",
    "return_for_correction": "reviewer",
    "start_technical_review": "reviewer",
    "finish_technical_review": "reviewer",
    "skip_technical_review": "reviewer",
    "record_findings": "reviewer",
    "deliver": "reviewer",
    "publish": "reviewer",
    "attach_review": "reviewer",
    "approve": "approver",
    "refuse": "approver",
    "extend": "leader",
    "revoke": "leader",
}
NOBODY = {"take_effect", "cancel"}


def test_the_matrix_names_every_act():
    assert set(access.ROLES) == FIRM | set(AUTHORITY) | NOBODY
    assert {one.event for one in STATES.transitions} <= set(access.ROLES)


def test_matrix(world, project, range_draft):
    from projects.registry import actions as registry
    from tests.projects.conftest import record

    city = registry.register(world.filer, record(code=None, approval_level="city"))
    plan = actions.create_draft(world.filer, city.pk)
    for act in access.ROLES:
        for role in roles.AUTHORITY_ROLES:
            assert access.can(world.city_people[role], act, plan) == (AUTHORITY.get(act) == role), (act, role)
            assert not access.can(world.people[role], act, plan), (act, role, "above")
            assert not access.can(world.other_city_people[role], act, plan), (act, role, "elsewhere")
        assert access.can(world.filer, act, plan) == (act in FIRM)
        assert not access.can(world.other_filer, act, plan)
        assert not access.can(world.stranger, act, plan)
        assert not access.can(None, act, plan)


def test_a_draft_is_the_firms_own(world, draft, officers):
    def sees(user):
        return access.visible_to(user).filter(pk=draft.pk).exists()

    assert sees(world.filer)
    assert not any(sees(user) for user in (*world.people.values(), officers.reviewer, world.other_filer))
    actions.submit(world.filer, draft.pk)
    assert all(sees(user) for user in (*world.people.values(), *world.city_people.values(), officers.reviewer))
    assert not any(sees(user) for user in world.other_city_people.values())
    assert not sees(world.other_filer) and not sees(world.stranger)


def test_the_applicant_reads_the_findings_after_the_decision(world, ready, officers):
    def seen(user):
        client = APIClient()
        client.force_authenticate(user)
        found = len(client.get(reverse("api:plan", args=[ready.pk])).json()["findings"])
        page = Client()
        page.force_login(user)
        context = page.get(reverse("plans:detail", args=[ready.pk])).context
        acts = {event.act for event in history.read_by(user, ready)}
        shown = {event.act for event in context["events"]}
        assert shown == acts
        return found, len(context["findings"]), "plans.record_findings" in acts, "plans.accept" in acts

    assert seen(world.filer) == (0, 0, False, True)
    assert seen(officers.auditor) == (6, 6, True, True)
    actions.approve(officers.approver, ready.pk, reason="符合条件")
    ready.refresh_from_db()
    assert seen(world.filer) == (6, 6, True, True)
    assert {event.act for event in history.timeline(ready)} <= access.PARTY_ACTS
