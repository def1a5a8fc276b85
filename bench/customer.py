"""One customer: suggestions while one types and the time line, beside the same look-ups by LIKE and sorts in SQL."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from bench.firm_of_events import firm_of_events
from bench.question import Disagreement
from bench.table import table
from bench.target import Target
from bench.timing import Clocked, clocked, percentile, typical
from data.review import customer_consents, customer_records, time_line
from data.review.customer_index import CustomerIndex
from data.review.customer_standing import belongs_to, campaign_arms, last_scores, stage_now
from data.review.event_sql import NEWEST_FIRST, RELATION
from data.review.time_line import TimeLineAsked
from data.store.warehouse import Warehouse

SHOWN, MOST = 30, 10
ON = date(2026, 1, 1)
TYPED = 8  # letters and more
HEADS = ["", "p50 ms", "p95 ms", "CPU ms", "by SQL p50", "p95", "CPU ms", "times", "in CPU"]
# What somebody without an index would ask: each column that a customer may be known by, held against the text.
LIKE = """SELECT code, any_value(name) AS name FROM (
    SELECT customer_code AS code, name FROM customer WHERE lower(name) LIKE $1 OR lower(id) LIKE $1
    UNION ALL SELECT customer_code, id FROM customer_identity WHERE lower(id) LIKE $1
    UNION ALL SELECT customer_code, name FROM customer_record JOIN customer_identity USING (identity_key)
    WHERE lower(name) LIKE $1 OR lower(email) LIKE $1 OR replace(phone, ' ', '') LIKE $1)
GROUP BY code ORDER BY name, code LIMIT 10"""
AS_THEY_LIE = f"""SELECT * FROM ({RELATION}) WHERE customer_code = ? ORDER BY {NEWEST_FIRST} LIMIT {SHOWN}"""
COUNTED = f"SELECT kind, count(*) FROM ({RELATION}) WHERE customer_code = ? GROUP BY kind"
WAITING = f"SELECT * FROM ({RELATION}) WHERE customer_code = ? AND is_open ORDER BY day_key LIMIT 20"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench customer`."""
    parser.add_argument("--customers", type=int, default=20_000, help="how many (%(default)s)")
    parser.add_argument("--events", type=int, default=400_000, help="of all systems (%(default)s)")
    parser.add_argument("--asked", type=int, default=60, help="look-ups of each kind (%(default)s)")
    parser.add_argument(
        "--folder", type=Path, default=Path("var/bench"), help="where firms are kept (%(default)s)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Look customers up and open them. Raises Disagreement where SQL finds another time line."""
    path = firm_of_events(args.folder, args.customers, args.events)
    with closing(Warehouse(path)) as warehouse:
        index, made = clocked(lambda: CustomerIndex.of(warehouse))
        time_line.WORTH_SORTING = 0
        _, sorted_ = clocked(lambda: time_line.prepare(warehouse).result())
        print(
            f"Index of names and numbers: {made.wall_ms / 1000:.1f} s, {index.bytes / 1e6:,.0f} MB of memory."
        )
        print(f"Events sorted by customer: {sorted_.wall_ms / 1000:.1f} s, beside what goes on.\n")
        chance = Random(5)
        some = [chance.randrange(1, args.customers + 1) for _ in range(args.asked)]
        found = {
            "suggestions": _suggestions(warehouse, index, some, chance),
            "time line": _opened(some, lambda code: _time_line(warehouse, code), lambda code: _by_sql(warehouse, code)),
            "whole page": _opened(some, lambda code: _page(warehouse, code),
                                  lambda code: _page_by_sql(warehouse, code)),
            "100,000 interactions": _opened([1] * 5, lambda code: _time_line(warehouse, code),
                                            lambda code: _by_sql(warehouse, code)),
        }  # fmt: skip
        found["found and opened"] = _both(found["suggestions"], found["whole page"])
        _check(warehouse, some)
    print(table(HEADS, [(name, *each.values()) for name, each in found.items()]))
    full = args.customers >= 1_000_000 and args.events >= 20_000_000
    targets = list(_targets(found, full))
    for each in targets:
        print(each.sentence())
    return {
        "customers": args.customers, "events": args.events, "index_seconds": made.wall_ms / 1000,
        "index_bytes": index.bytes, "sorted_seconds": sorted_.wall_ms / 1000, "found": found,
        "targets": [each.figures() for each in targets],
    }  # fmt: skip


def _suggestions(
    warehouse: Warehouse, index: CustomerIndex, some: list[int], chance: Random
) -> dict[str, float]:
    """Of each customer something that is typed of them, from three letters on."""
    typed = [text for code in some for text in _typed(warehouse, code, chance)]
    own = [clocked(lambda text=text: index.find(text, MOST))[1] for text in typed]  # type: ignore[misc]
    rival = [
        clocked(lambda text=text: warehouse.rows(LIKE, [f"%{text.lower()}%"]))[1]  # type: ignore[misc]
        for text in typed[:: max(1, len(typed) // len(some))]
    ]
    return _told(own, rival)


def _typed(warehouse: Warehouse, code: int, chance: Random) -> Iterator[str]:
    ((name, id, phone, email),) = warehouse.rows(
        "SELECT name, id, phone, email FROM customer_record JOIN customer_identity USING (identity_key)"
        " WHERE customer_code = ? ORDER BY identity_key LIMIT 1",
        [code],
    )
    given, family = name.split()
    slip = chance.randrange(1, len(family))
    yield from (family[:3], family[:5], name, id, id[:6], phone, email[:TYPED], f"{given} {family[:slip]}")
    yield f"{family[:slip]}{family[slip + 1 :]} {given}"  # a letter is missing


def _opened(some: list[int], ours: Callable[[int], Any], rival: Callable[[int], Any]) -> dict[str, float]:
    """Turn by turn, so that both meet the same machine."""
    took: list[tuple[Clocked, Clocked]] = []
    for code in some:
        took.append((clocked(lambda: ours(code))[1], clocked(lambda: rival(code))[1]))  # noqa: B023
    own, other = zip(*took, strict=True)
    return _told(own, other)


def _told(own: Sequence[Clocked], rival: Sequence[Clocked]) -> dict[str, float]:
    """Wall and processor: on a machine that is busy with others the second tells more."""
    ours, theirs = typical(own), typical(rival)
    return {
        "p50": round(ours.wall_ms, 2),
        "p95": round(percentile([each.wall_ms for each in own], 0.95), 2),
        "cpu": round(ours.cpu_ms, 2),
        "sql_p50": round(theirs.wall_ms, 1),
        "sql_p95": round(percentile([each.wall_ms for each in rival], 0.95), 1),
        "sql_cpu": round(theirs.cpu_ms, 1),
        "times": round(theirs.wall_ms / ours.wall_ms, 1),
        "cpu_times": round(theirs.cpu_ms / ours.cpu_ms, 1),
    }


def _both(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """A look-up from the text to the page: what both take."""
    both = {name: round(one[name] + other[name], 1) for name in one}
    ratios = {"times": both["sql_p50"] / both["p50"], "cpu_times": both["sql_cpu"] / both["cpu"]}
    return both | {name: round(ratio, 1) for name, ratio in ratios.items()}


def _time_line(warehouse: Warehouse, code: int) -> None:
    time_line.kinds(warehouse, code, TimeLineAsked())
    time_line.events(warehouse, code, TimeLineAsked(), SHOWN)


def _by_sql(warehouse: Warehouse, code: int) -> None:
    warehouse.rows(COUNTED, [code])
    warehouse.rows(AS_THEY_LIE, [code])


def _record(warehouse: Warehouse, code: int) -> None:
    customer_records.shown_as(warehouse, code)
    said = customer_records.said_of(warehouse, code)
    assert customer_records.known_as(warehouse, said)
    assert said.golden.height
    assert said.statements.height
    customer_consents.customer_consents(warehouse, code)


def _page(warehouse: Warehouse, code: int) -> None:
    """All that the page asks for one customer."""
    _time_line(warehouse, code)
    time_line.open_events(warehouse, code)
    stage_now(warehouse, code)
    campaign_arms(warehouse, code, {}, ON)
    last_scores(warehouse, code)
    belongs_to(warehouse, code)
    _record(warehouse, code)


PLAIN: Mapping[str, str] = {
    "said": "SELECT r.* FROM customer_record AS r JOIN customer_identity USING (identity_key) WHERE customer_code = ?"
    " ORDER BY trust DESC, seen_until DESC",
    "bought": "SELECT identity_key, count(DISTINCT order_key), sum(revenue), max(day_key) FROM sale"
    " WHERE customer_code = ? GROUP BY identity_key",
    "stage": "SELECT * FROM stage_event WHERE subject = ? ORDER BY run DESC, seq DESC LIMIT 1",
    "arms": "SELECT * FROM contact WHERE customer_code = ? ORDER BY day_key DESC LIMIT 500",
    "scores": "SELECT * FROM customer_score WHERE customer_code = ? ORDER BY day_key DESC",
    "named": "SELECT * FROM customer WHERE customer_code = ? ORDER BY valid_to DESC LIMIT 1",
    "allowed": "SELECT * FROM consent WHERE customer_code = ? ORDER BY day_key DESC",
}


def _page_by_sql(warehouse: Warehouse, code: int) -> None:
    """The same of the tables as they lie."""
    _by_sql(warehouse, code)
    for sql in (*PLAIN.values(), WAITING):
        warehouse.rows(sql, [code])


def _check(warehouse: Warehouse, some: list[int]) -> None:
    for code in some[:10]:
        told = time_line.events(warehouse, code, TimeLineAsked(), SHOWN)
        plain = warehouse.frame(AS_THEY_LIE, [code])
        if not told.select(plain.columns).equals(plain):
            raise Disagreement(f"The time line of customer {code} is not what SQL finds.")


def _targets(found: Mapping[str, Mapping[str, float]], full: bool) -> Iterator[Target]:
    for name, limit in (("suggestions", 50), ("whole page", 300), ("100,000 interactions", 300)):
        yield Target(f"{name}, p95", found[name]["p95"] if full else None, limit, "ms")
    for name in ("suggestions", "found and opened"):
        times = found[name]["times"] if full else None
        yield Target(f"{name}, times as fast as SQL", times, 20, "times", at_least=True)
