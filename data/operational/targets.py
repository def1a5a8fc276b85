"""Targets: what a key figure is to reach in a period, of the whole firm or of one member, and who said so when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from data.access.acting import acting
from data.errors import BadRequest
from data.model.calendar import level_written
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import TARGET, Values
from data.operational.statement_log import Statement

SET, WITHDRAWN = "set", "withdrawn"
OF_PERSONS = "customer"
MOST = Decimal("99999999999999")  # what the column of the warehouse and of the store holds


@dataclass(frozen=True, slots=True, order=True)
class TargetPlace:
    """Whose target it is: a key figure, and the member of a level that it is of; the whole firm without."""

    kpi: str
    level: str = ""
    member: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A target as it was said last: of a period as the calendar writes it (2026, 2026-Q1, 2026-01), in the figure's
    unit; `value` is None where it was withdrawn."""

    place: TargetPlace
    period: str
    value: Decimal | None
    said_by: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class SeenTargets:
    """The values of a place by period, and the statements that say so."""

    values: dict[str, Decimal]
    said: frozenset[str]


@dataclass(frozen=True, slots=True)
class SavedTargets:
    """What stood `before` in the periods that were changed, and the statements that changed it."""

    before: dict[str, Decimal | None]
    said: frozenset[str]


def targets(store: OperationalStore) -> dict[TargetPlace, dict[str, Decimal]]:
    """Those that hold now, by place and period. Errors: WarehouseError."""
    found: dict[TargetPlace, dict[str, Decimal]] = {}
    for each in map(_target, statement_log.current(store, TARGET)):
        if each.value is not None:
            found.setdefault(each.place, {})[each.period] = each.value
    return found


def seen_targets(store: OperationalStore, place: TargetPlace) -> SeenTargets:
    """The targets of a place as they are now. Errors: WarehouseError."""
    told = statement_log.current(store, TARGET)
    return SeenTargets(
        _values(told, place), frozenset(each.id for each in told if _target(each).place == place)
    )


def target_history(store: OperationalStore, place: TargetPlace) -> tuple[Target, ...]:
    """All that was said of a place, the newest first. Errors: WarehouseError."""
    told = (each for each in statement_log.history(store, TARGET) if each.told)
    return tuple(each for each in reversed([*map(_target, told)]) if each.place == place)


def set_targets(
    store: OperationalStore,
    place: TargetPlace,
    values: Mapping[str, Decimal | None],
    who: str,
    standing_on: StandingOn | None = None,
) -> SavedTargets:
    """Say what periods are to reach, or withdraw what was said (None); what stood there before, where that changed.

    Errors: BadRequest, ChangedMeanwhile, NotAllowed, WarehouseError. Nothing is said where one of them cannot be.
    """
    if not place.level:
        acting().policy.check_whole("A target of the whole firm is set by who sees it")
    _check(place, values)
    with statement_log.writing(store) as log:
        held = _values(log.current(TARGET), place)
        changed = {period: value for period, value in values.items() if held.get(period) != value}
        every = [_said(place, period, value) for period, value in changed.items()]
        said = log.say_all(TARGET, every, who, standing_on)
    return SavedTargets({period: held.get(period) for period in changed}, frozenset(said))


def _said(place: TargetPlace, period: str, value: Decimal | None) -> Values:
    return {
        "kpi": place.kpi,
        "level": place.level,
        "member": place.member,
        "period": period,
        "value": value or Decimal(0),
        "state": WITHDRAWN if value is None else SET,
    }


def _check(place: TargetPlace, values: Mapping[str, Decimal | None]) -> None:
    if place.level == OF_PERSONS:
        raise BadRequest("A single customer has no targets.", "Set one for a country, a kind or a segment.")
    for period, value in values.items():
        if level_written(period) is None:
            raise BadRequest(f"{period!r} is no period.", "Write it like 2026, 2026-Q1 or 2026-01.")
        if value is not None and not (value.is_finite() and abs(value) <= MOST):
            raise BadRequest(f"{value} is no target.", "Write a number.")


def _values(told: Iterable[Statement], place: TargetPlace) -> dict[str, Decimal]:
    found = (each for each in map(_target, told) if each.place == place)
    return {each.period: each.value for each in found if each.value is not None}


def _target(statement: Statement) -> Target:
    told = statement.values(TARGET)
    place = TargetPlace(*(str(told[name] or "") for name in ("kpi", "level", "member")))
    value = told["value"] if told["state"] == SET else None
    return Target(
        place,
        str(told["period"]),
        value if isinstance(value, Decimal) else None,
        statement.said_by,
        statement.said_at,
    )
