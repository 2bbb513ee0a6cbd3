"""Running jobs: rooms register functions by kind, people and schedules start runs, a worker carries them out.

    @job("patches.import", label=_("导入图斑"))
    def import_job(progress: Progress, *, document: str, round_id: int) -> dict: ...

A job function gets a ``Progress`` and its JSON arguments, returns a JSON result, raises ``Refused`` when the data is
refused (nothing written, every fault kept) and must be safe to run again after a kill: it works in one transaction
or in chunks that know what is done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from conservation import clock
from conservation.errors import Conflict, NotFound, Refused
from conservation.jobs.models import Run, visible_to

logger = logging.getLogger(__name__)
SILENT = timedelta(minutes=15)
"""A running job that has shown no sign of life for so long is given up."""


@dataclass(frozen=True)
class Kind:
    name: str
    label: Any
    function: Callable[..., dict[str, Any]]
    url_name: str = ""


_kinds: dict[str, Kind] = {}


class Cancelled(Exception):
    """The person who started the job asked for it to end."""


class Progress:
    """What a job tells about itself while it runs; raises ``Cancelled`` when it should stop.

    Inside a transaction it is written through a connection of its own, so that people see it at once, the run's row
    stays free for a request to cancel, and the patrol sees the heart beat.
    """

    def __init__(self, run_id: Any):
        self.run_id = run_id
        self.cancel_asked = False

    def __call__(self, done: int | None = None, total: int | None = None, step: str | None = None) -> None:
        """Record progress; call it between chunks."""
        changes: dict[str, Any] = {"heartbeat_at": clock.now()}
        if done is not None:
            changes["progress"] = done
        if total is not None:
            changes["total"] = total
        if step is not None:
            changes["step"] = step[:200]
        if not (connection.in_atomic_block and self._aside(changes)):
            Run.objects.filter(pk=self.run_id).update(**changes)
            self.cancel_asked = Run.objects.filter(pk=self.run_id, cancel_asked=True).exists()
        if self.cancel_asked:
            raise Cancelled

    def _aside(self, changes: dict[str, Any]) -> bool:
        """Write outside of the job's transaction; False when the run itself is not committed yet."""
        columns = ", ".join(f"{name} = %s" for name in changes)
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute(
                    f"UPDATE jobs_run SET {columns} WHERE id = %s RETURNING cancel_asked",
                    [*changes.values(), self.run_id],
                )
                row = cursor.fetchone()
        finally:
            other.close()
        self.cancel_asked = bool(row and row[0])
        return row is not None

    def log(self, line: str) -> None:
        run = Run.objects.only("log").get(pk=self.run_id)
        run.log = f"{run.log}{line}\n"[-20000:]
        run.save(update_fields=["log"])


class Silent(Progress):
    """Progress of a command run at a terminal: nothing to show, nothing to cancel."""

    def __init__(self) -> None:
        super().__init__(None)

    def __call__(self, done: int | None = None, total: int | None = None, step: str | None = None) -> None:
        return None

    def log(self, line: str) -> None:
        return None


def job(name: str, *, label: Any, url_name: str = "") -> Callable[[Callable[..., dict[str, Any]]], Any]:
    """Register a job function. ``url_name`` is a page for its result (argument: the run's id)."""

    def decorate(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        _kinds[name] = Kind(name, label, function, url_name)
        return function

    return decorate


def kind_of(name: str) -> Kind | None:
    return _kinds.get(name)


def label_of(name: str) -> str:
    return str(_kinds[name].label) if name in _kinds else name


def start(actor: Any, kind: str, arguments: dict[str, Any], *, now: Any = None) -> Run:
    """Queue a run. The caller's action has already asked for permission."""
    if kind not in _kinds:
        raise LookupError(f"no job kind {kind}")
    moment = now or clock.now()
    run = Run.objects.create(kind=kind, actor=actor, arguments=arguments, created_at=moment, heartbeat_at=moment)
    transaction.on_commit(lambda: _send(run.pk), robust=True)
    return run


def _send(run_id: Any) -> None:
    from conservation.jobs.tasks import run_job

    try:
        run_job.delay(str(run_id))
    except Exception:
        logger.warning("broker not reachable, run %s waits for the next patrol", run_id, exc_info=True)


def execute(run_id: Any) -> Run:
    """Carry out a queued run; a run that somebody else has taken is left alone."""
    taken = Run.objects.filter(pk=run_id, state="queued").update(
        state="running", started_at=clock.now(), heartbeat_at=clock.now()
    )
    run = Run.objects.get(pk=run_id)
    if not taken:
        return run
    progress = Progress(run.pk)
    try:
        if run.cancel_asked:
            raise Cancelled
        result = _kinds[run.kind].function(progress, **run.arguments)
    except Cancelled:
        return _finish(run, "cancelled")
    except Refused as refused:
        return _finish(run, "refused", faults=[fault.as_dict() for fault in refused.faults])
    except Exception as caught:
        logger.exception("job %s failed", run.pk)  # the trace stays in the server's log
        return _finish(run, "failed", log=f"{type(caught).__name__}\n")
    return _finish(run, "done", result=result)


def _finish(run: Run, state: str, *, result: Any = None, faults: Any = (), log: str = "") -> Run:
    """End a run that is still this worker's; one that the patrol has given up stays as it is."""
    run.refresh_from_db()
    moment = clock.now()
    ended = Run.objects.filter(pk=run.pk, state="running").update(
        state=state,
        result=result,
        faults=list(faults),
        log=f"{run.log}{log}"[-20000:],
        finished_at=moment,
        heartbeat_at=moment,
    )
    if not ended:
        logger.warning("run %s was no longer running when it came to its end as %s", run.pk, state)
    run.refresh_from_db()
    return run


def cancel(actor: Any, run_id: Any) -> Run:
    """Ask a run to end; a queued one ends at once."""
    with transaction.atomic():
        run = visible_to(actor).select_for_update().filter(pk=run_id).first()
        if run is None:
            raise NotFound("id", _("没有这项作业，或您无权查看。"))
        if run.state not in ("queued", "running"):
            raise Conflict("state", _("作业已经结束，不能取消。"))
        run.cancel_asked = True
        if run.state == "queued":
            run.state, run.finished_at = "cancelled", clock.now()
        run.save()
    return run


def retry(actor: Any, run_id: Any) -> Run:
    """Queue a failed or cancelled run again."""
    with transaction.atomic():
        run = visible_to(actor).select_for_update().filter(pk=run_id).first()
        if run is None:
            raise NotFound("id", _("没有这项作业，或您无权查看。"))
        run.STATES.find(run.state, "retry")
        run.state, run.cancel_asked, run.finished_at, run.heartbeat_at = "queued", False, None, clock.now()
        run.save()
        transaction.on_commit(lambda: _send(run.pk), robust=True)
    return run


def reap() -> dict[str, int]:
    """The patrol: send queued runs that nobody took, give up running ones that fell silent."""
    before = clock.now() - SILENT
    resent = 0
    for pk in Run.objects.filter(state="queued", heartbeat_at__lt=before).values_list("pk", flat=True)[:200]:
        _send(pk)
        resent += 1
    lost = Run.objects.filter(state="running", heartbeat_at__lt=before).update(
        state="failed", finished_at=clock.now(), step=_("长时间没有心跳，已判为出错，可重试。")
    )
    return {"resent": resent, "lost": lost}
