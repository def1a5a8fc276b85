"""Kept runs side by side: the parameters that differ, and each figure with how much it differs from the first run's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import polars as pl

from data.errors import BadRequest
from data.operational.kept_runs import KeptFigure, KeptRun
from pages.ui.local_time import in_words
from pages.ui.plain_frames import heading_of
from pages.ui.style.formats import ABSENT, number_text
from pages.ui.told_number import difference_text, is_share

DIFFERS, SAME = "differs", ""
OWN_COLUMNS = ("what", "differs", "figure")
MOST_DRAWN = 4
UNSAID = "as usual"


def check_comparable(runs: Sequence[KeptRun]) -> None:
    """Raises BadRequest for runs of several kinds: their figures are not the same things."""
    kinds = list(dict.fromkeys(each.run.kind for each in runs))
    if len(kinds) > 1:
        raise BadRequest(
            f"{' and '.join(kinds)} tell different figures.",
            "Choose runs of one kind to see them side by side.",
        )


def column_names(runs: Sequence[KeptRun]) -> list[str]:
    """The names of the runs, told apart where two are called the same: by when they were kept, then by number."""
    many = Counter(each.name for each in runs)
    found = list(OWN_COLUMNS)
    for each in runs:
        called = each.name if many[each.name] == 1 else f"{each.name}, {in_words(each.kept_at)}"
        name, at = called, 2
        while name in found:
            name, at = f"{called} ({at})", at + 1
        found.append(name)
    return found[len(OWN_COLUMNS) :]


def parameters_beside(runs: Sequence[KeptRun]) -> pl.DataFrame:
    """A row a parameter, data, code and seed: `what`, a column a run, and whether it `differs`; those that do first.
    What finding took, which always differs, stands last."""
    names = list(dict.fromkeys(name for each in runs for name in each.parameters))
    rows = [(heading_of(name), [each.parameters.get(name, UNSAID) for each in runs]) for name in names]
    made: list[tuple[str, Callable[[KeptRun], str]]] = [
        ("Warehouse", lambda each: each.run.warehouse),
        ("Version of the data", lambda each: each.run.version),
        ("Code", lambda each: each.run.code),
        ("Seed", lambda each: str(each.run.seed)),
    ]
    rows += [(what, [tell(each) for each in runs]) for what, tell in made]
    told = [(what, *values, DIFFERS if len(set(values)) > 1 else SAME) for what, values in rows]
    told.sort(key=lambda row: row[-1] == SAME)
    told.append(("Found in", *map(_found_in, runs), SAME))
    return pl.DataFrame(told, schema=["what", *column_names(runs), "differs"], orient="row")


def figures_beside(runs: Sequence[KeptRun]) -> pl.DataFrame:
    """A row a figure: `figure`, then of each run what it was, of those after the first with the difference from it."""
    held = [{figure.label: figure for figure in each.run.figures} for each in runs]
    rows = [
        (label, *(_beside(of.get(label), held[0].get(label) if at else None) for at, of in enumerate(held)))
        for label in _labels(runs)
    ]
    schema = dict.fromkeys(["figure", *column_names(runs)], pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


def drawn_figures(runs: Sequence[KeptRun]) -> list[tuple[str, str, pl.DataFrame]]:
    """The first figures that are numbers in every run, and differ: label, unit, and `id`, `label`, `value`, `text` of
    each run, for `figures.bars`."""
    found = []
    for label in _labels(runs):
        held = [next((each for each in run.run.figures if each.label == label), None) for run in runs]
        known = [each for each in held if each is not None and each.number is not None]
        if len(known) == len(runs) and len({each.number for each in known}) > 1:
            found.append((label, "percent" if is_share(known[0].text) else "units", _bars(runs, known)))
    return found[:MOST_DRAWN]


def _bars(runs: Sequence[KeptRun], known: Sequence[KeptFigure]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [each.id for each in runs],
            "label": column_names(runs),
            "value": [each.number for each in known],
            "text": [each.text for each in known],
        },
        schema_overrides={"value": pl.Float64},
    )


def _labels(runs: Iterable[KeptRun]) -> list[str]:
    return list(dict.fromkeys(figure.label for each in runs for figure in each.run.figures))


def _beside(figure: KeptFigure | None, first: KeptFigure | None) -> str:
    if figure is None:
        return ABSENT
    if first is None or figure.number is None or first.number is None:
        return figure.text
    in_percent = is_share(figure.text) and is_share(first.text)
    return f"{figure.text} ({difference_text(figure.number, first.number, in_percent)})"


def _found_in(run: KeptRun) -> str:
    return ABSENT if run.run.seconds is None else f"{number_text(float(run.run.seconds), 1)} s"
