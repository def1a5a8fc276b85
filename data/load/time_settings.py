"""The firm's settings of time: when its fiscal year and its weeks begin, the time zone of its days, and from when on
an order to a supplier is late."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from data.access.deed import Deed
from data.connection import Connection
from data.derived_facts.supply_orders import LATE_AFTER
from data.errors import BadRequest, did_you_mean
from data.load.record.outdated_deliveries import CHANGED
from data.model.calendar import WEEKDAYS, Calendar
from data.store import duckdb_engine as engine
from data.store.warehouse import Warehouse, is_there, writing

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
ZONE = "time_zone"
AS_WRITTEN = "none"
MOST_GRACE = 365
TO_READ_AGAIN = """SELECT source, part, count(DISTINCT batch) FROM reading JOIN batch USING (batch)
WHERE zone <> ? GROUP BY ALL ORDER BY ALL"""
KEPT_DAYS = "Rows that are loaded keep their days: load their files again for days of the new time zone."


@dataclass(frozen=True, slots=True)
class TimeSettings:
    """The calendar, the IANA name of the time zone ("" takes days as sources write them), and how many days of grace an
    order to a supplier has after the day promised."""

    calendar: Calendar = field(default_factory=Calendar)
    time_zone: str = ""
    late_after: int = 0

    @classmethod
    def of(cls, warehouse: Warehouse) -> TimeSettings:
        """Those in force."""
        told = dict(
            warehouse.rows("SELECT name, value FROM setting WHERE name IN (?, ?)", [ZONE, LATE_AFTER])
        )
        return cls(warehouse.profile.calendar, told.get(ZONE, ""), int(told.get(LATE_AFTER, "0")))

    def changed(
        self,
        fiscal_start: str | None = None,
        week_start: str | None = None,
        time_zone: str | None = None,
        late_after: str | None = None,
    ) -> TimeSettings:
        """With what is not None put as people write it: 7 or July, 7 or Sunday, Europe/Rome or none, 2.

        Raises BadRequest for what is no month, no day of the week, no time zone or no number of days.
        """
        month = _numbered(fiscal_start, MONTHS, "month", self.calendar.fiscal_start)
        day = _numbered(week_start, WEEKDAYS, "day of the week", self.calendar.week_start)
        zone = self.time_zone if time_zone is None else _zone(time_zone.strip())
        grace = self.late_after if late_after is None else _days(late_after)
        return replace(self, calendar=Calendar(month, day), time_zone=zone, late_after=grace)

    def sentence(self) -> str:
        month, day = MONTHS[self.calendar.fiscal_start - 1], WEEKDAYS[self.calendar.week_start - 1]
        zone = f"days are those of {self.time_zone}" if self.time_zone else "days are as sources write them"
        grace = f" An order to a supplier has {self.late_after} days of grace." if self.late_after else ""
        return f"The fiscal year begins in {month}, weeks begin on {day}, {zone}.{grace}"


def _numbered(written: str | None, names: tuple[str, ...], what: str, now: int) -> int:
    """The number (from 1) of what is written by number, name, or the beginning of a name."""
    if written is None:
        return now
    text = written.strip().lower()
    if text.isdecimal() and 1 <= int(text) <= len(names):
        return int(text)
    found = [at for at, name in enumerate(names, 1) if len(text) >= 3 and name.lower().startswith(text)]
    if len(found) != 1:
        raise BadRequest(
            f"{written!r} is no {what}.",
            f"Write 1 for {names[0]} to {len(names)} for {names[-1]}, or the name.",
        )
    return found[0]


def _days(written: str) -> int:
    text = written.strip()
    if not text.isdecimal() or int(text) > MOST_GRACE:
        raise BadRequest(f"{written!r} is no number of days of grace.", f"Write 0 to {MOST_GRACE}.")
    return int(text)


def time_zones() -> tuple[str, ...]:
    """The names of the time zones that the engine knows, those of places and UTC, in order."""
    with engine.scratch() as connection:
        rows = connection.execute("SELECT name FROM pg_timezone_names() ORDER BY name").fetchall()
    return tuple(name for (name,) in rows if name == "UTC" or _is_place(name))


def _is_place(name: str) -> bool:
    return "/" in name and not name.startswith(("Etc/", "SystemV/"))


def _zone(name: str) -> str:
    if name.lower() in ("", AS_WRITTEN):
        return ""
    known = time_zones()
    found = next((each for each in known if each.lower() == name.lower()), None)
    if found is None:
        raise BadRequest(f"There is no time zone {name!r}.", did_you_mean(name, known))
    return found


def in_force(path: Path) -> TimeSettings:
    """Those of the warehouse at `path`; the usual ones where there is none yet."""
    if not is_there(path):
        return TimeSettings()
    store = Warehouse(path)
    try:
        return TimeSettings.of(store)
    finally:
        store.close()


def save(path: Path, chosen: TimeSettings) -> tuple[str, ...]:
    """Publish the warehouse with these settings; codes and names of periods follow in the same transaction.

    Where there is no warehouse yet, an empty one is made. Rows that are loaded keep their days: returned is, in words,
    what is to be loaded again for days of the new time zone.
    """
    with writing(path, "settings of time changed", Deed.LOAD) as connection:
        if time_zone(connection) != chosen.time_zone and connection.execute("FROM batch").fetchall():
            connection.execute("INSERT OR REPLACE INTO setting VALUES (?, 'yes')", [CHANGED])
        for name, value in (
            ("fiscal_start", str(chosen.calendar.fiscal_start)),
            ("week_start", str(chosen.calendar.week_start)),
            (ZONE, chosen.time_zone),
            (LATE_AFTER, str(chosen.late_after)),
        ):
            connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [name, value])
        found = connection.execute(TO_READ_AGAIN, [chosen.time_zone]).fetchall()
    return tuple(f"{source}: {_counted(files)} of {part}" for source, part, files in found)


def _counted(files: int) -> str:
    return f"{files:,} deliveries" if files > 1 else "1 delivery"


def carry_over(path: Path, fresh: Path) -> None:
    """Let a warehouse that takes another's place, `fresh`, begin with the settings of time of that at `path`."""
    chosen = in_force(path)
    if chosen != TimeSettings():
        save(fresh, chosen)


def time_zone(connection: Connection) -> str:
    """The time zone in force in a warehouse that is being written."""
    found = connection.execute("SELECT value FROM setting WHERE name = ?", [ZONE]).fetchall()
    return found[0][0] if found else ""
