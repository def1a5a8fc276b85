"""The page Lifetime: its address, that its figures are sums of its customers, what it holds out and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from shutil import copyfile

import numpy as np
import polars as pl
import pytest

from cubes.ask.answer import ask
from cubes.query import Query, parse_cut
from data.errors import BadRequest
from data.model import scoring as scorings
from data.store.saved_scores import save_scores
from data.store.warehouse import Warehouse
from mining.__main__ import main as mining
from mining.lifetime.purchase_stories import Story
from pages.overview.value_tile import value_tiles
from pages.ui import session
from pages.value import lifetime_words as words
from pages.value.found_lifetime import (
    FoundLifetime,
    MeasuredModels,
    customers,
    found_lifetime,
    groups,
    opened,
)
from pages.value.lifetime_scores import score_frame, scoring_of
from pages.value.lifetime_view import LifetimeView, parse_lifetime
from pages.value.sought_lifetime import base_value
from tests.tiny import Line, tiny_warehouse

FIRST, DAYS = date(2010, 1, 1), 420
LAST = FIRST + timedelta(days=DAYS)
Bought = dict[str, list[int]]


def purchases(seed: int, ripe: int = 1) -> Bought:
    """Days of purchase of 260 customers who may leave after each; a purchase is every `ripe`-th event."""
    random, found = np.random.default_rng(seed), Bought()
    for at in range(260):
        day, rate, leaves = random.uniform(0, 300), random.gamma(2, 1 / 60) + 0.004, random.beta(1, 6)
        days = {int(day)}
        while random.random() > leaves and (day := day + random.gamma(ripe, 1 / rate / ripe)) < DAYS:
            days.add(int(day))
        found[f"C{at:03}"] = sorted(days)
    return found


def lines(bought: Bought) -> list[Line]:
    random = np.random.default_rng(5)
    made = [
        Line(
            day=FIRST + timedelta(days=day),
            order=f"{customer}-{day}",
            customer=customer,
            country="France" if int(customer[1:]) % 3 else "Italy",
            city="Lille" if int(customer[1:]) % 3 else "Rome",
            revenue=f"{random.gamma(4, 5) + 1:.2f}",
            cost="0.50",
        )
        for customer, days in bought.items()
        for day in days
    ]
    return [*made, Line(day=LAST, order="last", customer="C000", country="Italy", city="Rome")]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    store = tiny_warehouse(tmp_path_factory.mktemp("firm") / "w.duckdb", lines(purchases(3)))
    yield store
    store.close()


@pytest.fixture
def found(firm: Warehouse, monkeypatch: pytest.MonkeyPatch) -> FoundLifetime:
    monkeypatch.setattr(session, "warehouse", lambda: firm)
    return found_lifetime(LifetimeView())


FULL = LifetimeView(
    (parse_cut("channel=Web"),), Story.CNBD, 3, 30, 730, 12.5, 60, LAST, "country", "C001",
)  # fmt: skip


@pytest.mark.parametrize("view", [LifetimeView(), FULL])
def test_the_address_holds_the_view(view: LifetimeView) -> None:
    assert parse_lifetime(view.to_parameters()) == view


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"model": ["bgnb"]}, "Did you mean 'bgnbd'"),
        ({"days": ["0"]}, "no number from 1 to 730"),
        ({"k": ["99"]}, "no number from 1 to 12"),
        ({"rate": ["nan"]}, "no rate of a year"),
        ({"until": ["2011-02-30"]}, "There is no day '2011-02-30'"),
        ({"modle": ["bgnbd"]}, "modle"),
    ],
)
def test_a_bad_address_is_refused_in_words(parameters: dict[str, list[str]], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        parse_lifetime(parameters)


def test_what_came_is_counted_from_the_days_held_out(found: FoundLifetime) -> None:
    """Counted by a loop over the planted days: customers known before, their purchases of the days held out."""
    assert isinstance(found.models, MeasuredModels)
    held = found.models.window.days
    assert held == 140
    bought = {**purchases(3)}
    bought["C000"] = sorted({*bought["C000"], DAYS})
    known = [days for days in bought.values() if days[0] <= DAYS - held]
    came = [sum(day > DAYS - held for day in days) for days in known]
    assert found.models.window.customers == len(known)
    assert found.models.window.came == sum(came)
    assert found.models.window.buyers == sum(each > 0 for each in came)


def test_totals_are_the_sums_of_customers_and_their_ends_are_not(found: FoundLifetime) -> None:
    view = LifetimeView()
    listed, by_country = customers(found), groups(view, found, "country")
    assert not isinstance(found.worth, BadRequest)
    whole = words.worth_of_all(found.worth)
    assert listed["value"].is_sorted(descending=True)
    assert listed["value"].sum() == pytest.approx(whole["value"])
    assert by_country["value"].sum() == pytest.approx(whole["value"])
    assert dict(by_country.select("label", "customers").iter_rows()) == {"France": 173, "Italy": 87}
    italy = listed.filter(pl.col("customer").str.slice(1).cast(pl.Int64) % 3 == 0)
    own = by_country.filter(label="Italy").row(0, named=True)
    assert own["value"] == pytest.approx(italy["value"].sum())
    assert own["value_low"] < own["value"] < own["value_high"]
    assert own["value_least"] < own["value_low"]
    assert own["value_high"] < own["value_most"]
    assert italy["value_low"].sum() != pytest.approx(own["value_low"], rel=1e-6)
    assert words.of_all(found)["buyers"] == pytest.approx(listed["buys"].sum())


def test_each_number_is_told_with_its_kind(found: FoundLifetime) -> None:
    fact = words.main_fact(LifetimeView(), found, "EUR")
    assert fact.startswith("Of 260 customers, ")
    assert "will buy within 90 days; over 365 days they are worth €" in fact
    assert " of margin (€" in fact
    value, _, buys, _, residual = words.tiles(LifetimeView(), found, "EUR")
    assert "at 15% a year" in value.note
    assert "with chance" in buys.note
    assert residual.value.startswith("€")
    said = words.alive_words(found)
    assert all(f"{name} " in said for name in ("BG/NBD", "MBG/NBD", "Pareto/NBD"))
    assert words.calibration_words(found).startswith("In 140 days that no model had seen, the ")


def test_the_best_on_held_out_days_answers_unless_another_is_chosen(found: FoundLifetime) -> None:
    assert isinstance(found.models, MeasuredModels)
    assert found.models.best == found.fitted.model.NAME
    assert "best log score" in words.why_model(LifetimeView(), found)
    view = LifetimeView(story=next(each for each in Story if each not in (found.story, Story.CNBD)))
    other = found_lifetime(view)
    assert other.story is view.story
    assert (
        f"as chosen; by the log score on the days held out the {found.models.best} told best"
        in words.why_model(view, other)
    )
    assert words.model_table(found.models).height == 3


def test_of_models_that_tell_alike_the_plainest_answers(found: FoundLifetime) -> None:
    assert isinstance(found.models, MeasuredModels)
    table = found.models.window.table

    def best(**scores: float) -> str:
        told = {name.replace("/", "_"): name for name in table["model"]}
        by_name = {told[key]: score for key, score in scores.items()}
        scored = table.with_columns(
            log_score=pl.col("model").replace_strict(by_name, return_dtype=pl.Float64)
        )
        window = replace(found.models.window, table=scored.sort("log_score", descending=True))  # type: ignore[union-attr]
        return replace(found.models, window=window).best  # type: ignore[type-var]

    assert best(BG_NBD=-1.00001, MBG_NBD=-1.0, Pareto_NBD=-1.2) == "BG/NBD"
    assert best(BG_NBD=-1.001, MBG_NBD=-1.0, Pareto_NBD=-1.00001) == "MBG/NBD"
    assert best(BG_NBD=-1.001, MBG_NBD=-1.1, Pareto_NBD=-1.0) == "Pareto/NBD"


def test_without_days_to_hold_out_the_rest_is_told(found: FoundLifetime) -> None:
    view = LifetimeView(held_days=400)
    alone = found_lifetime(view)
    assert isinstance(alone.models, BadRequest)
    assert alone.story is Story.BGNBD
    assert "for want of a comparison" in words.why_model(view, alone)
    assert "go by who will buy" in words.alive_words(alone)
    assert words.tiles(view, alone, "EUR")[2].value.endswith("%")


def test_what_cannot_be_told_says_why(found: FoundLifetime) -> None:
    with pytest.raises(BadRequest, match="a lifetime model needs 100"):
        found_lifetime(LifetimeView(until=FIRST + timedelta(days=60)))
    with pytest.raises(BadRequest, match="not among the customers"):
        opened(found, "nobody", 90)
    regular = found_lifetime(LifetimeView(story=Story.CNBD, held_days=400, horizon_days=60))
    tile = words.tiles(LifetimeView(), regular, "EUR")[-1]
    assert tile.value == "not told"
    assert "without an end" in tile.note


def test_a_level_that_is_asked_for_stays_though_all_are_of_one_member(found: FoundLifetime) -> None:
    known = {"channel": 1, "country": 2, "city": 900, "kind": 0}
    assert {each for each in known if words.is_told_by(each, "channel", known)} == {"channel", "country"}
    assert [each for each in known if words.is_told_by(each, "", known)] == ["country"]
    (only,) = groups(LifetimeView(level="channel"), found, "channel")["label"]
    assert words.level_words("Channel", [only]) == f"All are of one channel: {only}."
    assert words.level_words("Country", ["France", "Italy"]) == ""


def test_one_customer_in_words(found: FoundLifetime) -> None:
    seen = opened(found, "C000", 90)
    said = words.outlook_words(seen, 90)
    assert "silent for 0 days. Will buy within 90 days: " in said
    assert words.outlook_frame(seen)["id"].unique(maintain_order=True).to_list() == ["buys", "alive"]


def test_regular_buyers_are_noticed_and_offered_their_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tiny_warehouse(tmp_path / "w.duckdb", lines(purchases(4, ripe=4)))
    monkeypatch.setattr(session, "warehouse", lambda: store)
    found = found_lifetime(LifetimeView(story=Story.BGNBD, held_days=60))
    assert found.rhythm
    assert any(
        "Take the MBG/CNBD-k, whose k the likelihood chooses" in each for each in words.cautions(found, "EUR")
    )
    assert isinstance(found.models, MeasuredModels)
    assert found.models.window.table["model"][0] == "MBG/CNBD-k"
    view = LifetimeView(held_days=60, horizon_days=60)
    said = words.why_model(view, found_lifetime(view))
    assert re.search(
        r"k = (3|4|5) events to a purchase, the likeliest of 1 to \d+ \(95%: [23] to \d+\)", said
    )
    view = LifetimeView(story=Story.CNBD, events=2, held_days=60, horizon_days=60)
    assert "k = 2 events to a purchase, as chosen; the likeliest of 1 to" in words.why_model(
        view, found_lifetime(view)
    )
    store.close()


def test_without_a_cost_value_is_revenue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = tiny_warehouse(tmp_path / "w.duckdb", [replace(line, cost=None) for line in lines(purchases(3))])
    monkeypatch.setattr(session, "warehouse", lambda: store)
    found = found_lifetime(LifetimeView(held_days=400))
    assert " of revenue (" in words.main_fact(LifetimeView(), found, "EUR")
    assert "Value is revenue: no cost of any customer's purchases is known." in words.cautions(found, "EUR")
    store.close()


def test_the_tile_of_overview_says_what_the_page_says_and_adds_up_each_customers_risk(
    found: FoundLifetime,
) -> None:
    base = base_value()
    scores = score_frame(LifetimeView(), found)
    risk = float((scores["value"] * (1 - scores["chance"])).sum())
    assert not isinstance(base.at_risk, BadRequest)
    told = words.risk_of_all(base.at_risk)
    assert told["at_risk"] == pytest.approx(risk)
    assert told["at_risk_low"] < risk < told["at_risk_high"]
    tiles = {each.id: each for each in value_tiles(base, "EUR")}
    page = {each.id: each.value for each in words.tiles(LifetimeView(), found, "EUR")}
    assert {name: each.value for name, each in tiles.items()} == {
        "value": page["value"], "risk": words.money(risk, "EUR"), "buys": page["buys"],
    }  # fmt: skip
    ends = (told[f"at_risk_{end}"] for end in ("low", "high"))
    assert str(tiles["risk"].note).endswith(words.between(*ends, "money", "EUR"))
    assert words.between(1_362_400, 1_409_300, "money", "EUR") != words.between(
        1_362_400, 1_362_400, "money", "EUR"
    )
    by_country = groups(LifetimeView(), found, "country")
    assert by_country["at_risk"].sum() == pytest.approx(risk)
    assert (by_country["at_risk_low"] < by_country["at_risk"]).all()


def test_what_is_saved_as_scores_is_what_the_cube_of_scores_adds_up(
    found: FoundLifetime, firm: Warehouse, tmp_path: Path
) -> None:
    """Purchases and chances within the horizon of value; as no margin is told here, revenue is its value."""
    view = LifetimeView(days=30, horizon_days=180)
    scores, path = score_frame(view, found), tmp_path / "w.duckdb"
    copyfile(firm.path, path)
    assert save_scores(path, scores, scoring_of(view, found)) == scores.height == 260
    with closing(Warehouse(path)) as saved:
        measures = ("customer_value", "purchases_expected", "chance_to_buy", "value_at_risk")
        told = ask(saved, Query(measures, cube="scores")).frame.row(0, named=True)
        (kept,) = scorings.read(saved.rows)
    risked = (scores["value"] * (1 - scores["chance"])).sum()
    sums = (scores["value"].sum(), scores["expected_purchases"].sum(), scores["chance"].mean(), risked)
    assert [float(told[name]) for name in measures] == pytest.approx(sums, rel=1e-4)
    assert (kept.scoring.scored_on, kept.scoring.horizon_days) == (found.told.until, 180)
    assert kept.scoring.parameters["horizon"] == ["180"]


def test_the_command_tells_the_pages_money_and_saves_its_scores(
    firm: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    view = LifetimeView(story=Story.MBGNBD, horizon_days=180, rate=10, until=LAST - timedelta(days=1))
    monkeypatch.setattr(session, "warehouse", lambda: firm)
    found, path = found_lifetime(view), tmp_path / "w.duckdb"
    copyfile(firm.path, path)
    asked = ("--model", "mbgnbd", "--horizon", "180", "--rate", "10", "--until", str(view.until))
    assert mining(["lifetime", "--warehouse", str(path), "--format", "json", "--save", *asked]) == 0
    told = json.loads(capsys.readouterr().out)
    assert not isinstance(found.worth, BadRequest)
    whole = words.worth_of_all(found.worth)
    ends = ("value", "value_low", "value_high", "value_least", "value_most")
    assert [told[each] for each in ends] == pytest.approx([whole[each] for each in ends])
    assert (told["value_of"], told["currency"]) == ("margin", firm.profile.currency)
    assert sum(row["value"] for row in told["rows"]) == pytest.approx(whole["value"])
    assert "Saved scores of 260 customers, as of the close of 2011-02-24." in told["notes"]
    with closing(Warehouse(path)) as saved:
        measures = ("customer_value", "purchases_expected", "chance_to_buy")
        kept = ask(saved, Query(measures, cube="scores")).frame.row(0, named=True)
        (scoring,) = scorings.read(saved.rows)
    scores = score_frame(view, found)
    sums = (scores["value"].sum(), scores["expected_purchases"].sum(), scores["chance"].mean())
    assert [float(kept[name]) for name in measures] == pytest.approx(sums, rel=1e-4)
    assert parse_lifetime(scoring.scoring.parameters) == view
