"""The ERP's order lines, one file a year, and the invoices of what was bought on 30 days' credit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from data.demo.demo_firm import DAYS
from data.demo.district.district_partners import PARTNERS, partner_ids, sellers
from data.demo.export_papers import ITALIAN, Exported
from data.demo.simulated_customers import SEGMENTS
from data.demo.simulated_orders import CHANNELS, PAYMENT_CODE, PAYMENTS
from data.demo.simulated_world import World, choice, days, numbered

CREDIT_DAYS = 30
LATE = (0.10, 0.25, 0.40, 0.15, 0.15)
LATE_DAYS = 20.0


def deliveries(world: World) -> Iterator[Exported]:
    """Order lines by year, then all invoices."""
    lines = _lines(world)
    for (year,), part in lines.group_by(pl.col("Data").dt.year(), maintain_order=True):
        yield Exported(
            "erp", "order_lines", f"vendite_{year}.csv", part, ITALIAN, key="Ordine", date="Data",
            stranger="Cliente", sums={"quantity": "Quantità", "revenue": "Importo", "cost": "Costo"},
        )  # fmt: skip
    yield Exported("erp", "invoices", "fatture.csv", _invoices(world), ITALIAN, key="Fattura", date="Data",
                   stranger="Cliente", sums={"amount": "Importo", "paid": "Pagato"})  # fmt: skip


def truth(world: World) -> Mapping[str, pl.DataFrame]:
    """How each segment pays: the chance of being late, and the mean of the days beyond the due date."""
    names = [segment.name for segment in SEGMENTS]
    return {"payment": pl.DataFrame({"segment": names, "late_chance": LATE, "mean_late_days": LATE_DAYS})}


def customer_ids(code: pl.Series) -> pl.Series:
    """The ERP's numbers of customers; none for who paid cash."""
    known = "C" + code.cast(pl.String).str.zfill(7)
    return known.set(code == 0, None)


def order_ids(world: World, key: pl.Series) -> pl.Series:
    """S... for purchases, R... for returns, as the warehouse of the simulation numbers them."""
    purchase = (key <= world.purchase_orders).to_numpy()
    return choice(("R", "S"), purchase) + key.cast(pl.String).str.zfill(9)


def _lines(world: World) -> pl.DataFrame:
    lines = world.lines
    codes = pl.Series([f"CH{code:02d}" for code in range(len(CHANNELS) + 1)])
    everybody = customer_ids(pl.Series(np.arange(len(world.died))))
    goods = "P" + pl.Series(np.arange(len(world.goods.names) + 1)).cast(pl.String).str.zfill(5)
    return pl.DataFrame({
        "Ordine": order_ids(world, lines["order_key"]), "Riga": _within(lines["order_key"].to_numpy()),
        "Data": days(lines["day"].to_numpy()),
        "Cliente": everybody[lines["customer"]], "Articolo": goods[lines["product"]],
        "Canale": codes[lines["channel"]], "Rivenditore": _sellers(lines),
        "Pagamento": choice((None, *PAYMENTS), lines["payment"].to_numpy()),
        "Quantità": lines["units"], "Importo": lines["revenue"] / 100, "Costo": lines["cost"] / 100,
        "Reso": choice(("no", "sì"), lines["is_return"].to_numpy()),
    })  # fmt: skip


def _sellers(lines: pl.DataFrame) -> pl.Series:
    """The number of the reseller of each line that one sold."""
    numbers = (None, *partner_ids(np.arange(PARTNERS)))
    return choice(numbers, 1 + sellers(lines["customer"].to_numpy(), lines["channel"].to_numpy()))


def _within(order: np.ndarray) -> np.ndarray:
    """1, 2, 3 ... inside each order, whose lines stand together."""
    row = np.arange(len(order))
    first = np.maximum.accumulate(np.where(np.diff(order, prepend=-1) != 0, row, 0))
    number: np.ndarray = row - first + 1
    return number


def _invoices(world: World) -> pl.DataFrame:
    """One for each order on credit; a credit note for what came back. Open ones are not yet paid."""
    credit = world.lines.filter(pl.col("payment") == PAYMENT_CODE["Invoice, 30 days"])
    bills = credit.group_by("order_key", maintain_order=True).agg(
        pl.col("day", "customer", "is_return").first(), pl.col("revenue").sum()
    )
    day, amount = bills["day"].to_numpy().astype(np.int64), bills["revenue"].to_numpy() / 100
    paid = _paid(world, bills, day)
    settled = paid < DAYS
    return pl.DataFrame({
        "Fattura": numbered("FT", len(bills), 7), "Data": days(day), "Cliente": customer_ids(bills["customer"]),
        "Ordine": order_ids(world, bills["order_key"]), "Importo": amount, "Pagato": np.where(settled, amount, 0.0),
        "Scadenza": days(day + CREDIT_DAYS), "Pagata il": days(np.where(settled, paid, -9999)),
        "Stato": choice(("aperta", "pagata"), settled),
    })  # fmt: skip


def _paid(world: World, bills: pl.DataFrame, day: np.ndarray) -> np.ndarray:
    """The day of payment: within the credit, or later by the chance of the segment; credit notes at once."""
    random = world.random("sales")
    size = len(bills)
    segment = world.people.segment[bills["customer"].to_numpy()]
    late = random.random(size) < np.array(LATE)[segment]
    over = np.where(
        late, CREDIT_DAYS + 1 + random.exponential(LATE_DAYS, size), random.integers(5, CREDIT_DAYS + 1, size)
    )
    found: np.ndarray = day + np.where(bills["is_return"].to_numpy(), 0, over.astype(np.int64))
    return found
