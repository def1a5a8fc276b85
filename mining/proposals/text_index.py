"""Texts that are found by a text that is like them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mining.proposals.letter_grams import Keys, Postings, letter_keys, postings
from mining.proposals.text_weights import rarity

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TextIndex:
    """What the texts hold; how alike another one is, is weighed by these texts."""

    held: Postings

    @cached_property
    def _read(self) -> tuple[Keys, npt.NDArray[np.int64], npt.NDArray[np.int32], Numbers, Numbers]:
        """Grams, where their entries start, the texts of entries, their weights (texts of length 1), rarity."""
        table = self.held.table
        holding = np.diff(table.indptr)
        rare = rarity(table.shape[0], holding)
        values = (1 + np.log(table.data)) * np.repeat(rare, holding)
        length = np.sqrt(np.bincount(table.indices, weights=values**2, minlength=table.shape[0]))
        return self.held.grams, table.indptr, table.indices, values / length[table.indices], rare

    def likeness(self, text: str) -> Numbers:
        """The cosine, 0 to 1, of each of the texts to this one."""
        grams, starts, of, weights, rare = self._read
        asked, counts = np.unique(letter_keys([text])[0], return_counts=True)
        at = np.searchsorted(grams, asked)
        known = at < len(grams)
        known[known] = grams[at[known]] == asked[known]
        new = float(rarity(self.held.texts, np.zeros(1, dtype=np.int64))[0])
        values = (1 + np.log(counts)) * np.array(
            [rare[gram] if is_there else new for gram, is_there in zip(at, known, strict=True)]
        )
        found = np.zeros(self.held.texts)
        for gram, value in zip(at[known], values[known], strict=True):
            part = slice(starts[gram], starts[gram + 1])
            found[of[part]] += value * weights[part]
        length = float(np.sqrt((values**2).sum()))
        return np.minimum(found / length, 1.0) if length else found

    def with_texts(self, texts: Sequence[str]) -> TextIndex:
        """These texts, then the others: as if all had been read at once."""
        return TextIndex(self.held.followed_by(postings(texts)))


def text_index(texts: Sequence[str]) -> TextIndex:
    """The texts as they may be looked for, in this order."""
    return TextIndex(postings(texts))
