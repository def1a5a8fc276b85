"""`python -m mining`: what it prints of a small firm and of published data, and what it says to bad questions."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import date
from pathlib import Path
from statistics import median

import polars as pl
import pytest

from data.load import load, read_mapping
from mining.__main__ import main
from tests.data.load_files import REAL
from tests.serving import ROOT
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

pytestmark = pytest.mark.usefixtures("as_in_use")

EXAMPLES = ROOT / "docs" / "examples"
JANUARY, FEBRUARY, MARCH = date(2011, 1, 1), date(2011, 2, 5), date(2011, 3, 9)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    lines = [
        Line(day=JANUARY),
        Line(day=FEBRUARY, order="2", channel="Shop", revenue="4.00"),
        Line(day=FEBRUARY, order="3", customer="=Bob"),
        Line(day=MARCH, order="4", customer="=Bob"),
    ]
    tiny_warehouse(tmp_path / "w.duckdb", lines).close()
    return tmp_path / "w.duckdb"


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_retention_of_a_small_firm(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["retention", "--warehouse", str(path)]) == 0
    rows = pl.read_csv(io.BytesIO(capfdbinary.readouterr().out))
    assert rows.select("cohort", "period", "customers", "total", "is_partial").rows() == [
        ("2011-01", "2011-01", 1, 1, False),
        ("2011-01", "2011-02", 1, 1, False),
        ("2011-01", "2011-03", 1, 0, True),
        ("2011-02", "2011-02", 1, 1, False),
        ("2011-02", "2011-03", 1, 1, True),
    ]


def test_json_has_the_curve_and_the_notes(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(
        told(
            capsys,
            *(
                "retention",
                "--warehouse",
                str(path),
                "--format",
                "json",
                "--by",
                "quarter",
                "--measure",
                "revenue",
            ),
            *(
                "--split",
                "channel",
                "--where",
                "customer=Ann",
                "--where",
                "year=2011",
                "--until",
                "2011-03-09",
            ),
        )
    )
    assert [(row["channel"], row["total"]) for row in found["rows"]] == [("Web", 14.0)]
    assert found["until"] == "2011-03-09"
    assert len(found["notes"]) == 3
    assert found["curve"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--until", "2030-01-01"], "is not known: sales end on 2011-03-09"),
        (["--until", "1999-01-01"], "sales begin on 2011-01-01"),
        (["--where", "channel=Wbe"], "Did you mean 'Web'"),
        (["--where", "channel=Web", "--where", "customer=Bob"], "Bob"),
        (["--split", "customer"], "not split by customer"),
    ],
)
def test_what_cannot_be_told_is_refused_in_words(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["retention", "--warehouse", str(path), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_portfolio_of_a_small_firm(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Four lines of one product: 34 of revenue, of which 4 in the shop."""
    arguments = ["portfolio", "--warehouse", str(path)]
    assert main([*arguments, "--off", "Cup", "--transfer", "0.5", "--new-days", "30"]) == 0
    told = capfdbinary.readouterr()
    rows = pl.read_csv(io.BytesIO(told.out))
    assert rows.select("id", "abc", "xyz", "verdict", "revenue", "buyers").rows() == [
        ("Cup", "A", "?", "keep", 34.0, 2)
    ]
    assert b"lost_revenue_least: 34.0" in told.err
    assert b"sole_buyers: 2" in told.err
    assert main([*arguments, "--where", "channel=Shop"]) == 0
    assert pl.read_csv(io.BytesIO(capfdbinary.readouterr().out))["revenue"].to_list() == [4.0]
    for refused, said in (
        (["--off", "Cap"], "No product 'Cap'"),
        (["--not-product", "Cup"], "No known product was sold"),
        (["--a", "2"], "A cannot end at 200%"),
    ):
        assert main([*arguments, *refused]) == 2
        assert said in capfdbinary.readouterr().err.decode()


def test_a_fee_that_nobody_sold_is_refused(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["portfolio", "--warehouse", str(path), "--not-product", "Pst"]) == 2
    assert "No product 'Pst' was sold here" in capsys.readouterr().err


def test_a_customer_who_moved_does_not_begin_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ann, described by her only standing version: Italy, whatever her later lines say; as the page does."""
    lines = [Line(day=JANUARY, country="Italy"), Line(day=FEBRUARY, order="2"), Line(day=MARCH, order="3")]
    tiny_warehouse(tmp_path / "w.duckdb", [*lines, Line(day=MARCH, order="4", customer="Bob")]).close()
    asked = ("retention", "--warehouse", str(tmp_path / "w.duckdb"), "--where")
    found = json.loads(told(capsys, *asked, "country=Italy", "--format", "json"))
    assert [row["total"] for row in found["rows"]] == [1, 1, 1]
    assert "described as of 2011-03-09" in " ".join(found["notes"])
    found = json.loads(told(capsys, *asked, "country=France", "--format", "json"))
    assert [(row["cohort"], row["customers"]) for row in found["rows"]] == [("2011-03", 1)]


def test_a_margin_that_nobody_knows_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny_warehouse(tmp_path / "w.duckdb", [Line(cost=None)]).close()
    assert main(["retention", "--warehouse", str(tmp_path / "w.duckdb"), "--measure", "margin"]) == 0
    assert "No margin is known: no line here has a cost." in capsys.readouterr().err


def test_loyalty_of_a_small_firm(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Ann bought for 35 days and brought 14, Bob for 32 and 20: the middle lies between them."""
    arguments = ["loyalty", "--warehouse", str(path), "--by", "revenue"]
    assert main(arguments) == 0
    told = capfdbinary.readouterr()
    rows = pl.read_csv(io.BytesIO(told.out))
    assert rows.select("cell", "customers", "profit", "share_customers").rows() == [
        ("Barnacles", 1, 14.0, 0.5),
        ("Too new to tell", 1, 20.0, 0.5),
    ]
    assert b"line_days: 33.5" in told.err
    assert b"line_profit: 17.0" in told.err
    assert b"Fewer than 10 customers" in told.err
    assert main([*arguments, "--customers", "--days", "30", "--profit", "14"]) == 0
    members = pl.read_csv(io.BytesIO(capfdbinary.readouterr().out))
    assert members.select("customer", "cell", "duration_days").rows() == [
        ("'=Bob", "True friends", 32),
        ("Ann", "Barnacles", 35),
    ]


def test_loyalty_up_to_a_day_and_within_filters(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was brought is within the filters; since when somebody buys is of everything up to that day."""
    told_of = ("customer", "revenue", "first_purchase", "last_purchase")
    found = json.loads(
        told(
            capsys,
            *("loyalty", "--warehouse", str(path), "--format", "json", "--by", "revenue", "--customers"),
            *("--where", "month=2011-02", "--where", "channel=Web", "--until", "2011-02-20"),
        )
    )
    assert found["until"] == "2011-02-20"
    assert [tuple(row[each] for each in told_of) for row in found["rows"]] == [
        ("=Bob", 10.0, "2011-02-05", "2011-02-05")
    ]
    assert found["scores"] == []


def test_share_by_breadth_is_of_the_last_year(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        Line(day=JANUARY, category="Lamps"),
        Line(day=date(2012, 3, 1), order="2", category="Cups"),
        Line(day=date(2012, 3, 2), order="3", category="Rugs"),
        Line(day=date(2012, 3, 3), order="4", category="Rugs", customer="Bob"),
    ]
    tiny_warehouse(tmp_path / "w.duckdb", lines).close()
    asked = ("share", "--warehouse", str(tmp_path / "w.duckdb"), "--tier", "breadth", "--format", "json")
    found = json.loads(told(capsys, *asked))
    assert (found["own"], found["wallet"], found["share"]) == (3, 4, 0.75)
    assert (found["since"], found["until"], found["offered"]) == ("2011-04-01", "2012-03-03", 2)
    assert {row["customer"]: row["own"] for row in found["rows"]} == {"Ann": 2, "Bob": 1}
    assert found["notes"] == ["Breadth: categories bought of those offered, an index, not a market share."]
    earlier = json.loads(told(capsys, *asked, "--until", "2012-03-01"))
    assert (earlier["own"], earlier["since"], earlier["until"]) == (1, "2011-04-01", "2012-03-01")
    whole = json.loads(told(capsys, *asked, "--where", "day=2011-01-01..2012-12-31", "--until", "2012-03-02"))
    assert (whole["own"], whole["wallet"], whole["since"]) == (3, 3, "2011-01-01")


def test_share_of_what_customers_told(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = {"day": FEBRUARY, "wallet_category": "Cups", "brands": 2}
    answers = [
        answer | {"customer": "Ann", "spend": 100, "own_spend": 40, "rank": 1},
        answer | {"customer": "=Bob", "spend": 60, "own_spend": 8, "rank": 2},
    ]
    with_facts(path, wallet=answers).close()
    asked = ("share", "--warehouse", str(path), "--format", "json", "--tier")
    observed = json.loads(told(capsys, *asked, "observed"))
    assert (observed["own"], observed["wallet"], observed["answers"]) == (48, 160, 2)
    surveyed = json.loads(told(capsys, *asked, "surveyed"))
    assert surveyed["own"] == pytest.approx(100 * 2 / 3 + 60 / 3)
    assert main([*asked, "observed", "--where", "category=Kitchen"]) == 2
    assert "Wallets are told by customer" in capsys.readouterr().err


def test_offers_of_a_small_firm(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Both bought the one cup there is: it is offered again, and nothing is new to anybody."""
    assert main(["offers", "--warehouse", str(path), "--horizon", "20", "--offers", "2"]) == 0
    told = capfdbinary.readouterr()
    rows = pl.read_csv(io.BytesIO(told.out))
    assert rows.select("customer", "list", "place", "product", "margin").rows() == [
        ("Ann", "again", 1, "Cup", 2.5),
        ("'=Bob", "again", 1, "Cup", 2.5),
    ]
    assert b"Propensity is not incrementality" in told.err
    arguments = ["offers", "--warehouse", str(path), "--horizon", "20", "--list", "new", "--format", "json"]
    assert main(arguments) == 0
    found = json.loads(capfdbinary.readouterr().out)
    assert found["rows"] == []
    assert {row["reason"] for row in found["fewer"]} == {"only 0 products are new to them"}
    assert {row["model"] for row in found["scoreboard"]} >= {"Popularity", "Personal frequency"}
    assert main(["offers", "--warehouse", str(path), "--cap", "1"]) == 2
    assert b"No campaign contact is loaded" in capfdbinary.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["share"], "There are 2 customers here, and look-alikes are told of 100 or more"),
        (["share", "--tier", "observed"], "No wallet survey is loaded"),
        (["share", "--until", "2030-01-01"], "sales begin on 2011-01-01 and end on 2011-03-09"),
        (["loyalty", "--where", "channel=Wbe"], "Did you mean 'Web'"),
        (["loyalty", "--where", "year=2020"], "No day is left within these filters"),
        (["loyalty", "--until", "1999-01-01"], "is not known"),
        (["loyalty", "--days", "-5"], "less than no day"),
        (["lifecycle", "--until", "9999-12-31"], "stages begin on 2011-01-01 and end on 2011-03-09"),
        (["lifecycle", "--until", "0001-01-01"], "Take a day between"),
        (["lifecycle", "--until", "2011-01-02", "--where", "customer==Bob"], "Nobody within these filters"),
    ],
)
def test_what_loyalty_share_and_lifecycle_cannot_tell_is_refused_in_words(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main([*arguments, "--warehouse", str(path)]) == 2
    assert said in capsys.readouterr().err


def test_lifecycle_says_that_it_passes_over_a_period(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["lifecycle", "--warehouse", str(path)]
    everybody = told(capsys, *asked)
    assert main([*asked, "--where", "month=2011-01"]) == 0
    within = capsys.readouterr()
    assert within.out == everybody
    assert "Passed over" in within.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["share", "--tier", "dirichlet"],
        ["share", "--quantile", "0.85"],
        ["retention", "--measure", "nope"],
        ["lifetime", "--model", "nope"],
    ],
)
def test_choices_that_there_are_not_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    said = capsys.readouterr().err
    assert "invalid choice" in said
    assert "<" not in said.partition("choose from")[2], "choices as people write them"


@pytest.mark.parametrize(
    "arguments",
    [
        ["loyalty", "--days", "nan"],
        ["loyalty", "--profit", "1e400"],
        ["lifecycle", "--within", "-5"],
        ["segments", "--seed", "-1"],
        ["sequences", "--seed", "9" * 20],
    ],
)
def test_options_that_cannot_be_are_refused(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert "error: argument --" in capsys.readouterr().err


@pytest.fixture(scope="module")
def online_retail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not REAL.exists():
        pytest.skip(f"no real data at {REAL}")
    path = tmp_path_factory.mktemp("retail") / "w.duckdb"
    load(read_mapping(EXAMPLES / "online_retail.toml"), path, REAL / "online_retail")
    return path


def test_month_cohorts_of_online_retail(online_retail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Known figures of the lines with a customer, a quantity and a price above zero; here those that are no return."""
    found = json.loads(told(capsys, "retention", "--warehouse", str(online_retail), "--format", "json"))
    rows = {(row["cohort"], row["age"]): row for row in found["rows"]}
    assert [rows["2010-12", age]["total"] for age in (0, 1, 2, 11, 12)] == [885, 324, 286, 445, 235]
    assert [rows["2011-01", age]["total"] for age in (0, 1)] == [417, 92]
    assert rows["2011-12", 0]["total"] == 41
    assert {key for key, row in rows.items() if row["is_partial"]} == {
        (row["cohort"], row["age"]) for row in found["rows"] if row["period"] == "2011-12"
    }


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not REAL.exists():
        pytest.skip(f"no real data at {REAL}")
    path = tmp_path_factory.mktemp("cdnow") / "w.duckdb"
    load(read_mapping(EXAMPLES / "cdnow.toml"), path, REAL / "cdnow")
    return path


@pytest.mark.parametrize(
    ("model", "parameters", "likelihood"),
    [
        ("bgnbd", {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}, -9582.43),
        ("pareto_nbd", {"r": 0.5533, "alpha": 10.578, "s": 0.6062, "beta": 11.669}, -9594.98),
    ],
)
def test_published_lifetime_models_of_cdnow_from_its_orders(
    cdnow: Path,
    capsys: pytest.CaptureFixture[str],
    model: str,
    parameters: dict[str, float],
    likelihood: float,
) -> None:
    """Fader, Hardie & Lee 2005 and Fader & Hardie's note of 2005, from order lines through cube and command."""
    asked = ("--model", model, "--until", "1997-09-30", "--format", "json")
    found = json.loads(told(capsys, "lifetime", "--warehouse", str(cdnow), *asked))
    assert found["parameters"] == pytest.approx(parameters, rel=2e-4)
    assert found["log_likelihood"] == pytest.approx(likelihood, abs=0.006)
    assert len(found["rows"]) == found["customers"] == 2_357
    assert (found["unit"], found["value_of"]) == ("weeks", "revenue")
    assert (
        found["at_risk_low"] < found["at_risk"] < found["at_risk_high"] < found["value"] < found["residual"]
    )
    assert all(0 <= row["buys_low"] <= row["buys"] <= row["buys_high"] <= 1 for row in found["rows"])


def test_a_lifetime_model_of_too_few_is_refused_in_words(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lifetime", "--warehouse", str(path), "--model", "mbgnbd"]) == 2
    assert "Only 2 of 2 customers bought on two days or more" in capsys.readouterr().err
    assert main(["lifetime", "--warehouse", str(path), "--k", "3"]) == 2
    assert "The model bgnbd knows no k." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "said"), [("--rate", "0"), ("--rate", "nan"), ("--horizon", "-1"), ("--days", "x")]
)
def test_rates_and_days_that_cannot_be_are_refused(
    capsys: pytest.CaptureFixture[str], option: str, said: str
) -> None:
    with pytest.raises(SystemExit):
        main(["lifetime", option, said])
    assert f"'{said}' is no" in capsys.readouterr().err


def test_loyalty_of_online_retail(online_retail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By revenue, as no cost is known: the degrees counted once more by a loop over the published lines."""
    found = json.loads(told(capsys, "loyalty", "--warehouse", str(online_retail), "--format", "json"))
    lines = pl.read_parquet(REAL / "online_retail" / "online_retail.parquet").drop_nulls("CustomerID")
    spent: dict[str, float] = {}
    days: dict[str, list[date]] = {}
    for who, invoice, when, units, price in lines.select(
        "CustomerID", "InvoiceNo", "InvoiceDate", "Quantity", "UnitPrice"
    ).iter_rows():
        spent[who] = spent.get(who, 0.0) + units * price
        if units > 0 and not str(invoice).startswith("C"):
            days.setdefault(who, []).append(when.date())
    last = {who: (max(days[who]) - min(days[who])).days if who in days else 0 for who in spent}
    line_days, line_profit = median(last.values()), median(spent.values())
    assert found["customers"] == len(spent) == 4372
    assert (found["by"], found["line_days"]) == ("revenue", line_days)
    assert found["line_profit"] == pytest.approx(line_profit)
    end = max(each[-1] for each in map(sorted, days.values()))
    counted: Counter[str] = Counter()
    for who in spent:
        long, rich = last[who] > line_days, spent[who] > line_profit
        new = not long and who in days and (end - min(days[who])).days <= line_days
        name = ("True friends" if rich else "Barnacles") if long else ("Butterflies" if rich else "Strangers")
        counted["Too new to tell" if new else name] += 1
    assert {row["cell"]: row["customers"] for row in found["rows"]} == counted
    assert sum(row["profit"] for row in found["rows"]) == pytest.approx(sum(spent.values()))
