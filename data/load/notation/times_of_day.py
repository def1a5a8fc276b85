"""How sources write the time of a day: 14:03, 14:03:22, 2:03 PM, 14.03, 14h03, a moment, a part of a day, seconds."""

from __future__ import annotations

from data.load.notation import zone_offsets

DAY = 86_400
# Hours, minutes, seconds (what is behind them is cut off) and the half of the day.
CLOCK = r"^(?:.*[ T,])?(\d{1,2})(?:[:.hH](\d{2})?)(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([AaPp])?[.]?([Mm][.]?)?"
CLOCK += r"\s*(?:[Zz]|(?:UTC|GMT)?\s*[+-]\d{1,2}(?::?\d\d)?)?$"
HALF = r"^(\d{1,2})\s*([AaPp])[.]?[Mm][.]?$"
NUMBER = r"^\d+([.]\d+)?([eE]-?\d+)?$"
# What a column of times looks like; a number or a whole moment may be much else.
LIKE = r"^\d{1,2}[:hH]\d{2}([:.]\d{2})?([.,]\d+)?(\s*[AaPp][.]?[Mm][.]?)?$"


def second_sql(text: str, zone: str | None = None) -> str:
    """SQL for the seconds since midnight that the SQL text `text` says; null where it says no time of a day.

    A moment that tells its own offset is one of the day in `zone` (SQL for an IANA name), if that is known. Numbers
    below 1 are parts of a day, as workbooks count; whole ones are seconds.
    """
    clock = _clock(text)
    if zone is not None:
        moment = f"(TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE {zone})"
        clock = f"CASE WHEN regexp_matches({text}, '{zone_offsets.PLAIN}') THEN {of_moment(moment)} ELSE {clock} END"
    number = f"CASE WHEN regexp_matches({text}, '{NUMBER}') THEN {_number(text)} END"
    plain = f"CASE WHEN {text} LIKE '__:__%' THEN {of_moment(f'TRY_CAST({text} AS TIME)')} END"
    return f"coalesce(CASE WHEN {plain} < {DAY} THEN {plain} END, {number}, {clock})"


def of_moment(moment: str) -> str:
    """SQL for the seconds since midnight of a TIMESTAMP."""
    return f"(hour({moment}) * 3600 + minute({moment}) * 60 + second({moment}))::BIGINT"


def of_date(text: str, moment: str) -> str:
    """SQL for the second of a date whose text may tell a time: `moment` is SQL for what it says as a TIMESTAMP."""
    second = of_moment(moment)
    return f"CASE WHEN {second} > 0 OR contains(({text})::VARCHAR, ':') THEN {second} END"


def _number(text: str) -> str:
    value = f"TRY_CAST({text} AS DOUBLE)"
    return (
        f"CASE WHEN {value} < 1 THEN TRY_CAST(round({value} * {DAY}) AS BIGINT)"
        f" WHEN {value} < {DAY} AND {value} = floor({value}) THEN TRY_CAST({value} AS BIGINT) END"
    )


def _clock(text: str) -> str:
    hour, minute, second, half = (f"regexp_extract({text}, '{CLOCK}', {group})" for group in (1, 2, 3, 4))
    told = _seconds(hour, minute, second, half)
    short = _seconds(
        f"regexp_extract({text}, '{HALF}', 1)", "''", "''", f"regexp_extract({text}, '{HALF}', 2)"
    )
    return (
        f"CASE WHEN regexp_matches({text}, '{HALF}') THEN {short}"
        f" WHEN regexp_matches({text}, '{CLOCK}') THEN {told} END"
    )


def _seconds(hour: str, minute: str, second: str, half: str) -> str:
    hours, minutes, seconds = (f"coalesce(TRY_CAST({each} AS BIGINT), 0)" for each in (hour, minute, second))
    of_half = f"{hours} % 12 + CASE WHEN lower({half}) = 'p' THEN 12 ELSE 0 END"
    late = f"CASE WHEN {half} = '' THEN {hours} ELSE {of_half} END"
    sound = (
        f"{hours} < 24 AND {minutes} < 60 AND {seconds} < 60 AND ({half} = '' OR {hours} BETWEEN 1 AND 12)"
    )
    return f"CASE WHEN {sound} THEN ({late}) * 3600 + {minutes} * 60 + {seconds} END"
