"""Logins with memorable names for every role, staff of the other offices, developers and those who file for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from conservation.accounts import actions as accounts
from conservation.accounts import roles
from conservation.accounts.models import Authority, Unit, User
from portal.demo import names
from portal.demo.places import CHANGSHA, CHANGSHA_COUNTY, PROVINCE
from portal.demo.stage import SINCE, Stage

OFFICE_LOGINS = (
    ("reviewer", roles.REVIEWER, "周文博"),
    ("approver", roles.APPROVER, "何志远"),
    ("remote", roles.REMOTE_SENSING, "林晓岚"),
    ("inspector", roles.INSPECTOR, "彭卫国"),
    ("inspector2", roles.INSPECTOR, "田小雨"),
    ("officer", roles.CASE_OFFICER, "罗建军"),
    ("officer2", roles.CASE_OFFICER, "宋雅琴"),
    ("legal", roles.LEGAL_REVIEWER, "梁思齐"),
    ("leader", roles.LEADER, "肖国栋"),
    ("auditor", roles.AUDITOR, "唐素芬"),
    ("administrator", roles.ADMINISTRATOR, "冯立新"),
)
"""User names at the province; the city's begin with ``city_``, the county's with ``county_``."""
LEVELS = (("", PROVINCE), ("city_", CHANGSHA), ("county_", CHANGSHA_COUNTY))
COMPANIES = (
    ("company", "湖南湘江通道建设有限公司", CHANGSHA_COUNTY, "陈海涛"),
    ("company2", "洞庭新能源开发有限公司", "430602", "黄秋菊"),
)


def make(stage: Stage) -> None:
    """Enrol one person for every role on three levels, and the filers of two firms."""
    serial = 0
    for prefix, code in LEVELS:
        for username, role, name in OFFICE_LOGINS:
            serial += 1
            held = f"{name[0]}{names.GIVEN[(serial * 7) % len(names.GIVEN)]}" if prefix else name
            login(stage, prefix + username, role, held, serial, authority=stage.offices[code])
    for username, name, place, who in COMPANIES:
        unit = developer(stage, name, place, key=username)
        login(stage, username, roles.FILER, who, 0, unit=unit)


def login(stage: Stage, username: str, role: str, name: str, serial: int, **office: Any) -> None:
    """A person with the shared password; the hash is made once and used for all."""
    certificate = f"湘水执〔演示〕{serial:04d}" if serial else ""
    known = next((one for one in stage.people.values() if one.has_usable_password()), None)
    person = accounts.enrol(
        None, username=username, role=role, name=name, certificate_no=certificate, valid_from=SINCE, now=stage.ago(690),
        password=None if known else stage.password, **office,
    )  # fmt: skip
    if known is not None:
        person.password = known.password
        person.save(update_fields=["password"])
    stage.people[username] = person
    stage.made["logins"] += 1


def staff(stage: Stage, office: Authority, role: str, number: int = 1) -> User:
    """A person of any office in a role: one of the logins where the office has them, else somebody without password."""
    prefix = next((head for head, code in LEVELS if code == office.division_code), None)
    if prefix is not None:
        chosen = [username for username, held, _name in OFFICE_LOGINS if held == role]
        return stage.people[prefix + chosen[min(number, len(chosen)) - 1]]
    key = f"{role}{number if number > 1 else ''}-{office.division_code}"
    if key not in stage.people:
        rng = stage.rng(key)
        stage.people[key] = accounts.enrol(
            None, username=key, role=role, name=names.person(rng), authority=office, valid_from=SINCE, now=stage.ago(680),
            certificate_no=f"湘水执〔演示〕{office.division_code}{number}{len(role):02d}",
        )  # fmt: skip
        stage.made["staff"] += 1
    return stage.people[key]


def developer(stage: Stage, name: str, division: str, *, key: str = "") -> Unit:
    """A developer with a valid credit code; known ones are found by their name."""
    if name in stage.units:
        return stage.units[name]
    serial = len(stage.units) + 1
    rng = stage.rng(f"unit{serial}")
    unit = accounts.create_unit(
        None,
        {
            "name": name,
            "uscc": names.credit_code(serial, division),
            "kind": "developer",
            "legal_representative": names.person(rng),
            "contact": names.person(rng),
            "phone": f"0731-8{int(rng.integers(1000000, 9999999))}",
            "address": f"{stage.offices[division].name.removesuffix('水利局')}{names.site(rng)}路{int(rng.integers(1, 300))}号",
            "division_code": division,
        },
        now=stage.ago(670),
    )
    stage.units[name] = unit
    stage.made["units"] += 1
    return unit


def filer(stage: Stage, unit: Unit) -> User:
    """The person who files for a unit."""
    for username, name, _place, _who in COMPANIES:
        if unit.name == name:
            return stage.people[username]
    key = f"filer-{unit.uscc}"
    if key not in stage.people:
        stage.people[key] = accounts.enrol(
            None, username=key, role=roles.FILER, name=unit.contact or "申报员", unit=unit, valid_from=SINCE,
            now=stage.ago(660),
        )  # fmt: skip
        stage.made["staff"] += 1
    return stage.people[key]


def draw_developer(stage: Stage, rng: np.random.Generator, kind: names.Industry, place: str, division: str) -> Unit:
    """Some developer of an industry: often one that has other works already."""
    mine = [unit for unit in stage.units.values() if unit.name.endswith(kind.firm) and unit.name not in PROTECTED]
    if mine and rng.random() < 0.45:
        return mine[int(rng.integers(len(mine)))]
    return developer(stage, names.firm(rng, kind, place), division)


PROTECTED = {name for _username, name, _place, _who in COMPANIES}
