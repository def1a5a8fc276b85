"""Random histories of lists and facts, delivered in any order, against a plain way of thinking about them.

CLIENTELA_HISTORIES says how many (6); 1,000 take half an hour.
"""

from __future__ import annotations

import csv
import os
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.load import Mapping, load
from tests.data.load_files import ask

HISTORIES = int(os.environ.get("CLIENTELA_HISTORIES", "6")) // 2
START = datetime(2024, 1, 1)
CITIES = ["Rome", "Milan", "Oslo", ""]
LISTS = """
source = "{source}"
[customers]
changes = "{changes}"
ids = "firm"
trust = {trust}
[customers.columns]
customer = "Id"
city = "City"
{more}
"""
LINES = """
source = "shop"
[order_lines]
key = ["order", "line"]
ids = "firm"
{changes}
[order_lines.columns]
date = "Day"
order = "Order"
line = "Line"
customer = "Customer"
revenue = "Amount"
{more}
"""
MODIFIED = 'modified = "At"\ndeleted = "Gone"'


@dataclass
class Oracle:
    """All that was said, kept as it was said: by stream, member and moment."""

    said: dict[tuple[str, str], dict[datetime, str | None]] = field(default_factory=lambda: defaultdict(dict))
    corrected: dict[tuple[str, str, datetime, str | None], set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )
    exports: dict[str, set[datetime]] = field(default_factory=lambda: defaultdict(set))
    trust: dict[str, int] = field(default_factory=dict)

    def state(self, stream: str, member: str, moment: datetime) -> tuple[str | None, bool]:
        """City and absence by one stream at a moment; before its first word as at that."""
        words = dict(self.said[stream, member])
        first = min(words)
        for export in self.exports[stream]:
            if export > first:
                words.setdefault(export, None)
        at = max((each for each in words if each <= moment), default=first)
        return words[at], words[at] is None

    def versions(self, member: str) -> list[tuple[datetime, str]]:
        """When what is known of a member changes, and to what; '-' while away."""
        streams = [stream for stream, who in self.said if who == member and self.said[stream, who]]
        firsts = {stream: min(self.said[stream, member]) for stream in streams}
        moments = {min(firsts.values())}
        for stream in streams:
            later = {*self.said[stream, member], *(e for e in self.exports[stream] if e > firsts[stream])}
            moments |= later - {firsts[stream]}
        found: list[tuple[datetime, str]] = []
        for moment in sorted(moments):
            states = [
                (self.trust[s], self._last(s, member, moment), s, *self.state(s, member, moment))
                for s in streams
            ]
            leads = max(each[0] for each in states)
            known = [each for each in states if not each[4] and each[3]]
            city = max(known)[3] if known else "(unknown)"
            now = "-" if all(each[4] for each in states if each[0] == leads) else str(city)
            if not found or found[-1][1] != now:
                found.append((moment, now))
        return found

    def _last(self, stream: str, member: str, moment: datetime) -> datetime:
        words = {*self.said[stream, member]}
        first = min(words)
        words |= {export for export in self.exports[stream] if export > first}
        runs = sorted(words)
        at = max((each for each in runs if each <= moment), default=first)
        # A run of equal words counts from its first.
        while True:
            earlier = [each for each in runs if each < at]
            if not earlier or self.state(stream, member, earlier[-1]) != self.state(stream, member, at):
                return at
            at = earlier[-1]

    def say(self, stream: str, member: str, moment: datetime, city: str | None, file: str) -> None:
        """The later word of a moment counts, unless another file corrected it before."""
        words = self.said[stream, member]
        if moment in words and words[moment] != city:
            if self.corrected[stream, member, moment, city] - {file}:
                return
            self.corrected[stream, member, moment, words[moment]].add(file)
        words[moment] = city


def deliver(
    folder: Path, name: str, mapping: str, rows: list[list[Any]], header: list[str], as_of: datetime
) -> None:
    path = folder / name
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    load(Mapping.from_text(mapping), folder / "w.duckdb", path, as_of=as_of)


def found_versions(folder: Path) -> dict[str, list[tuple[datetime, str]]]:
    """The versions in the warehouse, absences as '-'."""
    rows = ask(
        folder,
        """SELECT id, valid_from, valid_to, city FROM customer
        WHERE customer_code > 0 AND valid_from < valid_to ORDER BY 1, 2""",
    )
    found: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    ends: dict[str, datetime] = {}
    for member, begin, end, city in rows:
        if member in ends and ends[member] < begin:
            found[member].append((ends[member], "-"))
        found[member].append((begin, city))
        ends[member] = end
    for member, end in ends.items():
        if end.year < 9999:
            found[member].append((end, "-"))
    return found


def moment(day: int, hour: int = 0) -> datetime:
    return START + timedelta(days=day, hours=hour)


def random_list(
    chance: random.Random, oracle: Oracle, stream: str, changes: str
) -> tuple[list[list[Any]], datetime]:
    """One delivery of a list in a random state of the firm, told to the oracle as well."""
    as_of = moment(chance.randrange(8))
    rows: list[list[Any]] = []
    for member in chance.sample("abcd", chance.randint(1, 4)):
        city = chance.choice(CITIES)
        if changes == "modified":
            at, gone = moment(chance.randrange(8), chance.choice([0, 9])), chance.random() < 0.2
            rows.append([member, city, at.isoformat(sep=" "), "yes" if gone else "no"])
        else:
            rows.append([member, city])
    return rows, as_of


def told(
    oracle: Oracle, stream: str, changes: str, rows: list[list[Any]], as_of: datetime, file: str
) -> None:
    if changes == "full":
        present = {row[0] for row in rows}
        for (name, member), words in list(oracle.said.items()):
            if name == stream and member not in present and as_of in words:
                oracle.say(stream, member, as_of, None, file)
        oracle.exports[stream].add(as_of)
    for row in rows:
        at = datetime.fromisoformat(row[2]) if changes == "modified" else as_of
        gone = changes == "modified" and row[3] == "yes"
        oracle.say(stream, row[0], at, None if gone else row[1], file)


STREAMS = {"erp": ("full", 10), "crm": ("modified", 10), "web": ("append", 5)}


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_lists_in_any_order_end_as_they_were_said(tmp_path: Path, seed: int) -> None:
    """Changes, deletions, returns, corrections and redeliveries of three systems, in any order."""
    chance = random.Random(seed)
    oracle = Oracle()
    names = chance.sample(list(STREAMS), chance.randint(1, 3))
    sent: list[tuple[str, str, list[list[Any]], datetime]] = []
    for number in range(chance.randint(2, 6)):
        file, earlier = f"{number}.csv", chance.choice(sent) if sent and chance.random() < 0.4 else None
        source = earlier[0] if earlier else chance.choice(names)
        changes, trust = STREAMS[source]
        stream = f"{source}/customers"
        oracle.trust[stream] = trust
        rows, as_of = random_list(chance, oracle, stream, changes)
        if earlier:  # under its name or another, in a state that it was in or in a new one
            _, name, old, as_of = earlier
            file, rows = chance.choice([(file, old), (name, old), (name, rows)])
        states = {name: words for by, name, words, at in sent if (by, at) == (source, as_of)}
        if rows != states.get(file) if file in states else rows not in states.values():
            sent.append((source, file, rows, as_of))
            told(oracle, stream, changes, rows, as_of, file)
        header = ["Id", "City", "At", "Gone"] if changes == "modified" else ["Id", "City"]
        more = MODIFIED if changes == "modified" else ""
        text = LISTS.format(source=source, changes=changes, trust=trust, more=more)
        deliver(tmp_path, file, text, rows, header, as_of)
    members = {member for (_, member), words in oracle.said.items() if words}
    wanted = {member: oracle.versions(member) for member in members}
    found = found_versions(tmp_path)
    for member in members:
        mine = [each for at, each in enumerate(wanted[member]) if at or each[1] != "-"]
        if mine:
            assert found[member] == mine, (seed, member, sent)


@dataclass
class Shelf:
    """The order lines that there should be, by key: amount, day, customer, when said; what was corrected or removed."""

    lines: dict[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict)
    corrected: set[tuple[Any, ...]] = field(default_factory=set)
    removed: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def say(self, key: tuple[str, str], at: datetime, line: tuple[Any, ...], gone: bool) -> None:
        if key in self.removed and self.removed[key] >= at:
            return
        there = self.lines.get(key)
        if gone:
            if there is None or at >= there[0]:
                self.lines.pop(key, None)
                self.removed[key] = at
            return
        if there is not None and at < there[0]:
            return
        if there is not None and at == there[0] and there[1:] != line:
            if (key, at, *line) in self.corrected:
                return
            self.corrected.add((key, *there))
        self.lines[key] = (at, *line)


def random_lines(chance: random.Random, modified: bool) -> list[list[Any]]:
    rows = []
    for order, line in chance.sample([(o, n) for o in "xyz" for n in "12"], chance.randint(1, 5)):
        row = [
            moment(chance.randrange(9)).date(),
            order,
            line,
            chance.choice("abcd"),
            chance.choice([5, 7, 9]),
        ]
        if modified:
            row += [moment(chance.randrange(8)).isoformat(sep=" "), "yes" if chance.random() < 0.15 else "no"]
        rows.append(row)
    return rows


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_facts_and_members_in_any_order(tmp_path: Path, seed: int) -> None:
    """Late lines, corrections, deletions and redeliveries of lines among changes of their customers."""
    chance = random.Random(1000 + seed)
    oracle, shelf, modified = Oracle(trust={"erp/customers": 10}), Shelf(), chance.random() < 0.5
    changes, extra = ('changes = "modified"', MODIFIED) if modified else ("", "")
    header = ["Day", "Order", "Line", "Customer", "Amount", *(["At", "Gone"] if modified else [])]
    sent: list[tuple[list[list[Any]], datetime]] = []
    for number in range(chance.randint(3, 6)):
        if chance.random() < 0.4:
            rows, as_of = random_list(chance, oracle, "erp/customers", "full")
            as_of += timedelta(hours=number + 1)
            told(oracle, "erp/customers", "full", rows, as_of, f"{number}.csv")
            text = LISTS.format(source="erp", changes="full", trust=10, more="")
            deliver(tmp_path, f"{number}.csv", text, rows, ["Id", "City"], as_of)
            continue
        rows, as_of = random_lines(chance, modified), moment(chance.randrange(8))
        again = bool(sent) and chance.random() < 0.2
        if again:
            rows, as_of = chance.choice(sent)
            rows = rows[:1] + rows[2:]
        if (rows, as_of) not in sent and rows:
            sent.append((rows, as_of))
            for row in rows:
                at = datetime.fromisoformat(row[5]) if modified else as_of
                shelf.say((row[1], row[2]), at, (row[0], row[3], row[4]), modified and row[6] == "yes")
            deliver(tmp_path, f"{number}.csv", LINES.format(changes=changes, more=extra), rows, header, as_of)
    if not sent:
        return
    found = ask(
        tmp_path,
        """SELECT number, DATE '1970-01-01' + sale.day_key, i.id, revenue::INTEGER, c.city,
            c.customer_code = sale.customer_code
        FROM sale JOIN sales_order USING (order_key) JOIN customer_identity AS i USING (identity_key)
        JOIN customer AS c USING (customer_key) ORDER BY ALL""",
    )
    wanted = [
        (key[0], line[1], line[2], line[3], city_on(oracle, line[2], line[1]), True)
        for key, line in shelf.lines.items()
    ]
    assert sorted(found, key=str) == sorted(wanted, key=str), seed
    leads = ask(
        tmp_path, "SELECT order_key, sum(is_order::INT) FROM sale GROUP BY 1 HAVING sum(is_order::INT) <> 1"
    )
    assert leads == []


def city_on(oracle: Oracle, member: str, day: date) -> str:
    """The city at the end of a day; that of the next version before any, that of the last one while away."""
    if not oracle.said.get(("erp/customers", member)):
        return "(unknown)"
    versions = oracle.versions(member)
    end = datetime.combine(day, datetime.max.time())
    there = [each for each in versions if each[1] != "-"]
    before = [each for each in there if each[0] <= end]
    return (before[-1] if before else there[0])[1]


# Fields of lists and lines: what each calls a text of a customer or a product.
OF_CUSTOMER = {"country": "Country", "city": "City", "customer_kind": "Kind", "industry": "Industry"}
OF_PRODUCT = {"category": "Category", "brand": "Brand"}
WORDS = ["one", "two", "three"]
PLACES = """
source = "erp"
match = false
[customers]
changes = "full"
[customers.columns]
customer = "Customer"
country = "Country"
city = "City"
customer_kind = "Kind"
[customers.attributes]
industry = "Industry"
"""
RANGE = """
source = "erp"
[products]
changes = "full"
[products.columns]
product = "Product"
category = "Category"
[products.attributes]
brand = "Brand"
"""
SALES = """
source = "{source}"
[order_lines]
ids = "erp"
{settings}
[order_lines.columns]
date = "Day"
order = "Order"
line = "Line"
customer = "Customer"
product = "Product"
country = "Country"
city = "City"
customer_kind = "Kind"
category = "Category"
revenue = "Amount"
{more}
[order_lines.attributes]
industry = {{ column = "Industry", of = "customer" }}
brand = {{ column = "Brand", of = "product" }}
"""
SAID = [*OF_CUSTOMER.values(), *OF_PRODUCT.values()]


@dataclass(frozen=True)
class Sent:
    """One delivery: its mapping, its rows and their header, and its moment."""

    mapping: str
    header: list[str]
    rows: list[list[Any]]
    as_of: datetime


def line_words(seed: int, customer: str, product: str, day: date, chance: random.Random) -> list[str]:
    """What a line says: of one member and day always the same, or nothing."""
    words = []
    for column in SAID:
        member = customer if column in OF_CUSTOMER.values() else product
        usual = random.Random(f"{seed} {member} {column} {day}").choice(WORDS)
        words.append(usual if chance.random() < 0.5 else "")
    return words


def random_sales(chance: random.Random, seed: int, number: int) -> Sent:
    """Lines that name some texts and leave others empty: corrected by key and moment, or merely added."""
    keyed = chance.random() < 0.6
    rows = []
    for order, line in chance.sample([(o, n) for o in "xyz" for n in "123"], chance.randint(1, 6)):
        day, customer, product = moment(chance.randrange(9)).date(), chance.choice("abc"), chance.choice("pq")
        row = [day, order, line, customer, product, chance.choice([5, 7, 9])]
        row += line_words(seed, customer, product, day, chance)
        if keyed:
            row += [moment(chance.randrange(8), number), "yes" if chance.random() < 0.1 else "no"]
        else:
            row[1] = f"{order}{number}"
        rows.append(row)
    settings = 'key = ["order", "line"]\nchanges = "modified"' if keyed else ""
    mapping = SALES.format(
        source="till" if keyed else "shop", settings=settings, more=MODIFIED if keyed else ""
    )
    header = [
        "Day",
        "Order",
        "Line",
        "Customer",
        "Product",
        "Amount",
        *SAID,
        *(["At", "Gone"] if keyed else []),
    ]
    return Sent(mapping, header, rows, moment(9, number))


def random_members(chance: random.Random, number: int) -> Sent:
    """A list of all customers or products of a moment, which leaves some texts empty."""
    mapping, key, fields, names = chance.choice(
        [(PLACES, "Customer", OF_CUSTOMER, "abc"), (RANGE, "Product", OF_PRODUCT, "pq")]
    )
    some = chance.sample(names, chance.randint(1, len(names)))
    rows = [[name, *(chance.choice([*WORDS, ""]) for _ in fields)] for name in some]
    return Sent(mapping, [key, *fields.values()], rows, moment(chance.randrange(8), number))


# A member's first version stands for all days before it, too.
STANDING = """SELECT *, {0}_code AS code, if(row_number() OVER (PARTITION BY {0}_code ORDER BY valid_from) = 1,
    TIMESTAMP '1900-01-01', valid_from) AS since FROM {0} WHERE valid_from < valid_to"""
SHOWN = """
SELECT batch.source, o.number, DATE '1970-01-01' + sale.day_key, i.id, p.id, revenue::INTEGER,
    c.country, c.city, c.customer_kind, c.industry, p.category, p.brand,
    s.country, s.city, s.customer_kind, s.industry, t.category, t.brand, row_in_source
FROM sale JOIN batch USING (batch) JOIN sales_order AS o USING (order_key)
JOIN customer_identity AS i USING (identity_key)
JOIN customer AS c USING (customer_key) JOIN product AS p USING (product_key)
ASOF JOIN ({customer}) AS s
    ON s.code = c.customer_code AND s.since < DATE '1970-01-02' + sale.day_key
ASOF JOIN ({product}) AS t
    ON t.code = p.product_code AND t.since < DATE '1970-01-02' + sale.day_key
""".format(customer=STANDING.format("customer"), product=STANDING.format("product"))
VERSIONS = """SELECT id, valid_from, valid_to, country, city, customer_kind, industry FROM customer
WHERE valid_from < valid_to AND customer_code > 0 UNION ALL
SELECT id, valid_from, valid_to, category, brand, '', '' FROM product
WHERE valid_from < valid_to AND product_code > 0"""


def deliver_all(folder: Path, sent: list[Sent]) -> None:
    folder.mkdir()
    for number, each in enumerate(sent):
        deliver(folder, f"{number}.csv", each.mapping, each.rows, each.header, each.as_of)


def ends(folder: Path) -> tuple[list[Any], list[Any]]:
    """What each line shows, and the versions of all members who bought."""
    lines = sorted(tuple(row[:12]) for row in ask(folder, SHOWN))
    bought = {row[3] for row in lines} | {row[4] for row in lines}
    return lines, sorted(row for row in ask(folder, VERSIONS) if row[0] in bought)


@pytest.mark.parametrize("seed", range(max(2, HISTORIES // 4)))
def test_what_lines_leave_empty_is_the_same_in_any_order(tmp_path: Path, seed: int) -> None:
    """Lines that name some texts and leave others empty, with lists before and after them, end alike."""
    chance = random.Random(2000 + seed)
    sent = [random_sales(chance, seed, 0), random_members(chance, 1)]
    for number in range(2, chance.randint(3, 6)):
        lines = chance.random() < 0.5
        sent.append(random_sales(chance, seed, number) if lines else random_members(chance, number))
    shuffled = chance.sample(sent, len(sent))
    deliver_all(tmp_path / "one", sent)
    deliver_all(tmp_path / "other", shuffled)
    assert ends(tmp_path / "one") == ends(tmp_path / "other"), (seed, sent, shuffled)
    said = {
        ("till" if '"till"' in each.mapping else "shop", row[1], row[2], row[3], row[4], row[5], *row[6:12])
        for each in sent
        if "order_lines" in each.mapping
        for row in each.rows
    }
    for row in ask(tmp_path / "one", SHOWN):
        shown, stood = row[6:12], row[12:18]
        assert any(
            words[0] == row[0]
            and words[1] == row[1]
            and words[3:6] == row[3:6]
            and all(s == (w or v) for s, w, v in zip(shown, words[6:], stood, strict=True))
            for words in said
        ), (seed, row)


@dataclass
class Till:
    """The orders that there should be after day files: amount, when said, by which file, and whether said again."""

    orders: dict[str, tuple[int, datetime, int, bool]] = field(default_factory=dict)
    files: dict[int, list[dict[str, int]]] = field(default_factory=lambda: defaultdict(list))

    def deliver(self, day: int, content: dict[str, int]) -> None:
        """The file of a day: it is all that the day brought, and a copy of another day's says nothing of this one."""
        if self.files[day][-1:] == [content]:
            return
        at, copy = moment(day), any(content in known for name, known in self.files.items() if name != day)
        before = {order for order, each in self.orders.items() if each[2] == day and not each[3]}
        withdrawn = before - content.keys() if self.files[day] else set()
        self.files[day].append(content)
        for order, amount in content.items():
            self.say(order, amount, at, day, copy)
        for order in withdrawn:
            del self.orders[order]

    def say(self, order: str, amount: int, at: datetime, day: int, copy: bool) -> None:
        there = self.orders.get(order)
        if there is None or at > there[1]:
            if there is not None and there[0] == amount:
                self.orders[order] = there if copy else (amount, at, there[2], True)
            else:
                self.orders[order] = (amount, at, day, False)
        elif at == there[1] and amount != there[0]:
            self.orders[order] = (amount, at, day, False)


DAYS = """
source = "till"
[order_lines]
file = "till_*.csv"
as_of = "till_%Y%m%d"
key = ["order"]
[order_lines.columns]
date = "Day"
order = "Order"
revenue = "Amount"
"""


@pytest.mark.parametrize("seed", range(HISTORIES // 2))
def test_day_files_corrected_copied_and_withdrawn_in_any_order(tmp_path: Path, seed: int) -> None:
    chance, till = random.Random(3000 + seed), Till()
    for _ in range(chance.randint(3, 8)):
        day = chance.randrange(3)
        others = [content for name, known in till.files.items() if name != day for content in known]
        if others and chance.random() < 0.3:
            content = chance.choice(others)
        elif till.files[day] and chance.random() < 0.4:
            content = chance.choice(till.files[day])
        else:
            content = {order: chance.choice([5, 7]) for order in chance.sample("vwxyz", chance.randint(1, 4))}
        till.deliver(day, content)
        path = tmp_path / f"till_{moment(day):%Y%m%d}.csv"
        rows = [f"{moment(0).date()},{order},{amount}" for order, amount in sorted(content.items())]
        path.write_text("\n".join(["Day,Order,Amount", *rows]) + "\n")
        load(Mapping.from_text(DAYS, tmp_path), tmp_path / "w.duckdb", path)
    found = ask(
        tmp_path, "SELECT number, revenue::INT FROM sale JOIN sales_order USING (order_key) ORDER BY ALL"
    )
    assert found == sorted((order, each[0]) for order, each in till.orders.items()), seed
