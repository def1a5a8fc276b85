"""Files that belong together: by which column the rows of one are found in another."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path

import polars as pl

from data.load.evidence import header_words, leading_zeros
from data.load.evidence.row_sample import RowSample
from data.load.proposal.column_assignment import score
from data.load.proposal.subject_of_file import About

UNIQUE = 0.97
DIGITS = "0123456789"
SHARED = 0.5
KEYS = frozenset(
    ["id", "number", "no", "nr", "code", "key", "codice", "nummer", "numero", "codigo", "код", "номер", "kod"]
)
NAMES = frozenset(
    [
        "name",
        "title",
        "description",
        "nome",
        "descrizione",
        "bezeichnung",
        "nom",
        "libelle",
        "nombre",
        "descripcion",
        "наименование",
        "название",
        "naam",
        "nazwa",
    ]
)
MEMBERS = ("order", "customer", "product", "channel", "partner", "campaign")


@dataclass(frozen=True)
class BroughtFile:
    """A file that was brought: some of its rows, and what it may be about."""

    path: Path
    sample: RowSample
    about: Sequence[About]

    @property
    def best(self) -> About | None:
        return self.about[0] if self.about else None

    def as_subject(self, subject: str) -> About | None:
        return next((each for each in self.about if each.subject == subject), None)


@dataclass(frozen=True)
class JoinKey:
    """`on` is the column of the rows, `to` the column of the other file that has one row for each of its values, both
    filled to `pad` digits where one of them has lost its leading zeros."""

    on: str
    to: str
    pad: int | None = None


def key(rows: RowSample, other: BroughtFile) -> JoinKey | None:
    """How the rows of a file are found in another; None if nothing tells."""
    rated = []
    for to, theirs in other.sample.texts.items():
        if not _is_unique(theirs):
            continue
        for on, ours in rows.texts.items():
            alike = _alike(on, to, other.path)
            shared = _shared(ours, theirs, rows.is_whole and other.sample.is_whole) if alike else 0.0
            pad = _lost_zeros(ours, theirs) if alike and not shared else None
            if shared or pad:
                rated.append((alike, shared, JoinKey(on, to, pad)))
    rated.sort(key=lambda each: (-each[0], -each[1]))
    return rated[0][2] if rated else None


def _lost_zeros(ours: pl.Series, theirs: pl.Series) -> int | None:
    """The digits of numbers that are found only once leading zeros are set aside; None where that finds none."""
    found = leading_zeros.lost(*(each.drop_nulls().unique().to_list() for each in (ours, theirs)))
    return found.digits if found else None


def _is_unique(texts: pl.Series) -> bool:
    filled = texts.drop_nulls()
    return bool(len(filled)) and filled.n_unique() >= UNIQUE * len(texts)


def _alike(on: str, to: str, path: Path) -> float:
    """How alike two columns are called: the same, the file's own number, or the number of the same thing."""
    ours, theirs, stem = (
        header_words.header(on).replace(" ", ""),
        header_words.header(to).replace(" ", ""),
        singular(path.stem),
    )
    if ours == theirs and ours not in KEYS | NAMES:
        return 3.0
    if (
        stem
        and theirs in KEYS | {f"{stem}{each}" for each in KEYS}
        and ours in {stem, *(f"{stem}{each}" for each in KEYS)}
    ):
        return 2.0
    both = (min(score("order_lines", field, on), _member(field, to)) for field in MEMBERS)
    return max(both, default=0.0)


def _member(field: str, column: str) -> float:
    lists = {"customer": "customers", "product": "products", "channel": "channels"}
    return max(
        score("order_lines", field, column), score(lists[field], field, column) if field in lists else 0.0
    )


def _shared(ours: pl.Series, theirs: pl.Series, whole: bool) -> float:
    """The share of values that are found; less is asked where both are but the beginnings of their files."""
    values = ours.drop_nulls().unique()
    if not len(values):
        return 0.0
    share = float(values.is_in(theirs.drop_nulls().unique().implode()).mean() or 0)  # type: ignore[arg-type]
    return share if share >= (SHARED if whole else 1e-9) else 0.0


def singular(stem: str) -> str:
    """What one row of a file of that name is.

    >>> singular("Categories"), singular("order-details_2024"), singular("clienti")
    ('category', 'orderdetail', 'clienti')
    """
    plain = "".join(re.findall(r"[^\W\d_]+", header_words.plain(stem)))
    for prefix in ("olist", "dim", "fact", "tbl", "dbo", "export"):
        plain = plain.removeprefix(prefix)
    plain = plain.removesuffix("dataset")
    if plain.endswith("ies"):
        return f"{plain[:-3]}y"
    return plain[:-1] if plain.endswith("s") and not plain.endswith("ss") else plain


def named(column: str, path: Path) -> str:
    """What a column of a look-up is about: its name, or that of its file where it says nothing by itself."""
    said = header_words.header(column)
    return singular(path.stem) if said in NAMES else column


def pattern(names: Sequence[str], others: Iterable[str]) -> str | None:
    """What these names and none of the others are called like, as a mapping says it; a single name is itself.

    >>> pattern(["a1.csv", "a2.csv"], ["b.csv"]), pattern(["2024-01.csv", "2024-02.csv"], [])
    ('a*.csv', '2024-*.csv')
    >>> pattern(["jan.csv", "feb.csv"], ["customers.csv"]), pattern(["a.csv", "b.csv"], ["ab.csv", "c.csv"])
    ('[fj]*.csv', None)
    """
    if len(names) == 1:
        return names[0]
    before = _beginning(names)
    behind = _beginning([name[len(before) :][::-1] for name in names])[::-1]
    initials = "".join(sorted({name[0] for name in names}))
    tries = [
        f"{glob.escape(before.rstrip(DIGITS))}*{glob.escape(behind.lstrip(DIGITS))}",
        f"{glob.escape(before)}*{glob.escape(behind)}",
        *([f"[{initials}]*{glob.escape(behind)}"] if initials.isalnum() else []),
    ]
    others = list(others)
    return next((each for each in tries if _tells(each, names, others)), None)


def _beginning(names: Sequence[str]) -> str:
    """The letters that all names begin with."""
    same = takewhile(lambda each: len(set(each)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in same)


def _tells(wanted: str, names: Sequence[str], others: Sequence[str]) -> bool:
    """Whether a pattern is true of all names and of none of the others."""
    return all(fnmatchcase(name, wanted) for name in names) and not any(
        fnmatchcase(name, wanted) for name in others
    )
