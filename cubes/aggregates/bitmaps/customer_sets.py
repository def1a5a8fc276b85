"""A set of customers: its sorted keys (int32) while it is small, a bit a key (uint64 words) when it is large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cubes.lines import line_store

Array = np.ndarray
DENSE, GAPS, KEYS = b"\0", b"\1", b"\2"
LONG_GAP = 255
SORTED = 8  # keys are sorted sooner than their bits are set, of so many words to one
KEYS_A_WORD = 1  # a set is kept as keys below so many a word: at half the bytes, which unite ten times slower


def words_of(keys: int) -> int:
    """How many words hold a bit for each of so many keys."""
    return (keys + 63) // 64


def is_dense(bits: Array) -> bool:
    return bits.dtype == np.uint64


def size(bits: Array) -> int:
    """How many keys a set holds."""
    if not is_dense(bits):
        return len(bits)
    if line_store.HOLDS:
        from cubes.aggregates.bitmaps.set_kernels import ones

        return int(ones(bits, 0, len(bits)))
    return int(np.bitwise_count(bits).sum(dtype=np.int64))


def as_keys(bits: Array) -> Array:
    """The sorted keys of a set."""
    if not is_dense(bits):
        return bits
    flags = np.unpackbits(bits.view(np.uint8), bitorder="little").view(np.bool_)
    return np.flatnonzero(flags).astype(np.int32)


def as_words(bits: Array, words: int) -> Array:
    """A bit a key, of a set whose keys lie below 64 * `words`."""
    return bits if is_dense(bits) else packed(flagged([bits], words))


def packed(flags: Array) -> Array:
    """One bit for each flag; their number is a multiple of 64."""
    return np.packbits(flags, bitorder="little").view(np.uint64)


def flagged(sets: Sequence[Array], words: int) -> Array:
    """Which of 64 * `words` keys lie in any of these sets of keys."""
    flags = np.zeros(words * 64, np.bool_)
    for keys in sets:
        flags[keys] = True
    return flags


def united(sets: Sequence[Array], words: int) -> Array:
    """Whoever lies in any of the sets (at least one)."""
    if len(sets) == 1:
        return sets[0]
    sparse = [each for each in sets if not is_dense(each)]
    dense = [each for each in sets if is_dense(each)]
    if not dense and sum(map(len, sparse)) <= (words // SORTED if line_store.HOLDS else words):
        return distinct(np.concatenate(sparse))
    if sparse:
        dense.append(_bits(sparse, words))
    found = dense[0].copy()
    for each in dense[1:]:
        np.bitwise_or(found, each, out=found)
    return found


def _bits(sets: Sequence[Array], words: int) -> Array:
    """A bit a key, of several sets of keys."""
    if not line_store.HOLDS:
        return packed(flagged(sets, words))
    from cubes.aggregates.bitmaps.set_kernels import set_bits

    found = np.zeros(words, np.uint64)
    for keys in sets:
        set_bits(found, keys)
    return found


def distinct(values: Array) -> Array:
    """The values in order, each once; faster than np.unique, which hashes."""
    ordered = np.sort(values)
    new = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered[new]


def both(bits: Array, mask: Array) -> Array:
    """Those of a set whose bit is set in `mask` (words)."""
    found: Array = bits & mask if is_dense(bits) else bits[holds(mask, bits)]
    return found


def held(bits: Array, keys: Array) -> Array:
    """Those of a few keys that a set holds."""
    if is_dense(bits):
        inside = holds(bits, keys)
    else:
        at = np.searchsorted(bits, keys)
        inside = at < len(bits)
        inside[inside] = bits[at[inside]] == keys[inside]
    found: Array = keys[inside]
    return found


def holds(words: Array, keys: Array) -> Array:
    """Whether the bit of each key is set (bool)."""
    found: Array = (words.view(np.uint8)[keys >> 3] >> (keys & 7).astype(np.uint8)) & 1
    return found.view(np.bool_)


@dataclass(frozen=True, slots=True)
class Marks:
    """Keys in ascending order, the first of them 0, between which the keys of sets are counted."""

    keys: Array
    word: Array
    below: Array
    apart: bool

    @classmethod
    def at(cls, keys: Array) -> Marks:
        word = keys >> 6
        below = (np.uint64(1) << (keys & 63).astype(np.uint64)) - np.uint64(1)
        return cls(keys, word, below, bool((np.diff(word) > 0).all()))

    def counts(self, bits: Array) -> Array:
        """How many keys of a set lie from each mark to before the next, or the end (int64)."""
        if not is_dense(bits):
            return np.diff(np.append(np.searchsorted(bits, self.keys), len(bits)))
        if line_store.HOLDS:
            from cubes.aggregates.bitmaps.set_kernels import ones_between

            counted = np.zeros(len(self.keys), np.int64)
            ones_between(bits, self.keys, np.zeros(1, np.uint64), counted)
            return counted
        each = np.bitwise_count(bits)
        if self.apart:
            found: Array = np.add.reduceat(each, self.word, dtype=np.int64)
            low = np.bitwise_count(bits[self.word] & self.below)
            found -= low
            found[:-1] += low[1:]
            return found
        upto = np.cumsum(each, dtype=np.int64)
        start = upto[self.word] - each[self.word] + np.bitwise_count(bits[self.word] & self.below)
        return np.diff(np.append(start, upto[-1]))


def encoded(keys: Array) -> bytes:
    """Sorted distinct keys as stored: whichever is smallest of bits, gaps of a byte, and the keys themselves.

    A gap byte below 255 is a key so many places (and one) after the last; 255 is as many places without a key.
    """
    gaps = keys.copy()
    gaps[1:] -= keys[:-1] + 1
    at = np.flatnonzero(gaps >= LONG_GAP)
    long = gaps[at] // LONG_GAP
    end = len(keys) + int(long.sum())
    top = int(keys[-1]) // 8 + 1 if len(keys) else 0
    if top <= min(end, 4 * len(keys)):
        flags = np.zeros(top * 8, np.bool_)
        flags[keys] = True
        return DENSE + np.packbits(flags, bitorder="little").tobytes()
    if 4 * len(keys) <= end:
        return KEYS + keys.astype("<i4").tobytes()
    gaps[at] -= long * LONG_GAP
    stored = gaps.astype(np.uint8)
    if len(at):
        stored = np.insert(stored, np.repeat(at, long), LONG_GAP)
    return GAPS + stored.tobytes()


def written(bits: Array) -> bytes:
    """A set however it is held, as stored."""
    if is_dense(bits) and size(bits) > 8 * len(bits):
        return DENSE + bits.tobytes().rstrip(b"\0")
    return encoded(as_keys(bits))


def among(stored: bytes | bytearray, keys: Array) -> Array:
    """Which keys lie in a stored set (bool); quicker than by all of its keys."""
    kind, body = bytes(stored[:1]), np.frombuffer(memoryview(stored)[1:], np.uint8)
    if kind == DENSE:
        inside = keys < len(body) * 8
        inside[inside] = holds(body, keys[inside])
        return inside
    own = body.view("<i4") if kind == KEYS else _from_gaps(body)
    at = np.searchsorted(own, keys)
    at[at == len(own)] = 0
    found: Array = own[at] == keys if len(own) else np.zeros(len(keys), np.bool_)
    return found


def decoded(stored: bytes | bytearray, words: int) -> Array:
    """What `encoded` stored: as keys where they take less than half of `words` words, which unite faster."""
    kind, body = bytes(stored[:1]), memoryview(stored)[1:]
    if kind == DENSE:
        found = np.zeros(words, np.uint64)
        found.view(np.uint8)[: len(body)] = np.frombuffer(body, np.uint8)
        return found
    keys = np.frombuffer(body, "<i4").copy() if kind == KEYS else _from_gaps(np.frombuffer(body, np.uint8))
    return keys if len(keys) < words * KEYS_A_WORD else as_words(keys, words)


def _from_gaps(stored: Array) -> Array:
    is_key = stored < LONG_GAP
    found: Array = np.cumsum(stored + is_key.view(np.uint8), dtype=np.int32)
    found -= 1
    return found if is_key.all() else found[is_key]
