"""Words of names by how they begin, how they sound and by typing slips, each with the customers who are called so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from data.review.name_sounds import latin, sound

LAST = "\U0010ffff"  # sorts behind every text
WORD = r"[\p{L}\p{M}\p{N}'’ʼ]+"
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
LETTERS = ALPHABET + "0123456789"
TWICE = len(LETTERS)
BEGINS, SOUNDS, SLIPS = range(3)
SHORTEST_SOUND = 4


def slips_allowed(word: str) -> int:
    """How many letters may be wrong, missing, too many or turned around: none in short words and in numbers.

    >>> [slips_allowed(each) for each in ("ros", "rossi", "bianchi", "k1000")]
    [0, 1, 2, 0]
    """
    return (len(word) >= 4) + (len(word) >= 7) if word.isalpha() else 0


@dataclass(frozen=True, slots=True, eq=False)
class WordIndex:
    """Distinct `words`, ascending; who bears the word `w` is `codes[starts[w]:starts[w + 1]]`, ascending.

    `sounds` are what words sound like, ascending, of the words `sounding`. `letters` has bits for the letters of a
    word: every slip changes two of them at most. The words of a customer's code `c` are `own[owns[c]:owns[c + 1]]`.
    """

    words: pl.Series
    starts: np.ndarray
    codes: np.ndarray
    sounds: pl.Series
    sounding: np.ndarray
    letters: np.ndarray
    lengths: np.ndarray
    own: np.ndarray
    owns: np.ndarray

    @classmethod
    def of(cls, names: pl.DataFrame, most_code: int) -> WordIndex:
        """Of rows `code`, `name`."""
        said = (
            names.select("code", raw=pl.col("name").str.to_lowercase().str.extract_all(WORD))
            .explode("raw")
            .drop_nulls()
            .unique()
        )
        raw = said.select(pl.col("raw").unique())
        written = raw.with_columns(
            word=pl.Series([latin(each).split() for each in raw["raw"]], dtype=pl.List(pl.String))
        )
        borne = said.join(written.explode("word").drop_nulls(), on="raw").select("code", "word").unique()
        words = borne["word"].unique().sort()
        borne = borne.with_columns(at=words.search_sorted(borne["word"]).cast(pl.Int32)).sort("at", "code")
        at, codes = borne["at"].to_numpy(), borne["code"].cast(pl.Int32).to_numpy()
        by_code = np.lexsort((at, codes))
        sounding = pl.Series([sound(each) for each in words], dtype=pl.String)
        order = sounding.arg_sort().to_numpy()
        return cls(
            words,
            np.searchsorted(at, np.arange(len(words) + 1)),
            codes,
            sounding.gather(order),
            order,
            _letters(words),
            words.str.len_bytes().cast(pl.Int32).to_numpy(),
            at[by_code],
            np.searchsorted(codes[by_code], np.arange(most_code + 2)),
        )

    @property
    def bytes(self) -> int:
        arrays = (self.starts, self.codes, self.sounding, self.letters, self.lengths, self.own, self.owns)
        texts = (self.words, self.sounds)
        return sum(each.nbytes for each in arrays) + sum(int(each.estimated_size()) for each in texts)

    def meant(self, typed: str, how: int, may_go_on: bool) -> np.ndarray:
        """The places of the words that a typed one may mean, the likeliest first: as written (`BEGINS`; going on only
        where it may), by its sound, or with slips."""
        if how == SLIPS:
            return self._slipped(typed)
        if how == SOUNDS:
            said = sound(typed)
            return self.sounding[slice(*span(self.sounds, said, may_go_on and len(said) >= SHORTEST_SOUND))]
        return np.arange(*span(self.words, typed, may_go_on))

    def _slipped(self, typed: str) -> np.ndarray:
        """Words of as few slips as are allowed; the fewest first."""
        allowed = slips_allowed(typed)
        near = np.bitwise_count(self.letters ^ letters_of(typed)) <= 2 * allowed
        near &= np.abs(self.lengths - len(typed)) <= allowed
        places = np.flatnonzero(near) if allowed else np.arange(0)
        slips = cdist(
            [typed], self.words.gather(places).to_list(), scorer=OSA.distance, score_cutoff=allowed
        )[0]
        order = np.argsort(slips, kind="stable")
        found: np.ndarray = places[order[slips[order] <= allowed]]
        return found

    def bearers(self, places: np.ndarray, most: int) -> np.ndarray:
        """Who bears any of these words, ascending; of very many those of the first words."""
        many = np.cumsum(self.starts[places + 1] - self.starts[places])
        kept = places[: int(np.searchsorted(many, most)) + 1]
        parts = [self.codes[self.starts[each] : self.starts[each + 1]] for each in kept]
        return np.unique(np.concatenate(parts))[:most] if parts else np.arange(0, dtype=np.int32)

    def many(self, places: np.ndarray) -> int:
        """How many bear these words, who bears two of them counted twice."""
        return int((self.starts[places + 1] - self.starts[places]).sum())

    def bear(self, codes: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Of each of these customers, whether they bear any of these words."""
        wanted = np.zeros(len(self.words), dtype=bool)
        wanted[places] = True
        begins, ends = self.owns[codes], self.owns[codes + 1]
        held = np.concatenate([[0], np.cumsum(wanted[self.own[_spans(begins, ends)]])])
        cut = np.concatenate([[0], np.cumsum(ends - begins)])
        found: np.ndarray = held[cut[1:]] > held[cut[:-1]]
        return found


def span(ascending: pl.Series, text: str, may_go_on: bool = True) -> tuple[int, int]:
    """From where to where texts are this one, or begin so where they may go on."""
    first = int(ascending.search_sorted(text))
    past = ascending.search_sorted(text + LAST) if may_go_on else ascending.search_sorted(text, "right")
    return first, int(past)


def _spans(begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """All places from each begin to its end."""
    lengths = ends - begins
    shift = np.repeat(begins - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    found: np.ndarray = np.arange(int(lengths.sum())) + shift
    return found


def letters_of(word: str) -> np.uint64:
    """A bit for each of a to z and 0 to 9 that stands in a word, and one for each of a to z that stands there twice."""
    once = sum(1 << LETTERS.index(each) for each in set(word))
    twice = sum(
        1 << TWICE + LETTERS.index(each) for each in set(word) & set(ALPHABET) if word.count(each) > 1
    )
    return np.uint64(once | twice)


def _letters(words: pl.Series) -> np.ndarray:
    """The same of each word."""
    held = np.zeros(len(words), dtype=np.uint64)
    for letter in LETTERS:
        many = words.str.count_matches(letter, literal=True).to_numpy()
        held |= (many > 0).astype(np.uint64) * letters_of(letter)
        if letter in ALPHABET:
            held |= (many > 1).astype(np.uint64) * (letters_of(letter * 2) ^ letters_of(letter))
    return held
