"""Offers: of each customer the products with the greatest expected margin, *again* and *new*, and why."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from mining.offers.bought_products import BoughtProducts
from mining.offers.eligibility import RULES, Barred
from mining.offers.offer_chance import SHORTLIST, OfferChance
from mining.offers.offer_models import Ease
from mining.offers.repurchase import OwnModel
from mining.offers.scoreboard import OfferList, first_of

CHUNK = 2_048
THREADS = 2


@dataclass(frozen=True, slots=True, eq=False)
class RankedOffers:
    """The offers of one list. Customers and products are codes.

    `frame` has a row an offer, of each customer the best first: customer, product, place (from 1), chance (to be
    bought within the horizon), margin (of a day on which it is bought), expected_margin (their product); of *again*
    also days and last; of *new* because (a product of the customer's), both (customers who bought both) and of
    (buyers of `because`). `removed` counts, by the place of a rule, offers among the first by score that it took away;
    of rules that bar customers, these. `counts` has a row a customer: how many `offers`, how many `candidates` there
    were, and how many of those were `barred`.
    """

    which: OfferList
    frame: pl.DataFrame
    removed: Mapping[int, int]
    counts: pl.DataFrame


def again_offers(
    model: OwnModel, chance: OfferChance, margin: np.ndarray, barred: Barred, offers: int
) -> RankedOffers:
    """Of what each customer bought; `margin` is that of each product (column)."""
    bought, scores = model.bought, model.values
    rows, columns = bought.rows, bought.indices
    rule = _first(
        barred.by_product(bought.products, OfferList.AGAIN)[columns],
        barred.by_pair(bought.customers[rows], bought.products[columns]),
    )
    out = barred.by_customer(bought.customers)
    open_ = out[rows] < 0
    first = _first_beside_barred(rows, scores, rule, offers)
    removed = _count(rule[first[open_[first]]], out)
    chances = chance(scores)
    expected = chances * margin[columns]
    held = np.flatnonzero(open_ & (rule < 0))
    held = held[np.lexsort((-scores[held], -expected[held], rows[held]))]
    place = _place(rows[held])
    held, place = held[place < offers], place[place < offers]
    frame = _frame(bought, rows[held], columns[held], place, chances[held], margin).with_columns(
        days=pl.Series(bought.days[held]), last=pl.Series(bought.last[held])
    )
    candidates = np.diff(bought.indptr)
    kept = np.bincount(rows[rule < 0], minlength=len(candidates))
    return RankedOffers(
        OfferList.AGAIN, frame, removed, _counts(bought, rows[held], candidates, candidates - kept, out)
    )


def new_offers(
    ease: Ease,
    chance: OfferChance,
    margin: np.ndarray,
    barred: Barred,
    offers: int,
    shortlist: int = SHORTLIST,
) -> RankedOffers:
    """Of what each customer never bought, by EASE: of the `shortlist` of greatest score by expected margin."""
    bought = ease.bought
    work = _NewOffers(
        ease, chance, margin, barred.by_product(bought.products, OfferList.NEW), barred.pair_rules, offers,
        min(max(shortlist, offers), len(bought.products)),
    )  # fmt: skip
    out = barred.by_customer(bought.customers)
    open_ = np.flatnonzero(out < 0)
    with ThreadPoolExecutor(THREADS) as pool:
        starts = range(0, len(open_), CHUNK)
        parts = list(pool.map(lambda start: work.of(open_[start : start + CHUNK]), starts))
    removed = np.sum([each.removed for each in parts], axis=0) if parts else np.zeros(len(RULES), dtype=int)
    frame = pl.concat([each.frame for each in parts]) if parts else pl.DataFrame()
    held = np.concatenate([each.rows for each in parts]) if parts else np.zeros(0, dtype=int)
    candidates = len(bought.products) - np.diff(bought.indptr)
    taken = np.zeros(len(candidates), dtype=int)
    for each in parts:
        taken[each.of] = each.barred
    counted = {place: int(count) for place, count in enumerate(removed) if count}
    return RankedOffers(
        OfferList.NEW, frame, counted | _count(np.zeros(0, dtype=np.int8), out),
        _counts(bought, held, candidates, taken, out),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    frame: pl.DataFrame
    rows: np.ndarray
    removed: np.ndarray
    of: np.ndarray
    barred: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class _NewOffers:
    """The work on some customers at a time, so that memory holds no customers x products."""

    ease: Ease
    chance: OfferChance
    margin: np.ndarray
    by_product: np.ndarray
    by_pair: tuple[tuple[int, np.ndarray], ...]
    offers: int
    shortlist: int

    def of(self, rows: np.ndarray) -> _Part:
        bought = self.ease.bought
        own = bought.matrix()[rows]
        scores = self.ease.scores(rows)
        scores[np.repeat(np.arange(len(rows)), np.diff(own.indptr)), own.indices] = -np.inf
        pairs = self._pairs(rows)
        first = first_of(scores, self.offers)
        rule = np.where(first < 0, -1, self.by_product[np.maximum(first, 0)])
        for of_pairs, line, column in pairs:
            hit = (first[line] == column[:, None]).nonzero()
            rule[line[hit[0]], hit[1]] = _first(rule[line[hit[0]], hit[1]], np.int8(of_pairs))
        scores[:, self.by_product >= 0] = -np.inf
        barred = (self.by_product >= 0).sum() - own @ (self.by_product >= 0).astype(np.float32)
        for _, line, column in pairs:
            barred += np.bincount(line[scores[line, column] > -np.inf], minlength=len(rows))
            scores[line, column] = -np.inf
        at, columns, place, chances = self._best(scores)
        frame = _frame(bought, rows[at], columns, place, chances, self.margin)
        return _Part(
            frame.with_columns(self._because(own, at, columns)), rows[at],
            np.bincount(rule[rule >= 0], minlength=len(RULES)), rows, barred.astype(int),
        )  # fmt: skip

    def _best(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Row, column, place (from 0) and chance of each offer: of the shortlist by expected margin, ties by score."""
        first = first_of(scores, self.shortlist)
        chances = self.chance(np.take_along_axis(scores, np.maximum(first, 0), 1))
        expected = np.where(first < 0, -np.inf, chances * self.margin[np.maximum(first, 0)])
        order = np.argsort(-expected, axis=1, kind="stable")[:, : self.offers]
        first, chances = np.take_along_axis(first, order, 1), np.take_along_axis(chances, order, 1)
        at, place = np.nonzero(first >= 0)
        return at, first[at, place], place, chances[at, place]

    def _pairs(self, rows: np.ndarray) -> list[tuple[int, np.ndarray, np.ndarray]]:
        """Of each rule that bars pairs its place, and where those of these customers stand in their scores."""
        bought, found = self.ease.bought, []
        customers = bought.customers[rows]
        for place, pairs in self.by_pair:
            mine = pairs[np.isin(pairs[:, 0], customers) & np.isin(pairs[:, 1], bought.products)]
            line, column = (
                np.searchsorted(customers, mine[:, 0]),
                np.searchsorted(bought.products, mine[:, 1]),
            )
            found.append((place, line, column))
        return found

    def _because(self, own: sparse.csr_array, at: np.ndarray, columns: np.ndarray) -> list[pl.Series]:
        """Of each offer the customer's own product that speaks for it most, and whom that is told from."""
        indptr, indices = own.indptr, own.indices
        counts = np.diff(indptr)[at]
        ends = np.cumsum(counts)
        offer = np.repeat(np.arange(len(at)), counts)
        mine = indices[
            np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts) + indptr[at][offer]
        ]
        if not len(at):
            cause = columns
        else:
            weights = self.ease.weights[mine, columns[offer]]
            strongest = np.flatnonzero(weights == np.maximum.reduceat(weights, ends - counts)[offer])
            cause = mine[strongest[np.unique(offer[strongest], return_index=True)[1]]]
        return [
            pl.Series("because", self.ease.bought.products[cause]),
            pl.Series("both", self.ease.together[cause, columns].astype(np.int32)),
            pl.Series("of", self.ease.together[cause, cause].astype(np.int32)),
        ]


def _frame(
    bought: BoughtProducts, rows: np.ndarray, columns: np.ndarray, place: np.ndarray, chances: np.ndarray,
    margin: np.ndarray,
) -> pl.DataFrame:  # fmt: skip
    of = margin[columns].astype(np.float32)
    return pl.DataFrame({
        "customer": bought.customers[rows],
        "product": bought.products[columns],
        "place": (place + 1).astype(np.int16),
        "chance": chances,
        "margin": of,
        "expected_margin": chances * of,
    })  # fmt: skip


def _counts(
    bought: BoughtProducts, rows: np.ndarray, candidates: np.ndarray, barred: np.ndarray, out: np.ndarray
) -> pl.DataFrame:
    return pl.DataFrame({
        "customer": bought.customers,
        "offers": np.bincount(rows, minlength=len(bought.customers)).astype(np.int32),
        "candidates": candidates.astype(np.int32),
        "barred": barred.astype(np.int32),
        "rule": out,
    })  # fmt: skip


def _first(one: np.ndarray, other: np.ndarray | np.int8) -> np.ndarray:
    """The lower place of two rules, where either bars."""
    return np.where(one < 0, other, np.where(other < 0, one, np.minimum(one, other)))


def _count(rule: np.ndarray, out: np.ndarray) -> dict[int, int]:
    places, counts = np.unique(np.concatenate([rule[rule >= 0], out[out >= 0]]), return_counts=True)
    return {int(place): int(count) for place, count in zip(places, counts, strict=True)}


def _first_beside_barred(rows: np.ndarray, scores: np.ndarray, rule: np.ndarray, offers: int) -> np.ndarray:
    """The first pairs by score of each customer of whose pairs one at least is barred."""
    touched = np.zeros(int(rows.max(initial=0)) + 1, dtype=bool)
    touched[rows[rule >= 0]] = True
    near = np.flatnonzero(touched[rows])
    near = near[np.lexsort((-scores[near], rows[near]))]
    return near[_place(rows[near]) < offers]


def _place(rows: np.ndarray) -> np.ndarray:
    """The place of each entry among those of its row, rows being together."""
    starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]]) if len(rows) else np.zeros(0, dtype=int)
    counts = np.diff(np.r_[starts, len(rows)])
    return np.arange(len(rows)) - np.repeat(starts, counts)
