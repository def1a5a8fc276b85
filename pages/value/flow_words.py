"""Moves between stages as pictures and words: each kind of move has a sign beside its colour."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import polars as pl

from mining.lifecycle.stage_moves import MoveKind, counts_by_kind
from pages.ui.style.formats import count_text, number_text
from pages.ui.style.theme import Palette
from pages.value.found_lifecycle import FoundLifecycle

# Signs that every font has; for an ear, the kinds have words.
SIGNS: Mapping[str, str] = {
    MoveKind.ON: "›",
    MoveKind.SKIPPED: "»",
    MoveKind.BACK: "‹",
    MoveKind.LOST: "×",
    MoveKind.WON_BACK: "+",
}
NAMES: Mapping[str, str] = {
    MoveKind.ON: "on to the next",
    MoveKind.SKIPPED: "skipping a stage or more",
    MoveKind.BACK: "back",
    MoveKind.LOST: "lost",
    MoveKind.WON_BACK: "won back",
}
MARKED = (MoveKind.SKIPPED, MoveKind.BACK)


def tints(colours: Palette) -> Mapping[str, str]:
    """The colour of each kind of move."""
    return {
        MoveKind.ON: colours.fill,
        MoveKind.SKIPPED: colours.falls,
        MoveKind.BACK: colours.bad,
        MoveKind.LOST: colours.others,
        MoveKind.WON_BACK: colours.good,
    }


def flow_bands(found: FoundLifecycle) -> pl.DataFrame:
    """The moves of the period for a Sankey diagram, the kinds by their names; who became known is no move."""
    return found.flow.select(
        row_id="from",
        row_label="from",
        column_id="to",
        column_label="to",
        value=pl.col("moves").cast(pl.Float64),
        kind="kind",
    )


def flow_cells(found: FoundLifecycle) -> pl.DataFrame:
    """The same for a heat map of each stage by each, with the sign of what is not simply on to the next."""
    begun, reached = {*found.flow["from"]}, {*found.flow["to"]}
    rows = pl.DataFrame({"row_id": [stage for stage in found.rules.stages if stage in begun]})
    columns = pl.DataFrame({"column_id": [stage for stage in found.rules.stages if stage in reached]})
    cells = rows.join(columns, how="cross").join(
        flow_bands(found), on=["row_id", "column_id"], how="left", maintain_order="left"
    )
    texts = [
        f"{SIGNS[kind]} {number_text(value)}" if kind in MARKED else number_text(value) if kind else ""
        for kind, value in cells.select("kind", "value").iter_rows()
    ]
    return cells.with_columns(
        row_label="row_id", column_label="column_id", text=pl.Series(texts, dtype=pl.String)
    )


def flow_edges(found: FoundLifecycle, colours: Palette) -> dict[tuple[str, str], str]:
    """The cells of moves that skip a stage or lead back, with the colour of their edge."""
    marked = found.flow.filter(pl.col("kind").is_in([*map(str, MARKED)]))
    return {
        (origin, to): tints(colours)[kind]
        for origin, to, kind in marked.select("from", "to", "kind").iter_rows()
    }


def flow_words(found: FoundLifecycle) -> str:
    """The same in words, for whoever hears it."""
    told = [
        f"{row['from']} to {row['to']} {number_text(row['moves'])}"
        + (f" ({NAMES[row['kind']]})" if row["kind"] != MoveKind.ON else "")
        for row in found.flow.sort("moves", descending=True).to_dicts()
    ]
    return f"Moves from stage to stage: {', '.join(told)}."


def flow_legend(found: FoundLifecycle, colours: Palette) -> str:
    """HTML that names the kinds of moves of the period: sign, colour, word and how many."""
    kinds = {kind: many for kind, many in counts_by_kind(found.flow).items() if many}
    parts = [
        f'<li><span aria-hidden="true" style="color:{tints(colours)[kind]}">■</span>'
        f' <b aria-hidden="true">{escape(SIGNS[kind])}</b> {escape(NAMES[kind])} {number_text(many)}</li>'
        for kind, many in kinds.items()
    ]
    return f'<ul class="clientela-legend" data-testid="flow-legend">{"".join(parts)}</ul>'


def move_words(found: FoundLifecycle) -> str:
    """How many moves were of which kind, all time until the last day."""
    told = found.moves
    return (
        f"Since the beginning {count_text(told[MoveKind.ON], 'move')} went on, {number_text(told[MoveKind.SKIPPED])}"
        f" skipped a stage or more, {number_text(told[MoveKind.BACK])} went back. Customers were lost"
        f" {count_text(told[MoveKind.LOST], 'time')} and won back {count_text(told[MoveKind.WON_BACK], 'time')}."
    )
