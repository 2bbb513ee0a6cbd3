"""Template tags of timers: the countdown and how urgent it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conservation import clock
from conservation.deadlines import law
from conservation.deadlines.models import Timer

register = template.Library()


@register.simple_tag(takes_context=True)
def countdown(context: Any, timer: Timer) -> dict[str, str]:
    """``text`` (still 3 days, 2 days late, paused, kept …) and ``colour`` of a timer at the present moment."""
    return describe(timer, _present(context))


def _present(context: Any) -> datetime:
    """The present moment, asked once a page."""
    if "deadlines_now" not in context.render_context:
        context.render_context["deadlines_now"] = clock.now()
    return context.render_context["deadlines_now"]


def describe(timer: Timer, now: datetime) -> dict[str, str]:
    if timer.state == Timer.State.VOID:
        return {"text": _("已撤销"), "colour": "secondary"}
    if timer.state == Timer.State.STOPPED:
        if timer.code in law.WINDOWS and timer.stopped_at and timer.stopped_at >= timer.due_at:
            return {"text": _("期间已满"), "colour": "secondary"}
        late = timer.breached_at is not None
        return {"text": _("逾期办结") if late else _("按期办结"), "colour": "orange" if late else "green"}
    if timer.state == Timer.State.PAUSED:
        return {"text": _("中止计时"), "colour": "secondary"}
    if now > timer.due_at:
        days = (clock.day_of(now) - clock.day_of(timer.due_at)).days
        return {"text": ngettext("超期 %(n)d 天", "超期 %(n)d 天", days) % {"n": days}, "colour": "red"}
    soon = timer.warn_at is not None and now >= timer.warn_at
    if timer.unit_of_time == "hour":
        hours = int((timer.due_at - now).total_seconds() // 3600)
        text = ngettext("还有 %(n)d 小时", "还有 %(n)d 小时", hours) % {"n": hours}
    else:
        days = (clock.day_of(timer.due_at) - clock.day_of(now)).days
        text = ngettext("还有 %(n)d 天", "还有 %(n)d 天", days) % {"n": days} if days else _("今天届满")
    return {"text": text, "colour": "yellow" if soon else "blue"}


@register.filter
def length_text(timer: Timer) -> str:
    """The length with its unit: 10 个工作日."""
    names = {
        "WD": _("%(n)d 个工作日"),
        "CD": _("%(n)d 日"),
        "month": _("%(n)d 个月"),
        "year": _("%(n)d 年"),
        "hour": _("%(n)d 小时"),
    }
    return names.get(timer.unit_of_time, "%(n)d") % {"n": timer.length}
