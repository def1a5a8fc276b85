"""Whether a warehouse is sound: each check asks for what must not be, and finds nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from data import environment
from data.errors import WarehouseError
from data.history.left_empty import earlier_lines
from data.load.mappings import kept_mappings
from data.load.record.outdated_deliveries import outdated
from data.model.canonical_tables import (
    CUSTOMER,
    DIMENSIONS,
    FACTS,
    LEFT_EMPTY_KNOWN,
    MAIN_FACT,
    MASTERS,
    UNKNOWN,
    DimensionTable,
    FactTable,
)
from data.operational import operational_store, statement_log, statement_rows
from data.operational.statement_kinds import WITHOUT_ROWS
from data.people import audit_anchor, audit_chain
from data.store.warehouse import Extent, Warehouse

BOOKS = "rows_read <> rows_loaded + rows_rejected + repeats_dropped + coalesce(rows_left_out, 0)"


@dataclass(frozen=True, slots=True)
class IntegrityCheck:
    """One thing that must hold: SQL that counts what breaks it, and what to do then."""

    name: str
    sql: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class IntegrityFinding:
    """What a check found: `found` counts what is wrong, or what is to be looked at and may be right (`doubt`)."""

    name: str
    found: int
    remedy: str = ""
    doubt: str = ""

    @property
    def is_sound(self) -> bool:
        return not self.found or bool(self.doubt)

    def __str__(self) -> str:
        if self.found and self.doubt:
            return f"LOOK  {self.name}: {self.found:,} may not be so, {self.doubt}"
        wrong = f"WRONG {self.name}: {self.found:,} are not so"
        return f"ok    {self.name}" if self.is_sound else f"{wrong}. {self.remedy}".removesuffix(". ")


def examine(warehouse: Warehouse) -> tuple[IntegrityFinding, ...]:
    """Every check's finding, and which facts have rows dated years away from the rest."""
    found = ((each, int(warehouse.rows(each.sql)[0][0] or 0)) for each in checks(warehouse))
    told = (IntegrityFinding(each.name, count, each.remedy if count else "") for each, count in found)
    dated = (_dated(fact, extent) for fact, extent in warehouse.profile.extents.items())
    return (*told, *dated, *_named(warehouse), *_written(warehouse), *_audited(warehouse))


def _written(warehouse: Warehouse) -> Iterator[IntegrityFinding]:
    """What people wrote beside the warehouse: that it can be read, and is in the numbers."""
    store, name = operational_store.of(warehouse), "what people wrote can be read"
    if not store.file.exists():
        return
    try:
        operational_store.check_whole(store.file)
        yield IntegrityFinding(name, 0)
        told = statement_log.since(store, statement_rows.taken_in_until(warehouse.rows, store))
        waiting = sum(each.kind not in WITHOUT_ROWS for each in told)
        doubt = "the next publication brings it" if waiting else ""
        yield IntegrityFinding("what people wrote is in the warehouse", waiting, doubt=doubt)
    except WarehouseError as error:
        yield IntegrityFinding(name, 1, error.remedy)


def _audited(warehouse: Warehouse) -> Iterator[IntegrityFinding]:
    """The audit beside the warehouse: that it is whole, and holds nothing for longer than it may."""
    days, name = environment.audit_days(), "the audit is as it was written"
    try:
        chain = audit_anchor.verified(warehouse.path)
        yield IntegrityFinding(name, int(not chain.is_sound), chain.problem)
        late = audit_chain.overdue(warehouse.path, days)
        doubt = "'python -m data audit purge' takes them away" if late else ""
        yield IntegrityFinding(f"no entry of the audit is older than {days:,} days", late, doubt=doubt)
    except WarehouseError as error:
        yield IntegrityFinding(name, 1, str(error))


def _named(warehouse: Warehouse) -> Iterator[IntegrityFinding]:
    """Columns of members that a mapping fills, where not a row names one."""
    for mapping in kept_mappings.every(warehouse):
        part = mapping.parts[0]
        stream = f"{mapping.source}/{part.subject}"
        for table in (each for each in part.kind.dimensions if each.name in part.filled and each.leaf):
            rows, named = warehouse.rows(
                f"""SELECT count(*), count(*) FILTER ({table.key} > 0) FROM {part.kind.of_fact.name} WHERE batch IN (
                    SELECT batch FROM delivery JOIN batch USING (batch) WHERE source || '/' || part = ?)""",
                [stream],
            )[0]
            if rows and not named:
                doubt = (
                    f"none names a {table.name}, which the mapping of {stream} fills: is its column empty?"
                )
                yield IntegrityFinding(f"rows of {stream} name their {table.name}", rows, doubt=doubt)


def _dated(fact: str, extent: Extent) -> IntegrityFinding:
    days = ", ".join(f"{each.day} ({each.lines:,})" for each in extent.outliers)
    doubt = f"dated {days}: mend them in their file and load it again" if days else ""
    return IntegrityFinding(
        f"rows of {fact} are dated in its years of ordinary traffic", extent.far_lines, doubt=doubt
    )


def checks(warehouse: Warehouse) -> Iterator[IntegrityCheck]:
    """All that must hold."""
    for fact in FACTS:
        yield from (_points(fact, table) for table in fact.dimensions)
        if not fact.is_derived:
            yield IntegrityCheck(f"each row of {fact.name} belongs to a batch",
                        f"SELECT count(*) FROM {fact.name} ANTI JOIN batch USING (batch)")  # fmt: skip
        if CUSTOMER in fact.dimensions:
            yield _identified(fact.name)
    for table in MASTERS:
        yield from _history(table)
    attributes = warehouse.profile.attributes
    for table in DIMENSIONS:
        own = [each.name for each in attributes if each.dimension == table.name]
        for level in (
            *table.descriptors,
            *table.derived_levels,
            *own,
            *((table.leaf,) if table.leaf else ()),
        ):
            yield from _level(table, level)
    for fact in (fact for fact in FACTS if fact.describes):
        for table in fact.described:
            yield from _left_empty(warehouse, fact, table)
        yield from _said(warehouse, fact)
    yield from _time(warehouse.profile.calendar.levels)
    for fact in (fact for fact in FACTS if fact.orders):
        yield from _orders(fact)
    yield from _audiences()
    yield from _books()


def _points(fact: FactTable, table: DimensionTable) -> IntegrityCheck:
    both = f"{table.key}, {table.code}" if fact.is_coded(table) else table.key
    return IntegrityCheck(
        f"each row of {fact.name} points at a version of its {table.name}",
        f"""SELECT coalesce(sum(n), 0) FROM (SELECT {both}, count(*) AS n FROM {fact.name} GROUP BY ALL)
        ANTI JOIN {table.name} USING ({both})""",
    )


def _identified(fact: str) -> IntegrityCheck:
    return IntegrityCheck(
        f"each row of {fact} names its customer as its source does",
        f"""SELECT coalesce(sum(n), 0) FROM (
            SELECT identity_key, customer_code, count(*) AS n FROM {fact} WHERE identity_key > 0 GROUP BY ALL)
        ANTI JOIN customer_identity USING (identity_key, customer_code)""",
    )


def _history(table: DimensionTable) -> Iterator[IntegrityCheck]:
    name, key, code = table.name, table.key, table.code
    yield IntegrityCheck(f"each version of {name} has a key of its own",
                f"SELECT count({key}) - count(DISTINCT {key}) FROM {name}")  # fmt: skip
    yield IntegrityCheck(
        f"versions of {name} do not overlap",
        f"""SELECT count(*) FROM (SELECT valid_from, valid_to,
            lead(valid_from) OVER (PARTITION BY {code} ORDER BY valid_from, valid_to) AS next
            FROM {name} WHERE valid_from <> valid_to)
        WHERE valid_to < valid_from OR valid_to > next""",
    )
    yield IntegrityCheck(f"each {name} has one id",
                f"SELECT count(*) FROM (SELECT {code} FROM {name} WHERE {code} > 0 GROUP BY {code}"
                " HAVING count(DISTINCT id) > 1)")  # fmt: skip
    yield IntegrityCheck(
        f"each number of {name} is known once",
        f"""SELECT count(*) FROM (SELECT 1 FROM {name}_identity GROUP BY numbering, id HAVING count(*) > 1
            UNION ALL SELECT 1 FROM {name}_identity GROUP BY identity_key HAVING count(*) > 1)""",
    )
    yield IntegrityCheck(f"each number of {name} has a member",
                f"SELECT count(*) FROM {name}_identity ANTI JOIN {name} USING ({code})")  # fmt: skip
    yield IntegrityCheck(f"each record of {name} has a number",
                f"SELECT count(*) FROM {name}_record ANTI JOIN {name}_identity USING (identity_key)")  # fmt: skip


def _level(table: DimensionTable, level: str) -> Iterator[IntegrityCheck]:
    code = table.code if level == table.leaf else f"{level}_code"
    members = f"SELECT code AS {code} FROM member WHERE level = '{level}'"
    yield IntegrityCheck(f"each version of {table.name} is a member of {level}",
                f"SELECT count(*) FROM {table.name} ANTI JOIN ({members}) USING ({code})")  # fmt: skip
    if table in MAIN_FACT.dimensions:
        yield _total(
            level, f"JOIN {table.name} USING ({table.key}) JOIN ({members}) USING ({code})", table.key
        )


def _total(level: str, joins: str, key: str) -> IntegrityCheck:
    """Rows and amounts lost or doubled on the way from order lines to the members of a level."""
    summed = f"count(*) AS n, sum({MAIN_FACT.amount}) AS amount FROM {MAIN_FACT.name}"
    return IntegrityCheck(
        f"totals by {level} are the grand total",
        f"""SELECT abs(found.n - every.n) + (found.amount IS DISTINCT FROM every.amount)::INTEGER FROM (
            SELECT coalesce(sum(n), 0) AS n, sum(amount) AS amount FROM (
                SELECT {key}, {summed} GROUP BY {key}) {joins}) AS found,
        (SELECT {summed}) AS every""",
    )


def _left_empty(warehouse: Warehouse, fact: FactTable, table: DimensionTable) -> Iterator[IntegrityCheck]:
    """Lines that leave something empty show what stood on their day; an earlier release kept what stood before."""
    named = "SELECT DISTINCT unnest(texts) FROM described WHERE dimension = ? ORDER BY 1"
    texts = [text for (text,) in warehouse.rows(named, [table.name])]
    if not texts:
        return
    name, known = table.name, warehouse.rows("SELECT 1 FROM setting WHERE name = ?", [LEFT_EMPTY_KNOWN])
    lines = f"FROM left_empty WHERE dimension = '{name}' AND texts IS NOT NULL"
    remedy = "Tell whoever looks after Clientela."
    if known:
        yield IntegrityCheck(f"it is known what order lines leave empty of their {name}",
                    f"SELECT count(*) FROM left_empty WHERE dimension = '{name}' AND texts IS NULL",
                    "An earlier release loaded them: load their files again.")  # fmt: skip
    else:
        lines = f"FROM ({earlier_lines(fact, table, texts)}) WHERE alike"
        remedy = "An earlier release loaded them: the next load mends them."
    other = " OR ".join(
        f"(list_contains(string_split(l.texts, ' '), '{text}') AND v.{text} <> s.{text})" for text in texts
    )
    yield IntegrityCheck(
        f"order lines show of their {name} what stood on their day where they say nothing",
        f"""WITH stood AS (
            SELECT *, CASE WHEN row_number() OVER w = 1 THEN -2147483648
                ELSE (valid_from::DATE - DATE '1970-01-01')::INTEGER END AS first_day
            FROM {name} WHERE valid_from < valid_to AND {table.code} > 0
            WINDOW w AS (PARTITION BY {table.code} ORDER BY valid_from)
        ), line AS (
            SELECT l.texts, day_key, {table.key} FROM ({lines}) AS l JOIN {fact.name} USING (batch, row_in_source)
        )
        SELECT count(*) FROM line AS l JOIN {name} AS v USING ({table.key})
        ASOF JOIN stood AS s ON s.{table.code} = v.{table.code} AND l.day_key >= s.first_day
        WHERE {other}""",
        remedy,
    )


def _said(warehouse: Warehouse, fact: FactTable) -> Iterator[IntegrityCheck]:
    """What lines say is to be seen: where none of a batch shows a text that they filled, it was lost on the way."""
    told = "SELECT DISTINCT dimension, unnest(texts) FROM described ORDER BY ALL"
    for name, text in warehouse.rows(told):
        yield IntegrityCheck(
            f"what order lines say of {text} is shown",
            f"""SELECT coalesce(sum(lines), 0) FROM (
                SELECT batch, count(*) AS lines FROM {fact.name} JOIN {name} AS v USING ({name}_key)
                WHERE identity_key NOT IN (SELECT identity_key FROM erased) AND batch IN (
                    SELECT batch FROM described WHERE dimension = '{name}' AND list_contains(texts, '{text}'))
                GROUP BY batch HAVING bool_and(v.{text} = '{UNKNOWN}'))
            JOIN (SELECT batch, sum(rows_loaded) AS lines FROM delivery
                WHERE part IN ({fact.listed_subjects}) GROUP BY batch)
                USING (batch, lines)""",
            "Load their files again.",
        )
    for mapping in kept_mappings.every(warehouse):
        for each in outdated(warehouse.rows, mapping.source, mapping.parts[0]):
            yield IntegrityCheck(f"batch {each.batch} ({each.file}) shows what its lines say",
                        f"SELECT {int(each.lines)}", f"It {each.why}: load its file again.")  # fmt: skip


def _time(levels: Iterable[str]) -> Iterator[IntegrityCheck]:
    for level in levels:
        members = f"SELECT code AS {level}_code FROM member WHERE level = '{level}'"
        yield _total(level, f"JOIN time USING (day_key) JOIN ({members}) USING ({level}_code)", "day_key")


def _orders(fact: FactTable) -> Iterator[IntegrityCheck]:
    yield IntegrityCheck("each order line has an order",
                f"SELECT count(*) FROM {fact.name} ANTI JOIN {fact.orders} USING (order_key)")  # fmt: skip
    yield IntegrityCheck(
        "one line stands for each order",
        f"""SELECT count(*) FROM (SELECT order_key FROM {fact.name} GROUP BY order_key
            HAVING count(*) FILTER (is_order) <> (count(*) FILTER (NOT is_return) > 0)::INTEGER)""",
    )


def _audiences() -> Iterator[IntegrityCheck]:
    yield IntegrityCheck("each member of an audience is a known number",
                "SELECT count(*) FROM audience_member ANTI JOIN customer_identity USING (identity_key)")  # fmt: skip
    yield IntegrityCheck(
        "nobody stands in an audience twice",
        """SELECT count(*) FROM (SELECT 1 FROM audience_member WHERE went IS NULL GROUP BY audience, identity_key
            HAVING count(*) > 1)""",
    )
    yield IntegrityCheck(
        "nobody who was erased stands in an audience",
        """SELECT count(*) FROM audience_member
        SEMI JOIN (FROM erased WHERE dimension = 'customer') AS gone USING (identity_key)""",
    )


def _books() -> Iterator[IntegrityCheck]:
    yield IntegrityCheck(
        "rows read = loaded + rejected + repeats dropped",
        f"SELECT count(*) FROM delivery WHERE {BOOKS}",
    )
    yield IntegrityCheck("each delivery belongs to a batch",
                "SELECT count(*) FROM delivery ANTI JOIN batch USING (batch)")  # fmt: skip
    yield IntegrityCheck(
        "as many rejected rows are kept as were counted",
        """SELECT count(*) FROM (SELECT batch, part, sum(rows_rejected) AS counted FROM delivery GROUP BY ALL)
        LEFT JOIN (SELECT batch, part, count(*) AS kept FROM rejected GROUP BY ALL) USING (batch, part)
        WHERE counted <> coalesce(kept, 0)""",  # the ledger counts no look-ups
    )
    yield IntegrityCheck(
        "no batch holds more order lines than it loaded",
        f"""SELECT count(*) FROM (SELECT batch, count(*) AS held FROM {MAIN_FACT.name} GROUP BY batch)
        JOIN (SELECT batch, sum(rows_loaded) AS loaded FROM delivery
            WHERE part IN ({MAIN_FACT.listed_subjects}) GROUP BY batch)
            USING (batch) WHERE held > loaded""",
    )
    yield IntegrityCheck("publications are numbered one after another",
                "SELECT count(number) - count(DISTINCT number) FROM publication")  # fmt: skip
