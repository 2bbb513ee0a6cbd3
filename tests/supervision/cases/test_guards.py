"""Each step that the law demands is demanded."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from conservation.deadlines.models import Timer
from conservation.documents.models import Document
from conservation.errors import Conflict, Forbidden, NotFound, Refused
from conservation.history.models import Event, Outbox
from conservation.notices.models import Notice
from conservation.rulebook.models import StoredDecision
from supervision.cases import actions
from supervision.cases.models import Case, Service
from supervision.cases.walk import Cast

DISCUSSION = {"attendants": "主要负责人", "minutes": "讨论", "result": "同意"}


def refused(key: str, act: Any, *args: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*args, **more)
    assert key in {one.key for one in caught.value.faults}, [one.as_dict() for one in caught.value.faults]
    return caught.value


def test_fine_outside_the_range_names_rule_and_range(taken_to: Any, cast: Cast) -> None:
    case = taken_to("lapsed")
    for fine in ("149999.99", "250000.01", "1"):
        fault = refused("fine", actions.propose_penalty, cast.officer, case.pk, fine=fine, discretion_reason="裁量",
                        now=case.moment).faults[0]  # fmt: skip
        assert fault.rule == "penalty-range" and "150000.00—250000.00" in fault.message
    case.refresh_from_db()
    assert case.state == "lapsed" and case.proposed_fine is None
    case = actions.propose_penalty(cast.officer, case.pk, fine="150000", discretion_reason="裁量", now=case.moment)
    assert (case.range_tier, case.proposed_fine) == ("general", Decimal("150000"))
    assert StoredDecision.objects.filter(subject_type="case", subject_id=str(case.pk), rule="penalty-range").exists()
    for bad in ("-1", "NaN", "1.001", "许多"):
        refused("fine", actions.decide, cast.leader, taken_to_discussed(case, cast).pk, fine=bad, now=case.updated_at)
        break


def taken_to_discussed(case: Case, cast: Cast) -> Case:
    from supervision.cases.walk import walk

    walk(case, "discussed", cast, start=case.updated_at)
    return Case.objects.get(pk=case.pk)


def test_decided_fine_stays_inside_range_and_notice(taken_to: Any, cast: Cast) -> None:
    case = taken_to("discussed")
    now = case.moment + timedelta(days=1)
    refused("fine", actions.decide, cast.leader, case.pk, fine="100000", now=now)
    higher = refused("fine", actions.decide, cast.leader, case.pk, fine=case.proposed_fine + 100, now=now)
    assert "第44条" in higher.faults[0].rule
    decided = actions.decide(cast.leader, case.pk, fine=case.proposed_fine, now=now)
    assert decided.decision_number == "湘水罚决〔2026〕1号" and decided.decided_by == cast.leader


def test_no_heavier_fine_after_defence(taken_to: Any, cast: Cast) -> None:
    case = taken_to("discussed", defence=True)
    found = refused("fine", actions.decide, cast.leader, case.pk, fine=case.proposed_fine + 1, now=case.moment)
    assert "陈述申辩而加重" in str(found)


def test_order_comes_before_the_fine(taken_to: Any, cast: Cast) -> None:
    case = taken_to("investigated")
    refused(
        "order", actions.propose_penalty, cast.officer, case.pk, fine="150000", discretion_reason="x", now=case.moment
    )
    case = taken_to_ordered(case, cast)
    with pytest.raises(Conflict):
        actions.propose_penalty(cast.officer, case.pk, fine="150000", discretion_reason="x", now=case.updated_at)


def taken_to_ordered(case: Case, cast: Cast) -> Case:
    from supervision.cases.walk import walk

    walk(case, "ordered", cast, start=case.updated_at)
    return Case.objects.get(pk=case.pk)


def test_order_lapses_only_after_service_and_deadline(taken_to: Any, cast: Cast) -> None:
    case = taken_to("investigated")
    deadline = (case.moment + timedelta(days=20)).date()
    refused("deadline", actions.issue_order, cast.officer, case.pk, deadline=case.moment.date(), now=case.moment)
    case = actions.issue_order(cast.officer, case.pk, deadline=deadline, now=case.moment)
    later = case.updated_at + timedelta(days=30)
    refused("order_served_at", actions.order_lapsed, cast.officer, case.pk, findings="x", now=later)
    paper = Document.objects.get(subject_type="case", subject_id=str(case.pk), kind="A04")
    actions.serve(cast.officer, case.pk, document_id=paper.pk, method="direct", recipient="张三", now=case.updated_at)
    early = case.updated_at + timedelta(days=5)
    refused("order_deadline", actions.order_lapsed, cast.officer, case.pk, findings="x", now=early)
    assert actions.order_lapsed(cast.officer, case.pk, findings="逾期", now=later).state == "lapsed"
    assert Timer.objects.get(subject_type="case", subject_id=str(case.pk), code="T17").state == "stopped"


def test_notice_and_rights_come_before_the_decision(taken_to: Any, cast: Cast) -> None:
    case = taken_to("proposed")
    with pytest.raises(Conflict):
        actions.decide(cast.leader, case.pk, fine=case.proposed_fine, now=case.moment)
    case = actions.give_prior_notice(cast.officer, case.pk, now=case.moment)
    refused("notice_served_at", actions.collective_discussion, cast.leader, case.pk, now=case.updated_at, **DISCUSSION)
    for kind in ("A05", "A06"):
        paper = Document.objects.get(subject_type="case", subject_id=str(case.pk), kind=kind)
        if kind == "A06":
            refused(
                "hearing_offer_served_at",
                actions.decide,
                cast.leader,
                case.pk,
                fine=case.proposed_fine,
                now=case.updated_at,
            )
        actions.serve(
            cast.officer, case.pk, document_id=paper.pk, method="direct", recipient="张三", now=case.updated_at
        )
    found = refused("defence", actions.decide, cast.leader, case.pk, fine=case.proposed_fine, now=case.updated_at)
    assert {"defence", "hearing", "collective_at"} <= {one.key for one in found.faults}
    case = actions.record_waiver(cast.officer, case.pk, now=case.updated_at)
    found = refused(
        "collective_at", actions.decide, cast.leader, case.pk, fine=case.proposed_fine, now=case.updated_at
    )
    assert [one.key for one in found.faults] == ["collective_at"]
    actions.collective_discussion(cast.leader, case.pk, now=case.updated_at, **DISCUSSION)
    assert actions.decide(cast.leader, case.pk, fine=case.proposed_fine, now=case.updated_at).state == "decided"


def test_defence_must_be_rechecked(taken_to: Any, cast: Cast) -> None:
    case = taken_to("noticed")
    actions.record_defence(cast.officer, case.pk, text="请求从轻", now=case.moment)
    actions.record_waiver(cast.officer, case.pk, defence=False, hearing=True, now=case.moment)
    refused("defence_recheck", actions.collective_discussion, cast.leader, case.pk, now=case.moment, **DISCUSSION)
    actions.record_defence(cast.officer, case.pk, text="", recheck="不予采纳", now=case.moment)
    assert actions.collective_discussion(cast.leader, case.pk, now=case.moment, **DISCUSSION).state == "discussed"


def test_hearing_needs_seven_working_days_and_another_chair(taken_to: Any, cast: Cast) -> None:
    case = taken_to("hearing", "V04", hearing=True)
    soon, far = case.moment + timedelta(days=3), case.moment + timedelta(days=20)
    refused(
        "hearing_on",
        actions.call_hearing,
        cast.officer,
        case.pk,
        hearing_on=soon,
        place="三楼",
        chair_id=cast.chair.pk,
        now=case.moment,
    )
    refused(
        "chair_id",
        actions.call_hearing,
        cast.officer,
        case.pk,
        hearing_on=far,
        place="三楼",
        chair_id=cast.second.pk,
        now=case.moment,
    )
    refused("hearing_on", actions.hold_hearing, cast.officer, case.pk, record="x", report="y", now=far)
    actions.call_hearing(cast.officer, case.pk, hearing_on=far, place="三楼", chair_id=cast.chair.pk, now=case.moment)
    refused("hearing_notice_served_at", actions.hold_hearing, cast.officer, case.pk, record="x", report="y", now=far)
    assert Timer.objects.get(subject_type="case", subject_id=str(case.pk), code="T24").state == "paused"


def test_heard_case_needs_legal_review(taken_to: Any, cast: Cast) -> None:
    case = taken_to("heard", "V04", hearing=True)
    actions.collective_discussion(cast.leader, case.pk, now=case.moment, **DISCUSSION)
    refused("legal_review", actions.decide, cast.leader, case.pk, fine=case.proposed_fine, now=case.moment)
    actions.legal_review(cast.reviewer, case.pk, passed=False, opinion="补正", now=case.moment)
    refused("legal_review", actions.decide, cast.leader, case.pk, fine=case.proposed_fine, now=case.moment)
    actions.legal_review(cast.reviewer, case.pk, passed=True, opinion="同意", now=case.moment)
    assert actions.decide(cast.leader, case.pk, fine=case.proposed_fine, now=case.moment).state == "decided"


def test_ninety_days_and_extension(taken_to: Any, cast: Cast) -> None:
    case = taken_to("discussed")
    late = case.filed_at + timedelta(days=95)
    refused("decided_at", actions.decide, cast.leader, case.pk, fine=case.proposed_fine, now=late)
    refused("until", actions.extend, cast.leader, case.pk, until=case.decide_due_on, reason="疑难", now=late)
    refused(
        "approver_id",
        actions.extend,
        cast.officer,
        case.pk,
        until=late.date() + timedelta(days=9),
        reason="疑难",
        now=late,
    )
    actions.extend(cast.leader, case.pk, until=late.date() + timedelta(days=20), reason="案情复杂", now=late)
    assert actions.decide(cast.leader, case.pk, fine=case.proposed_fine, now=late).state == "decided"


def test_two_officers_and_heads(clue: Any, cast: Cast, world: SimpleNamespace) -> None:
    case = clue()
    now = case.created_at
    same = {"officer1_id": cast.officer.pk, "officer2_id": cast.officer.pk}
    refused("officer2_id", actions.file_case, cast.leader, case.pk, now=now, **same)
    foreign = {"officer1_id": cast.officer.pk, "officer2_id": world.city_people["case_officer"].pk}
    refused("officer2_id", actions.file_case, cast.leader, case.pk, now=now, **foreign)
    pair = {"officer1_id": cast.officer.pk, "officer2_id": cast.second.pk}
    refused("approver_id", actions.file_case, cast.officer, case.pk, now=now, **pair)
    cast.second.certificate_no = ""
    cast.second.save()
    refused("officer2_id", actions.file_case, cast.leader, case.pk, now=now, **pair)
    assert Case.objects.get(pk=case.pk).number is None


def test_limitation_of_two_years(clue: Any, cast: Cast) -> None:
    case = clue()
    pair = {"officer1_id": cast.officer.pk, "officer2_id": cast.second.pk}
    old = (case.created_at - timedelta(days=800)).date()
    refused("occurred_on", actions.file_case, cast.leader, case.pk, occurred_on=old, now=case.created_at, **pair)


def test_late_service_needs_a_reason(taken_to: Any, cast: Cast) -> None:
    case = taken_to("decided")
    late = case.moment + timedelta(days=20)
    refused("delay_reason", actions.serve_decision, cast.officer, case.pk, method="direct", recipient="张三", now=late)
    served = actions.serve_decision(
        cast.officer, case.pk, method="direct", recipient="张三", delay_reason="当事人外出", now=late
    )
    assert served.pay_due_on == late.date() + timedelta(days=15)
    assert Service.objects.filter(case=case, receipt__kind="A03").count() == 1


def test_public_notice_counts_after_thirty_days(taken_to: Any, cast: Cast) -> None:
    case = taken_to("investigated")
    case = actions.issue_order(
        cast.officer, case.pk, deadline=(case.moment + timedelta(days=60)).date(), now=case.moment
    )
    paper = Document.objects.get(subject_type="case", subject_id=str(case.pk), kind="A04")
    give = {"document_id": paper.pk, "method": "public", "recipient": "公告", "now": case.updated_at}
    refused("note", actions.serve, cast.officer, case.pk, **give)
    case = actions.serve(cast.officer, case.pk, note="门户网站公告", **give)
    assert (case.order_served_at - case.updated_at).days >= 29
    with pytest.raises(Conflict):
        actions.serve(cast.officer, case.pk, note="x", **give)


def test_surcharge_is_demanded(taken_to: Any, cast: Cast) -> None:
    case = taken_to("served")
    day = case.pay_due_on + timedelta(days=10)
    now = case.served_at + timedelta(days=60)
    refused(
        "amount",
        actions.record_payment,
        cast.officer,
        case.pk,
        amount=case.fine * 2,
        paid_on=day,
        reference="1",
        now=now,
    )
    part = actions.record_payment(cast.officer, case.pk, amount=case.fine, paid_on=day, reference="1", now=now)
    assert part.surcharge == case.fine * Decimal("0.3") and part.paid_at is None and part.state == "served"
    full = actions.record_payment(cast.officer, case.pk, amount=part.surcharge, paid_on=day, reference="2", now=now)
    assert full.paid_at is not None
    done = actions.record_rectification(cast.officer, case.pk, findings="合格", now=now)
    assert done.state == "performed"


def test_investigation_needs_its_records(taken_to: Any, cast: Cast) -> None:
    case = taken_to("filed", "V03")
    given = {"findings": "x", "inspection_record": "y", "questioned_person": "z", "questioning_record": "w"}
    refused("measurement", actions.record_investigation, cast.officer, case.pk, now=case.moment, **given)
    refused("inspection_record", actions.record_investigation, cast.officer, case.pk, now=case.moment,
            **(given | {"inspection_record": "", "measurement": "m"}))  # fmt: skip
    refused("facts.volume_m3", actions.record_investigation, cast.officer, case.pk, now=case.moment, measurement="m",
            facts={"volume_m3": -1}, **given)  # fmt: skip
    refused("facts.colour", actions.record_investigation, cast.officer, case.pk, now=case.moment, measurement="m",
            facts={"colour": "red"}, **given)  # fmt: skip


def test_clue_faults_and_duplicates(clue: Any, world: SimpleNamespace) -> None:
    refused("violation", clue, "V99")
    refused("party_name", clue, party_unit=None, party_name="")
    clue(source_type="patch", source_id=7)
    with pytest.raises(Conflict):
        clue(source_type="patch", source_id=7)
    assert clue("V03", source_type="patch", source_id=7).pk
    with pytest.raises(Forbidden):
        actions.open_clue(world.filer, violation="V01", party_unit=world.unit, authority=world.province, areas=["43"],
                          source_type="x")  # fmt: skip


def test_acts_tell_everybody_who_must_know(taken_to: Any, world: SimpleNamespace) -> None:
    case = taken_to("closed")
    topics = list(Outbox.objects.filter(payload__case=case.pk).order_by("id").values_list("topic", flat=True))
    assert topics == ["case.filed", "case.decided", "case.closed"]
    decided = Outbox.objects.get(topic="case.decided", payload__case=case.pk).payload
    assert (
        decided["unit_id"] == world.unit.pk
        and decided["violation"] == "V01"
        and decided["number"] == case.decision_number
    )
    assert Document.objects.get(pk=decided["document"]).kind == "A02"
    assert Notice.objects.filter(user=world.filer, subject_type="case", kind="statutory").count() >= 5
    acts = list(
        Event.objects.filter(subject_type="case", subject_id=str(case.pk))
        .order_by("seq")
        .values_list("act", flat=True)
    )
    assert acts[0] == "cases.open_clue" and acts[-1] == "cases.close" and "cases.decide" in acts
    open_timers = Timer.objects.filter(subject_type="case", subject_id=str(case.pk), state__in=["running", "paused"])
    assert not open_timers.exists()


def test_decision_says_what_article_59_asks(taken_to: Any) -> None:
    case = taken_to("decided", "V04")
    data = Document.objects.get(subject_type="case", subject_id=str(case.pk), kind="A02").facts["data"]
    assert data["authority"]["bank"] and data["fine"] and data["amount_words"].endswith("元整") and data["evidence"]
    assert data["notice_number"] == case.notice_number and data["suspension"] is True


def test_authority_without_a_bank_cannot_decide(taken_to: Any, cast: Cast) -> None:
    case = taken_to("discussed")
    case.authority.collecting_bank = ""
    case.authority.save()
    refused("authority", actions.decide, cast.leader, case.pk, fine=case.proposed_fine, now=case.moment)


def test_wrong_people_are_refused(taken_to: Any, world: SimpleNamespace) -> None:
    case = taken_to("discussed")
    for user, refusal in ((world.stranger, NotFound), (world.other_filer, NotFound), (world.filer, Forbidden),
                          (world.people["auditor"], Forbidden), (world.city_people["leader"], Forbidden),
                          (world.other_city_people["leader"], NotFound)):  # fmt: skip
        with pytest.raises(refusal):
            actions.decide(user, case.pk, fine=case.proposed_fine, now=case.moment)


@pytest.mark.django_db(transaction=True)
def test_two_officers_deciding_at_once(transactional_db: None, taken_to: Any, cast: Cast) -> None:
    """One decides, the other is told who was first; one number is used."""
    first, other = taken_to("discussed"), taken_to("discussed", "V04")
    gate, answers = threading.Barrier(2), []

    def decide() -> None:
        try:
            gate.wait()
            answers.append(
                actions.decide(cast.leader, first.pk, fine=first.proposed_fine, now=first.moment).decision_number
            )
        except Conflict as conflict:
            answers.append(str(conflict))
        finally:
            connection.close()

    threads = [threading.Thread(target=decide) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(answer == "湘水罚决〔2026〕1号" for answer in answers) == 1
    assert sum("最近一次办理" in answer for answer in answers) == 1
    second = actions.decide(cast.leader, other.pk, fine=other.proposed_fine, now=other.moment)
    assert second.decision_number == "湘水罚决〔2026〕2号"
