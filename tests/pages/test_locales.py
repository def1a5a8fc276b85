"""Numbers and days as English, Italian and Russian write them, in Python and in the browser alike."""

from __future__ import annotations

import json
import math
import random
import re
import shutil
import subprocess
import threading
from dataclasses import astuple
from datetime import date, datetime, timedelta
from typing import Any

import babel
import numpy as np
import polars as pl
import pytest
from babel import dates, numbers
from streamlit.elements.lib.pandas_styler_utils import marshall_styler
from streamlit.proto.ArrowData_pb2 import ArrowData

from data import environment
from data.errors import BadInput
from data.model.said import SaidPeriod, said
from pages.ui import session
from pages.ui.export_files import csv, csv_form
from pages.ui.figures.figure_layout import BETWEEN_IDS, config
from pages.ui.locale_choice import COOKIE, NAMES
from pages.ui.plain_frames import columns_of, is_browsers_language
from pages.ui.style import formats, locales
from pages.ui.style.formats import NUMBERS, Scale, format_value
from pages.ui.style.locales import Locale, locale_of
from pages.ui.style.period_names import period_name
from pages.ui.style.theme import LIGHT
from pages.ui.style.told_sentences import in_language, noted, numbers_told
from pages.ui.written_cells import MOST_WRITTEN, are_written, writes_of, written
from tests.pages.test_chart_kinds import KINDS, ranked

NODE = shutil.which("node")
ENGLISH_NUMBER = re.compile(r"€\d|(?<![\d.#,])\d+\.\d\d?(?![\d.])|\d,\d{3}(?!\d)")
MILLIONS = Scale(1e6, "M", 1)
NO_BREAK, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


def in_(locale: Locale, *texts: str) -> str:
    return texts[["en", "it", "ru"].index(locale.language)].replace("_", NO_BREAK)


@pytest.mark.parametrize(
    ("value", "unit", "currency", "compact", "english", "italian", "russian"),
    [
        (1_234_567, "money", "EUR", False, "€1,234,567", "1.234.567_€", "1_234_567_€"),
        (-1234.5, "money", "EUR", False, "-€1,234.50", "-1.234,50_€", "-1_234,50_€"),
        (-1_234_567, "money", "EUR", True, "-€1.2M", "-1,2M_€", "-1,2M_€"),
        (29_362, "money", "EUR", MILLIONS, "<€0.1M", "<0,1M_€", "<0,1M_€"),
        (-29_362, "money", "EUR", MILLIONS, ">-€0.1M", ">-0,1M_€", ">-0,1M_€"),
        (0.001, "money", "EUR", False, "<€0.01", "<0,01_€", "<0,01_€"),
        (5, "money", "CHF", False, "CHF_5", "5_CHF", "5_CHF"),
        (5, "money", "RUB", False, "₽5", "5_₽", "5_₽"),
        (5, "money", "", False, "5", "5", "5"),
        (12_345, "count", "", False, "12,345", "12.345", "12_345"),
        (0.1234, "percent", "", False, "12.3%", "12,3%", "12,3_%"),
        (0.0000001, "percent", "", False, "<0.001%", "<0,001%", "<0,001_%"),
        (3.25, "days", "", False, "3.2 days", "3,2 days", "3,2 days"),
    ],
)
def test_numbers(
    locale: Locale, value: float, unit: str, currency: str, compact: Scale | bool,
    english: str, italian: str, russian: str,
) -> None:  # fmt: skip
    assert format_value(value, unit, currency, compact) == in_(locale, english, italian, russian)


def test_days_and_growths(locale: Locale) -> None:
    first, last, year = date(2026, 5, 1), date(2026, 11, 22), f"2026{NARROW}г."
    assert formats.format_day(last) == in_(locale, "22 Nov 2026", "22 nov 2026", f"22 нояб. {year}")
    assert formats.format_month(first) == in_(locale, "May 2026", "mag 2026", "май 2026")
    assert formats.format_span(first, last) == in_(
        locale, "1 May – 22 Nov 2026", "1 mag – 22 nov 2026", f"1 мая – 22 нояб. {year}"
    )
    assert formats.delta_text(2100, 100) == in_(locale, "+2,000.0%", "+2.000,0%", "+2_000,0_%")
    assert formats.delta_text(0.12, 0.1, "percent") == in_(locale, "+2.0 pt", "+2,0 pt", "+2,0 pt")
    assert formats.count_text(1200, "row") == in_(locale, "1,200 rows", "1.200 rows", "1_200 rows")
    assert formats.share_text(0.125, 1) == in_(locale, "12.5%", "12,5%", "12,5_%")


def test_days_within_a_sentence_of_the_cube(locale: Locale) -> None:
    told = "Against 2024-01-03 – 2024-04-01; 2024-13-45, day=2024-01-03..2024-04-01, 2024-01-03-7 and ord-2024-01-03."
    first, last = formats.format_day(date(2024, 1, 3)), formats.format_day(date(2024, 4, 1))
    assert formats.days_named(told) == told.replace("2024-01-03 – 2024-04-01", f"{first} – {last}")


def test_sentences_of_cubes_and_mining_have_the_readers_numbers_days_and_periods(locale: Locale) -> None:
    month, day = SaidPeriod("month", "2025-01"), date(2025, 1, 3)
    told = said("{:,} of “1,234 cups”, {:.1%} in {} since {}", 12_345, 0.125, month, day)
    shown = in_language(told)
    many, share = formats.number_text(12_345), formats.share_text(0.125, 1)
    assert (
        shown
        == f"{many} of “1,234 cups”, {share} in {period_name(*astuple(month))} since {formats.format_day(day)}"
    )
    assert in_language("Write it like 2012-02-29, not 1,234.5.") == "Write it like 2012-02-29, not 1,234.5."
    assert noted("Formed on 2025-01-03.") == f"Formed on {formats.format_day(day)}."
    words = numbers_told("1,234 customers (12.5%), median 3.5 days ago, 3 to 4, under 1%.")
    assert words == in_(
        locale,
        "1,234 customers (12.5%), median 3.5 days ago, 3 to 4, under 1%.",
        "1.234 customers (12,5%), median 3,5 days ago, 3 to 4, under 1%.",
        "1_234 customers (12,5_%), median 3,5 days ago, 3 to 4, under 1_%.",
    )


def test_babel_writes_the_same(locale: Locale) -> None:
    known = babel.Locale.parse(locale.language)
    for value in (0.5, 12.25, 1234.5, -98_765.43, 1e9 + 0.25):
        money, share = format_value(value, "money", "EUR", Scale(decimals=2)), formats.share_text(value, 1)
        assert money == numbers.format_currency(value, "EUR", locale=known)
        pattern = known.percent_formats[None].pattern.replace("#,##0", "#,##0.0")
        assert share == numbers.format_percent(value, pattern, locale=known)
    british = babel.Locale.parse("en_GB") if locale.language == "en" else known
    for month in (1, 5, 6, 7, 11):  # in September the British write Sept, and the dashboard Sep
        day = date(2026, month, 3)
        assert formats.format_day(day) == dates.format_date(day, "medium", locale=british)
        whole = dates.format_skeleton(
            "yMMM", day, locale=british
        )  # in Russian with a word for year, left out
        assert formats.format_month(day) == whole.removesuffix(f"{NARROW}г.")


@pytest.mark.parametrize("unit", ["money", "count", "percent", "points", "ratio"])
def test_what_is_not_zero_never_reads_as_zero(locale: Locale, unit: str) -> None:
    values = [0.0004, -0.03, 29_362.0, 250_000_000.0, -0.0000001, 1e13]
    scales = [formats.scale_of(values, unit, "EUR"), MILLIONS, True, False]
    texts = [format_value(value, unit, "EUR", scale) for value in values for scale in scales]
    assert all(any(digit in text for digit in "123456789") for text in texts), texts


def test_the_browser_writes_what_python_writes(locale: Locale) -> None:
    if NODE is None:
        pytest.skip("there is no node, which runs the browser's script here")
    tables = [(unit, currency, values) for unit, currency in UNITS for values in TABLES]
    cases, expected = [], []
    for unit, currency, values in tables:
        scale = formats.scale_of(values, unit, currency)
        form = formats.number_form(values, unit, currency).sent()
        cases += [[value, form] for value in values]
        expected += [format_value(value, unit, currency, scale) for value in values]
    days = [date(2026, month, 22) for month in range(1, 13)] + [date(1969, 12, 31), date(1970, 1, 1)]
    day = formats.number_form([], "date", "").sent()
    cases += [[(each - date(1970, 1, 1)) // timedelta(days=1), day] for each in days]
    expected += [formats.format_day(each) for each in days]
    assert browser(locale, "written(locale, ...each)", cases) == expected


def test_the_browser_writes_growths_as_python_writes_them(locale: Locale) -> None:
    if NODE is None:
        pytest.skip("there is no node, which runs the browser's script here")
    growths = [0.1, -0.1, 0.0001, 0, -0.00049, 20.0, 0.00125, -0.5, 0.0625]
    found = browser(locale, f"change(locale, each, {json.dumps(formats.growth_unit('money'))})", growths)
    assert found == [[formats.trend(1 + each, 1), formats.delta_text(1 + each, 1)] for each in growths]


UNITS = (("money", "EUR"), ("money", "CHF"), ("money", "JPY"), ("count", ""), ("percent", ""), ("points", ""))
_dice = random.Random(7)
TABLES = [
    [1_234_567, -930_000, 29_362.5],
    [250_000_000, 29_362, -29_362],
    [1_200, 0.03, -12.125, 0.125, 0.375],
    [0.45, 0.0004, -0.0625, 1.005],
    [0.5, 1.5, 2.5, -3.5],
    [1e16, 5e15, 1],
    *([_dice.choice((-1, 1)) * math.exp(_dice.uniform(-8, 26)) for _ in range(5)] for _ in range(200)),
]


def browser(locale: Locale, call: str, cases: list[Any]) -> Any:
    """What the script of the browser makes of each case."""
    given = json.dumps([locale.sent(), cases])
    script = f"{NUMBERS}\nconst [locale, cases] = JSON.parse(require('fs').readFileSync(0));"
    script += f"console.log(JSON.stringify(cases.map((each) => {call})))"
    ran = subprocess.run([str(NODE), "-e", script], input=given, capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def test_files_open_in_spreadsheets_of_the_language(locale: Locale) -> None:
    frame = pl.DataFrame({"customer": ["Ann; Bob", "Rossi, Ugo"], "revenue": [1.5, -2000.25]})
    lines = csv(frame, locale).decode("utf-8-sig").splitlines()
    foreign = ["customer;revenue", '"Ann; Bob";1,5', "Rossi, Ugo;-2000,25"]
    english = ["customer,revenue", "Ann; Bob,1.5", '"Rossi, Ugo",-2000.25']
    assert lines == (english if locale.language == "en" else foreign)
    assert csv_form(locale) == in_(
        locale,
        "A comma between columns, decimals after a point.",
        *2 * ["A semicolon between columns, decimals after a comma."],
    )


def test_a_reader_goes_before_the_installation_and_that_before_the_browser_and_unknown_languages_read_english(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert tuple(NAMES) == environment.LANGUAGES
    assert [locale_of(each).language for each in ("it-IT", "ru", "RU_ru", "de-DE", "")] == [
        "it", "ru", "ru", "en", "en",
    ]  # fmt: skip
    cookies: dict[str, str] = {}
    context = type("Context", (), {"locale": "ru-RU", "cookies": cookies})()
    monkeypatch.setattr(session.st, "context", context)
    monkeypatch.delenv("CLIENTELA_LOCALE", raising=False)
    try:
        session.read_locale()
        assert locales.current().language == "ru"
        monkeypatch.setenv("CLIENTELA_LOCALE", "it_IT.UTF-8")
        environment.check()
        session.read_locale()
        assert locales.current().language == "it"
        for said, read in (("en", "en"), ("klingon", "it")):
            cookies[COOKIE] = said
            session.read_locale()
            assert locales.current().language == read
    finally:
        locales.use(locales.ENGLISH)


def test_what_a_click_calls_before_its_page_runs_reads_the_locale_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session.st, "context", type("Context", (), {"locale": "it-IT", "cookies": {}})())
    monkeypatch.delenv("CLIENTELA_LOCALE", raising=False)
    found = []
    for run in (None, object()):
        monkeypatch.setattr(session, "get_script_run_ctx", lambda suppress_warning, run=run: run)
        thread = threading.Thread(target=lambda: found.append(locales.current().language))
        thread.start()
        thread.join()
    assert found == ["en", "it"]


def test_a_language_that_is_not_known_is_told_with_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_LOCALE", "klingon")
    with pytest.raises(BadInput, match="CLIENTELA_LOCALE is 'klingon'") as refused:
        environment.check()
    assert "en, it, ru" in refused.value.remedy


@pytest.mark.parametrize("kind", KINDS)
def test_charts_of_small_amounts_name_the_currency_and_round_none_of_them_away(
    kind: str, italian: Locale
) -> None:
    shape, draw = KINDS[kind]
    for values in ([0.9, 0.13, 0.04, 0.01], [250_000_000.0, 29_362.0, 0.4, 0.01]):
        told = words(draw(shape(ranked(values)), LIGHT).to_dict())
        assert not [each for each in told if ENGLISH_NUMBER.search(each)]
        assert not [
            each for each in told if re.search(r"(?<![\d,])0,0+(?!\d)[KMB]?\N{NO-BREAK SPACE}?€", each)
        ]
        assert any("€" in each for each in told) or kind in ("shares", "told and came")


def words(part: Any) -> list[str]:
    """All texts in a figure, however deep, but for colours and ids."""
    if isinstance(part, str):
        return [] if part.startswith("rgb") or BETWEEN_IDS in part else [part]
    inside = (
        part.values()
        if isinstance(part, dict)
        else part
        if isinstance(part, list | tuple | np.ndarray)
        else ()
    )
    return [text for each in inside for text in words(each)]


def test_plotly_is_told_the_names_of_months_where_they_are_not_english(locale: Locale) -> None:
    told = config("Revenue by month").get("locales", {}).get(locale.language, {}).get("format", {})
    assert told.get("shortMonths", ["Jan"])[0] == in_(locale, "Jan", "gen", "янв.")
    assert bool(told) == (locale.language != "en")


def test_a_grid_has_texts_of_the_language_beside_values_that_sort(
    locale: Locale, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session.st, "context", type("Context", (), {"locale": "en-US"})())
    frame = pl.DataFrame({
        "customer": ["Ann", None], "revenue": [1234.5, -2.25], "share": [0.125, None], "orders": [1200, 3],
        "row_in_source": [1200, None], "lift": [1.5, math.inf], "first": [date(2026, 5, 3), None],
        "at": [datetime(2026, 5, 3, 14, 5), None],
    })  # fmt: skip
    assert are_written(frame) == (locale.language != "en")
    units = {"revenue": "money", "share": "percent", "orders": "count"}
    styler = written(frame, writes_of(frame, units, "EUR"))
    proto = ArrowData()
    marshall_styler(proto, styler, "grid")
    texts = pl.read_ipc_stream(proto.styler.display_values)
    day = formats.format_day(date(2026, 5, 3))
    assert texts.row(0) == (
        "Ann",
        in_(locale, "€1,234.50", "1.234,50_€", "1_234,50_€"),
        in_(locale, "12.50%", "12,50%", "12,50_%"),
        in_(locale, "1,200", "1.200", "1_200"),
        "1200",
        in_(locale, "1.5", "1,5", "1,5"),
        day,
        f"{day}, 14:05",
    )
    assert texts.row(1)[4:6] == ("–", "∞")
    assert styler.data["revenue"].to_list() == [1234.5, -2.25]
    assert not are_written(pl.DataFrame({"a": range(MOST_WRITTEN + 1)}))


def test_a_grid_writes_as_its_browser_only_where_that_is_the_language_of_the_run(
    locale: Locale, monkeypatch: pytest.MonkeyPatch
) -> None:
    for browser_says, own in (
        ("it-IT", "it"),
        ("ru-RU", "ru"),
        ("en-US", "none: days of English grids are ISO"),
    ):
        monkeypatch.setattr(session.st, "context", type("Context", (), {"locale": browser_says})())
        assert is_browsers_language() == (locale.language == own)


def test_counts_of_english_grids_are_written_in_thousands() -> None:
    frame = pl.DataFrame({"customers": [6_797], "batch": [6_797]})
    told = columns_of(frame, {"customers": "count"}, by_python=False)
    assert [each["type_config"]["format"] for each in told.values()] == ["%,d", None]
