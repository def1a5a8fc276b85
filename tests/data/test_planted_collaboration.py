"""What was planted of partners, proposals and prices comes back from the exports at three seeds, and only that.

Every check is told the files' frames and the truth, and answers whether it finds what was planted: it must in a firm
with the plant, and must not in one without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy.stats import binomtest, norm

from data.demo import collaboration, list_exports, order_exports, stock_levels
from data.demo.demo_firm import Firm
from data.demo.district import district_partners, supplier_habits
from data.demo.district.agreed_events import EVENTS, RENEWED, agreements
from data.demo.simulated_world import World
from data.demo.voices import planted_proposals, price_panels, producer_reviews, prototype_trials, willingness

SEEDS = (0, 1, 2)
at_three_seeds = pytest.mark.parametrize("seed", SEEDS)
SURE = 0.95
Frames = Mapping[str, pl.DataFrame]


def made(seed: int) -> World:
    return World(Firm(lines=40_000, customers=1_600, products=400, seed=seed))


@cache
def planted(seed: int) -> tuple[Frames, Frames]:
    """The files by part, and the truth."""
    return told(made(seed))


def told(world: World) -> tuple[Frames, Frames]:
    frames, truth = dict[str, pl.DataFrame](), dict[str, pl.DataFrame]()
    for noun in (stock_levels, list_exports, collaboration):
        frames |= {each.part: each.frame for each in noun.deliveries(world)}
        truth |= noun.truth(world)
    return frames, truth


@cache
def lines(seed: int) -> pl.DataFrame:
    return pl.concat(
        [each.frame for each in order_exports.deliveries(made(seed)) if each.part == "order_lines"]
    )


def held(share: int, of: int, truth: float) -> bool:
    """Whether Wilson's interval of a share holds the truth."""
    low, high = binomtest(share, of).proportion_ci(SURE, method="wilson")
    return bool(low <= truth <= high)


# Partners ----------------------------------------------------------------------------------------------------------


def before_it_got_worse(frames: Frames) -> pl.DataFrame:
    """Orders that had all come by the last day, and before one supplier got worse."""
    return frames["lead_times"].filter(pl.col("Data") < supplier_habits.DEGRADES_FROM).with_columns(
        on_time=pl.col("Ricevuto il") <= pl.col("Consegna prevista"),
        is_whole=pl.col("Qtà ricevuta") == pl.col("Qtà ordinata"),
    )  # fmt: skip


def intervals_that_hold(frames: Frames, truth: Frames) -> dict[str, list[bool]]:
    """By figure and supplier, whether its interval holds what was planted."""
    found: dict[str, list[bool]] = {"on_time": [], "whole": [], "fill": []}
    for (partner,), own in before_it_got_worse(frames).group_by("Fornitore"):
        habit = truth["supplier"].row(by_predicate=pl.col("id") == partner, named=True)
        found["on_time"].append(held(own["on_time"].sum(), len(own), habit["on_time_share"]))
        # A share that rounds to the whole lot leaves an order whole: of small lots that happens.
        large = own.filter(pl.col("Qtà ordinata") >= 20)
        if len(large) >= 20:
            found["whole"].append(held(large["is_whole"].sum(), len(large), habit["whole_share"]))
            found["fill"].append(ratio_holds(large, habit["fill_share"]))
    return found


def ratio_holds(own: pl.DataFrame, truth: float) -> bool:
    """Whether the interval of units received over units ordered holds the truth (ratio of sums, linearised)."""
    had, wanted = (own[name].to_numpy().astype(float) for name in ("Qtà ricevuta", "Qtà ordinata"))
    share = had.sum() / wanted.sum()
    error = np.sqrt(np.sum((had - share * wanted) ** 2)) / wanted.sum()
    return bool(abs(share - truth) <= norm.ppf((1 + SURE) / 2) * error + 1e-9)


def habits_are_found(found: Mapping[str, list[bool]]) -> bool:
    """Of the intervals at 95% at least 88% hold the truth."""
    return all(np.mean(each) >= 0.88 for each in found.values())


def of_all_seeds(given: Callable[[int], tuple[Frames, Frames]]) -> dict[str, list[bool]]:
    each = [intervals_that_hold(*given(seed)) for seed in SEEDS]
    return {name: [held for found in each for held in found[name]] for name in each[0]}


def test_partners_are_as_punctual_and_as_complete_as_planted() -> None:
    found = of_all_seeds(planted)
    assert len(found["on_time"]) > 70
    assert habits_are_found(found)


def test_habits_that_are_not_planted_are_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = planted(0)[1]
    monkeypatch.setattr(supplier_habits, "MEAN_DELAY_WEEKS", (0.7,) * 4)
    monkeypatch.setattr(supplier_habits, "FILLS", (0.96,) * 3)
    found = intervals_that_hold(told(made(0))[0], truth)
    assert all(np.mean(each) < 0.5 for each in found.values())


def got_worse(frames: Frames, figure: str) -> list[str]:
    """Of whom fewer orders were on time, or whole, in the last half year than before; p < .001 / suppliers."""
    since = supplier_habits.DEGRADES_FROM
    told = frames["lead_times"].filter(pl.col("Consegna prevista") < date(2025, 12, 1)).with_columns(
        on_time=(pl.col("Ricevuto il") <= pl.col("Consegna prevista")).fill_null(value=False),
        whole=(pl.col("Qtà ricevuta") == pl.col("Qtà ordinata")).fill_null(value=False),
    )  # fmt: skip
    late, found = told.filter(pl.col("Data") >= date(2025, 7, 1)), []
    early = told.filter(pl.col("Data") < since)
    for partner in sorted(set(late["Fornitore"]) & set(early["Fornitore"])):
        (was, n), (now, m) = (
            (own[figure].sum(), len(own))
            for own in (each.filter(Fornitore=partner) for each in (early, late))
        )
        both = (was + now) / (n + m)
        error = np.sqrt(both * (1 - both) * (1 / n + 1 / m))
        if error and norm.sf((was / n - now / m) / error) < 0.001 / 26:
            found.append(partner)
    return found


@at_three_seeds
@pytest.mark.parametrize("figure", ["on_time", "whole"])
def test_the_supplier_that_got_worse_is_found_and_no_other(seed: int, figure: str) -> None:
    frames, truth = planted(seed)
    assert got_worse(frames, figure) == truth["degraded_supplier"]["id"].to_list()


def test_no_supplier_got_worse_where_none_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supplier_habits, "DEGRADED_DELAY_WEEKS", supplier_habits.MEAN_DELAY_WEEKS[0])
    monkeypatch.setattr(supplier_habits, "DEGRADED_FILL", supplier_habits.FILLS[0])
    assert got_worse(told(made(0))[0], "on_time") == []


@at_three_seeds
def test_goods_come_in_parts_that_add_up(seed: int) -> None:
    frames, _ = planted(seed)
    orders = frames["lead_times"].filter(pl.col("Data") >= stock_levels.NOTED_FROM)
    parts = frames["receipts"].group_by("Ordine").agg(
        pl.col("Quantità").sum(), pl.len(), last=pl.col("Data").max(), product=pl.col("Articolo").first(),
        partner=pl.col("Fornitore").first(),
    )  # fmt: skip
    both = orders.join(parts, "Ordine", how="full", coalesce=True)
    assert both.filter(pl.col("Qtà ricevuta").fill_null(0) != pl.col("Quantità").fill_null(0)).is_empty()
    assert both.filter(pl.col("Ricevuto il") != pl.col("last")).is_empty()
    assert both.filter(
        (pl.col("product") != pl.col("Articolo")) | (pl.col("partner") != pl.col("Fornitore"))
    ).is_empty()
    assert set(parts["len"]) == {1, 2, 3}
    ended = frames["lead_times"].filter(pl.col("Chiuso il").is_not_null())
    assert 0.05 < len(ended) / len(frames["lead_times"]) < 0.3
    assert (ended["Qtà ricevuta"] < ended["Qtà ordinata"]).all()
    assert (ended["Chiuso il"] > ended["Ricevuto il"]).all()
    assert (frames["lead_times"]["Ricevuto il"] > frames["lead_times"]["Data"]).all()


@at_three_seeds
def test_products_have_the_suppliers_that_the_truth_names(seed: int) -> None:
    frames, truth = planted(seed)
    known = truth["product_supplier"].with_columns(
        id="P" + pl.col("product_code").cast(pl.String).str.zfill(5)
    )
    ordered = frames["lead_times"].group_by("Articolo", "Fornitore").len()
    assert ordered.join(
        known, left_on=["Articolo", "Fornitore"], right_on=["id", "partner"], how="anti"
    ).is_empty()
    suppliers = known.group_by("id").len()["len"].value_counts().sort("len")
    assert suppliers["len"].to_list() == [1, 2, 3]
    assert (suppliers["count"] > 20).all()
    dearer = ordered.join(known, left_on=["Articolo", "Fornitore"], right_on=["id", "partner"])
    assert dearer.group_by("rank").agg(pl.col("len").sum()).sort("rank")["len"].is_sorted(descending=True)
    factor = dict(truth["supplier"]["id", "price_factor"].rows())
    cost = frames["lead_times"].filter(pl.col("Data").dt.year() == 2025, pl.col("Costo unitario") > 5)
    own = cost.with_columns(of_list=pl.col("Costo unitario") / pl.col("Fornitore").replace_strict(factor))
    spread = own.group_by("Articolo").agg(pl.col("of_list").max() / pl.col("of_list").min() - 1)["of_list"]
    assert spread.max() < 0.002


@at_three_seeds
def test_what_is_dead_here_sells_there(seed: int) -> None:
    frames, truth = planted(seed)
    stock, sold = (
        frames["stock"],
        lines(seed).filter(pl.col("Rivenditore").is_not_null(), pl.col("Data") >= date(2025, 7, 3)),
    )
    assert len(truth["dead_stock"]) > 10
    by = sold.filter(pl.col("Quantità") > 0).group_by("Rivenditore", "Articolo").agg(pl.col("Quantità").sum())
    units = {row[:2]: row[2] for row in by.rows()}
    for each in truth["dead_stock"].rows(named=True):
        counts = stock.filter(Articolo=each["id"], Fornitore=each["held_by"], Magazzino=each["place"])
        assert len(counts) == 5
        assert set(counts["Giacenza"]) == {each["on_hand"]}
        assert (each["held_by"], each["id"]) not in units
        assert units[each["sold_by"], each["id"]] == each["units_sold_there"]
    elsewhere = stock.filter(pl.col("Magazzino") != "Prato").group_by("Fornitore", "Articolo").agg(
        still=pl.col("Giacenza").n_unique() == 1
    )  # fmt: skip
    assert elsewhere["still"].sum() == len(truth["dead_stock"])


@at_three_seeds
def test_agreements_follow_the_stages(seed: int) -> None:
    world = made(seed)
    stage = {each: number for number, each in EVENTS.items()}
    events, lists = agreements(world), planted(seed)[1]["partner_stage"]
    for (partner,), own in events.group_by("Codice"):
        for as_of, name in lists.filter(id=partner)["as_of", "stage"].rows():
            reached = [stage[each] for each in own.filter(pl.col("Data") < as_of)["Accordo"] if each in stage]
            assert max(reached, default=0) == district_partners.STAGES.index(name)
        kept = own.filter(pl.col("Accordo").is_in(["signed", RENEWED]))
        assert (kept["Data"][1:] < kept["Valido fino al"][:-1]).all()
        assert kept["Valido fino al"].is_sorted()
        gone = own.filter(Accordo="suspended")["Data"]
        assert gone.is_empty() or kept["Data"].max() < gone.item()
    assert {"suspended", "left"} <= set(events["Accordo"])
    assert events.filter(pl.col("Valido fino al").is_between(date(2025, 12, 1), date(2026, 3, 31))).height > 3


def unlike(frames: Frames) -> Iterator[tuple[str, float]]:
    """By producer, how many errors its mean points lie above or below those of all."""
    reviews = frames["surveys"]
    mean, spread = reviews["points"].mean(), reviews["points"].std()
    for (partner,), own in reviews.group_by("producer"):
        yield partner, (own["points"].mean() - mean) / (spread / len(own) ** 0.5)


@at_three_seeds
def test_one_producer_pleases_more_and_one_less(seed: int) -> None:
    frames, truth = planted(seed)
    effect = dict(truth["partner_review"]["id", "effect"].rows())
    far = dict(unlike(frames))
    assert {partner for partner, errors in far.items() if errors > 3} == {
        one for one in effect if effect[one] > 0
    }
    assert {partner for partner, errors in far.items() if errors < -3.5} == {
        one for one in effect if effect[one] < 0
    }


def test_producers_please_alike_where_none_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producer_reviews, "PLEASES", {})
    monkeypatch.setattr(producer_reviews, "DISPLEASES", {})
    assert max(abs(errors) for _, errors in unlike(told(made(0))[0])) < 3.5


# Prices ------------------------------------------------------------------------------------------------------------


def median_holds(values: np.ndarray, truth: float) -> bool:
    """Whether the interval of a median, by order statistics, holds the truth."""
    ordered, size = np.sort(values), len(values)
    reach = norm.ppf((1 + SURE) / 2) * size**0.5 / 2
    low, high = int(np.floor(size / 2 - reach)), int(np.ceil(size / 2 + reach))
    return bool(ordered[max(low, 0)] <= truth <= ordered[min(high, size - 1)])


def segment_of(world: World, frames: Frames) -> np.ndarray:
    return world.people.segment[collaboration.truth(world)["price_offer"]["customer_code"].to_numpy()]


def named_to_willing(world: World, frames: Frames) -> tuple[np.ndarray, np.ndarray]:
    """Prices named against the planted median of each one's segment, and the segments."""
    offers = frames["price_offers"]
    segment = world.people.segment[collaboration.truth(world)["price_offer"]["customer_code"].to_numpy()]
    return (offers["offered"] / offers["asked"]).to_numpy() / np.array(willingness.WILLING)[segment], segment


def test_willingness_comes_back_from_shaded_offers() -> None:
    """By segment the median of prices named, over the shading, is what was planted; over nothing it is too low."""
    found, whole = [], []
    for seed in SEEDS:
        ratio, segment = named_to_willing(made(seed), planted(seed)[0])
        own = [ratio[segment == at] for at in range(len(willingness.WILLING))]
        found += [median_holds(each / collaboration.SHADING, 1.0) for each in own if len(each) >= 30]
        whole.append(ratio)
    assert len(found) >= 12
    assert np.mean(found) >= 0.85
    every = np.concatenate(whole)
    assert median_holds(every, collaboration.SHADING)
    assert not median_holds(every, 1.0)


@at_three_seeds
def test_panels_of_prices_follow_from_what_each_would_pay(seed: int) -> None:
    frames, truth = planted(seed)
    surveys, panel = frames["price_surveys"], truth["price_panel"]
    answers = surveys.filter(pl.col("asked_price").is_not_null()).join(
        panel.filter(~pl.col("is_asked_limits")).unique(["user_id", "product"]), on=["user_id", "product"]
    )
    assert ((answers["asked_price"] <= answers["willingness_eur"]) == (answers["would_buy"] == "yes")).all()
    yes = answers.group_by((pl.col("asked_price") / pl.col("willingness_eur") > 1).alias("above")).agg(
        pl.len()
    )
    assert (yes["len"] > 20).all()
    limits = surveys.filter(pl.col("cheap").is_not_null())
    names = ["too_cheap", "cheap", "expensive", "too_expensive"]
    ordered = np.all(np.diff(limits[names].to_numpy(), axis=1) >= 0, axis=1)
    assert 0.0 < np.mean(~ordered) < 3 * price_panels.MIXED_UP
    both = limits.filter(pl.Series(ordered)).join(panel.filter("is_asked_limits"), on=["user_id", "product"])
    for name, share in zip(names, price_panels.LIMITS, strict=True):
        ratio = (both[name] / both["willingness_eur"]).to_numpy()
        large = ratio[both["willingness_eur"].to_numpy() > 3]
        assert abs(np.median(large) - share) < 0.03


# Proposals ---------------------------------------------------------------------------------------------------------


@at_three_seeds
def test_prototypes_please_as_the_proposal_appeals_and_more_each_time(seed: int) -> None:
    frames, truth = planted(seed)
    tests = frames["prototype_tests"].join(truth["proposal"], left_on="proposal", right_on="number")
    assert len(tests) > 100
    by = tests.group_by("version").agg(pl.col("score").mean()).sort("version")["score"]
    assert by.is_sorted()
    together = np.corrcoef(np.log(tests["appeal"]), tests["score"])[0, 1]
    assert np.arctanh(together) * len(tests) ** 0.5 > 2
    voted = frames["votes"].join(tests, on="proposal", how="semi")
    accepted = set(frames["proposals"].filter(status="accepted")["proposal"])
    assert set(tests["proposal"]) <= accepted
    assert set(tests["proposal"]) <= set(voted["proposal"])


@at_three_seeds
def test_repeats_are_repeats_and_twins_are_not(seed: int) -> None:
    frames, truth = planted(seed)
    said = truth["repeated_proposal"].hstack(
        frames["proposals"].select("title", "text", "place", "user_id", "product")
    )
    first = said.select(
        made_from="number",
        title_1="title",
        text_1="text",
        place_1="place",
        same_1="same_as",
        product_1="product",
    )
    both = said.filter(pl.col("manner") != "first").join(first, "made_from")
    exact, changed, reworded, elsewhere = (both.filter(manner=each) for each in planted_proposals.MANNERS[1:])
    assert min(len(each) for each in (exact, changed, reworded)) >= 3
    assert ((exact["title"] == exact["title_1"]) & (exact["text"] == exact["text_1"])).all()
    for each in (exact, changed, reworded):
        assert (each["same_as"] == each["same_1"]).all()
        assert (each["product"] == each["product_1"]).all()
    assert (changed["text"] != changed["text_1"]).all()
    assert (reworded["title"] != reworded["title_1"]).all()
    assert (elsewhere["same_as"] != elsewhere["same_1"]).all()
    assert (elsewhere["place"] != elsewhere["place_1"]).all()
    assert set(said["language"]) == {"en", "it", "ru"}
    assert said.filter(
        pl.col("manner") == "first", pl.col("number") != pl.col("same_as")
    ).height < 0.02 * len(said)
    assert prototype_trials.VERSIONS == 3
