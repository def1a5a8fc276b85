"""The report of a finding: every text escaped, nothing outside the file, what is left out counted."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import page_record
from pages.ui.finding_report.report_html import MOST_ROWS, ReportFacts, report_html, told_parts
from pages.ui.page_record import (
    PageRecord,
    ToldFigure,
    ToldFigures,
    ToldHeading,
    ToldPart,
    ToldPicture,
    ToldTable,
    ToldWords,
)
from pages.ui.style import locales
from pages.ui.style.locales import Locale
from pages.ui.told_number import told_number

HOSTILE = "<script>alert(1)</script>"
FRAME = pl.DataFrame(
    {"product": [HOSTILE, "Tea & Co", None], "share_of_all": [0.25, None, 0.5], "units": [1200, 3, 4]}
)


def table(frame: pl.DataFrame = FRAME, is_file: bool = False) -> ToldTable:
    return ToldTable(
        "clientela-goods-sold" if is_file else "goods", lambda: frame, {"share_of_all": "percent"}, is_file
    )


class TextAndTags(HTMLParser):
    """What a browser would read: texts, and tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def read(*parts: ToldPart, parameters: dict[str, str] | None = None) -> TextAndTags:
    facts = ReportFacts(parameters or {}, {"Made by": HOSTILE}, "EUR")
    return TextAndTags(report_html(PageRecord(HOSTILE, f"Within {HOSTILE}.", list(parts)), facts))


def test_a_member_called_script_is_text_wherever_it_stands() -> None:
    found = read(
        ToldHeading(HOSTILE, HOSTILE),
        ToldFigures((ToldFigure(HOSTILE, HOSTILE, HOSTILE),)),
        ToldPicture(f'{HOSTILE}" onload="x'),
        ToldWords(HOSTILE),
        table(),
        table(FRAME.rename({"product": HOSTILE}), is_file=True),
        parameters={HOSTILE: HOSTILE},
    )
    assert "script" not in {tag for tag, _ in found.tags}
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]
    assert sum(HOSTILE in text for text in found.texts) >= 12


def test_nothing_lies_outside_the_file_and_its_own_policy_forbids_it() -> None:
    html = report_html(PageRecord("Goods", "", [table(), ToldPicture("Bars")]), ReportFacts({}, {}))
    assert not re.search(r"(\bsrc=|href|@import|url\()", html)
    assert "default-src 'none'" in html


def test_a_small_p_is_no_zero_and_what_stands_above_a_chart_is_not_said_below_it() -> None:
    small = pl.DataFrame({"p_value": [2e-9, -2e-9, 0.0, 0.05]})
    found = read(ToldHeading("Pots", "They fell."), ToldPicture("They fell."), table(small))
    assert found.texts.count("They fell.") == 1
    assert [each for each in found.texts if each][-4:] == ["<0.0001", ">-0.0001", "0", "0.05"]
    assert read(ToldHeading("Pots", "They fell."), ToldPicture("Bars")).texts.count("Bars") == 1


def test_cells_are_written_for_readers_and_what_is_left_out_is_counted() -> None:
    long = pl.concat([FRAME] * 20)
    found = read(ToldHeading("Goods"), table(long))
    assert "25.00%" in found.texts
    assert "1,200" not in found.texts  # a number of something unnamed has no groups
    assert "nan" not in " ".join(found.texts).lower()
    assert f"{60 - MOST_ROWS} more rows stand in the file." in found.texts
    assert len([tag for tag, _ in found.tags if tag == "tr"]) == MOST_ROWS + 1


def test_a_table_is_told_once_and_no_heading_of_nothing() -> None:
    shown, file = table(), table(is_file=True)
    parts = [
        ToldHeading("Empty"),
        ToldHeading("Goods"),
        shown,
        file,
        ToldHeading("More"),
        shown,
        ToldHeading("End"),
    ]
    assert told_parts(parts) == [parts[1], file, parts[4], shown]


def test_a_page_is_noted_as_it_is_drawn() -> None:
    def page() -> None:
        import polars as pl
        import streamlit as st

        from pages.ui import page_record
        from pages.ui.export_files import downloads
        from pages.ui.kpi_row import Kpi, kpi_strip
        from pages.ui.page_record import told_words
        from pages.ui.page_states import page_title, section
        from pages.ui.segment_list import SegmentRow, segment_list

        page_title("Goods", "What sells.")
        kpi_strip([Kpi("a", "Products", "12", note="known")], "tiles")
        section("List", "All.")
        told_words("A caution.")
        segment_list(
            [SegmentRow("A", "#000", "2", 1.0, "all", "€5", 1.0, "all", "Big.")], "", "list", lambda _: None
        )
        downloads("clientela-goods", lambda: pl.DataFrame({"a": [1]}), "goods")
        record = page_record.record()
        st.session_state["told"] = (
            record.title,
            record.question,
            [type(each).__name__ for each in record.parts],
        )
        st.session_state["figures"] = record.figures

    app = AppTest.from_function(page, default_timeout=20).run()
    assert not app.exception
    assert app.session_state["told"] == (
        "Goods", "What sells.", ["ToldFigures", "ToldHeading", "ToldWords", "ToldTable", "ToldTable"],
    )  # fmt: skip
    assert [each.label for each in app.session_state["figures"]] == ["Products"]
    page_record.begin_record("")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234", 1234.0),
        ("-3.5", -3.5),
        ("€1.2M", 1_200_000.0),
        ("-€250K", -250_000.0),
        ("12.5%", 0.125),
        ("0.4 s", 0.4),
        ("–", None),
        ("12 to 15", None),
        ("<0.1%", None),
        ("Jan 2026 to Feb 2026", None),
    ],
)
def test_a_figure_is_read_as_it_was_written(text: str, number: float | None) -> None:
    assert told_number(text) == number


def test_a_figure_is_read_in_the_readers_language(italian: Locale) -> None:
    assert locales.current() == italian
    assert told_number("1.234,5") == 1234.5
    assert told_number("1,2M €") == 1_200_000.0
