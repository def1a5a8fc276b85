"""SQL on the wide fact, in words that DuckDB and ClickHouse both understand: codes grouped, then named."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measures import expression
from bench.members import OTHERS, code
from bench.plain import SHARE, Plain, Spans

REST = -1


def sql(plain: Plain, fact: str = "wide", member: str = "member") -> str:
    """One statement: the lines that count, their codes grouped, members named, shares and growth worked out."""
    outer = [_named(level, at, plain) for at, level in enumerate(plain.by)]
    outer += [_shown(measure, at, plain) for at, measure in enumerate(plain.measures)]
    if plain.compares:
        outer += [each for at in range(len(plain.measures)) for each in (f"b{at}", _growth(at))]
    joins = "".join(
        f"\nLEFT JOIN (SELECT code, id FROM {member} WHERE level = '{level}') AS m{at} ON m{at}.code = cell.k{at}"
        for at, level in enumerate(plain.by)
    )
    return f"SELECT {', '.join(outer)}\nFROM ({_cells(plain, fact)}) AS cell{joins}"


def _cells(plain: Plain, fact: str) -> str:
    names = {level: f"k{at}" for at, level in enumerate(plain.by)}
    now = _during(plain.spans) if plain.before is not None and plain.spans is not None else ""
    zero = "0" if plain.compares else ""
    values = [
        f"{expression(each.partition(':')[0], True, now, zero)} AS v{at}"
        for at, each in enumerate(plain.measures)
    ]
    if plain.before is not None:
        then = _during(plain.before)
        values += [
            f"{expression(each.partition(':')[0], True, then, zero)} AS b{at}"
            for at, each in enumerate(plain.measures)
        ]
    lines = [f"{_coded(level, plain, fact)} AS {name}" for level, name in names.items()]
    source = f"SELECT {', '.join([*lines, '*'])} FROM {fact}{_where(plain)}"
    grouped = _grouped([[names[level] for level in kept] for kept in plain.grains])
    only = f" HAVING count(*) FILTER (WHERE {now}) > 0" if now and not plain.compares else ""
    return f"SELECT {', '.join([*names.values(), *values])} FROM ({source}) AS sale{grouped}{only}"


def _coded(level: str, plain: Plain, fact: str) -> str:
    """The code of a line's member, or of the rest beyond the top."""
    count = dict(plain.top).get(level)
    if count is None:
        return code(level)
    order = f"{expression(plain.measures[0], True)} DESC, {code(level)}"
    top = (
        f"SELECT {code(level)} FROM {fact} AS sale{_where(plain)} GROUP BY {code(level)}"
        f" ORDER BY {order} LIMIT {count}"
    )
    return f"CASE WHEN {code(level)} IN ({top}) THEN {code(level)} ELSE {REST} END"


def _where(plain: Plain) -> str:
    conditions = [
        f"{code(cut.level)} {'NOT IN' if cut.exclude else 'IN'} ({', '.join(map(str, cut.codes))})"
        for cut in plain.cuts
    ]
    if plain.spans is not None:
        conditions.append(_during((*plain.spans, *(plain.before or ()))))
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _during(spans: Spans) -> str:
    found = " OR ".join(f"{code('day')} BETWEEN {first} AND {last}" for first, last in spans)
    return f"({found or 'false'})"


def _grouped(sets: Sequence[Sequence[str]]) -> str:
    if len(sets) == 1:
        return f" GROUP BY {', '.join(sets[0])}" if sets[0] else ""
    listed = ", ".join("(" + ", ".join(each) + ")" for each in sets)
    return f" GROUP BY GROUPING SETS ({listed})"


def _named(level: str, at: int, plain: Plain) -> str:
    if level in dict(plain.top):
        return f"CASE WHEN cell.k{at} = {REST} THEN '{OTHERS}' ELSE m{at}.id END AS n{at}"
    return f"m{at}.id AS n{at}"


def _shown(measure: str, at: int, plain: Plain) -> str:
    derivation = measure.partition(":")[2]
    if not derivation:
        return f"v{at}"
    if derivation == SHARE:
        parents = ", ".join(f"k{each}" for each in range(len(plain.by) - 1))
        within = f"PARTITION BY {parents}" if parents else ""
        return f"v{at} / nullif(sum(v{at}) OVER ({within}), 0) AS s{at}"
    return _growth(at)


def _growth(at: int) -> str:
    return f"(v{at} - b{at}) / nullif(abs(b{at}), 0) AS g{at}"
