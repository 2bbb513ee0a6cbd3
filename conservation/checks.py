"""System checks: what must hold before the portal starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import Error, register
from django.urls import URLPattern, URLResolver, get_resolver

FOREIGN = (
    "allauth.",
    "django.",
    "knox.",
    "drf_spectacular.",
    "django_prometheus.",
    "health_check.",
    "rest_framework.",
    "django_celery_beat.",
)
"""Views of libraries bring their own rules; each is mounted by hand in conservation/urls.py."""


def views(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every (route, callback) of the portal."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from views(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield route, one.callback


def rule_of(callback: Any) -> Any:
    """The access rule of a view, a class-based view or an API view; None when it has none."""
    for holder in (callback, getattr(callback, "cls", None), getattr(callback, "view_class", None)):
        rule = getattr(holder, "access_rule", None)
        if rule is not None:
            return rule
    return None


@register()
def every_view_has_an_access_rule(app_configs: Any, **kwargs: Any) -> list[Error]:
    """A page or route without an access rule does not start."""
    return [
        Error(
            f"view {callback.__module__}.{getattr(callback, '__name__', callback)} at /{route} has no access rule",
            hint="decorate it with public, signed_in or roles_only (conservation.web), or set access_rule on the class",
            id="conservation.E001",
        )
        for route, callback in views()
        if not callback.__module__.startswith(FOREIGN) and rule_of(callback) is None
    ]
