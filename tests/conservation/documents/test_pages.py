"""Download: who may open what, and how it is served."""

from __future__ import annotations

import pytest
from django.urls import reverse

from conservation.documents import queries, store
from conservation.history.models import Event
from tests.photos import make_photo

pytestmark = pytest.mark.django_db


def keep(world, **more):
    more = {"kind": "x", "title": "现场照片", "filename": "现场.jpg", "media_type": "image/jpeg",
            "subject": world.unit, **more}  # fmt: skip
    return store.save_bytes(world.filer, more.pop("data", make_photo()), **more)


def body(answer) -> bytes:
    """All bytes; reading them to the end is what closes the file."""
    return b"".join(answer.streaming_content)


def get(client, user, document, **query):
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.get(reverse("documents:download", args=[document.pk]), query)


def test_who_sees_the_subject_opens_it(client, world):
    document = keep(world)
    answer = get(client, world.filer, document)
    assert answer.status_code == 200 and body(answer) == store.read(document)
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["Cache-Control"] == "private, no-store"
    assert "script-src 'none'" in answer["Content-Security-Policy"]
    answer = get(client, world.filer, document, download="1")
    assert answer["Content-Disposition"].startswith("attachment")
    body(answer)


def test_a_strangers_document_looks_missing(client, world):
    document = keep(world)
    assert get(client, world.other_filer, document).status_code == 404
    assert get(client, world.stranger, document).status_code == 404


def test_nobody_without_signing_in(client, world):
    answer = client.get(reverse("documents:download", args=[keep(world).pk]))
    assert answer.status_code == 302 and "login" in answer["Location"]


@pytest.mark.parametrize("media_type", ["text/csv", "application/zip", "application/geo+json", "text/html"])
def test_other_types_are_saved_never_shown(client, world, media_type):
    answer = get(client, world.filer, keep(world, media_type=media_type))
    assert answer["Content-Disposition"].startswith("attachment")
    body(answer)


def test_a_file_without_subject_is_its_uploaders(client, world):
    document = keep(world, subject=None)
    answer = get(client, world.filer, document)
    assert answer.status_code == 200
    body(answer)
    assert get(client, world.people["administrator"], document).status_code == 404


def test_the_secondary_volume_is_the_authoritys_and_opening_it_is_recorded(client, world):
    document = keep(world, volume="secondary")
    assert get(client, world.filer, document).status_code == 404
    officer = world.people["case_officer"]
    page = get(client, officer, document)
    assert page.status_code == 200 and "副卷" in page.content.decode() and Event.objects.count() == 0
    answer = client.post(reverse("documents:download", args=[document.pk]))
    assert answer.status_code == 200 and body(answer) == store.read(document)
    event = Event.objects.get(act="documents.reveal")
    assert event.actor == officer and event.documents == [document.sha256] and event.subject_type == "unit"


def test_visible_to_agrees_with_may_read(world):
    documents = [
        keep(world),
        keep(world, volume="secondary"),
        keep(world, subject=None),
        keep(world, subject=world.other_unit),
    ]
    people = [world.filer, world.other_filer, world.stranger, world.people["case_officer"], world.people["auditor"]]
    for person in people:
        listed = set(queries.visible_to(person).values_list("pk", flat=True))
        assert listed == {one.pk for one in documents if queries.may_read(person, one)}
    assert set(queries.visible_to(world.filer, "unit")) == {documents[0]}


def test_a_lost_file_is_a_404(client, world, settings, tmp_path):
    document = keep(world)
    settings.MEDIA_ROOT = tmp_path
    assert get(client, world.filer, document).status_code == 404


def test_api(client, world):
    document, hidden = keep(world), keep(world, volume="secondary")
    client.force_login(world.filer, backend="allauth.account.auth_backends.AuthenticationBackend")
    listed = client.get("/api/v1/documents/", {"subject_type": "unit", "subject_id": world.unit.pk})
    assert [one["id"] for one in listed.json()["results"]] == [str(document.pk)]
    assert client.get("/api/v1/documents/").status_code == 400
    assert client.get(f"/api/v1/documents/{document.pk}/").json()["sha256"] == document.sha256
    assert client.get(f"/api/v1/documents/{hidden.pk}/").status_code == 404
    answer = client.get(f"/api/v1/documents/{document.pk}/content/")
    assert answer.status_code == 200 and answer["Content-Disposition"].startswith("attachment")
    body(answer)
    client.force_login(world.other_filer, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(f"/api/v1/documents/{document.pk}/").status_code == 404
    assert client.get(f"/api/v1/documents/{document.pk}/content/").status_code == 404


def test_lists_show_the_secondary_volume_to_the_authority_alone(world, rf):
    from django.template.loader import render_to_string

    shown, hidden = keep(world, title="公开的"), keep(world, title="副卷的", volume="secondary")
    request = rf.get("/")
    for person, sees in ((world.filer, False), (world.people["inspector"], True)):
        request.user = person
        html = render_to_string("documents/_list.html", {"documents": queries.of(world.unit)}, request)
        assert str(shown.pk) in html and (str(hidden.pk) in html) is sees
    assert 'type="file"' in render_to_string("documents/_upload.html", {"required": True}, request)
