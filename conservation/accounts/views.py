"""Pages of people, units and authorities."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conservation import clock
from conservation.accounts import actions, invitations, queries
from conservation.accounts.access import is_administrator, scope_of
from conservation.accounts.forms import AuthorityForm, EnrolForm, ProfileForm, UnitForm
from conservation.accounts.models import Membership, Unit
from conservation.accounts.roles import ADMINISTRATOR, FILER, LABELS
from conservation.errors import Refused
from conservation.web import add_faults, cursor_shape, roles_only, signed_in

PAGE = 50


def keyset(request: HttpRequest, queryset: Any, size: int = PAGE) -> tuple[list[Any], dict[str, Any]]:
    """A page of a queryset by falling id: (rows, page for _pagination.html)."""
    after = request.GET.get("after", "")
    if cursor_shape(after):
        queryset = queryset.filter(pk__lt=int(after))
    rows = list(queryset.order_by("-pk")[: size + 1])
    more = len(rows) > size
    return rows[:size], {"next": str(rows[size - 1].pk) if more else "", "previous": ""}


# --- people ------------------------------------------------------------------------------------------------------
@signed_in
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """My own card, and the roles I hold."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_profile(request.user, form.cleaned_data)
        except Refused as refused:
            add_faults(form, refused)
        else:
            messages.success(request, _("已保存。"))
            return redirect("accounts:profile")
    memberships = Membership.objects.filter(user=request.user).select_related("authority", "unit")  # type: ignore[misc]
    context = {"form": form, "memberships": memberships.order_by("-valid_from", "-id"), "labels": LABELS}
    return render(request, "accounts/profile.html", context)


@roles_only(ADMINISTRATOR, FILER)
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """The people of the authorities and units that I manage."""
    text = request.GET.get("q", "")
    found = queries.find_people(queries.people_visible_to(request.user), text)
    rows, page = keyset(request, queries.with_memberships(found))
    return render(request, "accounts/people.html", {"people": rows, "page": page, "q": text, "labels": LABELS})


@signed_in
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: roles past and present, and what I may end."""
    found = get_object_or_404(queries.with_memberships(queries.people_visible_to(request.user)), pk=pk)
    rows = [
        {
            "membership": one,
            "may_end": one.valid_to is None and actions.can_manage(request.user, one.authority, one.unit),
        }
        for one in found.all_memberships  # type: ignore[attr-defined]
    ]
    context = {"person": found, "rows": rows, "labels": LABELS, "may_invite": _answers_for(request, found)}
    return render(request, "accounts/person.html", context)


@roles_only(ADMINISTRATOR, FILER)
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Enrol a person, or give a known one one more role."""
    form = EnrolForm(request.POST or None, actor=request.user, initial={"unit_search": request.GET.get("unit", "")})
    if request.method == "POST" and form.is_valid():
        data: dict[str, Any] = {
            key: form.cleaned_data.get(key) for key in ("username", "name", "email", "phone", "role", "unit")
        }
        data["certificate_no"] = form.cleaned_data.get("certificate_no") or ""
        try:
            found = actions.enrol(
                request.user,
                authority=form.cleaned_data.get("authority"),
                valid_from=form.cleaned_data.get("valid_from"),
                **data,
            )
        except Refused as refused:
            add_faults(form, refused)
        else:
            _hand_over(request, found)
            return redirect("accounts:person", found.pk)
    return render(request, "accounts/enrol.html", {"form": form})


def _hand_over(request: HttpRequest, found: Any) -> None:
    """Tell how the new person gets in: the link is mailed, or shown once for handing over."""
    if found.has_usable_password() or not _answers_for(request, found):
        messages.success(request, _("已增加任职。"))
    elif invitations.send(found):
        messages.success(request, _("已登记，设置密码的链接已发到 %(email)s。") % {"email": found.email})
    else:
        text = _("已登记。请把设置密码的链接交给本人（只显示这一次）：%(link)s")
        messages.warning(request, text % {"link": invitations.link_for(found)})


def _answers_for(request: HttpRequest, found: Any) -> bool:
    """Whether I manage every office and unit the person holds a role at: the link opens all of them."""
    held = (
        Membership.objects.filter(user=found).exclude(valid_to__lt=clock.today()).select_related("authority", "unit")
    )
    return bool(held) and all(actions.can_manage(request.user, one.authority, one.unit) for one in held)


@roles_only(ADMINISTRATOR, FILER)
@require_POST
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the link for setting a password again."""
    found = get_object_or_404(queries.people_visible_to(request.user), pk=pk)
    if found.has_usable_password() or not _answers_for(request, found):
        raise PermissionDenied
    _hand_over(request, found)
    return redirect("accounts:person", pk)


@roles_only(ADMINISTRATOR, FILER)
@require_POST
def end_membership(request: HttpRequest, pk: int) -> HttpResponse:
    """End a role."""
    try:
        ended = actions.end_membership(request.user, pk, reason=request.POST.get("reason", "").strip())
    except Refused as refused:
        if refused.status == 404:
            raise
        messages.error(request, str(refused))
        membership = get_object_or_404(Membership, pk=pk)
        return redirect("accounts:person", membership.user_id)
    messages.success(request, _("任职已终止。"))
    if queries.people_visible_to(request.user).filter(pk=ended.user_id).exists():
        return redirect("accounts:person", ended.user_id)
    return redirect("accounts:people")


# --- units ---------------------------------------------------------------------------------------------------------
@signed_in
@require_safe
def units(request: HttpRequest) -> HttpResponse:
    """The register of units; a unit's people see their own."""
    text, kind = request.GET.get("q", ""), request.GET.get("kind", "")
    found = queries.find_units(queries.units_visible_to(request.user), text, kind).select_related("standing")
    rows, page = keyset(request, found)
    context = {
        "units": rows,
        "page": page,
        "q": text,
        "kind": kind,
        "kinds": Unit.Kind.choices,
        "may_create": actions.can_unit(request.user, "create_unit", None),
        "may_edit": _editable(request, rows),
    }
    return render(request, "accounts/units.html", context)


def _editable(request: HttpRequest, rows: list[Unit]) -> set[int]:
    """Ids of the units among the rows whose card I may change."""
    kept = queries.units_kept_by(request.user).filter(pk__in=[one.pk for one in rows])
    return set(kept.values_list("pk", flat=True)) | scope_of(request.user).unit_roles.get(FILER, frozenset())


@signed_in
@require_http_methods(["GET", "POST"])
def unit_new(request: HttpRequest) -> HttpResponse:
    """Enter a unit; a fault in the code is named at the code."""
    if not actions.can_unit(request.user, "create_unit", None):
        raise PermissionDenied
    return _unit_form(request, UnitForm(request.POST or None), None)


@signed_in
@require_http_methods(["GET", "POST"])
def unit_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a unit's card."""
    unit = get_object_or_404(queries.units_visible_to(request.user), pk=pk)
    if not actions.can_unit(request.user, "update_unit", unit):
        raise PermissionDenied
    own_only = not actions.keeps_unit(request.user, unit)
    return _unit_form(request, UnitForm(request.POST or None, instance=unit, own_only=own_only), unit)


def _unit_form(request: HttpRequest, form: UnitForm, unit: Unit | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            if unit is None:
                saved = actions.create_unit(request.user, form.cleaned_data)
            else:
                saved = actions.update_unit(request.user, unit.pk, form.cleaned_data)
        except Refused as refused:
            add_faults(form, refused)
        else:
            messages.success(request, _("已保存：%(name)s。") % {"name": saved.name})
            return redirect("accounts:units")
    return render(request, "accounts/unit_form.html", {"form": form, "unit": unit})


# --- authorities -----------------------------------------------------------------------------------------------------
@roles_only(ADMINISTRATOR)
@require_safe
def authorities(request: HttpRequest) -> HttpResponse:
    """The authorities of my division and below."""
    found = queries.authorities_managed_by(request.user).select_related("parent")
    text = request.GET.get("q", "").strip()
    if text:
        found = found.filter(name__icontains=text)
    rows, page = keyset(request, found)
    return render(request, "accounts/authorities.html", {"authorities": rows, "page": page, "q": text})


@roles_only(ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def authority(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Enter or change an authority."""
    office = get_object_or_404(queries.authorities_managed_by(request.user), pk=pk) if pk else None
    form = AuthorityForm(request.POST or None, instance=office)
    if request.method == "POST" and form.is_valid():
        try:
            if pk is None:
                actions.create_authority(request.user, form.cleaned_data)
            else:
                actions.update_authority(request.user, pk, form.cleaned_data)
        except Refused as refused:
            add_faults(form, refused)
        else:
            messages.success(request, _("已保存。"))
            return redirect("accounts:authorities")
    return render(request, "accounts/authority_form.html", {"form": form, "authority": office})


@signed_in
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """/people/: the people I manage, or else my own card."""
    return redirect("accounts:people" if is_administrator(request.user) else "accounts:profile")
