"""A firm of many customers and events, written straight into the tables: what a load would bring, without its hours."""

from __future__ import annotations

from pathlib import Path

from data.connection import Connection
from data.model.canonical_tables import CHANNEL, DIMENSIONS, LEFT_EMPTY_KNOWN, create_statements
from data.store import duckdb_engine as engine
from data.store import member_codes, private_files, warehouse_id
from data.store.changed_days import Partitions
from data.store.migrations import up_to_date
from data.store.migrations.declared_structure import fingerprint

FIRST_DAY, DAYS = 19_358, 1_096  # three years from 2023-01-01
OFTEN = 100_000  # interactions of customer 1, in a firm of millions of events
GIVEN = (
    "Anna Marco Giulia Luca Francesca Paolo Chiara Andrea Sofia Matteo Elena Davide Sara Simone Laura Stefano "
    "Иван Ольга Юлия Сергей Hans Ute Karl Felix Sophie Pierre Maria Jose Lucia Carmen John Mary James Emma"
)
ONSET, RIME = "b c d f g l m n p r s t v z br cr gr tr st", "a e i o an en in on ar er al el ia io"
ENDS = "ni ri li ti si chi ssi lli tti no ro la ardi ini etti"
# Of every hundred events so many are of each fact.
SHARES = {"sale": 45, "interaction": 40, "contact": 8, "consent": 3, "invoice": 4}
WHO = "customer_code, customer_code AS customer_key, customer_code AS identity_key"
ROW = "1 AS batch, i AS row_in_source"
OWN = {
    "sale": "0 AS product_key, 0 AS product_code, 0 AS channel_key, 0 AS line_key, 1 + (i // 3)::INTEGER AS order_key,"
    " false AS is_return, i % 3 = 0 AS is_order, 1 AS units, (hash(i * 7) % 10000)::DECIMAL(18,4) / 100 AS revenue",
    "interaction": "1 + (hash(i * 3) % 5)::INTEGER AS channel_key, 1 + (hash(i * 3) % 5)::INTEGER AS channel_code,"
    " 0 AS campaign_key, 0 AS campaign_code, 0 AS partner_key, 0 AS partner_code, 'IN' || i AS number,"
    " ['call', 'ticket', 'web session', 'e-mail', 'survey'][1 + (hash(i * 5) % 5)::INTEGER] AS kind,"
    " ['Delivery', 'Invoice', 'Return', 'Advice'][1 + (hash(i * 11) % 4)::INTEGER] AS topic,"
    " ['Solved', 'Call again'][1 + (hash(i * 13) % 2)::INTEGER] AS outcome, DATE '2026-01-01' AS closed_on",
    "contact": "1 AS campaign_key, 1 AS campaign_code, 1 AS channel_key, 1 AS channel_code, 'CC' || i AS number,"
    " ['treated', 'held out'][1 + (hash(i) % 2)::INTEGER] AS arm",
    "consent": "1 AS channel_key, 1 AS channel_code, 'KS' || i AS number, 'given' AS verdict",
    "invoice": "'FT' || i AS number, 'paid' AS status, 50 AS amount, 50 AS paid",
}  # fmt: skip


def firm_of_events(folder: Path, customers: int, events: int) -> Path:
    """The warehouse of such a firm, made if it is not there."""
    path = folder / f"events-{customers}x{events}-{fingerprint()[:8]}.duckdb"
    if path.exists():
        return path
    private_files.make_folder(folder)
    print(f"Writing {events:,} events of {customers:,} customers, once ...", flush=True)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with engine.transaction(draft) as connection:
        _empty(connection)
        _customers(connection, customers)
        _events(connection, customers, events)
        member_codes.rebuild(connection, Partitions(connection))
    draft.replace(path)
    return path


def _empty(connection: Connection) -> None:
    for statement in create_statements():
        connection.execute(statement)
    up_to_date.declare(connection)
    connection.execute("INSERT INTO setting VALUES (?, 'known')", [LEFT_EMPTY_KNOWN])
    warehouse_id.ensure(connection)
    for table in DIMENSIONS:
        member_codes.unknown_member(connection, table)
    always = "TIMESTAMP '1900-01-01' AS valid_from, TIMESTAMP '9999-12-31' AS valid_to"
    for name, many in ((CHANNEL.name, 5), ("campaign", 1)):
        connection.execute(
            f"INSERT INTO {name} BY NAME SELECT i::INTEGER AS {name}_key, i::INTEGER AS {name}_code,"
            f" '{name}' || i AS id, '{name} ' || i AS name, {always}, 'any' AS {name}_type"
            f" FROM range(1, {many + 1}) AS t(i)"
        )
    connection.execute(
        "INSERT INTO batch VALUES (1, 'bench', TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-01', 'load')"
    )
    connection.execute("INSERT INTO publication VALUES (1, TIMESTAMP '2026-01-01', 'bench', 1, 0, 0, 0, 1)")


def _customers(connection: Connection, many: int) -> None:
    """Customers of one source, a third of them known to another one as well."""
    parts = [each.split() for each in (GIVEN, ONSET, RIME, ONSET, RIME, ENDS)]
    part = [
        f"list_extract(?::VARCHAR[], 1 + (hash(i * {at} + 5) % {len(words)})::INTEGER)"
        for at, words in enumerate(parts, 2)
    ]
    connection.execute(
        f"""CREATE TEMP TABLE person AS SELECT i::INTEGER AS i, {part[0]} AS given,
            upper(one[1]) || one[2:] AS family
        FROM (SELECT i, {" || ".join(part[1:])} AS one FROM range(1, ?) AS t(i))""",
        [*parts, many + 1],
    )
    connection.execute(
        """INSERT INTO customer BY NAME SELECT i AS customer_key, i AS customer_code,
            'C' || lpad(i::VARCHAR, 8, '0') AS id, given || ' ' || family AS name,
            TIMESTAMP '1900-01-01' AS valid_from, TIMESTAMP '9999-12-31' AS valid_to, 'Italy' AS country,
            'Tuscany' AS region, 'Prato' AS city, 'Private' AS customer_kind FROM person ORDER BY i"""
    )
    for source, key, whom in (("erp", "i", "true"), ("shop", f"i + {many}", "i % 3 = 0")):
        connection.execute(
            f"""INSERT INTO customer_identity
            SELECT {key}, '{source}', '{source[0].upper()}' || lpad(i::VARCHAR, 8, '0'), i
            FROM person WHERE {whom} ORDER BY i"""
        )
        connection.execute(
            f"""INSERT INTO customer_record BY NAME SELECT {key} AS identity_key,
                '{source}/customers' AS stream, 1 AS trust, TIMESTAMP '2024-01-01' AS valid_from,
                TIMESTAMP '2026-01-01' AS seen_until, false AS deleted,
                hash(i) AS hash, 1 AS batch, i AS row_in_source, given || ' ' || family AS name,
                lower(strip_accents(family)) || i || '@mail.it' AS email,
                '+39 3' || lpad((hash(i * 17) % 1000000000)::VARCHAR, 9, '0') AS phone,
                'Via Roma ' || (i % 200) AS street, 'Italy' AS country, 'Prato' AS city
            FROM person WHERE {whom} ORDER BY i"""
        )
    connection.execute(
        f"""INSERT INTO stage_event SELECT 'customer', i, 1, seq, {FIRST_DAY} + 300 * seq, NULL,
            ['Identify', 'Acquire', 'Develop'][seq], 'purchase' FROM person, range(1, 4) AS t(seq) ORDER BY i, seq"""
    )


def _events(connection: Connection, customers: int, events: int) -> None:
    """Events as loads bring them: by day, whoever they are of."""
    for fact, share in SHARES.items():
        many = events * share // 100
        often = OFTEN if fact == "interaction" and many > 10 * OFTEN else 0
        who = f"CASE WHEN i % {many // often} = 0 THEN 1 ELSE whose END" if often else "whose"
        whose = "i // 3" if fact == "sale" else f"i + {share}"
        connection.execute(
            f"""INSERT INTO {fact} BY NAME SELECT {WHO}, {OWN[fact]}, day_key, {ROW}
            FROM (SELECT *, ({who})::INTEGER AS customer_code FROM (SELECT i,
                {FIRST_DAY} + (i * {DAYS} // {many})::INTEGER AS day_key,
                1 + (hash({whose}) % {customers})::INTEGER AS whose FROM range(0, {many}) AS t(i)))"""
        )
    connection.execute(
        "INSERT INTO sales_order SELECT order_key, 'erp', 'S' || order_key FROM (SELECT DISTINCT order_key FROM sale)"
        " ORDER BY order_key"
    )
