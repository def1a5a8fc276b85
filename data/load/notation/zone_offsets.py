"""A zone or an offset behind a time of the day, as programs write it: +0100, Z, UTC, GMT+1, PST, Europe/Rome."""

from __future__ import annotations

# Whatever stands behind a time of the day (\1) and is no AM or PM (\2).
BEHIND = (
    r"(\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s*[AaPp][Mm])?)"
    r"\s*([Zz]|(?:UTC|GMT)?\s*[+-]\d{1,2}(?::?\d\d)?|[A-Z][A-Za-z_]+/[A-Za-z_/+-]+|[A-Za-z]{3,5})"
    r"(?:\s*\([^)]*\))?\s*$"
)
# What the engine reads by itself.
PLAIN = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d([.]\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)$"
NO_ZONE = ("UHR",)
MINUTES = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 60, "CET": 60, "CEST": 120, "MEZ": 60, "MESZ": 120, "EET": 120,
    "EEST": 180, "MSK": 180, "SAST": 120, "GST": 240, "PKT": 300, "WIB": 420, "ICT": 420, "HKT": 480, "SGT": 480,
    "AWST": 480, "JST": 540, "KST": 540, "ACST": 570, "ACDT": 630, "AEST": 600, "AEDT": 660, "NZST": 720,
    "NZDT": 780, "NDT": -150, "NST": -210, "BRT": -180, "ART": -180, "ADT": -180, "EDT": -240, "EST": -300,
    "CDT": -300, "MDT": -360, "MST": -420, "PDT": -420, "PST": -480, "AKDT": -480, "AKST": -540, "HST": -600,
}  # fmt: skip
# Several zones are called so: the one in the firm's own part of the world is meant.
SHARED = {
    "CST": {"America": -360, "US": -360, "Canada": -360, "Asia": 480},
    "IST": {
        "Asia/Kolkata": 330,
        "Asia/Calcutta": 330,
        "Asia/Jerusalem": 120,
        "Asia/Tel_Aviv": 120,
        "Europe": 60,
    },
    "BST": {"Europe": 60, "GB": 60, "Asia": 360},
    "AST": {"America": -240, "Canada": -240, "Asia": 180},
}


def without_zone_sql(text: str) -> str:
    """SQL for the SQL text `text` without what stands behind its time of the day."""
    return rf"regexp_replace({text}, '{BEHIND}', '\1')"


def moment_sql(text: str, written: str, zone: str) -> str:
    """SQL for the time in `zone` of the moment `written` (SQL for a TIMESTAMP), whose zone the text tells.

    The moment as it is written where it tells none; null where nobody knows the zone.
    """
    behind = f"upper(regexp_extract({text}, '{BEHIND}', 2))"
    named = f"regexp_extract({text}, '{BEHIND}', 2)"
    utc = f"""CASE WHEN contains({behind}, '/') THEN TRY({written} AT TIME ZONE {named}) AT TIME ZONE 'UTC'
        WHEN regexp_matches({behind}, '[+-]') THEN {written} - to_minutes({_minutes(behind)})
        ELSE {written} - to_minutes({_looked_up(behind, zone)}) END"""
    plain = f"{behind} IN ({_listed(('', *NO_ZONE))})"
    return f"CASE WHEN {plain} THEN ({written}) ELSE ({utc} AT TIME ZONE 'UTC' AT TIME ZONE {zone}) END"


def _minutes(behind: str) -> str:
    hours = rf"TRY_CAST(regexp_extract({behind}, '[+-](\d{{1,2}})', 1) AS BIGINT)"
    more = rf"coalesce(TRY_CAST(regexp_extract({behind}, '[+-]\d{{1,2}}:?(\d\d)$', 1) AS BIGINT), 0)"
    return f"(CASE WHEN contains({behind}, '-') THEN -1 ELSE 1 END * (60 * {hours} + {more}))"


def _looked_up(behind: str, zone: str) -> str:
    cases = [f"WHEN {behind} = '{name}' THEN {minutes}" for name, minutes in MINUTES.items()]
    cases += [
        f"WHEN {behind} = '{name}' AND ({zone} = '{place}' OR starts_with({zone}, '{place}/')) THEN {minutes}"
        for name, places in SHARED.items()
        for place, minutes in places.items()
    ]
    return f"(CASE {' '.join(cases)} END)"


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{each}'" for each in words)
