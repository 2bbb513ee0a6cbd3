"""Pages of people, units and authorities, invitations, tokens and lock-out."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.urls import reverse

from conservation.accounts.models import Membership, Unit, User
from tests.world import PASSWORD, SINCE, credit_code

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def as_(client):
    def sign_in(user):
        client.force_login(user, backend=BACKEND)
        return client

    return sign_in


def test_my_profile(as_, world):
    client = as_(world.filer)
    page = client.get(reverse("accounts:profile"))
    assert page.status_code == 200 and world.unit.name in page.content.decode()
    answer = client.post(reverse("accounts:profile"), {"name": "新名", "email": "new@example.org", "phone": "0731"})
    assert answer.status_code == 302
    world.filer.refresh_from_db()
    assert (world.filer.name, world.filer.email) == ("新名", "new@example.org")
    assert client.post(reverse("accounts:profile"), {"name": " ", "email": "x"}).status_code == 200


def test_people_of_an_administrator(as_, world, django_assert_max_num_queries):
    client = as_(world.city_people["administrator"])
    with django_assert_max_num_queries(16):
        text = client.get(reverse("accounts:people")).content.decode()
    assert "city_leader" in text and "province_leader" not in text
    assert "city_leader" in client.get(reverse("accounts:people"), {"q": "city_lead"}).content.decode()
    assert client.get(reverse("accounts:person", args=[world.people["leader"].pk])).status_code == 404
    assert as_(world.people["inspector"]).get(reverse("accounts:people")).status_code == 403


def test_enrolling_mails_the_link_and_the_link_works(as_, world, client):
    signed = as_(world.people["administrator"])
    data = {"username": "newcomer", "name": "新人", "email": "n@example.org", "role": "inspector",
            "authority": world.province.pk}  # fmt: skip
    answer = signed.post(reverse("accounts:enrol"), data)
    person = User.objects.get(username="newcomer")
    assert answer["Location"] == reverse("accounts:person", args=[person.pk])
    link = re.search(r"https?://\S+", mail.outbox[0].body)
    assert link is not None
    path = "/" + link[0].split("/", 3)[3]
    signed.logout()
    page = client.get(path, follow=True)
    assert page.status_code == 200
    done = client.post(
        page.redirect_chain[-1][0], {"password1": "a long enough phrase", "password2": "a long enough phrase"}
    )
    assert done.status_code == 302
    person.refresh_from_db()
    assert person.check_password("a long enough phrase")


def test_without_an_address_the_link_is_shown_once(as_, world):
    client = as_(world.filer)
    data = {"username": "colleague", "name": "同事", "role": "filer", "unit_search": world.unit.uscc}
    page = client.post(reverse("accounts:enrol"), data, follow=True)
    assert "/accounts/password/reset/key/" in page.content.decode() and mail.outbox == []
    person = User.objects.get(username="colleague")
    assert (
        "/accounts/password/reset/key/"
        not in client.get(reverse("accounts:person", args=[person.pk])).content.decode()
    )


def test_enrolling_shows_faults_at_their_fields(as_, world):
    client = as_(world.people["administrator"])
    page = client.post(
        reverse("accounts:enrol"), {"username": "a b", "name": "", "role": "inspector", "authority": world.province.pk}
    )
    assert page.status_code == 200 and {"username", "name"} <= set(page.context["form"].errors)
    page = client.post(
        reverse("accounts:enrol"), {"username": "x", "name": "x", "role": "filer", "unit_search": "没有的"}
    )
    assert "unit_search" in page.context["form"].errors


def test_ending_a_role_by_page(as_, world):
    client = as_(world.people["administrator"])
    membership = world.people["inspector"].memberships.get()
    address = reverse("accounts:end_membership", args=[membership.pk])
    assert client.get(address).status_code == 405
    assert client.post(address, {"reason": "调离"}).status_code == 302
    membership.refresh_from_db()
    assert membership.valid_to is not None
    own = world.people["administrator"].memberships.get()
    page = client.post(reverse("accounts:end_membership", args=[own.pk]), follow=True)
    assert "至少保留一名" in page.content.decode()
    stranger = world.other_city_people["leader"].memberships.get()
    assert (
        as_(world.city_people["administrator"])
        .post(reverse("accounts:end_membership", args=[stranger.pk]))
        .status_code
        == 404
    )


def test_units(as_, world):
    client = as_(world.people["inspector"])
    text = client.get(reverse("accounts:units")).content.decode()
    assert world.unit.name in text and world.other_unit.name in text
    assert world.unit.name not in client.get(reverse("accounts:units"), {"q": "洞庭"}).content.decode()
    data = {"name": "新公司", "uscc": credit_code(55).lower(), "kind": "developer"}
    assert client.post(reverse("accounts:unit_new"), data).status_code == 302
    assert Unit.objects.get(name="新公司").uscc == credit_code(55)
    own = as_(world.filer).get(reverse("accounts:units")).content.decode()
    assert world.unit.name in own and world.other_unit.name not in own
    assert client.get(reverse("accounts:unit_new")).status_code == 403
    assert client.get(reverse("accounts:unit_edit", args=[world.other_unit.pk])).status_code == 404


def test_a_wrong_check_digit_is_named_at_the_code(as_, world):
    client = as_(world.people["inspector"])
    page = client.post(
        reverse("accounts:unit_new"), {"name": "新公司", "uscc": "91350100M000100Y44", "kind": "developer"}
    )
    assert page.status_code == 200 and "校验码" in page.context["form"].errors["uscc"][0]
    assert 'id="id_uscc_error"' in page.content.decode()


def test_a_units_people_edit_their_contact_data(as_, world):
    client = as_(world.filer)
    address = reverse("accounts:unit_edit", args=[world.unit.pk])
    assert client.post(address, {"name": "改名", "contact": "李工", "kind": "developer"}).status_code == 302
    world.unit.refresh_from_db()
    assert world.unit.contact == "李工" and world.unit.name != "改名"


def test_authorities(as_, world):
    client = as_(world.city_people["administrator"])
    text = client.get(reverse("accounts:authorities")).content.decode()
    assert world.county.name in text and world.other_city.name not in text
    data = {
        "name": "浏阳市水利局",
        "mark": "浏水",
        "level": "county",
        "division_code": "430181",
        "parent": world.city.pk,
    }
    assert client.post(reverse("accounts:authority_new"), data).status_code == 302
    page = client.post(reverse("accounts:authority_new"), data)
    assert "name" in page.context["form"].errors
    assert client.get(reverse("accounts:authority", args=[world.province.pk])).status_code == 404
    assert as_(world.people["leader"]).get(reverse("accounts:authorities")).status_code == 403


def test_nobody_signs_up(client, db):
    assert (
        client.post("/accounts/signup/", {"username": "x", "password1": PASSWORD, "password2": PASSWORD}).status_code
        == 200
    )
    assert not User.objects.filter(username="x").exists()


# --- API -------------------------------------------------------------------------------------------------------------
def token(client, username: str = "filer", password: str = PASSWORD):
    return client.post(
        "/api/v1/auth/token/", {"username": username, "password": password}, content_type="application/json"
    )


def test_token_sign_in_and_out(client, world):
    answer = token(client)
    assert answer.status_code == 201
    headers = {"Authorization": f"Token {answer.json()['token']}"}
    me = client.get("/api/v1/me/", headers=headers).json()
    assert me["username"] == "filer" and me["memberships"][0]["office"] == world.unit.name
    assert client.delete("/api/v1/auth/token/", headers=headers).status_code == 204
    assert client.get("/api/v1/me/", headers=headers).status_code == 401
    assert client.get("/api/v1/me/").status_code == 401


def test_wrong_passwords_lock_the_name(client, world):
    for _number in range(4):
        refused = token(client, password="wrong wrong wrong")
        assert refused.status_code == 403 and refused["Content-Type"] == "application/problem+json"
    assert token(client, password="wrong wrong wrong").status_code == 429
    locked = token(client)
    assert locked.status_code == 429 and locked["Content-Type"] == "application/problem+json"
    assert token(client, "other_filer").status_code == 201


def test_the_page_locks_the_name_as_well_and_nobody_else(client, world):
    address = reverse("account_login")
    for _number in range(5):
        client.post(address, {"login": "filer", "password": "wrong wrong wrong"})
    assert client.post(address, {"login": "filer", "password": PASSWORD}).status_code == 429
    assert token(client).status_code == 429
    assert client.post(address, {"login": "other_filer", "password": PASSWORD}).status_code == 302


def test_inactive_people_and_missing_fields(client, world):
    world.filer.is_active = False
    world.filer.save()
    assert token(client).status_code == 403
    answer = client.post("/api/v1/auth/token/", {"username": "x"}, content_type="application/json")
    assert answer.status_code == 400 and answer.json()["faults"][0]["key"] == "password"


def test_units_by_api(client, world):
    client.force_login(world.people["inspector"], backend=BACKEND)
    assert len(client.get("/api/v1/units/").json()["results"]) == 2
    bad = client.post(
        "/api/v1/units/", {"name": "丁公司", "uscc": "91350100M000100Y44"}, content_type="application/json"
    )
    assert bad.status_code == 400 and bad.json()["faults"][0]["key"] == "uscc"
    made = client.post("/api/v1/units/", {"name": "丁公司", "uscc": credit_code(31)}, content_type="application/json")
    assert made.status_code == 201 and made.json()["id"]
    address = f"/api/v1/units/{made.json()['id']}/"
    assert client.patch(address, {"contact": "赵工"}, content_type="application/json").json()["contact"] == "赵工"
    client.force_login(world.filer, backend=BACKEND)
    assert client.get(address).status_code == 404
    assert client.post("/api/v1/units/", {"name": "戊公司"}, content_type="application/json").status_code == 403


def test_the_link_goes_only_to_who_answers_for_all_roles(as_, world):
    office = as_(world.people["administrator"])
    office.post(
        reverse("accounts:enrol"),
        {"username": "fresh", "name": "新局长", "role": "leader", "authority": world.province.pk},
        follow=True,
    )
    person = User.objects.get(username="fresh")
    Membership.objects.create(user=person, authority=world.city, role="leader", valid_from=SINCE)
    below = as_(world.city_people["administrator"])
    page = below.get(reverse("accounts:person", args=[person.pk]))
    assert page.status_code == 200 and not page.context["may_invite"]
    assert below.post(reverse("accounts:invite", args=[person.pk])).status_code == 403
    page = below.post(
        reverse("accounts:enrol"),
        {"username": "fresh", "role": "inspector", "authority": world.city.pk},
        follow=True,
    )
    assert page.status_code == 200 and "/accounts/password/reset/key/" not in page.content.decode()
