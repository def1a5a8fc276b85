"""What is said of products that are taken off: pure functions to words, tiles and the band of lost revenue."""

from __future__ import annotations

import polars as pl

from mining.portfolio.what_if import WhatIf
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import count_text, format_value, money_text, number_text, share_text


def lost(gone: WhatIf, currency: str, transfer: float) -> str:
    """What is lost without some products, in two sentences."""
    if not gone.products:
        return "Nothing is off, so nothing is lost. Tick products above, or take off all that may go."
    least, most = money_text(gone.lost_least, currency), money_text(gone.revenue, currency)
    if gone.lost_least == gone.revenue:
        band = f"{most} of revenue is lost whatever is assumed: nothing of their kind remains"
    else:
        middle = f"{money_text(gone.lost, currency)} if {share_text(transfer)} of demand goes to what remains"
        band = f"Between {least} and {most} of revenue is lost; {middle}"
    nothing = gone.left_with_nothing
    left = (
        f"{number_text(nothing.height)} of them bought nothing else"
        if nothing.height
        else "all of them bought other things too"
    )
    return f"{band}. {count_text(gone.customers, 'customer')} (different ones) bought any; {left}."


def lost_tiles(gone: WhatIf, total: float, on_hand: float | None, currency: str) -> list[Kpi]:
    """What goes with the products that are off, and what of them is in stock (pieces, None where it is not known)."""
    nothing = gone.left_with_nothing
    stock = (
        [] if on_hand is None else [Kpi("stock", "In stock", number_text(on_hand), note="pieces to sell off")]
    )
    share = share_text(gone.revenue / total, 1) if total > 0 else ""
    return [
        Kpi("off", "Products off", number_text(gone.products), note=f"{share} of revenue" if share else ""),
        Kpi("lost", "Revenue lost", format_value(gone.lost, "money", currency, True),
            note=f"{format_value(gone.lost_least, 'money', currency, True)} to "
            f"{format_value(gone.revenue, 'money', currency, True)}",
            help="By the assumption; below it, if all of the demand stays to if none does."),
        Kpi("margin", "Their margin", format_value(gone.margin, "money", currency, True),
            note="not known of all" if gone.margin is None else "lost if no demand stays"),
        Kpi("customers", "Customers touched", number_text(gone.customers), note="different ones, each counted once"),
        Kpi("nothing", "Left with nothing", number_text(nothing.height),
            note=f"{format_value(float(nothing['revenue'].sum()), 'money', currency, True)} at risk with them"),
        Kpi("rest", "Rest of their baskets", format_value(gone.rest, "money", currency, True),
            note=f"in {count_text(gone.baskets, 'basket')}",
            help="What else lay in the baskets that hold any: not counted as lost, for most would be bought anyway."),
        *stock,
    ]  # fmt: skip


def lost_band(gone: WhatIf, currency: str) -> pl.DataFrame:
    """The band of lost revenue as a figure has it."""
    ends = (format_value(each, "money", currency, True) for each in (gone.lost_least, gone.revenue))
    return pl.DataFrame(
        {
            "id": ["revenue"], "label": ["Revenue lost"], "value": [gone.lost],
            "least": [gone.lost_least], "most": [gone.revenue],
            "text": [" to ".join(ends)],
        }
    )  # fmt: skip
