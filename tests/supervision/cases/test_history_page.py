"""The party to a case reads what was done towards it, nowhere the authority's own deliberation."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from supervision.cases.access import PARTY_ACTS
from supervision.cases.actions import open_clue
from supervision.cases.walk import Cast, walk

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_the_party_reads_no_deliberation(world: SimpleNamespace, client: Any) -> None:
    people = world.people
    case = open_clue(
        people["case_officer"],
        violation="V04",
        party_unit=world.unit,
        party_name=world.unit.name,
        authority=world.province,
        project_id=None,
        project_name="湘江大道北延工程",
        areas=["43", "4301", "430121"],
        facts={"area_ha": "6"},
        source_type="",
        source_id="",
        documents=[],
        now=NOW,
    )
    cast = Cast(
        people["case_officer"], world.second_officer, people["leader"], people["legal_reviewer"], people["inspector"]
    )
    walk(case, "decided", cast, start=NOW)
    url = f"/api/v1/history/case/{case.pk}/"
    client.force_login(people["auditor"])
    inside = {event["act"] for event in client.get(url).json()["results"]}
    client.force_login(world.filer)
    outside = {event["act"] for event in client.get(url).json()["results"]}
    assert "cases.collective_discussion" in inside
    assert outside
    assert outside <= PARTY_ACTS
    page = client.get(f"/history/case/{case.pk}/").content.decode()
    assert "collective_discussion" not in page
    client.force_login(world.other_filer)
    assert client.get(url).status_code == 404
