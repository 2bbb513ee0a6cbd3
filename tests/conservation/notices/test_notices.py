"""Notices: told once, scoped to the person, mailed once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from conservation import clock
from conservation.errors import NotFound
from conservation.notices import actions, mailing, queries
from conservation.notices.models import Notice

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def tell(world, **more):
    return actions.tell(
        [world.filer], **{"kind": "task", "title": "补正通知", "body": "请补正。", "subject": world.unit, **more}
    )


def test_a_key_tells_once(world):
    assert tell(world, key="a") == 1
    assert tell(world, key="a") == 0
    assert tell(world, key="b") == 1
    assert tell(world) == 1 and tell(world) == 1
    assert Notice.objects.count() == 4


def test_unknown_kind(world):
    with pytest.raises(LookupError):
        tell(world, kind="shout")


def test_roles_and_units_by_the_day(world):
    assert actions.tell_role(world.province, "inspector", kind="task", title="x") == 2
    assert actions.tell_role(world.province, ["inspector", "leader"], kind="task", title="x") == 3
    assert actions.tell_unit(world.unit, kind="task", title="x") == 1
    assert actions.tell_unit(None, kind="task", title="x") == 0
    world.filer.memberships.update(valid_to=clock.today() - timedelta(days=1))
    assert actions.tell_unit(world.unit, kind="task", title="x") == 0


def test_a_membership_that_ended_elsewhere_does_not_count(world):
    """The role, the office and the dates must be those of one membership."""
    from conservation.accounts.models import Membership

    Membership.objects.create(
        user=world.filer, authority=world.province, role="leader", valid_from=clock.today() - timedelta(days=9),
        valid_to=clock.today() - timedelta(days=1),
    )  # fmt: skip
    assert actions.tell_role(world.province, "leader", kind="task", title="x") == 1


def test_inactive_people_are_not_told(world):
    world.filer.is_active = False
    world.filer.save()
    assert tell(world) == 0


def test_inbox_and_reading(client, world):
    tell(world)
    notice = Notice.objects.get()
    client.force_login(world.filer, backend=BACKEND)
    page = client.get(reverse("notices:list"))
    assert page.status_code == 200 and "补正通知" in page.content.decode()
    assert queries.unread_count(world.filer) == 1
    assert client.get(reverse("notices:read", args=[notice.pk])).status_code == 405
    answer = client.post(reverse("notices:read", args=[notice.pk]), {"open": "1"})
    assert answer.status_code == 302 and answer["Location"] == reverse("portal:unit", args=[world.unit.pk])
    assert queries.unread_count(world.filer) == 0
    first = Notice.objects.get().read_at
    client.post(reverse("notices:read", args=[notice.pk]), headers={"HX-Request": "true"})
    assert Notice.objects.get().read_at == first
    assert client.get(reverse("notices:list"), {"unread": "1"}).content.decode().count("data-notice") == 0


def test_read_all(client, world):
    tell(world)
    tell(world)
    actions.tell([world.other_filer], kind="task", title="别人的")
    client.force_login(world.filer, backend=BACKEND)
    client.post(reverse("notices:read_all"))
    assert queries.unread_count(world.filer) == 0 and queries.unread_count(world.other_filer) == 1


def test_a_strangers_notice_looks_missing(client, world):
    tell(world)
    pk = Notice.objects.get().pk
    with pytest.raises(NotFound):
        actions.mark_read(world.other_filer, pk)
    client.force_login(world.other_filer, backend=BACKEND)
    assert client.post(reverse("notices:read", args=[pk])).status_code == 404
    assert "补正通知" not in client.get(reverse("notices:list")).content.decode()


def test_pages_by_key(client, world):
    for number in range(60):
        tell(world, title=f"通知{number}号")
    client.force_login(world.filer, backend=BACKEND)
    first = client.get(reverse("notices:list"))
    assert first.content.decode().count("data-notice") == 50
    second = client.get(reverse("notices:list"), {"after": first.context["page"]["next"]})
    assert second.content.decode().count("data-notice") == 10


def test_mail_is_sent_once_and_after_the_commit(world, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        tell(world, title="法定通知", kind="statutory")
        assert mail.outbox == []
    assert len(mail.outbox) == 1
    message = mail.outbox[0]
    assert message.to == ["filer@example.org"] and message.subject.endswith("法定通知")
    assert f"/unit/{world.unit.pk}" in message.body
    assert mailing.send_waiting() == (0, 0)


def test_a_title_can_not_inject_headers(world):
    tell(world, title="a\nBcc: x@example.org")
    assert mailing.send_waiting() == (1, 0)
    assert "\n" not in mail.outbox[0].subject


def test_people_without_address_and_failing_mail(world, monkeypatch):
    world.filer.email = ""
    world.filer.save()
    tell(world)
    assert mailing.send_waiting() == (0, 0)
    world.filer.email = "filer@example.org"
    world.filer.save()
    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", lambda self: 1 / 0)
    assert mailing.send_waiting() == (0, 1)
    monkeypatch.undo()
    assert mailing.send_waiting() == (1, 0)
