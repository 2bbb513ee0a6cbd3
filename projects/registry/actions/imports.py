"""Bringing in what an authority already has: the ledger of projects, set by set, all or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pghistory
from django.db import connection, transaction
from django.utils.translation import gettext as _

from conservation import clock
from conservation.accounts.access import areas_of, covers, scope_of
from conservation.accounts.models import Unit
from conservation.errors import Fault, Faults, Forbidden, Refused
from conservation.history.acting import office_of
from conservation.jobs.runner import Progress, Silent
from projects.registry import access, intake, ledger
from projects.registry.actions import import_guards
from projects.registry.actions.records import check_credit_code
from projects.registry.queries import competent_authority

TYPES = {
    "row": "int",
    "code": "text",
    "name": "text",
    "unit_id": "bigint",
    "type_no": "smallint",
    "nature": "text",
    "category": "text",
    "layout": "text",
    "approval_level": "text",
    "authority_id": "bigint",
    "counties": "varchar(6)[]",
    "areas": "varchar(6)[]",
    "permanent_ha": "numeric",
    "temporary_ha": "numeric",
    "excavation_m3": "numeric",
    "fill_m3": "numeric",
    "planned_start_on": "date",
    "planned_completion_on": "date",
    "started_on": "date",
    "completed_on": "date",
    "in_use_on": "date",
    "plan_approved_on": "date",
    "plan_number": "text",
    "plan_kind": "text",
    "works": "text",
}
"""Columns of the staging table and their types; all but ``row`` and ``works`` are columns of the project."""
STORED = tuple(key for key in TYPES if key not in ("row", "works"))
DEFAULTS = {"nature": "new", "category": "building", "layout": "point", "plan_number": "", "plan_kind": ""}
AFTER_START = ("under_construction", "suspended", "completed", "in_use")
STEPS: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (
    (("registered", "plan_approved"), "under_construction", AFTER_START),
    (("under_construction",), "suspended", ("suspended",)),
    (("under_construction", "suspended"), "completed", ("completed", "in_use")),
    (("completed",), "in_use", ("in_use",)),
)
"""From, to, and the stated works that lead there: each step is one the state table permits."""


@dataclass
class Staged:
    """Rows that were read without fault, ready for the staging table."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)


def import_projects(
    actor: Any,
    content: bytes,
    filename: str,
    *,
    now: datetime | None = None,
    reason: str = "",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Import a ledger (.xlsx or .csv): projects, units and approvals. All rows or none.

    A row is the project of the same code, else of the same approval number, else of the same name and unit; it is then
    updated, otherwise made; what it may not change stands in ``import_guards``. Raises ``Refused`` with every bad row
    (``fault.row``). Returns ``read, created, updated, rejected`` (empty).
    """
    moment, tell = now or clock.now(), progress or Silent()
    if actor is not None and not access.may_import(actor):
        raise Forbidden("actor", _("您没有导入项目台账的权限。"), rule="registry.import_projects")
    rows = ledger.read(content, filename)
    tell(0, len(rows), _("核对"))
    with transaction.atomic(), pghistory.context(act="registry.import_projects", user=getattr(actor, "pk", None)):
        staged = check_rows(actor, rows, tell)
        staged.faults.refuse()
        tell(len(rows), len(rows), _("写入"))
        stage(staged.rows)
        match(actor)
        import_guards.remember()
        created, updated = write(moment)
        import_guards.compare(STORED)
        import_guards.refuse_changes(actor)
        note(actor, moment, reason, filename)
    return {"read": len(rows), "created": created, "updated": updated, "rejected": []}


def rejected(refused: Refused) -> list[dict[str, Any]]:
    """The faults of a refused import as ``[{row, reason}]``, one entry a row."""
    found: dict[int | None, list[str]] = {}
    for fault in refused.faults:
        found.setdefault(fault.row, []).append(str(fault.message))
    return [
        {"row": row, "reason": "；".join(texts)} for row, texts in sorted(found.items(), key=lambda one: one[0] or 0)
    ]


# --- reading and checking --------------------------------------------------------------------------------------------
def check_rows(actor: Any, rows: list[ledger.LedgerRow], tell: Progress) -> Staged:
    """Check every row; all faults of all rows are collected in one pass."""
    found = Staged()
    places = intake.Places.all()
    prefixes = importing_prefixes(actor)
    seen: dict[str, int] = {}
    authorities: dict[tuple[str, tuple[str, ...]], Any] = {}
    codes: dict[str, list[Fault]] = {}
    for at, row in enumerate(rows):
        if at % 2000 == 0:
            tell(at, len(rows))
        count = len(found.faults.found)
        values = read_row(row, places, found.faults)
        check_unit(row, values, codes, found.faults)
        check_twin(row, values, seen, found.faults)
        if len(found.faults.found) > count:
            continue
        values["areas"] = areas_of(values["counties"])
        if not covers(prefixes, values["areas"]):
            found.faults.add("counties", _("所填县不在本机关管辖的行政区划之内。"), row=row.number)
            continue
        key = (values["approval_level"], tuple(values["counties"]))
        try:
            if key not in authorities:
                authorities[key] = competent_authority(*key)
        except Refused as refused:
            found.faults.add("authority", str(refused), row=row.number)
            continue
        found.rows.append({**values, "row": row.number, "authority_id": authorities[key].pk})
    if not found.faults.found:
        name_units(found.rows)
    return found


def importing_prefixes(actor: Any) -> frozenset[str]:
    """Divisions in which the actor may import: where the role is held, not wherever the person may read."""
    if actor is None:
        return frozenset({""})
    held = scope_of(actor).authority_roles
    return frozenset().union(*(held.get(role, frozenset()) for role in access.IMPORTERS))


def read_row(row: ledger.LedgerRow, places: intake.Places, faults: Faults) -> dict[str, Any]:
    """The values of one row: the project's columns and those of unit, approval and works."""
    values = intake.read(row.values, places, faults, row=row.number)
    for column in ledger.EXTRA:
        given = row.values.get(column.key)
        given = given.strip() if isinstance(given, str) else given
        if given in intake.MISSING:
            if column.required:
                faults.add(column.key, _("缺少“%(title)s”。") % {"title": column.title}, row=row.number)
            continue
        values[column.key] = intake.READERS[column.kind](column, given, places, faults, row.number)
    if values.get("plan_number") and not values.get("plan_approved_on"):
        faults.add("plan_approved_on", _("有批准文号而缺少批准日期。"), row=row.number)
    if values.get("plan_approved_on") and not values.get("plan_number"):
        faults.add("plan_number", _("有批准日期而缺少批准文号。"), row=row.number)
    check_days(row.number, values, faults)
    return values


def check_days(number: int, values: dict[str, Any], faults: Faults) -> None:
    """Days that have come to pass follow each other and lie in the past."""
    today = clock.today()
    for key in ("plan_approved_on", "started_on", "completed_on", "in_use_on"):
        if values.get(key) and values[key] > today:
            faults.add(key, _("“%(title)s”晚于今天。") % {"title": TITLES[key]}, row=number)
    days: list[date] = [values[key] for key in ("started_on", "completed_on", "in_use_on") if values.get(key)]
    if days != sorted(days):
        faults.add("started_on", _("实际开工、完工、投产日期的先后不对。"), row=number)


TITLES = {column.key: column.title for column in ledger.COLUMNS}


def check_unit(row: ledger.LedgerRow, values: dict[str, Any], codes: dict[str, list[Fault]], faults: Faults) -> None:
    """The credit code of the row's unit; each code is asked about once."""
    code = (values.get("uscc") or "").upper()
    if not code:
        return
    values["uscc"] = code
    if code not in codes:
        own = Faults()
        check_credit_code(code, own, "uscc")
        codes[code] = own.found
    for fault in codes[code]:
        faults.add(fault.key, fault.message, fault.rule, row=row.number)


def check_twin(row: ledger.LedgerRow, values: dict[str, Any], seen: dict[str, int], faults: Faults) -> None:
    """The same project twice in one file."""
    same = values.get("code") or f"{values.get('name')}|{values.get('uscc') or values.get('unit_name')}"
    first = seen.setdefault(same, row.number)
    if first != row.number:
        faults.add("code", _("与第 %(row)d 行是同一个项目。") % {"row": first}, row=row.number)


def name_units(rows: list[dict[str, Any]]) -> None:
    """Find the units by credit code, else by name; make those that are missing."""
    codes = {row["uscc"] for row in rows if row.get("uscc")}
    by_code = dict(Unit.objects.filter(uscc__in=codes).values_list("uscc", "id"))
    fresh = {row["uscc"]: row["unit_name"] for row in rows if row.get("uscc") and row["uscc"] not in by_code}
    made = Unit.objects.bulk_create([Unit(uscc=code, name=name) for code, name in fresh.items()])
    by_code.update({unit.uscc: unit.pk for unit in made})
    names = {row["unit_name"] for row in rows if not row.get("uscc")}
    by_name: dict[str, int] = {}
    for name, pk in Unit.objects.filter(name__in=names).order_by("-id").values_list("name", "id"):
        by_name[name] = pk
    made = Unit.objects.bulk_create([Unit(name=name) for name in sorted(names - by_name.keys())])
    by_name.update({unit.name: unit.pk for unit in made})
    for row in rows:
        row["unit_id"] = by_code[row["uscc"]] if row.get("uscc") else by_name[row["unit_name"]]


# --- writing, set by set ------------------------------------------------------------------------------------------------
def stage(rows: Iterable[dict[str, Any]]) -> None:
    """COPY the rows into a staging table that is gone with the transaction."""
    columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS registry_stage")
        cursor.execute(
            f"CREATE TEMP TABLE registry_stage ({columns}, id bigint, known boolean, "
            "before jsonb, changed jsonb) ON COMMIT DROP"
        )
        with cursor.copy(f"COPY registry_stage ({', '.join(TYPES)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([row.get(name) for name in TYPES])
        cursor.execute("ANALYZE registry_stage")


MATCHES = (
    "p.code = s.code",
    "s.plan_number <> '' AND p.plan_number = s.plan_number AND (p.code IS NULL OR s.code IS NULL)",
    "p.name = s.name AND p.unit_id = s.unit_id AND (p.code IS NULL OR s.code IS NULL)",
)


def match(actor: Any) -> None:
    """Give each staged row the project it is; refuse two rows of one project and projects of another place."""
    with connection.cursor() as cursor:
        for condition in MATCHES:
            cursor.execute(
                f"UPDATE registry_stage s SET id = p.id, known = true FROM registry_project p "
                f"WHERE s.id IS NULL AND {condition}"
            )
        cursor.execute(
            "SELECT s.row, f.row FROM registry_stage s JOIN (SELECT id, min(row) AS row FROM registry_stage "
            "WHERE known GROUP BY id HAVING count(*) > 1) f ON f.id = s.id AND s.row > f.row ORDER BY s.row"
        )
        faults = Faults()
        for row, first in cursor.fetchall():
            faults.add("code", _("与第 %(row)d 行对应同一个已有项目。") % {"row": first}, row=row)
        cursor.execute("SELECT id, row FROM registry_stage WHERE known")
        known = dict(cursor.fetchall())
    if actor is not None:
        seen = set(access.visible_to(actor).filter(pk__in=list(known)).values_list("pk", flat=True))
        for pk, row in known.items():
            if pk not in seen:
                faults.add("code", _("该项目已由其他地区的机关登记。"), row=row)
    faults.refuse()


def write(moment: datetime) -> tuple[int, int]:
    """Insert the new projects, update the known ones, then bring their states forward."""
    values = ", ".join(f"coalesce(s.{key}, '{DEFAULTS[key]}')" if key in DEFAULTS else f"s.{key}" for key in STORED)
    changes = ", ".join(f"{key} = coalesce(s.{key}, p.{key})" for key in STORED)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_stage SET id = nextval(pg_get_serial_sequence('registry_project', 'id')) WHERE id IS NULL"
        )
        cursor.execute(
            f"INSERT INTO registry_project (id, {', '.join(STORED)}, state, source, created_at, updated_at) "
            f"SELECT s.id, {values}, 'registered', 'import', %s, %s FROM registry_stage s "
            "WHERE s.known IS NULL ORDER BY s.row",
            [moment, moment],
        )
        created = cursor.rowcount
        cursor.execute(
            f"UPDATE registry_project p SET {changes}, updated_at = %s FROM registry_stage s "
            "WHERE p.id = s.id AND s.known",
            [moment],
        )
        updated = cursor.rowcount
        cursor.execute(
            "UPDATE registry_project p SET state = 'plan_approved' FROM registry_stage s "
            "WHERE p.id = s.id AND p.state = 'registered' AND p.plan_number <> ''"
        )
        for sources, target, wanted in STEPS:
            cursor.execute(
                "UPDATE registry_project p SET state = %s FROM registry_stage s "
                "WHERE p.id = s.id AND p.state = ANY(%s) AND s.works = ANY(%s)",
                [target, list(sources), list(wanted)],
            )
    return created, updated


def note(actor: Any, moment: datetime, reason: str, filename: str) -> None:
    """One history event a project, in one statement; changed fields stand in it with their old and new values."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO history_event (subject_type, subject_id, seq, act, actor_id, actor_name, authority_name, "
            "from_state, to_state, reason, data, documents, occurred_at, prev_hash, hash) "
            "SELECT 'project', p.id::text, 0, 'registry.import_projects', %s, %s, %s, "
            "coalesce(s.before->>'state', ''), p.state, %s, "
            "jsonb_build_object('row', s.row, 'file', %s::text, 'new', s.known IS NULL, "
            "'changed', coalesce(s.changed, '{}'::jsonb)), '[]'::jsonb, %s, '', '' "
            "FROM registry_stage s JOIN registry_project p ON p.id = s.id ORDER BY p.id",
            [
                getattr(actor, "pk", None),
                str(getattr(actor, "name", "") or actor) if actor else _("系统"),
                office_of(actor) if actor else "",
                reason,
                filename[:200],
                moment,
            ],
        )
