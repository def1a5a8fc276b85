"""Under a policy everything answers as in a warehouse that physically holds only the allowed rows."""

from __future__ import annotations

import dataclasses
import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from cubes import catalogue
from cubes.__main__ import _shown
from cubes.analysis import (
    cohort_cells,
    customer_worth,
    customers_on_day,
    explain_change,
    journey_events,
    measure_past,
    movers,
    partner_rows,
    product_sales,
    purchase_history,
)
from cubes.analysis.audience_customers import customers_of
from cubes.analysis.campaign_outcomes import run_campaigns
from cubes.ask import answer_cache
from cubes.ask.answer import Answer, ask
from cubes.cells.byte_cache import CELLS, SETS
from cubes.drill_through import rows_behind
from cubes.members import member_search
from cubes.members.member_index import index_of
from cubes.model import Cube
from cubes.query import Comparison, Query, parse_cut
from data.access.policy import Policy
from data.access.row_cut import parse_row_cut
from data.errors import BadRequest, ClientelaError
from data.export.parquet_bytes import parquet_bytes
from data.operational import member_sets, operational_store
from data.operational.member_sets import PRIVATE
from data.quality import lineage
from data.review import customer_details
from data.service import cases_told, service_contacts, source_cases
from data.store.warehouse import Warehouse
from mining.__main__ import COMMANDS, _parser
from mining.commands.command_finding import Command, Finding
from pages.ui.export_files import cells_of, csv, for_people, xlsx
from tests.cut_firm import cut_firm
from tests.moving_firm import SETS as NAMED
from tests.moving_firm import moving_firm
from tests.random_questions import Asker, like

SEED, POLICIES, QUESTIONS = 15, 5, 12
FIXED = (
    ("country=France",),
    ("country!=Italy", "channel_type=Store"),
    ("category=Kitchen",),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("twin") / "w.duckdb"
    moving_firm(path)
    return path


@pytest.fixture(scope="module")
def firm(home: Path) -> Iterator[Warehouse]:
    warehouse = Warehouse(home)
    yield warehouse
    warehouse.close()


@pytest.fixture(autouse=True)
def me(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_USER", "tester")


@pytest.fixture(scope="module", params=FIXED, ids=" ".join)
def both(
    request: pytest.FixtureRequest, firm: Warehouse, home: Path
) -> Iterator[tuple[Warehouse, Warehouse]]:
    """The firm under a policy, and its twin."""
    policy = Policy(rows=tuple(map(parse_row_cut, request.param)))
    twin = cut_firm(home, policy, home.with_name(f"twin{FIXED.index(request.param)}.duckdb"))
    yield firm.under(policy), twin
    twin.close()


def told(make: Callable[[Warehouse], Any], store: Warehouse) -> Any:
    try:
        return make(store)
    except ClientelaError as error:
        return str(error)


def of_set(said: object) -> str:
    """What is said of a set counts those alone whom a person may see; the cut firm knows that there were more."""
    text = str(said)
    return "of a set" if "the set “" in text.lower() or text.startswith(("Some:", "South:")) else text


def assert_alike(found: Any, wanted: Any, where: str = "") -> None:
    """All of two results: frames, arrays and frozen values cell by cell, snapshots apart."""
    assert type(found) is type(wanted), where
    if isinstance(found, pl.DataFrame):
        assert found.columns == wanted.columns, where
        assert_alike(found.rows(), wanted.rows(), where)
    elif isinstance(found, Answer):
        assert_alike(found.frame, wanted.frame, where)
        notes = (
            [each for each in map(of_set, answer.notes) if each != "of a set"] for answer in (found, wanted)
        )
        assert next(notes) == next(notes), where
    elif isinstance(found, np.ndarray):
        assert_alike(found.tolist(), wanted.tolist(), where)
    elif dataclasses.is_dataclass(found):
        for each in dataclasses.fields(found):
            if each.name not in ("version", "source", "sql", "warehouse", "explain", "reads"):
                assert_alike(getattr(found, each.name), getattr(wanted, each.name), f"{where}.{each.name}")
    elif isinstance(found, dict):
        assert found.keys() == wanted.keys(), where
        for key in found:
            assert_alike(found[key], wanted[key], f"{where}[{key}]")
    elif isinstance(found, (list, tuple)):
        assert len(found) == len(wanted), where
        for own, other in zip(found, wanted, strict=True):
            assert_alike(own, other, where)
    elif isinstance(found, (int, float, str, bytes, date, bool, type(None))):
        alike = like(found, wanted) or (isinstance(found, str) and of_set(found) == of_set(wanted))
        assert alike, f"{where}: {found!r} is not {wanted!r}"


def test_random_questions_under_random_policies_answer_as_the_cut_firm_does(
    firm: Warehouse, home: Path, tmp_path: Path
) -> None:
    """By hand 5,000 questions under 50 policies were asked so: docs/decisions/0061."""
    asker = Asker(firm, random.Random(SEED), NAMED)
    for at in range(POLICIES):
        policy = asker.policy()
        limited, twin = firm.under(policy), cut_firm(home, policy, tmp_path / f"{at}.duckdb")
        for _ in range(QUESTIONS):
            query, gapless = asker.question(limited), asker.random.random() < 0.5
            asked = partial(ask, query=query, gapless=gapless)
            found, wanted = (told(asked, each) for each in (limited, twin))
            assert_alike(found, wanted, f"{policy.words}: {query.to_parameters()}")
        limited.close()
        twin.close()


@pytest.mark.parametrize("by", [(), ("country",), ("year",)])
def test_a_slice_without_rows_has_no_rank_whatever_is_counted_beside(
    firm: Warehouse, by: tuple[str, ...]
) -> None:
    nothing = (parse_cut("country=Spain"), parse_cut("region=North"))
    measures = ("revenue", "revenue:rank")
    alone = ask(firm, Query(measures, by, cuts=nothing, totals=True))
    beside = ask(firm, Query(("customers", *measures), by, cuts=nothing, totals=True))
    assert "sets of customers" in beside.source
    assert alone.frame.select(measures).rows() == [(None, None)]
    assert beside.frame.select("customers", *measures).rows() == [(0, None, None)]


def test_a_set_of_the_hidden_is_told_as_one_of_those_who_are_gone(firm: Warehouse) -> None:
    store = operational_store.of(firm)
    member_sets.save(store, "Gone", "country", ["Atlantis"], PRIVATE, "tester")
    limited = firm.under(Policy(rows=(parse_row_cut("country=(unknown)"),)))
    for name in ("South", "Gone"):
        with pytest.raises(BadRequest) as refused:
            ask(limited, Query(cuts=(parse_cut(f"country in set {name}"),)))
        assert str(refused.value).startswith(f"None of the countries that you see is in the set “{name}”.")


def test_how_much_is_counted_beforehand_of_all_is_told_to_nobody_who_sees_a_part(firm: Warehouse) -> None:
    limited = firm.under(Policy(rows=(parse_row_cut("country=France"),)))
    asked = [
        Query(("revenue", "customers"), (level,), totals=True) for level in ("country", "region", "month")
    ]
    answers = [ask(limited, query) for query in asked]
    told = [each for answer in answers for each in (answer.source, *map(str, answer.explain))]
    assert any("the roll-up" in each for each in told)
    assert not [each for each in told if re.search(r"[\d,]+ (cells|words)", each)]
    assert any(" cells)" in ask(firm, query).source for query in asked)


def asking(store: Warehouse) -> Callable[[Query], Answer]:
    return lambda query: ask(store, query)


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort(frame.columns)


def baskets(found: rows_behind.BasketLines) -> list[tuple[int, str, float]]:
    assert found.margins is not None
    items = (found.names[at] for at in found.items)
    margins = np.nan_to_num(found.margins, nan=-1).tolist()
    return sorted(zip(found.baskets.tolist(), items, margins, strict=True))


def sales(store: Warehouse) -> Cube:
    return catalogue.load("sales", store.profile)


def worth(store: Warehouse) -> pl.DataFrame:
    def spans(day: date) -> pl.DataFrame:
        return customer_worth.purchase_spans(store, asking(store), day)

    return customer_worth.customer_worth(asking(store), store.profile, Query(), spans)[0]


def cohorts(store: Warehouse, **how: Any) -> pl.DataFrame:
    """Those that hold anybody: out of sets of customers, empty ones are not told."""
    frame = cohort_cells.cohort_cells(store, Query(), "quarter", **how).frame
    return frame.filter(pl.col("customers") > 0)


SEARCHED = ("customer", "city", "product", "country", "tier", "channel")
IN_FRANCE = (parse_cut("country=France"),)
ALL_DAYS = date(2023, 1, 1), date(2025, 12, 31)
EVERYBODY = np.arange(1, 25, dtype=np.int32)
COMPARED = Query(("revenue",), cuts=(parse_cut("year=2024"),), compare=Comparison.PREVIOUS)
BESIDE: dict[str, Callable[[Warehouse], Any]] = {
    "search": lambda w: [member_search.search(w, sales(w).level(each)) for each in SEARCHED],
    "search of all": lambda w: member_search.search_levels(w, sales(w).levels, "i"),
    "index": lambda w: index_of(w).search(SEARCHED, "c1", 50),
    "rows": lambda w: rows_behind.order_lines(w, Query()),
    "rows of a cell": lambda w: rows_behind.order_lines(w, Query(cuts=IN_FRANCE, as_of="now")),
    "batches": lambda w: rows_behind.batches(w, Query()),
    "lineage": lambda w: lineage.files(w, rows_behind.batches(w, Query()).select("batch"), "sale"),
    "baskets": lambda w: baskets(rows_behind.basket_lines(w, Query(), ("product",), margin=True)),
    "purchase days": lambda w: in_order(rows_behind.purchase_days(w, Query(), "category")),
    "first purchases": lambda w: rows_behind.first_purchases(w, Query()),
    "why": lambda w: explain_change.why(asking(w), sales(w), w.profile, COMPARED),
    "members of why": lambda w: explain_change.members(asking(w), sales(w), COMPARED, "category"),
    "movers": lambda w: movers.movers(asking(w), COMPARED, ["country", "product", "customer"]),
    "worth": lambda w: worth(w),
    "cohorts": lambda w: cohorts(w, measures=cohort_cells.CUSTOMERS),
    "cohorts by channel": lambda w: cohorts(w, split="channel"),
    "histories": lambda w: purchase_history.purchase_histories(w, Query()),
    "products": lambda w: product_sales.product_sales(w, asking(w), Query()),
    "past": lambda w: measure_past.measure_past(w, "revenue", 90),
    "audience": lambda w: customers_of(w, Query(cuts=(parse_cut("customer by revenue > 50"),))),
    "audience of contacts": lambda w: customers_of(w, Query(("interactions",), cube="interactions")),
    "on a day": lambda w: customers_on_day.customers_on_day(
        w, EVERYBODY, ["country", "city"], date(2024, 6, 1)
    ),
    "campaigns": run_campaigns,
    "details": customer_details.customer_details,
    "calls and tickets": lambda w: service_contacts.service_contacts(w, ("call", "ticket"), *ALL_DAYS),
    "calls by hour": lambda w: service_contacts.contacts_by_hour(w, ("call", "ticket"), *ALL_DAYS),
    "answers": lambda w: service_contacts.survey_answers(w, *ALL_DAYS),
    "events of cases": cases_told.case_events_told,
    "tickets": cases_told.tickets_told,
    "open cases": source_cases.open_of_sources,
    "a case by its number": lambda w: source_cases.numbered_in_sources(w, "t1"),
    "journeys": lambda w: journey_events.journey_events(w, Query(), 30, 30),
    "partners": lambda w: partner_rows.partner_rows(w, Query()),
}


@pytest.mark.parametrize("name", BESIDE)
def test_whatever_stands_beside_answers_is_cut_alike(name: str, both: tuple[Warehouse, Warehouse]) -> None:
    found, wanted = (told(BESIDE[name], each) for each in both)
    assert_alike(found, wanted, name)


OPTIONS = {"rules": ["--level", "category"]}
READING = {name: each for name, each in COMMANDS.items() if isinstance(each, Command)}


def mined(arguments: list[str]) -> Callable[[Warehouse], Any]:
    options = _parser().parse_args(arguments)
    return lambda store: READING[arguments[0]].find(store, options)


@pytest.mark.parametrize("both", FIXED[2:3], indirect=True)
@pytest.mark.parametrize("name", READING)
def test_what_is_mined_is_mined_of_the_allowed_rows(name: str, both: tuple[Warehouse, Warehouse]) -> None:
    find = mined([name, *OPTIONS.get(name, [])])
    found, wanted = (told(find, each) for each in both)
    assert_alike(*_without_the_policy(found, wanted, both[0].policy), name)


def _without_the_policy(found: Any, wanted: Any, policy: Policy) -> tuple[Any, Any]:
    """Both without the sentences by which the one says that a policy cuts it, of which the twin knows nothing."""
    if isinstance(found, str) and isinstance(wanted, str) and policy.words in found:
        return "nothing may be seen", "nothing may be seen" if "No partner is known yet" in wanted else wanted
    if isinstance(found, Finding):
        return replace(found, notes=tuple(each for each in found.notes if policy.words not in each)), wanted
    return found, wanted


def test_two_policies_in_turn_never_get_what_was_kept_for_the_other(firm: Warehouse, home: Path) -> None:
    """The same questions over and over through one cache of answers and those of cells and sets."""
    cache = answer_cache.Cache(1 << 24)
    stores = [
        firm,
        *(firm.under(Policy(rows=(parse_row_cut(each),))) for each in ("country=France", "country=Italy")),
    ]
    asked = [
        Query(("revenue", "customers"), ("city",), totals=True),
        Query(("customers",), ("month",)),
        Query(("revenue",), ("customer",), cuts=(parse_cut("customer by revenue > 50"),)),
        Query(("orders",), ("country",), cuts=(parse_cut("customer in set Some"),)),
        Query(("revenue",), ("country",), as_of="now"),
    ]
    first = [[told(lambda w, q=q: cache.ask(w, q).frame, each) for q in asked] for each in stores]
    again = [[told(lambda w, q=q: cache.ask(w, q).frame, each) for q in asked] for each in stores]
    assert cache.stats.hits >= len(asked)
    assert_alike(first, again)
    for held in (CELLS, SETS):
        with held._lock:
            held._held.clear()
    for store, frames in zip(reversed(stores), reversed(first), strict=True):
        assert_alike([told(lambda w, q=q: ask(w, q).frame, store) for q in asked], frames)
    whole, france, italy = (frames[0]["revenue"].to_list() for frames in first)
    assert whole != france != italy


@pytest.mark.parametrize("level", ["customer", "city", "product"])
def test_who_is_hidden_is_looked_up_as_who_does_not_exist(
    level: str, both: tuple[Warehouse, Warehouse], firm: Warehouse
) -> None:
    limited, twin = both
    known = catalogue.load("sales", firm.profile).level(level)
    names = [
        label
        for (label,) in firm.rows("SELECT DISTINCT label FROM member WHERE level = ? ORDER BY 1", [level])
    ]
    for name in [*names, "nobody at all"]:
        found, wanted = (told(lambda w, n=name: member_search.find(w, known, (n,)), each) for each in both)
        assert_alike(found, wanted, name)
    hidden = set(names) - {
        label for (label,) in limited.rows("SELECT label FROM member WHERE level = ?", [level])
    }
    for name in hidden:
        with pytest.raises(BadRequest) as refused:
            member_search.find(limited, known, (name,))
        assert str(refused.value).startswith(f"There is no {known.label.lower()} {name!r}. ")
    assert twin.rows("SELECT count(*) FROM member") == limited.rows("SELECT count(*) FROM member")


def test_every_format_holds_the_same_cells(both: tuple[Warehouse, Warehouse]) -> None:
    query = Query(
        ("revenue", "customers", "margin:share_of_total"), ("country", "product"), ("year",), totals=True
    )
    limited, twin = (ask(each, query) for each in both)
    assert_alike(*(_written(_shown(each, True)) for each in (limited, twin)))
    assert_alike(*(_written(for_people(cells_of(each, True), query.by)) for each in (limited, twin)))
    assert limited.frame.height > 1


def _written(frame: pl.DataFrame) -> list[pl.DataFrame | str]:
    """What each format reads back."""
    return [
        pl.read_csv(io.BytesIO(csv(frame))),
        pl.read_parquet(io.BytesIO(parquet_bytes(frame))),
        pl.read_json(io.BytesIO(frame.write_json().encode())),
        _sheet(xlsx(frame, "Answer")),
    ]


def _sheet(book: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        held = [parts.read(f"xl/{name}.xml").decode() for name in ("sharedStrings", "worksheets/sheet1")]
    return re.sub(r"<v>(-?\d+\.\d+)</v>", lambda found: f"<v>{float(found[1]):.6g}</v>", "".join(held))
