"""What the cube costs beside the best SQL by hand: its own statements through a bare DuckDB cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from bench.contestant import connected
from bench.question import Question
from bench.source import is_rolled_up
from bench.timing import Clocked, clocked, percentile, typical
from cubes.ask.answer import ask
from data.store.warehouse import Warehouse

ENGINE = ("perfect_ht_threshold", "preserve_insertion_order")


@dataclass(frozen=True, slots=True)
class Overhead:
    """Ours over by hand, by question, on the wall; and the questions not answered from roll-ups alone."""

    ratios: dict[str, float]
    skipped: tuple[str, ...]

    def share(self, share: float) -> float:
        """That percentile of the ratios."""
        return percentile(list(self.ratios.values()), share)

    def figures(self) -> dict[str, Any]:
        return {"ratios": self.ratios, "skipped": list(self.skipped)}


def overhead(warehouse: Warehouse, questions: Sequence[Question], rounds: int) -> Overhead:
    """Time each question as it is asked, and the SQL that its answer names, by turns.

    The statements are those that the cube says it ran: names joined, rows in order, fetched in whichever way is
    fastest (frames, arrays, tuples) by a connection with the same settings. What was answered from lines or from
    memory is left out, and told apart.
    """
    connection = _bare(warehouse)
    try:
        ratios, skipped = {}, []
        for question in questions:
            ratio = _ratio(warehouse, connection, question, rounds)
            if ratio is None:
                skipped.append(question.name)
            else:
                ratios[question.name] = ratio
        return Overhead(ratios, tuple(skipped))
    finally:
        connection.close()


def _bare(warehouse: Warehouse) -> duckdb.DuckDBPyConnection:
    connection = connected(warehouse.path, warehouse)
    for setting in ENGINE:
        same = warehouse.rows(f"SELECT current_setting('{setting}')")[0][0]
        connection.execute(f"SET {setting} = '{same}'")
    return connection


def _ratio(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection, question: Question, rounds: int
) -> float | None:
    answer = ask(warehouse, question.query)
    statements = [text for text in answer.sql.split(";\n\n") if text.strip(" ;\n")]
    if not statements or not is_rolled_up(answer.source):
        return None
    by_hand = _by_hand(connection, statements)
    runs: list[list[Clocked]] = [[] for _ in range(1 + len(by_hand))]
    for run in by_hand:
        run()
    for _ in range(rounds):
        for own, call in zip(runs, [lambda: ask(warehouse, question.query), *by_hand], strict=True):
            own.append(clocked(call)[1])
    ours, *theirs = (typical(each).wall_ms for each in runs)
    return ours / min(theirs)


def _by_hand(
    connection: duckdb.DuckDBPyConnection, statements: Sequence[str]
) -> list[Callable[[], list[Any]]]:
    """The ways in which somebody would fetch the answer: as Polars frames, as arrays, as tuples."""
    return [
        lambda: [connection.sql(each).pl() for each in statements],
        lambda: [connection.execute(each).fetchnumpy() for each in statements],
        lambda: [connection.execute(each).fetchall() for each in statements],
    ]
