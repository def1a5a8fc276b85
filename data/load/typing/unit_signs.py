"""What stands beside the numbers of a column: signs of currencies and units. Unlike ones are never added."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from data.connection import Connection
from data.errors import BadInput
from data.load.mappings.mapping import Part
from data.load.notation.currency_names import BESIDE, CROWN, NAMED, code_of
from data.load.notation.staged_column import StagedColumn

PLAIN = r"[-+−()0-9.,'’ ]*"
SIGNS = 200
# Words for units, by what they count; each line is a kind of its own.
UNITS = {
    "kg": "kg kilo kilos kilogram kgs кг",
    "g": "g gr gram grams г",
    "mg": "mg",
    "t": "t ton tons tonne tonnes т",
    "lb": "lb lbs",
    "oz": "oz",
    "l": "l lt ltr liter litre litri л",
    "ml": "ml мл",
    "cl": "cl",
    "m": "m mt meter metre metri м",
    "cm": "cm см",
    "mm": "mm мм",
    "m²": "m2 m² mq qm sqm",
    "m³": "m3 m³ mc cbm",
    "pieces": "pc pcs pce piece pieces pz pezzi stk stck stück st ea each ud uds pièces шт",
    "boxes": "box boxes bx ctn carton cartons karton scatole",
    "dozens": "dz doz dzn dozen",
    "hours": "h hr hrs hour hours std ore",
    "%": "%",
}
UNIT_OF = {word: unit for unit, words in UNITS.items() for word in words.split()}


def refuse_unlike(
    connection: Connection, part: Part, numbers: Mapping[StagedColumn, str], typed: str, report: str
) -> None:
    """Errors: BadInput where rows of `typed` have amounts in several currencies, or in another than that of
    `report`, or numbers of several units, by what stands beside them; `numbers` are the columns and their fields."""
    texts = {column: name for column, name in numbers.items() if column.kind == "text" and not column.typed}
    signed = {column: name for column, name in texts.items() if _has_signs(connection, column)}
    amounts = {column: _shown(connection, column, report) for column, name in numbers.items()
               if column.sign and name in part.kind.money}  # fmt: skip
    for column, name in signed.items():
        seen = _kinds(connection, column, typed if part.shape.only else None, name in part.kind.money, report)
        if name in part.kind.money:
            amounts[column] = seen
        elif len(seen) > 1:
            raise BadInput(
                f"{column.name}: numbers of unlike units cannot be added: {listed(seen)}.",
                f'Make them alike by an expression of {name}, or say which rows are meant: only = "...".',
            )
    if "currency" not in part.filled:
        _refuse_currencies(part, amounts, report)


def _refuse_currencies(part: Part, amounts: Mapping[StagedColumn, Counter[str]], report: str) -> None:
    every = sum(amounts.values(), Counter())
    if not every or (len(every) == 1 and report in ("", *every)):
        return
    first = max(amounts, key=lambda column: len(amounts[column]))
    code = next(iter(amounts[first]))
    way = f'Say currency = "{first.name}" under [{part.subject}.columns], which reads the signs, and bring [rates];'
    if first.sign and len(every) == 1:
        way = f'Say currency = "{code}" under [{part.subject}.constants], and bring [rates];'
    seen = "; ".join(f"{column.name}: {listed(found)}" for column, found in amounts.items() if found)
    beside = f" beside the currency of report, {report}" if len(every) == 1 else ""
    raise BadInput(
        f"Amounts in unlike currencies cannot be added: {seen}{beside}.",
        f"{way} or name the currency of each row by another column or expression of currency; or leave rows out:"
        f" only = \"contains(column('{first.name}'), '...')\".",
    )


def _shown(connection: Connection, column: StagedColumn, report: str) -> Counter[str]:
    """The currency that the number format of a column shows, by its rows; nothing where it is none that is known."""
    code = code_of(column.sign, report)
    if code is None:
        return Counter()
    sql = f"SELECT count(c{column.position}) FROM {column.table}"
    return Counter({code: int(connection.execute(sql).fetchall()[0][0])})


def _has_signs(connection: Connection, column: StagedColumn) -> bool:
    """Whether anything but a number stands in any cell: the quick way out for most columns."""
    c = f"c{column.position}"
    sql = f"SELECT coalesce(bool_or(NOT regexp_full_match({c}, $plain)), false) FROM {column.table}"
    return bool(connection.execute(sql, {"plain": PLAIN}).fetchall()[0][0])


def _kinds(
    connection: Connection, column: StagedColumn, among: str | None, is_money: bool, report: str
) -> Counter[str]:
    """Which currencies or units stand beside numbers of the column, and how often; words that are neither do not
    count: such a cell is no number. `among` are the typed rows that are meant, if not all are."""
    c, words = f"c{column.position}", {"beside": BESIDE, "plain": PLAIN}
    first = f"(SELECT min(rowid) FROM {column.table})"
    meant = f" AND rowid - {first} + 1 IN (SELECT place FROM {among})" if among else ""
    rows = connection.execute(
        f"""SELECT regexp_replace({c}, $beside, '', 'g') AS sign, count(*) FROM {column.table}
        WHERE NOT regexp_full_match({c}, $plain) AND regexp_matches({c}, '[0-9]'){meant}
        GROUP BY sign ORDER BY 2 DESC, 1 LIMIT {SIGNS}""",
        words,
    ).fetchall()
    found: Counter[str] = Counter()
    for sign, n in rows:
        if kind := ("" if is_money else UNIT_OF.get(sign.lower())) or _currency(sign, report):
            found[kind] += n
    return found


def _currency(sign: str, report: str) -> str | None:
    """The code of a sign; of a crown that may be of several countries, the sign."""
    if not re.fullmatch(NAMED, sign):
        return None
    return code_of(sign, report) or (CROWN if sign.lower() == CROWN else None)


def listed(seen: Counter[str]) -> str:
    """The commonest four, each with its rows, in words."""
    few = sorted(seen.items(), key=lambda each: (-each[1], each[0]))[:4]
    return ", ".join(f"{kind} ({n:,} {'row' if n == 1 else 'rows'})" for kind, n in few)
