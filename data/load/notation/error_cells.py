"""Cells that say no value but that their program found none: #N/A and its like, in the languages of spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from data.connection import Connection
from data.load.notation.staged_column import StagedColumn

ERRORS = (
    "#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!",
    "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#GETTING_DATA", "#ERROR!",
    "#NV", "#WERT!", "#BEZUG!", "#ZAHL!",
    "#N/D", "#NOME?", "#VALORE!", "#RIF!", "#NUMERO!",
    "#NOM?", "#VALEUR!", "#NOMBRE!", "#NUL!", "#DIV/0",
    "#¿NOMBRE?", "#¡VALOR!", "#¡REF!", "#¡DIV/0!", "#¡NUM!", "#¡NULO!", "#VALOR!",
    "#Н/Д", "#ЗНАЧ!", "#ССЫЛКА!", "#ИМЯ?", "#ЧИСЛО!", "#ПУСТО!", "#ДЕЛ/0!",
    "###", "####", "#####", "######", "#######", "########", "#########", "##########",
)  # fmt: skip
INFINITE = ("inf", "-inf")


def words_of(column: StagedColumn) -> list[str]:
    """What is no value in `column`."""
    return [*ERRORS, *(INFINITE if column.kind == "number" else ())]


def broken(connection: Connection, columns: Iterable[StagedColumn]) -> dict[StagedColumn, int]:
    """How many cells of these columns say no value; columns without any are left out."""
    texts = [column for column in columns if not column.typed]
    found = zip(texts, _counted(connection, texts), strict=True)
    return {column: count for column, count in found if count}


def _counted(connection: Connection, columns: Sequence[StagedColumn]) -> Sequence[int]:
    if not columns:
        return ()
    counts, words = [], {}
    for at, column in enumerate(columns):
        c = column.sql
        infinite = f" OR {c} IN ('inf', '-inf')" if column.kind == "number" else ""
        counts.append(
            f"(SELECT count(*) FROM {column.table} WHERE ({c} >= '#' AND {c} < '$'{infinite})"
            f" AND list_contains($w{at}, {c}))"
        )
        words[f"w{at}"] = words_of(column)
    found: Sequence[int] = connection.execute(f"SELECT {', '.join(counts)}", words).fetchall()[0]
    return found
