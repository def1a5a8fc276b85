"""Who proposed what and who supports it, of a slice: the proposals as people merged them, and persons by their ids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from cubes.analysis.customer_slice import cuts_on_customers
from cubes.analysis.slice_days import narrowed
from cubes.ask.answer import Answer
from cubes.members.coded_customers import coded_customers
from cubes.members.single_customers import check_single_customers
from cubes.query import TIME_LEVELS, Cut, Query
from data.collaborate.proposal_board import ProposalBoard, proposal_board
from data.service.firm_moments import ZONE, place_of, zone_of
from data.store.warehouse import Warehouse

Ask = Callable[[Query], Answer]
PROPOSALS = {
    "proposal": pl.String, "source": pl.String, "number": pl.String, "title": pl.String, "text": pl.String,
    "place": pl.String, "status": pl.String, "is_open": pl.Boolean, "made_on": pl.Date, "product": pl.String,
    "merged": pl.Int64, "told_supports": pl.Float64, "proposer": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ProposalVoices:
    """`proposals` that stand for themselves, a row each: PROPOSALS (`proposal` is a key, `merged` how many are linked
    to it, `told_supports` a total that a source tells without voters, `proposer` the id of a customer). `supports` of
    these: `proposal`, `customer` (id), each once over what is merged. `notes` belong beside every number."""

    proposals: pl.DataFrame
    supports: pl.DataFrame
    notes: tuple[str, ...]

    @property
    def voters(self) -> pl.Series:
        return self.supports["customer"].unique()

    @property
    def proposers(self) -> pl.Series:
        return self.proposals["proposer"].drop_nulls().unique()


def proposal_voices(
    warehouse: Warehouse, ask: Ask, query: Query, until: date | None = None
) -> ProposalVoices:
    """Cuts on time choose proposals by the day on which they were made, those on products by what they are about; those
    on customers choose persons, which is left to whoever asks. What was said after `until` is left out.

    Raises BadRequest, and NotAllowed where a policy shows no single customers.
    """
    check_single_customers(warehouse.policy, "Proposals")
    board = proposal_board(warehouse)
    codes = board.supports["person"].unique().sort()
    ids = coded_customers(warehouse, codes).select(person="code", customer="id")
    timed = tuple(cut for cut in query.cuts if cut.level in TIME_LEVELS)
    own = cuts_on_customers(warehouse, query)
    others = tuple(cut for cut in query.cuts if cut not in own and cut not in timed)
    proposals = _within(warehouse, _frame(warehouse, board), timed)
    if others:
        of_products = ask(Query(("revenue",), ("product",), cuts=others)).plain()["product.id"]
        proposals = proposals.filter(pl.col("product_id").is_in(of_products.implode()))
    supports = board.supports
    if until:
        proposals = proposals.filter(pl.col("made_on") <= until)
        zone = zone_of(warehouse.rows(ZONE))
        day = pl.col("at").dt.replace_time_zone("UTC").dt.convert_time_zone(str(zone)).dt.date()
        supports = supports.filter(day <= until)
    told = supports.join(ids, on="person").select("proposal", "customer")
    kept = told.filter(pl.col("proposal").is_in(proposals["proposal"].implode()))
    return ProposalVoices(proposals.drop("product_id"), kept, tuple(_notes(board, proposals)))


def _frame(warehouse: Warehouse, board: ProposalBoard) -> pl.DataFrame:
    zone = zone_of(warehouse.rows(ZONE))
    rows = [
        (
            each.number.key, each.number.source, each.number.id, each.title, each.text, each.place or None, each.status,
            each.is_open, place_of(each.at, zone)[0], each.product or None, len(each.members), each.told_supports,
            each.author.id if each.author else None, each.product_id,
        )
        for each in board.standing
    ]  # fmt: skip
    return pl.DataFrame(rows, PROPOSALS | {"product_id": pl.String}, orient="row")


def _within(warehouse: Warehouse, proposals: pl.DataFrame, timed: tuple[Cut, ...]) -> pl.DataFrame:
    if not timed:
        return proposals
    span = narrowed(timed, warehouse.profile, (date.min, date.max))
    return proposals.filter(pl.col("made_on").is_between(*span)) if span else proposals.clear()


def _notes(board: ProposalBoard, proposals: pl.DataFrame) -> list[str]:
    shown = set(proposals["proposal"].to_list())
    every = [each for each in board.standing if each.number.key in shown]
    told = []
    if totals := [each for each in every if each.told_supports is not None]:
        told.append(
            f"{len(totals):,} proposals tell a total of supports without voters: it stands beside and ranks nothing."
        )
    if unknown := sum(each.unknown_votes for each in every):
        votes = (
            "1 vote is of nobody who is known and counts"
            if unknown == 1
            else (f"{unknown:,} votes are of nobody who is known and count")
        )
        told.append(f"{votes} for no person.")
    if merged := len(board.roots):
        many = (
            "1 proposal is merged into another"
            if merged == 1
            else f"{merged:,} proposals are merged into others"
        )
        told.append(f"{many}: whoever supports several of these counts once.")
    return told
