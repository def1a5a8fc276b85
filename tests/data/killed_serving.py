"""Two agents who record what customers say, one ended with kill -9: `python -m tests.data.killed_serving FOLDER KILLS`.

Each is a fork that records a contact with the task that it promises, opens a case, closes it, takes the contact of the
round before back, and publishes. What it was told to be saved it notes in a file. After each round everything noted
stands in the store, once; at the end the rows of the warehouse are what the store says. One is ended at each named step
in turn, and every third time at any moment.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from pathlib import Path

from data import operational_extension
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.statement_kinds import CASE_EVENT, RECORDED_CONTACT, SERVICE_TASK, SourceNumber
from data.service import case_deeds, recorded_contacts
from data.service.case_course import CLOSED, OPENED, CaseEvent
from data.service.recorded_contacts import RecordedContact
from data.service.service_case import ServiceCase
from data.service.service_tasks import ServiceTask
from data.store import duckdb_engine as engine
from data.store import extension, publication, write_moments
from tests.data.killed import ends_at
from tests.data.killed_saying import STEPS, ended, fork, store_of, two_at_once
from tests.data.small import small_warehouse

ANNA = SourceNumber("crm", "K100")
TOLD = ("contact", "case", "closed")
OWN = "batch IN (SELECT batch FROM batch WHERE origin = 'service')"
ROWS = (
    f"SELECT number FROM interaction WHERE {OWN} AND kind <> 'ticket'",
    f"SELECT number FROM case_event WHERE {OWN}",
    f"SELECT number FROM interaction WHERE {OWN} AND kind = 'ticket'",
)


def publish(path: Path) -> None:
    """A publication that takes in what was said, and derives nothing of it."""
    with publication.publishing(path, "published") as connection:
        extension.take_in(connection, path)


def serve(path: Path, store: OperationalStore, name: str, saved: Path) -> None:
    """One agent's round; what is saved is noted, each by a name of its own."""
    now = case_deeds.now()
    with saved.open("a") as notes:
        contact = RecordedContact(ANNA, "call", now, topic=f"{name} contact", promise="a copy")
        promised = ServiceTask(f"{name} task", now.date(), "ann", ANNA)
        said = recorded_contacts.record(store, contact, name, promised)
        print(f"{name} contact", f"{name} task", sep="\n", file=notes, flush=True)
        opening = CaseEvent(OPENED, now, topic=f"{name} case")
        opened = case_deeds.open_case(store, ANNA, opening, name)
        print(f"{name} case", file=notes, flush=True)
        told = ServiceCase(opened.case, (), number=ANNA)
        case_deeds.add_event(store, told, CaseEvent(CLOSED, case_deeds.now(), outcome=f"{name} closed"), name)
        print(f"{name} closed", file=notes, flush=True)
        if name.endswith("b"):
            recorded_contacts.take_back(store, said, name)
    publish(path)


def killed(path: Path, store: OperationalStore, name: str, saved: Path, step: str) -> None:
    engine.WORTH_SPARING = 0
    write_moments.step = ends_at(step)
    serve(path, store, name, saved)


def names(store: OperationalStore) -> list[str]:
    """What was said, by the name that each has."""
    told = [each.told for each in statement_log.history(store) if not each.takes_back]
    return [str(each.get("outcome") or each.get("topic") or each.get("what")) for each in told]


def check(store: OperationalStore, saved: Path) -> None:
    """All that was noted stands in the store, nothing twice, and no contact without the task that it promises."""
    counted = Counter(names(store))
    assert set(counted.values()) <= {1}, counted
    assert set(saved.read_text().splitlines()) <= counted.keys(), saved.read_text()
    kinds = Counter(each.kind for each in statement_log.history(store) if not each.takes_back)
    assert kinds[RECORDED_CONTACT.name] == kinds[SERVICE_TASK.name], kinds


def check_rows(path: Path, store: OperationalStore) -> None:
    """The warehouse holds a row of each statement that holds and a ticket of each case, in two snapshots on end."""
    contacts = [each.id for each in statement_log.current(store, RECORDED_CONTACT)]
    events = statement_log.current(store, CASE_EVENT)
    cases = [str(each.told["case"]) for each in events if each.told["event"] == OPENED]
    expected = [sorted(contacts), sorted(each.id for each in events), sorted(cases)]
    for _ in range(2):
        publish(path)
        reader = engine.Reader(path)
        found = [sorted(number for (number,) in reader.rows(sql)) for sql in ROWS]
        reader.close()
        assert found == expected, (found, expected)


def one_round(path: Path, store: OperationalStore, number: int, step: str) -> bool:
    """Two agents at once, of whom one is ended at `step`, or at any moment; whether it was before it had done."""
    saved = path.with_name("saved")
    died = two_at_once(
        lambda: killed(path, store, f"{number}a", saved, step),
        lambda: serve(path, store, f"{number}b", saved),
        None if step else random.Random(number).uniform(0, 0.6),
    )
    check(store, saved)
    return died


def main(folder: Path, kills: int) -> dict[str, object]:
    operational_extension.register()
    path = folder / "w.duckdb"
    assert ended(fork(lambda: made(path))) == 0
    (folder / "saved").touch()
    store, died, at_steps, number = store_of(path), 0, dict.fromkeys(STEPS, 0), 0
    while died < kills:
        step = "" if number % 3 == 2 else min(STEPS, key=lambda each: at_steps[each])
        ended_so = one_round(path, store, number, step)
        died += ended_so
        if step:
            at_steps[step] += ended_so
        number += 1
    sound = ended(fork(lambda: check_rows(path, store)))
    saved = len((folder / "saved").read_text().splitlines())
    return {"killed": died, "at steps": at_steps, "rounds": number, "sound": sound, "saved": saved}


def made(path: Path) -> None:
    small_warehouse(path)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
