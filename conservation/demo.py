"""The page of the demo clock; it exists in demo mode and in tests alone."""

from __future__ import annotations

import logging
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from conservation import clock
from conservation.deadlines.tasks import check
from conservation.errors import Refused
from conservation.history import democlock
from conservation.web import add_faults, signed_in

logger = logging.getLogger(__name__)


class ClockForm(forms.Form):
    days = forms.IntegerField(label=gettext_lazy("向前调（天）"), min_value=0, max_value=3660, initial=1)
    hours = forms.IntegerField(
        label=gettext_lazy("再加（小时）"), min_value=0, max_value=23, initial=0, required=False
    )


@signed_in
@require_http_methods(["GET", "POST"])
def clock_page(request: HttpRequest) -> HttpResponse:
    """GET shows the clock; POST moves it forward (``days``, ``hours``) or back to now (``reset``)."""
    if not democlock.available():
        raise Http404
    if request.method == "POST" and "reset" in request.POST:
        democlock.reset(request.user)
        messages.success(request, _("时钟已复位。"))
        return redirect("demo_clock")
    form = ClockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            democlock.move(
                request.user,
                timedelta(days=form.cleaned_data["days"], hours=form.cleaned_data.get("hours") or 0),
            )
        except Refused as refused:
            add_faults(form, refused)
        else:
            _check_timers()
            present = clock.now().astimezone(clock.SHANGHAI)
            messages.success(request, _("时钟已调到 %(when)s。") % {"when": present.strftime("%Y-%m-%d %H:%M")})
            return redirect("demo_clock")
    context = {"form": form, "present": clock.now(), "ahead": clock.offset()}
    return render(request, "demo_clock.html", context)


def _check_timers() -> None:
    """What came due while the clock moved is warned and marked at once; the hourly round would do it too."""
    try:
        check.delay()
    except Exception:
        logger.warning("broker not reachable, timers wait for the next round", exc_info=True)
