"""Customers by all that they may be looked up by, in memory: numbers of any source, e-mail, phone, words of names.

Made of one snapshot as one policy shows it: who is outside of one's rows is not in it, nor is what is masked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import polars as pl

from data.identity.lexicon import calling_codes
from data.model.canonical_tables import UNKNOWN
from data.review.name_sounds import latin
from data.review.word_index import BEGINS, SLIPS, SOUNDS, WordIndex, span
from data.store.warehouse import Warehouse

SHORTEST, SHORTEST_PHONE = 2, 5
MOST_WORDS = 6
OF_ONE_WORD, OF_SEVERAL = 20_000, 200_000  # customers of a word who are looked at
SORTED = 2_000
NUMBER, EMAIL, PHONE, NAME = "number", "e-mail", "phone", "name"
SLIPS_ANYWHERE = SLIPS + 1
SPELT = {BEGINS: "", SOUNDS: "sounds alike", SLIPS: "spelt alike", SLIPS_ANYWHERE: "spelt alike"}
CODES = "|".join(sorted({code for _, code in calling_codes()}, key=lambda code: (-len(code), code)))
SHOWN = f"""SELECT customer_code AS code, arg_max(id, valid_to) AS id, arg_max(name, valid_to) AS name,
    nullif(arg_max(city, valid_to), '{UNKNOWN}') AS city
FROM customer WHERE customer_code > 0 AND id <> '{UNKNOWN}' GROUP BY customer_code ORDER BY customer_code"""
NUMBERS = """SELECT DISTINCT code, lower(id) AS key FROM (
    SELECT customer_code AS code, id FROM customer_identity UNION ALL SELECT customer_code, id FROM customer)
WHERE code > 0"""
TOLD = """SELECT DISTINCT customer_code AS code, {column} AS {name} FROM customer_record
JOIN customer_identity USING (identity_key) WHERE customer_code > 0 AND {column} IS NOT NULL"""
NAMES = f"""{TOLD.format(column="name", name="name")}
UNION SELECT customer_code, name FROM customer WHERE customer_code > 0"""


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """A customer who was looked up: `by` says by what they were found, `spelt` how that differs from what was typed;
    `city` tells apart those of one name (null where none is known)."""

    code: int
    id: str
    name: str
    by: str
    spelt: str = ""
    city: str | None = None


@dataclass(slots=True)
class Hits:
    """Customers by code, as they are found: by what first, and how it is spelt."""

    hits: dict[int, tuple[str, str]] = field(default_factory=dict)

    def add(self, codes: np.ndarray, by: str, spelt: str = "") -> None:
        for code in codes.tolist():
            self.hits.setdefault(code, (by, spelt))


Way = Callable[[str, int, Hits], None]


@dataclass(frozen=True, slots=True, eq=False)
class KeyIndex:
    """Texts, ascending, and whose each is."""

    keys: pl.Series
    codes: np.ndarray

    @classmethod
    def of(cls, told: pl.DataFrame) -> KeyIndex:
        """Of rows `code`, `key`."""
        found = told.filter(pl.col("key") != "").unique().sort("key", "code")
        return cls(found["key"], found["code"].cast(pl.Int32).to_numpy())

    def begins(self, text: str, most: int) -> np.ndarray:
        """Whose keys begin so; the very text comes first."""
        first, past = span(self.keys, text)
        return self.codes[first : min(past, first + most)]

    def exactly(self, text: str) -> np.ndarray:
        return self.codes[slice(*span(self.keys, text, may_go_on=False))]


@dataclass(frozen=True, slots=True, eq=False)
class CustomerIndex:
    """`codes` of all customers, ascending, with the number, name (of so many `lengths`) and city that cubes show; and
    by what each is found."""

    codes: np.ndarray
    ids: pl.Series
    names: pl.Series
    lengths: np.ndarray
    cities: pl.Series
    numbers: KeyIndex
    emails: KeyIndex
    phones: KeyIndex
    words: WordIndex

    @classmethod
    def of(cls, warehouse: Warehouse) -> CustomerIndex:
        """Of all customers whom a warehouse shows."""
        shown, read = warehouse.frame(SHOWN), warehouse.frame
        numbers = read(NUMBERS)
        tails = numbers.select("code", key=pl.col("key").str.extract(r"^\D*0*(\d+)$"))
        mails = read(TOLD.format(column="email", name="key")).with_columns(
            pl.col("key").str.to_lowercase().str.strip_chars()
        )
        most = int(shown["code"].max() or 0)  # type: ignore[arg-type]
        return cls(
            shown["code"].to_numpy(),
            shown["id"],
            shown["name"],
            shown["name"].str.len_chars().to_numpy(),
            shown["city"],
            KeyIndex.of(pl.concat([numbers, tails]).drop_nulls()),
            KeyIndex.of(mails),
            KeyIndex.of(_called(read(TOLD.format(column="phone", name="phone")))),
            WordIndex.of(read(NAMES).filter(pl.col("code") <= most), most),
        )

    @property
    def bytes(self) -> int:
        keys = (self.numbers, self.emails, self.phones)
        texts = (self.ids, self.names, self.cities, *(each.keys for each in keys))
        arrays = (self.codes, self.lengths, *(each.codes for each in keys))
        return (
            self.words.bytes
            + sum(int(each.estimated_size()) for each in texts)
            + sum(each.nbytes for each in arrays)
        )

    def find(self, text: str, most: int = 10) -> list[FoundCustomer]:
        """Whoever a text may mean, the likeliest first; one letter is a whole number or nobody."""
        plain, found = text.strip().lower(), Hits()
        found.add(self.numbers.exactly(plain), NUMBER)
        if len(plain) < SHORTEST:
            return self._told(found, most)
        found.add(self.numbers.begins(plain, most), NUMBER)
        if is_phone(plain):
            for each in ways_to_dial(plain):
                found.add(self.phones.begins(each, most), PHONE)
        for way in self._ways(plain):
            if len(found.hits) < most:
                way(plain, most, found)
        for how in (SLIPS, SLIPS_ANYWHERE):  # where nobody is called as it is written
            if not found.hits:
                self._by_name(how, plain, most, found)
        return self._told(found, most)

    def _ways(self, plain: str) -> list[Way]:
        """By e-mail first where a text looks like one."""
        written, sounding = (partial(self._by_name, how) for how in (BEGINS, SOUNDS))
        ways: list[Way] = [written, self._by_email, sounding]
        return [ways[1], ways[0], ways[2]] if set(plain) & set("@._0123456789") else ways

    def _by_email(self, plain: str, most: int, found: Hits) -> None:
        found.add(self.emails.begins(plain, most), EMAIL)

    def _by_name(self, how: int, plain: str, most: int, found: Hits) -> None:
        """Customers who bear all the words, each as it is written, else as it sounds, else with slips."""
        typed = latin(plain).split()[:MOST_WORDS]
        if "@" in plain or not any(map(str.isalpha, plain)):
            return
        places = [self._meant(how, word, at == len(typed)) for at, word in enumerate(typed, 1)]
        found.add(self._nearest(self._bearing(places), most), NAME, SPELT[how])

    def with_phone(self, phone: str, most: int = 10) -> list[FoundCustomer]:
        """Whoever has this phone, however it is written, with or without the country's code."""
        found = Hits()
        for ways in (ways_to_dial(phone), _without_any_code(phone)):
            for way in ways if not found.hits else ():
                found.add(self.phones.exactly(way), PHONE)
        return self._told(found, most)

    def _meant(self, how: int, word: str, may_go_on: bool) -> np.ndarray:
        """The words that a typed one may mean; a slip is sought in one that nobody bears as it is written or sounds, or
        else in all."""
        found = [self.words.meant(word, each, may_go_on) for each in range(min(how, SOUNDS) + 1)]
        if how == SLIPS_ANYWHERE or (how == SLIPS and not any(map(len, found))):
            found.append(self.words.meant(word, SLIPS, may_go_on))
        return np.concatenate(found)

    def _bearing(self, places: list[np.ndarray]) -> np.ndarray:
        """Whoever bears one of each of these words, ascending."""
        if not places or not all(map(len, places)):
            return np.arange(0)
        fewest = min(places, key=self.words.many)
        codes = self.words.bearers(fewest, OF_ONE_WORD if len(places) == 1 else OF_SEVERAL)
        for each in places:
            if each is not fewest and len(codes):
                codes = codes[self.words.bear(codes, each)]
        return codes

    def _nearest(self, codes: np.ndarray, most: int) -> np.ndarray:
        """Those of the shortest names, in alphabetical order where these are as long."""
        at = np.searchsorted(self.codes, codes)
        lengths = self.lengths[at]
        if len(at) > most:
            near = lengths <= np.partition(lengths, most - 1)[most - 1]
            at, lengths = at[near][:SORTED], lengths[near][:SORTED]
        named = zip(lengths.tolist(), self.names.gather(at).to_list(), self.codes[at].tolist(), strict=True)
        return np.array([code for *_, code in sorted(named)[:most]], dtype=np.int32)

    def _told(self, found: Hits, most: int) -> list[FoundCustomer]:
        told = []
        for code, (by, spelt) in list(found.hits.items())[:most]:
            at = int(np.searchsorted(self.codes, code))
            if at < len(self.codes) and self.codes[at] == code:
                told.append(FoundCustomer(code, self.ids[at], self.names[at], by, spelt, self.cities[at]))
        return told


def is_phone(text: str) -> bool:
    """Whether a text may be a phone: digits and what stands between them."""
    return sum(map(str.isdigit, text)) >= SHORTEST_PHONE and not any(
        each.isalpha() or each == "@" for each in text
    )


def ways_to_dial(phone: str) -> tuple[str, ...]:
    """The digits of a phone as it may be kept: with the country's code, without it, without the zero before it.

    >>> ways_to_dial("+39 (0)574 12-34")
    ('395741234', '5741234')
    """
    frame = pl.DataFrame({"code": [0], "phone": [phone]})
    return tuple(dict.fromkeys(_called(frame)["key"]))


def _without_any_code(phone: str) -> tuple[str, ...]:
    """The same where a telephone system says the country's code and no plus."""
    digits = "".join(each for each in phone if each.isdigit())
    codes = {code for _, code in calling_codes()}
    rest = (digits[len(code):] for code in codes if digits.startswith(code))  # fmt: skip
    return tuple(way for each in rest if len(each) > SHORTEST_PHONE for way in (each, each.lstrip("0")))


def _called(told: pl.DataFrame) -> pl.DataFrame:
    """Rows `code`, `key`: each phone by the ways to dial it."""
    dialled = pl.col("phone").str.replace_all("(0)", "", literal=True).str.replace_all(r"[^\d+]", "")
    whole = (
        told.select("code", dialled.alias("phone"))
        .with_columns(
            abroad=pl.col("phone").str.contains(r"^(\+|00)"),
            digits=pl.col("phone").str.replace(r"^(\+|00)", ""),
        )
        .with_columns(pl.col("digits").str.replace_all("+", "", literal=True))
    )
    own = pl.when("abroad").then(pl.col("digits").str.replace(f"^({CODES})", "")).otherwise("digits")
    keys = [pl.col("digits"), own, own.str.strip_chars_start("0")]
    every = pl.concat([whole.select("code", key=each) for each in keys])
    return every.filter(pl.col("key").str.len_bytes() >= SHORTEST_PHONE)
