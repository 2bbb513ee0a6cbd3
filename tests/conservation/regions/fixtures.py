"""Divisions for tests: one province, loaded in under half a second."""

from conservation import clock
from conservation.regions.actions import load_packaged, seed_zones
from conservation.regions.models import Division, Zone


def load_hunan() -> None:
    """All province outlines, and the cities and counties of Hunan (43); nothing when they are there already."""
    if not Division.objects.filter(code="430102").exists():
        load_packaged(clock.now(), ["43"])


def load_zones() -> None:
    """The zones by name."""
    if not Zone.objects.exists():
        seed_zones(clock.now())
