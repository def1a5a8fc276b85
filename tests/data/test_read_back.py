"""Responses read back: the books of random files against a loop, and what a warehouse holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from data.campaigns.read_back import MATCHED, REASONS, REPEAT, matched_responses, published, read_back
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

TODAY, DAYS = 100, 30
ENDS = {1: 60, 2: 75}


@dataclass(frozen=True)
class Sent:
    number: str | None
    code: str | None
    customer: int
    campaign: int
    day: int
    held_out: bool


@dataclass(frozen=True)
class Answer:
    number: str | None
    code: str | None
    customer: int
    campaign: int
    kind: str
    day: int


def verdict(answer: Answer, contacts: list[Sent]) -> tuple[str, int | None]:
    """The slow, obvious way: what the one contact is, and why it is none."""
    if answer.day > TODAY:
        return "future", None
    if answer.number is not None:
        meant = [at for at, each in enumerate(contacts) if each.number == answer.number]
    elif answer.code is not None:
        meant = [at for at, each in enumerate(contacts) if each.code == answer.code]
    elif answer.customer <= 0:
        return "customer", None
    else:
        about = answer.customer, answer.campaign
        named = [(each.customer, each.campaign) if each.campaign > 0 else () for each in contacts]
        meant = [at for at, each in enumerate(named) if each == about]
    if len({contacts[at].customer for at in meant}) > 1:
        meant = [at for at in meant if contacts[at].customer == answer.customer]
    if not meant:
        return "contact", None
    own = [at for at in meant if contacts[at].campaign == answer.campaign]
    if answer.campaign > 0 and not own:
        return "campaign", None
    meant = own or meant
    before = [at for at in meant if contacts[at].day <= answer.day]
    if before:
        reached = [at for at in before if not contacts[at].held_out] or before
        at = max(reached, key=lambda at: (contacts[at].day, -at))
    else:
        reached = [at for at in meant if not contacts[at].held_out] or meant
        at = min(reached, key=lambda at: (contacts[at].day, at))
    one = contacts[at]
    if one.held_out:
        return "held out", None
    if answer.day < one.day:
        return "before", None
    return ("after", None) if answer.day > ENDS.get(one.campaign, one.day + DAYS - 1) else (MATCHED, at)


def random_files(seed: int) -> tuple[list[Sent], list[Answer]]:
    """Contacts of three campaigns, and answers that name numbers, codes or customers, true ones and strange ones."""
    chance = np.random.default_rng(seed)
    contacts = [
        Sent(
            f"n{at}" if chance.random() < 0.8 else None,
            str(chance.choice(["SPRING", f"k{at}", f"k{at // 2}"])) if chance.random() < 0.7 else None,
            int(chance.integers(0, 12)),
            int(chance.integers(0, 4)),
            int(chance.integers(10, 50)),
            bool(chance.random() < 0.25),
        )
        for at in range(50)
    ]
    contacts.sort(key=lambda each: each.day)
    answers = []
    for _ in range(300):
        way, about = chance.random(), contacts[int(chance.integers(50))]
        answers.append(
            Answer(
                (about.number if chance.random() < 0.9 else "n999") if way < 0.3 else None,
                (about.code if chance.random() < 0.9 else "none") if 0.3 <= way < 0.6 else None,
                about.customer if chance.random() < 0.5 else int(chance.integers(-1, 12)),
                about.campaign if chance.random() < 0.5 else int(chance.integers(0, 4)),
                str(chance.choice(["click", "order"])),
                int(chance.integers(5, 115)),
            )
        )
    return contacts, sorted(answers, key=lambda each: each.day)


def test_each_response_goes_to_one_contact_or_has_one_reason() -> None:
    met: set[str] = set()
    for seed in range(12):
        contacts, answers = random_files(seed)
        found = matched_responses(
            pl.DataFrame(contacts, schema_overrides={"customer": pl.Int32, "campaign": pl.Int32, "day": pl.Int32}),
            pl.DataFrame(answers, schema_overrides={"customer": pl.Int32, "campaign": pl.Int32, "day": pl.Int32}),
            TODAY,
            ENDS,
            DAYS,
        )  # fmt: skip
        expected, answered = [], set[tuple[int, str]]()
        for answer in answers:
            told, at = verdict(answer, contacts)
            if at is not None:
                told = REPEAT if (at, answer.kind) in answered else MATCHED
                answered.add((at, answer.kind))
            expected.append((told, at))
        assert found.responses.select("verdict", "contact").rows() == expected
        met |= set(found.responses["verdict"])
        for books in (found.books, *found.by_campaign().values()):
            assert books.read == books.matched + books.unmatched + books.repeats
        assert sum(each.read for each in found.by_campaign().values()) == found.books.read == 300
    assert met == {MATCHED, REPEAT, *REASONS}


def test_a_warehouses_responses_are_read_back(tmp_path: Path) -> None:
    first = date(2025, 3, 1)
    tiny_warehouse(tmp_path / "w.duckdb", [Line(first, f"o{who}", f"c{who}") for who in range(4)]).close()
    contacts = [
        {"day": first, "customer": f"c{who}", "campaign": "Spring", "number": f"n{who}", "code": f"k{who}",
         "arm": "Held out" if who == 3 else "treated"}
        for who in range(4)
    ]  # fmt: skip
    contacts += [
        {"day": first, "customer": "c0", "campaign": "Other", "number": "o1", "code": "x1", "arm": "treated"}
    ]
    rows = [
        answer(first, contact="n0"), answer(first, contact="n0"), answer(first, contact="n0", kind="click"),
        answer(first, code="k1"), answer(first, code="x1"), answer(first), answer(first, customer="c3"),
        answer(first, customer="(unknown)"), answer(first, contact="none"), answer(first, -1), answer(first, 80),
        answer(first, 400),
    ]  # fmt: skip
    store = with_facts(tmp_path / "w.duckdb", contact=contacts, response=rows)
    spring = store.rows("SELECT campaign_code FROM campaign WHERE id = 'Spring'")[0][0]
    today = first + timedelta(300)
    found = read_back(store, days=30, today=today)
    assert found.books.reasons == dict.fromkeys(REASONS, 1)
    assert (found.books.read, found.books.matched, found.books.repeats) == (12, 4, 1)
    assert found.by_campaign().keys() == {spring}
    assert read_back(store, spring, days=30, today=today).books == found.books
    ended = read_back(store, spring, {spring: first + timedelta(3)}, today=today).books
    assert (ended.matched, ended.reasons["after"]) == (0, 6)
    assert "after" not in read_back(store, spring, days=90, today=today).books.reasons
    assert published(store) > today
    assert "future" not in read_back(store, spring).books.reasons
    store.close()


def answer(first: date, days: int = 5, **named: str) -> dict[str, object]:
    """A response to Spring, so many days after its contacts; by its customer where it names nothing else."""
    return {"day": first + timedelta(days), "customer": "c2", "campaign": "Spring", **named}
