"""How often two frequent items stand in one basket: one table of counts, or item by item where it would be too wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mining.patterns.basket_matrix import CHUNK, Baskets, places
from mining.patterns.pair_table import pair_table

WIDEST = 4096  # items whose table of pairs takes 128 MB
ROOM = 1 << 29  # bits of pairs that are held at once: 64 MB

Tail = list[tuple[int, int]]  # items by rank, with the baskets of each as the bits of an integer

Pairs = tuple[
    np.ndarray, np.ndarray, np.ndarray
]  # the less frequent item by rank, the other, baskets with both

NO_PAIRS: Pairs = (np.empty(0, dtype=np.int64),) * 3


class FrequentItems:
    """The items in at least `least` baskets, ranked from the most frequent on, and the baskets with these alone.

    `order` are their codes by rank. Entries are basket-item pairs: `rows` the basket and `ranks` the item of each,
    basket after basket; `starts` where each basket begins.
    """

    def __init__(
        self,
        order: np.ndarray,
        counts: np.ndarray,
        ranks: np.ndarray,
        lengths: np.ndarray,
        kin: set[tuple[int, int]],
        table: np.ndarray | None = None,
    ) -> None:
        self.order, self.counts, self.ranks, self.lengths, self.kin = order, counts, ranks, lengths, kin
        self.starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        self._table = None if table is None else self._without_kin(table)
        self._rows_of: tuple[np.ndarray, np.ndarray] | None = None

    @classmethod
    def of(cls, baskets: Baskets, least: int, most: int | None = None) -> FrequentItems:
        """The items in at least `least` baskets, of these the `most` frequent ones."""
        order = np.lexsort((np.arange(len(baskets.items)), -baskets.counts))
        order = order[baskets.counts[order] >= least][:most]
        rank_of = places(order, len(baskets.items))
        if len(order) == len(baskets.items):
            ranks, lengths = rank_of[baskets.codes], baskets.lengths.astype(np.int32)
        else:
            ranks, lengths = _kept(rank_of, baskets.codes, baskets.starts, int(baskets.counts[order].sum()))
        pairs = rank_of[baskets.kin].tolist()
        kin = {(max(pair), min(pair)) for pair in pairs if min(pair) >= 0}
        whole = baskets.together
        table = None if whole is None else whole[np.ix_(order, order)]
        return cls(order, baskets.counts[order], ranks, lengths, kin, table)

    @property
    def is_narrow(self) -> bool:
        """Whether there is one table of all pairs."""
        return len(self) <= WIDEST

    def core(self, least: int) -> FrequentItems:
        """The items that stand beside two others often enough, which any itemset of three and more is made of."""
        if not self.is_narrow:
            return self
        beside = self.table >= least
        beside |= beside.T
        kept = np.ones(len(self), dtype=bool)
        while (fewer := kept & (beside[:, kept].sum(axis=1) > 1)).sum() < kept.sum():
            kept = fewer
        old = np.flatnonzero(kept)
        rank_of = places(old, len(self))
        ranks, lengths = _kept(rank_of, self.ranks, self.starts, int(self.counts[old].sum()))
        kin = {(int(rank_of[a]), int(rank_of[b])) for a, b in self.kin if kept[a] and kept[b]}
        return FrequentItems(
            self.order[old], self.counts[old], ranks, lengths, kin, self.table[np.ix_(old, old)]
        )

    def __len__(self) -> int:
        return len(self.order)

    def beside(self, rank: int, least: int) -> tuple[np.ndarray, np.ndarray]:
        """The more frequent items in at least `least` baskets with this one: their ranks, and in how many."""
        counts = self.table[rank, :rank] if self.is_narrow else self._counted(rank)
        found = np.flatnonzero(counts >= least)
        return found, counts[found].astype(np.int64)

    def pairs(self, least: int, most: int) -> Pairs | None:
        """Every pair of items in at least `least` baskets; None where there are more than `most`."""
        if self.is_narrow:
            flat = np.flatnonzero(self.table >= least)
            ranks, others = np.divmod(flat, max(len(self), 1))
            return None if len(flat) > most else (ranks, others, self.table.ravel()[flat].astype(np.int64))
        found, many = [], 0
        for rank in range(len(self)):
            beside, counts = self.beside(rank, least)
            many += len(beside)
            if many > most:
                return None
            found.append((np.full(len(beside), rank), beside, counts))
        ranks, others, counts = (np.concatenate(each) for each in zip(*found, strict=True))
        return ranks, others, counts

    def joined(self, ranks: np.ndarray, least: int) -> np.ndarray:
        """Those of these items that stand beside another of them often enough to make a longer itemset."""
        if not self.is_narrow or len(ranks) < 2:
            return ranks if len(ranks) > 1 else ranks[:0]
        among = self.table[np.ix_(ranks, ranks)] >= least
        found: np.ndarray = ranks[(among | among.T).any(axis=1)]
        return found

    def rows(self, rank: int) -> np.ndarray:
        """The baskets that hold an item, ascending."""
        if self._rows_of is None:
            width = next(
                (each for each in (np.uint8, np.uint16) if len(self) <= np.iinfo(each).max), np.int32
            )
            narrow = self.ranks.astype(width)  # of so few bits numpy sorts by counting
            entries = np.argsort(narrow, kind="stable")
            rows = np.repeat(np.arange(len(self.lengths), dtype=np.int32), self.lengths)[entries]
            self._rows_of = rows, np.concatenate([[0], np.cumsum(self.counts)])
        rows, starts = self._rows_of
        return rows[starts[rank] : starts[rank + 1]]

    def entries(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The items of these baskets: the place of the basket among them, and the rank, of each entry."""
        lengths = self.lengths[rows]
        ends = np.cumsum(lengths, dtype=np.int64)
        at = np.repeat(self.starts[rows] - ends + lengths, lengths)
        at += np.arange(len(at))
        return np.repeat(np.arange(len(rows)), lengths), self.ranks[at]

    @property
    def table(self) -> np.ndarray:
        """Baskets with both, at [the less frequent, the more frequent]; nought for kin."""
        if self._table is None:
            self._table = self._without_kin(pair_table(self.ranks, self.starts, len(self)))
        return self._table

    def _without_kin(self, table: np.ndarray) -> np.ndarray:
        below = np.tril(table, -1)
        for pair in self.kin:
            below[pair] = 0
        return below

    def _counted(self, rank: int) -> np.ndarray:
        _, ranks = self.entries(self.rows(rank))
        counts = np.bincount(ranks[ranks < rank], minlength=rank)
        counts[[b for a, b in self.kin if a == rank]] = 0
        return counts


def tails(items: FrequentItems, wanted: Sequence[tuple[int, np.ndarray]]) -> Iterator[tuple[int, Tail]]:
    """For each item, other ones in its baskets: the bits of each are the baskets of both.

    Told item by item and worked out other by other, as many items at once as leave room: the baskets of an other are
    looked up in one column of marks, which stays in the processor's cache.
    """
    marks = np.zeros(len(items.lengths), dtype=bool)
    while wanted:
        room = np.cumsum([len(others) * int(items.counts[rank]) for rank, others in wanted])
        now = wanted[: max(int(np.searchsorted(room, ROOM)), 1)]
        wanted = wanted[len(now) :]
        found: list[Tail] = [[] for _ in now]
        flat = np.concatenate([others for _, others in now])
        whose = np.repeat(np.arange(len(now)), [len(others) for _, others in now])
        order = np.argsort(flat, kind="stable")
        last = int(flat[order[0]]) if len(order) else 0
        marks[items.rows(last)] = True
        for other, of in zip(flat[order].tolist(), whose[order].tolist(), strict=True):
            if other != last:
                marks[items.rows(last)] = False
                marks[items.rows(other)] = True
                last = other
            packed = np.packbits(marks[items.rows(now[of][0])], bitorder="little")
            found[of].append((other, int.from_bytes(packed.tobytes(), "little")))
        marks[items.rows(last)] = False
        yield from ((rank, tail) for (rank, _), tail in zip(now, found, strict=True))


def _kept(
    rank_of: np.ndarray, codes: np.ndarray, starts: np.ndarray, many: int
) -> tuple[np.ndarray, np.ndarray]:
    """The ranks of the entries that have one, so many, basket after basket, and how many each basket keeps."""
    found, kept, filled = np.empty(many, dtype=rank_of.dtype), np.empty(len(codes) + 1, dtype=bool), 0
    for at in range(0, len(codes), CHUNK):
        ranks = rank_of[codes[at : at + CHUNK]]
        kept[at : at + CHUNK][: len(ranks)] = here = ranks >= 0
        ranks = ranks[here]
        found[filled : filled + len(ranks)] = ranks
        filled += len(ranks)
    kept[-1] = False
    lengths = np.add.reduceat(kept, starts[:-1], dtype=np.int32)
    lengths[starts[1:] == starts[:-1]] = 0  # of nothing, reduceat gives the next entry
    return found[:filled], lengths
