"""The whole demo province, part by part."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings

from conservation.errors import Refused
from portal.demo import filings, ledger, people, places
from portal.demo.grounds import Grounds
from portal.demo.stage import Play, Stage, as_json, deliver, in_one_piece, nights


def load(say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """Make the province on a database without projects; returns counts by kind."""
    if not settings.DEMO:
        raise Refused("demo", "not in demo mode: DEMO=1 is not set")
    stage = Stage(settings.DEMO_PASSWORD or secrets.token_urlsafe(9), say=say)
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
    with stage.part("filings drawn"):
        new = filings.scenes(stage, grounds)
    for _works, scene in new:
        play.add(scene)
    play.add(nights(stage, stage.ago(640).date()))
    with stage.part("played"):
        play.run()
    deliver()
