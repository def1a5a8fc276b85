"""The exports of the demonstration firm say what its truth says, and their dirt is counted right."""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import random
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import fastexcel
import numpy as np
import polars as pl
import pytest
from scipy import optimize

from cubes.aggregates import follow_publication, space_budget
from data import demo
from data.demo import (
    demo_firm,
    exports,
    order_exports,
    simulated_campaigns,
    simulated_customers,
    simulated_orders,
    simulated_products,
    simulated_world,
    surveys,
)
from data.demo.campaigns import PLANTED
from data.demo.integration import SIMULATED, integrate
from data.demo.list_exports import PRICE_DAYS
from data.demo.simulated_campaigns import CAMPAIGNS
from data.errors import BadInput, WarehouseError
from data.load import load, read_mapping
from data.load.mappings.canonical_fields import SUBJECT
from data.model.canonical_tables import CUSTOMER
from data.review import customer_records, time_line
from data.review.time_line import TimeLineAsked
from data.store.load_ledger import is_simulated
from data.store.warehouse import Warehouse

pytestmark = pytest.mark.usefixtures("as_in_use")

TOLD_OF = int(
    os.environ.get("CLIENTELA_TIME_LINES", "20")
)  # customers whose time lines are read from files as well
SMALL = demo.Firm(lines=10_000, customers=400, products=200)
FORMS = {
    "erp": (";", "cp1252"),
    "crm": (",", "utf-8-sig"),
    "shop": (",", "utf-16"),
    "callcentre": ("|", "utf-8"),
}
DATES = {"erp": "%d/%m/%Y", "callcentre": "%m/%d/%Y"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports") / "small"
    exports.write(SMALL, folder)
    return folder


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default firm, all but its order lines and invoices."""
    folder = tmp_path_factory.mktemp("exports") / "large"
    exports.write(demo.Firm(), folder, [noun for noun in exports.NOUNS if noun != "sales"])
    return folder


@pytest.fixture(scope="module")
def firm_of_large() -> simulated_world.World:
    return simulated_world.World(demo.Firm())


@pytest.fixture(scope="module")
def firm_of_small() -> simulated_world.World:
    return simulated_world.World(SMALL)


def truth(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / "truth" / f"{name}.parquet")


def parts(folder: Path) -> list[dict]:
    return truth(folder, "delivery").rows(named=True)


def plain(folder: Path, source: str, part: str, file: str) -> list[dict[str, str | None]]:
    """The rows of a file as texts, one that does not fit its header as {}: the slow, obvious way."""
    path = folder / file
    if file.endswith(".parquet"):
        frame = pl.read_parquet(path)
        return [
            {k: None if v is None else str(v) for k, v in row.items()} for row in frame.iter_rows(named=True)
        ]
    if file.endswith(".xlsx"):
        sheet = read_mapping(folder / f"{source}.toml").part(part).options.sheet
        return fastexcel.read_excel(path).load_sheet(sheet, dtypes="string").to_polars().rows(named=True)
    mark, encoding = FORMS[source]
    with path.open(encoding=encoding, newline="") as lines:
        header, *rows = csv.reader(lines, delimiter="\t" if part == "tickets" else mark)
    return [dict(zip(header, row, strict=True)) if len(row) == len(header) else {} for row in rows]


@cache
def day(source: str, text: str | None) -> date | None:
    try:
        return datetime.strptime((text or "").split(" ")[0], DATES.get(source, "%Y-%m-%d")).date()
    except ValueError:
        return None


@cache
def sound(folder: Path, source: str, part: str, file: str) -> tuple[list[dict[str, str]], int, int]:
    """The rows that a loader should keep, by canonical field; how many it should reject, and drop as repeats."""
    columns = read_mapping(folder / f"{source}.toml").part(part).columns
    subject = SUBJECT[part]
    rows = [
        {name: row.get(header) or "" for name, header in columns.items()}
        for row in plain(folder, source, part, file)
    ]
    kept = [row for row in rows if all(row[name] for name in subject.required)]
    kept = [row for row in kept if "date" not in subject.required or day(source, row["date"])]
    once = list({tuple(row.items()): row for row in kept}.values())
    return once, len(rows) - len(kept), len(kept) - len(once)


def customer_days(folder: Path, source: str, part: str, file: str) -> set[tuple[str, str]]:
    """The customers that rows name, and on which day; of large files the columns are read that say so, alone."""
    if not file.endswith(".parquet"):
        return {(row["customer"], row["date"]) for row in sound(folder, source, part, file)[0]}
    columns = read_mapping(folder / f"{source}.toml").part(part).columns
    frame = pl.read_parquet(folder / file, columns=[columns["customer"], columns["date"]]).drop_nulls()
    told = frame.select(
        customer=columns["customer"], date=pl.col(columns["date"]).cast(pl.String).str.head(10)
    )
    return {row for row in told.unique().iter_rows() if day(source, row[1])}


def number(source: str, text: str) -> float:
    return float((text.replace(",", ".") if source == "erp" else text) or 0)


@pytest.mark.parametrize("part", [name for name in SUBJECT if name != "rates"])
def test_the_books_are_right(small: Path, part: str) -> None:
    """Read plainly, every file holds what the truth says a loader should find in it."""
    found = [each for each in parts(small) if each["part"] == part]
    assert found
    for each in found:
        where = (each["source"], part, each["file"])
        rows, rejected, repeats = sound(small, *where)
        assert len(rows) + rejected + repeats == each["rows_read"], where
        assert (rejected, repeats) == (each["rows_rejected"], each["repeats"]), where
        assert sum("X9999999" in row.values() for row in rows) == each["strangers"], where
        for field, total in (
            truth(small, "total").filter(file=each["file"], part=part)["field", "total"].rows()
        ):
            assert sum(number(each["source"], row[field]) for row in rows) == pytest.approx(
                total, abs=0.005
            ), field


def test_each_system_writes_its_own_way(small: Path) -> None:
    erp = (small / "clienti_20260101.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        erp.decode("utf-8")
    assert erp.splitlines()[0].decode("cp1252").split(";")[5] == "Città"
    assert b";31/12/2025;" in (small / "vendite_2025.csv").read_bytes()
    assert (small / "contacts.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert (small / "votes.csv").read_bytes().startswith(b"\xff\xfe")
    assert "Клиент" in (small / "calls.txt").read_text("utf-8")
    assert "|3/14/2024|" in (small / "calls.txt").read_text("utf-8")
    assert fastexcel.read_excel(small / "crm.xlsx").sheet_names == [
        "Customers",
        "Campaigns",
        "Surveys",
        "Wallet",
    ]
    texts = pl.read_parquet(small / "proposals.parquet")["text"].str
    assert all(texts.contains(word).any() for word in (r"\bcolor\b", r"\bthe\b", r"\p{Cyrillic}"))


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_firm_exports_the_same_files(small: Path, tmp_path: Path) -> None:
    exports.write(SMALL, tmp_path / "again")
    assert digests(tmp_path / "again") == digests(small)
    exports.write(replace(SMALL, seed=8), tmp_path / "other")
    other, same = digests(tmp_path / "other"), digests(small)
    assert all(
        other[name] != same[name]
        for name in ("calls.txt", "crm.xlsx", "vendite_2025.csv", "sessions.parquet")
    )


def test_only_some_nouns(small: Path, tmp_path: Path) -> None:
    exports.write(SMALL, tmp_path / "some", ("service", "customers"))
    some = digests(tmp_path / "some")
    assert {"calls.txt", "clienti_20260101.csv", "users.parquet", "crm.xlsx"} <= set(some)
    assert "vendite_2025.csv" not in some
    assert [part.subject for part in read_mapping(tmp_path / "some" / "crm.toml").parts] == ["customers"]
    assert some["calls.txt"] == digests(small)["calls.txt"]


def test_bad_requests_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no exports of 'survey'.*'surveys'"):
        exports.write(SMALL, tmp_path / "new", ["survey"])
    assert not (tmp_path / "new").exists()
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(BadInput, match="is not empty"):
        exports.write(SMALL, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    folder = tmp_path / "exports"
    demo.run(parser.parse_args(["--lines", "20000", "--products", "200", "--exports", str(folder)]))
    assert str(folder) in capsys.readouterr().out
    assert (folder / "erp.toml").is_file()
    assert not list(tmp_path.glob("*.duckdb"))


def test_sizes(large: Path) -> None:
    rows = {each["part"]: each["rows_read"] for each in parts(large) if each["file"] != "reviews.csv"}
    about = {"calls": 60_000, "tickets": 25_000, "surveys": 15_000, "web_sessions": 300_000, "emails": 150_000,
             "proposals": 3_000, "votes": 20_000, "price_offers": 8_000, "stock": 47_000, "lead_times": 26_000,
             "receipts": 20_000, "prototype_tests": 5_000, "price_surveys": 1_440, "partner_events": 260}  # fmt: skip
    assert {name: rows[name] for name in about} == {
        name: pytest.approx(size, rel=0.1) for name, size in about.items()
    }


# Customers -------------------------------------------------------------------------------------------------------


def test_history_is_what_changes_from_file_to_file(small: Path) -> None:
    files = sorted(small.glob("clienti_*.csv"))
    read = {
        each.stem[-8:]: {row["customer"]: row for row in sound(small, "erp", "customers", each.name)[0]}
        for each in files
    }
    fields = {"street": "street", "postcode": "postcode", "city": "city", "region": "region", "country": "country",
              "customer_kind": "kind"}  # fmt: skip
    changes, absences, seen = set(), {}, dict[str, dict[str, str]]()
    for (_, before), (at, now) in pairwise(read.items()):
        when = datetime.strptime(at, "%Y%m%d").date()
        seen |= before
        for gone in before.keys() - now.keys():
            absences[gone] = (when, None)
        for back in (now.keys() & absences.keys()) - before.keys():
            absences[back] = (absences[back][0], when)
        for who in now.keys() & seen.keys():
            changes |= {(who, said, seen[who][name], now[who][name], when)
                        for name, said in fields.items() if seen[who][name] != now[who][name]}  # fmt: skip
    told = truth(small, "customer_change").select("id", "field", *map(pl.col, ("before", "after")), "as_of")
    assert {tuple(v if v is not None else "" for v in row) for row in told.rows()} == changes
    assert {
        row[0]: row[1:] for row in truth(small, "customer_absence").drop("customer_code").rows()
    } == absences
    assert len({who for who, field, *_ in changes if field == "city"}) > 10
    assert any(back for _, back in absences.values())
    assert any(back is None for _, back in absences.values())


def test_a_move_stays_in_the_country_and_nobody_returns_in_vain(large: Path) -> None:
    changes = truth(large, "customer_change")
    assert changes.filter(field="country").height == 0
    assert 400 < changes.filter(field="city").height < 1200
    gone = truth(large, "customer_absence")
    assert gone["returned_on"].is_not_null().sum() > 50
    assert gone["returned_on"].is_null().sum() > 100


def test_products_changed_their_category(large: Path) -> None:
    read = [
        {row["product"]: row["subcategory"] for row in sound(large, "erp", "products", each.name)[0]}
        for each in sorted(large.glob("articoli_*.csv"))
    ]
    days = [date(2023, 7, 1), date(2025, 1, 1), date(2026, 1, 1)]
    found = {
        (product, before[product], now[product], when)
        for (before, now), when in zip(pairwise(read), days[1:], strict=True)
        for product in now
        if before[product] != now[product]
    }
    assert found == set(truth(large, "product_change").drop("product_code").rows())
    assert len(found) > 20


def test_partners_rise_through_their_stages(large: Path) -> None:
    stages = ["Candidate", "Selected", "Onboarding", "Active", "Suspended", "Left"]
    for (_,), path in truth(large, "partner_stage").group_by("id", maintain_order=True):
        steps = [stages.index(stage) for stage in path.sort("as_of")["stage"]]
        assert all(0 <= later - before <= 1 for before, later in pairwise(steps))
    assert truth(large, "partner_stage").group_by("id").agg(pl.col("stage").n_unique())["stage"].max() > 2


# Everything is said of customers whom the system knows, while they deal with the firm ------------------------------

ABOUT = {"crm": ("contacts", "consents", "surveys", "wallet_surveys"), "callcentre": ("calls", "tickets"),
         "shop": ("web_sessions", "emails", "proposals", "votes", "price_offers", "prototype_tests",
                  "price_surveys")}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "part"), [(source, part) for source, each in ABOUT.items() for part in each]
)
def test_events_lie_in_the_life_of_a_known_customer(
    large: Path, firm_of_large: simulated_world.World, source: str, part: str
) -> None:
    file = next(each["file"] for each in parts(large) if each["part"] == part)
    rows = [row for row in customer_days(large, source, part, file) if row[0] not in ("", "X9999999")]
    known = dict(truth(large, "person").filter(system=source).select("id", "customer_code").rows())
    first, last = firm_of_large.life
    start = date(2023, 1, 1)
    code = np.array([known[who] for who, _ in rows])
    when = np.array([(day(source, said) - start).days for _, said in rows])
    assert (first[code] <= when).all()
    assert (when <= last[code] + (365 if part == "wallet_surveys" else 0)).all()
    again = truth(large, "person").filter(system=source).filter(pl.col("customer_code").is_duplicated())
    assert len({who for who, _ in rows} & set(again["id"])) > (20 if part == "price_surveys" else 50)


# What was planted can be found again -------------------------------------------------------------------------------


def logistic(columns: list[np.ndarray], hits: np.ndarray, of: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of a binomial regression with a constant, and their standard errors, by maximum likelihood."""
    x = np.column_stack([np.ones(len(hits)), *columns])

    def loss(beta: np.ndarray) -> float:
        score = x @ beta
        return float(np.sum(of * np.logaddexp(0, score) - hits * score))

    def slope(beta: np.ndarray) -> np.ndarray:
        return x.T @ (of / (1 + np.exp(-x @ beta)) - hits)

    found = optimize.minimize(
        loss, np.zeros(x.shape[1]), jac=slope, method="BFGS", options={"gtol": 1e-3 * len(x) ** 0.5}
    )
    chance = 1 / (1 + np.exp(-x @ found.x))
    return found.x, np.sqrt(np.diag(np.linalg.inv((x * (of * chance * (1 - chance))[:, None]).T @ x)))


def assert_near(found: tuple[np.ndarray, np.ndarray], planted: list[float], errors: float = 4) -> None:
    for value, error, true in zip(*found, planted, strict=True):
        assert abs(value - true) < errors * error, (found, planted)
    assert (found[1] < 0.2).all()


def moods(large: Path, system: str, ids: list[str]) -> np.ndarray:
    code = dict(truth(large, "person").filter(system=system).select("id", "customer_code").rows())
    mood = dict(truth(large, "mood").rows())
    return np.array([mood[code[each]] for each in ids])


def rows_of(folder: Path, source: str, part: str) -> list[dict[str, str]]:
    """Rows of true customers."""
    file = next(each["file"] for each in parts(folder) if each["part"] == part)
    return [row for row in sound(folder, source, part, file)[0] if "X9999999" not in row.values()]


def test_the_unhappy_leave_more(large: Path, firm_of_large: simulated_world.World) -> None:
    rows = {what: values for what, *values in truth(large, "survey").rows()}
    left = (firm_of_large.died[1:] >= 0).astype(float)
    mood = truth(large, "mood")["mood"].to_numpy()
    found, error = logistic([mood], left)
    assert abs(found[1] - rows["log-odds of having left"][1]) < 4 * error[1]
    assert found[1] < -0.5


@pytest.mark.parametrize("score", ["satisfaction", "recommendation"])
def test_scores_of_surveys_follow_from_moods(large: Path, score: str) -> None:
    rows = rows_of(large, "crm", "surveys")
    given = np.array([int(row[score]) for row in rows])
    mood = moods(large, "crm", [row["customer"] for row in rows])
    planted = next([*values] for what, *values in truth(large, "survey").rows() if what == score)
    assert_near(logistic([mood], given, 10), planted)


def planted(large: Path, what: str) -> list[float]:
    return next([*values] for said, _, *values in truth(large, "service").rows() if said == what)


def test_waiting_decides_over_calls(large: Path) -> None:
    calls = [
        row
        for row in plain(large, "callcentre", "calls", "calls.txt")
        if row and day("callcentre", row["Date"])
    ]
    calls = [row for row in calls if row["Caller No"] != "X9999999"]
    minutes = np.array([int(row["Wait (s)"]) / 60 for row in calls])
    outcome = np.array([row["Outcome"] for row in calls])
    left = outcome == "Hung up"
    assert_near(logistic([minutes], left * 1.0), planted(large, "a caller hangs up")[:2])
    solved = (outcome == "Solved")[~left] * 1.0
    assert_near(
        logistic([minutes[~left]], solved), planted(large, "a call is solved at once, if not hung up")[:2]
    )
    scored = np.array([bool(row["Score"]) for row in calls])
    mood = moods(large, "callcentre", [row["Caller No"] for row in calls])
    given = np.array([int(row["Score"]) for row in calls if row["Score"]])
    assert_near(logistic([minutes[scored], mood[scored]], given, 10), planted(large, "score of a call"))


def test_a_slow_ticket_costs_satisfaction(large: Path) -> None:
    rows = rows_of(large, "callcentre", "tickets")
    assert all((row["status"] == "Closed") == bool(row["closed_on"]) == bool(row["outcome"]) for row in rows)
    scored = [row for row in rows if row["satisfaction"]]
    took = np.array([(day("callcentre", r["closed_on"]) - day("callcentre", r["date"])).days for r in scored])
    assert took.min() == 0
    mood = moods(large, "callcentre", [row["customer"] for row in scored])
    given = np.array([int(row["satisfaction"]) for row in scored])
    assert_near(logistic([took, mood], given, 10), planted(large, "score of a ticket"))
    opened = [row for row in rows_of(large, "callcentre", "calls") if row["outcome"] == "Ticket opened"]
    assert len(opened) == len(rows)


@pytest.mark.parametrize("place", range(len(CAMPAIGNS)))
def test_the_arms_are_those_of_the_campaign(
    large: Path, firm_of_large: simulated_world.World, place: int
) -> None:
    sent = CAMPAIGNS[place]
    arms = {
        row["customer"]: row["arm"]
        for row in rows_of(large, "crm", "campaign_contacts")
        if row["campaign"] == sent.number
    }
    drawn = simulated_campaigns.arms(firm_of_large.firm, firm_of_large.people, sent)
    assert arms == {
        f"C{code:07d}": "treated" if drawn[code] else "held out" for code in np.flatnonzero(drawn >= 0)
    }
    answers = [row for row in rows_of(large, "crm", "campaign_responses") if row["campaign"] == sent.number]
    assert {arms[row["customer"]] for row in answers} == ({"treated"} if any(sent.chances) else set())
    extra = float(firm_of_large.lines.filter(extra=place + 1)["revenue"].sum() / 100)
    assert sum(float(row["amount"]) for row in answers) == pytest.approx(extra)
    told = truth(large, "campaign_arms").filter(campaign=sent.number)
    assert told["extra_eur"].item() == pytest.approx(extra)


def test_the_share_of_wallet_is_recovered(large: Path, firm_of_large: simulated_world.World) -> None:
    code = dict(truth(large, "person").filter(system="crm").select("id", "customer_code").rows())
    names = [segment.name for segment in simulated_customers.SEGMENTS]
    rows = rows_of(large, "crm", "wallet_surveys")
    own, spend = (np.array([float(row[name]) for row in rows]) for name in ("own_spend", "spend"))
    segment = np.array([firm_of_large.people.segment[code[row["customer"]]] for row in rows])
    for number_, (name, share) in enumerate(truth(large, "wallet_share").rows()):
        assert name == names[number_]
        mine = segment == number_
        ratio = own[mine].sum() / spend[mine].sum()
        noise = spend[mine] * ratio - own[mine]
        error = np.sqrt(np.sum(noise**2)) / spend[mine].sum()
        assert abs(ratio - share) < 4 * error
        assert error < 0.05
    assert all((row["rank"] == "1") == (2 * o >= s) and int(row["rank"]) <= int(row["brands"])
               for row, o, s in zip(rows, own, spend, strict=True))  # fmt: skip


def test_as_many_consent_in_the_end_as_was_planted(large: Path) -> None:
    people = truth(large, "person").filter(system="crm")
    code, known = dict(people.select("id", "customer_code").rows()), people["customer_code"].n_unique()
    rows = [row for row in rows_of(large, "crm", "consents") if row["customer"] in code]
    last = {(code[row["customer"]], row["channel"]): row["verdict"] for row in rows if not row["purpose"]}
    for channel, share in truth(large, "consent_share").rows():
        found = sum(verdict == "opt-in" for (_, by), verdict in last.items() if by == channel) / known
        assert abs(found - share) < 4 * np.sqrt(share * (1 - share) / known)
    assert {row["purpose"] for row in rows} == {"", "newsletter", "offers"}
    assert len(last) + 1_000 < len(rows) < len(last) + 4_000


def test_own_spend_is_what_was_bought(large: Path, firm_of_large: simulated_world.World) -> None:
    code = dict(truth(large, "person").filter(system="crm").select("id", "customer_code").rows())
    names = pl.Series([each.name for each in simulated_products.CATEGORIES])
    of_product, lines = names[pl.Series(firm_of_large.goods.category)], firm_of_large.lines
    lines = lines.with_columns(category=of_product[lines["product"] - 1])
    rows = rows_of(large, "crm", "wallet_surveys")
    for wave in surveys.WAVES:
        today = demo_firm.day_index(wave)
        year = lines.filter(pl.col("day") >= today - 365, pl.col("day") < today)
        spent = year.group_by("customer", "category").agg(pl.col("revenue").sum())
        bought = {(customer, category): cents for customer, category, cents in spent.rows()}
        asked = [row for row in rows if day("crm", row["date"]) == wave]
        assert len(asked) > 1_000
        for row in asked:
            cents = bought[code[row["customer"]], row["wallet_category"]]
            assert round(100 * float(row["own_spend"])) == cents


def test_newsletters_are_opened_as_planted(large: Path, firm_of_large: simulated_world.World) -> None:
    code = dict(truth(large, "person").filter(system="shop").select("id", "customer_code").rows())
    rows = rows_of(large, "shop", "emails")
    segment = np.array([firm_of_large.people.segment[code[row["customer"]]] for row in rows])
    clicked = np.array([row["outcome"] == "clicked" for row in rows])
    for place, (_, sent, opens, clicks) in enumerate(truth(large, "newsletter").rows()):
        opened, then = (int(((segment == place) & mask).sum()) for mask in (~clicked, clicked))
        assert abs(opened / sent - opens) < 4 * (opens * (1 - opens) / sent) ** 0.5
        assert abs(then / opened - clicks) < 4 * (clicks * (1 - clicks) / opened) ** 0.5


def test_sessions_that_order_are_the_true_orders(large: Path, firm_of_large: simulated_world.World) -> None:
    held = pl.read_parquet(large / "sessions.parquet").filter(
        pl.col("started_at").is_not_null(), pl.col("user_id").is_null() | (pl.col("user_id") != "X9999999")
    ).unique()  # fmt: skip
    code = truth(large, "person").filter(system="shop").select(user_id="id", customer="customer_code")
    found = held.filter(outcome="ordered").join(code, "user_id").select(
        "order", "customer", "channel", day=(pl.col("started_at").dt.date() - date(2023, 1, 1)).dt.total_days()
    )  # fmt: skip
    online = firm_of_large.lines.filter(pl.col("channel").is_in([9, 10]), ~pl.col("is_return")).unique(
        "order_key"
    )
    true = online.filter(pl.col("customer").is_in(code["customer"])).select(
        order=pl.format("S{}", pl.col("order_key").cast(pl.String).str.zfill(9)), customer="customer",
        channel=pl.format("CH{}", pl.col("channel").cast(pl.String).str.zfill(2)), day=pl.col("day").cast(pl.Int64),
    )  # fmt: skip
    assert len(true) > 20_000
    assert found.sort("order").equals(true.sort("order"))
    came = held.filter(pl.col("campaign").is_not_null()).join(code, "user_id")
    assert len(came) > 100
    assert (firm_of_large.people.treated[came["customer"].to_numpy()] == 1).all()


def test_votes_decide_over_proposals(large: Path) -> None:
    needed = truth(large, "collaboration").filter(name="votes_needed")["value"].item()
    votes = rows_of(large, "shop", "votes")
    assert len({(row["customer"], row["proposal_number"]) for row in votes}) == len(votes)
    proposals = {row["number"]: row for row in rows_of(large, "shop", "proposals")}
    counted = dict.fromkeys(proposals, 0)
    for row in votes:
        counted[row["proposal_number"]] += 1
        assert row["date"] >= proposals[row["proposal_number"]]["date"]
    true = truth(large, "proposal")
    assert dict(true.select("number", "votes").rows()) == counted
    for number_, row in proposals.items():
        said = "open" if not row["decided_on"] else "accepted" if counted[number_] >= needed else "declined"
        assert row["status"] == said
    assert np.corrcoef(true["appeal"], true["votes"])[0, 1] > 0.7
    assert 0.2 < np.mean([row["status"] == "accepted" for row in proposals.values()]) < 0.6


def test_an_offer_is_answered_by_its_margin(large: Path, firm_of_large: simulated_world.World) -> None:
    rows = rows_of(large, "shop", "price_offers")
    true = truth(large, "price_offer")
    assert [row["number"] for row in rows] == true["number"].to_list()
    offered, asked = (
        np.array([float(row[name]) for row in rows]) for name in ("offered_price", "asked_price")
    )
    answer = np.array([row["answer"] for row in rows])
    enough = offered >= true["floor_eur"].to_numpy() - 1e-9
    refused = np.isin(answer, ("refused", "countered"))
    assert ((answer == "accepted") == enough)[answer != "waiting"].all()
    assert (refused == ~enough)[answer != "waiting"].all()
    instead = [float(row["countered_price"]) for row in rows if row["answer"] == "countered"]
    assert (instead >= true["floor_eur"].to_numpy()[answer == "countered"]).all()
    assert 0.3 < np.mean(answer == "accepted") < 0.9
    assert (offered <= asked).all()
    segment = firm_of_large.people.segment[true["customer_code"].to_numpy()]
    willing = true["willingness_eur"].to_numpy() / asked
    for place, (_, median) in enumerate(truth(large, "willingness").rows()):
        mine = np.log(willing[segment == place])
        assert abs(mine.mean() - np.log(median)) < 4 * mine.std() / len(mine) ** 0.5


# Supply and sales --------------------------------------------------------------------------------------------------


def test_stock_is_what_was_there_less_sold_plus_come(
    large: Path, firm_of_large: simulated_world.World
) -> None:
    stock = pl.DataFrame(rows_of(large, "erp", "stock")).filter(place="Prato").select(
        "product", day=pl.col("date").str.to_date("%d/%m/%Y"), on_hand=pl.col("on_hand").cast(pl.Int64),
        on_order=pl.col("on_order").cast(pl.Int64),
    ).sort("product", "day")  # fmt: skip
    came = pl.DataFrame(rows_of(large, "erp", "receipts")).select(
        "product", pl.col("date").str.to_date("%d/%m/%Y").alias("day"), n=pl.col("quantity").cast(pl.Int64),
    )  # fmt: skip
    sold = firm_of_large.lines.select(
        pl.format("P{}", pl.col("product").cast(pl.String).str.zfill(5)).alias("product"),
        (pl.lit(date(2023, 1, 1)) + pl.duration(days=pl.col("day"))).alias("day"), n=-pl.col("units").cast(pl.Int64),
    )  # fmt: skip
    ends = stock.select(pl.col("day").unique().sort())
    moves = (
        pl.concat([came, sold])
        .sort("day")
        .join_asof(ends.with_columns(week="day"), on="day", strategy="forward")
    )
    moves = moves.filter(pl.col("day") > ends["day"][0]).group_by("product", "week").agg(pl.col("n").sum())
    steps = stock.with_columns(step=pl.col("on_hand").diff().over("product")).drop_nulls("step")
    joined = steps.join(moves, left_on=["product", "day"], right_on=["product", "week"], how="left")
    assert len(joined) == 19 * 2000
    assert joined.filter(pl.col("step") != pl.col("n").fill_null(0)).height == 0
    assert (stock["on_hand"] >= 0).all()
    last = stock.filter(pl.col("day") == ends["day"][-1])
    open_ = pl.DataFrame(rows_of(large, "erp", "lead_times")).filter(pl.col("received_on") == "")
    ordered, had = (
        pl.col(name).replace("", "0").cast(pl.Int64) for name in ("quantity_ordered", "quantity_received")
    )
    assert last["on_order"].sum() == open_.select((ordered - had).sum()).item() > 0


def test_suppliers_keep_to_their_habits(large: Path) -> None:
    made = pl.DataFrame(rows_of(large, "erp", "lead_times")).with_columns(
        pl.col("date", "promised_on").str.to_date("%d/%m/%Y"),
        pl.col("received_on").replace("", None).str.to_date("%d/%m/%Y"),
    )  # fmt: skip
    # Those ordered early enough that even a late one has come, and before one of the suppliers gets worse.
    early = made.filter(pl.col("date") < truth(large, "degraded_supplier")["since"].item())
    late = ((pl.col("received_on") + timedelta(days=5) - pl.col("promised_on")).dt.total_days() // 7).cast(
        pl.Float64
    )
    found = early.group_by("partner").agg(
        late=late.mean(), n=pl.len(), worst=pl.col("received_on").is_null().mean()
    )
    for partner, delay in truth(large, "supplier")["id", "mean_delay_weeks"].rows():
        late_, n, missing = found.filter(partner=partner)["late", "n", "worst"].row(0)
        assert missing < 0.01
        assert abs(late_ - delay) < 4 * (delay / n) ** 0.5 + 0.05


def test_the_price_list_prices_the_lines(large: Path, firm_of_large: simulated_world.World) -> None:
    prices = {(row["product"], day("erp", row["date"])): (row["unit_price"], row["unit_cost"])
              for row in rows_of(large, "erp", "prices")}  # fmt: skip
    discounts = dict(enumerate(simulated_customers.DISCOUNTS))
    for line in firm_of_large.lines.filter(~pl.col("is_return")).gather_every(5_000).rows(named=True):
        when = date(2023, 1, 1) + timedelta(days=line["day"])
        name = f"P{line['product']:05d}"
        price, cost = next(
            prices[name, each] for each in PRICE_DAYS[::-1] if each <= when and (name, each) in prices
        )
        paid = number("erp", price) * (1 - discounts[firm_of_large.people.kind[line["customer"]]])
        assert abs(line["revenue"] / line["units"] / 100 - paid) < 0.011
        assert abs(line["cost"] / line["units"] / 100 - number("erp", cost)) < 0.001


def test_order_lines_are_the_simulated_sales(small: Path, tmp_path: Path) -> None:
    demo.simulate(tmp_path / "firm.duckdb", SMALL)
    held = Warehouse(tmp_path / "firm.duckdb")
    true = held.rows(
        """SELECT o.number, DATE '1970-01-01' + day_key, c.id, p.id, h.id, l.payment, units::INTEGER, revenue::DOUBLE,
            cost::DOUBLE, is_return
        FROM sale JOIN sales_order AS o USING (order_key) LEFT JOIN customer AS c USING (customer_key)
            JOIN product AS p USING (product_key) JOIN channel AS h USING (channel_key) JOIN line AS l USING (line_key)
        ORDER BY row_in_source"""
    )
    held.close()
    rows = [
        row
        for year in (2023, 2024, 2025)
        for row in plain(small, "erp", "order_lines", f"vendite_{year}.csv")
    ]
    once = {(row["Ordine"], row["Riga"]): row for row in rows if row and day("erp", row["Data"])}
    kept = [row for row in once.values() if row["Cliente"] != "X9999999"]
    assert [
        (row["Ordine"], day("erp", row["Data"]), row["Cliente"] or "(unknown)", row["Articolo"], row["Canale"],
         row["Pagamento"], int(row["Quantità"]), number("erp", row["Importo"]), number("erp", row["Costo"]),
         row["Reso"] == "sì")
        for row in kept
    ] == [(n, d.date() if isinstance(d, datetime) else d, *rest) for n, d, *rest in true]  # fmt: skip
    for row, after in pairwise(kept):
        assert int(after["Riga"]) == (int(row["Riga"]) + 1 if after["Ordine"] == row["Ordine"] else 1)


def test_invoices_are_the_orders_on_credit(small: Path, firm_of_small: simulated_world.World) -> None:
    rows = rows_of(small, "erp", "invoices")
    credit = firm_of_small.lines.filter(payment=simulated_orders.PAYMENT_CODE["Invoice, 30 days"])
    orders = credit.group_by("order_key").agg(pl.col("revenue").sum())
    names = order_exports.order_ids(firm_of_small, orders["order_key"])
    true = dict(zip(names, (orders["revenue"] / 100).to_list(), strict=True))
    assert {row["order_number"]: number("erp", row["amount"]) for row in rows} == pytest.approx(true)
    assert all(
        bool(row["paid_on"]) == (row["status"] == "pagata") == (row["paid"] == row["amount"]) for row in rows
    )


def test_segments_pay_as_planted(firm_of_large: simulated_world.World) -> None:
    frame = next(each.frame for each in order_exports.deliveries(firm_of_large) if each.part == "invoices")
    old = frame.filter(pl.col("Data") < date(2025, 1, 1), pl.col("Importo") > 0)
    code = old["Cliente"].str.slice(1).cast(pl.Int64).to_numpy()
    late = (old["Pagata il"] > old["Scadenza"]).to_numpy()
    days = (old["Pagata il"] - old["Scadenza"]).dt.total_days().to_numpy()
    for place, (_, chance, mean) in enumerate(order_exports.truth(firm_of_large)["payment"].rows()):
        mine = firm_of_large.people.segment[code] == place
        if mine.sum() < 100:
            continue
        assert abs(late[mine].mean() - chance) < 4 * (chance * (1 - chance) / mine.sum()) ** 0.5
        assert days[mine & late].mean() == pytest.approx(
            mean + 0.5, abs=4 * mean / (mine & late).sum() ** 0.5
        )


# The loader --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Integrated:
    """The firm made of what its simulation wrote and its systems exported, how that was told, and which cubes."""

    path: Path
    told: list[float]
    refreshed: list[str]


@pytest.fixture(scope="module")
def integrated(tmp_path_factory: pytest.TempPathFactory) -> Integrated:
    firm = Integrated(tmp_path_factory.mktemp("integrated") / "firm.duckdb", [], [])
    run = follow_publication.CubeRefresh.run
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(space_budget.DEFAULTS, space_budget.LEAST_LINES, "1")
        patch.setattr(
            follow_publication.CubeRefresh,
            "run",
            lambda self, *given: firm.refreshed.append(self.cube.name) or run(self, *given),
        )
        integrate(firm.path, SMALL, lambda share, _: firm.told.append(round(share, 6)))
    return firm


@pytest.fixture(scope="module")
def sold(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of the exports that the integrated firm has from its simulation: order lines and channels."""
    path = tmp_path_factory.mktemp("sold") / "sold.duckdb"
    erp = read_mapping(small / "erp.toml")
    load(replace(erp, parts=tuple(each for each in erp.parts if each.subject in SIMULATED)), path)
    return path


def test_every_file_balances_as_the_truth_says(small: Path, sold: Path, integrated: Integrated) -> None:
    sql = """SELECT source, part, file, rows_read, rows_rejected, repeats_dropped + repeats_kept,
            rows_loaded + rows_rejected + repeats_dropped = rows_read
        FROM delivery JOIN batch USING (batch) WHERE source IN ('erp', 'crm', 'shop', 'callcentre')"""
    with closing(Warehouse(sold)) as one, closing(Warehouse(integrated.path)) as other:
        booked = [*one.rows(sql), *other.rows(sql)]
    columns = ("source", "part", "file", "rows_read", "rows_rejected", "repeats")
    true = [(*(each[name] for name in columns), True) for each in parts(small)]
    assert sorted(booked) == sorted(true)


def test_ways_of_payment_stay_with_their_lines(sold: Path) -> None:
    held = Warehouse(sold)
    found = held.rows(
        "SELECT payment, sum(revenue) FROM sale JOIN line USING (line_key) GROUP BY 1 ORDER BY 2 DESC"
    )
    held.close()
    assert len(found) > 3
    assert found[0][0] != "(unknown)"


def test_what_is_loaded_adds_up(small: Path, sold: Path, integrated: Integrated) -> None:
    """To the sums of the truth, and to the repeated row where a mapping lets it stay."""
    with closing(Warehouse(sold)) as one, closing(Warehouse(integrated.path)) as other:
        for source, part, file, field, total, repeated in truth(small, "total").rows():
            fact = SUBJECT[part].of_fact
            column = "units" if fact.orders and field == "quantity" else field
            sql = f"""SELECT sum({column})::DOUBLE, any_value(repeats_kept) FROM {fact.name}
                JOIN batch USING (batch) JOIN delivery USING (batch) WHERE part = ? AND source = ? AND file = ?
                HAVING count(*) > 0"""
            ((found, kept),) = [row for held in (one, other) for row in held.rows(sql, [part, source, file])]
            assert found == pytest.approx(total + kept * repeated, abs=0.005), (part, field)


def test_the_warehouse_tells_each_day_as_the_exports_did(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "lists.duckdb"
    columns = {"customers": ("city", "customer_kind"), "products": ("category", "subcategory"),
               "partners": ("partner_type", "partner_stage")}  # fmt: skip
    erp = read_mapping(small / "erp.toml")
    load(replace(erp, match=False, parts=tuple(each for each in erp.parts if each.subject in columns)), path)
    held = Warehouse(path)
    for part, texts in columns.items():
        table = SUBJECT[part].table.name
        for each in [each for each in parts(small) if (each["source"], each["part"]) == ("erp", part)]:
            when = datetime.strptime(each["file"][-12:-4], "%Y%m%d")
            found = held.rows(
                f"""SELECT id, {", ".join(texts)} FROM {table}
                WHERE valid_from <= ? AND ? < valid_to AND {table}_code > 0""",
                [when, when],
            )
            true = {
                (row[table], *(row[text] for text in texts))
                for row in sound(small, "erp", part, each["file"])[0]
            }
            assert {row for row in found if row[0] != "X9999999"} == true, each["file"]
    held.close()


REFERS = [
    ("callcentre", "calls", "calls.txt", "interaction"),
    ("shop", "votes", "votes.csv", "vote"),
    ("crm", "campaign_contacts", "campaign_contacts.csv", "contact"),
    ("crm", "wallet_surveys", "crm.xlsx", "wallet"),
    ("shop", "web_sessions", "sessions.parquet", "interaction"),
]


@pytest.mark.parametrize(("source", "part", "file", "table"), REFERS)
def test_facts_find_their_customers(
    integrated: Integrated, small: Path, source: str, part: str, file: str, table: str
) -> None:
    held = Warehouse(integrated.path)
    rows = held.rows(
        f"""SELECT number, coalesce(i.id, ''), i.numbering
        FROM {table} LEFT JOIN customer_identity AS i USING (identity_key) JOIN delivery USING (batch)
            JOIN batch USING (batch) WHERE part = ? AND source = ?""",
        [part, source],
    )
    held.close()
    true = {(row["number"], row["customer"]) for row in sound(small, source, part, file)[0]}
    assert {row[:2] for row in rows} == true
    numbering = "erp" if part == "campaign_contacts" else source
    assert {row[2] for row in rows} - {None} == {numbering}


# Lists that name customers as another system does.
NUMBERED_BY = {"campaign_contacts": "erp", "campaign_responses": "erp"}


def told_of(small: Path) -> dict[tuple[str, str], list[tuple[str, date | None, str]]]:
    """What files tell of each customer (system, number), read line by line: subject, day and number of the row."""
    found: dict[tuple[str, str], list[tuple[str, date | None, str]]] = {}
    for each in parts(small):
        source, part, fact = each["source"], each["part"], SUBJECT[each["part"]].fact
        if fact is None or fact.orders or CUSTOMER not in fact.dimensions:
            continue
        for row in sound(small, source, part, each["file"])[0]:
            if who := row["customer"]:
                said = (fact.name, day(source, row["date"]), row["number"])
                found.setdefault((NUMBERED_BY.get(part, source), who), []).append(said)
    return found


def test_a_time_line_is_what_all_files_tell(small: Path, integrated: Integrated) -> None:
    files = told_of(small)
    everything = TimeLineAsked()
    with closing(Warehouse(integrated.path)) as held:
        bought = held.rows("SELECT customer_code, day_key, order_key, is_return FROM sale")
        every = held.rows("SELECT DISTINCT customer_code FROM customer WHERE customer_code > 0 ORDER BY ALL")
        for (code,) in random.Random(11).sample(every, TOLD_OF):
            own = [(one, id) for _, one, id in held.rows(customer_records.NUMBERS, [code])]
            events = time_line.events(held, code, everything, most=100_000)
            orders = {(day, order, back) for who, day, order, back in bought if who == code}
            sold = events.filter(pl.col("fact") == "sale")
            assert sorted(sold.select("day_key", "order_key", pl.col("kind") == "return").rows()) == sorted(
                orders
            )
            told = events.filter(~pl.col("fact").is_in(["sale", "stage_event"]))
            assert Counter(told.select("fact", "day", "number").rows()) == Counter(
                row for number in own for row in files.get(number, ())
            ), own
            assert sum(time_line.kinds(held, code, everything).values()) == events.height


def test_lines_name_who_supplied_and_who_sold_them(small: Path, integrated: Integrated, sold: Path) -> None:
    """As the files do: the product's supplier, and the reseller of the line."""
    supplier = {row["product"]: row["supplied_by"] for row in rows_of(small, "erp", "products")}
    lines = [
        row
        for year in (2023, 2024, 2025)
        for row in sound(small, "erp", "order_lines", f"vendite_{year}.csv")[0]
    ]
    true, by = Counter[tuple[str, str]](), Counter[str]()
    for row in lines:
        if row["customer"] != "X9999999":
            true[supplier[row["product"]], row["seller"]] += round(number("erp", row["revenue"]) * 100)
            by[row["seller"]] += round(number("erp", row["revenue"]) * 100)
    sql = """SELECT {partner}, CASE WHEN seller.seller_code > 0 THEN seller.id ELSE '' END,
            (sum(revenue) * 100)::BIGINT FROM sale JOIN partner USING (partner_key)
            JOIN (SELECT partner_key AS seller_key, partner_code AS seller_code, id FROM partner) AS seller
                USING (seller_key)
            LEFT JOIN customer_identity AS i USING (identity_key)
            WHERE coalesce(i.id, '') <> 'X9999999' GROUP BY ALL"""
    with closing(Warehouse(integrated.path)) as held, closing(Warehouse(sold)) as loaded:
        assert {row[:2]: row[2] for row in held.rows(sql.format(partner="partner.id"))} == true
        found = {row[1]: row[2] for row in loaded.rows(sql.format(partner="''"))}
    assert found == by
    assert len(by) > 5


def test_what_came_of_orders_is_what_the_files_say(small: Path, integrated: Integrated) -> None:
    """Told order by order in plain words, for each supplier: due, in time, whole, whole in time, open."""
    with closing(Warehouse(integrated.path)) as held:
        told = held.rows(
            """SELECT p.id, count(*), sum(is_due), sum(in_time), sum(in_full), sum(in_time_in_full), count(open_days)
            FROM supply_order AS o JOIN partner AS p USING (partner_key) WHERE p.partner_code > 0
                AND o.product_code > 0 AND o.product_key NOT IN (SELECT product_key FROM product WHERE id = 'X9999999')
            GROUP BY 1"""
        )
    received: dict[str, list[tuple[date, int]]] = {}
    for row in rows_of(small, "erp", "receipts"):
        received.setdefault(row["supply_order"], []).append((day("erp", row["date"]), int(row["quantity"])))
    found: dict[str, Counter[str]] = {}
    for row in rows_of(small, "erp", "lead_times"):
        came = received.get(row["number"]) or (
            [(day("erp", row["received_on"]), int(row["quantity_received"]))] if row["received_on"] else []
        )
        due, wanted = day("erp", row["promised_on"]), int(row["quantity_ordered"])
        is_whole, is_due = sum(n for _, n in came) >= wanted, due <= demo_firm.LAST_DAY
        last = max((when for when, _ in came), default=date.max)
        is_prompt = last <= due and (is_whole or bool(row["ended_on"]))
        found.setdefault(row["partner"], Counter()).update({
            "all": 1, "due": is_due, "prompt": is_due and is_prompt, "whole": is_whole,
            "both": is_due and is_whole and last <= due, "open": not is_whole and not row["ended_on"],
        })  # fmt: skip
    names = ("all", "due", "prompt", "whole", "both", "open")
    assert {row[0]: tuple(map(int, row[1:])) for row in told} == {
        partner: tuple(each[name] for name in names) for partner, each in found.items()
    }


def test_integrated(integrated: Integrated) -> None:
    path, told, made = integrated.path, integrated.told, integrated.refreshed
    assert (told[0], told[-1]) == (0, 1)
    assert "interactions" in made
    assert len(made) == len(set(made)), "roll-ups are made once, after all systems"
    assert all(0 <= share <= 1 for share in told)
    assert [
        each.name for each in path.parent.iterdir() if each.is_dir() and each.name.startswith(".firm")
    ] == []
    held = Warehouse(path)
    assert is_simulated(held)
    ((lines, facts),) = held.rows("SELECT (SELECT count(*) FROM sale), (SELECT count(*) FROM interaction)")
    assert lines == pytest.approx(SMALL.lines, rel=0.1)
    assert facts > SMALL.lines / 2
    arms = held.rows(
        """SELECT count(DISTINCT number), count(*) FILTER ((arm = 'treated') <> treated) FROM contact
        JOIN customer_identity AS i USING (identity_key)
        JOIN truth.customer AS t ON i.numbering = 'erp' AND i.id = format('C{:07d}', t.customer_code)
        WHERE campaign_code = (SELECT DISTINCT campaign_code FROM campaign WHERE id = ?)""",
        [PLANTED],
    )
    sizes = held.rows(f"SELECT treated + held_out, 0 FROM truth.campaign_arms WHERE campaign = '{PLANTED}'")
    assert arms == sizes
    answers, bought = held.rows(
        """SELECT count(*), count(*) FILTER (EXISTS (FROM sale AS s WHERE s.customer_code = r.customer_code
            AND s.day_key = r.day_key)) FROM response AS r JOIN customer_identity AS i USING (identity_key)
        WHERE i.id <> 'X9999999'"""
    )[0]
    assert answers == bought > 30
    together, right, true = held.rows(
        """WITH pair AS (SELECT identity_key, i.customer_code AS found, p.customer_code AS true
            FROM customer_identity AS i JOIN truth.person AS p ON p.system = i.numbering AND p.id = i.id)
        SELECT count(*) FILTER (one.found = other.found),
            count(*) FILTER (one.found = other.found AND one.true = other.true), count(*) FILTER (one.true = other.true)
        FROM pair AS one JOIN pair AS other ON one.identity_key < other.identity_key"""
    )[0]
    assert right / together > 0.97, "persons taken for one another"
    assert right / true > 0.9, "persons not recognised"
    held.close()
    with pytest.raises(WarehouseError, match="already a warehouse"):
        integrate(path, SMALL)
