"""Who is asked whether a plan of a project is under review.

The rooms above register a question in ``AppConfig.ready``, so that the register needs to know none of them.
"""

from __future__ import annotations

from collections.abc import Callable

_questions: list[Callable[[int], bool]] = []


def ask(question: Callable[[int], bool]) -> None:
    """Ask this (by the project's id) before the unit changes what a review rests on."""
    if question not in _questions:
        _questions.append(question)


def under_review(project_id: int) -> bool:
    """Is a plan of this project submitted and not yet decided?"""
    return any(question(project_id) for question in _questions)
