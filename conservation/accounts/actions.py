"""People, units and authorities: who is enrolled, who acts for whom, and from when to when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from conservation import clock
from conservation.accounts import codes, roles
from conservation.accounts.access import holds_for_unit
from conservation.accounts.models import Authority, Membership, Unit, User, as_user
from conservation.accounts.queries import (
    administrators_of,
    authorities_managed_by,
    in_force,
    units_kept_by,
    units_managed_by,
)
from conservation.errors import Conflict, Faults, Forbidden, NotFound, Refused
from conservation.history.acting import Acting, acting, creating, record

UNIT_FIELDS = ("name", "uscc", "kind", "legal_representative", "contact", "phone", "address", "division_code")
UNIT_OWN_FIELDS = ("legal_representative", "contact", "phone", "address")
"""What a unit's own people may change; name, code and kind are the authority's register."""
AUTHORITY_FIELDS = ("name", "mark", "level", "division_code", "parent", "collecting_bank", "address")
RANKS = list(Authority.Level)
"""Levels from the highest to the lowest."""


# --- units -------------------------------------------------------------------------------------------------------
def can_unit(actor: Any, verb: str, unit: Any) -> bool:
    """Authority people enter units; administrators, reviewers and inspectors keep the cards of those in their reach;
    a unit's people keep their own contact data."""
    person = as_user(actor)
    if person is None:
        return False
    if verb == "create_unit":
        return person.is_superuser or any(
            one.authority_id for one in person.memberships_today if one.role != roles.AUDITOR
        )
    return keeps_unit(person, unit) or holds_for_unit(person, unit.pk, roles.FILER)


def keeps_unit(actor: Any, unit: Unit) -> bool:
    """Whether the actor may change the whole card, name and code included."""
    return units_kept_by(actor).filter(pk=unit.pk).exists()


def checked_code(uscc: str | None) -> str | None:
    """The normalised credit code; raises ``Refused`` (key ``uscc``) when the rule says it is not valid."""
    code = codes.normal(uscc)
    fault = codes.fault_of(code) if code else None
    if fault:
        raise Refused("uscc", _("统一社会信用代码不正确：%(fault)s。") % {"fault": fault}, rule="credit-code")
    return code


def create_unit(actor: Any, data: dict[str, Any], *, now: datetime | None = None) -> Unit:
    """Enter a unit into the register. Raises ``Refused`` naming the field, ``Conflict`` for a code that is known."""
    code = checked_code(data.get("uscc"))
    name = _name(data.get("name"))
    with creating(actor, "accounts.create_unit", can=can_unit, now=now) as act:
        if code and Unit.objects.filter(uscc=code).exists():
            raise Conflict("uscc", _("这个统一社会信用代码已有档案。"), rule="credit-code")
        values = {field: data[field] for field in UNIT_FIELDS if data.get(field)}
        act.target = Unit.objects.create(**{**values, "name": name, "uscc": code})
        act.note(name=name, uscc=code or "")
    return act.target


def update_unit(actor: Any, unit_id: Any, data: dict[str, Any], *, now: datetime | None = None) -> Unit:
    """Change a unit's card; its own people may change the contact data alone."""
    with acting(actor, "accounts.update_unit", Unit.objects.all(), unit_id, can=can_unit, now=now) as act:
        allowed = UNIT_FIELDS if actor is None or keeps_unit(actor, act.target) else UNIT_OWN_FIELDS
        changed: dict[str, Any] = {}
        for field in allowed:
            if field not in data:
                continue
            value = checked_code(data[field]) if field == "uscc" else (data[field] or "")
            if field == "name":
                value = _name(value)
            if getattr(act.target, field) != value:
                changed[field] = value
                setattr(act.target, field, value)
        code = changed.get("uscc")
        if code and Unit.objects.filter(uscc=code).exclude(pk=act.target.pk).exists():
            raise Conflict("uscc", _("这个统一社会信用代码已有档案。"), rule="credit-code")
        act.note(**changed)
    return act.target


def ensure_unit(
    actor: Any, *, name: str, uscc: str | None = None, kind: str = "developer", now: datetime | None = None
) -> Unit:
    """Find a unit by its credit code, or without one by its exact name; enter it when it is not known.

    For the actions of other rooms (import, field verification), which have asked for permission. A known unit without
    code gets the code. Raises ``Refused`` (key ``uscc`` or ``name``).
    """
    code, name = checked_code(uscc), _name(name)
    with transaction.atomic():
        found = _known_unit(name, code)
        if found is not None:
            if code and found.uscc is None:
                found.uscc = code
                found.save(update_fields=["uscc"])
                act = Acting(actor, "accounts.update_unit", found, now or clock.now(), "")
                act.note(uscc=code)
                record(act)
            return found
        try:
            with transaction.atomic():
                unit = Unit.objects.create(name=name, uscc=code, kind=kind)
        except IntegrityError:  # somebody entered it at the same moment
            return Unit.objects.get(uscc=code)
        act = Acting(actor, "accounts.create_unit", unit, now or clock.now(), "")
        act.note(name=name, uscc=code or "")
        record(act)
    return unit


def _known_unit(name: str, code: str | None) -> Unit | None:
    if code:
        found = Unit.objects.filter(uscc=code).first()
        if found is not None:
            return found
        return Unit.objects.select_for_update(no_key=True).filter(name=name, uscc__isnull=True).order_by("pk").first()
    return Unit.objects.filter(name=name).order_by("pk").first()


def _name(name: Any) -> str:
    text = " ".join(str(name or "").split())
    if len(text) < 2:
        raise Refused("name", _("请填写名称。"))
    if len(text) > 120:
        raise Refused("name", _("名称不超过 120 字。"))
    return text


# --- authorities ---------------------------------------------------------------------------------------------------
def can_authority(actor: Any, verb: str, authority: Authority) -> bool:
    """Administrators keep the authorities of their own division and below; they enter those of lower levels alone."""
    person = as_user(actor)
    if person is None:
        return False
    mine = [
        one.authority
        for one in person.memberships_today
        if one.authority is not None and one.role == roles.ADMINISTRATOR
    ]
    around = [office for office in mine if (authority.division_code or "").startswith(office.prefix)]
    if verb == "create_authority":
        return person.is_superuser or any(_below(authority.level, office.level) for office in around)
    return person.is_superuser or bool(around)


def _below(level: str, other: str) -> bool:
    """Whether a level stands below another; an unknown one does not."""
    return (
        level in RANKS and other in RANKS and RANKS.index(Authority.Level(level)) > RANKS.index(Authority.Level(other))
    )


def create_authority(actor: Any, data: dict[str, Any], *, now: datetime | None = None) -> Authority:
    """Enter an authority of a lower level inside the actor's own division."""
    values = {field: data[field] for field in AUTHORITY_FIELDS if data.get(field)}
    wanted = Authority(level=values.get("level", ""), division_code=values.get("division_code", ""))
    with creating(actor, "accounts.create_authority", can=can_authority, within=wanted, now=now) as act:
        if Authority.objects.filter(name=values.get("name", "")).exists():
            raise Conflict("name", _("这个机关已有档案。"))
        act.target = Authority.objects.create(**values)
        act.note(name=act.target.name)
    return act.target


def update_authority(actor: Any, authority_id: Any, data: dict[str, Any], *, now: datetime | None = None) -> Authority:
    """Change an authority's card; what is moved to another level or division must be one that the actor may enter."""
    queryset = Authority.objects.all()
    with acting(actor, "accounts.update_authority", queryset, authority_id, can=can_authority, now=now) as act:
        level, code = data.get("level", act.target.level), data.get("division_code", act.target.division_code)
        verb = "update_authority" if level == act.target.level else "create_authority"
        if actor is not None and not can_authority(actor, verb, Authority(level=level, division_code=code)):
            raise Forbidden("division_code", _("只能管理本辖区内的机关。"))
        same = Authority.objects.filter(name=data.get("name", "")).exclude(pk=act.target.pk)
        if same.exists():
            raise Conflict("name", _("这个机关已有档案。"))
        for field in AUTHORITY_FIELDS:
            if field in data:
                setattr(act.target, field, data[field] if field == "parent" else (data[field] or ""))
        act.note(name=act.target.name)
    return act.target


# --- people -----------------------------------------------------------------------------------------------------
def can_manage(actor: Any, authority: Authority | None, unit: Unit | None) -> bool:
    """Whether the actor manages the people of this authority or unit."""
    if authority is not None:
        return authorities_managed_by(actor).filter(pk=authority.pk).exists()
    return unit is not None and units_managed_by(actor).filter(pk=unit.pk).exists()


def enrol(
    actor: Any,
    *,
    username: str,
    role: str,
    authority: Authority | None = None,
    unit: Unit | None = None,
    name: str = "",
    email: str = "",
    phone: str = "",
    certificate_no: str = "",
    password: str | None = None,
    valid_from: date | None = None,
    now: datetime | None = None,
) -> User:
    """Enrol a person, or give a known one (same user name) one more role.

    A new person without ``password`` sets one through the link of ``invitation``. ``actor`` None is the system (the
    demo loader, the first administrator). Raises ``Refused`` naming the field, ``Forbidden`` for a stranger's office,
    for oneself, and for a person whom ``may_appoint`` leaves to others.
    """
    moment = now or clock.now()
    _check_role(role, authority, unit)
    if actor is not None and not can_manage(actor, authority, unit):
        raise Forbidden("actor", _("您不能为这个机关或单位登记人员。"), rule="accounts.enrol")
    if actor is not None and actor.username == username:
        raise Forbidden("username", _("不能为自己登记任职。"), rule="accounts.appoint")
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).filter(username=username).first()
        act = "accounts.appoint" if person else "accounts.enrol"
        if person is None:
            person = _new_person(username, name, email, phone, certificate_no, password)
        elif actor is not None and not may_appoint(actor, person, authority, unit):
            raise Forbidden("username", _("不能用这个用户名登记。"), rule="accounts.appoint")
        elif actor is not None and not person.is_active:
            raise Refused("username", _("这个账号已停用。"))
        day = valid_from or clock.day_of(moment)
        same = Membership.objects.filter(user=person, role=role, authority=authority, unit=unit, valid_to__isnull=True)
        if same.exists():
            raise Conflict("role", _("此人已担任这个角色。"))
        Membership.objects.create(user=person, authority=authority, unit=unit, role=role, valid_from=day)
        one = Acting(actor, act, person, moment, "")
        one.note(username=username, role=role, office=str(authority or unit), valid_from=day.isoformat())
        record(one)
    return person


def may_appoint(actor: Any, person: User, authority: Authority | None, unit: Unit | None) -> bool:
    """Whether the actor may give a known person one more role.

    A unit takes who holds no role elsewhere, or is one of its own people already; an authority who holds none, or one
    that the actor manages. A role that begins later counts as held.
    """
    held = list(
        Membership.objects.filter(user=person).exclude(valid_to__lt=clock.today()).select_related("authority", "unit")
    )
    if not held:
        return True
    if unit is not None:
        return any(one.unit_id == unit.pk for one in held)
    return any(can_manage(actor, one.authority, one.unit) for one in held)


def _check_role(role: str, authority: Authority | None, unit: Unit | None) -> None:
    if (authority is None) == (unit is None):
        raise Refused("office", _("请选择一个机关或一个单位。"))
    if role not in (roles.AUTHORITY_ROLES if authority is not None else roles.UNIT_ROLES):
        raise Refused("role", _("这个角色不能用于所选的机关或单位。"))


def _new_person(username: str, name: str, email: str, phone: str, certificate_no: str, password: str | None) -> User:
    faults = Faults()
    person = User(username=username, name=name.strip(), email=email, phone=phone, certificate_no=certificate_no)
    if not person.name:
        faults.add("name", _("请填写姓名。"))
    try:
        User.username_validator(username)  # type: ignore[misc]
    except ValidationError:
        faults.add("username", _("用户名只能用字母、数字和 @ . + - _。"))
    if password is not None:
        try:
            validate_password(password, person)
        except ValidationError as error:
            for message in error.messages:
                faults.add("password", message)
    faults.refuse()
    person.set_password(password)  # None is a password nobody can enter
    person.save()
    return person


def end_membership(
    actor: Any, membership_id: Any, *, now: datetime | None = None, reason: str = "", last_day: date | None = None
) -> Membership:
    """End a role at once (its last day was yesterday) or on ``last_day``. An authority keeps one administrator."""
    moment = now or clock.now()
    with transaction.atomic():
        membership = Membership.objects.select_for_update(of=("self",), no_key=True).filter(pk=membership_id).first()
        if membership is None:
            raise NotFound("id", _("没有这项任职。"))
        if actor is not None and not can_manage(actor, membership.authority, membership.unit):
            raise NotFound("id", _("没有这项任职。"))
        day = last_day or clock.day_of(moment) - timedelta(days=1)
        if membership.valid_to is not None and membership.valid_to <= day:
            raise Conflict("id", _("这项任职已经终止。"))
        if membership.role == roles.ADMINISTRATOR and membership.authority is not None:
            Authority.objects.select_for_update(no_key=True).get(pk=membership.authority.pk)
            if not administrators_of(membership.authority).exclude(pk=membership.pk).exists():
                raise Refused("role", _("机关至少保留一名系统管理员。"))
        membership.valid_to, membership.valid_from = day, min(day, membership.valid_from)
        membership.save(update_fields=["valid_to", "valid_from"])
        one = Acting(actor, "accounts.end_membership", membership.user, moment, reason)
        one.note(role=membership.role, office=str(membership.authority or membership.unit), valid_to=day.isoformat())
        record(one)
    return membership


def update_profile(actor: Any, data: dict[str, Any], *, now: datetime | None = None) -> User:
    """A person's own card: name, e-mail, telephone."""
    person = as_user(actor)
    if person is None:
        raise Forbidden("actor", _("请先登录。"))
    with acting(person, "accounts.update_profile", User.objects.all(), person.pk, now=now) as act:
        for field in ("name", "email", "phone"):
            if field in data:
                setattr(act.target, field, (data[field] or "").strip())
        if not act.target.name:
            raise Refused("name", _("请填写姓名。"))
        act.note(fields=sorted(set(data) & {"name", "email", "phone"}))
    return act.target


def create_first_administrator(
    *, username: str, name: str, password: str, email: str = "", authority: dict[str, Any], now: datetime | None = None
) -> User:
    """The way in for a real authority: its card and its first administrator. Refused when there is one already."""
    with transaction.atomic():
        if Membership.objects.filter(in_force(), role=roles.ADMINISTRATOR).exists():
            raise Conflict("administrator", _("已有系统管理员，请由其登记人员。"))
        if User.objects.filter(username=username).exists():
            raise Conflict("username", _("这个用户名已存在。"))
        office, _made = Authority.objects.get_or_create(name=authority["name"], defaults=authority)
        person = enrol(
            None,
            username=username,
            role=roles.ADMINISTRATOR,
            authority=office,
            name=name,
            email=email,
            password=password,
            now=now,
        )
        person.is_staff = True
        person.save(update_fields=["is_staff"])
    return person
