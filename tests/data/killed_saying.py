"""Two people who write, one ended with kill -9: `python -m tests.data.killed_saying FOLDER KILLS`.

Each writer is a fork that says something, takes some of it back, and publishes. What it was told to be saved it notes
in a file. After each round everything noted must stand in the store, once; at the end the warehouse holds what the
store does, row by row. One is ended at each named step in turn, and every third time at any moment.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from data.access.deed import Deed
from data.operational import statement_log
from data.operational.operational_store import OperationalStore, place
from data.operational.statement_kinds import Field, Rows, StatementKind
from data.operational.statement_rows import derive, take_in
from data.store import duckdb_engine as engine
from data.store import publication, schema_release, warehouse_id, write_moments
from tests.data.killed import ENDED, TABLES, ends_at
from tests.data.killed import STEPS as OF_PUBLICATION

REMARK = StatementKind(
    "remark", (Field("about"), Field("text")), key=("about",), rows=Rows("remark"), needs=Deed.WRITE
)
STEPS = ("said", "saved", "statements read", "statements taken in", *OF_PUBLICATION)
EVERYTHING = "SELECT statement, about, text, said_by, held_until FROM remark ORDER BY ALL"


def publish(path: Path) -> None:
    """One publication, which takes in what was said."""
    with publication.publishing(path, "published") as connection:
        if not connection.execute("SHOW TABLES").fetchall():
            for table in TABLES:
                connection.execute(table)
            schema_release.declare(connection)
            warehouse_id.ensure(connection)
        take_in(connection, path, {REMARK: derive})


def store_of(path: Path) -> OperationalStore:
    reader = engine.Reader(path)
    try:
        return OperationalStore(place(path), warehouse_id.read(reader.rows))
    finally:
        reader.close()


def write(path: Path, store: OperationalStore, name: str, saved: Path) -> None:
    """Say two things, take the first back, and publish; what is saved is noted."""
    with saved.open("a") as notes:
        for text in (f"{name} one", f"{name} two"):
            id = statement_log.say(store, REMARK, {"about": name[-1], "text": text}, name)
            print(f"said {text}", file=notes, flush=True)
            if text.endswith("one"):
                first = id
        statement_log.take_back(store, first, name)
        print(f"took back {name} one", file=notes, flush=True)
    publish(path)


def killed(path: Path, store: OperationalStore, name: str, saved: Path, step: str) -> None:
    engine.WORTH_SPARING = 0
    write_moments.step = ends_at(step)
    write(path, store, name, saved)


def fork(work: Callable[[], None]) -> int:
    child = os.fork()
    if not child:
        code = 3
        try:
            work()
            code = 0
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
        os._exit(code)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def check(store: OperationalStore, saved: Path) -> None:
    """All that was noted stands in the store, and nothing twice."""
    told = statement_log.history(store, REMARK)
    texts = {each.id: str(each.told["text"]) for each in told if not each.takes_back}
    found = [
        f"took back {texts[each.takes_back]}" if each.takes_back else f"said {texts[each.id]}"
        for each in told
    ]
    assert len(set(found)) == len(found), found
    assert set(saved.read_text().splitlines()) <= set(found), (saved.read_text(), found)


def check_rows(path: Path, store: OperationalStore) -> None:
    """The warehouse holds what the store does, in a snapshot and in the one after it."""
    told = statement_log.history(store, REMARK)
    until = statement_log.held_until(told, REMARK)
    expected = sorted((each.id, each.told["about"], each.told["text"], each.said_by, until.get(each.id))
                      for each in told if not each.takes_back)  # fmt: skip
    for _ in range(2):
        publish(path)
        reader = engine.Reader(path)
        assert reader.rows(EVERYTHING) == expected
        reader.close()


def one_round(path: Path, store: OperationalStore, number: int, step: str) -> bool:
    """Two writers at once, of whom one is ended at `step`, or at any moment; whether it was before it had done."""
    saved = path.with_name("saved")
    died = two_at_once(
        lambda: killed(path, store, f"{number}a", saved, step),
        lambda: write(path, store, f"{number}b", saved),
        None if step else random.Random(number).uniform(0, 0.4),
    )
    check(store, saved)
    return died


def two_at_once(doomed: Callable[[], None], beside: Callable[[], None], after: float | None) -> bool:
    """Two forks, the first ended so many seconds later, where that is said; whether it was before it had done."""
    first, second = fork(doomed), fork(beside)
    if after is not None:
        time.sleep(after)
        os.kill(first, signal.SIGKILL)
    codes = ended(first), ended(second)
    assert codes in ((ENDED, 0), (0, 0)), codes
    return codes[0] == ENDED


def main(folder: Path, kills: int) -> dict[str, object]:
    path = folder / "w.duckdb"
    assert ended(fork(lambda: publish(path))) == 0
    store, at_steps, at_any_moment, number = store_of(path), dict.fromkeys(STEPS, 0), 0, 0
    (folder / "saved").touch()
    assert ended(fork(lambda: killed(path, store, "first", folder / "saved", "upgraded"))) == ENDED
    while sum(at_steps.values()) + at_any_moment < kills:
        step = "" if number % 3 == 2 else min(STEPS, key=lambda each: at_steps[each])
        died = one_round(path, store, number, step)  # what the other has taken in is not taken in again
        if step:
            at_steps[step] += died
        else:
            at_any_moment += died
        number += 1
    sound = ended(fork(lambda: check_rows(path, store)))
    left = sorted(each.name for each in folder.iterdir() if each.is_file() and ".audit." not in each.name)
    return {"at steps": at_steps, "at any moment": at_any_moment, "rounds": number, "sound": sound,
            "saved": len((folder / "saved").read_text().splitlines()), "left": left}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
