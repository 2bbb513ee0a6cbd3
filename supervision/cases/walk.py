"""Take a case through the procedure to a wanted state, by the same acts that people use.

For the demo province, benchmarks and tests: time runs as the law makes people wait. ``walk`` returns the moment at
which the case stands where it was wanted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from conservation import clock
from conservation.documents.models import Document
from supervision.cases import actions
from supervision.cases.facts import earliest_hearing
from supervision.cases.models import Case, Service


@dataclass(frozen=True)
class Cast:
    """Who acts: two case officers, the head, the legal reviewer, and (for a hearing) a chair who is none of them."""

    officer: Any
    second: Any
    leader: Any
    reviewer: Any
    chair: Any = None


@dataclass
class Walker:
    """One case on its way; ``now`` is the time of the next act."""

    case: Case
    cast: Cast
    now: datetime
    share: Decimal = Decimal("0.3")
    """Where in the range the fine lies: 0 the minimum, 1 the maximum."""
    notes: dict[str, Any] = field(default_factory=dict)

    def later(self, days: int) -> None:
        """Some days on, at ten in the morning in Shanghai."""
        day = clock.day_of(self.now) + timedelta(days=days)
        self.now = max(self.now, datetime.combine(day, time(10), tzinfo=clock.SHANGHAI))

    def until_after(self, day: Any) -> None:
        if day is not None and clock.day_of(self.now) <= day:
            self.later((day - clock.day_of(self.now)).days + 1)

    def act(self, name: str, actor: Any = None, **arguments: Any) -> None:
        getattr(actions, name)(actor or self.cast.officer, self.case.pk, now=self.now, **arguments)
        self.case.refresh_from_db()

    def serve(self, *kinds: str) -> None:
        """Serve the papers of these kinds that still have no receipt."""
        served = Service.objects.filter(case=self.case).values("document_id")
        papers = Document.objects.filter(
            subject_type="case", subject_id=str(self.case.pk), kind__in=kinds, number__gt=""
        )
        for document in papers.exclude(pk__in=served).order_by("created_at", "id"):
            self.act("serve", document_id=document.pk, method="direct", recipient="收发室签收", place="当事人住所")

    # --- the steps, one per state -------------------------------------------------------------------------------
    def clue(self, goal: str) -> None:
        self.later(2)
        if goal == "not_filed":
            self.act(
                "not_file",
                reason="经核查，扰动范围在批准的防治责任范围之内，违法事实不成立。",
                approver_id=self.cast.leader.pk,
            )
        elif goal == "transferred":
            self.act("transfer", transferred_to="自然资源主管部门", reason="经核查，属于自然资源主管部门管辖。",
                     approver_id=self.cast.leader.pk)  # fmt: skip
        else:
            self.act("file_case", officer1_id=self.cast.officer.pk, officer2_id=self.cast.second.pk,
                     approver_id=self.cast.leader.pk)  # fmt: skip

    def filed(self, goal: str) -> None:
        self.later(5)
        self.act(
            "record_investigation",
            findings=f"经现场检查和询问，{self.case.party_name}{self.case.act.act}，事实清楚，证据充分。",
            inspection_record="检查人员到达现场，核对扰动范围，拍摄照片，当事人在场并确认。",
            questioned_person="项目负责人", questioning_record="被询问人承认上述事实，表示配合整改。",
            measurement="采用 RTK 实测边界，按椭球面积计算，并与无人机正射影像核对。",
            complicated=bool(self.notes.get("complicated")),
        )  # fmt: skip

    def investigated(self, goal: str) -> None:
        self.later(1)
        if goal in ("no_penalty", "dismissed"):
            self.spare(goal)
            return
        deadline = clock.day_of(self.now) + timedelta(days=30)
        self.act("issue_order", deadline=deadline)
        self.serve("A04")
        if not self.case.order_first:
            self.propose()

    def spare(self, goal: str) -> None:
        name = "no_penalty" if goal == "no_penalty" else "dismiss"
        self.act(name, reason="违法行为轻微并及时改正，没有造成危害后果", approver_id=self.cast.leader.pk)
        self.serve("A02")

    def ordered(self, goal: str) -> None:
        if goal == "complied":
            self.later(10)
            self.act("order_complied", findings="复查时已完成补办手续，违法行为已经停止。")
            return
        self.until_after(self.case.order_deadline)
        self.act("order_lapsed", findings="期限届满后复查，当事人未完成责令的事项。")

    def lapsed(self, goal: str) -> None:
        self.later(1)
        self.propose()

    def propose(self) -> None:
        from supervision.cases.facts import bounds, penalty_range

        minimum, maximum = bounds(penalty_range(self.case, clock.day_of(self.now))) or (Decimal(0), Decimal(0))
        fine = (minimum + (maximum - minimum) * self.share).quantize(Decimal("100"))
        self.act("propose_penalty", fine=min(max(fine, minimum), maximum),
                 discretion_reason="综合违法情节、危害后果和配合调查情况确定裁量档次",
                 unverified_reason="已与现行裁量基准核对")  # fmt: skip

    def proposed(self, goal: str) -> None:
        self.later(1)
        if self.case.complicated:
            self.act(
                "legal_review", self.cast.reviewer, passed=True, opinion="事实清楚，证据确凿，程序合法，裁量适当。"
            )
        self.act("give_prior_notice")
        self.serve("A05", "A06")

    def noticed(self, goal: str) -> None:
        if (goal in ("hearing", "heard") or self.notes.get("hearing")) and self.case.hearing_offer_served_at:
            self.later(1)
            self.act("record_defence", text="当事人请求从轻处罚。", recheck="经复核，裁量已考虑有关情节。")
            self.act("request_hearing", grounds="对裁量有异议。")
            return
        if self.notes.get("defence"):
            self.later(1)
            self.act("record_defence", text="当事人请求从轻处罚。", recheck="经复核，裁量已考虑有关情节。")
        elif self.notes.get("waiver"):
            self.later(1)
            self.act("record_waiver")
        self.until_after(self.case.defence_due_on if self.case.defence == "none" else None)
        self.until_after(None if self.case.hearing_waived_at else self.case.hearing_due_on)
        if self.case.collective_due or self.case.complicated or goal == "discussed":
            self.discuss()
        else:
            self.decide()

    def hearing(self, goal: str) -> None:
        day = earliest_hearing(clock.day_of(self.now)) + timedelta(days=3)
        moment = datetime.combine(day, time(9, 30), tzinfo=clock.SHANGHAI)
        self.act("call_hearing", hearing_on=moment, place="本机关三楼听证室", chair_id=self.cast.chair.pk)
        self.serve("A08")
        self.now = moment + timedelta(hours=3)
        self.act("hold_hearing", record="双方就事实、证据、裁量进行了陈述和质证。", report="建议维持原处罚意见。")

    def heard(self, goal: str) -> None:
        self.later(1)
        self.act("legal_review", self.cast.reviewer, passed=True, opinion="听证程序合法，同意处罚意见。")
        self.discuss()

    def discuss(self) -> None:
        self.later(1)
        self.act("collective_discussion", attendants="主要负责人、分管负责人、法制机构负责人",
                 minutes="办案人员汇报案情，与会人员逐一发表意见。", result="一致同意按告知的内容作出处罚决定。")  # fmt: skip

    def discussed(self, goal: str) -> None:
        self.decide()

    def decide(self) -> None:
        self.later(1)
        self.act("decide", fine=self.case.proposed_fine, approver_id=self.cast.leader.pk)

    def decided(self, goal: str) -> None:
        self.later(1)
        self.act("serve_decision", method="direct", recipient="收发室签收", place="当事人住所")

    def served(self, goal: str) -> None:
        self.later(int(self.notes.get("pay_after", 7)))
        from supervision.cases.facts import surcharge_on

        owed = self.case.fine + surcharge_on(self.case, clock.day_of(self.now))
        self.act("record_payment", amount=owed, reference=f"湘财缴{self.case.pk:08d}")
        if self.case.state == "served":
            self.later(1)
            self.act("record_rectification", findings="复查时已完成整改，现场措施到位。")

    def closing(self, goal: str) -> None:
        self.later(2)
        if self.case.state == "no_penalty" and self.case.order_issued_at and not self.case.rectified_at:
            self.act("record_rectification", findings="复查时已完成整改。")
        self.act("close", approver_id=self.cast.leader.pk)

    complied = performed = no_penalty = dismissed = transferred = closing

    def closed(self, goal: str) -> None:
        self.later(10)
        self.act("archive")


def walk(case: Case, goal: str, cast: Cast, *, start: datetime | None = None, **notes: Any) -> datetime:
    """Take the case to ``goal``; raises whatever an act refuses. ``notes``: hearing, defence, waiver, complicated, end
    (the state through which closed and archived are reached: performed, complied, no_penalty, dismissed, transferred).
    """
    share = notes.pop("share", Decimal("0.3"))
    walker = Walker(case, cast, start or case.created_at, share, notes)
    through = notes.get("end", "performed") if goal in ("closed", "archived") else goal
    if case.state == "clue" and goal == "clue":
        return walker.now
    for _step in range(40):
        if walker.case.state == goal:
            return walker.now
        passed = walker.case.state == through or walker.case.state in ("closed",)
        getattr(walker, walker.case.state)(goal if passed else through)
    raise RuntimeError(f"the procedure does not lead from {case.state} to {goal}")
