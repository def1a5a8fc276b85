"""Two people change the same thing: what fits together is joined, and what does not is refused with both versions."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from data.errors import ChangedMeanwhile
from data.operational import (
    boards,
    campaign_contents,
    member_sets,
    operational_store,
    planned_campaigns,
    saved_views,
    statement_log,
    targets,
)
from data.operational.boards import CHART, SHARED, TABLE
from data.operational.campaign_contents import CampaignContent, ContentVariant, LanguageSource
from data.operational.meanwhile_words import value_words
from data.operational.operational_store import OperationalStore
from data.operational.planned_campaigns import CampaignDesign, PlannedCampaign
from data.operational.standing_on import StandingOn, joined
from data.operational.statement_kinds import SAVED_VIEW, TARGET
from data.operational.targets import TargetPlace

ROOT = Path(__file__).parents[2]
FIRM = TargetPlace("revenue")
PLAN = PlannedCampaign("Spring", "Discount", "mail", "aud", date(2026, 3, 1), date(2026, 4, 1), "revenue")
WRITES, A_LOOK = 25, 0.005
STEPS = {"maria": 1, "ugo": 1000}


@pytest.fixture
def store(tmp_path: Path) -> OperationalStore:
    return OperationalStore(tmp_path / f"w.duckdb{operational_store.ENDING}", "a warehouse")


def said(told: object) -> StandingOn:
    return StandingOn.of(told.said)  # type: ignore[attr-defined]


def versions(refused: pytest.ExceptionInfo[ChangedMeanwhile]) -> list[tuple[str, object, object, str]]:
    return [(each.part, each.theirs, each.mine, each.by) for each in refused.value.changes]


def hashable(version: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(str(each) if isinstance(each, list) else each for each in version)


def told(name: str = "A", address: str = "a", state: str = "kept") -> dict[str, str]:
    return {"view": "1", "name": name, "address": address, "audience": "shared", "state": state}


@pytest.mark.parametrize(
    ("theirs", "mine", "comes_to", "clashes"),
    [
        (told(), told("B"), told("B"), []),
        (told("B"), told(address="b"), told("B", "b"), []),  # as it was seen, with what I changed
        (told("B"), told("B", "b"), told("B", "b"), []),  # as it is now, with what I changed
        (told("B"), told("B"), told("B"), []),
        (told("B"), told("C"), told("C"), [("name", "B", "C")]),
        (told("B", "b"), told("C", "c"), told("C", "c"), [("name", "B", "C"), ("address", "b", "c")]),
        (told(state="deleted"), told("C"), told("C"), [("name", None, "C")]),
        (told("B"), told("B", state="deleted"), told("B", state="deleted"), [("name", "B", None)]),
        (told(state="deleted"), told(state="deleted"), told(state="deleted"), []),
        (None, told("C"), told("C"), [("name", None, "C")]),
    ],
)
def test_three_versions_come_to_one_or_stand_against_each_other(
    theirs: dict[str, str] | None, mine: dict[str, str], comes_to: dict[str, str], clashes: list[object]
) -> None:
    assert joined(SAVED_VIEW, told(), theirs, mine) == (comes_to, clashes)


def test_a_view_renamed_in_one_window_and_saved_over_in_another_is_both(store: OperationalStore) -> None:
    id = saved_views.save(store, "Sales", "a", SHARED, "maria")
    (seen,) = saved_views.saved_views(store, "maria")
    saved_views.rename(store, id, "Turnover", "maria", said(seen))
    saved_views.save_over(store, id, "b", "maria", said(seen))
    (now,) = saved_views.saved_views(store, "maria")
    assert (now.name, now.address) == ("Turnover", "b")
    with pytest.raises(ChangedMeanwhile, match="You changed the saved view “Sales” meanwhile") as refused:
        saved_views.rename(store, id, "Takings", "maria", said(seen))
    assert versions(refused) == [("name", "Turnover", "Takings", "maria")]
    saved_views.rename(store, id, "Takings", "maria", refused.value.standing_on)
    (now,) = saved_views.saved_views(store, "maria")
    assert (now.name, now.address) == ("Takings", "b"), "theirs stays where it is not in the way"


def test_what_was_deleted_meanwhile_comes_back_only_with_whoever_has_seen_that(
    store: OperationalStore,
) -> None:
    id = saved_views.save(store, "Sales", "a", SHARED, "maria")
    (seen,) = saved_views.saved_views(store, "maria")
    saved_views.delete(store, id, "maria", said(seen))
    with pytest.raises(ChangedMeanwhile, match="Name is deleted now, yours is “Takings”") as refused:
        saved_views.rename(store, id, "Takings", "maria", said(seen))
    assert saved_views.saved_views(store, "maria") == ()
    saved_views.rename(store, id, "Takings", "maria", refused.value.standing_on)
    assert saved_views.saved_views(store, "maria")[0].name == "Takings"


def test_targets_of_several_periods_are_refused_together(store: OperationalStore) -> None:
    targets.set_targets(store, FIRM, {"2026": Decimal(100)}, "maria")
    seen = StandingOn(targets.seen_targets(store, FIRM).said)
    targets.set_targets(store, FIRM, {"2026": Decimal(120), "2026-Q1": Decimal(30)}, "ugo", seen)
    mine = {"2026": Decimal(110), "2026-Q1": Decimal(25), "2026-Q2": Decimal(40)}
    with pytest.raises(
        ChangedMeanwhile, match="ugo changed the target of revenue for 2026 and 1 more"
    ) as refused:
        targets.set_targets(store, FIRM, mine, "maria", seen)
    assert versions(refused) == [("value", "120", "110", "ugo"), ("value", "30", "25", "ugo")]
    assert targets.targets(store) == {FIRM: {"2026": Decimal(120), "2026-Q1": Decimal(30)}}, (
        "nothing of it is said"
    )
    targets.set_targets(store, FIRM, {"2026-Q3": Decimal(50)}, "maria", seen)
    targets.set_targets(store, FIRM, mine, "maria", refused.value.standing_on)
    assert targets.targets(store)[FIRM] == mine | {"2026-Q3": Decimal(50)}


def test_who_undoes_targets_does_not_undo_anothers(store: OperationalStore) -> None:
    targets.set_targets(store, FIRM, {"2026": Decimal(100)}, "maria")
    saved = targets.set_targets(store, FIRM, {"2026": Decimal(110)}, "maria")
    targets.set_targets(store, FIRM, {"2026": Decimal(120)}, "ugo")
    with pytest.raises(ChangedMeanwhile, match="ugo"):
        targets.set_targets(store, FIRM, saved.before, "maria", StandingOn(saved.said))
    assert targets.targets(store)[FIRM] == {"2026": Decimal(120)}


def test_a_tile_is_moved_by_one_and_shown_otherwise_by_another(store: OperationalStore) -> None:
    board = boards.create(store, "Monday", SHARED, "maria")
    for view in "abc":
        boards.add_tile(store, board, view, CHART, "maria")
    a, b, c = boards.tiles(store, board)
    boards.move_tile(store, c.id, -1, "ugo", said(c))
    boards.show_tile_as(store, c.id, TABLE, "maria", said(c))
    boards.move_tile(store, a.id, 1, "maria", said(a))
    with pytest.raises(ChangedMeanwhile, match="ugo changed this tile"):
        boards.put_tile_after(store, c.id, a.id, "maria", said(c))
    boards.remove_tile(store, b.id, "ugo", said(b))
    with pytest.raises(ChangedMeanwhile, match="ugo changed this tile") as refused:
        boards.show_tile_as(store, b.id, TABLE, "maria", said(b))
    boards.show_tile_as(store, b.id, TABLE, "maria", refused.value.standing_on)
    assert {each.content: each.shown_as for each in boards.tiles(store, board)} == {
        "c": TABLE, "a": CHART, "b": TABLE
    }  # fmt: skip


def test_members_by_deltas_never_meet_and_whole_lists_do(store: OperationalStore) -> None:
    id = member_sets.save(store, "South", "country", ["Italy"], SHARED, "maria")
    (seen,) = member_sets.member_sets(store, "maria")
    member_sets.add(store, id, ["Spain"], "maria")
    member_sets.add(store, id, ["Malta"], "maria")
    member_sets.rename(store, id, "Sun", "maria", said(seen))
    with pytest.raises(ChangedMeanwhile) as refused:
        member_sets.replace_members(store, id, ["Peru"], "maria", said(seen))
    assert versions(refused) == [("members", ["Italy", "Spain", "Malta"], ["Peru"], "maria")]
    assert value_words(["Italy", "Spain", "Malta"], ["Spain"]) == "3: Italy, Malta, Spain"
    (now,) = member_sets.member_sets(store, "maria")
    assert (now.name, now.held) == ("Sun", ("Italy", "Spain", "Malta"))


def test_two_parts_of_a_plans_design_are_both_kept(store: OperationalStore) -> None:
    id = planned_campaigns.save(store, PLAN, "maria")
    (seen,) = planned_campaigns.planned_campaigns(store)
    longer = replace(seen, design=CampaignDesign(days=60))
    less = replace(seen, design=CampaignDesign((("treated", 0.8),), 0.2))
    planned_campaigns.save(store, longer, "ugo", said(seen))
    planned_campaigns.save(store, less, "maria", said(seen))
    (now,) = planned_campaigns.planned_campaigns(store)
    assert (now.design.days, now.design.held_out) == (60, 0.2)
    with pytest.raises(ChangedMeanwhile) as refused:
        planned_campaigns.start(store, id, "maria", said(seen))
    assert {("days", 60, 90, "ugo"), ("held_out", 0.2, 0.1, "maria")} <= set(map(hashable, versions(refused)))


def test_languages_and_variants_of_what_is_sent_are_both_kept(store: OperationalStore) -> None:
    everybody = ContentVariant("All", "Hello")
    campaign_contents.save(store, CampaignContent("C-1", (everybody,)), "maria")
    seen = campaign_contents.campaign_content(store, "C-1")
    campaign_contents.save(store, replace(seen, languages=LanguageSource("country")), "ugo")
    campaign_contents.save(store, seen.put(replace(everybody, text="Dear"), "All"), "maria")
    now = campaign_contents.campaign_content(store, "C-1")
    assert (now.languages.level, now.variants[0].text) == ("country", "Dear")
    with pytest.raises(ChangedMeanwhile, match="maria changed what is sent meanwhile") as refused:
        campaign_contents.save(store, seen.put(replace(everybody, text="Hi"), "All"), "ugo")
    campaign_contents.save(
        store, seen.put(replace(everybody, text="Hi"), "All"), "ugo", refused.value.standing_on
    )
    now = campaign_contents.campaign_content(store, "C-1")
    assert (now.languages.level, now.variants[0].text) == ("country", "Hi")


COUNTING = """
import sys
from pathlib import Path
from tests.data.test_standing_on import count_up
from data.operational.operational_store import OperationalStore
print("ready", flush=True)
input()
print(count_up(OperationalStore(Path(sys.argv[1]), "a warehouse"), sys.argv[2]))
"""


def count_up(store: OperationalStore, who: str) -> int:
    """Set the target to so much more than was seen, so often; how often another had been faster, which each refusal
    names with both versions."""
    refusals = done = 0
    while done < WRITES:
        seen = targets.seen_targets(store, FIRM)
        held = seen.values.get("2026", Decimal(0))
        time.sleep(A_LOOK)
        try:
            targets.set_targets(store, FIRM, {"2026": held + STEPS[who]}, who, StandingOn(seen.said))
            done += 1
        except ChangedMeanwhile as error:
            (change,) = error.changes
            assert change.by != who
            assert (change.mine, int(change.theirs) > 0) == (str(held + STEPS[who]), True)
            refusals += 1
    return refusals


def test_of_two_processes_that_write_at_once_neither_loses_a_word(store: OperationalStore) -> None:
    program = [sys.executable, "-c", COUNTING, str(store.file), "ugo"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(program, cwd=ROOT, text=True, **pipes) as other:  # type: ignore[call-overload]
        assert other.stdout.readline() == "ready\n"
        other.stdin.write("\n")
        other.stdin.flush()
        refusals = count_up(store, "maria")
        refusals += int(other.stdout.readline())
    assert refusals, "they did meet"
    told = [int(each.told["value"]) for each in statement_log.history(store, TARGET)]
    steps = [after - before for before, after in pairwise([0, *told])]
    assert sorted(steps) == sorted([*STEPS.values()] * WRITES), "none is lost, none is there twice"
