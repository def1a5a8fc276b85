"""What each contact of a campaign is sent: the variant that was chosen for the customer, its fields filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from data.campaigns.checked_content import fields_of
from data.campaigns.message_fields import CODE_PLACE, OF_CONTACT, OFFERS
from data.campaigns.message_template import known_values, message_template
from data.operational.campaign_contents import CampaignContent, ContentVariant

ENGLISH = Locale("en", "GB")
NO_OFFERS: Mapping[str, pl.DataFrame] = {}
SENT = {"customer": pl.Int32, "variant": pl.String, "sent": pl.String}


@dataclass(frozen=True, slots=True)
class MessagePreview:
    """What one customer would be sent, and of which fields nothing is known, with what stands in their place."""

    variant: str
    subject: str
    text: str
    fell_back: tuple[tuple[str, str], ...]

    @property
    def sent(self) -> str:
        return sent_text(self.subject, self.text)


def fields_of_content(content: CampaignContent) -> tuple[str, ...]:
    """The fields that any of its variants names."""
    return tuple(dict.fromkeys(name for each in content.variants for name in fields_of(each)))


def contents_of(
    content: CampaignContent,
    chosen: pl.DataFrame,
    values: pl.DataFrame,
    offers: Mapping[str, pl.DataFrame] = NO_OFFERS,
) -> pl.DataFrame:
    """What is sent: `customer` (code), `variant` and `sent`, a row a row of `chosen`, in its order.

    `chosen` has `customer` and `variant`, and `code`, that of the contact; where it has none, `with_codes` puts it in
    later. `values` have a row a customer with a column for each of `fields_of_content`, as
    `cubes.analysis.message_values` gives it, but for the code and the offers. `offers` are by list ("new", "again"):
    `customer`, `place` (from 1) and `product`, its name. Raises BadRequest where a message cannot be told.
    """
    given = chosen if "code" in chosen.columns else chosen.with_columns(code=pl.lit(CODE_PLACE))
    placed = given.with_row_index("place")
    parts = [
        _of_variant(each, placed.filter(pl.col("variant") == each.name), values, offers)
        for each in content.variants
    ]
    told = pl.concat(parts) if parts else pl.DataFrame(schema={"place": pl.UInt32, **SENT})
    return told.sort("place").select(pl.col(name).cast(kind) for name, kind in SENT.items())


def with_codes(contacts: pl.DataFrame) -> pl.DataFrame:
    """The same contacts, what is `sent` to each with its own `code` where a message names that.

    >>> with_codes(pl.DataFrame({"sent": ["Say \ue000.", None], "code": ["K7", "M2"]}))["sent"].to_list()
    ['Say K7.', None]
    """
    named = pl.col("sent").str.contains(CODE_PLACE, literal=True)
    if not contacts.select(named.any()).item():
        return contacts
    parts = pl.col("sent").str.split(CODE_PLACE)
    return contacts.with_columns(sent=pl.when(named).then(parts.list.join(pl.col("code"))).otherwise("sent"))


def preview(content: CampaignContent, variant: str, values: pl.DataFrame,
            offers: Mapping[str, pl.DataFrame] = NO_OFFERS) -> MessagePreview:  # fmt: skip
    """What one customer, the only row of `values`, would be sent as a variant. Raises BadRequest."""
    each = content.variant(variant)
    known = _filled(each, values, values, offers)
    subject, text = (one[0] for one in _rendered(each, known))
    told, defaults = known_values(known).row(0, named=True), dict(each.defaults)
    missing = tuple((name, defaults.get(name, "")) for name in fields_of(each) if told[name] is None)
    return MessagePreview(each.name, subject, text, missing)


def sent_text(subject: str, text: str) -> str:
    """A subject and a text as they stand with the contact: a line, an empty one, the text."""
    return f"{subject}\n\n{text}" if subject else text


def _of_variant(
    variant: ContentVariant, chosen: pl.DataFrame, values: pl.DataFrame, offers: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    known = _filled(variant, chosen, values, offers)
    subject, text = _rendered(variant, known)
    sent = pl.select(pl.concat_str([subject, pl.lit("\n\n"), text])).to_series() if variant.subject else text
    return chosen.select("place", "customer", "variant").with_columns(sent=sent)


def _rendered(variant: ContentVariant, known: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    defaults = dict(variant.defaults)
    subject, text = message_template(variant.subject), message_template(variant.text, variant.form)
    return subject.render(known, defaults), text.render(known, defaults)


def _filled(
    variant: ContentVariant, chosen: pl.DataFrame, values: pl.DataFrame, offers: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """The fields of a variant, a row a row of `chosen`: days as its language writes them, offers in columns."""
    names = fields_of(variant)
    given = [name for name in OF_CONTACT if name in chosen.columns]
    own = [name for name in names if name in values.columns and name not in given]
    found = _beside(chosen.select("customer", *given), values.select("customer", *own))
    if any(name in OFFERS for name in names):
        found = _beside(found, _in_columns(offers.get(variant.offers)))
    missing = [name for name in names if name not in found.columns]
    found = found.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
    if "last_purchase" in names:
        found = found.with_columns(_written_days(found["last_purchase"], variant.language))
    return found


def _beside(chosen: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    return chosen.join(other, on="customer", how="left", maintain_order="left")


def _in_columns(offers: pl.DataFrame | None) -> pl.DataFrame:
    """A row a customer with `offer_1` ...; null where there are fewer."""
    if offers is None:
        return pl.DataFrame(schema={"customer": pl.Int32, **dict.fromkeys(OFFERS, pl.String)})
    named = [
        pl.col("product").filter(pl.col("place") == place).first().alias(name)
        for place, name in enumerate(OFFERS, 1)
    ]
    return offers.group_by("customer").agg(named).with_columns(pl.col("customer").cast(pl.Int32))


def _written_days(days: pl.Series, language: str) -> pl.Series:
    """Days as a language writes them, each different one once: "3 November 2026"."""
    if days.dtype != pl.Date:
        return days
    locale = _locale(language)
    written: dict[date, str] = {
        day: format_date(day, "long", locale=locale) for day in days.unique() if day is not None
    }
    return days.cast(pl.Date).replace_strict(written, default=None, return_dtype=pl.String)


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.strip().replace("-", "_")) if language.strip() else ENGLISH
    except (UnknownLocaleError, ValueError):
        return ENGLISH
