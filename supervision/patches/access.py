"""Who may see and do what with rounds and patches.

The authority that runs a round, and those above it, see all its patches in their division; an authority below sees a
patch once it has been issued; a unit sees the patches of its own projects once a violation has been confirmed.
``PERMITS`` is the whole matrix: act → roles; an act on a patch is open to authorities whose division covers it.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from conservation.accounts.access import holds_for_authority, holds_in_areas, in_areas, scope_of
from conservation.accounts.roles import ADMINISTRATOR, INSPECTOR, LEADER, REMOTE_SENSING
from supervision.patches.models import Patch, Round
from supervision.patches.states import TO_UNIT, UNISSUED

ACTS: dict[str, Any] = {
    "patches.create_round": _("建立遥感监管期次"),
    "patches.edit_round": _("修改期次参数"),
    "patches.import_file": _("图斑入库"),
    "patches.classify": _("合规性判别"),
    "patches.issue_round": _("下发图斑"),
    "patches.close_round": _("结束期次"),
    "patches.issue": _("下发图斑"),
    "patches.claim": _("认领核查"),
    "patches.add_photo": _("上传现场照片"),
    "patches.verify": _("现场核查"),
    "patches.split": _("分割图斑"),
    "patches.exclude": _("排除图斑"),
    "patches.recognise_compliant": _("认定合规"),
    "patches.confirm": _("认定违法"),
    "patches.order": _("下达限期整改"),
    "patches.open_case": _("移送立案"),
    "patches.link": _("关联项目"),
    "patches.cancel": _("审核销号"),
    "patches.send_back": _("退回重新核查"),
    "patches.reopen": _("重新启用"),
    "patches.rectified": _("整改完成"),
    "patches.supervise": _("逾期督办"),
}
ROUND_PERMITS: dict[str, tuple[str, ...]] = {
    "create_round": (REMOTE_SENSING, ADMINISTRATOR),
    "edit_round": (REMOTE_SENSING, ADMINISTRATOR),
    "import_file": (REMOTE_SENSING,),
    "classify": (REMOTE_SENSING,),
    "issue_round": (REMOTE_SENSING, LEADER),
    "close_round": (REMOTE_SENSING, LEADER),
}
"""Held at exactly the authority of the round."""
PERMITS: dict[str, tuple[str, ...]] = {
    "issue": (REMOTE_SENSING,),
    "claim": (INSPECTOR,),
    "add_photo": (INSPECTOR,),
    "verify": (INSPECTOR,),
    "split": (INSPECTOR, REMOTE_SENSING),
    "exclude": (INSPECTOR,),
    "recognise_compliant": (INSPECTOR,),
    "confirm": (INSPECTOR, LEADER),
    "order": (INSPECTOR, LEADER),
    "open_case": (INSPECTOR, LEADER),
    "link": (INSPECTOR, REMOTE_SENSING),
    "cancel": (LEADER, REMOTE_SENSING),
    "send_back": (LEADER, REMOTE_SENSING),
    "reopen": (LEADER, REMOTE_SENSING),
}
"""Held at an authority whose division covers the patch."""


def covering(prefixes: frozenset[str]) -> list[str]:
    """The prefixes of the divisions themselves; sorted for a stable query."""
    return sorted(prefix for prefix in prefixes if prefix)


def rounds_visible_to(user: Any) -> QuerySet[Round]:
    """Rounds of the person's authorities, of those below them, and issued ones of those above them."""
    scope = scope_of(user)
    if not scope.authority_roles:
        return Round.objects.none()
    if "" in scope.prefixes:
        return Round.objects.all()
    below = Q(pk__in=[])
    above = Q(authority__division_code="000000")
    for prefix in covering(scope.prefixes):
        below |= Q(authority__division_code__startswith=prefix)
        heads = [prefix[:length].ljust(6, "0") for length in (2, 4, 6) if length <= len(prefix)]
        above |= Q(authority__division_code__in=heads)
    return Round.objects.filter(below | (above & ~Q(state="open")))


def runs_or_oversees(user: Any) -> QuerySet[Round]:
    """Rounds whose unissued patches the person sees: run by their authority or by one below it."""
    scope = scope_of(user)
    if "" in scope.prefixes:
        return Round.objects.all()
    below = Q(pk__in=[])
    for prefix in covering(scope.prefixes):
        below |= Q(authority__division_code__startswith=prefix)
    return Round.objects.filter(below)


def visible_to(user: Any) -> QuerySet[Patch]:
    """The patches a person may see today; an empty scope sees nothing."""
    scope = scope_of(user)
    if "" in scope.prefixes:
        return Patch.objects.all()
    found = Q(pk__in=[])
    if scope.prefixes:
        unissued = Q(state__in=UNISSUED)
        placed = in_areas(scope) or Q()
        found = placed & (~unissued | Q(round__in=runs_or_oversees(user)))
    if scope.unit_ids:
        found |= Q(project__unit__in=sorted(scope.unit_ids), state__in=TO_UNIT, finding__startswith="V")
    return Patch.objects.filter(found)


def can_round(user: Any, act: str, round_: Any) -> bool:
    """May this person do this act with this round? ``round_`` needs an ``authority_id``."""
    wanted = ROUND_PERMITS.get(act)
    return wanted is not None and round_ is not None and holds_for_authority(user, round_.authority_id, *wanted)


def can(user: Any, act: str, patch: Patch | None) -> bool:
    """May this person do this act with this patch? The audit (cancel) is never the verifying officer's own."""
    wanted = PERMITS.get(act)
    if wanted is None or patch is None or not holds_in_areas(user, patch.areas, *wanted):
        return False
    if act == "cancel":
        return not patch.verifications.filter(Q(officer=user) | Q(second_officer=user)).exists()
    return True


def authorities_for(user: Any, *wanted: str) -> list[int]:
    """Ids of the authorities where the person holds one of the roles."""
    scope = scope_of(user)
    return sorted(set().union(*(scope.authority_ids.get(role, frozenset()) for role in wanted)))
