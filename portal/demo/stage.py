"""What the makers share: the seeded generator, days in the past, the people on stage, and the outbox."""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any

import numpy as np
from django.db import connection, transaction

from conservation import clock
from conservation.accounts.models import Authority, Unit, User
from conservation.deadlines import actions as deadlines
from conservation.history import outbox
from conservation.rulebook.workdays import default_calendar

SEED = 430_000
SINCE = date(2020, 1, 1)
"""Everybody has held their role since then."""


class Stage:
    """One loading: ``today`` is the day of loading, ``made`` counts what was made by kind."""

    def __init__(
        self, password: str, seed: int = SEED, say: Callable[[str], None] = lambda line: None, share: float = 1.0
    ):
        self.now = clock.now()
        self.today = clock.day_of(self.now)
        self.password = password
        self.seed = seed
        self.share = share
        self.say = say
        self.made: Counter[str] = Counter()
        self.offices: dict[str, Authority] = {}
        self.places: dict[str, str] = {}
        self.people: dict[str, User] = {}
        self.units: dict[str, Unit] = {}
        self.seconds: dict[str, float] = {}

    def some(self, number: int) -> int:
        """The number of things of a kind that this loading makes."""
        return max(1, round(number * self.share)) if number else 0

    def rng(self, name: str) -> np.random.Generator:
        """A generator of its own for each part, so that one part can change without moving the others."""
        return np.random.default_rng([self.seed, *name.encode()])

    def ago(self, days: float, hour: int = 10, minute: int = 0) -> datetime:
        """A moment some days before today, in office hours of the last working day up to then, never after now."""
        return self.at(self.today - timedelta(days=round(days)), hour, minute)

    def at(self, day: date, hour: int = 10, minute: int = 0) -> datetime:
        """A moment in office hours of a day, or of the working day before it; at the latest now."""
        moment = datetime.combine(workday(day), clock_time(hour, minute), tzinfo=clock.SHANGHAI)
        return min(moment, self.now)

    def after(self, moment: datetime, workdays: int, hour: int | None = None) -> datetime:
        """So many working days after a moment; at the latest now."""
        day = clock.day_of(moment)
        for _step in range(workdays):
            day += timedelta(days=1)
            while not default_calendar().is_workday(day):
                day += timedelta(days=1)
        local = moment.astimezone(clock.SHANGHAI)
        return min(
            datetime.combine(day, clock_time(hour or local.hour, local.minute), tzinfo=clock.SHANGHAI), self.now
        )

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Tell how long a part took."""
        began = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - began, 1)
        self.say(f"{name}: {self.seconds[name]} s")


def workday(day: date) -> date:
    """The day itself, or the last working day before it."""
    while not default_calendar().is_workday(day):
        day -= timedelta(days=1)
    return day


@contextmanager
def in_one_piece() -> Iterator[None]:
    """All or nothing. What the acts asked for on commit (mail, a worker for the outbox) falls away: the loader
    delivers the outbox itself, in the order of the story, and nobody is mailed about made-up works."""
    with transaction.atomic():
        yield
        connection.run_on_commit.clear()


def deliver() -> None:
    """Hand over every open fact; a listener that fails is a fault of the portal and stops the loading."""
    while True:
        delivered, failed = outbox.deliver(1000)
        if failed:
            from conservation.history.models import Outbox

            row = Outbox.objects.filter(delivered_at__isnull=True).exclude(last_error="").order_by("id").first()
            raise RuntimeError(f"outbox: {row.topic if row else ''} {row.last_error if row else ''}")
        if not delivered:
            return


Scene = Generator[datetime, None, None]
"""Something that happens to one object: yields the moment of its next act, then does it when it is resumed."""


class Play:
    """Plays scenes in the order of time, so that numbers, history and deadlines come as they would have come.

    A scene whose next moment lies after the present rests where it is. Scenes may put on others (``add``).
    """

    def __init__(self, stage: Stage):
        self.stage = stage
        self.waiting: list[tuple[datetime, int, Scene]] = []
        self.added = 0

    def add(self, scene: Scene) -> None:
        self._wait(scene)

    def _wait(self, scene: Scene) -> None:
        moment = next(scene, None)
        if moment is not None and moment <= self.stage.now:
            self.added += 1
            heapq.heappush(self.waiting, (moment, self.added, scene))

    def run(self) -> None:
        while self.waiting:
            _moment, _serial, scene = heapq.heappop(self.waiting)
            self._wait(scene)


def nights(stage: Stage, first: date) -> Scene:
    """The round of deadlines and the delivery of facts, as they run every night; far back only once a week."""
    day = first
    while day <= stage.today:
        moment = datetime.combine(day, clock_time(1, 30), tzinfo=clock.SHANGHAI)
        yield moment
        deliver()
        if deadlines.check(moment)["breached"]:
            deliver()
        day += timedelta(days=7 if (stage.today - day).days > 200 else 1)


def as_json(counts: Counter[str]) -> dict[str, Any]:
    return dict(sorted(counts.items()))
