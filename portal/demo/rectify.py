"""A rectification item: plan, answer, re-check, and what happens when the firm is late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from conservation import clock
from conservation.accounts.models import User
from portal.demo import cases, papers, people
from portal.demo.stage import Scene, Stage
from supervision.cases.models import Case
from supervision.rectification import actions as rectification
from supervision.rectification.models import Item


def scene(stage: Stage, item: Item, fate: str, officers: tuple[User, User], moment: datetime) -> Scene:
    """``fate``: open, planned, asked, extended, submitted, returned, overdue, late, escalated, closed, reopened."""
    first, second = officers
    filer = people.filer(stage, item.unit)
    if fate == "open":
        return
    if fate not in ("overdue", "escalated"):
        moment = stage.after(moment, 4, 11)
        yield moment
        text = "一、立即停止超范围作业；二、十日内完成截排水沟和临时苫盖；三、一个月内恢复植被。"
        rectification.plan(filer, item.pk, text=text, now=moment)
    if fate in ("asked", "extended"):
        moment = stage.after(moment, 3, 11)
        yield moment
        rectification.ask_extension(filer, item.pk, reason="连续降雨影响施工", now=moment)
        if fate == "extended":
            moment = stage.after(moment, 1, 15)
            yield moment
            later = item.deadline + timedelta(days=20)
            rectification.extend(first, item.pk, deadline=later, reason="情况属实，同意延期", now=moment)
        return
    if fate == "planned":
        return
    yield from answer(stage, item, fate, first, second, filer, moment)


def answer(stage: Stage, item: Item, fate: str, first: User, second: User, filer: User, moment: datetime) -> Scene:
    """The firm's answer in time, late or never, and the authority's re-check."""
    item.refresh_from_db()
    if fate in ("overdue", "late", "escalated"):
        moment = stage.at(item.deadline + timedelta(days=16), 10)
        yield moment
        item.refresh_from_db()
        if fate == "escalated":
            rectification.escalate(first, item.pk, reason="经催告仍未整改", now=moment)
            item.refresh_from_db()
            case = Case.objects.get(pk=item.case_id or 0)
            yield from cases.scene(stage, case, cases.goal_of(stage.rng(item.number), case, moment, stage), moment)
        if fate != "late":
            return
    else:
        moment = stage.after(moment, 8 if fate != "submitted" else 5, 14)
        yield moment
    evidence(stage, item, filer, moment)
    if fate == "submitted":
        return
    moment = stage.after(moment, 4, 10)
    yield moment
    more: dict[str, Any] = {"second_officer": second, "now": moment}
    if fate == "returned":
        rectification.return_(first, item.pk, note="截排水沟未贯通，苫盖面积不足。", **more)
        return
    rectification.close(first, item.pk, note="现场措施已落实，同意销号。", **more)
    if fate == "reopened":
        moment = max(stage.after(moment, 30, 10), stage.ago(12))
        yield moment
        deadline = clock.day_of(moment) + timedelta(days=45)
        rectification.reopen(first, item.pk, deadline=deadline, reason="回头看发现边坡再次裸露", now=moment)


def evidence(stage: Stage, item: Item, filer: User, moment: datetime) -> None:
    """Photographs after the work and a paper."""
    serial = item.pk % 97 / 1000
    uploads = [
        papers.photo(112.0 + serial, 28.0 + serial, moment - timedelta(hours=20), "whole", azimuth=90, note="整改后"),
        papers.pdf("整改完成情况报告"),
    ]
    text = "已完成截排水沟 320 m、苫盖 1.2 万 m²、撒播草籽 0.8 hm²，详见照片和报告。"
    rectification.submit(filer, item.pk, text=text, uploads=uploads, now=moment)


__all__ = ["scene"]
