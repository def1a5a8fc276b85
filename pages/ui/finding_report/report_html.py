"""A finding as one page of HTML that opens and prints anywhere: no script, no link outside, every text escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from pages.ui.page_record import PageRecord, ToldHeading, ToldPart, ToldTable
from pages.ui.plain_frames import heading_of
from pages.ui.style.formats import ABSENT, number_text
from pages.ui.written_cells import writes_of

TEMPLATE = Path(__file__).parent / "report.html.jinja"
MOST_ROWS = 20


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What a report says of its making: the question's `parameters`, and `facts` on data, code, who and when."""

    parameters: Mapping[str, str]
    facts: Mapping[str, str]
    currency: str = ""


@dataclass(frozen=True, slots=True)
class ReportTable:
    """The first rows of a table as texts, and how many are `left_out`; `is_number` by column."""

    name: str
    headings: tuple[str, ...]
    is_number: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: str = ""


def report_html(record: PageRecord, facts: ReportFacts) -> str:
    """The page, in which each picture has a place by its words: whoever shows the charts puts them there."""
    parts = [
        (type(each).__name__, _table(each, facts.currency) if isinstance(each, ToldTable) else each)
        for each in told_parts(record.parts)
    ]
    return _template().render(record=record, parts=parts, facts=facts)


def told_parts(parts: Sequence[ToldPart]) -> list[ToldPart]:
    """The parts without what is told twice, a table and its file right after it, and without headings of nothing."""
    told = [each for each, after in pairwise((*parts, None)) if each and not _is_in_file(each, after)]
    return [
        each
        for each, after in pairwise((*told, None))
        if each and not (isinstance(each, ToldHeading) and (after is None or isinstance(after, ToldHeading)))
    ]


def _is_in_file(part: ToldPart, after: ToldPart | None) -> bool:
    """Whether a table as it stands on the page holds, by most of its columns, what the file after it holds."""
    if not isinstance(part, ToldTable) or not isinstance(after, ToldTable) or part.is_file >= after.is_file:
        return False
    shown, held = ({*each.make().columns} for each in (part, after))
    return 2 * len(shown & held) >= len(shown)


def _table(told: ToldTable, currency: str) -> ReportTable:
    frame = told.make()
    shown = frame.head(MOST_ROWS)
    writes = writes_of(shown, told.units, currency)
    columns = [[_cell(each, writes.get(name)) for each in shown[name].to_list()] for name in shown.columns]
    more = frame.height - shown.height
    name = heading_of(told.name.removeprefix("clientela-").replace("-", " ")) if told.is_file else ""
    return ReportTable(
        name,
        tuple(map(heading_of, shown.columns)),
        tuple(kind.is_numeric() for kind in shown.dtypes),
        tuple(zip(*columns, strict=True)),
        f"{number_text(more)} more rows stand in the file." if more else "",
    )


def _cell(value: object, write: object) -> str:
    if value is None or value != value:
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(write(value)) if callable(write) else str(value)


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
