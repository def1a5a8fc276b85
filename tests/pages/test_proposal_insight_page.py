"""The page Proposal insight and its command: the address, what both say of a small firm, where nothing can be told."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
import streamlit

from cubes.query import parse_cut
from data.collaborate.proposal_board import proposal_board
from data.collaborate.proposal_deeds import merge
from data.errors import BadRequest
from data.store.warehouse import writing
from mining.__main__ import main
from pages.collaborate import proposal_insight_words as words
from pages.collaborate.found_proposal_insight import asked_groups, asked_pairs, found_proposal_insight
from pages.collaborate.proposal_insight_view import ProposalInsightView, parse_proposal_insight
from pages.ui import session
from pages.ui.figures import rank_courses
from pages.ui.style.theme import LIGHT
from tests.pages.test_unknown_cuts import opened, told
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

PAGE = "collaborate/proposal_insight_page.py"
DAY = date(2011, 3, 1)
TITLES = (
    "A bench by the pond",
    "A bench by the pond!",
    "Brighter light at night in Nobel Street",
    "Brighter light at night in Kent Street",
    "<script>x</script>",
)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten customers, of whom firms spend much; five proposals, two of them the same and two about different streets."""
    found = tmp_path.resolve() / "w.duckdb"
    people = [(f"C{at}", "firm" if at < 3 else "house") for at in range(10)]
    lines = [
        Line(DAY, f"o{name}", name, customer_kind=kind, revenue="1000.00" if name == "C0" else "10.00")
        for name, kind in people
    ]
    tiny_warehouse(found, lines).close()
    with writing(found) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO batch VALUES (1, 'shop', '2011-04-01', '2011-04-01', 'load')"
        )
    proposals = [
        {
            "day": DAY + timedelta(at),
            "customer": f"C{at}",
            "number": f"P{at}",
            "title": title,
            "text": "",
            "status": "new",
        }
        for at, title in enumerate(TITLES)
    ]
    votes = [("P0", 0), ("P0", 1), ("P1", 1), ("P1", 5), ("P2", 6), ("P2", 7), ("P2", 8), ("P2", 9)]
    with_facts(
        found,
        proposal=proposals,
        vote=[
            {"day": DAY + timedelta(9), "customer": f"C{who}", "proposal_number": number}
            for number, who in votes
        ],
    ).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(found))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    session.renewed()
    return found


def test_the_address_holds_the_view() -> None:
    view = ProposalInsightView(
        (parse_cut("country=Italy"),), "country", "revenue", True, "open", "value", 0.7
    )
    assert parse_proposal_insight(view.to_parameters()) == view
    assert ProposalInsightView().to_parameters() == {}
    assert parse_proposal_insight({}) == ProposalInsightView()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("worth", "margni", "Did you mean 'margin'"),
        ("order", "vote", "not ranked by"),
        ("only", "closed", "no choice of proposals"),
        ("weighted", "no", "weighted=yes"),
        ("alike", "0.61", "0.4, 0.5"),
        ("sort", "x", "sort"),
    ],
)
def test_an_address_that_cannot_be_read_is_told(name: str, value: str, said: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_proposal_insight({name: [value]})
    assert said in str(caught.value)


@pytest.mark.usefixtures("path")
def test_what_is_found_of_a_small_firm() -> None:
    view = ProposalInsightView()
    found = found_proposal_insight(view)
    rows = {row["title"]: row for row in words.rank_table(found, "persons").to_dicts()}
    bench, light = rows[TITLES[0]], rows[TITLES[2]]
    assert (light["persons"], light["rank by persons"], light["rank by worth"]) == (4, 1, 2)
    assert (bench["persons"], bench["rank by persons"], bench["rank by worth"]) == (2, 2, 1)
    assert bench["worth"] == pytest.approx(994 + 4)
    assert bench["largest_customer"] == pytest.approx(994 / 998)
    assert "In 2 proposals of two supporters or more" in words.heavy_words(found)  # C1 is worth 4, C5 as much
    assert "3 of the first 5 by persons" in words.main_fact(found)
    figure = rank_courses(words.rank_lines(found, "persons", "EUR"), LIGHT)
    assert [trace.y[0] for trace in figure.data] == [1, 2, 3]
    pairs = words.pair_table(found, asked_pairs(view, found).found())
    assert pairs.select("first", "second", "repeats", "places").row(0) == ("P0", "P1", "Title", "Not told")
    assert ("P2", "P3", "Two places") in pairs.select("first", "second", "places").rows()
    with pytest.raises(BadRequest, match="more than 50 voters"):
        asked_groups(view, found).found()
    open_ones = found_proposal_insight(ProposalInsightView((parse_cut("customer_kind=firm"),), only="open"))
    assert (open_ones.insight.ranks.voices, open_ones.insight.ranks.outside) == (2, 5)
    later = found_proposal_insight(ProposalInsightView((parse_cut("day=2011-03-03..2011-12-31"),)))
    assert later.voices.proposals["number"].to_list() == ["P2", "P3", "P4"]


def test_totals_without_voters_stand_beside_and_rank_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tmp_path.resolve() / "w.duckdb"
    tiny_warehouse(found, []).close()
    with writing(found) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO batch VALUES (1, 'town', '2011-04-01', '2011-04-01', 'load')"
        )
    rows = [
        {"day": DAY, "number": f"P{at}", "title": title, "status": "new", "supports": at}
        for at, title in enumerate(TITLES)
    ]
    with_facts(found, proposal=rows).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(found))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    session.renewed()
    app = opened(PAGE)
    assert not app.exception
    said = "Nobody who is known here supports any of 5 proposals. Sources tell 10 supports without voters."
    assert said in told(app)
    table = words.rank_table(found_proposal_insight(ProposalInsightView()), "persons")
    assert table["supports_told"].to_list() == [4, 3, 2, 1, 0]
    assert table.select("rank by persons", "share", "worth").null_count().row(0) == (5, 5, 5)


@pytest.mark.usefixtures("path")
def test_merged_proposals_count_a_person_once_at_once() -> None:
    before = found_proposal_insight(ProposalInsightView())
    store = session.warehouse()
    numbers = {each.id: each for each in proposal_board(store).proposals}
    merge(store, numbers["P1"], numbers["P0"], "Both ask for a bench.")
    after = found_proposal_insight(ProposalInsightView())
    assert after.voices.proposals.height == before.voices.proposals.height - 1
    rows = dict(after.insight.ranks.rows.select("proposal", "persons").iter_rows())
    assert rows[numbers["P0"].key] == 3  # of two and two, one supports both
    assert any("1 proposal is merged into another" in each for each in after.notes)


@pytest.mark.usefixtures("path")
def test_the_page_tells_of_a_small_firm() -> None:
    app = opened(PAGE, weighted="yes")
    found = found_proposal_insight(ProposalInsightView(weighted=True))
    asked_pairs(ProposalInsightView(), found).found()
    app = app.run()
    assert not app.exception
    said = told(app)
    assert "7 customers of 10 support at least one of 5 proposals" in said
    assert "need more than 50 voters" in said
    assert "Weighted, 7 voters tell as much as" in said
    assert "<script>" not in said
    assert 'data-state="found"' in said
    app.selectbox(key="proposal-insight-order").select("value").run()
    assert app.query_params["order"] == "value"
    assert not app.exception


@pytest.mark.usefixtures("path")
def test_what_cannot_be_told_is_a_sentence() -> None:
    for parameters, said in (
        ({"where": "day=2012-01-01..2012-02-01"}, "No proposal here"),
        ({"by": "countyr"}, "Customers are not told apart by"),
        ({"worth": "head_room"}, "No value of customers is saved yet."),
    ):
        app = opened(PAGE, **parameters)
        assert not app.exception
        assert said in told(app)


def test_the_command_tells_the_same(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["proposals", "--warehouse", str(path), "--format", "json", "--weighted"]
    assert main(asked) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["proposals"], found["voters"], found["customers"], found["worth"]) == (5, 7, 10, "margin")
    assert found["rows"][0]["title"] == TITLES[2]
    assert {"groups", "beside", "opinions", "pairs", "rows", "notes"} <= set(found)
    assert any("need more than 50 voters" in note for note in found["notes"])
    assert main([*asked, "--by", "countyr"]) == 2
    assert "Customers are not told apart" in capsys.readouterr().err
    assert main([*asked[:-1], "--until", str(DAY + timedelta(2))]) == 0
    early = json.loads(capsys.readouterr().out)
    assert (early["proposals"], early["voters"]) == (3, 0)  # made by then, and nobody had voted yet
