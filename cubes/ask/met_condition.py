"""Who meets a condition: the codes that a question then keeps or leaves out, and what is said of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from cubes.cells.cell_arrays import NOBODY
from cubes.cells.statement import SqlStatement
from cubes.condition import Condition, Operator
from cubes.model import Level
from cubes.withholding.small_counts import WithheldRead
from data.model.said import Said, said


@dataclass(frozen=True, slots=True)
class MetCondition:
    """The codes of a level's members that meet a condition; where `exclude`, of all those that do not.

    `notes` say how many met it, and what else is to know of it; `statements` are what was asked to find them, and
    `counted` what was withheld of it.
    """

    codes: tuple[int, ...]
    exclude: bool
    notes: tuple[str, ...]
    statements: tuple[SqlStatement, ...] = ()
    counted: tuple[WithheldRead, ...] = ()


def who_meets(
    members: pl.DataFrame, condition: Condition, level: Level, measure: str, is_zero: bool
) -> MetCondition:
    """The members, of whom `code`, `id` and `value` (NaN where it is not known) are told, that meet a condition.

    `is_zero`: one that has no line, and so is not told of, counts as zero; it is not ranked. Who is not known is no
    customer. `measure` is the label of what the values say.
    """
    if level.is_customer:
        members = members.filter(pl.col("code") != NOBODY)
    if condition.operator.ranks:
        return _ranked(members, condition, condition.words(level.label, measure, condition.count != 1))
    kept = condition.compared(members["value"].to_numpy())
    codes, count = members["code"].to_numpy(), int(kept.sum())
    words = condition.words(level.label, measure, count != 1)
    if is_zero and condition.compared(np.zeros(1))[0]:
        nobody = [NOBODY] if level.is_customer else []
        note = said("{:,} {}, and all without a line there.", count, words) if count else _only_without(words)
        return MetCondition((*nobody, *codes[~kept].tolist()), True, (note,))
    note = said("{:,} {}.", count, words) if count else said("There are no {}.", words)
    return MetCondition(tuple(codes[kept].tolist()), False, (note,))


def _only_without(words: Said) -> Said:
    return said("{}: all those without a line there, and no other.", words.begun_large())


def _ranked(members: pl.DataFrame, condition: Condition, words: Said) -> MetCondition:
    """The greatest or the least of those whose number is known; members of one number by their ids."""
    falling = condition.operator is Operator.TOP
    order = members.filter(pl.col("value").is_not_nan()).sort("value", "id", descending=[falling, False])
    chosen = order.head(min(condition.count, order.height))
    short = "" if chosen.height == condition.count else said(": there are {:,}", chosen.height)
    notes = (said("{}{}.", words.begun_large(), short), *_ties(order, chosen))
    return MetCondition(tuple(chosen["code"].to_list()), False, notes)


def _ties(order: pl.DataFrame, chosen: pl.DataFrame) -> tuple[str, ...]:
    """What is said where members beyond those chosen have the same number as the last of them."""
    if not chosen.height:
        return ()
    tied, inside = (frame.filter(pl.col("value") == chosen["value"][-1]).height for frame in (order, chosen))
    if inside == tied:
        return ()
    return (
        said(
            "{:,} have the same number as the last of them; {:,} of these are in, the first by their ids.",
            tied,
            inside,
        ),
    )
