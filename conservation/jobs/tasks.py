"""Tasks of the jobs room."""

from celery import shared_task

from conservation.jobs import runner


@shared_task(name="jobs.run")
def run_job(run_id: str) -> None:
    """Carry out one run."""
    runner.execute(run_id)


@shared_task(name="jobs.reap")
def reap() -> None:
    """Patrol: lost and stuck runs."""
    runner.reap()
