"""What a campaign sends, in words and as figures take it: for whom each variant is, and how customers are spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from cubes.model import Cube
from cubes.query import parse_cut
from data.errors import BadRequest
from data.operational.campaign_contents import CampaignContent, ContentVariant, days_of_default_alone
from pages.ui.cut_chips import words
from pages.ui.style.formats import count_text, number_text, share_text

EVERYBODY = "Everybody whom no other variant fits"
FIRST_LETTERS = 90
TABLE = {
    "variant": pl.String, "customers": pl.Int64, "share": pl.Float64, "by_default": pl.Int64, "would_fit": pl.Int64,
    "also_fit_others": pl.Int64, "from": pl.Date, "until": pl.Date,
}  # fmt: skip


def whom_words(variant: ContentVariant, cube: Cube, audiences: Mapping[str, str]) -> str:
    """For whom a variant is, in which language and when."""
    if variant.is_default:
        return EVERYBODY
    said = [cut_words(text, cube) for text in variant.cuts]
    said += (
        [f"in “{audiences.get(variant.audience, 'an audience that is gone')}”"] if variant.audience else []
    )
    said += [f"in arm {variant.arm}"] if variant.arm else []
    said += [f"reads “{variant.language}”"] if variant.language else []
    said += [days_words(variant)] if variant.valid_from or variant.valid_to else []
    return " · ".join(said)


def cut_words(text: str, cube: Cube) -> str:
    """A cut in words; as it is written where it can't be read any longer, or is none."""
    try:
        return words(cube, parse_cut(text))
    except BadRequest:
        return text


def days_words(variant: ContentVariant) -> str:
    since = f"from {variant.valid_from}" if variant.valid_from else ""
    until = f"until {variant.valid_to}" if variant.valid_to else ""
    return " ".join(filter(None, (since, until)))


def first_words(variant: ContentVariant) -> str:
    """How a message begins."""
    text = " ".join((variant.subject or variant.text).split())
    return text if len(text) <= FIRST_LETTERS else f"{text[:FIRST_LETTERS].rstrip()} …"


def coverage_table(coverage: pl.DataFrame) -> pl.DataFrame:
    """Coverage as a page and its file show it."""
    renamed = {"fit": "would_fit", "fit_others": "also_fit_others", "valid_from": "from", "valid_to": "until"}
    return coverage.rename(renamed).select(TABLE.keys()).cast(TABLE)  # type: ignore[arg-type]


def coverage_bars(coverage: pl.DataFrame) -> pl.DataFrame:
    """A bar a variant, as figures take it."""
    texts = pl.Series("text", [number_text(each) for each in coverage["customers"]], pl.String)
    value = pl.col("customers").cast(pl.Float64)
    return coverage.select(id="variant", label="variant", value=value, text=texts)


def coverage_sentences(coverage: pl.DataFrame, customers: int) -> list[str]:
    """That everybody gets exactly one, who gets it by default, what overlaps, and what nobody ever gets."""
    if not customers:
        return ["Nobody is reached, so nobody gets anything."]
    default = int(coverage["by_default"].sum())
    both = int(coverage["fit_others"].sum())
    said = [f"Each of {count_text(customers, 'customer')} gets exactly one message."]
    if default and coverage.height > 1:
        said.append(f"{share_text(default / customers)} get the one for everybody: no other fits them.")
    if both:
        said.append(f"{number_text(both)} fit several; the first in this order counts.")
    return said + [_never(*row) for row in _unsent(coverage)]


def _unsent(coverage: pl.DataFrame) -> list[tuple[str, int]]:
    return coverage.filter(customers=0).select("variant", "fit").rows()


def _never(name: str, fit: int) -> str:
    if fit:
        return f"Nobody gets “{name}”: all {number_text(fit)} whom it fits get one before it."
    return f"Nobody gets “{name}”: it fits none of those reached."


def default_days_sentence(content: CampaignContent, first: date, last: date) -> str:
    """On which days of a campaign only the variant for everybody is valid; empty where on none."""
    runs = days_of_default_alone(content, first, last)
    told = ", ".join(f"{one}" if one == other else f"{one} to {other}" for one, other in runs)
    return f"On these days only the one for everybody is valid: {told}." if told else ""


def variants_words(told: Sequence[Mapping[str, Any]]) -> str:
    """Variants as statements hold them: the name of each, and how it begins."""
    return "; ".join(f"{each['name']}: {str(each['text'])[:FIRST_LETTERS]}" for each in told)
