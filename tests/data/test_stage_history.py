"""The history of stages: added to by one file alone, following what is touched, replayed as it was known."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.connection import Connection
from data.lifecycle import stage_history, stage_rules
from data.lifecycle.customer_events import CustomerEvents
from data.lifecycle.derive_stages import SubjectEvents, derive
from data.lifecycle.stage_changes import PastEntries, StageChange
from data.lifecycle.stage_history import LOOKED_AT, events, runs, standing
from data.model.fact_extent import told_apart
from data.privacy.rights import forget
from data.recovery.earlier_states import go_back
from data.store import end_of_write
from data.store.older_warehouse import bring_up_to_date
from data.store.warehouse import Warehouse, writing
from tests.data.releases.kept_firm import open_kept
from tests.data.small import small_warehouse
from tests.data.test_stage_rules import by_a_loop
from tests.tiny import Line, tiny_warehouse

ROOT = Path(__file__).parents[2]
WRITES = re.compile(r"\b(INTO|UPDATE|DELETE FROM|TABLE|FROM) +stage_event\b")
FIRST = date(2010, 1, 1)


def day_of(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def held(path: Path, kind: str = "customer") -> list[tuple[Any, ...]]:
    """The stage events as now known."""
    warehouse = Warehouse(path)
    try:
        return events(warehouse.frame, kind).drop("seq").rows()
    finally:
        warehouse.close()


def every_run(path: Path) -> list[tuple[int, int]]:
    """How many each run looked at, and how many of them had other stages."""
    warehouse = Warehouse(path)
    try:
        return [(each.touched, each.changed) for each in runs(warehouse.rows, "customer")]
    finally:
        warehouse.close()


def after(path: Path, sql: str) -> tuple[int, int] | None:
    """What the run did that followed `sql`; None where there was none."""
    before = len(every_run(path))
    with writing(path) as connection:
        connection.execute(sql)
    found = every_run(path)
    return found[-1] if len(found) > before else None


def bought_again(customer: str, day: date, order: int) -> str:
    """SQL for another order of a customer."""
    return f"""INSERT INTO sale SELECT * REPLACE ({day_of(day)} AS day_key, {order} AS order_key)
        FROM sale SEMI JOIN (FROM customer WHERE id = '{customer}') USING (customer_code) LIMIT 1"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Ann bought twice in 2010, Bob in 2010 and late in 2011, Cid in 2011."""
    days = {"Ann": (FIRST, date(2010, 2, 1)), "Bob": (FIRST, date(2011, 1, 20)), "Cid": (date(2011, 1, 15),)}
    lines = [
        Line(day=day, order=f"{who}{day}", customer=who, city=f"{who}ville")
        for who in days
        for day in days[who]
    ]
    tiny_warehouse(tmp_path / "w.duckdb", lines).close()
    return tmp_path / "w.duckdb"


def test_one_file_alone_writes_stages() -> None:
    writers = {
        file.relative_to(ROOT).as_posix()
        for folder in ("data", "cubes", "mining", "pages", "docs")
        for file in (ROOT / folder).rglob("*.py")
        if {"INTO", "UPDATE", "DELETE FROM"} & {*WRITES.findall(file.read_text(encoding="utf-8"))}
    }
    assert writers == {"data/lifecycle/stage_history.py"}
    text = (ROOT / "data/lifecycle/stage_history.py").read_text(encoding="utf-8")
    assert {*WRITES.findall(text)} == {"INTO", "FROM"}  # it adds and reads, and never changes or deletes


def test_a_write_that_touches_nobody_makes_no_run(path: Path) -> None:
    assert every_run(path) == [(3, 3)]
    assert after(path, "INSERT INTO setting VALUES ('colour', 'blue')") is None


def test_a_late_order_looks_at_its_customer_alone(path: Path) -> None:
    assert after(path, bought_again("Ann", date(2010, 6, 1), 99)) == (
        1,
        0,
    )  # a third time: she develops as before
    assert after(path, bought_again("Bob", date(2010, 3, 1), 100)) == (1, 1)
    assert [row[3:] for row in held(path) if row[0] == 2][-1] == ("Develop", "purchase")


def test_who_is_due_is_looked_at_when_the_clock_goes_on_and_when_it_goes_back(path: Path) -> None:
    before = held(path)
    assert after(path, bought_again("Bob", date(2011, 3, 1), 101)) == (
        2,
        2,
    )  # Ann was silent for a year by then
    assert [row[1:] for row in held(path) if row[0] == 1][-1] == (
        date(2011, 2, 1), "Develop", "Lost", "no purchase for 365 days")  # fmt: skip
    assert after(path, "DELETE FROM sale WHERE order_key = 101") == (2, 2)
    assert held(path) == before


@pytest.fixture
def read_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """For each look at the facts, the table of those whose rows alone are read; empty where all are."""
    found: list[str] = []
    note = CustomerEvents.note
    monkeypatch.setattr(
        CustomerEvents,
        "note",
        lambda own, rules, touched="": (found.append(touched), note(own, rules, touched))[1],
    )
    return found


def test_where_rows_were_only_added_none_of_others_are_read(path: Path, read_of: list[str]) -> None:
    assert after(path, "SELECT 1") is None
    assert after(path, bought_again("Bob", date(2010, 3, 1), 100)) == (1, 1)
    assert after(path, "UPDATE sale SET is_return = true WHERE order_key = 100") == (1, 1)
    assert after(path, bought_again("Cid", date(2010, 3, 1), 101)) == (1, 1)
    assert after(path, "UPDATE customer SET valid_from = TIMESTAMP '2009-05-01' WHERE id = 'Ann'") == (1, 1)
    assert after(path, "DELETE FROM sale WHERE order_key = 101") == (1, 1)
    assert [bool(each) for each in read_of] == [False, True, False, True, False, False]


def reached(customer: str, day: date) -> str:
    """SQL for a contact with a customer."""
    return f"""INSERT INTO contact BY NAME SELECT {day_of(day)} AS day_key, customer_key, customer_code,
        customer_code AS identity_key, 0 AS campaign_key, 0 AS campaign_code, 0 AS channel_key, 0 AS channel_code,
        'treated' AS arm, 1 AS batch, 1 AS row_in_source FROM customer WHERE id = '{customer}'"""


def test_who_was_reached_after_a_purchase_is_not_looked_at_and_before_it_is(path: Path) -> None:
    assert after(path, reached("Ann", date(2010, 3, 1))) is None
    assert after(path, reached("Cid", date(2010, 3, 1))) == (1, 1)
    assert [row[3] for row in held(path) if row[0] == 3] == ["Identify", "Select", "Acquire"]
    assert after(path, "UPDATE contact SET arm = 'held out'") == (1, 1)
    earlier = f"UPDATE sale SET day_key = {day_of(date(2010, 5, 1))} WHERE customer_code = 1"
    assert after(path, f"UPDATE contact SET arm = 'treated'; {earlier}") == (2, 2)


def test_rows_that_were_slips_until_more_came_near_them_are_read_though_nobody_touched_them(
    path: Path, read_of: list[str]
) -> None:
    """Of 2017 there is one order alone, years from all others, until others make it ordinary."""
    many = ";".join(bought_again("Bob", FIRST + timedelta(15 * each), 200 + each) for each in range(60))
    after(path, many)
    after(path, bought_again("Cid", date(2017, 6, 1), 300))
    before = {row[0]: row[1:] for row in held(path)}
    assert before[3][0] < date(2017, 1, 1)
    after(
        path,
        ";".join(
            bought_again("Ann", date(2017, 1, 1) + timedelta(3 * each), 400 + each) for each in range(60)
        ),
    )
    bought = [row[1] for row in held(path) if row[0] == 3]
    assert date(2017, 6, 1) in bought
    assert not read_of[-1]


def test_a_change_tells_late_rows_from_new_ones(path: Path) -> None:
    def change(sql: str) -> StageChange:
        with end_of_write.heard() as changes, writing(path) as connection:
            connection.execute(sql)
        (found,) = changes
        return found

    # A year of silence was none: he was never lost.
    late = change(bought_again("Bob", date(2010, 3, 1), 100))
    assert late.past == (
        PastEntries("Develop", 1, 0),
        PastEntries("Lost", 0, 1),
        PastEntries("Won back", 0, 1),
    )
    assert [*late.sentences()] == [
        "Life cycle as of 2011-01-20: 1 looked at again, 1 stand in another stage (Won back to Develop 1).",
        "What came late or was corrected changed the stages until 2011-01-20 of 1; entries by stage: Develop 1 added;"
        " Lost 1 taken back; Won back 1 taken back.",
    ]
    new = change(bought_again("Bob", date(2011, 3, 1), 101))  # Ann was silent for a year by then
    assert (new.ways, new.rewritten) == ((("Develop", "Lost", 1), ("Develop", "Retain", 1)), 0)
    told = "2 looked at again, 2 stand in another stage (Develop to Lost 1, Develop to Retain 1)."
    assert str(new) == f"Life cycle as of 2011-03-01: {told}"
    gone = change("DELETE FROM sale WHERE customer_code = 1")
    assert (gone.ended, gone.rewritten) == (1, 1)
    assert "1 are not known any longer" in str(gone)


def test_yesterday_replayed_is_yesterday(path: Path) -> None:
    warehouse = Warehouse(path)
    days = [FIRST + timedelta(each) for each in range(0, 500, 50)]
    yesterday = [standing(warehouse.frame, "customer", day).rows() for day in days]
    warehouse.close()
    known_at = datetime.now(UTC).replace(tzinfo=None)
    after(path, bought_again("Bob", date(2010, 3, 1), 100))
    after(path, "DELETE FROM sale WHERE customer_code = 1")
    warehouse = Warehouse(path)
    assert [standing(warehouse.frame, "customer", day, known_at).rows() for day in days] == yesterday
    now = [standing(warehouse.frame, "customer", day).rows() for day in days]
    assert now != yesterday
    assert [who for who, *_ in now[-1]] == [2, 3]  # of Ann nothing is known any longer
    warehouse.close()


def test_other_rules_look_at_everybody(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "data/lifecycle/customer_stages.toml").read_text(encoding="utf-8")
    other = stage_rules.read(text.replace("version = 1", "version = 2").replace("= 365", "= 300"))
    monkeypatch.setattr(stage_rules, "declared", lambda subject="customer": other)
    assert after(path, "SELECT 1") == (3, 2)
    warehouse = Warehouse(path)
    assert [each.rule_version for each in runs(warehouse.rows, "customer")] == [1, 2]
    warehouse.close()


def test_going_back_brings_the_stages_back(path: Path) -> None:
    before = held(path)
    after(path, bought_again("Bob", date(2010, 3, 1), 100))
    assert held(path) != before
    go_back(path, 1)
    assert held(path) == before
    assert after(path, bought_again("Bob", date(2010, 3, 1), 100)) == (1, 1)


def test_who_is_forgotten_keeps_stages_and_no_name(tmp_path: Path) -> None:
    path = small_warehouse(tmp_path / "w.duckdb")
    before = held(path)
    assert not [each for each in forget(path, "K200").told if "stage" in each]
    assert held(path) == before
    assert {who for who, *_ in before} == {1, 2, 3, 4}


def test_a_warehouse_of_an_earlier_release_gets_a_history(tmp_path: Path) -> None:
    path = open_kept(3, tmp_path / "w.duckdb")
    bring_up_to_date(path)
    warehouse = Warehouse(path)
    ((customers,),) = warehouse.rows(
        "SELECT count(DISTINCT customer_code) FROM customer WHERE customer_code > 0"
    )
    (run,) = runs(warehouse.rows, "customer")
    assert (run.touched, run.changed) == (customers, customers)
    assert standing(warehouse.frame, "customer", run.as_of).height == customers
    warehouse.close()


def test_a_warehouse_that_is_emptied_has_no_stages(path: Path) -> None:
    assert after(path, "DELETE FROM sale") == (3, 3)
    assert held(path) == []
    warehouse = Warehouse(path)
    assert warehouse.rows("SELECT count(*) FROM stage_entry") == [(0,)]
    warehouse.close()


PARTNERS = """
version = 1
subject = "partner"
stages = ["Recruit", "Onboard", "Co-sell", "Exit"]
first = "Recruit"
events = ["signed", "sale"]
[[transition]]
from = ["Recruit"]
on = "signed"
to = "Onboard"
[[transition]]
from = ["Onboard"]
on = "sale"
at_least = 2
to = "Co-sell"
[[timer]]
from = ["Co-sell"]
since = "sale"
silent_days = 90
to = "Exit"
"""


def test_partners_have_a_life_cycle_by_other_rules_and_the_same_code(path: Path) -> None:
    """A run a kind of subject: the customers with the same codes keep theirs."""
    rules, customers = stage_rules.read(PARTNERS), held(path)
    told = [(1, 0, "signed"), (1, 10, "sale"), (1, 30, "sale"), (2, 5, "sale"), (2, 7, "signed")]
    subject, day, kind = (np.array(each) for each in zip(*told, strict=True))
    kinds = np.array([rules.kinds.index(each) for each in kind])
    with writing(path) as connection:
        for as_of in (20, 200):
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {LOOKED_AT} AS FROM (VALUES (1), (2)) AS t(code)"
            )
            made = derive(rules, SubjectEvents(subject, day, kinds), as_of)
            run = stage_history.append(connection, rules, made, as_of)
            assert (run.touched, run.changed) == ((2, 2) if as_of == 20 else (2, 1))
        connection.execute(f"DROP TABLE {LOOKED_AT}")
    warehouse = Warehouse(path)
    first, _ = runs(warehouse.rows, "partner")
    stages = standing(warehouse.frame, "partner", date(1970, 12, 31))
    assert stages.rows() == [(1, "Exit", date(1970, 5, 1)), (2, "Onboard", date(1970, 1, 8))]
    assert (
        standing(warehouse.frame, "partner", date(1970, 12, 31), first.recorded_at)["stage"].to_list()
        == ["Onboard"] * 2
    )
    assert [each.run for each in runs(warehouse.rows, "customer")] == [1]
    warehouse.close()
    assert held(path) == customers
    assert [(who, day_of(day), *rest) for who, day, *rest in held(path, "partner")] == by_a_loop(
        rules, told, 200
    )


Edit = Callable[[Connection, np.random.Generator], None]


def _buy(connection: Connection, random: np.random.Generator) -> None:
    """An order of somebody on some day, or a return."""
    connection.execute(
        """INSERT INTO sale SELECT * REPLACE (? AS day_key, ? AS order_key, ? AS is_return, false AS is_order,
            ? AS customer_code, (SELECT max(customer_key) FROM customer WHERE customer_code = ?) AS customer_key)
        FROM sale LIMIT 1""",
        [day_of(FIRST) + int(random.integers(0, 900)), int(random.integers(1000, 9999)), bool(random.random() < 0.2),
         *[int(random.integers(1, 4))] * 2],
    )  # fmt: skip


def _take_away(connection: Connection, random: np.random.Generator) -> None:
    """The last orders, or those of one customer."""
    if random.random() < 0.5:
        connection.execute("DELETE FROM sale WHERE day_key > (SELECT max(day_key) - 200 FROM sale)"
                           " AND (SELECT count(DISTINCT day_key) FROM sale) > 4")  # fmt: skip
    else:
        connection.execute(
            "DELETE FROM sale WHERE customer_code = ? AND (SELECT count(*) FROM sale) > 6",
            [int(random.integers(1, 4))],
        )


def _reach(connection: Connection, random: np.random.Generator) -> None:
    """A campaign reaches somebody, or holds them out."""
    code, arm = int(random.integers(1, 4)), str(random.choice(["Treated", "held out"]))
    connection.execute(
        """INSERT INTO contact (day_key, customer_key, customer_code, identity_key, campaign_key, campaign_code,
            channel_key, channel_code, arm, batch, row_in_source) SELECT ?, customer_key, ?, 0, 0, 0, 0, 0, ?, 1, 1
        FROM customer WHERE customer_code = ? LIMIT 1""",
        [day_of(FIRST) + int(random.integers(0, 900)), code, arm, code],
    )


def _merge(connection: Connection, random: np.random.Generator) -> None:
    """What one customer bought was bought by another."""
    one, other = (int(each) for each in random.choice([1, 2, 3], 2, replace=False))
    connection.execute(
        """UPDATE sale SET customer_code = $other,
            customer_key = (SELECT max(customer_key) FROM customer WHERE customer_code = $other)
        WHERE customer_code = $one""",
        {"one": one, "other": other},
    )


def told(connection: Connection) -> list[tuple[int, int, str]]:
    """What happened to customers, read row by row, and the last day of ordinary traffic."""
    days = connection.execute(
        "SELECT day_key, count(*) FROM sale GROUP BY day_key ORDER BY day_key"
    ).fetchall()
    ordinary, _ = told_apart(days)
    found: set[tuple[int, int, str]] = set()
    known: dict[int, int] = {}
    for day, who, is_return in connection.execute(
        "SELECT day_key, customer_code, is_return FROM sale"
    ).fetchall():
        if ordinary.first <= day <= ordinary.last:
            known[who] = min(day, known.get(who, day))
            found |= set() if is_return else {(who, day, "purchase")}
    rows = connection.execute("SELECT day_key, customer_code, arm FROM contact").fetchall()
    counted: dict[int, int] = {}
    for day, *_ in rows:
        counted[day] = counted.get(day, 0) + 1
    traffic = told_apart(sorted(counted.items()))[0] if rows else None
    for day, who, arm in rows:
        if traffic and traffic.first <= day <= traffic.last:
            known[who] = min(day, known.get(who, day))
            found |= {(who, day, "contact")} if arm == "Treated" else set()
    return sorted(found | {(who, day, "known") for who, day in known.items()})


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_written_the_history_is_what_a_loop_tells(path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    edits: list[Edit] = [_buy, _buy, _buy, _take_away, _reach, _merge]
    as_it_was: list[tuple[date, datetime, list[tuple[Any, ...]]]] = []
    for _ in range(9):
        with writing(path) as connection:
            for _ in range(int(random.integers(1, 3))):
                edits[int(random.integers(len(edits)))](connection, random)
            happened = told(connection)
            as_of = told_apart(
                connection.execute(
                    "SELECT day_key, count(*) FROM sale GROUP BY day_key ORDER BY day_key"
                ).fetchall()
            )[0].last
        expected = by_a_loop(stage_rules.declared(), happened, as_of)
        assert [(who, day_of(day), *rest) for who, day, *rest in held(path)] == expected
        as_it_was.append(_stood(path, FIRST + timedelta(int(random.integers(0, 900)))))
    for day, known_at, stood in as_it_was:
        assert _stood(path, day, known_at)[2] == stood  # as it was known, whatever came since
    day = as_it_was[0][0]
    last: dict[int, str] = {}
    for who, at, _, to, _ in expected:
        last |= {who: to} if at <= day_of(day) else {}
    assert {who: stage for who, stage, _ in _stood(path, day)[2]} == last  # as is now known that it was


def _stood(
    path: Path, day: date, known_at: datetime | None = None
) -> tuple[date, datetime, list[tuple[Any, ...]]]:
    """Who stood in which stage at a day's close, as it was known at a moment: now where none is named."""
    at = known_at or datetime.now(UTC).replace(tzinfo=None)
    warehouse = Warehouse(path)
    try:
        return day, at, standing(warehouse.frame, "customer", day, at).rows()
    finally:
        warehouse.close()


def test_a_run_tells_of_itself() -> None:
    run = stage_history.StageRun(2, datetime(2026, 1, 1), date(2025, 12, 31), 1, "f", 7, 1200, 3)
    assert str(run) == "life cycle as of 2025-12-31: 1,200 looked at again, 3 have other stages (rules 1)"
