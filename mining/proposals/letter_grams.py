"""Texts as counts of what stands in them: five letters in a row, which needs no language; or words and pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array
from sklearn.feature_extraction.text import CountVectorizer

from data.model.bare_letters import bare

WINDOW, MOST_TEXTS, TEXT_BITS = 5, 1 << 24, np.uint64(24)
ALPHABETS = "abcdefghijklmnopqrstuvwxyz0123456789абвгдежзийклмнопрстуфхцчшщъыьэюяіґєαβγδεζηθικλμνξοπρστυφχψω"
Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Postings:
    """Which texts hold which gram: `places` (uint64, in order) are gram x MOST_TEXTS + text, `counts` how often."""

    texts: int
    places: Keys
    counts: npt.NDArray[np.float64]

    @property
    def table(self) -> csc_array:
        """Texts x grams that stand in any, in order of the grams; how often."""
        starts = _starts(self.places >> TEXT_BITS)
        of = (self.places & np.uint64(MOST_TEXTS - 1)).astype(np.int32)
        ends = np.r_[starts, len(self.places)]
        return csc_array((self.counts, of, ends), shape=(self.texts, len(starts)))

    @property
    def grams(self) -> Keys:
        """What the columns of the table stand for (`letter_keys`)."""
        return self.places[_starts(self.places >> TEXT_BITS)] >> TEXT_BITS

    def followed_by(self, others: Postings) -> Postings:
        """These texts, then the others."""
        places = others.places + np.uint64(self.texts)
        at = np.searchsorted(self.places, places)
        return Postings(
            self.texts + others.texts,
            np.insert(self.places, at, places),
            np.insert(self.counts, at, others.counts),
        )


def postings(texts: Sequence[str]) -> Postings:
    """Five letters in a row of each text."""
    keys, of = letter_keys(texts)
    both = np.sort((keys << TEXT_BITS) | of.astype(np.uint64))
    starts = _starts(both)
    return Postings(len(texts), both[starts], np.diff(np.r_[starts, len(both)]).astype(float))


def letter_keys(texts: Sequence[str]) -> tuple[Keys, npt.NDArray[np.int64]]:
    """Each five letters in a row as a number, and the text that it is of: across words, with a blank before the first
    and after the last; what is no letter and no digit is a blank, several one.

    Letters of other scripts than Latin, Cyrillic and Greek share numbers: two of their grams may be taken for one.
    """
    letters, of = _letters(texts)
    last = len(letters) - WINDOW + 1
    if last <= 0:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    whole = of[:last] == of[WINDOW - 1 :]
    keys = np.zeros(last, dtype=np.uint64)
    for at in range(WINDOW):
        keys = (keys << np.uint64(8)) | letters[at : last + at]
    return keys[whole], of[:last][whole]


def word_table(texts: Sequence[str]) -> csr_array:
    """Texts x words and pairs of words that stand in two texts at least, how often."""
    reader = CountVectorizer(ngram_range=(1, 2), min_df=2, preprocessor=bare, dtype=np.float64)
    return csr_array(reader.fit_transform(texts))


def _starts(ordered: Keys) -> npt.NDArray[np.int64]:
    """Where another value begins."""
    return np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)])


def _letters(texts: Sequence[str]) -> tuple[Keys, npt.NDArray[np.int64]]:
    """The bytes of all texts after one another, runs of blanks one blank, and the text of each."""
    whole = "".join(chain.from_iterable((" ", text, " ") for text in texts))
    codes = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    letters = _bytes_of_letters()[np.minimum(codes, 0xFFFF)]
    of = np.repeat(np.arange(len(texts)), [len(each) + 2 for each in texts])
    kept = np.r_[True, (letters[1:] != 0) | (letters[:-1] != 0) | (of[1:] != of[:-1])][: len(letters)]
    return letters[kept].astype(np.uint64), of[kept]


@cache
def _bytes_of_letters() -> npt.NDArray[np.uint8]:
    """The byte of each letter: 0 for what is none, one of its own for those of ALPHABETS, a shared one for others."""
    own = {letter: at + 1 for at, letter in enumerate(ALPHABETS)}
    shared = 255 - len(own)
    found = np.zeros(0x10000, dtype=np.uint8)
    for code in range(0x10000):
        letter = bare(chr(code)) if chr(code).isalnum() else ""
        if letter:
            found[code] = own.get(letter) or 1 + len(own) + code % shared
    return found
