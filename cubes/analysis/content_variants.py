"""Which variant of what a campaign sends each customer gets: exactly one, the first that fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from cubes import catalogue
from cubes.analysis.customers_on_day import customers_on_day
from cubes.ask.resolve_conditions import scope_of
from cubes.cells.scope import Filter
from cubes.model import Cube, Level
from cubes.query import Query, parse_cut
from data.campaigns import audience_rows
from data.errors import BadRequest, did_you_mean
from data.model.canonical_tables import CUSTOMER, UNKNOWN
from data.operational.campaign_contents import CampaignContent, ContentVariant, LanguageSource
from data.store.warehouse import Warehouse

MEASURE, CUBE = "customers_in_stage", "stages"
NO_ARMS = pl.DataFrame(schema={"customer": pl.Int32, "arm": pl.String})
COVERAGE = {
    "variant": pl.String, "customers": pl.Int64, "share": pl.Float64, "by_default": pl.Int64, "fit": pl.Int64,
    "fit_others": pl.Int64, "valid_from": pl.Date, "valid_to": pl.Date,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class VariantVerdict:
    """Whether a variant fits a customer, and what it asks for: what of that is met, and what is not."""

    variant: str
    fits: bool
    asked: tuple[tuple[str, bool], ...]


def variant_of(
    warehouse: Warehouse,
    content: CampaignContent,
    customers: np.ndarray,
    day: date,
    arms: pl.DataFrame = NO_ARMS,
) -> pl.DataFrame:
    """What each customer (codes) gets on a day: `customer`, in the order given, `variant`, and how many variants are
    `fitting`, that for everybody among them.

    Customers are described as they were at the day's end; `arms` has `customer` and `arm`, empty before any is drawn.
    Raises BadRequest for cuts that cannot be read.
    """
    fits = _fits(warehouse, content, customers, day, arms)
    names = np.array([each.name for each in content.variants], dtype=object)
    chosen = names[fits.argmax(axis=0)] if len(names) else np.full(len(customers), None, dtype=object)
    return pl.DataFrame(
        {
            "customer": pl.Series(customers, dtype=pl.Int32),
            "variant": pl.Series(chosen, dtype=pl.String),
            "fitting": pl.Series(fits.sum(axis=0), dtype=pl.Int32),
        }
    )


def coverage(
    warehouse: Warehouse,
    content: CampaignContent,
    customers: np.ndarray,
    day: date,
    arms: pl.DataFrame = NO_ARMS,
) -> pl.DataFrame:
    """How customers are spread over the variants on a day, in their order: `variant`; `customers` who get it, their
    `share` of all, of whom `by_default` because nothing else fits; how many it would `fit`, and how many of those who
    get it `fit_others` too but for the one for everybody; `valid_from`, `valid_to`.

    The customers of all variants add up to those given, each once. Raises BadRequest.
    """
    fits = _fits(warehouse, content, customers, day, arms)
    own = np.array([not each.is_default for each in content.variants], dtype=bool)
    special = fits[own].sum(axis=0)
    chosen = fits.argmax(axis=0) if len(content.variants) else np.zeros(0, dtype=int)
    rows = []
    for at, each in enumerate(content.variants):
        mine = chosen == at
        got = int(mine.sum())
        by_default = got if each.is_default else 0
        others = int((mine & (special > 1)).sum()) if own[at] else 0
        share = got / len(customers) if len(customers) else 0.0
        rows.append(
            (each.name, got, share, by_default, int(fits[at].sum()), others, each.valid_from, each.valid_to)
        )
    return pl.DataFrame(rows, schema=COVERAGE, orient="row")


def verdicts(
    warehouse: Warehouse, content: CampaignContent, customer: int, day: date, arm: str = ""
) -> tuple[VariantVerdict, ...]:
    """Of each variant in order whether it fits one customer (code), and by what. Raises BadRequest."""
    reading = _Reading(warehouse, content.languages, np.array([customer], dtype=np.int32), day,
                       pl.DataFrame({"customer": [customer], "arm": [arm]}, schema=NO_ARMS.schema))  # fmt: skip
    found = []
    for each in content.variants:
        asked = tuple((words, bool(met[0])) for words, met in reading.asked(each))
        found.append(VariantVerdict(each.name, all(met for _, met in asked), asked))
    return tuple(found)


def check_variants(warehouse: Warehouse, content: CampaignContent, day: date) -> None:
    """Raises BadRequest, naming the variant, for cuts that do not describe customers or name what there is not."""
    variant_of(warehouse, content, np.zeros(0, dtype=np.int32), day)


def language_levels(warehouse: Warehouse) -> tuple[str, ...]:
    """The levels that may tell a customer's language."""
    return tuple(each.name for each in _levels(warehouse).values() if not each.is_customer)


def languages_by_member(warehouse: Warehouse, source: LanguageSource) -> dict[int, str]:
    """The language of each member (code) of the level that tells it, "" where that is not known. Raises BadRequest."""
    _level(_levels(warehouse), source.level)
    table = {member.casefold(): language for member, language in source.table}
    rows = warehouse.rows("SELECT code, id, label FROM member WHERE level = ?", [source.level])

    def told(id: str, label: str) -> str:
        return "" if label == UNKNOWN else table.get(label.casefold(), table.get(id.casefold(), label))

    return {code: told(id, label) for code, id, label in rows}


def _fits(
    warehouse: Warehouse, content: CampaignContent, customers: np.ndarray, day: date, arms: pl.DataFrame
) -> np.ndarray:
    """Whether each variant (row) fits each customer (column)."""
    reading = _Reading(warehouse, content.languages, customers, day, arms)
    fits = np.ones((len(content.variants), len(customers)), dtype=bool)
    for at, each in enumerate(content.variants):
        try:
            for _, met in reading.asked(each):
                fits[at] &= met
        except BadRequest as error:
            raise BadRequest(f"“{each.name}”: {error.problem}", error.remedy) from None
    return fits


class _Reading:
    """The customers of one choice, whose descriptions are read once for all variants."""

    def __init__(
        self,
        warehouse: Warehouse,
        source: LanguageSource,
        customers: np.ndarray,
        day: date,
        arms: pl.DataFrame,
    ) -> None:
        self.warehouse, self.source, self.customers, self.day, self.arms = (
            warehouse, source, customers, day, arms,
        )  # fmt: skip
        self.levels = _levels(warehouse)
        self._columns: dict[str, np.ndarray] = {}

    def asked(self, variant: ContentVariant) -> Iterator[tuple[str, np.ndarray]]:
        """What a variant asks for, in words, and which customers meet it."""
        if variant.valid_from or variant.valid_to:
            yield _days_words(variant), np.full(len(self.customers), variant.is_valid(self.day))
        for text in variant.cuts:
            yield text, self._meets(text)
        if variant.audience:
            yield "in the audience", np.isin(self.customers, self._members(variant.audience))
        if variant.arm:
            arms = self.arms.filter(pl.col("arm").str.to_lowercase() == variant.arm.lower())
            yield f"in the arm {variant.arm}", np.isin(self.customers, arms["customer"].to_numpy())
        if variant.language:
            yield f"reads “{variant.language}”", self._reads(variant.language)

    def _members(self, audience: str) -> np.ndarray:
        """Who stands in an audience. Raises BadRequest where nobody was written: that is not an audience of nobody."""
        if audience_rows.written(self.warehouse.rows, audience) is None:
            raise BadRequest(
                "The audience that it is for is not in the warehouse yet.",
                "Wait for the next publication, or choose another.",
            )
        return audience_rows.members(self.warehouse.arrays, audience)

    def _meets(self, text: str) -> np.ndarray:
        """Who meets a cut on what describes customers."""
        cut = parse_cut(text)
        _level(self.levels, cut.level)
        cube = _cube(self.warehouse)
        query = Query((MEASURE,), cuts=(cut,), cube=CUBE, as_of=self.day.isoformat())
        met = np.ones(len(self.customers), dtype=bool)
        for kept in scope_of(self.warehouse, cube, query).filters:
            met &= self._kept(kept)
        return met

    def _kept(self, kept: Filter) -> np.ndarray:
        codes = np.array(kept.codes, dtype=np.int32)
        return np.isin(self._column(kept.level), codes, invert=kept.exclude)

    def _reads(self, language: str) -> np.ndarray:
        told = languages_by_member(self.warehouse, self.source)
        codes = [code for code, each in told.items() if each.casefold() == language.casefold()]
        return np.isin(self._column(self.source.level), np.array(codes, dtype=np.int32))

    def _column(self, level: str) -> np.ndarray:
        """The code of the member of a level that each customer belongs to; 0 where nothing is known."""
        if self.levels[level].is_customer:
            return self.customers
        if level not in self._columns:
            column = self.levels[level].column
            found = customers_on_day(self.warehouse, self.customers, [f"{column} AS told"], self.day)
            self._columns[level] = found["told"].fill_null(0).to_numpy()
        return self._columns[level]


def _cube(warehouse: Warehouse) -> Cube:
    return catalogue.load(CUBE, warehouse.profile)


def _levels(warehouse: Warehouse) -> Mapping[str, Level]:
    return {each.name: each for each in _cube(warehouse).dimension(CUSTOMER.name).levels}


def _level(levels: Mapping[str, Level], name: str) -> Level:
    if name not in levels:
        raise BadRequest(
            f"{name!r} does not describe customers.",
            f"{did_you_mean(name, levels)} For anything else make an audience, and name that.",
        )
    return levels[name]


def _days_words(variant: ContentVariant) -> str:
    since = f"from {variant.valid_from}" if variant.valid_from else ""
    until = f"to {variant.valid_to}" if variant.valid_to else ""
    return f"valid {since} {until}".replace("  ", " ").strip()
