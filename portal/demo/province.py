"""The whole demo province, part by part."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings

from conservation.errors import Refused
from portal.demo import aftermath, cases, filings, ledger, people, places, rounds
from portal.demo.grounds import Grounds
from portal.demo.stage import Play, Stage, as_json, in_one_piece, nights


def load(say: Callable[[str], None] = lambda line: None, *, share: float = 1.0) -> dict[str, Any]:
    """Make the province on a database without projects; returns counts by kind.

    ``share`` makes a smaller one (tests): that part of the ledger, filings and patches, at least one of each way.
    """
    if not settings.DEMO:
        raise Refused("demo", "not in demo mode: DEMO=1 is not set")
    stage = Stage(settings.DEMO_PASSWORD or secrets.token_urlsafe(9), say=say, share=share)
    with in_one_piece():
        make(stage)
    return {**as_json(stage.made), "password": stage.password}


def make(stage: Stage) -> None:
    with stage.part("places"):
        places.make(stage)
    with stage.part("people"):
        people.make(stage)
    grounds = Grounds()
    with stage.part("ledger"):
        old = ledger.load(stage, grounds)
    play = Play(stage)
    with stage.part("drawing"):
        filed = filings.scenes(stage, grounds)
        seen = rounds.scenes(stage, grounds, [*(works for works, _scene in filed), *old], play)
    for scene in [*(scene for _works, scene in filed), *seen, *cases.scenes(stage, old)]:
        play.add(scene)
    for scene in (
        aftermath.tiers(stage),
        aftermath.follow_ups(stage, 40),
        aftermath.follow_ups(stage, 4),
        aftermath.credit(stage),
    ):
        play.add(scene)
    play.add(nights(stage, stage.ago(640).date()))
    with stage.part("played"):
        play.run()
    with stage.part("tiers"):
        aftermath.final_tier(stage)
