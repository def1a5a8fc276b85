"""Exports of contacts that are killed at every step, and at moments in between.

`python -m tests.data.killed_contacts FOLDER [STEP ...]`; where steps are named, at these of a first export alone.

Each export is a fork of this process, which opens no database itself, on a copy of a warehouse: one whose campaign was
never exported, and one whose audience has changed since. What a kill left behind is checked, then the command is run
once more, and file and contacts must agree.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path

from data.__main__ import main as command
from data.campaigns.contact_files import contact_list, csv_bytes, exports_of
from data.operational import audiences, operational_store
from data.operational.planned_campaigns import planned_campaigns
from data.store import write_moments
from data.store.warehouse import Warehouse, writing
from tests.data.contact_firm import DAY, contact_firm, started
from tests.data.killed import DONE, ENDED, forked

MANY, FILE, STEPS = 24, "list.csv", "steps.json"
FRESH, CHANGED = "fresh", "changed"


def _prepare(folder: Path, name: str) -> None:
    """A warehouse with an audience; `changed` has an export, and other members since."""
    (folder / name).mkdir(parents=True)
    path = contact_firm(folder / name / "w.duckdb", MANY)
    audience = audiences.save(operational_store.ready(path), "All", "question", "frozen", "v1", MANY, "ann")
    _members(path, audience.id, range(1, 17))
    started(path, audience=audience.id)
    if name == CHANGED:
        _export(path)
        _members(path, audience.id, range(5, MANY + 1))


def _members(path: Path, audience: str, codes: range) -> None:
    with writing(path, "members") as connection:
        connection.execute("DELETE FROM audience_member")
        connection.execute(
            "INSERT INTO audience_member SELECT ?, unnest(?::INTEGER[]), 1, NULL", [audience, [*codes]]
        )


def _export(path: Path) -> None:
    told = ["--warehouse", str(path), "--day", str(DAY), "--to", str(path.with_name(FILE)), "--quiet"]
    assert command(["contacts", "Spring", *told]) == 0


def _list_steps(path: Path) -> None:
    """Export, and write down which steps there were."""
    seen: list[str] = []
    write_moments.step = seen.append  # type: ignore[assignment]
    _export(path)
    path.with_name(STEPS).write_text(json.dumps(seen))


def _killed(path: Path, at: int | float) -> None:
    """Export, and end at the step of that place, or after so many seconds."""
    left = iter(range(at, -1, -1)) if isinstance(at, int) else count(1)

    def step(_name: str) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    write_moments.step = step
    if isinstance(at, float):
        signal.setitimer(signal.ITIMER_REAL, at)  # nobody hears the alarm: it ends the process at once
    _export(path)


def _check(path: Path, is_done: bool) -> None:
    """A file that is there lists an export that is stored; once all `is_done`, the last one."""
    (campaign,) = planned_campaigns(operational_store.ready(path))
    found, file = Warehouse(path), path.with_name(FILE)
    try:
        exports = exports_of(found, campaign)["export"].to_list()
        stored = [csv_bytes(contact_list(found, campaign, each)) for each in exports]
        twice = "SELECT count(number) - count(DISTINCT customer_code) FROM contact"
        assert found.rows(twice) == [(0,)]
    finally:
        found.close()
    if is_done or file.exists():
        assert file.read_bytes() in (stored[:1] if is_done else stored)


def _places(folder: Path, names: Sequence[str], moments: int) -> list[tuple[str, int | float, str]]:
    """Every step of an export of each kind, and so many moments while it runs."""
    found: list[tuple[str, int | float, str]] = []
    for name in names:
        assert forked(lambda name=name: _prepare(folder, name)) == DONE  # type: ignore[misc]
        trial = Path(shutil.copytree(folder / name, folder / f"{name}-steps"))
        began = time.monotonic()
        assert forked(lambda trial=trial: _list_steps(trial / "w.duckdb")) == DONE  # type: ignore[misc]
        took = time.monotonic() - began
        found += [(name, at, step) for at, step in enumerate(json.loads((trial / STEPS).read_text()))]
        found += [(name, took * (nth + 1) / (moments + 1), "moment") for nth in range(moments)]
    return found


def main(folder: Path, names: Sequence[str] = (FRESH, CHANGED), only: Sequence[str] = (),
         moments: int = 0) -> dict[str, object]:  # fmt: skip
    """Kill at all steps, or those that are named `only`, and so many moments of each kind of export; what was done."""
    places = [each for each in _places(folder, names, moments) if not only or each[2] in only]
    for nth, (name, at, step) in enumerate(places):
        path = Path(shutil.copytree(folder / name, folder / f"{name}-{nth}")) / "w.duckdb"
        work: tuple[tuple[Callable[[], None], tuple[int, ...]], ...] = (
            (partial(_killed, path, at), (ENDED,) if isinstance(at, int) else (-signal.SIGALRM, DONE)),
            (partial(_check, path, False), (DONE,)),
            (partial(_export, path), (DONE,)),
            (partial(_check, path, True), (DONE,)),
        )
        for each, wanted in work:
            if (code := forked(each)) not in wanted:
                return {"failed": step, "of": name, "code": code}
        shutil.rmtree(path.parent)
    return {"points": len(places), "steps": [step for *_, step in places]}


if __name__ == "__main__":
    only = sys.argv[2:]
    told = main(Path(sys.argv[1]), (FRESH,), only) if only else main(Path(sys.argv[1]), moments=12)
    print(json.dumps(told))
