"""Answers to offers are judged by all that was said, in one transaction; none below the floor by one alone."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pytest

from data import operational_extension
from data.access.acting import Acting, acting_as
from data.access.deed import Deed
from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.collaborate import bid_deeds
from data.collaborate.bid_deeds import (
    NamedPrice,
    answer_bid,
    answer_by_rule,
    approve,
    name_price,
    reply,
    send_orders,
)
from data.collaborate.bid_terms import BidTerms, doubts
from data.collaborate.price_bid import BidAnswer, BidNumber, PriceBid
from data.collaborate.price_limits import price_limits, set_limit
from data.collaborate.price_rules import COUNTER, PriceRule, price_rules, remove_rule, save_rule
from data.collaborate.rule_verdicts import verdicts
from data.errors import BadRequest, ChangedMeanwhile, NotAllowed
from data.operational import operational_store, statement_log
from data.operational.operational_store import OperationalStore
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import PRICE_ANSWER, SourceNumber
from tests.bid_firm import TODAY, bid_firm, bid_on, desk_of, judged_bids, with_terms

operational_extension.register()
ANNA, CUP = SourceNumber("crm", "K100"), SourceNumber("", "P1")
ACCEPT = BidAnswer("accepted")
TOMORROW = TODAY + timedelta(1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bid_firm(tmp_path_factory.mktemp("bids") / "w.duckdb")


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    path = tmp_path / "w.duckdb"
    shutil.copy(made, path)
    return path


@pytest.fixture
def store(path: Path) -> OperationalStore:
    return operational_store.ready(path)


def say(path: Path, number: str, new: BidAnswer, who: str = "ann", on: StandingOn | None = None) -> str:
    bid, terms = with_terms(path, number)
    return answer_bid(operational_store.ready(path), bid, terms, new, TODAY, who, on)


def decide(path: Path, number: str, verdict: str, reason: str, who: str) -> str:
    return approve(operational_store.ready(path), bid_on(path, number), verdict, reason, TODAY, who)


def counter(price: str, until: date = TOMORROW, reason: str = "") -> BidAnswer:
    return BidAnswer("countered", Decimal(price), until, reason)


def acting(person: str, *roles: str) -> Acting:
    return Acting(person, Policy(person, roles, deeds=frozenset({Deed.PRICE})))


def test_an_offer_is_answered_each_way_and_taken_back(path: Path, store: OperationalStore) -> None:
    said = say(path, "O1", ACCEPT)
    held = bid_on(path, "O1")
    assert held.answer is not None
    assert (held.state(TODAY), held.answer.price, held.answer.floor, held.answer.by) == (
        "accepted", Decimal("80.0000"), Decimal("60.00"), "ann",
    )  # fmt: skip
    bid_deeds.take_back(store, said, "ann")
    assert bid_on(path, "O1").state(TODAY) == "open"
    say(path, "O1", counter("90"))
    say(path, "O3", BidAnswer("declined", reason="sold out"))
    assert [bid_on(path, each).state(TODAY) for each in ("O1", "O3")] == ["countered", "declined"]
    assert len(statement_log.history(store, PRICE_ANSWER)) == 4, "all is kept"


@pytest.mark.parametrize(
    ("number", "new", "why"),
    [
        ("O4", ACCEPT, "expired on 2024-02-25: it cannot be answered"),
        ("O7", ACCEPT, "names no price: it can only be declined"),
        ("O8", counter("99"), "names no piece"),
        ("O3", BidAnswer("declined"), "told why"),
        ("O1", counter("80"), "no more than the customer offers"),
        ("O1", counter("90", TODAY - timedelta(1)), "until when it stands"),
        ("O1", BidAnswer("countered", None, TOMORROW), "names a price"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_a_sentence(
    path: Path, store: OperationalStore, number: str, new: BidAnswer, why: str
) -> None:
    with pytest.raises(BadRequest, match=why):
        say(path, number, new)
    assert statement_log.history(store, PRICE_ANSWER) == ()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"price": Decimal(0)}, "a price above 0"),
        ({"price": Decimal(-5)}, "a price above 0"),
        ({"price": Decimal("NaN")}, "a price above 0"),
        ({"quantity": Decimal(0)}, "at least one piece"),
        ({"currency": "USD"}, "in USD, and prices here are in EUR"),
        ({"expires_on": date(2024, 2, 1)}, "expired on"),
    ],
)
def test_an_offer_that_cannot_be_is_not_said(
    store: OperationalStore, changes: dict[str, object], why: str
) -> None:
    named = replace(NamedPrice(ANNA, CUP, Decimal(80)), **changes)  # type: ignore[arg-type]
    with pytest.raises(BadRequest, match=why):
        name_price(store, named, TODAY, "EUR", "ann")
    assert name_price(store, NamedPrice(ANNA, CUP, Decimal(80)), TODAY, "EUR", "ann").bid.id.startswith("P-")


def test_below_the_floor_waits_for_somebody_else(path: Path, store: OperationalStore) -> None:
    save_rule(store, PriceRule(least_margin=Decimal(12)), "ann")
    with pytest.raises(BadRequest, match="a second person decides"):
        say(path, "O2", ACCEPT)
    said = say(path, "O2", replace(ACCEPT, reason="a customer of 20 years"))
    held = bid_on(path, "O2")
    assert held.answer is not None
    assert (held.waits, held.is_answered, held.answer.second) == (True, False, "floor")
    assert held.answer.floor == Decimal("67.20")
    with pytest.raises(BadRequest, match="You answered it yourself"):
        decide(path, "O2", "approved", "", "ann")
    assert bid_on(path, "O2").waits
    with pytest.raises(BadRequest, match="waits for a second person"):
        say(path, "O2", ACCEPT, "bob")
    decide(path, "O2", "approved", "", "bob")
    assert bid_on(path, "O2").state(TODAY) == "accepted"
    with pytest.raises(BadRequest, match="approved already by bob"):
        decide(path, "O2", "refused", "no", "carl")
    bid_deeds.take_back(store, said, "ann")
    say(path, "O2", replace(ACCEPT, reason="please"))
    assert bid_on(path, "O2").waits, "what was approved was another answer"
    with pytest.raises(BadRequest, match="is told why"):
        decide(path, "O2", "refused", "", "bob")
    decide(path, "O2", "refused", "too cheap", "bob")
    assert bid_on(path, "O2").state(TODAY) == "open"
    say(path, "O2", BidAnswer("declined", reason="too cheap"), "carl")
    assert bid_on(path, "O2").state(TODAY) == "declined"


def test_nobody_lowers_the_floor_for_themselves_alone(path: Path, store: OperationalStore) -> None:
    save_rule(store, PriceRule(least_margin=Decimal(12)), "carla")
    (rule,) = price_rules(store)
    lowered = PriceRule(rule.rule, accept_at=Decimal(60), decline_below=Decimal(0), least_margin=Decimal(0))
    save_rule(store, lowered, "ann")
    found = verdicts(*judged_bids(path), TODAY)
    run = answer_by_rule(store, found, TODAY, "ann")
    assert bid_on(path, "O2").state(TODAY) == "open", "61 is below the 67.20 that carla had declared"
    bid_deeds.take_back_all(store, run.said, "ann")
    with pytest.raises(BadRequest, match="It is below the floor"):
        say(path, "O2", ACCEPT, "ann")
    say(path, "O2", ACCEPT, "bob")
    assert bid_on(path, "O2").is_answered, "bob, to whom the rule of ann is another's"


def test_what_expired_meanwhile_is_not_approved(path: Path, store: OperationalStore) -> None:
    save_rule(store, PriceRule(least_margin=Decimal(12)), "ann")
    say(path, "O2", replace(ACCEPT, reason="please"))
    late = replace(bid_on(path, "O2"), expires_on=TODAY - timedelta(1))
    with pytest.raises(BadRequest, match="expired on 2024-02-29"):
        approve(store, late, "approved", "", TODAY, "bob")
    approve(store, late, "refused", "too late", TODAY, "bob")


def test_a_customer_takes_a_counter_offer_or_leaves_it(path: Path, store: OperationalStore) -> None:
    say(path, "O1", counter("95"))
    held = bid_on(path, "O1")
    with pytest.raises(BadRequest, match="stood until 2024-03-02"):
        reply(store, held, "taken", TODAY + timedelta(2), "ann")
    left = reply(store, held, "left", TODAY, "ann")
    with pytest.raises(BadRequest, match="was left already"):
        reply(store, held, "taken", TODAY, "ann")
    bid_deeds.take_back(store, left, "ann")
    said = reply(store, held, "taken", TODAY, "ann")
    assert send_orders(store, desk_of(path).bids, "EUR", "ann") == 1
    assert [line.price for line in desk_of(path).files[1]] == [95]
    with pytest.raises(BadRequest, match="went out to be ordered"):
        bid_deeds.take_back(store, said, "ann")
    with pytest.raises(BadRequest, match="taken back, or is another"):
        reply(store, bid_on(path, "O3"), "taken", TODAY, "ann")


def test_authority_is_by_role(path: Path, store: OperationalStore) -> None:
    with acting_as(acting("ann", "marketing")), pytest.raises(NotAllowed):
        set_limit(store, "marketing", Decimal(50))
    set_limit(store, "marketing", Decimal(10))
    set_limit(store, "partner_manager", Decimal(30))
    assert price_limits(store) == {"marketing": Decimal(10), "partner_manager": Decimal(30)}
    with acting_as(acting("ann", "marketing")):
        say(path, "O1", replace(ACCEPT, reason="large order"))
    assert bid_on(path, "O1").waits
    with (
        acting_as(acting("bob", "marketing")),
        pytest.raises(BadRequest, match="than the 10% that you may go"),
    ):
        decide(path, "O1", "approved", "", "bob")
    with acting_as(acting("carla", "partner_manager")):
        decide(path, "O1", "approved", "", "carla")
    assert bid_on(path, "O1").is_answered
    with pytest.raises(BadRequest, match="is no limit"):
        set_limit(store, "marketing", Decimal(-1))


def test_whoever_sees_no_costs_sells_nothing_alone(path: Path) -> None:
    hidden = Policy(
        "ann", ("marketing",), deeds=frozenset({Deed.PRICE}), masked=frozenset({"price.unit_cost"})
    )
    rows = replace(hidden, person="bob", masked=frozenset(), rows=(RowCut("country", ("Italy",)),))
    blind = BidTerms(asked=Decimal(100))
    bid, _ = with_terms(path, "O1")
    with acting_as(Acting("ann", hidden)):
        with pytest.raises(BadRequest, match="What it costs is not shown to you"):
            answer_bid(operational_store.ready(path), bid, blind, ACCEPT, TODAY, "ann")
        because = replace(ACCEPT, reason="large order")
        answer_bid(operational_store.ready(path), bid, blind, because, TODAY, "ann")
    assert bid_on(path, "O1").waits
    with acting_as(Acting("bob", rows)), pytest.raises(BadRequest, match="What it costs is not shown"):
        decide(path, "O1", "approved", "", "bob")
    decide(path, "O1", "approved", "", "carla")
    assert bid_on(path, "O1").is_answered


def test_of_two_who_answer_one_offer_the_second_is_shown_both(path: Path, store: OperationalStore) -> None:
    nothing = StandingOn()
    say(path, "O1", ACCEPT, "ann", nothing)
    with pytest.raises(ChangedMeanwhile, match="ann changed Offer O1 meanwhile") as refused:
        say(path, "O1", counter("95"), "bob", nothing)
    (change,) = refused.value.changes
    assert (change.theirs, change.mine) == ("accepted at 80.00", "countered at 95.00 until 2024-03-02")
    with pytest.raises(BadRequest, match="was accepted already by ann"):
        say(path, "O1", counter("95"), "bob")
    say(path, "O1", counter("95"), "bob", refused.value.standing_on)
    assert bid_on(path, "O1").state(TODAY) == "countered"
    assert [each.said_by for each in statement_log.history(store, PRICE_ANSWER)] == ["ann", "bob", "bob"]


def test_many_at_once_leave_one_answer(path: Path, store: OperationalStore) -> None:
    (bid, terms), refused = with_terms(path, "O1"), []

    def answer(who: str) -> None:
        try:
            answer_bid(store, bid, terms, ACCEPT, TODAY, who, StandingOn())
        except ChangedMeanwhile as error:
            refused.append(error)

    threads = [Thread(target=answer, args=(f"person {at}",)) for at in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(refused) == 7
    assert len(statement_log.current(store, PRICE_ANSWER)) == 1


RULE = PriceRule(accept_at=Decimal(90), decline_below=Decimal(60), between=COUNTER, counter_at=Decimal(95))


def judged(path: Path, today: date = TODAY) -> dict[str, tuple[str, Decimal | None]]:
    found = verdicts(*judged_bids(path), today)
    return {each.bid.bid.id: (each.verdict, each.price) for each in found}


def test_a_rule_answers_what_it_can_tell_and_hands_over_the_rest(path: Path, store: OperationalStore) -> None:
    save_rule(store, RULE, "ann")
    assert judged(path) == {
        "O1": ("countered", Decimal("95.00")), "O2": ("countered", Decimal("95.00")),
        "O3": ("handed over", None), "O6": ("handed over", None), "O7": ("handed over", None),
        "O8": ("handed over", None),
    }  # fmt: skip
    save_rule(store, PriceRule(level="product", member="P1", accept_at=Decimal(60), decline_below=Decimal(0),
                               least_margin=Decimal(30)), "ann")  # fmt: skip
    assert judged(path)["O1"] == ("accepted", Decimal(80))
    assert judged(path)["O2"] == ("handed over", None), "61 is below the floor of 78"
    found = verdicts(*judged_bids(path), TODAY)
    run = answer_by_rule(store, found, TODAY, "ann")
    assert (len(run.said), run.overtaken) == (1, 0)
    answer = bid_on(path, "O1").answer
    assert answer is not None
    cups = next(each for each in price_rules(store) if each.member == "P1")
    assert (answer.rule, answer.version, answer.second) == (cups.rule, 1, "")
    with pytest.raises(BadRequest, match="No offer is answered by rule"):
        answer_by_rule(store, found, TODAY, "ann")
    bid_deeds.take_back_all(store, run.said, "ann")
    save_rule(store, replace(cups, accept_at=Decimal(70)), "bob")
    assert [each.version for each in price_rules(store)] == [2, 1]
    with pytest.raises(BadRequest, match="was changed meanwhile"):
        answer_by_rule(store, found, TODAY, "ann")
    assert bid_on(path, "O1").state(TODAY) == "open"


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (replace(RULE, decline_below=Decimal(95)), "both fit"),
        (replace(RULE, counter_at=Decimal(80)), "less than the 90%"),
        (replace(RULE, accept_at=Decimal(-1)), "is no share"),
        (replace(RULE, counter_days=0), "cannot be"),
        (replace(RULE, level="product"), "does not say what it is of"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(
    store: OperationalStore, rule: PriceRule, why: str
) -> None:
    with pytest.raises(BadRequest, match=why):
        save_rule(store, rule)
    save_rule(store, RULE)
    with pytest.raises(BadRequest, match="There is a rule of everything already"):
        save_rule(store, RULE)
    (held,) = price_rules(store)
    remove_rule(store, held)
    assert price_rules(store) == ()


def test_what_went_out_to_be_ordered_stands(path: Path, store: OperationalStore) -> None:
    said = say(path, "O1", ACCEPT)
    say(path, "O3", counter("45"))
    bids = desk_of(path).bids
    assert send_orders(store, bids, "EUR", "ann") == 1
    (line,) = desk_of(path).files[1]
    assert (line.bid.id, line.customer, line.product, line.pieces, line.price, line.currency, line.accepted_by) == (
        "O1", ANNA, CUP, 2, 80, "EUR", "ann",
    )  # fmt: skip
    with pytest.raises(BadRequest, match="No accepted offer waits"):
        send_orders(store, bids, "EUR", "ann")
    with pytest.raises(BadRequest, match="Offer O1 went out to be ordered in file 1"):
        bid_deeds.take_back(store, said, "ann")
    say(path, "O2", ACCEPT)
    assert send_orders(store, bids, "EUR", "bob") == 2
    assert desk_of(path).files[1] == (line,), "a file stays as it is"


def test_a_slipped_decimal_and_another_currency_are_told() -> None:
    terms = BidTerms(Decimal(60), Decimal(100), Decimal(100), currency="EUR")
    bid = PriceBid(BidNumber("", "P-1"), TODAY, Decimal(100_000), currency="USD")
    assert doubts(bid, terms) == (
        "It is in USD, prices and costs in EUR.",
        "It is 1,000 times the price asked: a decimal may have slipped.",
    )
    assert doubts(replace(bid, price=Decimal(999), currency="EUR"), terms) == ()


def test_ten_thousand_offers_of_one_customer_are_judged_and_answered_fast(store: OperationalStore) -> None:
    save_rule(store, RULE)
    (rule,) = price_rules(store)
    terms = BidTerms(Decimal(60), Decimal(100), Decimal(100), rule, "EUR")
    bids = [
        PriceBid(BidNumber("shop", f"O{at}"), TODAY, Decimal(80 + at % 20), customer=1)
        for at in range(10_000)
    ]
    began = time.process_time()
    found = verdicts(bids, {each.bid: terms for each in bids}, TODAY)
    run = answer_by_rule(store, found, TODAY, "ann")
    assert len(run.said) == 10_000
    bid_deeds.take_back_all(store, run.said, "ann")
    assert time.process_time() - began < 10
    assert statement_log.current(store, PRICE_ANSWER) == ()
