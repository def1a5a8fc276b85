"""What is true of the firm and no loader could know: kept in the schema `truth` beside the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.connection import Connection
from data.demo.demo_firm import FIRST_DAY, Firm
from data.demo.simulated_campaigns import BATH, CAMPAIGNS
from data.demo.simulated_customers import (
    BANDS,
    SEGMENTS,
    SPEND_SPREAD,
    A,
    B,
    People,
    R,
)
from data.demo.simulated_orders import BASKET_SEASON, CASH_SHARE, HOME_CHANCE, YEARLY_BASKET_FACTOR, Shop
from data.demo.simulated_products import (
    CATEGORIES,
    DEMAND_FACTOR,
    PRICE_CHANGE_CATEGORY,
    PRICE_CHANGE_DAY,
    PRICE_FACTOR,
    PROMOTED_CATEGORY,
    SEASONS,
    YEARLY_PRICE_FACTOR,
    Goods,
)
from data.demo.written_firm import insert, texts

TABLES = (
    "CREATE SCHEMA truth",
    "CREATE TABLE truth.parameter (name VARCHAR, value DOUBLE, unit VARCHAR, meaning VARCHAR)",
    """CREATE TABLE truth.segment (
        segment VARCHAR, basket_lines DOUBLE, units_a_line DOUBLE, home_categories INTEGER,
        return_chance DOUBLE, campaign_chance DOUBLE, share_low DOUBLE,
        share_middle DOUBLE, share_high DOUBLE)""",
    """CREATE TABLE truth.customer (
        customer_code INTEGER, lambda_per_day DOUBLE, p DOUBLE, t0 DATE, died_on DATE,
        segment VARCHAR, units_a_line DOUBLE, treated BOOLEAN,
        extra_revenue_eur DECIMAL(18,2))""",
    """CREATE TABLE truth.association (
        antecedent_code INTEGER, consequent_code INTEGER, chance DOUBLE, antecedent VARCHAR,
        consequent VARCHAR)""",
    """CREATE TABLE truth.price_change (
        category VARCHAR, changed_on DATE, price_factor DOUBLE, demand_factor DOUBLE)""",
    """CREATE TABLE truth.campaign (
        number VARCHAR, name VARCHAR, type VARCHAR, customer_kind VARCHAR, country VARCHAR, category VARCHAR,
        first_day DATE, last_day DATE, treated INTEGER, held_out INTEGER, extra_revenue_eur DECIMAL(18,2),
        uplift_eur_a_customer DOUBLE)""",
    """CREATE TABLE truth.season (
        month INTEGER, category VARCHAR, category_factor DOUBLE, basket_factor DOUBLE)""",
)


@dataclass(frozen=True, slots=True)
class Fates:
    """By customer code: day of leaving (-1 if alive at the end); by campaign and code: cents that it added."""

    died: np.ndarray
    extra_cents: np.ndarray


def write_truth(connection: Connection, shop: Shop, fates: Fates) -> None:
    """All tables of `truth`."""
    for statement in TABLES:
        connection.execute(statement)
    _parameters(connection, shop.firm, shop.people)
    _segments(connection)
    _customers(connection, shop.people, fates)
    _goods(connection, shop.goods)
    _campaigns(connection, shop, fates)


def _parameters(connection: Connection, firm: Firm, everybody: People) -> None:
    rows = (
        ("r", R, "", "BG/NBD: shape of lambda"),
        ("alpha", everybody.alpha, "days", "BG/NBD: scale of lambda"),
        ("a", A, "", "BG/NBD: first shape of p"),
        ("b", B, "", "BG/NBD: second shape of p"),
        ("seed", firm.seed, "", "what fixes all chance"),
        ("lines", firm.lines, "lines", "order lines asked for"),
        ("customers", firm.size, "customers", "customers known by name"),
        ("products", firm.products, "products", "products sold"),
        ("yearly_price_factor", YEARLY_PRICE_FACTOR, "", "prices and costs rise by this each 1 January"),
        (
            "yearly_basket_factor",
            YEARLY_BASKET_FACTOR,
            "",
            "lines an order grow by this a year, month by month",
        ),
        ("home_chance", HOME_CHANCE, "", "a line is of a category that the customer likes, season allowing"),
        ("spend_spread", SPEND_SPREAD, "log", "standard deviation of a customer's spend inside its segment"),
        ("cash_share", CASH_SHARE, "", "orders of unknown customers for each order of a known one"),
        ("band_low", BANDS[0], "quantile", "lambda below is the low band of truth.segment"),
        ("band_high", BANDS[1], "quantile", "lambda above is the high band of truth.segment"),
    )
    for row in rows:
        connection.execute("INSERT INTO truth.parameter VALUES (?, ?, ?, ?)", list(row))


def _segments(connection: Connection) -> None:
    for each in SEGMENTS:
        row = [each.name, each.basket, each.spend, each.breadth, each.returns, each.response, *each.bands]
        connection.execute("INSERT INTO truth.segment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _customers(connection: Connection, everybody: People, fates: Fates) -> None:
    names = ", ".join(f"'{segment.name}'" for segment in SEGMENTS)
    arrays = {
        "code": np.arange(1, len(everybody.rate)),
        "rate": everybody.rate[1:],
        "leave": everybody.leave[1:],
        "start": everybody.start[1:].astype(np.int32),
        "died": fates.died[1:].astype(np.int32),
        "segment": everybody.segment[1:],
        "spend": everybody.spend[1:],
        "treated": everybody.treated[1:],
        "extra": fates.extra_cents[CAMPAIGNS.index(BATH), 1:],
    }
    insert(
        connection,
        "truth.customer",
        arrays,
        f"""SELECT code, rate, leave, DATE '{FIRST_DAY}' + start,
            CASE WHEN died >= 0 THEN DATE '{FIRST_DAY}' + died END, list_value({names})[1 + segment],
            spend, CASE WHEN treated >= 0 THEN treated = 1 END, extra * 0.01
            FROM arrays""",
    )


def _goods(connection: Connection, goods: Goods) -> None:
    pairs = goods.associations
    insert(
        connection,
        "truth.association",
        {
            "antecedent": pairs[:, 0] + 1,
            "consequent": pairs[:, 1] + 1,
            "chance": goods.chances,
            "one": texts([goods.names[product] for product in pairs[:, 0]]),
            "other": texts([goods.names[product] for product in pairs[:, 1]]),
        },
    )
    changed = [PRICE_CHANGE_CATEGORY, PRICE_CHANGE_DAY, PRICE_FACTOR, DEMAND_FACTOR]
    connection.execute("INSERT INTO truth.price_change VALUES (?, ?, ?, ?)", changed)
    for month in range(12):
        for each in CATEGORIES:
            row = [month + 1, each.name, SEASONS[each.season][month], BASKET_SEASON[month]]
            connection.execute("INSERT INTO truth.season VALUES (?, ?, ?, ?)", row)


def _campaigns(connection: Connection, shop: Shop, fates: Fates) -> None:
    for each, cents in zip(CAMPAIGNS, fates.extra_cents, strict=True):
        treated, held_out = (int((shop.arms[each.number] == arm).sum()) for arm in (1, 0))
        extra = int(cents.sum()) / 100
        connection.execute(
            "INSERT INTO truth.campaign VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *(each.number, each.title, each.medium, ", ".join(each.kinds), each.country),
                *(PROMOTED_CATEGORY if each is BATH else "", each.first, each.last),
                *(treated, held_out, extra, extra / max(treated, 1)),
            ],
        )
