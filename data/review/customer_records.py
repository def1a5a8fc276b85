"""Who is who, as readers see it: pairs that wait for a person, what each source says of a customer, decisions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from data.model.canonical_tables import CUSTOMER
from data.operational.statement_kinds import SourceNumber
from data.review.decided_pairs import decisions
from data.review.time_line import orders_by_number
from data.store.warehouse import Warehouse

FIELDS = ("name", *CUSTOMER.contact, *CUSTOMER.descriptors)
GOLDEN: dict[str, pl.DataType] = {
    "field": pl.String(), "value": pl.String(), "stream": pl.String(), "number": pl.String(),
    "said_at": pl.Datetime("us"),
}  # fmt: skip
SAID_SCHEMA: dict[str, pl.DataType] = {
    "number": pl.String(), "stream": pl.String(), "said_first": pl.Datetime("us"), "said_last": pl.Datetime("us"),
    "deleted": pl.Boolean(), **dict.fromkeys(FIELDS, pl.String()), "batch": pl.Int32(), "row": pl.Int64(),
}  # fmt: skip
SAID_COLUMNS = ("identity_key", *list(SAID_SCHEMA)[1:])
SAID = f"""SELECT identity_key, stream, valid_from, seen_until, deleted, {", ".join(FIELDS)}, batch, row_in_source
FROM customer_record WHERE identity_key IN ({{}}) ORDER BY trust DESC, seen_until DESC, stream DESC"""
TOGETHER, APART = "together", "apart"
FOUND = 30
NUMBERED = """SELECT identity_key, numbering, id, customer_code FROM customer_identity
WHERE identity_key IN (SELECT unnest(?::INTEGER[]))"""
# Of pairs whose records were joined by another way meanwhile nothing is left to decide.
DOUBTFUL = """SELECT m.one, m.other, m.probability, m.evidence FROM match AS m
JOIN customer_identity AS a ON a.identity_key = m.one JOIN customer_identity AS b ON b.identity_key = m.other
WHERE m.state = 'doubtful' AND a.customer_code <> b.customer_code ORDER BY m.probability DESC, m.one, m.other"""
NUMBERS = """SELECT identity_key, numbering, id FROM customer_identity WHERE customer_code = ?
ORDER BY identity_key"""
OWNED = "JOIN customer_identity USING (identity_key)"
BY_NUMBER = """SELECT customer_code AS code, CASE WHEN lower(id) = $1 THEN 0 ELSE 2 END AS rank FROM customer_identity
    WHERE contains(lower(id), $1)
UNION ALL SELECT customer_code, 0 FROM customer WHERE lower(id) = $1"""
BY_NAME = f"""SELECT customer_code, CASE WHEN lower(name) = $1 THEN 1 ELSE 3 END FROM customer_record {OWNED}
    WHERE contains(lower(name), $1) OR (name <> strip_accents(name) AND contains(strip_accents(lower(name)), $1))
UNION ALL SELECT customer_code, CASE WHEN lower(email) = $1 THEN 1 ELSE 3 END FROM customer_record {OWNED}
    WHERE contains(lower(email), $1)"""
BY_PHONE = f"""SELECT customer_code, 3 FROM customer_record {OWNED}
    WHERE contains(replace(replace(replace(replace(phone, ' ', ''), '-', ''), '/', ''), '.', ''), $2)"""
FOUND_CODES = f"""SELECT code, min(rank) AS rank FROM ({{}}) WHERE code > 0
GROUP BY code ORDER BY rank, code LIMIT {FOUND}"""
SEARCH = """WITH hit AS ({})
SELECT code, arg_max(id, valid_to) AS id, arg_max(name, valid_to) AS name,
    (SELECT count(*) FROM customer_identity WHERE customer_code = code) AS numbers
FROM hit JOIN customer ON customer_code = code GROUP BY code, rank ORDER BY rank, name, code"""
SHORTEST, SHORTEST_PHONE = 2, 4


@dataclass(frozen=True, slots=True)
class RecordPair:
    """Two numbers that may be one customer; `evidence` says of the matcher's fields same, similar, different or
    missing, `counted` how much each counted: the binary logarithm of how many times likelier it made them one."""

    one: int
    other: int
    probability: float
    evidence: dict[str, str]
    counted: dict[str, float]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a source calls a customer and last said of them; `orders` and `revenue` are what came under this number."""

    key: int
    numbering: str
    id: str
    code: int
    streams: str
    first_said: datetime | None
    last_said: datetime | None
    fields: dict[str, str | None]
    orders: int = 0
    revenue: float = 0.0
    last_day: Any = None

    @property
    def called(self) -> str:
        return f"{self.numbering} {self.id}".strip()


@dataclass(frozen=True, slots=True, eq=False)
class SaidOfCustomer:
    """What sources ever said of a customer: `numbers` are (identity_key, numbering, id), `rows` a statement each by the
    names of its columns, the most trusted, then the latest first."""

    code: int
    numbers: tuple[tuple[int, str, str], ...]
    rows: tuple[dict[str, Any], ...]

    @property
    def golden(self) -> pl.DataFrame:
        """The record that counts: field, value, stream, number, said_at; of each field the most trusted, then latest
        statement."""
        said = [each for each in self.rows if not each["deleted"]]
        best = [(field, _first(said, field)) for field in FIELDS]
        told = [
            (field, row[field], row["stream"], row["number"], row["said_last"]) for field, row in best if row
        ]
        return pl.DataFrame(told, schema=GOLDEN, orient="row")

    @property
    def statements(self) -> pl.DataFrame:
        """Everything that was ever said, the latest first."""
        said = pl.DataFrame(self.rows, schema=SAID_SCHEMA)
        return said.sort("said_first", "stream", "number", descending=[True, False, False])

    def identity(self, key: int, bought: tuple[int, float, Any]) -> Identity:
        """One number, and what was `bought` under it: orders, revenue, last day."""
        numbering, id = next(each[1:] for each in self.numbers if each[0] == key)
        said = [each for each in self.rows if each["identity_key"] == key and not each["deleted"]]
        fields = {field: row[field] if (row := _first(said, field)) else None for field in FIELDS}
        streams = ", ".join(sorted({each["stream"] for each in said}))
        first = min((each["said_first"] for each in said), default=None)
        last = max((each["said_last"] for each in said), default=None)
        return Identity(key, numbering, id, self.code, streams, first, last, fields, *bought)


def _first(said: Iterable[dict[str, Any]], field: str) -> dict[str, Any] | None:
    """The first statement that says a field."""
    return next((each for each in said if each[field] is not None), None)


def doubtful(warehouse: Warehouse) -> list[RecordPair]:
    """The pairs that wait for a person, the most probable first."""
    standing = decisions(warehouse).filter(pl.col("undone_at").is_null())
    decided = {frozenset(pair) for pair in standing.select("one", "other").iter_rows()}
    return [
        RecordPair(one, other, probability, *_evidence(text))
        for one, other, probability, text in warehouse.rows(DOUBTFUL)
        if {one, other} not in decided
    ]


def _evidence(text: str) -> tuple[dict[str, str], dict[str, float]]:
    """Words and what they counted; matches of earlier versions kept the words alone."""
    try:
        told = json.loads(text)
    except json.JSONDecodeError:
        return {}, {}
    if not isinstance(told, dict):
        return {}, {}
    words = told["evidence"] if isinstance(told.get("evidence"), dict) else told
    counted = told.get("counted") or {}
    return {str(name): str(word) for name, word in words.items()}, counted


def identities(warehouse: Warehouse, keys: list[int]) -> dict[int, Identity]:
    """What is known of each of these numbers; of one that no record tells of, the number alone."""
    codes = {code for *_, code in warehouse.rows(NUMBERED, [keys])}
    every = {each.key: each for code in codes for each in known_as(warehouse, said_of(warehouse, code))}
    return {key: every[key] for key in keys if key in every}


def known_as(warehouse: Warehouse, said: SaidOfCustomer) -> list[Identity]:
    """Each number of a customer: what its source said last of them, and what was bought under it."""
    bought = orders_by_number(warehouse, said.code)
    return [said.identity(key, bought.get(key, (0, 0.0, None))) for key, *_ in said.numbers]


def numbers(warehouse: Warehouse, code: int) -> list[int]:
    """The identity keys of a customer."""
    return [key for key, *_ in warehouse.rows(NUMBERS, [code])]


def codes_of(warehouse: Warehouse, customer_id: str) -> list[int]:
    """The codes of the customers whom cubes show as `customer_id`, or else whom sources call so."""
    shown = warehouse.rows(
        "SELECT DISTINCT customer_code FROM customer WHERE id = ? AND customer_code > 0", [customer_id]
    ) or warehouse.rows(
        "SELECT DISTINCT customer_code FROM customer_identity WHERE id = ? AND customer_code > 0 ORDER BY ALL",
        [customer_id],
    )
    return [int(code) for (code,) in shown]


def code_of(warehouse: Warehouse, customer_id: str) -> int | None:
    """The code of the customer whom cubes show as `customer_id`, or whom one source alone calls so."""
    codes = codes_of(warehouse, customer_id)
    return codes[0] if len(codes) == 1 else None


def source_numbers(warehouse: Warehouse, code: int) -> frozenset[SourceNumber]:
    """All numbers of a customer in the sources."""
    return frozenset(SourceNumber(*found[1:]) for found in warehouse.rows(NUMBERS, [code]))


def number_of(warehouse: Warehouse, customer_id: str) -> SourceNumber | None:
    """A number by which a source knows the customer whom cubes show so; None of nobody, such as (unknown)."""
    code = code_of(warehouse, customer_id)
    found = warehouse.rows(NUMBERS, [code]) if code else []
    return SourceNumber(*found[0][1:]) if found else None


def id_of(warehouse: Warehouse, code: int) -> str:
    """The number by which cubes show a customer."""
    found = warehouse.rows(
        "SELECT id FROM customer WHERE customer_code = ? ORDER BY valid_to DESC LIMIT 1", [code]
    )
    return str(found[0][0]) if found else ""


def shown_as(warehouse: Warehouse, code: int) -> tuple[str, str]:
    """The number by which cubes show a customer, and what they are called."""
    found = warehouse.rows(
        "SELECT id, name FROM customer WHERE customer_code = ? ORDER BY valid_to DESC LIMIT 1", [code]
    )
    return (str(found[0][0]), str(found[0][1])) if found else ("", "")


def said_of(warehouse: Warehouse, code: int) -> SaidOfCustomer:
    """All that was ever said of a customer."""
    numbers = tuple(
        (int(key), str(numbering), str(id)) for key, numbering, id in warehouse.rows(NUMBERS, [code])
    )
    names = {key: f"{numbering} {id}" for key, numbering, id in numbers}
    sql = SAID.format(", ".join("?" * len(numbers)))
    told = warehouse.rows(sql, list(names)) if numbers else []
    rows = (dict(zip(SAID_COLUMNS, row, strict=True)) for row in told)
    return SaidOfCustomer(
        code, numbers, tuple({**each, "number": names[each["identity_key"]]} for each in rows)
    )


def golden(warehouse: Warehouse, code: int) -> pl.DataFrame:
    """As `SaidOfCustomer.golden`."""
    return said_of(warehouse, code).golden


def statements(warehouse: Warehouse, code: int) -> pl.DataFrame:
    """As `SaidOfCustomer.statements`."""
    return said_of(warehouse, code).statements


def search(warehouse: Warehouse, text: str) -> pl.DataFrame:
    """Customers by number, name, e-mail or phone, the nearest first: code, id, name, numbers."""
    plain = text.strip().lower()
    digits = "".join(each for each in plain if each.isdigit())
    is_phone = len(digits) >= SHORTEST_PHONE and not any(each.isalpha() or each == "@" for each in plain)
    if len(plain) < SHORTEST and not plain.isdigit():
        return warehouse.frame(SEARCH.format("SELECT 0 AS code, 0 AS rank WHERE false"))
    ways = [BY_NUMBER, BY_NAME, *([BY_PHONE] if is_phone else [])]
    codes = FOUND_CODES.format(" UNION ALL ".join(ways))
    return warehouse.frame(SEARCH.format(codes), [plain, *([digits] if is_phone else [])])
