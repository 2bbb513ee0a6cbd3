"""Reading people and units."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Prefetch, Q, QuerySet
from django.db.models.functions import Cast

from conservation import clock
from conservation.accounts import reach, roles
from conservation.accounts.access import Scope, scope_of
from conservation.accounts.models import Authority, Membership, Unit, User, as_user
from conservation.history.models import Event

UNIT_KEEPERS = (roles.ADMINISTRATOR, roles.REVIEWER, roles.INSPECTOR)
"""Who keeps the cards of the units in reach."""


def in_force() -> Q:
    """Memberships that hold today."""
    today = clock.today()
    return Q(valid_from__lte=today) & (Q(valid_to__isnull=True) | Q(valid_to__gte=today))


def units_visible_to(user: Any) -> QuerySet[Unit]:
    """An authority's people see every unit; a unit's people their own."""
    scope = scope_of(user)
    if as_user(user) is not None and (scope.authority_roles or user.is_superuser):
        return Unit.objects.all()
    return Unit.objects.filter(pk__in=scope.unit_ids)


def authorities_managed_by(user: Any) -> QuerySet[Authority]:
    """The authorities whose people the user manages: an administrator's own and those below it."""
    person = as_user(user)
    if person is None:
        return Authority.objects.none()
    prefixes = scope_of(person).authority_roles.get(roles.ADMINISTRATOR, frozenset())
    if person.is_superuser or "" in prefixes:
        return Authority.objects.all()
    condition = Q(pk__in=[])
    for prefix in sorted(prefixes):
        condition |= Q(division_code__startswith=prefix)
    return Authority.objects.filter(condition)


def manages_all(user: Any) -> bool:
    """Whether the person is an administrator of the whole country."""
    person = as_user(user)
    if person is None:
        return False
    return person.is_superuser or "" in scope_of(person).authority_roles.get(roles.ADMINISTRATOR, frozenset())


def units_managed_by(user: Any) -> QuerySet[Unit]:
    """The units whose people the user manages: those in reach for an administrator, its own for a filer."""
    person = as_user(user)
    if person is None:
        return Unit.objects.none()
    if person.is_superuser:
        return Unit.objects.all()
    own = scope_of(person).unit_roles.get(roles.FILER, frozenset())
    return Unit.objects.filter(Q(pk__in=own) | _in_reach(person, roles.ADMINISTRATOR))


def units_kept_by(user: Any) -> QuerySet[Unit]:
    """The units whose whole card the user may change, for an authority that answers for them."""
    person = as_user(user)
    if person is None:
        return Unit.objects.none()
    return Unit.objects.all() if person.is_superuser else Unit.objects.filter(_in_reach(person, *UNIT_KEEPERS))


def _in_reach(person: User, *wanted: str) -> Q:
    """Condition on units: seated or at work in a division where the person holds a role, or entered by that office."""
    scope = scope_of(person)
    held: list[frozenset[str]] = [scope.authority_roles.get(role, frozenset()) for role in wanted]
    prefixes = frozenset[str]().union(*held)
    condition = reach.within(prefixes)
    return condition if not prefixes or "" in prefixes else condition | Q(pk__in=_entered_by(person, scope, wanted))


def _entered_by(person: User, scope: Scope, wanted: tuple[str, ...]) -> QuerySet[Any]:
    """Ids of the units entered by people of the authorities at which the person holds one of the roles."""
    ids = frozenset[int]().union(*(scope.authority_ids.get(role, frozenset()) for role in wanted))
    names = {one.authority.name for one in person.memberships_today if one.authority and one.authority.pk in ids}
    return (
        Event.objects.filter(
            act="accounts.create_unit",
            subject_type="unit",
            authority_name__in=sorted(names),
            actor__in=Membership.objects.filter(authority__in=ids).values("user"),
        )
        .annotate(unit_id=Cast("subject_id", BigIntegerField()))
        .values("unit_id")
    )


def people_visible_to(user: Any) -> QuerySet[User]:
    """Oneself, and the people of the authorities and units that one manages."""
    person = as_user(user)
    if person is None:
        return User.objects.none()
    if person.is_superuser:
        return User.objects.all()
    managed = Membership.objects.filter(
        Q(authority__in=authorities_managed_by(person)) | Q(unit__in=units_managed_by(person))
    )
    return User.objects.filter(Q(pk=person.pk) | Q(pk__in=managed.values("user")))


def with_memberships(people: QuerySet[User]) -> QuerySet[User]:
    """People with their memberships, past and present, loaded as ``all_memberships``."""
    memberships = Membership.objects.select_related("authority", "unit").order_by("-valid_from", "-id")
    return people.prefetch_related(Prefetch("memberships", queryset=memberships, to_attr="all_memberships"))


def find_people(people: QuerySet[User], text: str) -> QuerySet[User]:
    """Narrow people by name, user name or office."""
    text = text.strip()
    if not text:
        return people
    return people.filter(
        Q(name__icontains=text)
        | Q(username__icontains=text)
        | Q(
            pk__in=Membership.objects.filter(
                Q(authority__name__icontains=text) | Q(unit__name__icontains=text)
            ).values("user")
        )
    )


def find_units(units: QuerySet[Unit], text: str, kind: str = "") -> QuerySet[Unit]:
    """Narrow units by name or the beginning of the credit code, and by kind."""
    text = text.strip()
    if text:
        units = units.filter(Q(name__icontains=text) | Q(uscc__startswith=text.upper()))
    return units.filter(kind=kind) if kind in Unit.Kind.values else units


def administrators_of(authority: Authority) -> QuerySet[Membership]:
    """Administrators in force of one authority."""
    return Membership.objects.filter(in_force(), authority=authority, role=roles.ADMINISTRATOR, user__is_active=True)
