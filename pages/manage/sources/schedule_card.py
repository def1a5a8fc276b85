"""The sources that are read on a schedule: how it went last, what they wait for, and mappings that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from data import environment
from data.delivery import schedule
from data.delivery.schedule import Declared, State
from data.load.mappings.delivery_interval import Every
from pages.manage.shared.coloured_notes import note
from pages.manage.shared.html_tables import Row, TableCell, table
from pages.ui.local_time import in_words
from pages.ui.page_states import card, section

OUTCOMES = {
    "done": ("✓ Loaded", "good"),
    "partly": ("◐ Partly loaded", "look"),
    "failed": ("✕ Not loaded", "bad"),
    "loading": ("… Loading now", "look"),
}

OFF = "Off (CLIENTELA_SCHEDULE): nothing is loaded by itself, but by “python -m data load”, from cron for example."
UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def intervals() -> Mapping[str, timedelta]:
    """How often each declared source is to be read, by its name."""
    return {each.source: each.every.interval for each in _declared()[0]}


def schedule_card() -> None:
    """Draw the schedule, where sources are declared."""
    sources, faults = _declared()
    if not sources and not faults:
        return
    with card("schedule"):
        section(
            "Schedule",
            OFF if environment.schedule_is_off() else "Read by themselves while the dashboard runs.",
        )
        states = schedule.read_states(environment.warehouse().resolve())
        if sources:
            heads = ("Source", "Every", "State", "When", "Told")
            rows = [_row(each, states.get(each.name)) for each in sources]
            table(heads, rows, "schedule", "Sources that are read on a schedule")
        for name, words in faults.items():
            note(f"{name}.toml cannot be used.", words, "bad", "schedule-fault")


def _declared() -> tuple[tuple[Declared, ...], dict[str, str]]:
    path = environment.warehouse().resolve()
    return schedule.declared(environment.sources(path), datetime.now().astimezone())


def _row(source: Declared, state: State | None) -> Row:
    word, tone = OUTCOMES[state.outcome] if state else ("· Not yet", "quiet")
    if source.waiting:
        word, tone = "◷ Waiting", "look"
    told = source.waiting or (state.words if state else "")
    return (
        TableCell(source.source),
        TableCell(often(source.every)),
        TableCell(word, tone),
        TableCell(_when(state, source.waiting), "quiet"),
        TableCell(told, "quiet"),
    )


def _when(state: State | None, waiting: str) -> str:
    if state is None:
        return "" if waiting or environment.schedule_is_off() else "with the next round"
    moment = (state.ended or state.began).astimezone(UTC).replace(tzinfo=None)
    if state.outcome != "failed" or environment.schedule_is_off():
        return in_words(moment)
    return f"{in_words(moment)}; again {in_words(state.retry_at.astimezone(UTC).replace(tzinfo=None))}"


def often(every: Every) -> str:
    """An interval in words.

    >>> often(Every.parse("15 minutes")), often(Every.parse("1 day at 03:00")), often(Every.parse("1 hour"))
    ('15 minutes', 'day at 03:00', 'hour')
    """
    seconds = int(every.interval.total_seconds())
    unit, size = next((unit, size) for unit, size in UNITS if seconds % size == 0)
    count = seconds // size
    at = f" at {every.at[0]:02d}:{every.at[1]:02d}" if every.at else ""
    return f"{unit if count == 1 else f'{count} {unit}s'}{at}"
