"""Which records are worth comparing: those that agree on one of several keys that few others share."""

from __future__ import annotations

from dataclasses import dataclass

from data.connection import Connection
from data.identity.normalise import identifier


@dataclass(frozen=True, slots=True)
class Rule:
    """Records with equal keys are compared, unless more than `most` of them share one."""

    key: str
    most: int


PLACE = "coalesce(postcode, city)"
RULES = (
    Rule("email", 60),
    Rule("phone", 60),
    Rule("site", 60),
    Rule("box, left(family, 1)", 30),
    Rule(f"street, number, {PLACE}", 60),
    Rule("given, family, street, number", 60),
    Rule(f"given, family, {PLACE}", 60),
    Rule("given, family, city", 12),
    Rule(f"family, number, {PLACE}", 60),
    Rule("left(given, 2), left(family, 3), street, number", 60),
    Rule("left(given, 1), left(family, 3), postcode", 25),
    Rule("right(phone, 6), left(family, 2)", 30),
    Rule("left(phone, 6), left(family, 2), left(given, 2)", 30),
)


def block(connection: Connection) -> None:
    """Make `identity_block`: every key of every record, without those that too many share."""
    connection.execute("CREATE TEMP TABLE identity_block (key UBIGINT, record INTEGER)")
    for number, rule in enumerate(RULES):
        known = " AND ".join(f"{part} IS NOT NULL" for part in _parts(rule.key))
        connection.execute(
            f"""INSERT INTO identity_block
            SELECT key, record
            FROM (SELECT hash({number}, {rule.key}) AS key, record FROM identity_record WHERE {known})
            QUALIFY count(*) OVER (PARTITION BY key) BETWEEN 2 AND {rule.most}"""
        )


def _parts(key: str) -> list[str]:
    """The top-level arguments of a key."""
    parts, depth = [""], 0
    for letter in key:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def pair(connection: Connection, only: str | None = None) -> int:
    """Make `identity_pair` (a < b), of all records or of those in the table `only`; how many."""
    connection.execute("DROP TABLE IF EXISTS temp.identity_pair")
    chosen = f"AND record IN (SELECT record FROM {identifier(only)})" if only else ""
    one = f"SELECT key, record FROM identity_block WHERE true {chosen}"
    connection.execute(
        f"""CREATE TEMP TABLE identity_pair AS
        SELECT DISTINCT least(x.record, y.record) AS a, greatest(x.record, y.record) AS b
        FROM ({one}) AS x JOIN identity_block AS y ON x.key = y.key
            AND {"x.record <> y.record" if only else "x.record < y.record"}"""
    )
    return int(connection.execute("SELECT count(*) FROM identity_pair").fetchall()[0][0])
