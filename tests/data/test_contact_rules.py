"""Who may not be reached: as a person would find it by hand, over random firms; what cannot be asked is said."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.campaigns.contact_channel import contact_channel
from data.campaigns.contact_rules import (
    REASONS,
    CampaignWindow,
    ContactRules,
    frames_of,
    left_out,
    not_asked,
    reasons_told,
)
from data.connection import Connection
from data.errors import BadRequest
from data.model.calendar import day_key
from data.store import duckdb_engine
from data.store.warehouse import writing
from tests.tiny import Line, write_tiny
from tests.tiny_facts import with_facts

FIRMS, RULES, PEOPLE = 25, 5, 24
START = date(2025, 3, 1)
DAYS = [START + timedelta(days=at) for at in range(14)]
CHANNELS = [
    (1, "C1", "Newsletter", "E-mail"), (2, "C2", "Sale mailing", "E-mail"), (3, "e-mail", "e-mail", "(unknown)"),
    (4, "C4", "Calls", "Phone"), (5, "C5", "Shop", "Store"), (6, "C6", "Wall", "(unknown)"),
]  # fmt: skip
COVERED = {"Newsletter": {1, 3}, "E-mail": {1, 2, 3}, "c4": {4}, "Shop": {5}}
FIELD = {"Newsletter": "email", "E-mail": "email", "c4": "phone", "Shop": ""}
CAMPAIGNS = ("own", "other", "third", "everyone")
REACHES = {"email": "a@b.it", "phone": "06-12 34 5"}
Rows = list[tuple[Any, ...]]
Firm = dict[str, Rows]
COLUMNS: dict[str, dict[str, Any]] = {
    "channel": {"channel_code": pl.Int32, "id": pl.String, "name": pl.String, "channel_type": pl.String},
    "campaign": {"campaign_code": pl.Int32, "id": pl.String},
    "customer": {"customer_code": pl.Int32},
    "customer_identity": {"identity_key": pl.Int32, "customer_code": pl.Int32},
    "customer_record": {"identity_key": pl.Int32, "deleted": pl.Boolean, "email": pl.String, "phone": pl.String,
                        "street": pl.String},
    "erased": {"dimension": pl.String, "identity_key": pl.Int32},
    "consent": {"customer_code": pl.Int32, "channel_code": pl.Int32, "day_key": pl.Int32, "purpose": pl.String,
                "verdict": pl.String},
    "contact": {"customer_code": pl.Int32, "campaign_code": pl.Int32, "day_key": pl.Int32, "arm": pl.String},
}  # fmt: skip


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with duckdb_engine.scratch() as made:
        yield made


def some_firm(chance: random.Random) -> Firm:
    """Customers of one or two identities, what they allowed, and who was in which campaign."""
    people = range(1, PEOPLE + 1)
    identities = [(key, key if key <= PEOPLE else chance.randint(1, PEOPLE)) for key in range(1, PEOPLE + 7)]
    said = [
        (chance.choice(people), chance.choice([1, 1, 2, 3, 4, 6]), day_key(chance.choice(DAYS)),
         chance.choice([None, "", "news", "News ", "offers"]), chance.choice(["given", "given", "withdrawn"]))
        for _ in range(chance.choice([0, 60, 90]))
    ]  # fmt: skip
    reached = [
        (chance.choice([0, *people]), chance.randint(1, 4), day_key(chance.choice(DAYS)),
         chance.choice(["treated", "treated", "Treated", "held out", "open", None]))
        for _ in range(18)
    ]  # fmt: skip
    return {
        "channel": list(CHANNELS),
        "campaign": [(code, id) for code, id in enumerate(CAMPAIGNS, 1)],
        "customer": [(code,) for code in (0, *people, 1, 2)],
        "customer_identity": identities,
        "customer_record": [
            (key, chance.random() < 0.1, chance.choice(["a@b.it", "a@b.it", "none", None]),
             chance.choice(["06-12 34 5", None, "0"]), None)
            for key, _ in identities
        ],
        "erased": [("customer", chance.randint(1, PEOPLE + 6)), ("product", 3)],
        "consent": said,
        "contact": reached,
    }  # fmt: skip


def some_rules(chance: random.Random) -> ContactRules:
    windows = tuple(
        CampaignWindow(name, start := chance.choice(DAYS), start + timedelta(days=chance.randint(0, 9)),
                       "Global holdout" if name == "everyone" else "Letter")
        for name in CAMPAIGNS
    )  # fmt: skip
    return ContactRules(
        channel=chance.choice(list(COVERED)), day=chance.choice(DAYS), campaign=chance.choice(["own", ""]),
        purpose=chance.choice(["", "news", "Offers"]), consent=chance.choice(["", "", "required", "assumed"]),
        most_contacts=chance.choice([None, 1, 2]), in_days=chance.choice([1, 3, 7]),
        quiet_days=chance.choice([(), (), ("sunday", "2025-03-12"), ("2025-03-05",)]), windows=windows,
        reentry_days=chance.choice([None, 0, 3, 5]),
    )  # fmt: skip


def put(connection: Connection, firm: Firm) -> None:
    for table, rows in firm.items():
        connection.register("said_here", pl.DataFrame(rows, COLUMNS[table], orient="row"))
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS FROM said_here")


def by_hand(firm: Firm, rules: ContactRules, person: int) -> str | None:
    """The first reason that leaves a person out, read off the lists as anybody would."""
    day, keys = day_key(rules.day), {key for key, code in firm["customer_identity"] if code == person}
    if keys & {key for of, key in firm["erased"] if of == "customer"}:
        return "erased"
    of_channel = [row for row in firm["consent"] if row[1] in COVERED[rules.channel]]
    said = sorted(
        (at, verdict == "withdrawn") for code, _, at, purpose, verdict in of_channel
        if code == person and at <= day and (purpose or "").strip().lower() in ("", rules.purpose.lower())
    )  # fmt: skip
    if said and said[-1][1]:
        return "consent withdrawn"
    if not said and (rules.consent == "required" or (rules.consent == "" and of_channel)):
        return "no consent"
    field = FIELD[rules.channel]
    at = list(COLUMNS["customer_record"]).index(field) if field else 0
    known = [row[0] for row in firm["customer_record"] if field and row[at] == REACHES[field] and not row[1]]
    if known and not keys & set(known):
        return "no address"
    return _of_contacts(firm, rules, person, day)


def _of_contacts(firm: Firm, rules: ContactRules, person: int, day: int) -> str | None:
    own = [
        (CAMPAIGNS[of - 1], at, (arm or "").lower())
        for code, of, at, arm in firm["contact"]
        if code == person
    ]
    lately = [arm for _, at, arm in own if arm == "treated" and day - rules.in_days < at <= day]
    if rules.most_contacts and len(lately) >= rules.most_contacts:
        return "contact cap"
    if rules.day.strftime("%A").lower() in rules.quiet_days or str(rules.day) in rules.quiet_days:
        return "quiet day"
    now = {each.campaign for each in rules.windows if each.starts <= rules.day <= each.ends} - {
        rules.campaign
    }
    if any(of in now - {"everyone"} for of, *_ in own):
        return "other campaign"
    if any(of == "everyone" and of in now and arm == "held out" for of, _, arm in own):
        return "held out of all"
    before = [at for of, at, _ in own if of == rules.campaign]
    back = rules.reentry_days
    return "came before" if any(back is None or (back and at > day - back) for at in before) else None


def test_random_firms_are_read_as_by_hand(connection: Connection) -> None:
    chance, met = random.Random(14), set[str]()
    for _ in range(FIRMS):
        firm = some_firm(chance)
        put(connection, firm)
        for rules in (some_rules(chance) for _ in range(RULES)):
            asked = chance.sample(range(1, PEOPLE + 1), 20)
            expected = {code: why for code in sorted(asked) if (why := by_hand(firm, rules, code))}
            found = left_out(frames_of(connection), [*asked, asked[0]], rules)
            assert dict(found.iter_rows()) == expected, rules
            assert found["customer"].to_list() == sorted(expected)
            met |= set(expected.values())
    assert met == {each.name for each in REASONS}


def test_a_warehouse_and_its_writer_say_the_same(tmp_path: Path) -> None:
    """On the tables as they are: Bob withdrew, Cid said nothing, Ann gave again after she withdrew."""
    write_tiny(tmp_path / "w.duckdb", [Line(customer=name, order=name) for name in ("Ann", "Bob", "Cid")])
    day = date(2025, 3, 4)
    said = [("Ann", 1, "given"), ("Ann", 2, "withdrawn"), ("Ann", 3, "given"), ("Bob", 1, "given"),
            ("Bob", 4, "withdrawn"), ("Bob", 5, "given")]  # fmt: skip
    warehouse = with_facts(
        tmp_path / "w.duckdb",
        consent=[
            {"day": date(2025, 3, at), "customer": name, "channel": "Web", "verdict": verdict}
            for name, at, verdict in said
        ],
    )
    ids = dict(warehouse.rows("SELECT customer_code, id FROM customer WHERE customer_code > 0"))
    rules = ContactRules("Online", day)
    found = left_out(warehouse.frame, list(ids), rules)
    told = [(ids[code], reason) for code, reason in found.iter_rows()]
    assert told == [("Bob", "consent withdrawn"), ("Cid", "no consent")]
    assert not_asked(warehouse.frame, rules) == ()
    warehouse.close()
    with writing(tmp_path / "w.duckdb") as connection:
        assert left_out(frames_of(connection), list(ids), rules).equals(found)


def test_what_cannot_be_asked_is_said(connection: Connection) -> None:
    put(connection, some_firm(random.Random(1)) | {"consent": [], "customer_record": []})
    rules = ContactRules("Newsletter", START, quiet_hours="20:00 to 08:00")
    assert left_out(frames_of(connection), [], rules).is_empty()
    assert not_asked(frames_of(connection), rules) == (
        "No consent to Newsletter is loaded. It is not asked for.",
        "No source brings an e-mail address: whether customers have one is not asked.",
        "Quiet hours (20:00 to 08:00) are for whoever sends: a file cannot keep them.",
    )
    required = not_asked(frames_of(connection), replace(rules, consent="required"))
    assert required[0] == "No consent to Newsletter is loaded. Nobody may be reached."


@pytest.mark.parametrize(
    ("purposes", "asked", "told"),
    [
        (["news", None], "", ()),
        (["news", None], "News ", ()),
        (["news", None], "nws", ("those to every purpose count. Did you mean 'news'?",)),
        (["news"], "offers", ("nobody gave one. Try one of: news.",)),
        (["news", "offers"], "", ("name the campaign's. Try one of: news, offers.",)),
    ],
)
def test_a_purpose_of_which_no_consent_speaks_is_said(
    connection: Connection, purposes: list[str | None], asked: str, told: tuple[str, ...]
) -> None:
    consents = [(1, 5, day_key(START), purpose, "given") for purpose in purposes]
    put(connection, some_firm(random.Random(1)) | {"consent": consents})
    found = not_asked(frames_of(connection), ContactRules("Shop", START, purpose=asked))
    assert len(found) == len(told)
    assert all(said.endswith(end) for said, end in zip(found, told, strict=True))


def test_reasons_are_counted_in_their_order() -> None:
    found = pl.DataFrame({"customer": [1, 2, 3], "reason": ["no address", "erased", "no address"]})
    told = reasons_told(found, 6).select("reason", "customers", "share").rows()
    assert told == [("erased", 1, 1 / 6), ("no address", 2, 2 / 6)]
    assert reasons_told(found.clear(), 0).is_empty()


def test_the_address_follows_from_what_a_channel_is_called(connection: Connection) -> None:
    put(connection, some_firm(random.Random(1)))
    frame = frames_of(connection)
    asked = ("Newsletter", "e-mail", "Calls", "Shop", "SMS", "Direct mail", "Posta elettronica")
    found = [contact_channel(frame, name).address for name in asked]
    assert found == ["email", "email", "phone", "", "phone", "street", "email"]
    with pytest.raises(BadRequest, match="Did you mean 'Newsletter'"):
        contact_channel(frame, "Newletters")


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"consent": "reqired"}, "Did you mean 'required'"),
        ({"most_contacts": 0}, "would reach nobody"),
        ({"reentry_days": -1}, "Give 0 days or more"),
        ({"quiet_days": ("sonday",)}, "'sonday' is no quiet day"),
        ({"quiet_days": ("2025-02-30",)}, "no quiet day. Write a weekday, such as sunday, or a day as 2026"),
    ],
)
def test_what_no_rule_can_be_is_refused(wrong: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadRequest, match=problem):
        ContactRules("E-mail", START, **wrong)
