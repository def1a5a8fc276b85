"""What a customer does at the portal: said once, read back with its answer, in sentences where it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from data.campaigns.contact_rules import ContactRules, left_out
from data.collaborate import bid_deeds, proposal_deeds
from data.collaborate.bid_deeds import NamedPrice
from data.collaborate.bid_desk import bid_desk
from data.collaborate.bid_terms import BidTerms
from data.collaborate.price_bid import ACCEPTED, APPROVED, COUNTERED, DECLINED, TAKEN, BidAnswer
from data.collaborate.proposal_board import proposal_board
from data.collaborate.proposal_course import DECLINED as PROPOSAL_DECLINED
from data.collaborate.proposal_deeds import NewProposal
from data.errors import BadRequest
from data.operational import operational_store
from data.operational.statement_kinds import SourceNumber
from data.portal import privacy_requests
from data.store.warehouse import Warehouse
from tests.portal_firm import ANNA, BRUNO, PortalBrowser, link_for, portal_at, served

SCRIPT = "<script>alert(1)</script>"
TODAY = date.today()
PAGES = ("/portal", "/portal/proposals", "/portal/prices", "/portal/consents", "/portal/data")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with portal_at(tmp_path, monkeypatch) as path:
        yield path


@pytest.fixture
def anna(path: Path) -> PortalBrowser:
    browser = PortalBrowser(served())
    browser.open(link_for(path, "customer", ANNA)[1])
    return browser


def done(answer: object) -> str:
    """Where a deed that went well sends the browser."""
    return str(getattr(answer, "headers", {}).get("location", getattr(answer, "text", "")))


def test_a_script_in_a_title_is_text_and_alike_ones_are_shown_before(path: Path, anna: PortalBrowser) -> None:
    said = anna.send("/portal/proposals", deed="propose", title=f"Wider towels {SCRIPT}", text=SCRIPT)
    assert done(said) == "/portal/proposals?done=proposed"
    page = anna.ask("/portal/proposals").text
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
    again = anna.send("/portal/proposals", deed="propose", title=f"wider towels {SCRIPT}", text="In blue")
    assert again.status_code == 422
    assert "may be proposed already" in again.text
    assert "In blue</textarea>" in again.text
    sure = anna.send(
        "/portal/proposals", deed="propose", title=f"wider towels {SCRIPT}", text="In blue", sure="yes"
    )
    assert done(sure).endswith("done=proposed")
    towels = [each for each in proposal_board(Warehouse(path)).proposals.values() if "towels" in each.title]
    assert [each.author.name for each in towels if each.author] == ["Anna Bellini"] * 2


def test_others_proposals_are_supported_once_without_a_name(path: Path, anna: PortalBrowser) -> None:
    warehouse = Warehouse(path)
    made = proposal_deeds.record_proposal(
        warehouse, NewProposal("Open on Sunday", customer=SourceNumber(*BRUNO))
    )
    key = made.number.key
    proposal_deeds.add_prototype(warehouse, made.number, "1", "A Sunday", TODAY)
    proposal_deeds.add_prototype(warehouse, made.number, "2", "Later", TODAY + timedelta(9))
    page = anna.ask("/portal/proposals").text
    assert "Open on Sunday" in page
    assert "Later" not in page
    assert not any(word in page for word in ("Bruno", "K200"))
    assert done(anna.send("/portal/proposals", deed="support", proposal=key)).endswith("supported")
    twice = anna.send("/portal/proposals", deed="support", proposal=key)
    assert "supports" in twice.text
    assert proposal_board(Warehouse(path)).proposals[made.number].persons == 1
    score = {"deed": "feedback", "proposal": key, "version": "1", "score": "4", "would_pay": "12,50"}
    assert done(anna.send("/portal/proposals", **score)).endswith("feedback-given")
    for wrong in ({"version": "2"}, {"score": "6"}, {"would_pay": "1.234"}, {"proposal": "/W-NONE"}):
        assert anna.send("/portal/proposals", **(score | wrong)).status_code == 422
    proposal_deeds.change_status(warehouse, made.number, PROPOSAL_DECLINED, "The law forbids it.")
    assert anna.send("/portal/proposals", deed="support", proposal=key).status_code == 422
    assert "Open on Sunday" not in anna.ask("/portal/proposals").text


def test_a_price_is_named_and_its_answer_read(path: Path, anna: PortalBrowser) -> None:
    named = {"deed": "name-price", "product": "", "other": "P-Alba", "price": "12,50", "requirements": SCRIPT}
    for wrong, says in (
        ({"price": "0"}, "above 0"), ({"price": "1.250"}, "two ways"), ({"price": "much"}, "no number"),
        ({"quantity": "-1"}, "one piece"), ({"other": "P-None"}, "No product"),
        ({"until": str(TODAY - timedelta(1))}, "expired"), ({"until": "soon"}, "no day"),
        ({"requirements": "x" * 600}, "Write 500 at most"),
    ):  # fmt: skip
        answer = anna.send("/portal/prices", **(named | wrong))
        assert answer.status_code == 422
        assert says in answer.text
        assert "<script" not in answer.text
    for price in ("12,50", "8", "9"):
        assert done(anna.send("/portal/prices", **(named | {"price": price}))).endswith("price-named")
    warehouse, store = Warehouse(path), operational_store.ready(path)
    bids = {each.price: each for each in bid_desk(warehouse).bids}
    assert {each.called for each in bids.values()} == {"Anna Bellini"}
    terms = BidTerms(cost=Decimal("11.37"))
    bid_deeds.answer_bid(store, bids[Decimal("12.5")], terms, BidAnswer(COUNTERED, Decimal(14), TODAY), TODAY)
    bid_deeds.answer_bid(store, bids[Decimal(8)], terms, BidAnswer(DECLINED, reason="Too little."), TODAY)
    bid_deeds.answer_bid(
        store,
        bids[Decimal(9)],
        terms,
        BidAnswer(COUNTERED, Decimal(10), TODAY, "Old customer"),
        TODAY,
        "maria",
    )
    page = anna.ask("/portal/prices").text
    assert "1 at 12.50 EUR each" in page
    assert "countered at 14 EUR" in page
    assert "Too little." in page
    assert "at 10 EUR" not in page  # waits for a second person
    assert "11.37" not in page  # what the firm holds it against
    key = f"/{bids[Decimal('12.5')].bid.id}"
    for other in (key + "x", f"/{bids[Decimal(8)].bid.id}", f"/{bids[Decimal(9)].bid.id}", ""):
        assert anna.send("/portal/prices", deed="take-counter", offer=other).status_code == 422
    assert done(anna.send("/portal/prices", deed="take-counter", offer=key)).endswith("counter-taken")
    assert done(anna.send("/portal/prices", deed="take-counter", offer=key)).endswith("as-it-was")
    assert bid_desk(Warehouse(path)).bids[0].price == 14
    waits = next(each for each in bid_desk(Warehouse(path)).bids if each.waits)
    bid_deeds.approve(store, waits, APPROVED, "", TODAY, "ugo")
    home = anna.ask("/portal").text
    assert "countered at 10 EUR" in home
    assert "Old customer" not in home  # was written for whoever approved it


def test_others_offers_are_not_told(path: Path, anna: PortalBrowser) -> None:
    products = Warehouse(path).rows("SELECT numbering, id FROM product_identity ORDER BY 2 LIMIT 1")
    named = NamedPrice(SourceNumber(*BRUNO), SourceNumber(*products[0]), Decimal("77.77"))
    store = operational_store.ready(path)
    bid_deeds.name_price(store, named, TODAY)
    (bid,) = (each for each in bid_desk(Warehouse(path)).bids if each.price == named.price)
    bid_deeds.answer_bid(store, bid, BidTerms(), BidAnswer(COUNTERED, Decimal("88.88"), TODAY), TODAY)
    assert not any(price in anna.ask(page).text for page in PAGES for price in ("77.77", "88.88"))
    taken = anna.send("/portal/prices", deed="take-counter", offer=f"/{bid.bid.id}")
    assert "not asked of you" in taken.text
    assert len([each for each in bid_desk(Warehouse(path)).bids if each.price == Decimal("88.88")]) == 0


def test_a_consent_taken_back_holds_for_campaigns_at_once(path: Path, anna: PortalBrowser) -> None:
    said = {"deed": "say-consent", "channel": "E-mail", "purpose": ""}
    assert done(anna.send("/portal/consents", **said, verdict="given")).endswith("consent-given")
    assert done(anna.send("/portal/consents", **said, verdict="withdrawn")).endswith("consent-withdrawn")
    assert "You took it back" in anna.ask("/portal/consents").text
    warehouse = Warehouse(path)
    gone = left_out(warehouse.frame, [1, 2], ContactRules("E-mail", TODAY + timedelta(1)))
    assert gone.filter(gone["customer"] == 1)["reason"].to_list() == ["consent withdrawn"]
    again = anna.send("/portal/consents", **said, verdict="given")
    assert "allowed again from tomorrow" in again.text
    assert done(anna.send("/portal/consents", **said, verdict="withdrawn")).endswith("as-it-was")
    for wrong in ({"channel": "Fax"}, {"verdict": "perhaps"}, {"purpose": "all"}):
        assert anna.send("/portal/consents", **(said | {"verdict": "given"} | wrong)).status_code == 422


def test_whoever_asks_for_their_data_reads_the_answer(path: Path, anna: PortalBrowser) -> None:
    ask = {"deed": "ask-for", "what": "data"}
    assert done(anna.send("/portal/data", **ask)).endswith("data-asked")
    assert done(anna.send("/portal/data", **ask)).endswith("as-it-was")
    assert done(anna.send("/portal/data", deed="ask-for", what="erasure")).endswith("erasure-asked")
    withdrawn = anna.send("/portal/data", deed="withdraw-request", what="erasure")
    assert done(withdrawn).endswith("request-withdrawn")
    assert anna.send("/portal/data", deed="ask-for", what="money").status_code == 422
    store = operational_store.ready(path)
    (request,) = privacy_requests.privacy_requests(store)
    assert (request.customer, request.what) == (SourceNumber(*ANNA), "data")
    privacy_requests.answer(store, request.said, f"Sent by letter. {SCRIPT}", "steward")
    page = anna.ask("/portal/data").text
    assert "Sent by letter. &lt;script&gt;" in page
    assert "Ask for my data" in page


def test_support_given_before_a_merge_is_taken_back_at_the_one_that_stands(
    path: Path, anna: PortalBrowser
) -> None:
    warehouse = Warehouse(path)
    stands, merged = (
        proposal_deeds.record_proposal(warehouse, NewProposal(title)).number
        for title in ("Open on Sunday", "Sundays too")
    )
    assert done(anna.send("/portal/proposals", deed="support", proposal=merged.key)).endswith("supported")
    proposal_deeds.merge(warehouse, merged, stands, "The same day.")
    assert "✓ You support it" in anna.ask("/portal/proposals").text
    with pytest.raises(BadRequest, match=f"They support {merged.id}, which is merged into it"):
        proposal_deeds.withdraw_support(warehouse, stands, SourceNumber(*ANNA))
    back = anna.send("/portal/proposals", deed="withdraw-support", proposal=stands.key)
    assert done(back).endswith("support-withdrawn")
    assert proposal_board(Warehouse(path)).proposals[stands].persons == 0
    again = anna.send("/portal/proposals", deed="withdraw-support", proposal=stands.key)
    assert "does not support" in again.text


def test_no_number_is_no_price_that_one_would_pay(path: Path, anna: PortalBrowser) -> None:
    warehouse = Warehouse(path)
    number = proposal_deeds.record_proposal(warehouse, NewProposal("A blue cup")).number
    proposal_deeds.add_prototype(warehouse, number, "1", "A cup", TODAY)
    score = {"deed": "feedback", "proposal": number.key, "version": "1", "score": "4"}
    assert "is no number" in anna.send("/portal/proposals", **score, would_pay="snan").text
    with pytest.raises(BadRequest, match="is no price"):
        proposal_deeds.record_feedback(warehouse, number, "1", SourceNumber(*ANNA), 4, Decimal("nan"))


def test_a_title_of_which_nothing_is_seen_is_none(anna: PortalBrowser) -> None:
    for title in ("\u200b\u202e", "\u2060 \u200d"):
        assert "has no title" in anna.send("/portal/proposals", deed="propose", title=title).text


def test_a_counter_offer_is_taken_once_whoever_says_so(path: Path, anna: PortalBrowser) -> None:
    warehouse, store = Warehouse(path), operational_store.ready(path)
    named = {"deed": "name-price", "product": "", "other": "P-Alba"}
    terms = BidTerms()
    for price in ("14", "8", "9"):
        anna.send("/portal/prices", **named, price=price)
    bids = {each.price: each for each in bid_desk(warehouse).bids}
    bid_deeds.answer_bid(store, bids[Decimal(14)], terms, BidAnswer(ACCEPTED), TODAY)
    for price in (8, 9):
        bid_deeds.answer_bid(
            store, bids[Decimal(price)], terms, BidAnswer(COUNTERED, Decimal(14), TODAY), TODAY
        )
    countered = {each.price: each for each in bid_desk(warehouse).bids}
    bid_deeds.reply(store, countered[Decimal(8)], TAKEN, TODAY)  # on the phone
    page = anna.ask("/portal/prices").text
    assert "taken at 14 EUR" in page
    assert page.count("Take it at") == 1
    keys = {price: f"/{bids[Decimal(price)].bid.id}" for price in (8, 9)}
    assert anna.send("/portal/prices", deed="take-counter", offer=keys[8]).status_code == 422
    taken = anna.send("/portal/prices", deed="take-counter", offer=keys[9])  # 14 was accepted before
    assert done(taken).endswith("counter-taken")
    assert done(anna.send("/portal/prices", deed="take-counter", offer=keys[9])).endswith("as-it-was")
    assert len(bid_desk(Warehouse(path)).bids) == 4


def test_less_than_rows_hold_is_nothing(anna: PortalBrowser) -> None:
    named = {"deed": "name-price", "product": "", "other": "P-Alba", "price": "5"}
    assert "above 0" in anna.send("/portal/prices", **(named | {"price": "0.00001"})).text
    assert "one piece" in anna.send("/portal/prices", **named, quantity="0.00001").text
    long = anna.send("/portal/prices", **(named | {"other": "a" * 5000})).text
    assert "a" * 100 not in long.split('role="alert"')[1].split("</p>")[0]
