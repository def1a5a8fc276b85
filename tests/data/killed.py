"""Writers that are ended with kill -9 at named steps of a write: `python -m tests.data.killed FOLDER KILLS`.

Each writer is a fork of this process, which opens no database itself. Before it writes, it checks what those before
it left behind, and says with its exit code if that is not as it should be.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from data.store import duckdb_engine as engine
from data.store import publication, schema_release, write_moments

BEFORE = ("locked", "copied", "in transaction", "committed", "checkpointed", "kept", "before publishing")
AFTER = ("published", "pruning")
STEPS = (*BEFORE, *AFTER)
ENDED, WRONG, DONE = -signal.SIGKILL, 3, 0
TABLES = (
    "CREATE TABLE setting (name VARCHAR PRIMARY KEY, value VARCHAR NOT NULL)",
    "CREATE TABLE batch (batch INTEGER, origin VARCHAR DEFAULT 'load')",
    "CREATE TABLE sale (row INTEGER, revenue DECIMAL(18,4))",
    """CREATE TABLE publication (number INTEGER, published_at TIMESTAMP, deed VARCHAR, batch INTEGER, lines BIGINT,
        revenue DECIMAL(18,4), follows INTEGER, began INTEGER)""",
)


def write(path: Path, row: int, rows: list[int]) -> None:
    """One write that adds a row to those that must be there."""
    with publication.publishing(path, f"row {row}") as connection:
        if not connection.execute("SHOW TABLES").fetchall():
            for table in TABLES:
                connection.execute(table)
            schema_release.declare(connection)
        there = connection.execute("SELECT row FROM sale ORDER BY rowid").fetchall()
        published = connection.execute("SELECT number, batch FROM publication ORDER BY number").fetchall()
        assert [found for (found,) in there] == rows, (there, rows)
        assert published == list(enumerate(rows, 1)), published
        connection.execute("INSERT INTO sale VALUES (?, ?)", [row, row])
        connection.execute("INSERT INTO batch (batch) VALUES (?)", [row])


def check(path: Path, rows: list[int]) -> None:
    """Readers find what was published; what is kept opens, and holds what it held."""
    assert held(path) == rows, (held(path), rows)
    for number, file in publication.kept(path).items():
        assert held(file) == rows[:number], (number, held(file))


def held(path: Path) -> list[int]:
    reader = engine.Reader(path)
    try:
        return [row for (row,) in reader.rows("SELECT row FROM sale ORDER BY row")]
    finally:
        reader.close()


def ends_at(step: str) -> Callable[[str], None]:
    """A hook that ends this process with kill -9 at that step."""

    def hook(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


def forked(work: Callable[[], None]) -> int:
    """The exit code of a fork that does the work, negative where a signal ended it."""
    child = os.fork()
    if not child:
        code = WRONG
        try:
            work()
            code = DONE
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def one(path: Path, rows: list[int], row: int, step: str) -> None:
    """A writer that ends at `step`; one that ends at none looks at everything before."""
    if not step:
        check(path, rows)
    engine.WORTH_SPARING = 0
    write_moments.step = ends_at(step)
    write(path, row, rows)


def main(folder: Path, kills: int) -> dict[str, object]:
    path, rows, ended = folder / "w.duckdb", list[int](), dict.fromkeys(STEPS, 0)
    for row in range(1, kills + kills // 40 + 2):
        at = sum(ended.values())
        step = "" if at == kills or row % 41 == 0 else STEPS[at % len(STEPS)]
        code = forked(lambda row=row, step=step: one(path, rows, row, step))  # type: ignore[misc]
        if code != (ENDED if step else DONE):
            return {"failed": step, "row": row, "code": code}
        if step:
            ended[step] += 1
        if not step or step in AFTER:
            rows.append(row)
    sound = forked(lambda: check(path, rows))
    left = sorted(each.name for each in folder.rglob("*") if each.is_file())
    return {"ended": ended, "sound": sound, "rows": len(rows), "left": left}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
