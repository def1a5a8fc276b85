"""`python -m mining effect`: published figures through the loader, purchases against a loop, and bad questions."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from cubes.analysis import campaign_outcomes
from cubes.analysis.campaign_outcomes import RunCampaign
from data.errors import BadRequest
from data.load import load, read_mapping
from mining.__main__ import main
from tests.data.load_files import REAL
from tests.serving import ROOT
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

SENT = date(2025, 3, 1)
RATIOS = ("average_order_value", "lines_per_order", "units_per_line", "return_rate")


def told(capsys: pytest.CaptureFixture[str], path: Path, *arguments: str) -> dict[str, Any]:
    assert main(["effect", *arguments, "--warehouse", str(path), "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.skipif(not REAL.exists(), reason=f"no real data at {REAL}")
@pytest.mark.usefixtures("as_in_use")
def test_hillstroms_mens_arm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "w.duckdb"
    load(read_mapping(ROOT / "docs" / "examples" / "hillstrom.toml"), path, REAL / "hillstrom")
    capsys.readouterr()
    found = {each["measure"]: each for each in told(capsys, path, "--planned", "1:1")["rows"]}
    rounded = {
        name: [round(row[each], 5) for each in ("effect", "low", "high")] for name, row in found.items()
    }
    assert rounded["visit"] == [0.07659, 0.06995, 0.08323]
    assert rounded["conversion"] == [0.00681, 0.00500, 0.00861]
    assert [round(each, 4) for each in rounded["spend"]] == [0.7698, 0.4851, 1.0545]
    assert (found["visit"]["treated"], found["visit"]["held_out"]) == (21_307, 21_306)
    assert round(found["visit"]["total"], 1) == 1631.9
    assert all(row["p"] <= row["q"] < 1e-6 for row in found.values())


@pytest.mark.skipif(not REAL.exists(), reason=f"no real data at {REAL}")
@pytest.mark.usefixtures("as_in_use")
def test_complete_journeys_campaigns_are_observed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The published counts by type, each redeemer once a campaign and none outside the contacts; and no effect."""
    path = tmp_path / "w.duckdb"
    load(read_mapping(ROOT / "docs" / "examples" / "complete_journey.toml"), path, REAL / "completejourney")
    capsys.readouterr()
    rows = told(capsys, path)["rows"]
    contacts: dict[str, list[int]] = {}
    for row in rows:
        contacts.setdefault(row["type"], []).append(row["treated"])
    assert {kind: (len(own), sum(own)) for kind, own in contacts.items()} == {
        "Type A": (4, 3_647), "Type B": (17, 2_368), "Type C": (6, 574),
    }  # fmt: skip
    assert all(row["effect"] is None and row["refusal"].startswith("Nobody was held out") for row in rows)
    assert {(row["design"], row["estimator"]) for row in rows} == {("none", "none: observed only")}
    books = told(capsys, path, "--responses")
    assert (books["read"], books["matched"], books["repeats"], books["unmatched"]) == (2_102, 792, 1_310, 0)
    matched = dict.fromkeys(contacts, 0)
    kinds = {row["campaign"]: row["type"] for row in rows}
    for row in books["rows"]:
        matched[kinds[row["campaign"]]] += row["matched"]
    assert matched == {"Type A": 604, "Type B": 154, "Type C": 34}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight customers of a campaign, one in both arms, one of no known number; each buys on some days about it."""
    path = tmp_path_factory.mktemp("effect") / "w.duckdb"
    lines = [
        Line(SENT + timedelta(days), f"o{who}{days}", f"c{who}", revenue=f"{10 * who + days % 7}.00")
        for who in range(9)
        for days in (-200, -30, -who - 1, who, 10 * who, 120)
    ]
    tiny_warehouse(path, lines).close()
    contacts = [
        {
            "day": SENT,
            "customer": f"c{who}",
            "campaign": "Spring",
            "arm": "Treated" if who % 2 else "Held out",
            "cost": 2,
        }
        for who in range(8)
    ]
    contacts += [{"day": SENT, "customer": "c0", "campaign": "Spring", "arm": "treated"}]
    contacts += [{"day": SENT, "customer": "(unknown)", "campaign": "Spring", "arm": "treated"}]
    responses = [
        {
            "day": SENT + timedelta(days),
            "customer": f"c{who}",
            "campaign": "Spring",
            "kind": "code",
            "amount": 5,
        }
        for who, days in ((1, 3), (3, 4), (5, -2))
    ]
    with_facts(path, contact=contacts, response=responses).close()
    return path


def test_what_customers_bought_from_their_contact_on(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, path, "Spring", "--days", "30")
    rows = {each["measure"]: each for each in found["rows"]}
    assert set(rows) == {"buyers", "orders", "revenue", "margin", "code", "code share", *RATIOS}
    spent = {
        who: sum(10 * who + days % 7 for days in {who, 10 * who} if 0 <= days < 30) for who in range(1, 8)
    }
    arms = [[spent[who] for who in range(1, 8) if who % 2 == arm] for arm in (1, 0)]
    assert rows["revenue"]["treated_mean"] == pytest.approx(sum(arms[0]) / 4)
    assert rows["revenue"]["held_out_mean"] == pytest.approx(sum(arms[1]) / 3)
    assert rows["revenue"]["total"] == pytest.approx(rows["revenue"]["effect"] * 4)
    assert rows["revenue"]["cost_a_contact"] == 2
    orders = [
        sum(0 <= days < 30 for who in range(1, 8) if who % 2 == arm for days in {who, 10 * who})
        for arm in (1, 0)
    ]
    ratio = rows["average_order_value"]
    assert ratio["treated_mean"] == pytest.approx(sum(arms[0]) / orders[0])
    assert ratio["effect"] == pytest.approx(sum(arms[0]) / orders[0] - sum(arms[1]) / orders[1])
    assert ratio["total"] is None
    assert "has no value there" in rows["return_rate"]["refusal"] or rows["return_rate"]["effect"] == 0
    assert "could answer" in rows["code share"]["refusal"]
    notes = " ".join(found["notes"])
    assert "Customers in both arms, left out: 1" in notes
    assert "no known customer, left out: 1" in notes
    assert "which is not counted: 1" in notes


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["Sprin"], "Did you mean 'Spring'"),
        (["--measure", "revenu"], "Did you mean 'revenue'"),
        (["--where", "year=2025"], "The days of a campaign are its own"),
        (["--where", "country=Nowhere"], "Nowhere"),
        (["--until", "2025-03-04"], "--days says how long"),
        (["--responses", "--where", "country=France"], "read back whole"),
    ],
)
def test_bad_questions(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(["effect", *arguments, "--warehouse", str(path)]) == 2
    assert says in capsys.readouterr().err


def test_without_campaigns_it_says_what_to_load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny_warehouse(tmp_path / "w.duckdb", [Line(SENT)]).close()
    assert main(["effect", "--warehouse", str(tmp_path / "w.duckdb")]) == 2
    assert "Load campaign contacts first" in capsys.readouterr().err
    books = told(capsys, tmp_path / "w.duckdb", "--responses")
    assert (books["read"], books["notes"]) == (0, ["No response is loaded. Load campaign responses first."])
    with_facts(
        tmp_path / "w.duckdb", response=[{"day": SENT, "customer": "Ann", "campaign": "Early"}]
    ).close()
    books = told(capsys, tmp_path / "w.duckdb", "--responses")
    assert (books["read"], books["unmatched"], books["rows"][0]["unmatched_contact"]) == (1, 1, 1)


def test_one_of_two_campaigns_with_one_name_is_never_taken_for_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    twins = [
        RunCampaign(code, id, "Spring", "Mail", "Post", 2, 2, 0, SENT, SENT)
        for code, id in ((1, "A"), (2, "B"))
    ]
    monkeypatch.setattr(campaign_outcomes, "run_campaigns", lambda _: twins)
    assert campaign_outcomes.campaign_named(None, "B") == twins[1]  # type: ignore[arg-type]
    with pytest.raises(BadRequest, match=r"2 campaigns are called 'Spring'.*Write its id: A or B"):
        campaign_outcomes.campaign_named(None, "Spring")  # type: ignore[arg-type]


def test_of_contacts_after_the_last_day_that_is_known_nothing_is_told_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "w.duckdb"
    lines = [Line(SENT - timedelta(who), f"o{who}", f"c{who}", revenue="10.00") for who in range(8)]
    tiny_warehouse(path, lines).close()
    later = SENT + timedelta(30)
    contacts = [
        {"day": later, "customer": f"c{who}", "campaign": "Late", "arm": "treated" if who % 2 else "held out"}
        for who in range(8)
    ]
    with_facts(path, contact=contacts).close()
    (row,) = told(capsys, path, "Late", "--measure", "revenue")["rows"]
    assert row["effect"] is None
    assert row["refusal"] == (
        "Nothing is known yet of what followed: contacts began on 2025-03-31, and data end on 2025-03-01."
    )
