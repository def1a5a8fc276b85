"""A small warehouse with everything in it, made without the loader: four customers, two of them alike."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from data.connection import Connection
from data.model.canonical_tables import DIMENSIONS, FOREVER
from data.store import member_codes
from data.store.warehouse import writing
from tests.made_once import made_once

MAPPED = "TIMESTAMP '2024-01-01'"
ANNA = ("Anna Bellini", "Via Verdi 3", "50100", "anna.bellini@posta.example", "+39 055 1234567")
CUSTOMERS = (
    # code, id as the cube shows it, name, country, region, city, kind
    (1, "K100", ANNA[0], "Italy", "Tuscany", "Florence", "person"),
    (2, "K200", "Bruno Conti", "Italy", "Tuscany", "Siena", "person"),
    (3, "K300", "Maria Rossi", "Italy", "Lazio", "Rome", "person"),
    (4, "K400", "Maria Rossi", "France", "North", "Lille", "firm"),
)
IDENTITIES = ((1, "crm", "K100", 1), (2, "shop", "S77-7", 1), (3, "crm", "K200", 2), (4, "crm", "K300", 3),
              (5, "crm", "K400", 4))  # fmt: skip


def small_warehouse(path: Path) -> Path:
    """Four customers, twelve order lines, and a row of everything else; the load of batch 1."""
    made_once(path, "small", lambda: _load(path))
    return path


def _load(path: Path) -> None:
    with writing(path, "load small") as connection:
        fill(connection)


def fill(connection: Connection) -> None:
    run = connection.execute
    run("INSERT OR REPLACE INTO setting VALUES ('firm', 'Small & Sons'), ('currency', 'EUR')")
    run(f"INSERT INTO batch VALUES (1, 'small', {MAPPED}, {MAPPED}, 'load')")
    for table in DIMENSIONS:
        member_codes.unknown_member(connection, table)
    always = f"TIMESTAMP '1900-01-01', TIMESTAMP '{FOREVER}'"
    run("ALTER TABLE customer ADD COLUMN tier VARCHAR DEFAULT '(unknown)'")
    run("ALTER TABLE customer_record ADD COLUMN tier VARCHAR")
    run("INSERT INTO attribute VALUES ('tier', 'customer', 'Tier', 'small')")
    for code, *texts in CUSTOMERS:
        run(
            f"""INSERT INTO customer (customer_key, customer_code, id, name, valid_from, valid_to, country, region,
                city, customer_kind, tier) VALUES (?, ?, ?, ?, {always}, ?, ?, ?, ?, ?)""",
            [code, code, *texts, "gold" if code < 3 else texts[1]],
        )
    for each in IDENTITIES:
        run("INSERT INTO customer_identity VALUES (?, ?, ?, ?)", list(each))
        code = each[3]
        own = CUSTOMERS[code - 1]
        contact = ANNA[1:] if code == 1 else ("Via Po 1", "00100", "rossi@posta.example", "+39 06 7654321")
        run(
            f"""INSERT INTO customer_record (identity_key, stream, trust, valid_from, seen_until, deleted, hash, held,
                batch, row_in_source, name, street, postcode, email, phone, country, region, city, customer_kind)
            VALUES (?, ?, 10, {MAPPED}, {MAPPED}, false, 7, [{MAPPED}], 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [each[0], f"{each[1]}/customers", each[0], own[2], *contact, *own[3:]],
        )
    for key, name, category in ((1, "Cup", "Kitchen"), (2, "Lamp", "Light")):
        run(
            f"""INSERT INTO product (product_key, product_code, id, name, valid_from, valid_to, department, category,
                subcategory) VALUES (?, ?, ?, ?, {always}, 'Home', ?, 'Other')""",
            [key, key, f"P{key}", name, category],
        )
        run("INSERT INTO product_identity VALUES (?, '', ?, ?)", [key, f"P{key}", key])
    run(
        f"""INSERT INTO channel (channel_key, channel_code, id, name, valid_from, valid_to, channel_type)
        VALUES (1, 1, 'web', 'Web', {always}, 'Online')"""
    )
    run("INSERT INTO channel_identity VALUES (1, '', 'web', 1)")
    for row in range(1, 13):
        add_line(connection, row)
    run(
        "INSERT INTO delivery VALUES (1, 'order_lines', 'lines.csv', 'c', 'm', '[]', 14, 12, 2, 0, 0, 0, NULL, NULL)"
    )
    raw = '{"customer":"K100","who":"ANNA BELLINI","amount":"x"}'
    run("INSERT INTO rejected VALUES (1, 'order_lines', 13, 'no amount', ?, NULL)", [raw])
    run("INSERT INTO rejected VALUES (1, 'order_lines', 14, 'no amount', '{\"customer\":\"K200\"}', NULL)")
    day = (date(2024, 1, 5) - date(1970, 1, 1)).days
    topics = ((1, 1, "late"), (2, 3, "late"), (1, 2, "said that Anna Bellini moved to her sister's"))
    for number, (code, identity, topic) in enumerate(topics):
        run(
            """INSERT INTO interaction (day_key, customer_key, customer_code, channel_key, channel_code, campaign_key,
                campaign_code, partner_key, partner_code, identity_key, number, kind, topic, batch, row_in_source)
            VALUES (?, ?, ?, 1, 1, 0, 0, 0, 0, ?, ?, 'call', ?, 1, ?)""",
            [day, code, code, identity, f"n{number}", topic, number + 1],
        )
    run(
        """INSERT INTO proposal (day_key, customer_key, customer_code, product_key, product_code, partner_key,
            partner_code, identity_key, number, title, text, status, batch, row_in_source)
        VALUES (?, 1, 1, 1, 1, 0, 0, 1, 'p1', 'A blue cup', 'My name is Anna and I live alone', 'open', 1, 1)""",
        [day],
    )


def add_line(connection: Connection, row: int, batch: int = 1) -> None:
    """An order line of its own order."""
    identity = (row - 1) % 5 + 1
    code = IDENTITIES[identity - 1][3]
    product = (row - 1) % 2 + 1
    connection.execute(
        """INSERT INTO sale (day_key, customer_key, customer_code, identity_key, product_key, product_code, channel_key,
            line_key, order_key, units, revenue, cost, is_return, is_order, batch, row_in_source)
        VALUES (?, ?, ?, ?, ?, ?, 1, 0, ?, ?, ?, ?, false, true, ?, ?)""",
        [19700 + row, code, code, identity, product, product, row, 1, 10 * row, 4, batch, row],
    )
    connection.execute("INSERT INTO sales_order VALUES (?, 'small', ?)", [row, f"o{row}"])


def add_load(path: Path, batch: int) -> None:
    """One more load: a batch with one order line."""
    with writing(path, "load small") as connection:
        connection.execute(f"INSERT INTO batch VALUES (?, 'small', {MAPPED}, {MAPPED}, 'load')", [batch])
        next_row = connection.execute("SELECT max(order_key) + 1 FROM sale").fetchall()[0][0]
        add_line(connection, next_row, batch)
