"""Whatever writes says which deed it needs, and is refused to whom no role allows that."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from data.access.acting import Acting, acting_as
from data.access.deed import Deed
from data.access.policies import BUILT_IN_ALONE
from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.errors import NotAllowed
from data.operational import member_sets, operational_store, statement_log
from data.operational.member_sets import PRIVATE
from data.operational.statement_kinds import KINDS
from data.privacy import rights
from data.store import warehouse
from tests.tiny import Line, write_tiny

ROOT = Path(__file__).parents[2]
ROOMS = ("data", "cubes", "mining", "pages")
WRITERS = {"writing": 3, "publishing": 4, "replacing": 4}  # how many values say what it needs as well
WRITES = re.compile(rf"\b({'|'.join(WRITERS)})\(")
# They write into the store without a statement of a kind: what is erased with a person (whose publication needs
# `erase`), and what a backup brings back (whose publication needs `load`).
BENEATH = {
    "data/operational/statement_log.py",
    "data/operational/statement_erasure.py",
    "data/operational/statement_copies.py",
}


OF_PROPOSALS = ("proposal_said", "proposal_vote", "proposal_status", "proposal_merge", "proposal_comment", "prototype",
                "prototype_feedback")  # fmt: skip
# Here `writing` is that of statements, or of the file beneath them.
OF_STATEMENTS = ("data/operational/product_roles.py", "data/operational/operational_store.py")


def calls() -> Iterator[tuple[str, ast.Call, str, str]]:
    """Every call of a name or an attribute: its file, itself, what it is called and of what module."""
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)) if WRITES.search(text) else ():
            if isinstance(node, ast.Call):
                of = node.func
                place = path.relative_to(ROOT).as_posix()
                if isinstance(of, ast.Name):
                    yield place, node, of.id, ""
                elif isinstance(of, ast.Attribute) and isinstance(of.value, ast.Name):
                    yield place, node, of.attr, of.value.id


def test_every_writer_says_what_it_needs() -> None:
    found = [
        (place, name, len(call.args) >= WRITERS[name] or any(each.arg == "needs" for each in call.keywords))
        for place, call, name, of in calls()
        if name in WRITERS and of in ("", "warehouse", "publication") and not place.endswith("statement_log.py")
        and place not in OF_STATEMENTS
    ]  # fmt: skip
    assert len(found) > 15
    assert [(place, name) for place, name, says in found if not says] == []


def test_the_store_of_statements_is_written_by_kinds_alone() -> None:
    found = {place for place, _, name, of in calls() if name == "writing" and of == "operational_store"}
    assert found == BENEATH


def test_what_each_kind_of_statement_needs() -> None:
    needed = {kind.name: kind.needs for kind in KINDS}
    others = {name: deed for name, deed in needed.items() if deed is not Deed.WRITE}
    assert others == {
        "privacy_request": Deed.SERVE,
        "privacy_answer": Deed.ERASE,
        "told_stock": Deed.PARTNER,
        "partner_suggestion": Deed.PARTNER,
        "identity_decision": Deed.CURATE,
        "product_role": Deed.CURATE,
        "audience": Deed.CAMPAIGN,
        "planned_campaign": Deed.CAMPAIGN,
        "campaign_content": Deed.CAMPAIGN,
        "contacts_sent": Deed.CAMPAIGN,
        "recorded_contact": Deed.SERVE,
        "service_task": Deed.SERVE,
        "case_event": Deed.SERVE,
        "said_consent": Deed.SERVE,
        "price_offer_said": Deed.PRICE,
        "price_answer": Deed.PRICE,
        "price_approval": Deed.PRICE,
        "price_reply": Deed.PRICE,
        "price_rule": Deed.PRICE,
        "price_limit": Deed.ADMINISTER,
        "price_sent": Deed.PRICE,
        "partner_agreement": Deed.PARTNER,
        **dict.fromkeys(OF_PROPOSALS, Deed.PARTNER),
    }


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("deeds") / "w.duckdb"
    write_tiny(place, [Line()])
    return place


def doing(*roles: str, **limits: object) -> AbstractContextManager[None]:
    """What is done in here, somebody of these roles does."""
    policy = BUILT_IN_ALONE.of("maria", roles=roles)
    return acting_as(Acting("maria", replace(policy, **limits)))  # type: ignore[arg-type]


def test_a_snapshot_is_written_by_whom_a_role_lets(path: Path) -> None:
    before = warehouse.current_version(path)
    for needs, role in ((Deed.LOAD, "analyst"), (Deed.CURATE, "marketing"), (Deed.WRITE, "administrator")):
        with (
            pytest.raises(NotAllowed, match="maria may not"),
            doing(role),
            warehouse.writing(path, "x", needs),
        ):
            pass
    assert warehouse.current_version(path) == before
    with doing("steward"), warehouse.writing(path, "looked at", Deed.LOAD):
        pass
    assert warehouse.current_version(path) != before


def test_what_people_write_is_refused_to_whom_no_role_lets(path: Path) -> None:
    store = operational_store.ready(path)
    with doing("administrator"), pytest.raises(NotAllowed, match="may not write notes"):
        member_sets.save(store, "Mine", "country", ("France",), PRIVATE, "maria")
    with doing("analyst"):
        id = member_sets.save(store, "Mine", "country", ("France",), PRIVATE, "maria")
    (said,) = (each for each in statement_log.history(store) if each.told.get("set") == id)
    with doing("administrator"), pytest.raises(NotAllowed):
        statement_log.take_back(store, said.id, "maria")
    assert [each.name for each in member_sets.member_sets(store, "maria")] == ["Mine"]


def test_what_tells_or_changes_all_data_needs_to_see_all(path: Path, tmp_path: Path) -> None:
    few = (RowCut("country", ("France",)),)
    with doing("steward", rows=few), pytest.raises(NotAllowed, match="rows are limited"):
        rights.forget(path, "Ann", "maria")
    with doing("steward", masked=frozenset(["customer.email"])), pytest.raises(NotAllowed, match="masked"):
        rights.tell(path, "Ann", tmp_path / "held.zip", "maria")
    assert not (tmp_path / "held.zip").exists()
    limited = replace(BUILT_IN_ALONE.of("maria", roles=["steward"]), rows=few)
    assert [page for page in ("data", "sources", "rollups", "rejected", "explore") if limited.sees(page)] == [
        "explore"
    ]
    assert Policy().may(Deed.ERASE)


def test_commands_without_a_person_do_all(path: Path) -> None:
    assert warehouse.save_attribute(path, "customer", "tier", "Tier", {"Ann": "gold"}) == 1
    with doing("administrator"), pytest.raises(NotAllowed):
        warehouse.save_attribute(path, "customer", "tier", "Tier", {"Ann": "silver"})
