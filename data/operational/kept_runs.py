"""Kept runs: what a finding came to, by what question of which data, so that it can be compared and found again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from data.access.acting import acting
from data.errors import BadRequest
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_name, plain_text
from data.operational.statement_erasure import ERASED
from data.operational.statement_kinds import KEPT_RUN, Values
from data.operational.statement_log import Statement, StatementLog

KEPT, REMOVED = "kept", "removed"


@dataclass(frozen=True, slots=True)
class KeptFigure:
    """A figure as it was read, and as a number, where it was one."""

    label: str
    text: str
    number: float | None = None


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """What is kept of a finding, never a row of a customer. `kind` is its page's title and `address` that page with all
    parameters; `warehouse` the name of its data and `version` their snapshot; `code` the mark of what found it; `seed`
    that of all that is drawn by chance; `seconds` what finding took, None where it was there already."""

    kind: str
    address: str
    warehouse: str
    version: str
    code: str
    figures: tuple[KeptFigure, ...]
    seed: int = 0
    seconds: Decimal | None = None


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run under a name, with a note; who kept it, who alone changes and removes it, and when (UTC).

    `print` tells what the policy showed under which it was found (`Policy.figures_print`): what it came to is told
    nobody who sees less, or other rows.
    """

    id: str
    name: str
    note: str
    keeper: str
    kept_at: datetime
    run: FinishedRun
    print: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        """Those of its address, several values of one in a line."""
        asked = parse_qs(urlsplit(self.run.address).query)
        return {name: ", ".join(values) for name, values in asked.items()}

    @property
    def is_erased(self) -> bool:
        """Whether it named a customer who was erased, so that it leads nowhere any longer."""
        return self.run.address == ERASED


def kept_runs(store: OperationalStore) -> tuple[KeptRun, ...]:
    """All that were kept and not removed, the newest first. Errors: WarehouseError.

    Everybody reads them who sees all of the data; others those alone that were found in the same part of it.
    """
    own = acting().policy.figures_print
    found = (each for each in _runs(statement_log.current(store, KEPT_RUN)) if own in ("", each.print))
    return tuple(sorted(found, key=lambda each: each.kept_at, reverse=True))


def keep(store: OperationalStore, run: FinishedRun, name: str, note: str, who: str, now: datetime) -> str:
    """Keep a run from `now` (UTC) on, and return its id. Errors: BadRequest, WarehouseError."""
    kept = KeptRun(uuid4().hex, plain_name(name), _note(note), who, now, run, acting().policy.figures_print)
    statement_log.say(store, KEPT_RUN, _values(kept, KEPT), who)
    return kept.id


def annotate(store: OperationalStore, id: str, name: str, note: str, who: str) -> None:
    """Call a run otherwise, or say something else of it. Errors: BadRequest, WarehouseError."""
    with statement_log.writing(store) as log:
        changed = replace(_own(log, id, who), name=plain_name(name), note=_note(note))
        log.say(KEPT_RUN, _values(changed, KEPT), who)


def remove(store: OperationalStore, id: str, who: str) -> str:
    """Remove a run; the statement which says so, which `put_back` takes back. Errors: BadRequest, WarehouseError."""
    with statement_log.writing(store) as log:
        return log.say(KEPT_RUN, _values(_own(log, id, who), REMOVED), who)


def put_back(store: OperationalStore, statement: str, who: str) -> None:
    """Take a removal back. Errors: BadRequest where it is back already; WarehouseError."""
    statement_log.take_back(store, statement, who)


def _own(log: StatementLog, id: str, who: str) -> KeptRun:
    run = next((each for each in _runs(log.current(KEPT_RUN)) if each.id == id), None)
    if run is None:
        raise BadRequest("That run is not there any more.", "Look at the list again.")
    if run.keeper != who:
        raise BadRequest(f"That run is {run.keeper}'s.", "Open it, and keep one of your own.")
    return run


def _note(text: str) -> str:
    return plain_text(text) if text.strip() else ""


def _values(kept: KeptRun, state: str) -> Values:
    run = kept.run
    figures = [[each.label, each.text, each.number] for each in run.figures]
    return {
        "run": kept.id,
        "name": kept.name,
        "note": kept.note,
        "keeper": kept.keeper,
        "kept_at": kept.kept_at,
        "kind": run.kind,
        "address": run.address,
        "warehouse": run.warehouse,
        "version": run.version,
        "code": run.code,
        "seed": run.seed,
        "seconds": run.seconds,
        "figures": json.dumps(figures, ensure_ascii=False),
        "state": state,
        "print": kept.print or None,
    }


def _runs(holding: Iterable[Statement]) -> list[KeptRun]:
    return [_run(each) for each in holding if each.told["state"] == KEPT]


def _run(statement: Statement) -> KeptRun:
    told, values = statement.told, statement.values(KEPT_RUN)
    kept_at, seconds = values["kept_at"], values["seconds"]
    run = FinishedRun(
        told["kind"],
        told["address"],
        told["warehouse"],
        told["version"],
        told["code"],
        _figures(told["figures"]),
        told["seed"],
        seconds if isinstance(seconds, Decimal) else None,
    )
    when = kept_at if isinstance(kept_at, datetime) else statement.said_at
    return KeptRun(
        told["run"], told["name"], told["note"], told["keeper"], when, run, told.get("print") or ""
    )


def _figures(text: str) -> tuple[KeptFigure, ...]:
    """None of a run whose figures named a customer who was erased."""
    return () if text == ERASED else tuple(KeptFigure(*each) for each in json.loads(text))
