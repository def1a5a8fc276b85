"""Where the firm is written down: its dimensions, its sales and the batch that brought them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from data.connection import Connection
from data.demo.demo_firm import CURRENCY, FIRST_DAY, LAST_DAY, NAME, Firm
from data.demo.places import FIRST_NAMES, FORMS, SURNAMES, TRADES, places
from data.demo.simulated_customers import KINDS, People
from data.demo.simulated_orders import CHANNELS, PAYMENTS, Columns
from data.demo.simulated_products import BRANDS, CATEGORIES, Goods, subcategories
from data.errors import WarehouseError
from data.load.record.member_keys import add_attribute
from data.model.canonical_tables import CHANNEL, CUSTOMER, FOREVER, PARTNER, PRODUCT, DimensionTable

BATCH = 1
NUMBERING = "erp"
ALWAYS = f"TIMESTAMP '{FIRST_DAY}', TIMESTAMP '{FOREVER}'"


def insert(connection: Connection, table: str, columns: Columns, select: str = "FROM arrays") -> None:
    """Append arrays to a table; `select` makes its columns from those of `arrays`."""
    arrays = columns  # noqa: F841 DuckDB finds it by name; a registered view would keep it until the commit
    connection.sql(f"INSERT INTO {table} {select}")


def texts(values: object) -> np.ndarray:
    """Strings as DuckDB reads them fastest from numpy."""
    return np.array(values, dtype=object)


def write_settings(connection: Connection) -> None:
    """The firm's name and currency."""
    settings = [("firm", NAME), ("currency", CURRENCY)]
    for name, value in settings:
        connection.execute("INSERT INTO setting VALUES (?, ?)", [name, value])


def write_customers(connection: Connection, everybody: People) -> None:
    """Customers, named in their country's language: companies, and half the professionals, as firms."""
    where = places()
    connection.execute(
        """CREATE TEMP TABLE place
        (place INTEGER, country VARCHAR, region VARCHAR, city VARCHAR, language VARCHAR)"""
    )
    for number, place in enumerate(where):
        row = [number, place.country, place.region, place.city, place.language]
        connection.execute("INSERT INTO place VALUES (?, ?, ?, ?, ?)", row)
    connection.execute(
        "CREATE TEMP TABLE naming"
        " (language VARCHAR, firsts VARCHAR[], lasts VARCHAR[], trades VARCHAR[], forms VARCHAR[])"
    )
    for language in FORMS:
        row = [FIRST_NAMES[language].split(), SURNAMES[language].split()]
        row += [TRADES[language].split("|"), FORMS[language].split("|")]
        connection.execute("INSERT INTO naming VALUES (?, ?, ?, ?, ?)", [language, *row])
    arrays = {
        "code": np.arange(1, len(everybody.place)),
        "place": everybody.place[1:],
        "kind": everybody.kind[1:],
        **{name: everybody.name[1:, column].copy() for column, name in enumerate("abc")},
    }
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    insert(
        connection,
        "customer (customer_key, customer_code, id, name, valid_from, valid_to, country, region, city, customer_kind)",
        arrays,
        f"""SELECT code, code, format('C{{:07d}}', code), name, {ALWAYS}, country, region, city,
            list_value({kinds})[1 + kind]
        FROM (
            SELECT code, kind, place.*, firsts[1 + a % len(firsts)] AS first,
                lasts[1 + b % len(lasts)] AS last,
                trades[1 + a % len(trades)] AS trade, forms[1 + c % len(forms)] AS form,
                CASE WHEN kind = {KINDS.index("Company")} THEN last || ' ' || trade || ' ' || form
                     WHEN kind = {KINDS.index("Professional")} AND c % 2 = 0 THEN trade || ' ' || last
                     ELSE first || ' ' || last END AS name
            FROM arrays JOIN place USING (place) JOIN naming USING (language))
        ORDER BY code""",
    )
    connection.execute("DROP TABLE place")
    connection.execute("DROP TABLE naming")


def write_products(connection: Connection, goods: Goods) -> None:
    """Products by code, with their brand as an attribute."""
    _add_attribute(connection, "brand", "product", "Brand")
    number = [ware[1] for ware in subcategories()]
    arrays = {
        "code": np.arange(1, len(goods.names) + 1),
        "name": texts(goods.names),
        "department": texts([each.department for each in CATEGORIES])[goods.category],
        "category": texts([each.name for each in CATEGORIES])[goods.category],
        "subcategory": texts(number)[goods.subcategory],
        "brand": texts(BRANDS)[goods.brand],
    }
    insert(
        connection,
        "product (product_key, product_code, id, name, valid_from, valid_to, department, category, subcategory, brand)",
        arrays,
        f"""SELECT code, code, format('P{{:05d}}', code), name, {ALWAYS}, department, category, subcategory, brand
        FROM arrays ORDER BY code""",
    )


def write_channels(connection: Connection) -> None:
    """Channels by code, and the ways of payment as an attribute of order lines."""
    for code, (kind, name) in enumerate(CHANNELS, 1):
        connection.execute(
            "INSERT INTO channel (channel_key, channel_code, id, name, valid_from, valid_to, channel_type)"
            f" VALUES (?, ?, ?, ?, {ALWAYS}, ?)",
            [code, code, f"CH{code:02d}", name, kind],
        )
    _add_attribute(connection, "payment", "line", "Payment")
    for code, name in enumerate(PAYMENTS, 1):
        connection.execute(
            "INSERT INTO line (line_key, line_code, id, name, payment) VALUES (?, ?, ?, ?, ?)",
            [code, code, name, name, name],
        )


def write_lines(connection: Connection, lines: Columns, loaded: int) -> None:
    """The order lines of a month, numbered as they stand, after `loaded` rows; they are stored by customer.

    Without the codes of a `partner` and a `seller` nobody supplied and nobody sold them.
    """
    nobody = dict.fromkeys(("partner", "seller"), np.zeros(len(lines["day_key"]), np.int64))
    insert(
        connection,
        "sale",
        nobody | lines | {"row": np.arange(loaded + 1, loaded + 1 + len(lines["day_key"]))},
        f"""SELECT day_key, customer, customer, customer, product, product, channel, payment, partner, seller,
            order_key, units, revenue * 0.01, cost * 0.01, is_return, is_order, {BATCH}, row, NULL, NULL, NULL
        FROM arrays ORDER BY customer, order_key, row""",
    )


def write_orders(connection: Connection, bought: int, last: int) -> None:
    """Order numbers: S... for purchases (keys 1 to `bought`), R... for returns (on to `last`)."""
    connection.execute(
        f"""INSERT INTO sales_order
        SELECT key, 'demo', format('{{}}{{:09d}}', CASE WHEN key <= {bought} THEN 'S' ELSE 'R' END, key)
        FROM (SELECT unnest(range(1, {last} + 1)) AS key)"""
    )


def write_batch(connection: Connection, firm: Firm, loaded: int, revenue_cents: int) -> None:
    """The one batch, after checking that the warehouse holds what was made.

    Errors: WarehouseError when it does not, for then nothing may be published.
    """
    found = connection.execute("SELECT count(*), sum(revenue) FROM sale").fetchall()[0]
    if found[0] != loaded or round(found[1] * 100) != revenue_cents:
        raise WarehouseError(
            f"The books do not balance: {loaded:,} lines made, {found[0]:,} stored.", "Please report this."
        )
    described = hashlib.sha256(repr(firm).encode()).hexdigest()
    at = datetime.combine(LAST_DAY, datetime.min.time()) + timedelta(days=1)
    connection.execute("INSERT INTO batch VALUES (?, 'demo', ?, ?, 'demo')", [BATCH, at, at])
    connection.execute(
        "INSERT INTO delivery VALUES (?, 'order_lines', ?, ?, '', '[]', ?, ?, 0, 0, 0, 0, NULL, NULL)",
        [BATCH, f"simulation with seed {firm.seed}", described, loaded, loaded],
    )


def write_sources(connection: Connection, described: Sequence[DimensionTable]) -> None:
    """By which numbers the ERP knows its members, and of `described` what it said: as loads of its lists leave it."""
    for table in (CUSTOMER, PRODUCT, CHANNEL, PARTNER):
        numbering = "" if table.shared else NUMBERING
        connection.execute(
            f"""INSERT INTO {table.name}_identity SELECT {table.code}, '{numbering}', id, {table.code}
            FROM {table.name} WHERE {table.code} > 0 ORDER BY 1"""
        )
        if table in described:
            _write_records(connection, table)


def _write_records(connection: Connection, table: DimensionTable) -> None:
    brought = connection.execute("SELECT name FROM attribute WHERE dimension = ?", [table.name]).fetchall()
    texts = "".join(f", {name}" for name in ("name", *table.descriptors, *(name for (name,) in brought)))
    connection.execute(
        f"""INSERT INTO {table.name}_record BY NAME
        SELECT {table.code} AS identity_key, '{NUMBERING}/{table.name}s' AS stream, 10 AS trust, valid_from,
            TIMESTAMP '{LAST_DAY}' AS seen_until, false AS deleted, hash({table.code}) AS hash, {BATCH} AS batch,
            {table.code} AS row_in_source{texts}
        FROM {table.name} WHERE {table.code} > 0 ORDER BY 1"""
    )


def _add_attribute(connection: Connection, name: str, dimension: str, label: str) -> None:
    add_attribute(connection, dimension, name, label, "demo")
