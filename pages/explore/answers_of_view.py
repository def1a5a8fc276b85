"""The answers behind a view's table: what it asks of the cube, and what of it has no meaning here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from cubes.ask import drill_across
from cubes.ask.answer import Answer
from cubes.ask.finish_cells import values_shown
from cubes.catalogue import load
from cubes.catalogue.ratios import RATIO, counted_parts
from cubes.member_order import MemberOrder
from cubes.model import Cube
from cubes.query import Query, split_measure
from data.store.warehouse import Profile
from pages.explore import shown_as
from pages.explore.explore_view import View, in_its_cube, not_shared, with_fitting_order
from pages.explore.table_of_view import label
from pages.ui import session


def meaningful(view: View, cube: Cube, profile: Profile) -> tuple[View, tuple[str, ...]]:
    """The view with the measures that can stand in its table, and why each of the others cannot, in sentences."""
    reasons = {text: _why_not(text, view.query, cube, profile) for text in view.query.measures}
    kept = tuple(text for text, reason in reasons.items() if not reason)
    first, derivation = split_measure(view.query.measures[0])
    query = replace(view.query, measures=kept or ((first,) if derivation else view.query.measures[:1]))
    return view.with_query(with_fitting_order(query)), tuple(filter(None, reasons.values()))


def _why_not(text: str, query: Query, cube: Cube, profile: Profile) -> str:
    name, derivation = split_measure(text)
    measure = drill_across.measure_of(name, query.cube, profile)
    if derivation:
        reason = shown_as.why_not(replace(measure, name=name), derivation, cube, query.by)
        if reason:
            return reason
    for part in counted_parts(RATIO[name]) if name in RATIO else (name,):
        own = load(in_its_cube(replace(query, measures=(part,))).cube, profile)
        lacking = not_shared(query, own)
        if lacking and text != query.measures[0]:
            level = cube.level(lacking[0]).label.lower()
            return f"{own.label} have no {level}, so {label(text, query.cube, profile)} is not shown."
    return ""


def questions(query: Query) -> Iterator[Query]:
    """What is asked for a table: all measures with totals; ranks, which are among rows, with the rows last.

    Both put the members in one order, so that both show the same ones. What the first measure is derived from is
    asked for too: the total says it, and charts that draw no ranks.
    """
    query = replace(query, totals=True)
    ranks = tuple(text for text in query.measures if shown_as.is_rank(text)) if query.columns else ()
    plain = tuple(text for text in query.measures if text not in ranks)
    base = split_measure(query.measures[0])[0]
    if not ranks:
        yield replace(query, measures=(*plain, base))
        return
    order = _without_ranks(query.order)
    ordered = (order.asked,) if order and not order.by_name else ()
    first = (base,) if query.measures[0] in ranks else ()
    compare = query.compare if order and order.asked != order.measure else None
    yield replace(query, measures=(*first, *plain, *ordered, base), order=order)
    yield replace(query, measures=(base, *ordered, *ranks), order=order, compare=compare).pivot()


def _without_ranks(order: MemberOrder | None) -> MemberOrder | None:
    """An order by ranks as one by what they rank: the first has the greatest."""
    if order is None or not shown_as.is_rank(order.measure):
        return order
    return replace(order, measure=split_measure(order.measure)[0], ascending=not order.ascending)


def answered(query: Query) -> session.Told:
    """The answer to those questions, laid out as the view is. Raises BadRequest, TooLarge."""
    first, *ranks = (session.ask_timed(each) for each in questions(query))
    if not ranks:
        return first
    whole = with_ranks(first.answer, ranks[0].answer, query)
    return session.Told(whole, first.milliseconds + ranks[0].milliseconds, first.kept and ranks[0].kept)


def with_ranks(answer: Answer, ranks: Answer, query: Query) -> Answer:
    """The answer with the measures of another to the same cells beside its own, in the order of the question."""
    ranks = shown_as.laid_out(ranks, query)
    places = [*(f"{level}.id" for level in query.by), "grouping"]
    own = [text for text in query.measures if text not in answer.frame.columns]
    frame = answer.frame.join(ranks.frame.select(*places, *own), on=places, how="left",
                              nulls_equal=True, maintain_order="left")  # fmt: skip
    measures = tuple(text for text in query.measures if text in frame.columns)
    return replace(answer, query=replace(answer.query, measures=measures), frame=frame)


def columns_asked(frame: pl.DataFrame, query: Query) -> pl.DataFrame:
    """Cells without what was asked for the page alone."""
    asked = {*query.by, "grouping", *values_shown(query)}
    return frame.select(name for name in frame.columns if name in asked)
