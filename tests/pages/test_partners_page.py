"""The page Partners: its address, what it draws and says of a small firm, and where nothing can be told."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from cubes.query import parse_cut
from data.errors import BadRequest
from data.operational import member_sets, operational_store
from data.operational.member_sets import PRIVATE
from mining.__main__ import main
from mining.partners.partner_scorecard import record_table
from mining.partners.ranking_methods import RankingMethod
from pages.collaborate import scorecard_words as words
from pages.collaborate.found_partners import found_partners, scorecard
from pages.collaborate.partners_view import PartnersView, parse_partners
from pages.ui import session
from tests.pages.test_unknown_cuts import opened, told
from tests.scorecard_firm import scorecard_firm

PAGE = "collaborate/partners_page.py"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path.resolve() / "w.duckdb"
    scorecard_firm(found).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(found))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    session.renewed()
    return found


def test_the_address_holds_the_view() -> None:
    view = PartnersView(
        (parse_cut("partner_type=Weaver"),), (("on_time", 5.0),), (("fill_rate", 0.8),), (("lead_days", 7.5),),
        RankingMethod.TOPSIS, True, "F:1", "margin",
    )  # fmt: skip
    assert parse_partners(view.to_parameters()) == view
    assert PartnersView().to_parameters() == {}
    assert parse_partners({}) == PartnersView()
    assert view.said("weight", "on_time", 3.0).weight == (), "the usual one need not be said"
    assert {each.name: each.floor for each in view.criteria}["fill_rate"] == 0.8


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("weight", "on_tme:3", "Did you mean 'on_time'"),
        ("weight", "on_time:-1", "from 0 to 100"),
        ("weight", "on_time:inf", "from 0 to 100"),
        ("floor", "fill_rate:much", "no floor of Fill rate"),
        ("method", "topsi", "Did you mean 'topsis'"),
        ("course", "magin", "Did you mean 'margin'"),
        ("unknown", "perhaps", "unknown=yes"),
        ("weights", "on_time:3", "weight"),
    ],
)
def test_an_address_that_cannot_be_read_is_told(name: str, value: str, said: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_partners({name: [value]})
    assert said in str(caught.value)


@pytest.mark.usefixtures("path")
def test_the_page_tells_of_a_small_firm_and_opens_a_partner() -> None:
    app = opened(PAGE, partner="F1", target="on_time:0.9", floor="fill_rate:0.5")
    assert not app.exception
    said = told(app)
    assert "Prompt stands first, and is so in 100% of 1,000 draws" in said
    assert "nothing is known that weighs, 1 candidate among them: Hopeful" in said
    assert "Number F1 · Weaver · Active" in said
    assert "Margin of its goods since 2024-01: €30.00" in said.replace("EUR", "€") or "since 2024-01" in said
    assert "Must-have: Fill rate 50% or more." in said
    assert 'data-state="found" data-partners="2"' in said
    app.slider(key="weight-on_time").set_value(0.0).run()
    assert app.query_params["weight"] == "on_time:0"
    app.number_input(key="floor-on_time").set_value(80.0).run()
    assert "on_time:0.8" in app.query_params["floor"]
    assert "Slack: On time 50%, must be 80% or more." in told(app)


@pytest.mark.usefixtures("path")
def test_a_partner_of_whom_nothing_is_known_opens_as_well() -> None:
    app = opened(PAGE, partner="F3")
    assert not app.exception
    assert "Hopeful" in told(app)


@pytest.mark.usefixtures("path")
def test_what_cannot_be_told_is_a_sentence() -> None:
    nothing = {f"{each.name}:0" for each in PartnersView().criteria if each.weight}
    for parameters, said in (
        ({"weight": sorted(nothing)}, "All weights are 0"),
        ({"partner": "F9"}, "No such partner"),
        ({"where": "partner_type=Dyer"}, "Fewer than two partners can be ranked."),
        ({"method": "saw"}, "There is no method"),
        ({"where": "partner_type=Weever"}, "There is no partner type &#x27;Weever&#x27;"),
        ({"where": "country=Italy"}, "Supply has no level &#x27;country&#x27;"),
    ):
        app = opened(PAGE, **parameters)  # type: ignore[arg-type]
        assert not app.exception
        assert said in told(app)


def withheld() -> None:
    import runpy
    from pathlib import Path

    import pages
    from data.access.acting import Acting, acting_as
    from data.access.policy import Policy

    with acting_as(Acting("maria", Policy(person="maria", smallest=5), "browser")):
        runpy.run_path(str(Path(pages.__file__).parent / "collaborate/partners_page.py"))


@pytest.mark.usefixtures("path")
def test_from_whom_small_counts_are_withheld_are_partners_as_well() -> None:
    app = AppTest.from_function(withheld, default_timeout=120).run()
    assert not app.exception
    assert "Small counts are withheld from you" in told(app)


@pytest.mark.usefixtures("path")
def test_a_changed_set_gives_no_kept_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_USER", "ann")
    store = operational_store.of(session.renewed())
    id = member_sets.save(store, "Mine", "partner", ["F1"], PRIVATE, "ann")
    view = PartnersView((parse_cut(f"partner in set {id}"),))
    assert found_partners(view).scorecard.partners["id"].to_list() == ["F1"]
    member_sets.add(store, id, ["F2"], "ann")
    assert found_partners(view).scorecard.partners["id"].to_list() == ["F1", "F2"]
    monkeypatch.setenv("CLIENTELA_USER", "bob")
    with pytest.raises(BadRequest, match="nobody shares it"):
        found_partners(view)


@pytest.mark.usefixtures("path")
def test_a_scorecard_is_kept_as_json_with_what_is_unknown() -> None:
    record = json.loads(json.dumps(scorecard(session.warehouse(), {"weight": ["margin:4"]}).as_record()))
    assert {each["name"]: each["weight"] for each in record["criteria"]}["margin"] == 4
    assert (record["since"], record["until"]) == ("2024-01-01", "2024-07-19")
    by = {each["id"]: each for each in record["partners"]}
    assert (by["F1"]["rank"], by["F2"]["rank"]) == (1, 2)
    assert record["without_figures"] == ["Hopeful"]
    told = by["F2"]["figures"]
    assert (told["on_time"]["value"], told["on_time"]["n"]) == (0.5, 12)
    assert by["F1"]["figures"]["answer_days"] == {
        "value": None,
        "n": 0,
        "low": None,
        "high": None,
        "beyond": None,
    }
    table = record_table(record)
    assert table.select("partner", "rank", "On time", "On time, n").rows() == [
        ("Prompt", 1, 1.0, 12),
        ("Slack", 2, 0.5, 12),
    ]
    assert record_table({}).is_empty()


@pytest.mark.usefixtures("path")
def test_frames_say_no_data_and_n() -> None:
    found = found_partners(PartnersView(unknown=True)).scorecard
    cells = words.score_cells(found, "EUR", 10)
    texts = {(row["row_id"], row["column_id"]): row["text"] for row in cells.to_dicts()}
    assert texts["F1", "on_time"] == "100% · 12"
    assert texts["F3", "on_time"] == "no data"
    assert words.figure_text(None, found.criteria[4], "EUR", 12.0) == "> 12 d"
    table = words.rank_table(found)
    assert words.types_words(found).startswith("Dyer and Weaver are ranked together")
    assert words.types_words(found_partners(PartnersView()).scorecard) == "", "the dyer is not ranked then"
    assert dict(table.select("partner", "remark").iter_rows())["Hopeful"].endswith(
        "figures unknown; Candidate"
    )
    assert words.method_table(found.judged).columns[1] == "by weighted sum"


def test_the_command_tells_the_same(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    arguments = ["partners", "--warehouse", str(path), "--weight", "margin=4", "--method", "topsis"]
    assert main(arguments) == 0
    rows = pl.read_csv(io.BytesIO(capfdbinary.readouterr().out))
    view = PartnersView(weight=(("margin", 4.0),), method=RankingMethod.TOPSIS)
    ours = found_partners(view).scorecard.judged.ranked
    assert (
        rows.select("partner", "rank", "share_first").rows()
        == ours.select("partner", "rank", "share_first").rows()
    )
    assert main([*arguments, "--format", "json", "--floor", "on_time=0.8"]) == 0
    said = json.loads(capfdbinary.readouterr().out)
    assert [each["partner"] for each in said["out"]] == ["Slack"]
    assert main([*arguments, "--weight", "margn=1"]) == 2
    assert b"Did you mean 'margin'" in capfdbinary.readouterr().err
    for more in (("--weight", "margin=much"), ("--floor", "on_time=nan"), ("--weight", "margin=1e308")):
        assert main([*arguments, *more]) == 2
    capfdbinary.readouterr()
    assert main([*arguments, "--where", "chanel=Web"]) == 2
    assert b"Did you mean 'channel'" in capfdbinary.readouterr().err
