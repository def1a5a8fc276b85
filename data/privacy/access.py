"""What is held of a customer, for the customer: every statement, every fact, and where each field comes from."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from data.errors import BadInput
from data.model.canonical_tables import CUSTOMER, DimensionTable, FactTable, facts_of
from data.model.scoring import SCORE
from data.operational import operational_store, statement_erasure
from data.people import portal_links
from data.privacy.own_rejected import own
from data.privacy.person import Person, find
from data.store import private_files
from data.store.warehouse import Warehouse

README = "about.json"
REJECTED = pl.Schema({"batch": pl.Int64, "part": pl.String, "row_in_source": pl.Int64, "reason": pl.String,
                      "raw": pl.String})  # fmt: skip
WRITTEN: dict[str, Any] = {"kind": pl.String, "said_at": pl.Datetime("us"), "said": pl.String}
LINKS = dict.fromkeys(("made_at", "until", "last_used", "ended_at"), pl.Datetime("us"))
IDENTITIES = "SELECT identity_key FROM customer_identity WHERE customer_code = ?"
PLAIN = {
    "numbers": "SELECT numbering, id AS number FROM customer_identity WHERE customer_code = ? ORDER BY ALL",
    "statements": f"""SELECT * EXCLUDE (hash, held) FROM customer_record
        WHERE identity_key IN ({IDENTITIES}) ORDER BY valid_from, stream""",
    "history": "SELECT * FROM customer WHERE customer_code = ? ORDER BY valid_from, customer_key",
    "stages": """SELECT run, seq, DATE '1970-01-01' + day_key AS day, from_stage, to_stage, cause FROM stage_event
        WHERE subject_kind = 'customer' AND subject = ? ORDER BY run, seq""",
    "likeness": f"""SELECT * FROM match WHERE one IN ({IDENTITIES}) OR other IN ({IDENTITIES}) ORDER BY ALL""",
    "decisions": f"""SELECT one, other, verdict, decided_at, undone_at FROM decision
        WHERE one IN ({IDENTITIES}) OR other IN ({IDENTITIES}) ORDER BY ALL""",
    "audiences": f"""SELECT DISTINCT said.name AS audience, came.published_at AS came_at, went.published_at AS left_at
        FROM audience_member JOIN audience_said AS said ON said.audience = audience_member.audience
            AND said.held_until IS NULL
        LEFT JOIN publication AS came ON came.number = audience_member.came
        LEFT JOIN publication AS went ON went.number = audience_member.went
        WHERE identity_key IN ({IDENTITIES}) ORDER BY ALL""",
    # Not by which parameters: they may name others.
    "scorings": f"""SELECT scoring AS number, scored_on, model, horizon_days, array_to_string(scores, ', ') AS scores
        FROM scoring WHERE scoring::VARCHAR IN (SELECT number FROM {SCORE.name} WHERE customer_code = ?)
        ORDER BY scored_on, scoring""",
}


def access(warehouse: Warehouse, customer_id: str) -> dict[str, pl.DataFrame]:
    """Tables by their names; empty ones where nothing is held. Errors: BadRequest where there is no such customer."""
    person = find(warehouse.rows, customer_id)
    held = {name: warehouse.frame(sql, [person.code] * sql.count("?")) for name, sql in PLAIN.items()}
    held["fields"] = _fields(warehouse, person)
    for fact in facts_of(CUSTOMER):
        name, sql = ("order_lines", _lines(fact)) if fact.orders else (fact.name, _facts(fact))
        held[name] = warehouse.frame(sql, [person.code])
    rejected = [(row.batch, row.part, row.row, row.reason, row.raw) for row in own(warehouse.rows, person)]
    held["rejected_rows"] = pl.DataFrame(rejected, REJECTED, orient="row")
    held["written"] = _written(warehouse, person)
    held["portal_links"] = _links(warehouse, person)
    return held


def _links(warehouse: Warehouse, person: Person) -> pl.DataFrame:
    """The links to the portal that were made for the person: when, until when, when last used."""
    own = {(numbering, number) for _, numbering, number in person.identities}
    rows = [
        tuple(datetime.fromtimestamp(at, UTC).replace(tzinfo=None) if at else None for at in moments)
        for each in portal_links.listed(portal_links.portal_place(warehouse))
        if each.kind == CUSTOMER.name and each.member in own
        for moments in [(each.made_at, each.until, each.used_at, each.revoked_at)]
    ]
    return pl.DataFrame(rows, LINKS, orient="row")


def _written(warehouse: Warehouse, person: Person) -> pl.DataFrame:
    """What people wrote about the person, or naming them; not by whom."""
    subject = person.as_subject
    found = statement_erasure.about(operational_store.of(warehouse), subject)
    told = [statement_erasure.only(dict(each.told), subject) for each in found]
    rows = [
        (each.kind, each.said_at, json.dumps(own, ensure_ascii=False))
        for each, own in zip(found, told, strict=True)
    ]
    return pl.DataFrame(rows, WRITTEN, orient="row")


def _fields(warehouse: Warehouse, person: Person) -> pl.DataFrame:
    """The record that counts: of each field the statement of highest trust, then the latest, and whose it is."""
    attributes = [each.name for each in warehouse.profile.attributes if each.dimension == CUSTOMER.name]
    columns = ("name", *CUSTOMER.contact, *CUSTOMER.descriptors, *attributes)
    known = {name for (name, *_) in warehouse.rows("DESCRIBE customer_record")}
    each = " UNION ALL ".join(
        f"""SELECT '{column}' AS field, {column} AS value, stream AS source, valid_from AS said_at, batch, row_in_source
        FROM said WHERE {column} IS NOT NULL
        QUALIFY row_number() OVER (ORDER BY trust DESC, seen_until DESC, stream DESC) = 1"""
        for column in columns
        if column in known
    )
    said = f"SELECT * FROM customer_record WHERE NOT deleted AND identity_key IN ({IDENTITIES})"
    return warehouse.frame(f"WITH said AS ({said}) {each}", [person.code])


def _lines(fact: FactTable) -> str:
    named, joins = _others(fact)
    return f"""SELECT DATE '1970-01-01' + day_key AS day, {fact.orders}.number AS order_number{named}, units,
        revenue, is_return, {fact.orders}.source, batch, row_in_source
    FROM {fact.name} LEFT JOIN {fact.orders} USING (order_key){joins} WHERE {fact.name}.customer_code = ?
    ORDER BY day_key, batch, row_in_source"""


def _facts(fact: FactTable) -> str:
    named, joins = _others(fact)
    hidden = ["day_key", "customer_key", "customer_code", "record_key", "content_hash"]
    hidden += [table.key for table in _other_masters(fact)]
    hidden += [table.code for table in _other_masters(fact) if fact.is_coded(table)]
    return f"""SELECT DATE '1970-01-01' + day_key AS day{named}, {fact.name}.* EXCLUDE ({", ".join(hidden)})
    FROM {fact.name}{joins} WHERE {fact.name}.customer_code = ? ORDER BY ALL"""


def _others(fact: FactTable) -> tuple[str, str]:
    """SQL for the names of the other members that a row points at, and the joins that they need."""
    tables = _other_masters(fact)
    named = "".join(f", {table.name}.name AS {table.name}" for table in tables)
    return named, "".join(f" JOIN {table.name} USING ({table.key})" for table in tables)


def _other_masters(fact: FactTable) -> list[DimensionTable]:
    return [table for table in fact.dimensions if table.leaf and table != CUSTOMER]


def write_zip(held: dict[str, pl.DataFrame], to: Path) -> None:
    """One CSV a table, and what they are. Errors: BadInput where the file cannot be written."""
    about = {
        "written_at": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "rows": {name: frame.height for name, frame in held.items()},
    }
    try:
        with private_files.opened(to, "wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(README, json.dumps(about, indent=2) + "\n")
            for name, frame in held.items():
                file.writestr(f"{name}.csv", frame.write_csv())
    except OSError as error:
        raise BadInput(f"{to} cannot be written: {error.strerror or error}.", "Name another file.") from error
