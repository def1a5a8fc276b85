"""Which lines of a product file may be no products: postage, fees, discounts. A guess to be asked about, no more."""

from __future__ import annotations

import polars as pl

# Words that tell wherever they stand in a label, and those that only tell where they are its last.
ANYWHERE = (
    r"postage|shipping|bank charges?|delivery charge|discount|rebate|commission|bad debt|surcharge|rounding"
    r"|spedizione|sconto|commissione|arrotondamento|versandkosten|rabatt|frachtkosten|frais de port|remise|descuento"
    r"|доставка|скидка|комиссия"
)
AT_THE_END = (
    r"carriage|freight|fees?|manual|samples?|adjustment|deposit|trasporto|acconto|versand|porto|acompte|envío"
)
TELLS = rf"(?i)(^|\W)({ANYWHERE})(\W|$)|(^|\W)({AT_THE_END})\s*$"
DIGITS_ARE_USUAL = 0.9


def fee_candidates(names: pl.DataFrame) -> pl.DataFrame:
    """The rows of `names` (id, label ...) to be asked about: a word of fees in the label, or no digit in the id where
    nine of ten ids have one. In the order that came.

    >>> fee_candidates(pl.DataFrame({"id": ["1", "2"], "label": ["POSTAGE", "CARRIAGE CLOCK"]}))["id"].to_list()
    ['1']
    """
    with_digit = names["id"].str.contains(r"\d")
    usual = names.height > 0 and float(with_digit.mean() or 0.0) >= DIGITS_ARE_USUAL  # type: ignore[arg-type]
    named = names["label"].fill_null("").str.contains(TELLS)
    return names.filter(named | (~with_digit & usual))
