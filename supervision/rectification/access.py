"""Who may see and do what with rectification items.

An authority sees the items in its division, a unit its own. ``PERMITS`` is the whole matrix: act → (unit roles, authority
roles); an authority's act is open where its division covers the item.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from conservation.accounts.access import holds_for_unit, holds_in_areas, in_areas, scope_of
from conservation.accounts.roles import CASE_OFFICER, FILER, INSPECTOR, LEADER, REMOTE_SENSING
from supervision.rectification.models import Item

ACTS: dict[str, Any] = {
    "rectification.order": _("下达限期整改通知"),
    "rectification.plan": _("报送整改方案"),
    "rectification.submit": _("报送整改结果"),
    "rectification.ask_extension": _("申请延期"),
    "rectification.extend": _("延长整改期限"),
    "rectification.return": _("复核退回"),
    "rectification.close": _("复核销号"),
    "rectification.lapse": _("认定逾期"),
    "rectification.escalate": _("移送立案"),
    "rectification.case_closed": _("随案件办结销号"),
    "rectification.reopen": _("重新整改"),
}
PERMITS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "order": ((), (INSPECTOR, LEADER, REMOTE_SENSING, CASE_OFFICER)),
    "plan": ((FILER,), ()),
    "submit": ((FILER,), ()),
    "ask_extension": ((FILER,), ()),
    "extend": ((), (INSPECTOR, LEADER)),
    "return": ((), (INSPECTOR,)),
    "close": ((), (INSPECTOR,)),
    "escalate": ((), (INSPECTOR, CASE_OFFICER, LEADER)),
    "reopen": ((), (INSPECTOR,)),
}


def visible_to(user: Any) -> QuerySet[Item]:
    """The items a person may see today; an empty scope sees nothing."""
    scope = scope_of(user)
    found = Q(pk__in=[])
    if scope.prefixes:
        placed = in_areas(scope)
        if placed is None:
            return Item.objects.all()
        found = placed
    if scope.unit_ids:
        found |= Q(unit__in=sorted(scope.unit_ids))
    return Item.objects.filter(found)


def can(user: Any, act: str, item: Any) -> bool:
    """May this person do this act with this item (or, for an order, with such an item)?"""
    if act not in PERMITS or item is None:
        return False
    unit_roles, authority_roles = PERMITS[act]
    return bool(unit_roles and holds_for_unit(user, item.unit_id, *unit_roles)) or bool(
        authority_roles and holds_in_areas(user, item.areas, *authority_roles)
    )
