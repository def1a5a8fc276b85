"""Offers as people read them: names in place of codes, and a sentence why."""

from __future__ import annotations

import polars as pl

from mining.offers.eligibility import RULES
from mining.offers.next_offers import NextOffers
from mining.offers.repurchase import Repurchase
from mining.offers.scoreboard import OfferList

CAUTION = "Propensity is not incrementality: a likely purchase may well be made without any offer."
RANKED = ("customer", "customer_name", "list", "place", "product", "product_name", "chance", "margin",
          "expected_margin", "why")  # fmt: skip


def told_offers(
    found: NextOffers, which: OfferList, customers: pl.DataFrame, products: pl.DataFrame
) -> pl.DataFrame:
    """A row an offer: customer (id), customer_name, list, place, product (id), product_name, chance, margin,
    expected_margin, why. `customers` and `products` have `code`, `id`, `label`. Cold customers stand last, without a
    chance."""
    frame = found.lists[which].frame
    why = _again_why(found) if which is OfferList.AGAIN else _new_why()
    if which is OfferList.AGAIN:
        frame = frame.join(
            found.pace.select("product", "gap_days"), on="product", how="left", maintain_order="left"
        )
    else:
        causes = products.select(because="code", cause="label")
        frame = frame.join(causes, on="because", how="left", maintain_order="left")
    told = _named(frame.with_columns(why=why, list=pl.lit(which.value)), customers, products)
    return told if which is OfferList.AGAIN else pl.concat([told, told_cold(found, customers, products)])


def told_cold(found: NextOffers, customers: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """The same of customers who bought nothing here."""
    whom = pl.col("segment").replace({"everybody": "all customers"})
    why = pl.format("Nothing bought yet. Popular with {}: bought by {} of {}", whom, "both", "of")
    frame = found.cold.with_columns(why=why, list=pl.lit(OfferList.NEW.value), chance=pl.lit(None, pl.Float32),
                                    expected_margin=pl.lit(None, pl.Float32))  # fmt: skip
    return _named(frame, customers, products)


def first_offers(found: NextOffers, which: OfferList, products: pl.DataFrame, most: int = 3) -> pl.DataFrame:
    """The first offers of each customer, for a message: customer (code), place (from 1), product (its name).

    Of *new* those of customers who bought nothing are among them; `products` have `code` and `label`.
    """
    lists = [found.lists[which].frame, *([found.cold] if which is OfferList.NEW else [])]
    columns = ("customer", "product", pl.col("place").cast(pl.Int32))
    placed = pl.concat([each.select(columns) for each in lists]).filter(pl.col("place") <= most)
    named = placed.join(products.select(product="code", name="label"), on="product", how="left")
    return named.select("customer", "place", product="name")


def fewer_told(found: NextOffers, which: OfferList) -> pl.DataFrame:
    """Customers (code) with fewer offers than asked for: customer, offers, reason."""
    wanted = found.terms.offers
    few = found.lists[which].counts.filter(pl.col("offers") < wanted)
    of = (
        "bought only {} different products"
        if which is OfferList.AGAIN
        else "only {} products are new to them"
    )
    whole = pl.format(of, "candidates")
    barred = pl.format(of + ", {} of them not to be offered", "candidates", "barred")
    rules = {place: rule.words for place, rule in enumerate(RULES)}
    reason = (
        pl.when(pl.col("rule") >= 0)
        .then(pl.col("rule").replace_strict(rules, default="", return_dtype=pl.String))
        .when(pl.col("barred") > 0)
        .then(barred)
        .otherwise(whole)
    )
    return few.select("customer", "offers", reason=reason)


def _again_why(found: NextOffers) -> pl.Expr:
    """Days, the last of them, and whether the product's usual gap has passed since."""
    since = pl.lit(found.terms.until) - pl.col("last")
    due = (
        pl.when(pl.col("gap_days").is_null())
        .then(pl.lit(""))
        .when(since >= pl.col("gap_days"))
        .then(pl.format("; due: usually again after {} days", pl.col("gap_days").round().cast(pl.Int64)))
        .otherwise(
            pl.format("; not due: usually again after {} days", pl.col("gap_days").round().cast(pl.Int64))
        )
    )
    times = pl.when(pl.col("days") == 1).then(pl.lit("once")).otherwise(pl.format("on {} days", "days"))
    return pl.format("Bought {}, last {} days ago{}", times, since, due)


def _new_why() -> pl.Expr:
    return pl.format("Bought with {} by {} of {}", "cause", "both", "of")


def _named(frame: pl.DataFrame, customers: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    who = customers.select(customer="code", customer_id="id", customer_name="label")
    what = products.select(product="code", product_id="id", product_name="label")
    told = frame.join(who, on="customer", how="left", maintain_order="left").join(
        what, on="product", how="left", maintain_order="left"
    )
    return told.with_columns(customer="customer_id", product="product_id").select(RANKED)


def notes_told(found: NextOffers) -> list[str]:
    """What is assumed, and where another model did better on the days that were held out."""
    said = []
    if found.by_revenue:
        said.append("No cost is known, so offers are ranked by expected revenue.")
    elif found.assumed:
        said.append(
            f"The margin of {found.assumed:,} products is not known: the mean rate of the others is assumed."
        )
    if found.models[OfferList.AGAIN] != Repurchase.NAME:
        said.append("Too little was bought again to learn from: “again” is by recent frequency.")
    for which, model in found.models.items():
        best = found.board.best(which)
        if best != model:
            said.append(
                f"On the days held out, {best.lower()} found more of the list “{which}” than {model.lower()}."
            )
    return said
