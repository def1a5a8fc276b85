"""Contacts are written by one door and once: adds, removals, unchanged, and books that hold through what follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from shutil import copy

import numpy as np
import polars as pl
import pytest

from data import operational_extension
from data.campaigns.carried_contacts import carry_over
from data.campaigns.contact_files import csv_bytes
from data.campaigns.drawn_contacts import draw
from data.campaigns.message_fields import CODE_PLACE
from data.campaigns.planned_rules import planned_rules
from data.errors import BadRequest
from data.load import Mapping, load
from data.operational.planned_campaigns import CampaignDesign
from data.quality.integrity import examine
from data.recovery import backup
from data.recovery.earlier_states import undo_load
from data.store import warehouse_id
from data.store.publication import published
from data.store.warehouse import Warehouse, writing
from tests.data.contact_firm import DAY, PLAN, Trial, contact_firm, reach, running, trying

ARMS = "SELECT customer_code, arm, code, number, cost, variant FROM contact ORDER BY number"
TREATED = "SELECT customer_code FROM contact WHERE arm = 'treated'"
LIST = """
source = "crm"
[campaigns]
changes = "full"
[campaigns.columns]
campaign = "Id"
campaign_name = "Name"
campaign_type = "Type"
"""


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    with trying(contact_firm(tmp_path / "w.duckdb")) as found:
        yield found


def _removals(path: Path) -> list[tuple[object, ...]]:
    found = Warehouse(path)
    try:
        return found.rows("SELECT * FROM campaign_removal ORDER BY ALL")
    finally:
        found.close()


def _told(path: Path) -> tuple[list[tuple[object, ...]], list[str]]:
    """The contacts, and what is wrong in the warehouse."""
    found = Warehouse(path)
    try:
        return found.rows(ARMS), [str(each) for each in examine(found) if not each.is_sound]
    finally:
        found.close()


def test_contacts_are_one_publication_no_load_and_the_firm_s_own_list_does_not_break_them(
    tmp_path: Path,
) -> None:
    path, campaign = contact_firm(tmp_path / "w.duckdb"), running()
    found = Warehouse(path)
    before = draw(found.frame, campaign, np.arange(1, 101), planned_rules(campaign, [], DAY))
    found.close()
    done = reach(path, campaign, 100)
    assert (done.number, done.is_new, done.removed) == (1, True, 0)
    assert (done.added, done.held_out, done.left_out) == (before.added, before.held_out, before.left_out)
    rows, wrong = _told(path)
    assert (len(rows), wrong) == (100, [])
    history = published(path)
    assert [(each.deed, each.batch) for each in history][1:] == [
        (f"contacts of campaign {campaign.id}", None)
    ]
    again = reach(path, campaign, 100)
    assert (again.number, again.is_new, again.added, again.unchanged) == (1, False, 0, done.added)
    with pytest.raises(BadRequest, match=f"take back all {done.added}"):
        reach(path, campaign, 0)
    assert published(path) == history
    file = tmp_path / "campaigns.csv"
    file.write_text("Id,Name,Type\nX1,Old,Mail\n")
    report = load(Mapping.from_text(LIST), path, file)
    assert _told(path) == (rows, [])
    found = Warehouse(path)
    names = found.rows(
        "SELECT name FROM campaign WHERE valid_from < valid_to AND campaign_code > 0 ORDER BY name"
    )
    found.close()
    assert names == [("Old",), ("Spring",)]
    assert list(undo_load(path).batches) == [report.batch]
    assert _told(path) == (rows, [])


def test_what_was_sent_stays_sent_where_an_earlier_snapshot_is_put_up_again(tmp_path: Path) -> None:
    """Gone back, undone or restored: the same contacts, nobody is reached twice, and what was taken back stays so."""
    operational_extension.register()
    path, campaign = contact_firm(tmp_path / "w.duckdb"), running()
    backup.backup(path, tmp_path / "kept.duckdb")
    file = tmp_path / "campaigns.csv"
    file.write_text("Id,Name,Type\nX1,Old,Mail\n")
    load(Mapping.from_text(LIST), path, file)
    reach(path, campaign, 100)
    reach(path, campaign, 60)
    told, removed = _told(path), _removals(path)
    assert (told[1], len(removed) > 20) == ([], True)
    done = undo_load(path)
    assert (done.deeds, _told(path), _removals(path)) == ((), told, removed)
    backup.restore(path, tmp_path / "kept.duckdb")
    assert (_told(path), _removals(path)) == (told, removed)
    again = reach(path, campaign, 60)
    assert (again.is_new, again.number) == (False, 2)


def test_an_earlier_snapshot_finds_them_by_their_numbers_and_another_firm_s_has_none(tmp_path: Path) -> None:
    by_number = "SELECT id, arm, code FROM contact JOIN customer_identity USING (identity_key) ORDER BY id"
    path = contact_firm(tmp_path / "w.duckdb")
    earlier = Path(copy(path, tmp_path / "earlier.duckdb"))
    reach(path, running(), 40)
    found = Warehouse(path)
    told = found.rows(by_number)
    found.close()
    with trying(earlier) as trial:
        trial.connection.execute("UPDATE customer_identity SET id = 'K' || (201 - identity_key)")
        assert carry_over(trial.connection, path)
        assert trial.rows(by_number) == told
        trial.connection.execute("DELETE FROM campaign_export")
        trial.connection.execute(
            "UPDATE setting SET value = 'another' WHERE name = ?", [warehouse_id.SETTING]
        )
        assert not carry_over(trial.connection, path)


def test_a_contact_has_all_that_belongs_to_it(trial: Trial) -> None:
    campaign = running()
    done, rows = trial.reach(campaign, 150), trial.rows(ARMS)
    reached = [row for row in rows if row[1] == "treated"]
    held_out = [row for row in rows if row[1] == "held out"]
    assert (done.number, done.added, done.removed, done.unchanged) == (1, len(reached), 0, 0)
    assert done.held_out == len(held_out) == 150 - len(reached)
    assert 15 <= done.held_out <= 45
    assert [row[0] for row in rows] == list(range(1, 151))
    assert [row[3] for row in rows] == [f"C-1-{nth:07d}" for nth in range(1, 151)]
    assert len({row[2] for row in reached}) == len(reached)
    assert {(row[4], row[5]) for row in reached} == {(Decimal("0.5"), None)}
    assert {(row[2], *row[4:]) for row in held_out} == {(None, None, None)}
    known = "SELECT id, name, campaign_type FROM campaign WHERE campaign_code > 0"
    assert trial.rows(known) == [("C-1", "Spring", "Discount")]
    batch = """SELECT DISTINCT day_key, source, origin, channel.name FROM contact JOIN batch USING (batch)
        JOIN channel USING (channel_key, channel_code)"""
    assert trial.rows(batch) == [((DAY - date(1970, 1, 1)).days, "clientela", "campaign", "Newsletter")]
    assert trial.rows("SELECT export, batch, added, held_out, exported_by FROM campaign_export") == [
        (1, 2, len(reached), len(held_out), "ann")
    ]


def test_an_audience_that_grows_and_shrinks_adds_and_takes_back_once(trial: Trial) -> None:
    campaign = running()
    trial.reach(campaign, 100)
    first = trial.rows(ARMS)
    grown = trial.reach(campaign, 160)
    treated = {code for (code,) in trial.rows(TREATED)}
    added = {each for each in treated if each > 100}
    assert trial.rows(ARMS)[:100] == first
    assert (grown.number, grown.added, grown.unchanged) == (2, len(added), len(treated - added))
    shrunk, gone = trial.reach(campaign, 40), {each for each in treated if each > 40}
    assert (shrunk.number, shrunk.added, shrunk.removed) == (3, 0, len(gone))
    assert shrunk.unchanged == len(treated - gone)
    everybody, new, removed = trial.files(campaign)
    assert (everybody.height, new.height) == (len(treated - gone), 0)
    assert set(removed["customer"]) == {f"K{each}" for each in gone}
    assert not trial.reach(campaign, 40).is_new
    assert trial.files(campaign, 2)[0].height == len(treated)
    assert set(trial.files(campaign, 2)[1]["customer"]) == {f"K{each}" for each in added}


def test_who_may_not_be_reached_any_longer_is_taken_back_once_and_nobody_who_was_not_sent_to(
    trial: Trial,
) -> None:
    campaign = running()
    done = trial.reach(campaign, 50)
    held_out = trial.rows("SELECT customer_code FROM contact WHERE arm = 'held out'")[0][0]
    treated = trial.rows(TREATED)[0][0]
    trial.rows(f"UPDATE customer_record SET email = NULL WHERE identity_key IN ({held_out}, {treated}, 60)")
    later = trial.reach(campaign, 60)
    assert (later.removed, later.unchanged, later.left_out) == (1, done.added - 1, {"no address": 1})
    assert trial.files(campaign)[2]["customer"].to_list() == [f"K{treated}"]
    assert not trial.reach(campaign, 60).is_new


@pytest.mark.parametrize(
    ("days", "later", "comes"), [(None, 28, False), (10, 3, False), (10, 10, True), (0, 0, True)]
)
def test_who_left_and_comes_back_is_reached_again_as_was_declared(
    trial: Trial, days: int | None, later: int, comes: bool
) -> None:
    campaign = running(design=CampaignDesign((("A", 0.4), ("B", 0.4)), 0.2, reentry_days=days))
    first = trial.reach(campaign, 50).added
    left = trial.reach(campaign, 30).removed
    back = trial.reach(campaign, 50, DAY + timedelta(days=later))
    assert (back.added, back.is_new) == ((left, True) if comes else (0, False))
    arms = "SELECT count(*) FROM (SELECT customer_code FROM contact GROUP BY ALL HAVING count(DISTINCT variant) > 1)"
    assert trial.rows(arms) == [(0,)]
    assert trial.rows("SELECT count(DISTINCT number), count(DISTINCT code) FROM contact") == [
        (50 + back.added, first + back.added)
    ]
    assert trial.files(campaign)[0].height == (first if comes else first - left)


def test_files_have_the_same_bytes_no_formula_and_nobody_held_out(trial: Trial) -> None:
    campaign = running()
    done = trial.reach(campaign, 100)
    once, twice = (csv_bytes(trial.files(campaign, 1)[0]) for _ in range(2))
    assert once == twice
    held = {f"K{each}" for (each,) in trial.rows("SELECT customer_code FROM contact WHERE arm = 'held out'")}
    lines = [line.split(",") for line in once.decode().splitlines()]
    assert lines[0] == ["contact", "code", "customer", "source", "name", "email", "variant", "text"]
    assert len(lines) == 1 + done.added
    assert not held & {line[2] for line in lines}
    assert all(line[4].startswith("'=Ann") for line in lines[1:])
    with pytest.raises(BadRequest, match="no export 2"):
        trial.files(campaign, 2)
    with pytest.raises(BadRequest, match="no export yet"):
        trial.files(running(2))


def test_arms_are_variants_and_what_was_sent_stands_with_the_contact(trial: Trial) -> None:
    codes = range(1, 201)
    contents = pl.DataFrame(
        {"customer": codes, "variant": "winter", "sent": [f"Dear {code}" for code in codes]}
    )
    design = CampaignDesign((("A", 0.4), ("B", 0.4)), 0.2, ("country",), "household")
    trial.reach(running(design=design), 200, contents=contents)
    rows = trial.rows(
        "SELECT household, arm, variant, sent, customer_code FROM contact JOIN customer USING (customer_code)"
    )
    told = {("treated", "A"), ("treated", "B"), ("held out", None)}
    assert {row[1:3] for row in rows} == told
    assert all(sent == (f"Dear {code}" if arm == "treated" else None) for _, arm, _, sent, code in rows)
    drawn: dict[str, set[str]] = {}
    for household, arm, variant, *_ in rows:
        drawn.setdefault(household, set()).add(variant or arm)
    assert len(drawn.pop("(unknown)")) > 1
    assert {len(arms) for arms in drawn.values()} == {1}
    trial.reach(running(2), 200, contents=contents)
    assert trial.rows("SELECT DISTINCT arm, variant FROM contact WHERE number LIKE 'C-2%' ORDER BY arm") == [
        ("held out", None), ("treated", "winter"),
    ]  # fmt: skip
    trial.reach(running(3), 200, contents=contents.with_columns(sent=pl.lit(f"Say {CODE_PLACE}")))
    said = trial.rows(
        "SELECT DISTINCT sent = 'Say ' || code FROM contact WHERE number LIKE 'C-3%' AND arm = 'treated'"
    )
    assert said == [(True,)]


def test_who_comes_while_messages_are_written_is_sent_one_as_well(tmp_path: Path) -> None:
    path = contact_firm(tmp_path / "w.duckdb", 30)
    asked: list[int] = []

    def messages(_warehouse: Warehouse, contacts: pl.DataFrame) -> pl.DataFrame:
        asked.append(contacts.height)
        if len(asked) == 1:
            with writing(path) as connection:  # somebody else, meanwhile: a consent makes one more reachable
                connection.execute(
                    "UPDATE customer_record SET email = 'k30@mail.example' WHERE identity_key = 30"
                )
        said = "Dear " + pl.col("customer").cast(pl.String)
        return contacts.select("customer", variant=pl.lit("one"), sent=said)

    with writing(path) as connection:
        connection.execute("UPDATE customer_record SET email = NULL WHERE identity_key = 30")
    done = reach(path, running(design=CampaignDesign((("treated", 1.0),), 0.0)), 30, messages=messages)
    warehouse = Warehouse(path)
    sent = warehouse.rows(
        "SELECT count(sent), count(*) FILTER (sent = 'Dear ' || customer_code) FROM contact"
    )
    warehouse.close()
    assert asked == [29, 30]
    assert (done.added, sent) == (30, [(30, 30)])


def test_newcomers_of_a_household_and_a_stratum_go_where_theirs_are(trial: Trial) -> None:
    design = CampaignDesign((("treated", 0.5),), 0.5, ("country",), "household")
    campaign = running(design=design)
    for many in (10, 71, 200):
        trial.reach(campaign, many)
    mixed = """SELECT household FROM contact JOIN customer USING (customer_code) WHERE household <> '(unknown)'
        GROUP BY ALL HAVING count(DISTINCT arm) > 1"""
    assert trial.rows(mixed) == []


def test_a_global_holdout_is_open_or_held_out_and_holds_from_other_campaigns(trial: Trial) -> None:
    everywhere = running(2, name="Away", type="Global holdout", channel="")
    done = trial.reach(everywhere, 200)
    arms = "SELECT arm, count(code), count(cost) FROM contact GROUP BY arm ORDER BY arm"
    assert (done.added, trial.rows(arms)) == (0, [("held out", 0, 0), ("open", 0, 0)])
    with pytest.raises(BadRequest, match="reaches nobody"):
        trial.files(everywhere, 1)
    later = trial.reach(running(), 200, others=[everywhere])
    assert later.left_out == {"held out of all": done.held_out}
    assert later.added + later.held_out == 200 - done.held_out
    after = trial.reach(running(3, ends=date(2026, 9, 1)), 200, date(2026, 8, 1), others=[everywhere])
    assert after.left_out == {}


def test_merged_from_two_arms_is_left_out_and_counted_and_erased_is_in_no_file(trial: Trial) -> None:
    campaign = running(design=CampaignDesign((("treated", 0.8),), 0.2, reentry_days=0))
    first = trial.reach(campaign, 100)
    (one,), (other,), *_ = trial.rows(TREATED)
    ((out,), *_) = trial.rows("SELECT customer_code FROM contact WHERE arm = 'held out'")
    for table in ("customer_identity", "contact"):
        trial.rows(f"UPDATE {table} SET customer_code = {one} WHERE customer_code = {out}")
    trial.rows(f"INSERT INTO erased VALUES ('customer', 'x', {other})")
    assert not {f"K{one}", f"K{other}", f"K{out}"} & set(trial.files(campaign, 1)[0]["customer"])
    done = trial.reach(campaign, 100)
    assert (done.removed, done.unchanged, done.left_out["two arms"]) == (2, first.added - 2, 1)
    assert trial.files(campaign)[2]["customer"].to_list() == [f"K{one}"]
    assert not trial.reach(campaign, 100).is_new


def test_merged_within_an_arm_is_taken_back_at_once_by_both_numbers(trial: Trial) -> None:
    campaign = running(design=CampaignDesign((("treated", 0.8),), 0.2, reentry_days=0))
    first = trial.reach(campaign, 100)
    (one,), *_, (other,) = trial.rows(TREATED)
    both = {f"K{one}", f"K{other}"}
    for table in ("customer_identity", "contact"):
        trial.rows(f"UPDATE {table} SET customer_code = {one} WHERE customer_code = {other}")
    assert trial.reach(campaign, 100).unchanged == first.added - 1
    trial.rows(f"UPDATE customer_record SET email = NULL WHERE identity_key IN ({one}, {other})")
    gone = trial.reach(campaign, 100)
    assert (gone.removed, gone.unchanged) == (1, first.added - 2)
    assert set(trial.files(campaign)[2]["customer"]) == both
    assert not trial.reach(campaign, 100).is_new
    trial.rows(f"UPDATE customer_record SET email = 'ann@x.example' WHERE identity_key = {one}")
    back = trial.reach(campaign, 100)
    assert (back.added, trial.files(campaign)[0].height) == (1, first.added - 1)
    assert both & set(trial.files(campaign)[0]["customer"])


def test_of_merged_contacts_the_one_that_stands_is_listed(trial: Trial) -> None:
    campaign = running()
    first = trial.reach(campaign, 100)
    (one,), *_, (other,) = trial.rows(TREATED)
    trial.rows(f"UPDATE customer_record SET email = NULL WHERE identity_key = {other}")
    assert trial.reach(campaign, 100).removed == 1
    for table in ("customer_identity", "contact"):
        trial.rows(f"UPDATE {table} SET customer_code = {one} WHERE customer_code = {other}")
    assert trial.reach(campaign, 100).unchanged == first.added - 1
    assert f"K{one}" in set(trial.files(campaign)[0]["customer"])


def test_an_audience_of_nobody_one_and_strangers(trial: Trial) -> None:
    nobody = trial.reach(running(), 0)
    assert (nobody.is_new, nobody.notes) == (False, (*nobody.notes[:-1], "There is nobody to reach."))
    one = trial.reach(running(2), 1)
    assert one.added + one.held_out == 1
    assert one.held_out or "Nobody fell into the held-out share" in one.notes[-1]
    assert trial.reach(running(3), 203).left_out == {"not known": 3}
    everybody = CampaignDesign((("treated", 1.0),), 0.0, kind="none")
    assert (
        trial.reach(running(4, design=everybody), 200).notes[0]
        == "Nobody is held out: no effect can be told."
    )


@pytest.mark.parametrize(
    ("wrong", "day", "said"),
    [
        ({"state": "draft"}, DAY, "has not started"),
        ({"state": "ended"}, DAY, "has ended"),
        ({"design": CampaignDesign(kind="switchback")}, DAY, "drawn by days"),
        ({"design": CampaignDesign(strata=("contry",))}, DAY, "Did you mean 'country'"),
        ({"channel": "telepathy"}, DAY, "no channel"),
        ({}, date(2026, 5, 1), "not on 2026-05-01"),
    ],
)
def test_what_does_not_run_or_asks_for_what_there_is_not_reaches_nobody(
    tmp_path: Path, wrong: dict[str, object], day: date, said: str
) -> None:
    path = contact_firm(tmp_path / "w.duckdb")
    before = published(path)
    with pytest.raises(BadRequest, match=said):
        reach(path, replace(PLAN, id="C-1", salt="s", **{"state": "running", **wrong}), 10, day)  # type: ignore[arg-type]
    assert published(path) == before
