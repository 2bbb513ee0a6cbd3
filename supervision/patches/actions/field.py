"""Field verification: claim, photographs, the visit, exclusion, recognition as compliant, splitting (现场核查、认定)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import shapely
from django.utils.translation import gettext as _

from conservation.accounts import actions as accounts
from conservation.accounts.access import holds_in_areas
from conservation.accounts.models import User
from conservation.accounts.roles import INSPECTOR
from conservation.documents import queries as documents
from conservation.documents import store
from conservation.documents.models import Document
from conservation.documents.photos import read_photo
from conservation.errors import Conflict, Fault, Faults, Refused
from conservation.history.acting import Acting, acting
from conservation.regions import geo
from conservation.rulebook.registry import decide
from conservation.rulebook.store import store as store_decision
from projects.registry import access as registry_access
from projects.registry import actions as registry
from projects.registry.models import Project
from supervision.patches import access, labels, rules, sizes
from supervision.patches.models import Patch, Verification

PHOTO = "patch_photo"
EVIDENCE = "patch_evidence"


def claim(actor: Any, patch_id: Any, *, now: datetime | None = None, reason: str = "") -> Patch:
    """Take a patch for field verification."""
    with acting(
        actor, "patches.claim", access.visible_to(actor), patch_id, can=access.can, now=now, reason=reason
    ) as act:
        act.move("claim")
        act.target.claimed_by = actor
    return act.target


def add_photo(
    actor: Any,
    patch_id: Any,
    upload: Any,
    *,
    view: str,
    lon: float | None = None,
    lat: float | None = None,
    azimuth: float | None = None,
    taken_at: datetime | None = None,
    gallery: bool = False,
    now: datetime | None = None,
) -> Document:
    """Keep a photograph of the visit with its place, bearing and time.

    What the file itself says (EXIF) goes before what the device sent beside it; without EXIF the device's word is
    kept and marked as such.
    """
    if view not in rules.VIEWS:
        raise Refused("view", _("没有这种照片类别。"))
    check_position(lon, lat, azimuth)
    with acting(
        actor, "patches.add_photo", access.visible_to(actor), patch_id, can=access.can, now=now, save=False
    ) as act:
        if act.target.state != "field_check":
            raise Conflict("state", _("图斑不在现场核查中，不能上传现场照片。"))
        document = store.save_upload(
            actor, upload, kind=PHOTO, title=_("图斑 %(number)s 现场照片（%(view)s）") % {
                "number": act.target.number, "view": labels.view_label(view)},
            subject=act.target, allow=("jpg", "png"), now=act.now,
        )  # fmt: skip
        seen = read_photo(store.read(document))
        device = {"lon": lon, "lat": lat, "azimuth": azimuth, "taken_at": taken_at}
        document.facts = photo_facts(seen, device) | {"view": view, "gallery": gallery}
        document.save(update_fields=["facts"])
        act.attach(document)
        act.note(view=view, gallery=gallery)
    return document


def check_position(lon: float | None, lat: float | None, azimuth: float | None) -> None:
    faults = Faults()
    if (lon is None) != (lat is None):
        faults.add("lon", _("经度和纬度须同时给出。"))
    if lon is not None and not -180 <= lon <= 180:
        faults.add("lon", _("经度不在 -180 至 180 之间。"))
    if lat is not None and not -90 <= lat <= 90:
        faults.add("lat", _("纬度不在 -90 至 90 之间。"))
    if azimuth is not None and not 0 <= azimuth <= 360:
        faults.add("azimuth", _("方位角应在 0 至 360 之间。"))
    faults.refuse()


def photo_facts(seen: Any, device: Mapping[str, Any]) -> dict[str, Any]:
    """Place, bearing and time of a photograph and where each comes from (``exif`` or ``device``)."""
    facts = seen.as_dict()
    origin = {}
    for key in ("lon", "azimuth", "taken_at"):
        origin[key] = "exif" if facts[key] is not None else "device" if device[key] is not None else ""
    if origin["lon"] == "device":
        facts["lon"], facts["lat"] = device["lon"], device["lat"]
    elif origin["lon"] == "exif" and device["lon"] is not None:
        away = geo.GEOD.inv(facts["lon"], facts["lat"], device["lon"], device["lat"])[2]
        facts["device_away_m"] = round(away, 1)
    if origin["azimuth"] == "device":
        facts["azimuth"] = device["azimuth"]
    if origin["taken_at"] == "device":
        facts["taken_at"] = device["taken_at"].isoformat()
    facts["origin"] = origin
    return facts


def photos_of(patch: Patch) -> list[Document]:
    """Photographs of the visit under way: those that came after the last recorded verification."""
    last = patch.verifications.order_by("-id").values_list("created_at", flat=True).first()
    found = documents.of(patch).filter(kind=PHOTO).order_by("created_at", "pk")
    return list(found.filter(created_at__gt=last) if last else found)


def as_photo(document: Document, reused: bool = False) -> rules.Photo:
    facts = document.facts
    taken = facts.get("taken_at")
    return rules.Photo(
        view=facts.get("view", "other"), lon=facts.get("lon"), lat=facts.get("lat"), azimuth=facts.get("azimuth"),
        taken_at=datetime.fromisoformat(taken) if taken else None, gallery=bool(facts.get("gallery")),
        digest=document.sha256, reused=reused,
    )  # fmt: skip


def evidence_of(
    patch: Patch, finding: str, no_fly_reason: str, now: datetime
) -> tuple[list[Document], list[rules.Flag]]:
    """The photographs of the visit under way and what is to be said about them."""
    photos = photos_of(patch)
    elsewhere = set(
        Document.objects.filter(kind=PHOTO, sha256__in=[one.sha256 for one in photos])
        .exclude(subject_type="patch", subject_id=str(patch.pk))
        .values_list("sha256", flat=True)
    )
    begins = patch.issued_at or patch.created_at
    shape = shapely.from_wkb(bytes(patch.geom.wkb))
    flags = rules.evidence(
        [as_photo(one, one.sha256 in elsewhere) for one in photos], shape, begins, now, finding, no_fly_reason
    )
    return photos, flags


def verify(
    actor: Any,
    patch_id: Any,
    *,
    finding: str,
    second_officer: Any,
    visited_at: datetime,
    description: str,
    project: Any = None,
    new_project: Mapping[str, Any] | None = None,
    unit_name: str = "",
    unit_uscc: str = "",
    land_ha: Decimal | None = None,
    earthwork_m3: Decimal | None = None,
    dumped_m3: Decimal | None = None,
    harm: bool = False,
    no_fly_reason: str = "",
    now: datetime | None = None,
    reason: str = "",
) -> Verification:
    """Record the visit of two officers with its photographs; a suspected violation moves the patch on.

    ``project`` is the id of a known one, ``new_project`` {name, type_no} one found in the field; the unit is named by
    its name and credit code, made when it is not known yet. Refused unless the evidence suffices.
    """
    with acting(
        actor, "patches.verify", access.visible_to(actor), patch_id, can=access.can, now=now, reason=reason
    ) as act:
        patch = act.target
        if patch.state != "field_check":
            raise Conflict("state", _("图斑不在现场核查中。"))
        second = check_visit(act, finding, second_officer, visited_at, description)
        check_sizes(finding, land_ha, earthwork_m3, dumped_m3)
        photos, flags = evidence_of(patch, finding, no_fly_reason, act.now)
        blocking = [flag for flag in flags if flag.blocking]
        if blocking:
            raise Refused.many([Fault("photos", labels.flag_text(flag), _("现场核查取证要求")) for flag in flags])
        before = patch.project_id
        found = name_project(act, project, new_project, unit_name, unit_uscc, needed=rules.is_violation(finding))
        verification = Verification.objects.create(
            patch=patch, officer=actor, officer_certificate=actor.certificate_no, second_officer=second,
            second_certificate=second.certificate_no, visited_at=visited_at, finding=finding,
            description=description.strip(), project=found, unit=found.unit if found else None, land_ha=land_ha,
            earthwork_m3=earthwork_m3, dumped_m3=dumped_m3, harm=harm, no_fly_reason=no_fly_reason.strip()[:200],
            photos=len(photos), flags=[flag_dict(flag) for flag in flags], created_at=act.now,
        )  # fmt: skip
        if finding == rules.EXEMPT:
            decide_exempt(act, land_ha, earthwork_m3)
        patch.finding, patch.verified_at = finding, act.now
        if found is not None and found.pk != patch.project_id:
            patch.project, patch.linked_by, patch.linked_at = found, actor, act.now
        if rules.is_violation(finding):
            act.move("suspect")
        act.attach(*photos)
        act.note(finding=finding, second=str(second), project=found.pk if found else None, photos=len(photos),
                 flags=[flag.code for flag in flags])  # fmt: skip
        patch.save()
        sizes.refresh([before, patch.project_id], act.now)
    return verification


def flag_dict(flag: rules.Flag) -> dict[str, Any]:
    return {"code": flag.code, "photo": flag.photo, "value": flag.value, "text": flag.text}


def check_visit(act: Acting, finding: str, second_officer: Any, visited_at: datetime, description: str) -> User:
    """Two officers with certificates, a day that can be, a known finding, a description. Returns the second officer."""
    faults = Faults()
    patch, actor = act.target, act.actor
    second = (
        second_officer if isinstance(second_officer, User) else User.objects.filter(pk=second_officer or 0).first()
    )
    if finding not in dict(labels.findings()):
        faults.add("finding", _("没有这种核查结论。"))
    if not actor.certificate_no:
        faults.add("actor", _("您没有登记执法证号，不能现场核查。"), rule=_("行政处罚法 第四十二条"))
    if second is None or second.pk == actor.pk or not holds_in_areas(second, patch.areas, INSPECTOR):
        faults.add("second_officer", _("须有另一名辖区内的监督检查员。"), rule=_("行政处罚法 第四十二条"))
    elif not second.certificate_no:
        faults.add("second_officer", _("第二名核查人没有登记执法证号。"), rule=_("行政处罚法 第四十二条"))
    if visited_at > act.now:
        faults.add("visited_at", _("到场时间不能在现在之后。"))
    elif patch.issued_at and visited_at < patch.issued_at:
        faults.add("visited_at", _("到场时间早于图斑下发时间。"))
    if not description.strip():
        faults.add("description", _("请写明现场情况。"))
    faults.refuse()
    assert second is not None
    return second


def check_sizes(finding: str, land_ha: Any, earthwork_m3: Any, dumped_m3: Any) -> None:
    faults = Faults()
    for key, value in (("land_ha", land_ha), ("earthwork_m3", earthwork_m3), ("dumped_m3", dumped_m3)):
        if value is not None and (not value.is_finite() or value < 0 or value >= 10**9):
            faults.add(key, _("应为不小于 0 的数。"))
    if finding == "V03" and not dumped_m3:
        faults.add("dumped_m3", _("认定乱弃须测量弃渣量。"), rule=_("水土保持法 第五十五条"))
    if finding == rules.EXEMPT:
        for key, value in (("land_ha", land_ha), ("earthwork_m3", earthwork_m3)):
            if value is None:
                faults.add(key, _("判断可不编报方案须填写。"), rule="plan-kind")
    faults.refuse()


def decide_exempt(act: Acting, land_ha: Any, earthwork_m3: Any) -> None:
    """Ask the rulebook whether works of this size need a plan; refused when they do."""
    decision = decide(
        "plan-kind", {"area_ha": float(land_ha), "earthwork_m3": float(earthwork_m3)}, on=act.today,
        province=act.target.areas[0] if act.target.areas else None,
    )  # fmt: skip
    if decision.result["kind"] != "none":
        raise Refused("finding", _("按占地和挖填量须编报水土保持方案，不能认定为可不编报方案。"), rule="plan-kind")
    store_decision(decision, subject_type="patch", subject_id=str(act.target.pk), by=act.actor, at=act.now)


def name_project(
    act: Acting, project: Any, new_project: Mapping[str, Any] | None, unit_name: str, unit_uscc: str, *, needed: bool
) -> Project | None:
    """The project and unit of the visit, known or made; for a violation both are needed."""
    actor, patch = act.actor, act.target
    unit = None
    found: Project | None = None
    if unit_name.strip():
        unit = accounts.ensure_unit(actor, name=unit_name.strip(), uscc=unit_uscc.strip() or None, now=act.now)
    if new_project and str(new_project.get("name") or "").strip():
        found = registry.create_from_field(
            actor, name=str(new_project["name"]).strip(), counties=[patch.county_code],
            type_no=int(new_project.get("type_no") or patch.industry or 36), unit=unit, now=act.now,
        )  # fmt: skip
    else:
        known = registry_access.visible_to(actor).filter(pk=project).first() if project else patch.project
        if project and known is None:
            raise Refused("project", _("没有这个项目，或您无权查看。"))
        if known is not None and unit is not None and known.unit_id is None:
            known = registry.name_unit(actor, known.pk, unit, now=act.now)
        elif known is not None and unit is not None and known.unit_id != unit.pk:
            raise Refused("unit_name", _("该项目的生产建设单位是%(unit)s，与填写的不同。") % {"unit": known.unit})
        found = known
    if needed and found is None:
        raise Refused("project", _("疑似违法须查明项目：请选择已有项目或现场建档。"))
    if needed and found is not None and found.unit_id is None:
        raise Refused("unit_name", _("疑似违法须查明生产建设单位。"))
    return found


def need_visit(patch: Patch, *wanted: str) -> Verification:
    """The last verification, with one of the wanted findings."""
    last = patch.verifications.order_by("-id").first()
    if last is None:
        raise Conflict("verification", _("须先有现场核查记录：图斑只是线索。"), rule=_("自然资发〔2023〕258号"))
    if wanted and last.finding not in wanted:
        raise Conflict(
            "verification", _("最近一次核查结论是“%(finding)s”，不能这样认定。")
            % {"finding": labels.finding_label(last.finding)},
        )  # fmt: skip
    return last


def exclude(actor: Any, patch_id: Any, *, reason: str, now: datetime | None = None) -> Patch:
    """Set aside a patch that is no construction disturbance; needs the visit and a reason."""
    need_reason(reason)
    with acting(
        actor, "patches.exclude", access.visible_to(actor), patch_id, can=access.can, now=now, reason=reason
    ) as act:
        act.move("exclude")
        need_visit(act.target, rules.NOT_CONSTRUCTION)
        act.target.save()
        sizes.refresh([act.target.project_id], act.now)
    return act.target


def recognise_compliant(
    actor: Any,
    patch_id: Any,
    *,
    reason: str,
    uploads: Iterable[Any] = (),
    evidence: Iterable[Document] = (),
    now: datetime | None = None,
) -> Patch:
    """Recognise as compliant (合规性认定): a stated reason and supporting papers, such as the plan's approval.

    From a suspected violation too, when the papers clear it. A visit is needed in either case.
    """
    need_reason(reason)
    with acting(
        actor,
        "patches.recognise_compliant",
        access.visible_to(actor),
        patch_id,
        can=access.can,
        now=now,
        reason=reason,
    ) as act:
        patch = act.target
        before = patch.state
        act.move("recognise_compliant")
        visit = need_visit(patch, *(rules.CLEAN if before == "field_check" else ()))
        papers = list(evidence)
        for upload in uploads:
            papers.append(store.save_upload(
                actor, upload, kind=EVIDENCE, title=_("合规认定证明材料"), subject=patch,
                allow=("pdf", "jpg", "png", "docx", "zip"), now=act.now,
            ))  # fmt: skip
        if not papers:
            raise Refused("uploads", _("认定合规须附证明材料，如方案批复。"), rule=_("合规性认定要求"))
        if not rules.is_violation(visit.finding):
            patch.finding = visit.finding
        else:
            patch.finding = rules.NONE
        act.attach(*papers)
        act.note(finding=patch.finding)
        patch.save()
        sizes.refresh([patch.project_id], act.now)
    return act.target


def need_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused("reason", _("请写明理由。"))
