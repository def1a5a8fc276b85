"""The customers' side of a question: whom a filter keeps, and how customers split by country, kind, segment ..."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

import numpy as np

from cubes.aggregates.bitmaps import customer_sets
from cubes.cells.byte_cache import SETS
from cubes.cells.cell_arrays import OTHERS, with_others
from cubes.cells.packed_codes import grouped, positions
from cubes.cells.scope import Filter
from data.store.warehouse import Warehouse

FEW_RUNS = 20_000
FEW_MASKS = 64
BY_KEY = 128  # what key by key costs, in passes over the words
REPEAT = 4  # what a version of a customer with others costs, in words


@dataclass(frozen=True, slots=True)
class Repeats:
    """Versions of one customer within one group, where the customer counts once: a batch.

    `byte` and `bit` tell where each such version stands in the words of a set, `batch` which batch it is in, all in
    order of their batches; `of_key` is the batch of each key, -1 where it is in none; `group` is that of each batch.
    """

    byte: np.ndarray
    bit: np.ndarray
    batch: np.ndarray
    of_key: np.ndarray
    group: np.ndarray

    @property
    def bytes(self) -> int:
        return sum(x.nbytes for x in (self.byte, self.bit, self.batch, self.of_key, self.group))

    def counts(self, bits: np.ndarray, groups: int) -> np.ndarray:
        """By how much too many are counted in each group where every version counts."""
        if not len(self.batch):
            return np.zeros(groups, np.int64)
        if customer_sets.is_dense(bits):
            batch = self.batch[np.flatnonzero(bits.view(np.uint8)[self.byte] & self.bit)]
        else:
            batch = self.of_key[bits]
            batch = np.sort(batch[batch >= 0])
        again = batch[1:][batch[1:] == batch[:-1]]
        return np.bincount(self.group[again], minlength=groups)


@dataclass(frozen=True, slots=True)
class Split:
    """Groups of customers and how to count those of a set in each: by runs of keys within masks, or key by key.

    `codes` holds an int32 array for each level: the code of each group. A group is a mask and a group of runs;
    `by_key` is the group of each key where there are too many of both.
    """

    codes: tuple[np.ndarray, ...]
    words: int
    marks: customer_sets.Marks
    run_group: np.ndarray
    run_groups: int
    masks: tuple[np.ndarray | None, ...]
    by_key: np.ndarray | None
    repeats: Repeats

    @property
    def groups(self) -> int:
        return len(self.masks) * self.run_groups if self.by_key is None else len(self.codes[0])

    def counts(self, bits: np.ndarray) -> np.ndarray:
        """How many different customers of a set lie in each group (int64)."""
        if self.by_key is not None:
            versions = np.bincount(self.by_key[customer_sets.as_keys(bits)], minlength=self.groups)
        else:
            parts = [bits if mask is None else customer_sets.both(bits, mask) for mask in self.masks]
            versions = np.concatenate([self._by_run(part) for part in parts])
        found: np.ndarray = versions - self.repeats.counts(bits, self.groups)
        return found

    def _by_run(self, bits: np.ndarray) -> np.ndarray:
        if self.run_groups == 1:
            return np.array([customer_sets.size(bits)])
        found = np.bincount(self.run_group, self.marks.counts(bits), self.run_groups)
        return found.astype(np.int64)


class Clientele:
    """The customers of one snapshot by key; what is worked out of them is kept on the shelf."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._version = warehouse.version
        self.keys = int(warehouse.rows("SELECT max(customer_key) + 1 FROM customer")[0][0] or 1)
        self.words = customer_sets.words_of(self.keys)

    def codes(self, level: str) -> np.ndarray:
        """The code of `level` of each key (int32); of "customer" the customer's number."""

        def make() -> tuple[np.ndarray, int]:
            found = self._warehouse.arrays(f"SELECT customer_key, {level}_code AS code FROM customer")
            codes = np.zeros(self.words * 64, np.int32)
            codes[found["customer_key"]] = found["code"]
            return codes, codes.nbytes

        return SETS.keep((self._version, "codes", level), make)

    @cached_property
    def nobody(self) -> np.ndarray:
        """The keys of no known customer, ascending."""
        found = self._warehouse.arrays(
            "SELECT customer_key FROM customer WHERE customer_code = 0 ORDER BY ALL"
        )
        return found["customer_key"]

    def members(self, level: str) -> int:
        return self._warehouse.profile.members.get(level, 1)

    def mask(self, filters: Sequence[Filter]) -> np.ndarray | None:
        """The customers that all filters keep, as words; None where there are none."""
        if not filters:
            return None
        parts = [self._mask(each.level, tuple(sorted(each.codes)), each.exclude) for each in filters]
        return np.bitwise_and.reduce(parts) if len(parts) > 1 else parts[0]

    def _mask(self, level: str, codes: tuple[int, ...], exclude: bool) -> np.ndarray:
        def make() -> tuple[np.ndarray, int]:
            own = self.codes(level)
            wanted = np.zeros(max(int(own.max()), *codes, 0) + 1, np.bool_)
            wanted[list(codes)] = True
            words = customer_sets.packed(wanted[own] != exclude)
            return words, words.nbytes

        return SETS.keep((self._version, "mask", level, codes, exclude), make)

    def is_in_runs(self, levels: Sequence[str]) -> bool:
        return len(self._runs(tuple(levels))) <= FEW_RUNS

    def _runs(self, levels: tuple[str, ...]) -> np.ndarray:
        """The keys at which the code of any level changes, from 0 on."""

        def make() -> tuple[np.ndarray, int]:
            changes = np.zeros(self.words * 64, np.bool_)
            changes[0] = True
            for level in levels:
                own = self.codes(level)
                changes[1:] |= own[1:] != own[:-1]
            begins = np.flatnonzero(changes)
            return begins, begins.nbytes

        return SETS.keep((self._version, "runs", levels), make)

    def cost(self, levels: Sequence[str], tops: Mapping[str, Sequence[int]]) -> tuple[int, int]:
        """How often each word of a set is passed over to split it by these levels, and about how many beside."""
        in_runs, scattered = self._parted(levels)
        masks = prod(self._shown(level, tops) for level in scattered)
        several = len(self._versions()[0]) and REPEAT * len(self.split(levels, tops).repeats.batch)
        if masks > FEW_MASKS:
            return BY_KEY, several
        return 1 + masks, len(self._runs(tuple(in_runs))) * masks + several

    def _shown(self, level: str, tops: Mapping[str, Sequence[int]]) -> int:
        return min(self.members(level), len(tops[level]) + 1 if level in tops else self.members(level))

    def _parted(self, levels: Sequence[str]) -> tuple[list[str], list[str]]:
        """The levels along which keys are numbered, and the others."""
        in_runs = [level for level in levels if self.is_in_runs((level,))]
        return in_runs, [level for level in levels if level not in in_runs]

    def split(self, levels: Sequence[str], tops: Mapping[str, Sequence[int]]) -> Split:
        """The groups of customers by these levels, the members beyond a top gathered as OTHERS."""
        shown = tuple((level, tuple(tops[level]) if level in tops else None) for level in levels)

        def make() -> tuple[Split, int]:
            found = self._split(shown)
            marks = found.marks
            runs = [marks.keys, marks.word, marks.below, found.run_group]
            arrays = [*runs, *found.codes, *found.masks, found.by_key]
            return found, found.repeats.bytes + sum(each.nbytes for each in arrays if each is not None)

        return SETS.keep((self._version, "split", shown), make)

    def _split(self, shown: tuple[tuple[str, tuple[int, ...] | None], ...]) -> Split:
        tops = dict(shown)
        folded = {level: with_others(self.codes(level), top) for level, top in shown}
        in_runs, scattered = self._parted(tuple(tops))
        members = {level: _present(folded[level]) for level in scattered}
        if prod(map(len, members.values())) > FEW_MASKS:
            return self._by_key(folded)
        begins = self._runs(tuple(in_runs))
        of_runs = grouped([folded[level][begins] for level in in_runs], len(begins))
        masks, of_masks = self._masks(folded, members)
        runs = len(of_runs.places)
        codes = {level: np.tile(each, len(masks)) for level, each in zip(in_runs, of_runs.codes, strict=True)}
        codes |= {level: np.repeat(each, runs) for level, each in zip(scattered, of_masks, strict=True)}
        by_key = None if runs * len(masks) == 1 else [folded[level] for level in tops]
        told, marks = tuple(codes[level] for level in tops), customer_sets.Marks.at(begins)
        return Split(told, self.words, marks, of_runs.of_rows, runs, masks, None, self._repeats(by_key, told))

    def _masks(
        self, folded: Mapping[str, np.ndarray], members: Mapping[str, np.ndarray]
    ) -> tuple[tuple[np.ndarray | None, ...], list[np.ndarray]]:
        """A mask for each combination of members of the scattered levels, and its codes."""
        if not members:
            return (None,), []
        combinations = list(product(*members.values()))
        masks = []
        for codes in combinations:
            inside = np.ones(self.words * 64, np.bool_)
            for level, code in zip(members, codes, strict=True):
                inside &= folded[level] == code
            masks.append(customer_sets.packed(inside))
        return tuple(masks), [np.array(column, np.int32) for column in zip(*combinations, strict=True)]

    def _by_key(self, folded: Mapping[str, np.ndarray]) -> Split:
        by_key = grouped(list(folded.values()), self.words * 64)
        none = np.zeros(1, np.int64)
        repeats = self._repeats(list(folded.values()), by_key.codes)
        return Split(
            by_key.codes,
            self.words,
            customer_sets.Marks.at(none),
            none,
            1,
            (None,),
            by_key.of_rows.astype(np.int32),
            repeats,
        )

    def _repeats(self, columns: list[np.ndarray] | None, codes: Sequence[np.ndarray]) -> Repeats:
        """Versions of one customer in one group; `columns` are the folded codes of each key, `codes` of each group."""
        keys, customer = self._versions()
        group = np.zeros(len(keys), np.int64)
        if columns:
            group = positions([column[keys] for column in columns], codes)
        batch = customer * (int(group.max(initial=0)) + 1) + group
        order = np.argsort(batch)
        keys, group, batch = keys[order], group[order], batch[order]
        new = np.ones(len(keys), np.bool_)
        np.not_equal(batch[1:], batch[:-1], out=new[1:])
        several = (np.diff(np.append(np.flatnonzero(new), len(keys))) > 1)[np.cumsum(new) - 1]
        keys, group, new = keys[several], group[several], new[several]
        number = (np.cumsum(new) - 1).astype(np.int32)
        of_key = np.full(self.words * 64 if len(keys) else 0, -1, np.int32)
        of_key[keys] = number
        bit = np.left_shift(1, keys & 7).astype(np.uint8)
        return Repeats((keys >> 3).astype(np.int64), bit, number, of_key, group[new])

    def _versions(self) -> tuple[np.ndarray, np.ndarray]:
        """The keys of all customers with more than one, and whose they are."""

        def make() -> tuple[tuple[np.ndarray, np.ndarray], int]:
            found = self._warehouse.arrays(
                "SELECT customer_key, customer_code FROM customer WHERE customer_code IN ("
                "SELECT customer_code FROM customer GROUP BY customer_code HAVING count(*) > 1)"
            )
            both = found["customer_key"], found["customer_code"].astype(np.int64)
            return both, both[0].nbytes * 3

        return SETS.keep((self._version, "versions"), make)


def _present(codes: np.ndarray) -> np.ndarray:
    """Which codes, OTHERS among them, there are."""
    return np.flatnonzero(np.bincount(codes - OTHERS)) + OTHERS
