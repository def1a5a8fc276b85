"""A PostgreSQL database as a source, against a real server: the same rows as a CSV file would give, or a sentence."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from data.connection import Connection
from data.errors import BadInput
from data.load import Mapping, load
from data.load.mappings.mapping import Part
from data.load.time_settings import TimeSettings, save
from data.load.typing.typed_rows import type_rows
from data.sources import database, postgres
from data.sources.file import Staged
from data.store import duckdb_engine as engine
from tests.data.load_files import ask
from tests.data.postgres import Server, alone, server

__all__ = ["server"]
LINES = """
DROP SCHEMA IF EXISTS shop CASCADE;;
CREATE SCHEMA shop;;
CREATE TYPE colour AS ENUM ('red', 'sea blue');;
CREATE TABLE shop.lines (
    id bigint, small smallint, place text, price numeric(10,2), free numeric, ratio float8, day date,
    made timestamp, sent timestamptz, paid boolean, code char(5), tint colour, amount money, tags text[],
    number uuid, note json, raw bytea, whole real, wide numeric(30,4));;
INSERT INTO shop.lines VALUES
    (1, 2, 'Forlì; "Corso", 3', 12.50, 1.2340, 0.1, '2024-02-29', '2024-02-29 10:00:00',
     '2024-02-29 10:00:00+02', true, 'ab', 'sea blue', 7.5, '{a,b}', '11111111-2222-3333-4444-555555555555',
     '{"a": 1}', '\\x00ff', 17850, 12345678901234567890.1234),
    (9007199254740993, -1, E'two\\nlines\\r\\n\\ttab', -0.05, 10, 17850, '1900-01-01',
     '1999-12-31 23:59:59.123456', '2024-07-01 00:00:00+00', false, 'abcde', 'red', -1, NULL, NULL, NULL, NULL, 0.5, 0),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, 4, '', 0, 0, 0, '2024-01-01', '2024-01-01', '2024-01-01+00', true, '', 'red', 0, '{}', NULL, '[]', '', 0, 1)
"""
EXPECTED = [
    ("1", "2", 'Forlì; "Corso", 3', "12.50", "1.2340", "0.1", "2024-02-29", "2024-02-29 10:00:00",
     "2024-02-29 08:00:00", "true", "ab", "sea blue", "7.50", "{a,b}", "11111111-2222-3333-4444-555555555555",
     '{"a": 1}', "\\x00ff", "17850", "12345678901234567890.1234"),
    ("9007199254740993", "-1", "two\nlines\r\n\ttab", "-0.05", "10", "17850", "1900-01-01",
     "1999-12-31 23:59:59.123456", "2024-07-01 00:00:00", "false", "abcde", "red", "-1.00", None, None, None, None,
     "0.5", "0.0000"),
    (None,) * 19,
    ("4", "4", "", "0.00", "0", "0", "2024-01-01", "2024-01-01 00:00:00", "2024-01-01 00:00:00", "true", "", "red",
     "0.00", "{}", None, "[]", "\\x", "0", "1.0000"),
]  # fmt: skip
KINDS = ("number", "number", "text", "number", "number", "number", "date", "date", "date", "text", "text", "text",
         "number", "text", "text", "text", "text", "number", "number")  # fmt: skip


@pytest.fixture(autouse=True)
def erp(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("ERP_DATABASE", server.address)
    return server


@pytest.fixture
def here() -> Iterator[Any]:
    with engine.scratch() as connection:
        yield connection


def part(**settings: Any) -> Part:
    return Part("order_lines", database="ERP_DATABASE", **settings)


def rows(connection: Connection, staged: Staged) -> list[tuple[Any, ...]]:
    texts = ", ".join(f"c{at}::VARCHAR" for at in range(len(staged.columns)))
    found = connection.execute(f"SELECT {texts} FROM {staged.table} ORDER BY rowid").fetchall()
    return list(found)


def refused(match: str, **settings: Any) -> str:
    with engine.scratch() as connection, pytest.raises(BadInput, match=match) as error:
        database.stage(connection, part(**settings), "raw", None)
    return "".join(traceback.format_exception(error.value))


@pytest.mark.parametrize("read", [database.stage, database.stage_typed])
def test_rows_are_those_that_a_csv_file_would_give(erp: Server, here: Any, read: Any) -> None:
    erp.run(LINES.replace("CREATE TYPE", "DROP TYPE IF EXISTS colour CASCADE;; CREATE TYPE"))
    staged = read(here, part(table="shop.lines"), "raw", None)
    assert rows(here, staged) == EXPECTED
    assert staged.kinds == KINDS
    assert (staged.rows, staged.bad_rows, staged.name) == (4, 0, "shop.lines")
    assert staged.columns[:4] == ("id", "small", "place", "price")
    queried = read(here, part(query="SELECT * FROM shop.lines -- all of it\n ; "), "again", None)
    assert rows(here, queried) == EXPECTED


def test_types_hold_the_text_without_loss(erp: Server, here: Any) -> None:
    staged = database.stage_typed(here, part(table="shop.lines"), "raw", None)
    assert staged.types[:9] == (
        "BIGINT", "INTEGER", "VARCHAR", "DECIMAL(10,2)", "VARCHAR", "VARCHAR", "DATE", "TIMESTAMP", "TIMESTAMP",
    )  # fmt: skip
    assert staged.types[-1] == "DECIMAL(30,4)"
    assert set(database.stage(here, part(table="shop.lines"), "raw", None).types) == {"VARCHAR"}


def test_what_a_type_has_no_room_for_comes_as_text(
    erp: Server, here: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    erp.run("""DROP TABLE IF EXISTS odd;; CREATE TABLE odd (number int, price numeric(10,2), day date);;
        INSERT INTO odd SELECT i, i, '2024-01-01' FROM generate_series(1, 60000) AS i;;
        UPDATE odd SET price = 'NaN' WHERE number = 7;; UPDATE odd SET day = 'infinity' WHERE number = 35000;;
        UPDATE odd SET day = '0044-03-15 BC', price = 'NaN' WHERE number = 59999;; SELECT 1""")
    monkeypatch.setattr(postgres, "BLOCK", 500)
    every = part(query="SELECT number, price::numeric(10,2), day FROM odd ORDER BY number")
    plain = database.stage(here, every, "raw", None)
    assert (plain.rows, plain.bad_rows) == (60_000, 0)
    assert here.execute("SELECT c1 FROM raw WHERE c0 = '7'").fetchall() == [("NaN",)]
    erp.run("CREATE TABLE IF NOT EXISTS odder AS SELECT * FROM odd ORDER BY number;; SELECT 1")
    typed = database.stage_typed(here, part(table="odder"), "raw", None)
    assert typed.types == ("INTEGER", "VARCHAR", "VARCHAR")
    assert (typed.rows, typed.bad_rows) == (60_000, 0)
    assert typed.tidy == {1, 2}
    listed = "SELECT c0::INTEGER, c1, c2 FROM raw ORDER BY rowid"
    said = here.execute(listed).fetchall()
    database.stage(here, part(table="odder"), "raw", None)
    assert said == here.execute(listed).fetchall()
    assert said[6] == (7, "NaN", "2024-01-01")
    assert said[-2] == (59_999, "NaN", "0044-03-15 BC")


@pytest.mark.parametrize("read", [database.stage, database.stage_typed])
def test_many_blocks_keep_every_row_in_its_place(
    erp: Server, here: Any, monkeypatch: pytest.MonkeyPatch, read: Any
) -> None:
    monkeypatch.setattr(postgres, "BLOCK", 2000)
    query = "SELECT i, CASE WHEN i % 3 = 0 THEN E'a\\nb' END, repeat('x', i % 90) FROM generate_series(1, 20000) AS i"
    staged = read(here, part(query=query), "raw", None)
    assert staged.rows == 20000
    expected = [(str(i), "a\nb" if i % 3 == 0 else None, "x" * (i % 90)) for i in range(1, 20001)]
    assert [(a, b, c or "") for a, b, c in rows(here, staged)] == expected
    assert read(here, part(query=query), "raw", None, 7).rows == 7


BLANKS = [" a", "a ", "\ta", "a\n", "\u00a0a", "a\u3000", "\ufeffa", "a\ufeff", " ", ""]


@pytest.mark.parametrize("place", [0, 299])
@pytest.mark.parametrize("has_no_room", [False, True])
def test_a_text_is_tidy_as_long_as_no_value_is_empty_or_has_blanks_around_it(
    erp: Server, here: Any, monkeypatch: pytest.MonkeyPatch, place: int, has_no_room: bool
) -> None:
    monkeypatch.setattr(postgres, "BLOCK", 2000)
    odd = "".join(f", CASE WHEN i = {place} THEN '{each}' ELSE 'a b' END" for each in BLANKS)
    day = f"CASE WHEN {has_no_room} THEN date 'infinity' ELSE date '2024-01-01' END"
    asked = f"SELECT {day}, nullif('é b', CASE WHEN i > 5 THEN 'é b' END), NULL::text{odd}"
    query = f"{asked} FROM generate_series(0, 299) AS i ORDER BY i"
    staged = database.stage_typed(here, part(query=query), "raw", None)
    assert (staged.rows, staged.bad_rows) == (300, 0)
    assert staged.tidy == ({0, 1, 2} if has_no_room else {1, 2})


def test_only_a_value_that_is_asked_for_makes_a_row_bad(erp: Server, tmp_path: Path) -> None:
    erp.run("""DROP TABLE IF EXISTS orders;;
        CREATE TABLE orders (number text, at date, net numeric(9, 2), changed timestamp, upto date);;
        INSERT INTO orders VALUES ('a', '2024-01-10', 1, '2024-01-10', 'infinity'), ('b', '2024-01-11', 'NaN',
        '2024-01-10', NULL), ('c', 'infinity', 4, '2024-01-10', NULL), ('d', '2024-01-13', 8, '2024-01-10', NULL)""")
    report = load(Mapping.from_text(ORDERS), tmp_path / "w.duckdb")
    assert sorted(report.rejected["reason"]) == [
        "date: infinity is outside 1900 to 2199", "revenue: 'NaN' is not a number",
    ]  # fmt: skip
    assert ask(tmp_path, TELL_DAYS) == [("a", "10"), ("d", "13")]


def test_no_rows_and_names_said_twice(erp: Server, here: Any) -> None:
    staged = database.stage(here, part(query="SELECT 1 AS a, 'x' AS a, 2 AS b WHERE false"), "raw", None)
    assert (staged.rows, staged.columns, staged.repeated) == (0, ("a", "a 2", "b"), {"a"})
    assert database.columns(part(query="SELECT 1 AS a, 2 AS b")) == ["a", "b"]


@pytest.mark.parametrize("kind", ["timestamptz", "timestamp", "date"])
def test_only_what_changed_since_is_asked_for(erp: Server, here: Any, kind: str) -> None:
    erp.run(f"""DROP TABLE IF EXISTS changed;; SET TimeZone = 'UTC';; CREATE TABLE changed (id int, at {kind});;
        INSERT INTO changed VALUES (1, '2024-01-01'), (2, '2024-01-03'),
            (3, NULL), (4, '2024-01-02'), (5, '2024-01-01 20:00');; SELECT 1""")
    modified = part(table="changed", changes="modified", columns={"modified": "at"})

    def asked(since: datetime | None, which: Part = modified) -> list[str]:
        return [row[0] for row in rows(here, database.stage(here, which, "raw", since))]

    assert asked(None) == ["1", "2", "3", "4", "5"]
    assert asked(datetime(2024, 1, 2)) == ["2", "3", "4"]
    east = timezone(timedelta(hours=5))
    assert asked(datetime(2024, 1, 2, 5, tzinfo=east)) == ["2", "3", "4"]
    assert asked(datetime(2024, 1, 4, tzinfo=UTC)) == ["3"]
    assert asked(datetime(2024, 1, 4), part(table="changed", columns={"modified": "at"})) == [
        "1",
        "2",
        "3",
        "4",
        "5",
    ]
    query = part(query="TABLE changed", changes="modified", columns={"modified": "at"})
    assert asked(datetime(2024, 1, 2), query) == ["2", "3", "4"]


def test_tables_are_found_in_the_catalogue(erp: Server, here: Any) -> None:
    erp.run("""CREATE SCHEMA IF NOT EXISTS "Odd ""Schema";; DROP TABLE IF EXISTS "Odd ""Schema"."it's; DROP";;
        CREATE TABLE "Odd ""Schema"."it's; DROP" AS SELECT 1 AS a;; DROP TABLE IF EXISTS "Orders", orders;;
        CREATE TABLE "Orders" AS SELECT 2 AS b;; DROP SCHEMA IF EXISTS one CASCADE;; CREATE SCHEMA one;;
        CREATE TABLE one.alone AS SELECT 3 AS c;; DROP SCHEMA IF EXISTS two CASCADE;; CREATE SCHEMA two;;
        CREATE TABLE one.both AS SELECT 4;; CREATE TABLE two.both AS SELECT 5;; SELECT 1""")
    for name, column in {
        "Odd \"Schema.it's; DROP": "a",
        "orders": "b",
        "public.Orders": "b",
        "alone": "c",
    }.items():
        assert database.stage(here, part(table=name), "raw", None).columns == (column,)
    refused(
        r"no table 'ordrs' in the database of ERP_DATABASE\. Did you mean 'public\.Orders'", table="ordrs"
    )
    refused(r"no table 'both'.*'one\.both' or 'two\.both'", table="both")
    refused("There is no table", table="orders; DROP TABLE orders")
    refused("There is no table", table="pg_catalog.pg_authid")


def test_rights(erp: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    erp.run("""DROP TABLE IF EXISTS hidden;; CREATE TABLE hidden AS SELECT 1 AS a, 2 AS b;;
        DROP ROLE IF EXISTS reader;; CREATE ROLE reader LOGIN PASSWORD 'secret word';; SELECT 1""")
    monkeypatch.setenv("ERP_DATABASE", erp.address_of("reader", "secret%20word"))
    refused(r"account of ERP_DATABASE may not read public\.hidden\. Ask for GRANT SELECT", table="hidden")
    refused("account of ERP_DATABASE may not read what", query="SELECT * FROM hidden")
    erp.run("GRANT SELECT (a) ON hidden TO reader;; SELECT 1")
    refused("may not read what Reading hidden", table="hidden")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELEC 1", r"query of \[order_lines\] cannot be understood: syntax error"),
        ("SELECT nothing FROM hidden", 'cannot be understood: column "nothing" does not exist'),
        ("SELECT 1; SELECT 2", "cannot be understood"),
        ("SELECT 1) TO PROGRAM 'touch /tmp/taken' --", "cannot be understood"),
        ("SELECT 1) TO STDOUT; DELETE FROM kept; --", "cannot be understood"),
        ("SELECT 1 /* ", "cannot be understood"),
        ("SELECT $1::int", r"holds a parameter such as \$1"),
        ("DELETE FROM kept", "asks for no rows"),
        ("DELETE FROM kept RETURNING a", "cannot be understood"),
        ("WITH gone AS (DELETE FROM kept RETURNING a) SELECT * FROM gone", "Write one SELECT"),
        ("SELECT setval('counter', 5)", "would change the database"),
        ("SET TRANSACTION READ WRITE", "asks for no rows"),
        ("", "asks for no rows"),
        ("SELECT 'Rossi'::int", "cannot be understood|failed on the server"),
        ("SELECT 1/(2 - i) FROM generate_series(1, 3) AS i", "failed on the server"),
    ],
)
def test_queries_only_read(erp: Server, query: str, words: str) -> None:
    erp.run("""DROP TABLE IF EXISTS kept;; CREATE TABLE kept AS SELECT 1 AS a;; CREATE TABLE IF NOT EXISTS hidden ();;
        CREATE SEQUENCE IF NOT EXISTS counter;; SELECT 1""")
    said = refused(words, query=query)
    assert "Rossi" not in said
    assert erp.run("SELECT (SELECT count(*) FROM kept), last_value FROM counter") == [(1, 1)]


def test_a_slow_query_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = [each.replace(f"{postgres.ANSWER_SECONDS}s", "300ms") for each in postgres.SETTINGS]
    monkeypatch.setattr(postgres, "SETTINGS", quick)
    refused("took too long", query="SELECT pg_sleep(20)")


def test_no_error_gives_the_address_away(erp: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ERP_DATABASE")
    refused("environment variable ERP_DATABASE is not set.*postgresql://name", table="x")
    away = {
        erp.address_of("owner", "wrong"): "ERP_DATABASE refuses the name or the password",
        erp.address_of("nobody", "wrong"): "ERP_DATABASE refuses the name or the password",
        erp.address_of("owner", erp.password, "absent"): "no database of that name",
        "postgresql://u:hush@127.0.0.1:1/x": "ERP_DATABASE does not answer",
        "postgresql://u:hush@localhost.invalid:1/x": "ERP_DATABASE does not answer",
        "postgresql://u:hush@127.0.0.1:notaport/x": "does not hold the address of a PostgreSQL",
        "mysql://u:hush@127.0.0.1/x": "does not hold the address of a PostgreSQL",
        "host=127.0.0.1 password=hush": "does not hold the address of a PostgreSQL",
    }
    for address, words in away.items():
        monkeypatch.setenv("ERP_DATABASE", address)
        said = refused(words, table="x")
        assert not [
            each
            for each in ("127.0.0.1", "hush", "wrong", "localhost.inv", "notaport", erp.password)
            if each in said
        ]


def test_a_server_that_accepts_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(postgres, "CONNECT_SECONDS", 0.3)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        monkeypatch.setenv("ERP_DATABASE", f"postgresql://u:p@127.0.0.1:{mute.getsockname()[1]}/x")
        refused("does not answer", table="x")


ENDLESS = "SELECT i, repeat('x', 1000) FROM generate_series(1, 2000000) AS i"
OTHERS = "FROM pg_stat_activity WHERE query LIKE 'COPY%' AND pid <> pg_backend_pid()"


def test_a_connection_lost_half_way(erp: Server, here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = database._Taken.add
    blocks: list[int] = []

    def add(self: Any, block: bytes) -> None:
        taken(self, block)
        blocks.append(len(block))
        if len(blocks) == 1:
            assert erp.run(f"SELECT pg_terminate_backend(pid) {OTHERS}") == [(True,)]

    monkeypatch.setattr(database._Taken, "add", add)
    with pytest.raises(BadInput, match=r"connection .* was lost after \d+ MB.*Nothing was loaded"):
        database.stage(here, part(query=ENDLESS), "raw", None)
    assert 1 <= len(blocks) < 10


def test_whoever_stops_reading_leaves_nothing_behind(erp: Server) -> None:
    with postgres.CopyAnswer(
        erp.address, postgres.CopyQuestion("ERP_DATABASE", "order_lines", query=ENDLESS)
    ) as answer:
        next(iter(answer))
        thread = answer._thread
    assert not thread.is_alive()
    deadline = time.monotonic() + 120
    while erp.run(f"SELECT count(*) {OTHERS}") != [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_same_rows_have_the_same_digest(erp: Server, here: Any) -> None:
    erp.run(
        "DROP TABLE IF EXISTS same;; CREATE TABLE same AS SELECT i FROM generate_series(1, 50000) AS i;; SELECT 1"
    )
    one, two = (
        read(here, part(table="same"), "raw", None) for read in (database.stage, database.stage_typed)
    )
    assert one.digest == two.digest != ""
    erp.run("UPDATE same SET i = 0 WHERE i = 50000;; SELECT 1")
    assert database.stage(here, part(table="same"), "raw", None).digest != one.digest


def test_a_database_that_declares_no_encoding(
    erp: Server, here: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    erp.run("CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C';; SELECT 1")
    erp.run(
        "CREATE TABLE t (a text, n int);; INSERT INTO t VALUES ('ok', 1), (E'caf\\351', 2);; SELECT 1",
        "bytes",
    )
    monkeypatch.setenv("ERP_DATABASE", erp.address_of("owner", erp.password, "bytes"))
    refused("Reading t gives bytes that are no text", table="t")
    assert database.stage(here, part(query="SELECT n FROM t"), "raw", None).rows == 2


def test_it_can_be_read_from_within_an_event_loop(here: Any) -> None:
    async def page() -> int:
        return database.stage(here, part(query="SELECT 1"), "raw", None).rows

    assert alone(page()) == 1


@pytest.mark.parametrize("read", [database.stage, database.stage_typed])
def test_moments_fall_on_the_day_of_the_firm_s_zone(erp: Server, here: Any, read: Any) -> None:
    erp.run("""DROP TABLE IF EXISTS moments;; CREATE TABLE moments (at timestamptz, there timestamp, net int);;
        INSERT INTO moments VALUES ('2024-03-30 22:59:59+00', '2024-03-30 22:59:59', 1),
            ('2024-03-30 23:00:00+00', '2024-03-30 23:00:00', 2), ('2024-03-31 21:59:59+00', '2024-03-31 21:59:59', 3),
            ('2024-03-31 22:00:00+00', '2024-03-31 22:00:00', 4), ('2024-10-27 23:00:00+00', NULL, 5);; SELECT 1""")

    def days(column: str, zone: str) -> list[str]:
        told = part(table="moments", columns={"date": column, "revenue": "net"})
        type_rows(here, told, read(here, told, "raw", None), [], "typed", zone)
        found = here.execute("SELECT f_date::VARCHAR FROM typed ORDER BY place").fetchall()
        return [day for (day,) in found]

    sundays = ["2024-03-31", "2024-03-31"]
    assert days("at", "Europe/Rome") == ["2024-03-30", *sundays, "2024-04-01", "2024-10-28"]
    assert days("at", "") == ["2024-03-30", "2024-03-30", *sundays, "2024-10-27"]
    assert days("there", "Europe/Rome") == ["2024-03-30", "2024-03-30", *sundays, None]


ORDERS = """
source = "erp"
[order_lines]
database = "ERP_DATABASE"
table = "orders"
key = ["order"]
changes = "modified"
[order_lines.columns]
date = "at"
order = "number"
revenue = "net"
modified = "changed"
"""
TELL_DAYS = """SELECT number, strftime(DATE '1970-01-01' + day_key, '%d')
FROM sale JOIN sales_order USING (order_key) ORDER BY 1"""


def test_blanks_around_a_text_of_some_rows_tell_no_order_from_another(erp: Server, tmp_path: Path) -> None:
    erp.run("""DROP TABLE IF EXISTS orders;;
        CREATE TABLE orders (number text, at date, net int, changed timestamp);;
        INSERT INTO orders VALUES ('a', '2024-01-10', 1, '2024-01-10'), (E'b \\t', '2024-01-10', 2, '2024-01-10'),
            (E'\\u00a0c', '2024-01-10', 4, '2024-01-10'), ('', '2024-01-10', 8, '2024-01-10')""")
    load(Mapping.from_text(ORDERS), tmp_path / "w.duckdb")
    assert [number for number, _ in ask(tmp_path, TELL_DAYS)] == ["a", "b", "c"]


@pytest.mark.parametrize(("minutes", "seen"), [(50, True), (70, False)])
def test_what_was_committed_late_is_asked_for_within_the_hour(
    erp: Server, tmp_path: Path, minutes: int, seen: bool
) -> None:
    """A long transaction stamps its rows when it begins: they may be seen after later ones were loaded."""
    erp.run("""DROP TABLE IF EXISTS orders;;
        CREATE TABLE orders (number text, at date, net int, changed timestamp);;
        INSERT INTO orders VALUES ('a', '2024-01-10', 1, '2024-01-10 12:00')""")
    mapping, path = Mapping.from_text(ORDERS), tmp_path / "w.duckdb"
    load(mapping, path)
    late = datetime(2024, 1, 10, 12) - timedelta(minutes=minutes)
    erp.run(f"INSERT INTO orders VALUES ('b', '2024-01-10', 2, '{late}')")
    load(mapping, path)
    assert [number for number, _ in ask(tmp_path, TELL_DAYS)] == (["a", "b"] if seen else ["a"])


def test_after_a_change_of_the_time_zone_everything_is_asked_for_again(erp: Server, tmp_path: Path) -> None:
    erp.run("""DROP TABLE IF EXISTS orders;;
        CREATE TABLE orders (number text, at timestamptz, net int, changed timestamp);;
        INSERT INTO orders VALUES ('a', '2024-01-10 23:30:00+00', 1, '2024-01-10'), ('b', '2024-02-10 23:30:00+00', 2,
        '2024-02-11')""")  # fmt: skip
    mapping, path = Mapping.from_text(ORDERS), tmp_path / "w.duckdb"
    load(mapping, path)
    assert ask(tmp_path, TELL_DAYS) == [("a", "10"), ("b", "10")]
    save(path, TimeSettings(time_zone="Europe/Rome"))
    assert load(mapping, path).rows_read == 2
    assert ask(tmp_path, TELL_DAYS) == [("a", "11"), ("b", "11")]
    erp.run("UPDATE orders SET net = 5, changed = '2024-03-01' WHERE number = 'a'")
    load(mapping, path)
    assert ask(tmp_path, TELL_DAYS) == [("a", "11"), ("b", "11")]
    assert ask(tmp_path, "SELECT sum(revenue)::INT FROM sale") == [(7,)]
