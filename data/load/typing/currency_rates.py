"""Amounts in other currencies, turned into the one of report while they are loaded.

The currency of report is the setting `currency`: what a mapping says at its top, or what all amounts are in. Rates
(the table `rate`) hold from their day until the next one of their currency, at most a month, unless they say
`until`.
"""

from __future__ import annotations

from collections import Counter

from data.connection import Connection
from data.errors import BadInput
from data.load.mappings.mapping import Mapping, Part
from data.load.notation.currency_names import BESIDE, code_of
from data.load.typing.unit_signs import listed
from data.temporary_tables import owned

SETTING = "currency"
HOLDS_DAYS = 31
SAID = "regexp_replace(f_currency, $beside, '', 'g')"
BRING = "': bring [rates]'"
# Of two rates of one currency and day the one brought later counts.
RATES = f"""SELECT code, DATE '1970-01-01' + day_key AS day,
    coalesce(rate::DOUBLE, 1 / per::DOUBLE) AS worth, coalesce(until, day + {HOLDS_DAYS}) AS until
FROM rate JOIN (SELECT unnest($named::VARCHAR[]) AS currency, unnest($known::VARCHAR[]) AS code) USING (currency)
WHERE coalesce(rate, per) > 0
QUALIFY row_number() OVER (PARTITION BY code, day_key ORDER BY batch DESC, row_in_source DESC) = 1"""


def of_report(connection: Connection, mapping: Mapping) -> tuple[str, tuple[str, ...]]:
    """The currency in which amounts are kept, "" where nothing says it yet, and what its owner should know.

    Errors: BadInput where the mapping says another than that of the amounts of other sources.
    """
    found = connection.execute("SELECT value FROM setting WHERE name = ?", [SETTING]).fetchall()
    kept, said = found[0][0] if found else "", mapping.currency or ""
    if not said or not kept or code_of(said) == code_of(kept):
        return said or kept, ()
    others = connection.execute("SELECT count(*) FROM batch WHERE source <> ?", [mapping.source]).fetchall()
    if others[0][0]:
        raise BadInput(
            f"The currency of report is {kept}, and the mapping of {mapping.source} says {said}: amounts of both"
            " would be added.",
            f'Say currency = "{kept}" at its top and currency = "{said}" in the constants of its parts, and bring'
            " [rates].",
        )
    return said, (f"The currency of report was {kept} and is {said} now: no amount was converted.",)


def keep_report(connection: Connection, currency: str) -> None:
    """Write down the currency of report; "" says nothing."""
    if currency:
        connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [SETTING, currency])


def convert(connection: Connection, part: Part, typed: str, report: str) -> tuple[str, tuple[str, ...]]:
    """Turn the amounts of typed rows that are in other currencies into the one of report, which is returned, with
    what their owner should know. Rows of a currency without a rate get a reason.

    Where no currency of report is known, it is the one that all rows are in. Errors: BadInput if they differ.
    """
    counted = connection.execute(
        f"""SELECT {SAID} AS said, sum(n)::BIGINT FROM (
            SELECT f_currency, count(*) AS n FROM {typed} WHERE reason IS NULL AND f_currency IS NOT NULL GROUP BY ALL)
        GROUP BY said ORDER BY said""",
        {"beside": BESIDE},
    ).fetchall()
    codes = {said: code_of(said, report) for said, _ in counted if said}
    counts: Counter[str] = Counter()
    for said, n in counted:
        if code := codes.get(said):
            counts[code] += n
    notes: list[str] = []
    if not report and counts:
        report = _only(part, counts)
        notes.append(f"All amounts of [{part.subject}] are in {report}, which is the currency of report now.")
    own = code_of(report, report)
    foreign = {said: code for said, code in codes.items() if code is None or code != own}
    if foreign:
        with owned(connection, exchange := f"{typed}_exchange"):
            _exchange(connection, typed, foreign, exchange)
            _turn(connection, part, typed, report, exchange)
            notes += _told(connection, report, exchange)
    return report, tuple(notes)


def _only(part: Part, counts: Counter[str]) -> str:
    if len(counts) > 1:
        first = max(counts, key=lambda code: (counts[code], code))
        raise BadInput(
            f"[{part.subject}] has amounts in {listed(counts)}, and nothing says which is the currency of report.",
            f'Say currency = "{first}" at the top of the mapping and bring [rates] for the others, or leave them out:'
            f" only = \"currency == '{first}'\".",
        )
    return next(iter(counts))


def _exchange(connection: Connection, typed: str, foreign: dict[str, str | None], into: str) -> None:
    """`into` (place, said, code, of, worth): the rate of each row in another currency, and the day it is of."""
    named = [name for (name,) in connection.execute("SELECT DISTINCT currency FROM rate").fetchall()]
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {into} AS
        WITH line AS (
            SELECT place, f_date, said, code
            FROM (SELECT place, f_date, {SAID} AS said FROM {typed} WHERE reason IS NULL)
            JOIN (SELECT unnest($said::VARCHAR[]) AS said, unnest($codes::VARCHAR[]) AS code) USING (said)
        ), known AS ({RATES})
        SELECT place, said, line.code, day AS of, CASE WHEN f_date <= until THEN worth END AS worth
        FROM line ASOF LEFT JOIN known ON known.code = line.code AND line.f_date >= known.day""",
        {
            "beside": BESIDE,
            "said": list(foreign),
            "codes": list(foreign.values()),
            "named": named,
            "known": [code_of(name) for name in named],
        },
    )


def _turn(connection: Connection, part: Part, typed: str, report: str, exchange: str) -> None:
    """The amounts of the rows in `exchange` by its rates, and the reason of those that have none."""
    types = dict(connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {typed})").fetchall())
    amounts = {
        name: f"TRY_CAST(f_{name}::DOUBLE * worth AS {types[f'f_{name}']})"
        for name in part.kind.money
        if f"f_{name}" in types
    }
    large = "".join(
        f" WHEN f_{name} IS NOT NULL AND {amount} IS NULL THEN '{name}: is too large in ' || $report"
        for name, amount in amounts.items()
    )
    turned = "".join(f", f_{name} = {amount}" for name, amount in amounts.items())
    connection.execute(
        f"""UPDATE {typed} SET reason = CASE
            WHEN code IS NULL THEN 'currency: ''' || left(said, 40) || ''' is not a currency'
            WHEN of IS NULL THEN 'currency: no rate of ' || code || ' on or before ' || f_date || {BRING}
            WHEN worth IS NULL THEN 'currency: the rate of ' || code || ' of ' || of || ' does not hold on ' || f_date
                || {BRING}{large} END{turned}
        FROM {exchange} AS e WHERE {typed}.place = e.place""",
        {"report": report} if large else {},
    )


def _told(connection: Connection, report: str, exchange: str) -> list[str]:
    """How many rows were turned, and how many wait for a rate."""
    rows = connection.execute(
        f"""SELECT code, count(worth), count(*) - count(worth) FROM {exchange} WHERE code IS NOT NULL
        GROUP BY code ORDER BY code"""
    ).fetchall()
    turned = [f"{n:,} rows in {code} were turned into {report} by their rates." for code, n, _ in rows if n]
    return turned + [f"{n:,} rows in {code} wait for a rate: bring [rates]." for code, _, n in rows if n]
