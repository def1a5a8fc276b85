"""The life cycle of partners: derived from their list, from agreements and from trade, replayed, and taken back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from data.access.acting import Acting, acting_as
from data.access.deed import Deed
from data.access.policies import BUILT_IN_ALONE
from data.collaborate import partner_agreements
from data.collaborate.partner_agreements import PartnerAgreement, agreements, number_of, record_agreement
from data.collaborate.partner_history import partner_events, unknown_words
from data.errors import BadRequest, ChangedMeanwhile, NotAllowed
from data.lifecycle import stage_history
from data.load import load, read_mapping
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import SourceNumber
from data.store.warehouse import Warehouse, writing
from tests.partner_firm import partner_firm

GORI = SourceNumber("", "F1")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return partner_firm(tmp_path_factory.mktemp("partners"))


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made.parent, tmp_path / "firm")
    return tmp_path / "firm" / "w.duckdb"


@pytest.fixture
def store(path: Path) -> Iterator[Warehouse]:
    found = Warehouse(path)
    yield found
    found.close()


def courses(path: Path) -> dict[str, list[tuple[str, date, str]]]:
    warehouse = Warehouse(path)
    told: dict[str, list[tuple[str, date, str]]] = {}
    for id, stage, day, cause in (
        stage_history.named_events(warehouse.frame, "partner")
        .select("id", "to_stage", "day", "cause")
        .iter_rows()
    ):
        told.setdefault(id, []).append((stage, day, cause))
    warehouse.close()
    return told


EXPECTED = {
    "F1": [
        ("Recruit", date(2024, 1, 1), "known"),
        ("Onboard", date(2024, 3, 1), "chosen"),
        ("Enable", date(2024, 4, 1), "order"),
        ("Co-sell", date(2024, 6, 1), "sold"),
        ("Renew", date(2024, 12, 20), "renewal due"),
    ],
    "F2": [
        ("Recruit", date(2024, 1, 1), "known"),
        ("Enable", date(2024, 1, 1), "trained"),
        ("Co-sell", date(2024, 2, 10), "sold"),
        ("Renew", date(2024, 4, 1), "renewal due"),
        ("Optimise", date(2024, 5, 10), "renewed"),
    ],
    "F3": [("Recruit", date(2024, 3, 1), "known")],
}


def test_stages_are_dated_by_what_made_them(path: Path) -> None:
    assert courses(path) == EXPECTED


def test_deriving_again_changes_nothing_and_a_late_event_its_own_partner_alone(path: Path) -> None:
    def runs() -> int:
        warehouse = Warehouse(path)
        found = len(stage_history.runs(warehouse.rows, "partner"))
        warehouse.close()
        return found

    before = runs()
    with writing(path, "nothing", Deed.LOAD):
        pass
    assert (runs(), courses(path)) == (before, EXPECTED)
    source = path.parent / "files"
    (source / "events.csv").write_text(
        "Code,Day,What,Until\nF3,2024-10-01,scelto,\nF2,2024-11-01,left,\n", "utf-8"
    )
    load(read_mapping(source / "erp.toml"), path)
    found = courses(path)
    assert found["F1"] == EXPECTED["F1"]
    assert found["F3"] == [*EXPECTED["F3"], ("Onboard", date(2024, 10, 1), "chosen")]
    assert found["F2"][-1] == ("Exit", date(2024, 11, 1), "left")
    assert runs() == before + 1


def test_what_is_said_is_seen_at_once_a_row_later_and_gone_when_taken_back(
    path: Path, store: Warehouse
) -> None:
    card = {"criteria": [{"name": "fill_rate"}], "partners": [{"partner": "F1", "rank": 1}]}
    new = PartnerAgreement(GORI, "renewed", date(2024, 12, 28), date(2026, 3, 20), "good", card)
    said = record_agreement(store, new, "ann")
    (held,) = agreements(store)
    assert (held.event, held.scorecard, held.by) == ("renewed", card, "ann")
    events = partner_events(store)
    assert events.filter(said=said).select("is_row", "until").rows() == [(False, date(2026, 3, 20))]
    with writing(path, "next", Deed.LOAD):
        pass
    assert courses(path)["F1"][-1] == ("Optimise", date(2024, 12, 28), "renewed")
    later = Warehouse(path)
    assert partner_events(later).filter(said=said)["is_row"].to_list() == [True]
    partner_agreements.take_back(later, said, "bob")
    assert agreements(later) == ()
    assert partner_events(later).filter(said=said).is_empty()
    with pytest.raises(BadRequest, match="taken back already"):
        partner_agreements.take_back(later, said, "bob")
    later.close()
    with writing(path, "next", Deed.LOAD):
        pass
    assert courses(path) == EXPECTED


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (PartnerAgreement(GORI, "sigend", date(2024, 1, 2)), "Did you mean 'signed'"),
        (PartnerAgreement(GORI, "signed", date(2024, 1, 2), date(2023, 1, 2)), "before it begins"),
        (PartnerAgreement(GORI, "signed", date(2999, 1, 2)), "yet to come"),
        (PartnerAgreement(SourceNumber("", "F9"), "signed", date(2024, 1, 2)), "no such partner"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(store: Warehouse, new: PartnerAgreement, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        record_agreement(store, new, "ann")
    assert agreements(store) == ()


def test_two_who_decide_on_one_partner_see_each_other(store: Warehouse) -> None:
    seen = StandingOn.of()
    first = record_agreement(store, PartnerAgreement(GORI, "renewed", date(2024, 12, 1)), "ann", seen)
    left = PartnerAgreement(GORI, "left", date(2024, 12, 1))
    with pytest.raises(ChangedMeanwhile) as refused:
        record_agreement(store, left, "bob", seen)
    assert [each.said for each in agreements(store)] == [first]
    record_agreement(store, left, "bob", refused.value.standing_on)
    assert len(agreements(store)) == 2


def test_who_may_not_speak_of_partners_is_refused(store: Warehouse) -> None:
    policy = BUILT_IN_ALONE.of("eva", roles=("analyst",))
    with acting_as(Acting("eva", policy, "browser")), pytest.raises(NotAllowed):
        record_agreement(store, PartnerAgreement(GORI, "signed", date(2024, 12, 1)), "eva")


def test_words_that_nobody_knows_are_told(store: Warehouse) -> None:
    assert unknown_words(partner_events(store)) == [("danced", 1)]
    assert number_of(store, 1).id.startswith("F")
    with pytest.raises(BadRequest):
        number_of(store, 99)
