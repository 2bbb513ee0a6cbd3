"""Rounds: set up, class, issue, close."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from conservation.accounts.models import Authority
from conservation.accounts.roles import INSPECTOR
from conservation.errors import Conflict, Faults, Forbidden, Refused
from conservation.history.acting import Acting, acting, creating
from conservation.notices import actions as notices
from supervision.patches import access, classing, sizes
from supervision.patches.models import ISSUED_CLASSES, Class, Patch, Round

CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z\-_.]{1,39}")
EDITABLE = (
    "name", "image_date", "image_before", "pixel_m", "tolerance_m", "verify_days", "recognise_days", "handle_days",
    "verify_due", "recognise_due", "handle_due",
)  # fmt: skip
IMAGE_FIELDS = {"image_date", "pixel_m", "tolerance_m"}


def create_round(
    actor: Any,
    *,
    code: str,
    name: str,
    authority: Authority,
    year: int,
    image_date: date,
    period: int = 1,
    pixel_m: Decimal = Decimal("2"),
    tolerance_m: Decimal | None = None,
    image_before: date | None = None,
    verify_days: int = 30,
    recognise_days: int = 15,
    handle_days: int = 45,
    now: datetime | None = None,
    reason: str = "",
) -> Round:
    """Set up a round. The tolerance is twice the pixel unless given; the level is the authority's."""
    within = SimpleNamespace(authority_id=authority.pk)
    with creating(actor, "patches.create_round", can=access.can_round, within=within, now=now, reason=reason) as act:
        round_ = Round(
            code=(code or "").strip(), name=(name or "").strip(), authority=authority, level=authority.level, year=year,
            period=period, image_date=image_date, image_before=image_before, pixel_m=pixel_m,
            tolerance_m=tolerance_m if tolerance_m is not None else pixel_m * 2, verify_days=verify_days,
            recognise_days=recognise_days, handle_days=handle_days, created_at=act.now,
        )  # fmt: skip
        check_round(round_, act.today)
        if tolerance_m is None:
            round_.tolerance_m = classing.default_tolerance(pixel_m, image_date)
        try:
            with transaction.atomic():
                round_.save(force_insert=True)
        except IntegrityError:
            raise Conflict("code", _("期次编号 %(code)s 已被使用。") % {"code": code}) from None
        act.target = round_
        act.note(
            code=round_.code, image_date=str(image_date), pixel_m=str(pixel_m), tolerance_m=str(round_.tolerance_m)
        )
    return round_


def check_round(round_: Round, today: date) -> None:
    """Refuse wrong parameters, all at once."""
    faults = Faults()
    if not CODE.fullmatch(round_.code):
        faults.add("code", _("期次编号由字母、数字、短横线组成，2 至 40 位。"))
    if not round_.name:
        faults.add("name", _("请填写名称。"))
    if not 2010 <= round_.year <= today.year + 1:
        faults.add("year", _("年度应在 2010 年至明年之间。"))
    if not 1 <= round_.period <= 99:
        faults.add("period", _("期次应在 1 至 99 之间。"))
    if round_.image_date > today:
        faults.add("image_date", _("影像日期不能在今天之后。"))
    if round_.image_before and round_.image_before >= round_.image_date:
        faults.add("image_before", _("前时相应早于后时相。"))
    if not 0 < round_.pixel_m <= 100:
        faults.add("pixel_m", _("像元大小应大于 0、不超过 100 米。"))
    if not 0 <= round_.tolerance_m <= 500:
        faults.add("tolerance_m", _("位置容差应在 0 至 500 米之间。"))
    for key in ("verify_days", "recognise_days", "handle_days"):
        if not 1 <= getattr(round_, key) <= 730:
            faults.add(key, _("期限应在 1 至 730 天之间。"))
    if round_.verify_due and round_.recognise_due and round_.handle_due:
        if not round_.verify_due <= round_.recognise_due <= round_.handle_due:
            faults.add("verify_due", _("截止日应依次为核查、认定、查处。"))
    faults.refuse()


def edit_round(
    actor: Any, round_id: Any, changes: Mapping[str, Any], *, now: datetime | None = None, reason: str = ""
) -> Round:
    """Change parameters or due days. What the classes rest on can change only before the first issue."""
    with acting(
        actor,
        "patches.edit_round",
        access.rounds_visible_to(actor),
        round_id,
        can=access.can_round,
        now=now,
        reason=reason,
    ) as act:
        round_ = act.target
        if round_.state == "closed":
            raise Conflict("state", _("本期已结束，不能修改。"))
        unknown = [key for key in changes if key not in EDITABLE]
        if unknown:
            raise Refused(unknown[0], _("不能修改的字段：%(key)s") % {"key": unknown[0]})
        moved = {key for key in changes if getattr(round_, key) != changes[key]}
        if moved & IMAGE_FIELDS and round_.state != "open":
            raise Conflict(sorted(moved & IMAGE_FIELDS)[0], _("图斑已下发，不能再改影像参数。"))
        act.note(changed={key: [str(getattr(round_, key)), str(changes[key])] for key in sorted(moved)})
        for key in moved:
            setattr(round_, key, changes[key])
        if "pixel_m" in moved and "tolerance_m" not in moved:
            round_.tolerance_m = classing.default_tolerance(round_.pixel_m, round_.image_date)
        check_round(round_, act.today)
    return round_


def classify(
    actor: Any, round_id: Any, *, progress: Any = None, now: datetime | None = None, reason: str = ""
) -> classing.Report:
    """Class every patch of the round that has not been issued (合规性判别); running it again changes nothing."""
    queryset = Round.objects.all() if actor is None else access.rounds_visible_to(actor)
    with acting(actor, "patches.classify", queryset, round_id, can=access.can_round, now=now, reason=reason) as act:
        if act.target.state == "closed":
            raise Conflict("state", _("本期已结束，不再判别。"))
        report = class_in(act, progress)
    return report


def class_in(act: Acting, progress: Any = None) -> classing.Report:
    """The classing itself, inside an act on the locked round."""
    report = classing.classify(act.target, progress)
    if report.written:
        sizes.refresh(report.projects, act.now)
    act.target.classified_at = act.now
    act.note(**report.as_dict())
    return report


ISSUE_SQL = """
    UPDATE patches_patch SET state = 'issued', issued_at = %s
    WHERE round_id = %s AND state = 'classified' AND ended_at IS NULL AND klass = ANY(%s) RETURNING county_code
"""


def issue_round(
    actor: Any,
    round_id: Any,
    *,
    classes: Iterable[str] = ISSUED_CLASSES,
    now: datetime | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Issue the classed patches to the counties; the round's due days run from its first issue.

    Patches below the smallest size are never issued. Returns counts per county.
    """
    wanted = sorted({str(one) for one in classes})
    with acting(
        actor, "patches.issue_round", access.rounds_visible_to(actor), round_id, can=access.can_round, now=now,
        reason=reason,
    ) as act:  # fmt: skip
        round_ = act.target
        unknown = [one for one in wanted if one not in Class.values]
        if unknown or Class.BELOW in wanted:
            raise Refused(
                "classes", _("不能下发这一类图斑：%(name)s") % {"name": (unknown or [str(Class.BELOW.label)])[0]}
            )
        act.move("issue")
        if Patch.objects.filter(round=round_, state="extracted").exists():
            raise Conflict("state", _("还有未判别的图斑，请先判别。"))
        with connection.cursor() as cursor:
            cursor.execute(ISSUE_SQL, [act.now, round_.pk, wanted])
            codes = [row[0] for row in cursor.fetchall()]
        if not codes:
            raise Refused("classes", _("没有可下发的图斑。"))
        if round_.issued_on is None:
            set_due(round_, act.today)
        counts = {code: codes.count(code) for code in sorted(set(codes))}
        act.note(issued=len(codes), classes=wanted, counties=counts)
        tell_counties(round_, counts, act.now)
        act.publish("patches.issued", round=round_.pk, issued=len(codes))
    return {"issued": len(codes), "counties": counts, "verify_due": round_.verify_due}


def set_due(round_: Round, today: date) -> None:
    """Due days: verification, then recognition, then handling, counted from the day of issue."""
    round_.issued_on = today
    round_.verify_due = today + timedelta(days=round_.verify_days)
    round_.recognise_due = round_.verify_due + timedelta(days=round_.recognise_days)
    round_.handle_due = round_.recognise_due + timedelta(days=round_.handle_days)


def tell_counties(round_: Round, counts: Mapping[str, int], now: datetime) -> None:
    """Tell the inspectors of each county concerned, and of the authority itself where a county has no authority."""
    offices = {one.division_code[:6]: one for one in Authority.objects.filter(level="county").order_by("id")}
    left = 0
    for code, count in counts.items():
        office = offices.get(code)
        left += count if office is None else 0
        if office is not None:
            _tell(round_, office, count, now)
    if left:
        _tell(round_, round_.authority, left, now)


def _tell(round_: Round, office: Authority, count: int, now: datetime) -> None:
    notices.tell_role(
        office,
        [INSPECTOR],
        kind="task",
        title=_("%(round)s下发图斑 %(count)d 个，请于 %(due)s 前完成现场核查")
        % {"round": round_.name, "count": count, "due": round_.verify_due},
        subject=round_,
        key=f"round:{round_.pk}:issued:{now:%Y%m%d%H%M%S}",
        now=now,
    )


def issue(actor: Any, patch_id: Any, *, now: datetime | None = None, reason: str = "") -> Patch:
    """Issue one more patch by hand (one that the class had screened out, say); the reason is required."""
    if not reason.strip():
        raise Refused("reason", _("单独下发须写明理由。"))
    with acting(
        actor, "patches.issue", access.visible_to(actor), patch_id, can=access.can, now=now, reason=reason
    ) as act:
        patch = act.target
        if not access.can_round(actor, "issue_round", patch.round):
            raise Forbidden("actor", _("只有组织本期的机关可以下发图斑。"))
        if patch.klass == Class.BELOW:
            raise Refused("klass", _("低于最小图斑面积的图斑不下发。"), rule="patch-class")
        if patch.round.state != "issued":
            raise Conflict("state", _("本期尚未下发或已结束。"))
        act.move("issue")
        patch.issued_at = act.now
    return patch


def close_round(actor: Any, round_id: Any, *, now: datetime | None = None, reason: str = "") -> Round:
    """End a round once every issued patch has come to its end (销号 or 查处中)."""
    with acting(
        actor, "patches.close_round", access.rounds_visible_to(actor), round_id, can=access.can_round, now=now,
        reason=reason,
    ) as act:  # fmt: skip
        act.move("close")
        left = Patch.objects.filter(
            round=act.target, ended_at__isnull=True,
            state__in=["issued", "field_check", "suspected", "confirmed", "reopened"],
        ).count()  # fmt: skip
        if left:
            raise Conflict("state", _("还有 %(count)d 个图斑没有核查认定完毕，不能结束。") % {"count": left})
    return act.target
