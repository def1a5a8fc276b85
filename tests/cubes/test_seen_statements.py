"""What a person under a policy sees of what others wrote, and what is kept of what such a person makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from cubes.analysis import audience_question
from cubes.analysis.audience_question import Joining, OtherAudience, known_customers, parse_audience
from cubes.analysis.make_audience import MadeAudience, make_audience, make_listed_audience
from cubes.analysis.seen_statements import (
    seen_audiences,
    seen_campaigns,
    seen_notes,
    seen_targets,
    standing_of,
)
from cubes.ask.answer import ask
from cubes.members.member_names import names_of
from cubes.query import Query, parse_cut
from data.access.acting import Acting, acting_as
from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.campaigns import audience_rows
from data.errors import BadInput, BadRequest, NotAllowed
from data.model import scoring
from data.model.scoring import Scoring
from data.model.segmentation import Segmentation
from data.operational import (
    kept_runs,
    member_sets,
    notes,
    operational_store,
    planned_campaigns,
    set_members,
    targets,
)
from data.operational.audiences import FROZEN, LIVING
from data.operational.kept_runs import FinishedRun
from data.operational.member_sets import SHARED
from data.operational.notes import NotePlace
from data.operational.planned_campaigns import PlannedCampaign
from data.operational.statement_kinds import KEPT_RUN
from data.operational.targets import TargetPlace
from data.store.saved_scores import save_scores
from data.store.warehouse import Warehouse, remove_attribute, save_attribute
from tests.data.small import add_load, small_warehouse

ITALY = Policy("maria", ("italy",), (RowCut("country", ("Italy",)),))
NOT_ITALY = Policy("fred", ("abroad",), (RowCut("country", ("Italy",), exclude=True),))
WHOLE = Policy("ann")
Opened = Callable[[Policy], Warehouse]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """K100, K200 and K300 are of Italy, K400 of France."""
    return small_warehouse(tmp_path / "w.duckdb")


@pytest.fixture
def seen(path: Path) -> Iterator[Opened]:
    """The snapshot published last, as a policy shows it."""
    opened: list[Warehouse] = []

    def under(policy: Policy) -> Warehouse:
        opened.append(Warehouse(path))
        return opened[-1].under(policy)

    yield under
    for each in opened:
        each.close()


@contextmanager
def acts(policy: Policy) -> Iterator[None]:
    with acting_as(Acting(policy.person, policy)):
        yield


def of(*cuts: str) -> audience_question.AudienceQuestion:
    return audience_question.of(known_customers(*map(parse_cut, cuts)))


def made(seen: Opened, policy: Policy, name: str, question: audience_question.AudienceQuestion,
         mode: str = LIVING) -> MadeAudience:  # fmt: skip
    with acts(policy):
        return make_audience(seen(policy), name, question, mode, policy.person)


def members(warehouse: Warehouse, audience: str) -> set[str]:
    return set(names_of(warehouse).of("customer", audience_rows.members(warehouse.arrays, audience))[1])


def test_a_note_is_read_by_those_who_see_all_rows_of_its_number(path: Path, seen: Opened) -> None:
    store = operational_store.ready(path)
    every = ((), ("country=Italy",), ("country=France",), ("country=Italy|France",), ("category=Light",),
                 ("country=Italy", "category=Light"), ("customer=K100",), ("customer=K400",),
             ("country!=France",))  # fmt: skip
    for cuts in every:
        notes.write(store, NotePlace("sales", "revenue", frozenset(cuts)), " ".join(cuts) or "all", "ann")
    notes.write(store, NotePlace("sales", "revenue"), "my own", "maria")
    found = notes.notes(store)
    with acts(ITALY):
        told = {each.text for each in seen_notes(seen(ITALY), found)}
    assert told == {"country=Italy", "country=Italy category=Light", "customer=K100", "my own"}
    with acts(NOT_ITALY):
        assert {each.text for each in seen_notes(seen(NOT_ITALY), found)} == {
            "country=France",
            "customer=K400",
        }
    assert seen_notes(seen(WHOLE), found) == found


def test_targets_are_those_of_members_whose_rows_are_shown(path: Path, seen: Opened) -> None:
    store = operational_store.ready(path)
    places = [TargetPlace("revenue", *each) for each in ((), ("country", "Italy"), ("country", "France"),
                                                         ("category", "Light"))]  # fmt: skip
    for place in places:
        targets.set_targets(store, place, {"2024": Decimal(5)}, "ann")
    held = targets.targets(store)
    assert set(seen_targets(seen(ITALY), held)) == {places[1]}
    assert seen_targets(seen(WHOLE), held) == held
    with acts(ITALY), pytest.raises(NotAllowed, match="country=Italy alone"):
        targets.set_targets(store, places[0], {"2024": Decimal(6)}, "maria")


def test_runs_are_shown_to_those_who_see_the_same_rows(path: Path) -> None:
    store = operational_store.ready(path)
    run = FinishedRun("Segments", "segments?k=3", "w", "v", "c", ())
    for policy in (WHOLE, ITALY, NOT_ITALY):
        with acts(policy):
            kept_runs.keep(store, run, policy.person, "", policy.person, datetime(2024, 1, 1))

    def shown(policy: Policy) -> set[str]:
        with acts(policy):
            return {each.name for each in kept_runs.kept_runs(store)}

    assert shown(WHOLE) == {"ann", "maria", "fred"}
    assert shown(ITALY) == shown(replace(ITALY, person="mario")) == {"maria"}
    masked = frozenset(["customer.name"])
    assert shown(replace(ITALY, masked=masked)) == {"maria"}
    assert shown(replace(WHOLE, masked=masked)) == {"ann", "maria", "fred"}
    assert shown(replace(ITALY, smallest=5)) == set()
    assert shown(NOT_ITALY) == {"fred"}
    with acts(ITALY):
        (own,) = kept_runs.kept_runs(store)
        kept_runs.annotate(store, own.id, "renamed", "", "maria")
    assert shown(ITALY) == {"renamed"}


def test_a_run_that_was_kept_before_there_were_policies_still_reads(path: Path) -> None:
    from data.operational import statement_kinds, statement_log

    store = operational_store.ready(path)
    run = FinishedRun("Segments", "segments?k=3", "w", "v", "c", ())
    kept_runs.keep(store, run, "old", "", "ann", datetime(2024, 1, 1))
    (said,) = statement_log.current(store, KEPT_RUN)
    earlier = {name: told for name, told in said.told.items() if name != "print"}
    assert statement_kinds.read(KEPT_RUN, earlier)["print"] is None
    assert [each.name for each in kept_runs.kept_runs(store)] == ["old"]


def test_a_set_is_of_those_members_who_are_shown(path: Path, seen: Opened) -> None:
    store, whole, limited = operational_store.ready(path), seen(WHOLE), seen(ITALY)
    held = set_members.as_held(whole, "customer", ["K100", "K400"])
    member_sets.save(store, "Best", "customer", held, SHARED, "ann")
    member_sets.save(store, "Far", "customer", held[1:], SHARED, "ann")
    (far, best) = set_members.seen_sets(limited, "maria")
    assert (len(best.held), len(far.held)) == (1, 0)
    assert set_members.seen_sets(whole, "maria")[1].held == held
    question = Query(("customers",), cuts=(parse_cut("customer in set Best"),))
    with acts(ITALY):
        found = ask(limited, question)
        assert found.frame["customers"].to_list() == [1]
        assert not any("1 more" in note or "warehouse" in note for note in found.notes)
        with pytest.raises(BadRequest) as refused:
            ask(limited, replace(question, cuts=(parse_cut("customer in set Far"),)))
    assert "1" not in str(refused.value)


def test_an_audience_of_another_is_counted_as_far_as_its_customers_are_shown(seen: Opened) -> None:
    everybody = made(seen, WHOLE, "Everybody", of()).audience
    french = made(seen, WHOLE, "French", of("country=France")).audience
    made(seen, WHOLE, "Leaning", audience_question.of(OtherAudience(french.id)))
    with acts(ITALY):
        limited = seen(ITALY)
        (found,) = seen_audiences(limited)
        assert (found.id, found.counted) == (everybody.id, 3)
        standing = standing_of(limited, found)
        assert (standing.customers, standing.is_written) == (3, True)
        assert "4" not in " ".join(standing.notes)
        assert members(limited, found.id) == {"K100", "K200", "K300"}
        assert members(limited, french.id) == set()
    assert len(seen_audiences(seen(WHOLE))) == 3
    with acts(NOT_ITALY):
        assert {each.name for each in seen_audiences(seen(NOT_ITALY))} == {"Everybody", "French", "Leaning"}


def test_what_a_limited_person_makes_holds_nobody_else_in_whosever_write(path: Path, seen: Opened) -> None:
    everybody = made(seen, WHOLE, "Everybody", of()).audience
    over = Query(("customers",), cuts=(parse_cut("customer by revenue > 0 within everything"),))
    questions = {
        "all": of(),
        "sales": audience_question.of(Query(("customers",))),
        "condition": audience_question.of(over),
        "leaning": audience_question.of(OtherAudience(everybody.id)),
        "or": audience_question.of(Query(("customers",))).joined(Joining.OR, OtherAudience(everybody.id)),
    }
    found = {
        (name, mode): made(seen, ITALY, f"{name} {mode}", question, mode).audience
        for name, question in questions.items()
        for mode in (LIVING, FROZEN)
    }
    add_load(path, 2)
    whole = seen(WHOLE)
    for each in found.values():
        assert each.counted == 3
        assert members(whole, each.id) == {"K100", "K200", "K300"}, each.name
        assert "Italy" in each.question
    with acts(NOT_ITALY):
        assert {each.name for each in seen_audiences(seen(NOT_ITALY))} == {"Everybody"}


def test_a_condition_is_measured_in_the_rows_of_the_policy(seen: Opened) -> None:
    cut = parse_cut("customer by revenue > 0 within category=Light")
    asked = audience_question.of(Query(("customers",), cuts=(cut,)))
    told = parse_audience(made(seen, ITALY, "Light", asked).audience.question)
    (part,) = told.parts
    assert isinstance(part.asked, Query)
    condition = part.asked.cuts[0].condition
    assert condition is not None
    assert condition.within == ("category=Light", "country=Italy")
    with pytest.raises(NotAllowed, match="as members were"):
        made(seen, ITALY, "Now", audience_question.of(Query(("customers",), as_of="now")))
    online = replace(ITALY, rows=(RowCut("channel_type", ("Online",)),))
    requests = audience_question.of(Query(("requests",), cube="requests"))
    made_of_sales = made(seen, online, "Online", of()).audience
    assert "channel_type=Online" in made_of_sales.question
    with pytest.raises((NotAllowed, BadRequest)):
        made(seen, replace(ITALY, rows=(RowCut("department", ("Home",)),)), "Asked", requests)


def test_a_list_that_names_somebody_hidden_names_somebody_who_is_not_there(seen: Opened) -> None:
    said = []
    for ids in (["K100", "K400"], ["K100", "K999"]):
        with acts(ITALY), pytest.raises(BadRequest) as refused:
            make_listed_audience(seen(ITALY), "Listed", "List", ids, "maria")
        said.append(str(refused.value))
    assert said[0] == said[1]
    with acts(ITALY):
        assert make_listed_audience(seen(ITALY), "Listed", "List", ["K100"], "maria").audience.counted == 1


def test_campaigns_are_seen_with_their_audiences(path: Path, seen: Opened) -> None:
    store = operational_store.ready(path)
    for name, question in (("Everybody", of()), ("French", of("country=France"))):
        audience = made(seen, WHOLE, name, question).audience
        plan = PlannedCampaign(
            name, "Mail", "web", audience.id, date(2024, 1, 1), date(2024, 2, 1), "revenue"
        )
        planned_campaigns.save(store, plan, "ann")
    with acts(ITALY):
        assert [each.name for each in seen_campaigns(seen(ITALY))] == ["Everybody"]
    assert len(seen_campaigns(seen(WHOLE))) == 2


def test_a_finding_of_more_rows_is_not_replaced(path: Path, seen: Opened) -> None:
    everybody = {"K100": "A", "K200": "A", "K300": "B", "K400": "B"}
    save_attribute(path, "customer", "circle", "Circle", everybody)
    own = {"K100": "X"}
    with acts(ITALY):
        for deed in (lambda: save_attribute(path, "customer", "circle", "Circle", own),
                     lambda: remove_attribute(path, "circle")):  # fmt: skip
            with pytest.raises(BadRequest, match="more, or of other customers"):
                deed()
        save_attribute(path, "customer", "mine", "Mine", own)
        save_attribute(path, "customer", "mine", "Mine", {"K100": "Y", "K200": "Y"})
    with acts(NOT_ITALY), pytest.raises(BadRequest):
        save_attribute(path, "customer", "mine", "Mine", {"K400": "Z"})
    told = dict(seen(WHOLE).rows("SELECT name, label FROM attribute"))
    assert told["circle"] == "Circle"
    assert told["mine"] == "Mine (maria: country=Italy)"
    assert dict(seen(WHOLE).rows("SELECT id, circle FROM customer WHERE customer_code > 0")) == everybody


def test_scores_stand_for_all_customers(path: Path) -> None:
    import polars as pl

    frame = pl.DataFrame({"customer": ["K100"], "chance": [0.5]})
    with acts(ITALY), pytest.raises(NotAllowed, match="A scoring is of all"):
        save_scores(path, frame, Scoring(date(2024, 1, 1), "model"))


def test_nobody_is_served_what_another_was_answered(seen: Opened) -> None:
    """One cache of answers for all, and what the engine keeps beside it."""
    from cubes.ask.answer_cache import shared

    question = Query(("revenue", "customers"), ("country",), cuts=(parse_cut("customer by revenue > 0"),))
    told = {}
    for policy in (WHOLE, ITALY, NOT_ITALY, ITALY, WHOLE):
        with acts(policy):
            frame = shared().ask(seen(policy), question).frame
        countries = frozenset(frame["country"].to_list())
        assert told.setdefault(policy.print, countries) == countries
    assert set(told.values()) == {frozenset(["Italy", "France"]), frozenset(["Italy"]), frozenset(["France"])}
    assert np.unique(list(told)).size == 3


def test_how_findings_came_about_names_nobody_hidden(path: Path, seen: Opened) -> None:
    """Nor how many were scored."""
    import polars as pl

    day = date(2023, 12, 15)
    frame = pl.DataFrame({"customer": ["K100", "K400"], "chance": [0.5, 0.6]})
    save_scores(path, frame, Scoring(day, "model", parameters={"where": ["country=France"]}))
    for name, policy, within in (("theirs", WHOLE, "France"), ("own", ITALY, "Italy")):
        formed = Segmentation(day, "by hand", f"of customers within {within}", '{"where": 1}')
        with acts(policy):
            save_attribute(path, "customer", name, name, {"K100": "A"}, formed)
    profile = seen(ITALY).profile
    told = {each.name: each.segmentations[0] for each in profile.attributes if each.segmentations}
    assert "France" not in repr(told)
    assert told["theirs"].recipe == ""
    assert told["own"].frame == "of customers within Italy"
    assert told["own"].recipe
    (scored,) = scoring.read(seen(ITALY).rows)
    assert (scored.customers, dict(scored.scoring.parameters)) == (1, {})


def test_policies_that_name_what_there_is_not_are_told(seen: Callable[[Policy], Warehouse]) -> None:
    """Whoever is under them is not named: what they see is one with all whose policy is the same."""
    with pytest.raises(BadInput, match=r"^The policies cut rows by 'planet'"):
        seen(Policy(rows=(RowCut("planet", ("Mars",)),)))
    with pytest.raises(BadInput, match=r"^The policies mask 'customer\.id'"):
        seen(Policy(masked=frozenset({"customer.id"})))
