"""Proposals that say the same: exact repeats first, then those whose letters are alike, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mining.proposals.letter_grams import postings
from mining.proposals.named_places import common_words, is_elsewhere, known_places, named_places
from mining.proposals.near_pairs import cosines, near_pairs
from mining.proposals.proposal_text import plain_text, same_letters
from mining.proposals.text_index import TextIndex, text_index
from mining.proposals.text_weights import text_weights

ALIKE = 0.6  # from when on two count as duplicates; how it was chosen is told in the decision on proposals compared
SHOWN = 0.25  # from when on one is worth a look while somebody writes
COMPARED = 1_000  # letters of a text that are compared
READ = 20_000  # proposals from which it is told which words are no names
TITLE_WORDS, TEXT_WORDS = 3, 8  # shorter ones are too common to be a repeat by themselves
PAIR_COLUMNS = ("first", "second", "score", "exact", "first_place", "second_place", "is_elsewhere")
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ProposalIndex:
    """Proposals as they may be looked for: `proposals` has `proposal`, `title`, `text`, `place`; a row each."""

    proposals: pl.DataFrame
    titles: TextIndex
    wholes: TextIndex
    repeats: dict[str, tuple[int, ...]]
    known: frozenset[str]

    def similar(
        self, title: str, text: str = "", k: int = 5, *, place: str | None = None, least: float = SHOWN
    ) -> pl.DataFrame:
        """The `k` nearest, exact repeats first: `proposal`, `score` (0 to 1), `exact` ("title", "text", "both" or
        null), `place` in words, `is_elsewhere` (null where one of the two names no place).

        The score is the cosine to the title or to title and text, whichever is higher, and 1 of an exact repeat. Fewer
        rows where fewer reach `least`.
        """
        score = np.maximum(
            self.titles.likeness(plain_text(title)), self.wholes.likeness(_compared(title, text))
        )
        exact = self._exact(title, text)
        score[list(exact)] = 1.0
        rows = np.argsort(-score, kind="stable")[: max(k, 0)]
        rows = rows[score[rows] >= least]
        found: pl.DataFrame = self.proposals[rows.tolist()]
        asked = pl.DataFrame([(title, text, place)], _schema("title", "text", "place"), orient="row")
        here, *theirs = named_places(
            pl.concat([asked, found.select(asked.columns)]), self.known, self._common
        )
        return found.select("proposal").with_columns(
            pl.Series("score", score[rows], pl.Float64),
            pl.Series("exact", [exact.get(int(row)) for row in rows], pl.String),
            pl.Series("place", [each.told for each in theirs], pl.String),
            pl.Series("is_elsewhere", [is_elsewhere(here, each) for each in theirs], pl.Boolean),
        )

    def added(self, more: pl.DataFrame) -> ProposalIndex:
        """With some more, as if all had been there from the start."""
        return ProposalIndex(
            pl.concat([self.proposals, _checked(more)]),
            self.titles.with_texts(_titles(more)),
            self.wholes.with_texts(_wholes(more)),
            _repeats(more, self.proposals.height, self.repeats),
            self.known | known_places(more["place"].to_list()),
        )

    @cached_property
    def _common(self) -> frozenset[str]:
        return common_words(_wholes(self.proposals))

    def _exact(self, title: str, text: str) -> dict[int, str]:
        by_title = self.repeats.get(f"title {same_letters(title)}", ())
        by_text = self.repeats.get(f"text {same_letters(text)}", ())
        found = {row: _exact_words(row in by_title, row in by_text) for row in sorted({*by_title, *by_text})}
        return {row: words for row, words in found.items() if words}


def proposal_index(proposals: pl.DataFrame, places: Iterable[str] = ()) -> ProposalIndex:
    """Of `proposal`, `title`, `text` and `place` (null where not told); HTML is taken out of the texts.

    `places` are names of places that texts may name, beside those of the column: cities of customers, say.
    """
    empty = ProposalIndex(
        _checked(proposals).clear(), text_index([]), text_index([]), {}, known_places(places)
    )
    return empty.added(proposals)


def exact_repeats(
    proposals: pl.DataFrame, column: str, folding: Callable[[str | None], str] = same_letters
) -> pl.DataFrame:
    """Rows whose `column` ("title" or "text") says what an earlier row's says: `proposal`, `repeats` (the first one).

    Empty ones repeat nothing. Rows are told in their order.
    """
    told = proposals.select(
        "proposal", key=pl.Series([folding(each) for each in proposals[column].to_list()])
    )
    first = pl.col("proposal").first().over("key")
    later = pl.int_range(pl.len()).over("key") > 0
    return told.with_columns(repeats=first).filter(later & (pl.col("key") != "")).drop("key")


def alike_pairs(proposals: pl.DataFrame, least: float = ALIKE, places: Iterable[str] = ()) -> pl.DataFrame:
    """Pairs of proposals that say nearly the same, the most alike first: PAIR_COLUMNS.

    `first` and `second` are proposals in order of rows; `score` the cosine, 0 to 1; `exact` says what they repeat word
    for word: "title", "text", "both" or null. A repeat is told once, beside the first that it repeats, and what is like
    a text that is there several times beside the first as well. Titles of under TITLE_WORDS and texts of under
    TEXT_WORDS words are no repeats by themselves. `is_elsewhere` is true where each names a place that the other does
    not, null where one names none. Raises BadRequest where too many are alike.
    """
    said = [_Said.of(title, text) for title, text in proposals.select("title", "text").iter_rows()]
    repeats, single = _stars([each.both for each in said])
    once = [said[row] for row in single]
    weights = text_weights(postings(_wholes(proposals[single])).table)
    near = np.column_stack(near_pairs(weights, least)[:2])
    by_title, by_text = (
        _stars([each.title_key for each in once])[0],
        _stars([each.text_key for each in once])[0],
    )
    others = np.unique(np.concatenate([near, by_title, by_text]), axis=0)
    pairs = np.concatenate([repeats, np.array(single, dtype=np.int64)[others]])
    score = np.concatenate([np.ones(len(repeats)), cosines(weights, others[:, 0], others[:, 1])])
    found = _with_places(proposals, pairs, known_places([*places, *proposals["place"].to_list()]))
    exact = [said[first].repeated(said[second]) for first, second in pairs.tolist()]
    return found.with_columns(
        pl.Series("score", score.clip(0, 1), pl.Float64), pl.Series("exact", exact, pl.String)
    ).sort("score", "first", "second", descending=[True, False, False]).select(PAIR_COLUMNS)  # fmt: skip


def duplicate_pairs(
    proposals: pl.DataFrame, least: float = ALIKE, places: Iterable[str] = ()
) -> pl.DataFrame:
    """The pairs of `alike_pairs` that are not about two places."""
    pairs = alike_pairs(proposals, least, places)
    return pairs.filter(~pl.col("is_elsewhere").fill_null(value=False))


def duplicate_groups(proposals: pl.Series, pairs: pl.DataFrame) -> pl.DataFrame:
    """Which proposals are one, where pairs of pairs count: `proposal`, `group` (its earliest proposal), all of them."""
    order = {each: at for at, each in enumerate(proposals.to_list())}
    ends = [
        np.array([order[each] for each in pairs[name].to_list()], dtype=np.int64)
        for name in ("first", "second")
    ]
    links = coo_array((np.ones(pairs.height), (ends[0], ends[1])), shape=(len(order), len(order)))
    _, labels = connected_components(links, directed=False)
    return pl.DataFrame({"proposal": proposals, "label": labels}).select(
        "proposal", group=pl.col("proposal").first().over("label")
    )


def _schema(*names: str) -> dict[str, type[pl.DataType]]:
    return dict.fromkeys(names, pl.String)


def _checked(proposals: pl.DataFrame) -> pl.DataFrame:
    return proposals.select(pl.col("proposal", "title", "text", "place").cast(pl.String))


def _titles(proposals: pl.DataFrame) -> list[str]:
    return [plain_text(each) for each in proposals["title"].to_list()]


def _wholes(proposals: pl.DataFrame) -> list[str]:
    return [_compared(title, text) for title, text in proposals.select("title", "text").iter_rows()]


def _compared(title: str | None, text: str | None) -> str:
    """What is compared of a proposal: its title, and how its text begins."""
    return f"{plain_text(title)} {plain_text(text)[:COMPARED]}"


def _repeats(
    proposals: pl.DataFrame, start: int, earlier: dict[str, tuple[int, ...]]
) -> dict[str, tuple[int, ...]]:
    """Rows by what they say word for word; of both at once where title and text are told."""
    found = {key: list(rows) for key, rows in earlier.items()}
    for at, (title, text) in enumerate(proposals.select("title", "text").iter_rows(), start):
        for key in (f"title {same_letters(title)}", f"text {same_letters(text)}"):
            if not key.endswith(" "):
                found.setdefault(key, []).append(at)
    return {key: tuple(rows) for key, rows in found.items()}


@dataclass(frozen=True)
class _Said:
    """A title and a text, word for word."""

    title: str
    text: str

    @classmethod
    def of(cls, title: str | None, text: str | None) -> _Said:
        return cls(same_letters(title), same_letters(text))

    @property
    def both(self) -> str:
        return f"{self.title}\n{self.text}"

    @property
    def title_key(self) -> str:
        return self.title if self.title.count(" ") + 1 >= TITLE_WORDS else ""

    @property
    def text_key(self) -> str:
        return self.text if self.text.count(" ") + 1 >= TEXT_WORDS else ""

    def repeated(self, other: _Said) -> str | None:
        return _exact_words(self.title == other.title != "", self.text == other.text != "")


def _exact_words(has_title: bool, has_text: bool) -> str | None:
    if has_title and has_text:
        return "both"
    return "title" if has_title else "text" if has_text else None


def _stars(keys: Sequence[str]) -> tuple[Rows, list[int]]:
    """Pairs of the first row of a key and each later one (n x 2), and the rows that are first of theirs; keys of
    nothing repeat nothing."""
    firsts: dict[str, int] = {}
    first = [firsts.setdefault(key, row) if key.strip() else row for row, key in enumerate(keys)]
    pairs = [(one, row) for row, one in enumerate(first) if one != row]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), [
        row for row, one in enumerate(first) if one == row
    ]


def _with_places(proposals: pl.DataFrame, pairs: Rows, known: frozenset[str]) -> pl.DataFrame:
    rows, at = np.unique(pairs, return_inverse=True)
    part: pl.DataFrame = proposals[rows.tolist()]
    read = pl.concat([proposals.head(READ), part]) if proposals.height > READ else proposals
    places = named_places(part, known, common_words(_wholes(read)))
    ends = [[places[each] for each in side] for side in at.reshape(pairs.shape).T]
    names = [proposals["proposal"].cast(pl.String).gather(side.tolist()) for side in pairs.T]
    return pl.DataFrame(
        {
            "first": names[0],
            "second": names[1],
            "first_place": pl.Series([each.told for each in ends[0]], dtype=pl.String),
            "second_place": pl.Series([each.told for each in ends[1]], dtype=pl.String),
            "is_elsewhere": pl.Series(list(map(is_elsewhere, *ends)), dtype=pl.Boolean),
        }
    )
