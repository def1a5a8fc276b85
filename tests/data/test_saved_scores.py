"""Scores of customers are kept dated and once a day, follow whoever turns out to be whom, and are told and undone."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cubes.ask.answer import ask
from cubes.query import Query
from data.errors import BadRequest
from data.export.plain_tables import export
from data.load.mappings.canonical_fields import SUBJECTS
from data.model.scoring import SCORES, Scoring, read
from data.model.segmentation import Segmentation, close_of
from data.privacy.access import access, write_zip
from data.privacy.rights import forget
from data.quality.integrity import examine
from data.recovery.backup import backup, restore
from data.recovery.earlier_states import go_back, undo_load
from data.review.identity_decisions import decide
from data.store.older_warehouse import bring_up_to_date
from data.store.saved_scores import save_scores, take_back
from data.store.warehouse import Warehouse, save_attribute
from tests.data.releases.kept_firm import open_kept
from tests.data.test_findings import sell, tell, told_and_sold
from tests.made_once import folder_once

DAY = date(2024, 4, 1)
MADE = Scoring(DAY, "BG/NBD", 365, {"rate": 0.1}, "Eva")
LATER = Scoring(date(2024, 6, 1), "BG/NBD", 365)


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    """Ann, Bob and Cid of a list that changes, with lines from January to July 2024."""
    return folder_once(tmp_path, told_and_sold) / "w.duckdb"


def worth(**values: float | None) -> pl.DataFrame:
    """A frame of values by the numbers of customers: c1=5.0 is that of customer 1."""
    return pl.DataFrame({"customer": [each[1:] for each in values], "value": list(values.values())})


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    store = Warehouse(path)
    try:
        return store.rows(sql)
    finally:
        store.close()


def held(path: Path) -> list[tuple[Any, ...]]:
    """Day, customer and value of every score, as the warehouse tells them now."""
    return rows(
        path,
        """SELECT DATE '1970-01-01' + day_key, id, value::DOUBLE FROM customer_score
        JOIN customer USING (customer_key, customer_code) ORDER BY ALL""",
    )


def total(path: Path, by: str = "") -> dict[str | None, float]:
    store = Warehouse(path)
    try:
        frame = ask(store, Query(("customer_value",), (by,) if by else (), cube="scores")).frame
        return dict(zip(frame[by] if by else [None], frame["customer_value"], strict=True))
    finally:
        store.close()


def is_sound(path: Path) -> None:
    """The warehouse is, and each score points at the version that stood when its day had closed, told by a loop."""
    store = Warehouse(path)
    assert [each.name for each in examine(store) if not each.is_sound] == []
    versions: dict[int, list[tuple[Any, int]]] = {}
    for code, since, key in store.rows(
        "SELECT customer_code, valid_from, customer_key FROM customer WHERE valid_from < valid_to ORDER BY ALL"
    ):
        versions.setdefault(code, []).append((since, key))
    for day, code, key in store.rows(
        "SELECT DATE '1970-01-01' + day_key, customer_code, customer_key FROM customer_score"
    ):
        begun = [each for since, each in versions[code] if since <= close_of(day)]
        assert key == (begun[-1] if begun else versions[code][0][1])
    store.close()


def test_what_was_saved_is_told_with_how_it_was_found(firm: Path) -> None:
    assert save_scores(firm, worth(c1=5.0, c2=7.5, c3=None), MADE) == 2
    assert held(firm) == [(DAY, "1", 5.0), (DAY, "2", 7.5)]
    store = Warehouse(firm)
    (saved,) = read(store.rows)
    assert (saved.scoring, saved.scores, saved.customers, saved.batch) == (MADE, ("value",), 2, 3)
    assert store.profile.extents["customer_score"].lines == 2
    store.close()
    is_sound(firm)


def test_no_mapping_is_offered_scores() -> None:
    assert "customer_score" not in {each.fact for each in SUBJECTS}


@pytest.mark.parametrize(
    ("frame", "day", "wrong"),
    [
        (worth(c1=1.0).rename({"customer": "who"}), DAY, "do not say of whom"),
        (worth(c1=1.0).rename({"value": "worth"}), DAY, "no score 'worth'"),
        (worth(c1=1.0).drop("value"), DAY, "no score to save"),
        (worth(c1=1.0).clear(), DAY, "no score to save"),
        (pl.concat([worth(c1=1.0), worth(c1=2.0)]), DAY, "each customer once"),
        (worth(c1=1.0).with_columns(customer=pl.lit(None, pl.String)), DAY, "each customer once"),
        (worth(c1=float("nan")), DAY, "not finite"),
        (worth(c1=1.0).with_columns(value=pl.lit("much")), DAY, "no number"),
        (worth(c1=1.5).rename({"value": "chance"}), DAY, "more than 1"),
        (worth(c1=-0.5).rename({"value": "head_room"}), DAY, "below zero"),
        (worth(c1=1.0, c9=1.0), DAY, "1 of 2 customers are not in the warehouse"),
        (pl.DataFrame({"customer": ["(unknown)"], "value": [1.0]}), DAY, "are not in the warehouse"),
        (worth(c1=1.0), date(2024, 1, 4), "no data of 2024-01-04"),
        (worth(c1=1.0), date(2024, 7, 2), "no data of 2024-07-02"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_in_words(
    firm: Path, frame: pl.DataFrame, day: date, wrong: str
) -> None:
    before = firm.read_bytes()
    with pytest.raises(BadRequest, match=wrong.replace("(", r"\(")):
        save_scores(firm, frame, Scoring(day, "BG/NBD"))
    assert firm.read_bytes() == before


def test_a_scoring_without_a_model_or_an_end_before_it_begins_is_none() -> None:
    for model, days in ((" ", 90), ("BG/NBD", 0)):
        with pytest.raises(BadRequest):
            Scoring(DAY, model, days)


def test_a_day_scored_again_says_the_new_and_what_it_does_not_say_stays(firm: Path) -> None:
    save_scores(firm, worth(c1=5.0, c2=7.0), MADE)
    save_scores(firm, worth(c1=40.0).rename({"value": "head_room"}), Scoring(DAY, "Dirichlet"))
    save_scores(firm, worth(c1=6.0), Scoring(DAY, "Pareto/NBD", 90))
    assert held(firm) == [(DAY, "1", 6.0), (DAY, "1", None)]
    assert [(each.number, each.scoring.model) for each in read(lambda sql: rows(firm, sql))] == [
        (2, "Dirichlet"), (3, "Pareto/NBD")]  # fmt: skip


def test_a_late_scoring_stands_on_its_day(firm: Path) -> None:
    save_scores(firm, worth(c1=6.0), LATER)
    save_scores(firm, worth(c1=5.0), MADE)
    assert total(firm, "month") == {"2024-04": 5, "2024-05": 5, "2024-06": 6, "2024-07": 6}


def test_a_scoring_is_taken_back(firm: Path) -> None:
    save_scores(firm, worth(c1=5.0), MADE)
    save_scores(firm, worth(c1=6.0), LATER)
    take_back(firm, 1)
    assert held(firm) == [(LATER.scored_on, "1", 6.0)]
    with pytest.raises(BadRequest, match="no scoring 1"):
        take_back(firm, 1)
    take_back(firm, 2)
    assert rows(firm, "SELECT count(*) FROM scoring") == [(0,)]


def test_who_is_merged_adds_up_and_who_is_told_apart_has_their_own_again(firm: Path) -> None:
    save_scores(firm, worth(c1=1.0, c2=10.0, c3=100.0), MADE)
    apart = held(firm)
    keys = dict(rows(firm, "SELECT id, identity_key FROM customer_identity"))
    decide(firm, keys["2"], keys["3"], "together", "me")
    is_sound(firm)
    assert sorted(total(firm, "customer").values()) == [1, 110]
    save_scores(firm, worth(c1=2.0, c2=70.0), LATER)
    assert total(firm) == {None: 72}  # what the merged customer was before no longer stands beside what it is
    decide(firm, keys["2"], keys["3"], "apart", "me")
    is_sound(firm)
    assert held(firm) == [*apart, (LATER.scored_on, "1", 2), (LATER.scored_on, "2", 70)]


def bands(path: Path) -> list[tuple[Any, ...]]:
    """Who is in which bands since the last close, by number."""
    return rows(
        path,
        """SELECT id, arg_max(value_band, valid_from), arg_max(risk_band, valid_from) FROM customer
        WHERE customer_code > 0 GROUP BY id ORDER BY id""",
    )


def test_bands_follow_who_is_merged_and_who_is_told_apart(firm: Path) -> None:
    chances = pl.Series("chance", [0.1, 0.5, 0.9])
    save_scores(firm, worth(c1=1.0, c2=10.0, c3=100.0).with_columns(chances), MADE)
    apart = bands(firm)
    assert len({band for _, *band in apart for band in band}) == 6, "everybody stands elsewhere"
    keys = dict(rows(firm, "SELECT id, identity_key FROM customer_identity"))
    decide(firm, keys["2"], keys["3"], "together", "me")
    assert [each[1:] for each in bands(firm)][1] == ("83 and more", "low: chance 70% and more")
    decide(firm, keys["2"], keys["3"], "apart", "me")
    assert bands(firm) == apart
    is_sound(firm)


def test_scores_follow_versions_that_are_told_later(firm: Path) -> None:
    save_scores(firm, worth(c1=1.0, c2=10.0, c3=100.0), MADE)
    assert total(firm, "city") == {"Lille": 1, "Rome": 110}
    tell(firm.parent, "2024-03-15", "1,Ann,Nantes", "2,Bob,Pisa", "3,Cid,Rome")
    assert total(firm, "city") == {"Nantes": 1, "Pisa": 10, "Rome": 100}
    is_sound(firm)
    save_attribute(
        firm, "customer", "degree", "Degree", {"1": "high"}, Segmentation(DAY, "loyalty", "of all")
    )
    assert total(firm, "degree") == {"high": 1, "(unknown)": 110}
    is_sound(firm)
    sell(firm.parent, "2024-07-09,2,5,Bari")
    is_sound(firm)


def test_who_is_forgotten_keeps_scores_and_no_name(firm: Path) -> None:
    save_scores(firm, worth(c1=1.0, c2=10.0), Scoring(DAY, "BG/NBD", 365, {"within": "customer=Ann"}, "Ann"))
    told = access(Warehouse(firm), "1")
    assert told["customer_score"]["value"].to_list() == [1]
    assert told["scorings"].rows() == [(1, DAY, "BG/NBD", 365, "value")]
    assert told["customer_score"]["number"].to_list() == ["1"]
    write_zip(told, firm.with_name("ann.zip"))
    assert access(Warehouse(firm), "3")["scorings"].height == 0
    forget(firm, "1")
    assert total(firm) == {None: 11}
    assert rows(firm, "SELECT parameters, saved_by FROM scoring") == [("{}", "erased")]
    assert [who for _, who, _ in held(firm)] == ["2", "erased-1"]
    is_sound(firm)


def test_it_goes_with_the_snapshot_that_it_is_in(firm: Path, tmp_path: Path) -> None:
    save_scores(firm, worth(c1=1.0), MADE)
    scored = held(firm)
    backup(firm, tmp_path / "kept.backup")
    sell(firm.parent, "2024-07-09,2,5,")
    save_scores(firm, worth(c1=2.0), LATER)
    assert "customers scored as of 2024-06-01" in undo_load(firm).deeds
    assert held(firm) == scored
    ((number,),) = rows(firm, "SELECT max(number) FROM publication")
    take_back(firm, 1)
    go_back(firm, number)
    assert held(firm) == scored
    take_back(firm, 1)
    restore(firm, tmp_path / "kept.backup")
    assert held(firm) == scored
    is_sound(firm)


def test_a_warehouse_of_an_earlier_release_is_scored(tmp_path: Path) -> None:
    path = open_kept(3, tmp_path / "w.duckdb")
    bring_up_to_date(path)
    (who,) = rows(path, "SELECT id FROM member WHERE level = 'customer' AND code = 1")
    save_scores(path, pl.DataFrame({"customer": who, "value": [3.0]}), Scoring(date(2024, 2, 29), "BG/NBD"))
    assert total(path) == {None: 3}
    is_sound(path)


def test_an_export_holds_them_and_not_by_which_parameters(firm: Path, tmp_path: Path) -> None:
    save_scores(firm, worth(c1=1.0), MADE)
    store = Warehouse(firm)
    export(store, tmp_path / "plain", "csv")
    store.close()
    assert pl.read_csv(tmp_path / "plain" / "customer_score.csv")["value"].to_list() == [1]
    assert pl.read_csv(tmp_path / "plain" / "scoring.csv")["parameters"].to_list() == [""]


def test_scores_years_apart_are_no_slips(tmp_path: Path) -> None:
    path = folder_once(tmp_path, told_and_sold) / "w.duckdb"
    sell(path.parent, *(f"{2022 + at // 12}-{at % 12 + 1:02}-15,1,1," for at in range(40)))
    save_scores(path, worth(c1=1.0), Scoring(date(2022, 1, 15), "BG/NBD"))
    for month in range(1, 7):
        save_scores(path, worth(c1=float(month)), Scoring(date(2024, month, 15), "BG/NBD"))
    store = Warehouse(path)
    extent = store.profile.extents["customer_score"]
    assert (extent.first_day, extent.last_day, extent.outliers) == (date(2022, 1, 15), date(2025, 4, 15), ())
    store.close()


def test_scores_are_what_the_fact_declares() -> None:
    assert SCORES == ("value", "head_room", "spend", "chance", "expected_purchases")
