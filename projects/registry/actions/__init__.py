"""What people and jobs do with projects. Each function is one act in one transaction."""

from projects.registry.actions.approval import approve_plan, plan_not_required, revoke_plan
from projects.registry.actions.imports import import_projects
from projects.registry.actions.range_imports import import_ranges
from projects.registry.actions.ranges import RangeCheck, add_range, check_range, discard_range
from projects.registry.actions.records import create_from_field, name_unit, register, update
from projects.registry.actions.works import cancel, complete, put_to_use, resume, start_works, suspend

__all__ = [
    "RangeCheck",
    "add_range",
    "approve_plan",
    "cancel",
    "check_range",
    "complete",
    "create_from_field",
    "discard_range",
    "import_projects",
    "import_ranges",
    "name_unit",
    "plan_not_required",
    "put_to_use",
    "register",
    "resume",
    "revoke_plan",
    "start_works",
    "suspend",
    "update",
]
