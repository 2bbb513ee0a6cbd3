"""A small world for tests: authorities of Hunan on three levels, two units, and a person for every role."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from conservation.accounts import roles
from conservation.accounts.models import Authority, Membership, Unit, User

PASSWORD = "correct horse battery"
SINCE = date(2020, 1, 1)


def credit_code(serial: int) -> str:
    """A made-up but valid unified social credit code."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91430100MA{serial:07d}"
    weights = [pow(3, i, 31) for i in range(17)]
    check = (31 - sum(alphabet.index(c) * w for c, w in zip(body, weights, strict=True)) % 31) % 31
    return body + alphabet[check]


def person(username: str, role: str, *, authority: Any = None, unit: Any = None, name: str = "") -> User:
    """A user with one membership since 2020."""
    user = User.objects.create_user(
        username=username,
        password=PASSWORD,
        name=name or username,
        email=f"{username}@example.org",
        certificate_no=f"湘水执{abs(hash(username)) % 10**6:06d}" if authority else "",
    )
    Membership.objects.create(user=user, authority=authority, unit=unit, role=role, valid_from=SINCE)
    return user


def make_world() -> SimpleNamespace:
    """Authorities, units and people. Attributes are plain objects; ``people[role]`` act for the province."""
    ministry = Authority.objects.create(name="水利部", mark="水许可", level="ministry", division_code="000000")
    province = Authority.objects.create(
        name="湖南省水利厅",
        mark="湘水",
        level="province",
        division_code="430000",
        parent=ministry,
        collecting_bank="中国建设银行长沙分行",
    )
    city = Authority.objects.create(
        name="长沙市水利局", mark="长水", level="city", division_code="430100", parent=province
    )
    county = Authority.objects.create(
        name="长沙县水利局", mark="长县水", level="county", division_code="430121", parent=city
    )
    other_city = Authority.objects.create(
        name="岳阳市水利局", mark="岳水", level="city", division_code="430600", parent=province
    )
    unit = Unit.objects.create(name="湘江高速公路建设有限公司", uscc=credit_code(1), division_code="430100")
    other_unit = Unit.objects.create(name="洞庭新能源有限公司", uscc=credit_code(2), division_code="430600")
    people = {role: person(f"province_{role}", role, authority=province) for role in roles.AUTHORITY_ROLES}
    city_people = {role: person(f"city_{role}", role, authority=city) for role in roles.AUTHORITY_ROLES}
    return SimpleNamespace(
        ministry=ministry,
        province=province,
        city=city,
        county=county,
        other_city=other_city,
        unit=unit,
        other_unit=other_unit,
        people=people,
        city_people=city_people,
        second_inspector=person("province_inspector2", roles.INSPECTOR, authority=province),
        second_officer=person("province_case_officer2", roles.CASE_OFFICER, authority=province),
        filer=person("filer", roles.FILER, unit=unit),
        other_filer=person("other_filer", roles.FILER, unit=other_unit),
        other_city_people={
            role: person(f"other_city_{role}", role, authority=other_city) for role in roles.AUTHORITY_ROLES
        },
        stranger=User.objects.create_user(username="stranger", password=PASSWORD, name="路人"),
    )
