"""Declared and usual checks: what they find on a few rows, in words; what they refuse; TOML in, TOML out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from data.connection import Connection
from data.errors import BadInput
from data.load import load
from data.load.checking import delivery_checks
from data.load.checking.delivery_checks import Result
from data.load.mappings.expression import check_patterns
from data.load.mappings.mapping import Mapping, Part
from data.model.canonical_tables import create_statements
from data.store import duckdb_engine as engine

AS_OF = datetime(2024, 2, 1, 6)
LINES = """source = "erp"
[order_lines]
{settings}
[order_lines.columns]
date = "Day"
order = "Order"
line = "Line"
customer = "Customer"
city = "City"
revenue = "Net"
[order_lines.attributes]
mail = "Mail"
"""
COLUMNS = {
    "f_date": "DATE",
    "f_order": "VARCHAR",
    "f_line": "VARCHAR",
    "f_customer": "VARCHAR",
    "f_city": "VARCHAR",
    "f_revenue": "DECIMAL(18,4)",
    "a_mail": "VARCHAR",
}


@pytest.fixture
def connection() -> Iterator[Any]:
    with engine.scratch() as opened:
        for statement in create_statements():
            opened.execute(statement)
        yield opened


def lines(settings: str) -> Part:
    return Mapping.from_text(LINES.format(settings=settings)).parts[0]


def declared(*entries: str) -> Part:
    return lines(f"checks = [{', '.join(entries)}]")


def deliver(connection: Connection, *rows: dict[str, Any]) -> None:
    """The typed table: sound rows of one day unless a row says otherwise."""
    named = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE typed (place BIGINT, row BIGINT, reason VARCHAR, {named})"
    )
    usual = {"date": date(2024, 1, 31), "customer": "c1", "revenue": 10}
    for at, row in enumerate(rows, 1):
        known = usual | {"order": f"o{at}", "line": "1"} | row
        values = [known.get(name.partition("_")[2]) for name in COLUMNS]
        marks = ", ".join("?" * len(values))
        connection.execute(
            f"INSERT INTO typed VALUES (?, ?, ?, {marks})", [at, at, row.get("reason"), *values]
        )


def results(connection: Connection, part: Part) -> dict[str, Result]:
    return {
        each.name: each for each in delivery_checks.look(connection, part, "typed", "erp/order_lines", AS_OF)
    }


def failed(connection: Connection, part: Part) -> set[str]:
    return {name for name, each in results(connection, part).items() if not each.passed}


def delivered(
    connection: Connection, *rows_read: int, part: str = "order_lines", source: str = "erp"
) -> None:
    """Earlier deliveries of the stream, a day apart."""
    for rows in rows_read:
        batch = connection.execute("SELECT coalesce(max(batch), 0) + 1 FROM batch").fetchall()[0][0]
        moment = datetime(2024, 1, batch, 6)
        connection.execute("INSERT INTO batch VALUES (?, ?, ?, ?, 'load')", [batch, source, moment, moment])
        connection.execute(
            "INSERT INTO delivery VALUES (?, ?, 'f.csv', '', '', '[]', ?, ?, 0, 0, 0, 0, NULL, NULL)",
            [batch, part, rows, rows],
        )


def listed(
    connection: Connection, *numbers: str, stream: str = "erp/customers", numbering: str = "erp"
) -> None:
    """Customers that a list told of."""
    for number in numbers:
        key = connection.execute("SELECT count(*) + 1 FROM customer_identity").fetchall()[0][0]
        connection.execute("INSERT INTO customer_identity VALUES (?, ?, ?, ?)", [key, numbering, number, key])
        connection.execute(
            "INSERT INTO customer_record (identity_key, stream, trust, valid_from, seen_until, deleted, held, hash,"
            " batch, row_in_source) VALUES (?, ?, 10, ?, ?, false, [], 1, 1, 1)",
            [key, stream, AS_OF, AS_OF],
        )


def test_a_range_tells_how_many_are_outside_and_which(connection: Connection) -> None:
    deliver(connection, {"revenue": "-0.01"}, {"revenue": 0}, {"revenue": 100}, {"revenue": "100.01"})
    found = results(connection, declared("{ field = 'revenue', min = 0, max = 100 }"))[
        "revenue is in its range"
    ]
    assert not found.passed
    assert found.found == "2 of 4 rows outside, from -0.01 to 100.01"
    assert found.expected == "0 to 100"
    assert found.examples == ("row 1 (revenue -0.0100)", "row 4 (revenue 100.0100)")
    assert "row 4" in found.told


@pytest.mark.parametrize(
    ("entry", "passes"),
    [
        ("{ field = 'revenue', min = 10 }", True),
        ("{ field = 'revenue', min = 10.0001 }", False),
        ("{ field = 'revenue', max = 9.9999 }", False),
        ("{ field = 'date', min = 2024-01-31 }", True),
        ("{ field = 'date', min = '2024-02-01' }", False),
        ("{ field = 'date', max = 2024-01-30 }", False),
    ],
)
def test_edges_belong_to_their_range(connection: Connection, entry: str, passes: bool) -> None:
    deliver(connection, {})
    part = declared(entry)
    assert results(connection, part)[part.checks[0].name].passed == passes


def test_a_key_repeats_only_as_a_whole_and_rejected_rows_do_not_count(connection: Connection) -> None:
    part = declared('{ unique = ["order", "line"] }')
    deliver(
        connection,
        {"order": "a", "line": "1"},
        {"order": "a", "line": "2"},
        {"order": "b", "line": "1"},
        {"order": "b", "line": "1", "reason": "date: is empty"},
        {"order": "b", "line": None},
        {"order": "b", "line": None},
    )
    assert results(connection, part)["order and line are unique"].passed
    deliver(connection, {"order": "a", "line": "1"}, {"order": "b"}, {"order": "a", "line": "1"})
    found = results(connection, part)["order and line are unique"]
    assert not found.passed
    assert found.found == "1 of 3 rows repeating another"
    assert found.examples == ("row 1 (order a, line 1)", "row 3 (order a, line 1)")


def test_customers_are_known_where_a_list_of_the_same_numbering_holds_them(connection: Connection) -> None:
    deliver(connection, *[{"customer": each} for each in ("c1", "c1", "c1", "c2", None)])
    part = declared("{ field = 'customer', known = 0.75 }")
    assert (
        results(connection, part)["customer is in a list"].found == "no list of customers with these numbers"
    )
    listed(connection, "c1", stream="erp/order_lines")
    listed(connection, "c1", numbering="shop", stream="shop/customers")
    assert "customer is in a list" in failed(connection, part)
    listed(connection, "c1")
    found = results(connection, part)["customer is in a list"]
    assert (found.passed, found.found) == (True, "75% of 4 rows")
    strict = declared("{ refers = 'customer' }")
    found = results(connection, strict)["customer is in a list"]
    assert (found.passed, found.expected, found.examples) == (False, "at least 100%", ("row 4",))


def test_shares_never_look_better_than_they_are(connection: Connection) -> None:
    deliver(connection, *[{"city": None if at < 7 else "Rome"} for at in range(1000)])
    found = results(connection, declared("{ filled = 'city', at_least = 0.9931 }"))["city is filled"]
    assert (found.passed, found.found) == (False, "99.3% of 1,000 rows")
    assert results(connection, declared("{ filled = 'city', at_least = 0.993 }"))["city is filled"].passed
    deliver(connection, {"city": "Rome"}, {"city": "Rome"}, {"city": None})
    assert results(connection, declared("{ filled = 'city' }"))["city is filled"].found == "66.6% of 3 rows"


def test_a_pattern_holds_for_the_whole_value_of_a_field_or_an_attribute(connection: Connection) -> None:
    deliver(connection, {"mail": "a@b.it"}, {"mail": "write to a@b.it"}, {"mail": None})
    part = declared("{ field = 'mail', matches = '[^ @]+@[^ @]+', at_least = 0.5 }")
    assert results(connection, part)["mail is written right"].found == "50% of 2 rows"
    assert "mail is written right" not in failed(connection, part)
    assert "mail is written right" in failed(connection, declared("{ field = 'mail', matches = 'a@b' }"))


def test_freshness_is_held_against_the_delivery_s_own_moment(connection: Connection) -> None:
    deliver(connection, {"date": date(2024, 1, 29)}, {"date": date(2024, 1, 5)})
    found = results(connection, declared("{ fresh_days = 3 }"))["the newest row is recent"]
    assert found.passed
    assert found.found == "the newest of 2024-01-29, 3 days before this delivery"
    assert failed(connection, declared("{ fresh_days = 2 }")) == {"the newest row is recent"}


def test_volume_is_held_against_the_median_of_what_the_stream_delivered(connection: Connection) -> None:
    part = declared("{ rows_within = 0.5 }")
    deliver(connection, *[{}] * 5)
    assert "as many rows as usual" not in results(connection, part)
    delivered(connection, 10, 10, 1000)
    delivered(connection, 500, 500, 500, 500, part="invoices")
    delivered(connection, 500, 500, 500, 500, source="shop")
    found = results(connection, part)["as many rows as usual"]
    assert (found.passed, found.found) == (True, "5 rows")
    assert found.expected == "5 to 15 rows, as the last 3 deliveries had about 10"
    deliver(connection, *[{}] * 4)
    assert "as many rows as usual" in failed(connection, part)
    deliver(connection, *[{}] * 16)
    assert "as many rows as usual" in failed(connection, part)


def test_without_a_declaration_the_usual_is_checked_as_a_warning(connection: Connection) -> None:
    part = lines('key = ["order", "line"]')
    deliver(connection, *[{}] * 10)
    assert failed(connection, part) == set()
    deliver(
        connection,
        *[{"order": "same", "customer": "nobody", "city": each} for each in ("Rome", "Oslo", "Bern")],
        {"date": date(2024, 2, 2)},
        *[{"reason": "date: is empty"}] * 3,
    )
    delivered(connection, 1000, 1000, 1000)
    listed(connection, "c1")
    assert failed(connection, part) == {
        "order and line are unique",
        "few rows are rejected",
        "as many rows as usual",
        "customer is in a list",
        "date is not in the future",
    }
    assert {each.severity for each in results(connection, part).values()} == {"warn"}


def test_a_row_that_comes_twice_is_a_repeat_unless_a_key_is_declared(connection: Connection) -> None:
    deliver(connection, {"order": "o"}, {"order": "o"}, {"order": "p", "city": "Rome"})
    plain = 'key = ["order", "line"]'
    assert failed(connection, lines(plain)) == set()
    strict = lines(f'{plain}\nchecks = [{{ unique = ["order", "line"] }}]')
    assert failed(connection, strict) == {"order and line are unique"}
    deliver(connection, {"order": "o"}, {"order": "o"}, {"order": "o", "city": "Rome"}, {"order": "p"})
    found = results(connection, lines(plain))["order and line are unique"]
    assert (found.passed, found.found) == (False, "1 of 4 rows repeating another")
    assert found.examples[0] == "row 1 (order o, line 1)"


def test_an_order_with_many_lines_is_no_repeat_and_increments_have_no_usual_volume(
    connection: Connection,
) -> None:
    deliver(connection, {"order": "o", "line": None}, {"order": "o", "line": None})
    delivered(connection, 1000, 1000, 1000)
    assert failed(connection, lines('key = ["order"]')) == {"as many rows as usual"}
    text = LINES.format(settings='key = ["order"]\nchanges = "modified"').replace(
        "[order_lines.attributes]", 'modified = "M"\n[order_lines.attributes]'
    )
    assert failed(connection, Mapping.from_text(text).parts[0]) == set()


def test_the_usual_age_is_learnt_from_the_deliveries_before(connection: Connection) -> None:
    part = lines("")
    delivered(connection, 5, 5, 5)
    for batch in (1, 2, 3):
        day = (date(2024, 1, batch) - date(1970, 1, 1)).days - 4
        connection.execute(
            "INSERT INTO sale (day_key, customer_key, customer_code, identity_key, product_key, product_code,"
            " channel_key, line_key, order_key, revenue, is_return, is_order, batch, row_in_source)"
            " VALUES (?, 0, 0, 0, 0, 0, 0, 0, 1, 1, false, true, ?, 1)",
            [day, batch],
        )
    deliver(connection, *[{"date": date(2024, 1, 22)}] * 5)
    found = results(connection, part)["the newest row is recent"]
    assert (found.passed, found.expected) == (True, "at most 10 days")
    deliver(connection, *[{"date": date(2024, 1, 21)}] * 5)
    assert failed(connection, part) == {"the newest row is recent"}


def test_a_failing_stop_refuses_the_load_and_a_warning_is_kept(connection: Connection) -> None:
    deliver(connection, {"revenue": -5, "city": None})
    part = declared("{ field = 'revenue', min = 0, severity = 'stop' }", "{ filled = 'city' }")
    with pytest.raises(BadInput, match=r"1 of 1 row outside.*expected at least 0.*row 1 \(revenue -5"):
        delivery_checks.refuse(
            part, delivery_checks.look(connection, part, "typed", "erp/order_lines", AS_OF)
        )
    assert connection.execute("SELECT count(*) FROM quality").fetchall() == [(0,)]
    deliver(connection, {"revenue": 5, "city": None})
    found = delivery_checks.look(connection, part, "typed", "erp/order_lines", AS_OF)
    delivery_checks.refuse(part, found)
    delivery_checks.keep(connection, part, 7, found)
    kept = "SELECT batch, part, severity, passed, found FROM quality WHERE name IN ($a, $b) ORDER BY name"
    names = {"a": "revenue is in its range", "b": "city is filled"}
    assert connection.execute(kept, names).fetchall() == [
        (7, "order_lines", "warn", False, "0% of 1 row"),
        (7, "order_lines", "stop", True, "0 of 1 row outside, from 5 to 5"),
    ]


def test_mended_rows_are_not_taken_for_a_whole_delivery(connection: Connection) -> None:
    delivered(connection, 100, 100, 100)
    deliver(connection, {"revenue": -5, "date": date(2023, 1, 1)})
    part = declared(
        "{ rows_within = 0.5, severity = 'stop' }", "{ fresh_days = 1 }", "{ field = 'revenue', min = 0 }"
    )
    found = delivery_checks.look(connection, part, "typed", "erp/order_lines", AS_OF, of_whole=False)
    assert {each.name for each in found if not each.passed} == {"revenue is in its range"}


def test_examples_never_name_a_person(connection: Connection) -> None:
    listed(connection, "c9")
    deliver(connection, {"customer": "Ann Smith"})
    told = results(connection, declared("{ refers = 'customer' }"))["customer is in a list"].told
    assert "row 1" in told
    assert "Ann" not in told


def test_lines_that_never_became_rows_are_rejected_rows_of_the_delivery(connection: Connection) -> None:
    deliver(connection, *[{}] * 9)
    part = declared("{ rejected_at_most = 0.1 }")
    found = delivery_checks.look(connection, part, "typed", "erp/order_lines", AS_OF, unreadable=1)[0]
    assert (found.passed, found.found) == (True, "10% rejected (1 of 10 rows)")
    assert not delivery_checks.look(connection, part, "typed", "erp/order_lines", AS_OF, unreadable=2)[
        0
    ].passed


def test_one_bad_row_of_a_short_list_is_nothing_unusual(connection: Connection) -> None:
    deliver(connection, {}, {}, *[{"reason": "date: is empty"}] * 2)
    assert failed(connection, lines("")) == set()
    assert failed(connection, declared("{ rejected_at_most = 0.1 }")) == {"few rows are rejected"}


def test_an_empty_delivery_is_told_of_without_a_fault(connection: Connection) -> None:
    deliver(connection)
    part = declared(
        "{ field = 'revenue', min = 0 }",
        "{ unique = 'order' }",
        "{ filled = 'city' }",
        "{ fresh_days = 1 }",
        "{ field = 'mail', matches = 'x' }",
    )
    assert failed(connection, part) == set()


def test_a_list_tells_of_each_member_once_a_moment(connection: Connection) -> None:
    connection.execute(
        "CREATE TEMP TABLE typed AS SELECT row AS place, row, NULL::VARCHAR AS reason, id AS f_customer,"
        " moment AS f_modified, name AS f_customer_name"
        " FROM (VALUES (1, 'a', TIMESTAMP '2024-01-01', 'x'), (2, 'a', TIMESTAMP '2024-01-02', 'y'))"
        " AS t(row, id, moment, name)"
    )
    plain = 'source = "erp"\n[customers]\n[customers.columns]\ncustomer = "Number"\n'

    def repeats(text: str) -> set[str]:
        part = Mapping.from_text(text).parts[0]
        found = delivery_checks.look(connection, part, "typed", "erp/customers", AS_OF)
        return {each.name for each in found if not each.passed}

    assert repeats(plain) == {"customer is unique"}
    assert repeats(plain + 'modified = "Changed"\n') == set()


def test_checks_go_through_toml_unchanged_and_leave_the_identity_of_a_load_alone() -> None:
    part = declared(
        '{ unique = ["order", "line"], severity = "stop" }',
        "{ field = 'revenue', min = 0, max = 100000.5 }",
        "{ field = 'date', max = 2030-01-01 }",
        "{ field = 'customer', known = 0.95 }",
        r"{ field = 'mail', matches = '\\d+ \"x\"', at_least = 0.9 }",
        "{ filled = 'city', at_least = 0.8 }",
        "{ fresh_days = 3 }",
        "{ rows_within = 0.5 }",
        "{ refers = 'customer' }",
        "{ rejected_at_most = 0.01 }",
    )
    mapping = Mapping("erp", (part,))
    again = Mapping.from_text(mapping.to_toml()).parts[0]
    assert len(part.checks) == 10
    assert again.checks == part.checks
    assert again.hash == lines("").hash


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("{ uniqe = ['order'] }", "unique"),
        ("{ field = 'revenue' }", "does not say what to check"),
        ("{ min = 0 }", "of which field"),
        ("{ field = 'revenu', min = 0 }", "Did you mean 'revenue'"),
        ("{ field = 'revenue', min = '0' }", "numbers"),
        ("{ field = 'city', min = 0 }", "it has no range"),
        ("{ field = 'date', min = 'soon' }", "2024-01-31"),
        ("{ field = 'city', known = 0.5 }", "No list tells of 'city'"),
        ("{ field = 'customer', known = 95 }", "not a share"),
        ("{ field = 'city', matches = '(' }", "no pattern"),
        ("{ filled = 'product' }", "not mapped"),
        ("{ fresh_days = -1 }", "0 or more"),
        ("{ fresh_days = true }", "0 or more"),
        ("{ filled = 'city', severity = 'stopp' }", "Did you mean 'stop'"),
        ("{ filled = 'city', min = 3 }", "does not say of which field|cannot hold"),
        ("'unique'", "not a table"),
    ],
)
def test_a_check_that_means_nothing_is_refused_in_words(entry: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        declared(entry)


def test_checks_that_are_no_list_are_refused() -> None:
    with pytest.raises(BadInput, match="not a list"):
        lines("checks = { unique = 'order' }")


def test_a_pattern_of_an_expression_is_tried_out_before_rows_meet_it(tmp_path: Path) -> None:
    check_patterns('matches(customer, "[0-9]{5}") and lower(matches)', "of revenue")
    with pytest.raises(
        BadInput, match=r"expression of revenue could not be loaded: its pattern '\[' is wrong"
    ):
        check_patterns('1 if not matches(customer, "[") else 0', "of revenue")
    (tmp_path / "l.csv").write_text("Day,Order,Amount\n2024-01-05,A1,2\n")
    columns = (
        'file = "l.csv"\n[order_lines.columns]\ndate = "Day"\norder = "Order"\n[order_lines.expressions]\n'
    )
    text = f"""source = "s"\n[order_lines]\n{columns}revenue = "1 if matches(order, '[') else 0"\n"""
    with pytest.raises(BadInput, match=r"'\['.*missing \]: \[\.") as refused:
        load(Mapping.from_text(text, tmp_path), tmp_path / "w.duckdb")
    assert "of revenue of [order_lines]" in str(refused.value)
    assert "Invalid Input" not in str(refused.value)
