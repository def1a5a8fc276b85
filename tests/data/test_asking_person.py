"""Commands run as a person: what they need of roles, what the person then sees, and that none opens another way."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cubes import __main__ as cubes_command
from data import __main__ as data_command
from data.commands.asking_person import DEST, CommandNeeds, as_person
from data.errors import BadInput, NotAllowed
from data.operational import notes, operational_store
from data.operational.notes import NotePlace
from data.store.warehouse import Warehouse
from mining import __main__ as mining_command
from tests.data.small import small_warehouse

POLICIES = """
[roles.italy]
like = "analyst"
rows = ["country=Italy"]
[roles.stewards_of_italy]
like = "steward"
rows = ["country=Italy"]
[roles.auditors_of_italy]
like = "administrator"
rows = ["country=Italy"]
[roles.quiet]
like = "marketing"
masked = ["customer.name"]
exports = false
[roles.small]
like = "steward"
smallest = 5
[roles.few]
like = "service"
smallest = 5
[people]
maria.roles = ["italy"]
stella.roles = ["stewards_of_italy"]
audrey.roles = ["auditors_of_italy"]
quinn.roles = ["quiet"]
mark.roles = ["marketing"]
sten.roles = ["steward"]
sam.roles = ["small"]
sue.roles = ["few"]
"""
MAINS = {"data": data_command, "cubes": cubes_command, "mining": mining_command}
ROOT = Path(__file__).parents[2]
Run = Callable[[str], tuple[int, str]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "policies.toml").write_text(POLICIES)
    return small_warehouse(tmp_path / "w.duckdb")


@pytest.fixture
def run(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """A line as it is typed: its exit code, and all that it said."""

    def typed(line: str) -> tuple[int, str]:
        room, *arguments = line.split()
        code = MAINS[room].main([*arguments, "--warehouse", str(path)])
        return code, "\n".join(part.decode() for part in capfdbinary.readouterr())

    return typed


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    for group in groups:
        for each in group.choices.values():
            yield from leaves(each)
    if not groups:
        yield parser


@pytest.mark.parametrize("room", MAINS)
def test_every_command_takes_a_person_and_says_what_it_needs(room: str) -> None:
    for each in leaves(MAINS[room]._parser()):
        needs = each.get_default("needs")
        assert isinstance(needs, CommandNeeds), f"{each.prog} does not say what it needs"
        assert needs.deeds or needs.pages, f"{each.prog} is open to every role"
        assert f"{DEST}{each.prog}" in {action.dest for action in each._actions}, each.prog


def test_no_command_opens_a_warehouse_by_itself() -> None:
    files = [*ROOT.glob("data/commands/*.py"), *ROOT.glob("mining/**/*.py"), *ROOT.glob("*/__main__.py")]
    opening = {
        str(file.relative_to(ROOT))
        for file in files
        for each in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(each, ast.Call) and ast.unparse(each.func).rpartition(".")[2] in ("Warehouse", "asking")
    }
    assert opening - {"bench/__main__.py"} == {"data/commands/asking_person.py"}


def test_a_person_sees_their_rows_and_hears_of_no_others(run: Run) -> None:
    assert "France" in run("cubes ask sales --by country")[1]
    for line in (
        "cubes ask sales --by country --person maria",
        "cubes --person maria ask sales --by country",
    ):
        code, said = run(line)
        assert code == 0, said
        assert "Italy" in said
        assert "France" not in said
    hidden, absent = (
        run(f"cubes ask sales --where country={each} --person maria") for each in ("France", "Frankreich")
    )
    assert hidden[0] == absent[0] == 2
    assert hidden[1].replace("'France'", "") == absent[1].replace("'Frankreich'", "")
    assert "K400" not in run("mining segments --method rfm --customers --person maria")[1]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("data check --person maria", "opens the page"),
        ("data check --person stella", "stewards_of_italy"),
        ("data status --person stella", "part of its rows (country=Italy) (stewards_of_italy)"),
        ("data cases --person sue", "counts of fewer than 5 are withheld from you (few)"),
        ("data proposals --person sue", "counts of fewer than 5 are withheld from you (few)"),
        ("data audit show --person audrey", "rows are limited"),
        ("data load x.toml --person maria", "may not load files"),
        ("data load x.toml --person stella", "stewards_of_italy"),
        ("data load x.toml --rejected r.csv --person sten", "is not there"),
        ("data backup b.duckdb --person stella", "stewards_of_italy"),
        ("data access K100 a.zip --person mark", "may not tell and erase"),
        ("data access K100 a.zip --person sam", "kept from sam"),
        ("data contacts May --person quinn", "may not take files away"),
        ("data export folder --person sam", "no fewer than 5"),
        ("cubes ask sales --output a.csv --person quinn", "may not take files away"),
        ("cubes rollups build --person maria", "may not decide"),
        ("mining lifetime --person sten", "opens the page"),
        ("mining lifetime --save --person maria", "A scoring is of all"),
        ("mining audience Best --make --person maria", "may not make audiences"),
        ("cubes ask sales --person nobody", "has no role"),
        ("cubes --person maria ask sales --person quinn", "given twice"),
        ("data take-back abc --by joe --person maria", "--by says joe"),
    ],
)
def test_what_roles_do_not_allow_is_refused_in_words(run: Run, line: str, words: str) -> None:
    code, said = run(line)
    assert code == 2, said
    assert words in said
    assert "Traceback" not in said
    assert "went wrong" not in said


def test_options_are_never_cut_short(run: Run, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(SystemExit):
        run("cubes ask sales --perso maria")
    assert b"--person" in capfdbinary.readouterr().err


def test_without_policies_and_with_broken_ones_the_doors_stay_shut(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policies = path.with_name("policies.toml")
    policies.write_text("[people]\nmaria.roles = ['northern']")
    assert run("cubes ask sales --person maria")[0] == 2
    policies.unlink()
    monkeypatch.setattr("data.access.policies._seen", set())  # each command is a process of its own
    code, said = run("cubes ask sales --person maria")
    assert code == 2
    assert "No policies are declared" in said
    assert str(policies) in said


def test_a_command_that_says_nothing_of_its_needs_is_run_as_nobody(path: Path) -> None:
    args = argparse.Namespace(warehouse=path, **{f"{DEST}x": "sten"})
    with pytest.raises(NotAllowed, match="as no person"), as_person(args):
        pass
    args = argparse.Namespace(warehouse=path, **{f"{DEST}x": " "})
    with pytest.raises(BadInput, match="nobody"), as_person(args):
        pass


def test_one_lists_and_takes_back_what_one_wrote_oneself(run: Run, path: Path) -> None:
    store = operational_store.ready(path)
    place = NotePlace("sales", "revenue", frozenset(["country=France"]))
    for who in ("maria", "joe"):
        notes.write(store, place, f"By {who}", who)
    said = run("data written --json --person maria")[1]
    assert "By maria" in said
    assert "By joe" not in said
    other = next(each.id for each in _said(store) if each.said_by == "joe")
    assert "names 0 statements" in run(f"data take-back {other} --person maria")[1]
    own = next(each.id for each in _said(store) if each.said_by == "maria")
    assert run(f"data take-back {own} --person maria")[0] == 0


def _said(store: operational_store.OperationalStore) -> tuple[object, ...]:
    from data.operational import statement_log

    return statement_log.history(store)


def test_an_export_holds_what_the_policy_leaves(run: Run, path: Path, tmp_path: Path) -> None:
    import polars as pl

    notes.write(operational_store.ready(path), NotePlace("sales", "revenue"), "Lille is great", "joe")
    code, said = run(f"data export {tmp_path / 'out'} --personal --person stella")
    assert code == 0, said
    whole, customers = Warehouse(path), pl.read_parquet(tmp_path / "out" / "customer.parquet")
    try:
        assert whole.rows("SELECT count(*) FROM customer WHERE country = 'France'") == [(1,)]
    finally:
        whole.close()
    assert "France" not in customers["country"].to_list()
    runs, settings = (
        pl.read_parquet(tmp_path / "out" / f"{each}.parquet") for each in ("stage_run", "setting")
    )
    assert runs["touched"].to_list() == [0] * runs.height != [], "it counts the firm's customers"
    assert "currency" in settings["name"].to_list()
    assert not {"rows seen by stages", "matching_weights", "audit_head"} & set(settings["name"])
    assert not (tmp_path / "out" / "statement.parquet").exists()
    written = b"".join(file.read_bytes() for file in (tmp_path / "out").iterdir())
    assert b"Lille" not in written
    assert b"K400" not in written
