"""How a partner's figures went month by month, each with its n and interval, beside those of all partners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from mining.partners.partner_evidence import PartnerEvidence
from mining.partners.partner_figures import partner_figures

DRAWS = 300
EVERYBODY, ITSELF = "all", "own"
SCHEMA = {"whose": pl.String, "month": pl.Date, "criterion": pl.String, "value": pl.Float64, "n": pl.Int64,
          "low": pl.Float64, "high": pl.Float64}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Months:
    """The rows of one partner, or of all, a month in the place of each partner."""

    partners: pl.DataFrame
    span: tuple[date, date]
    supply: pl.DataFrame
    prices: pl.DataFrame
    sales: pl.DataFrame
    contacts: pl.DataFrame
    answers: pl.DataFrame


def partner_course(
    evidence: PartnerEvidence, partner: int, draws: int = DRAWS, seed: int = 0
) -> pl.DataFrame:
    """A row each `month` (of the order, sale, contact or offer) and `criterion`, of the partner (`whose` is ITSELF) and
    of all (EVERYBODY): `value` of `n`, within `low` and `high` (95%); months without rows have none."""
    parts = [_told(evidence, whose, draws, seed) for whose in (partner, None)]
    return pl.concat([
        part.with_columns(whose=pl.lit(whose)).select([*SCHEMA])
        for part, whose in zip(parts, (ITSELF, EVERYBODY), strict=True)
    ])  # fmt: skip


def _told(evidence: PartnerEvidence, whose: int | None, draws: int, seed: int) -> pl.DataFrame:
    names = ("supply", "prices", "sales", "contacts", "answers")
    frames = {name: _by_month(getattr(evidence, name), whose) for name in names}
    months = pl.concat([frame["partner"] for frame in frames.values()]).unique().sort()
    if months.is_empty():
        return pl.DataFrame(schema=SCHEMA).drop("whose")
    found = partner_figures(_Months(months.to_frame(), evidence.span, **frames), draws, seed)
    parts = []
    for name, each in found.items():
        low, high = each.interval
        parts.append(pl.DataFrame({
            "month": months.cast(pl.Int32).cast(pl.Date), "criterion": name, "value": each.values, "n": each.counts,
            "low": low, "high": high,
        }))  # fmt: skip
    return (
        pl.concat(parts).filter(pl.col("n") > 0).with_columns(pl.col("value", "low", "high").fill_nan(None))
    )


def _by_month(frame: pl.DataFrame, whose: int | None) -> pl.DataFrame:
    own = frame if whose is None else frame.filter(pl.col("partner") == whose)
    month = pl.col("day").cast(pl.Int32).cast(pl.Date).dt.truncate("1mo")
    return own.with_columns(partner=month.cast(pl.Int32).cast(pl.Int64))
