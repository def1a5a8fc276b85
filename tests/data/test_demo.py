"""The demonstration firm is what its truth says, and each planted thing can be found again."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, special, stats

from cubes.aggregates import space_budget
from data import demo
from data.errors import BadInput, WarehouseError
from data.store.warehouse import Warehouse

pytestmark = pytest.mark.usefixtures("as_in_use")

SMALL = demo.Firm(lines=30_000)


def made(path: Path, firm: demo.Firm) -> Warehouse:
    demo.simulate(path, firm)
    return Warehouse(path)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The firm of the default size, 20,000 customers, without the roll-ups that nothing here asks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(space_budget.DEFAULTS, space_budget.LEAST_LINES, "10000000")
        warehouse = made(tmp_path_factory.mktemp("demo") / "firm.duckdb", demo.Firm())
    yield warehouse
    warehouse.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    warehouse = made(tmp_path_factory.mktemp("demo") / "small.duckdb", SMALL)
    yield warehouse
    warehouse.close()


def one(warehouse: Warehouse, sql: str) -> tuple:
    (row,) = warehouse.rows(sql)
    return row


def checksums(warehouse: Warehouse) -> list[object]:
    tables = (
        "sale",
        "sales_order",
        "customer",
        "product",
        "channel",
        "line",
        "batch",
        "member",
        "truth.customer",
    )
    return [one(warehouse, f"SELECT count(*), sum(hash(t)) FROM {table} AS t") for table in tables]


def test_same_seed_makes_the_same_firm(small: Warehouse, tmp_path: Path) -> None:
    again = made(tmp_path / "again.duckdb", SMALL)
    assert checksums(again) == checksums(small)
    again.close()


def test_another_seed_makes_another_firm(small: Warehouse, tmp_path: Path) -> None:
    other = made(tmp_path / "other.duckdb", demo.Firm(lines=30_000, seed=8))
    assert all(a != b for a, b in zip(checksums(other)[:3], checksums(small)[:3], strict=True))
    other.close()


@pytest.mark.parametrize("sized", [demo.Firm(30_000, 1_000, 300), demo.Firm(30_000, 400)])
def test_size_is_met(sized: demo.Firm, tmp_path: Path) -> None:
    warehouse = made(tmp_path / "sized.duckdb", sized)
    lines, customers = one(warehouse, "SELECT count(*), (SELECT count(*) - 1 FROM customer) FROM sale")
    assert lines == pytest.approx(sized.lines, rel=0.15)
    assert customers == sized.customers
    assert (
        one(warehouse, "SELECT count(*) - 1, count(DISTINCT name) - 1 FROM product") == (sized.products,) * 2
    )
    warehouse.close()


def test_default_size(firm: Warehouse) -> None:
    assert firm.profile.lines == pytest.approx(1_000_000, rel=0.04)
    assert firm.profile.customers == 20_000
    assert (str(firm.profile.first_day), str(firm.profile.last_day)) == ("2023-01-01", "2025-12-31")
    assert (firm.profile.firm, firm.profile.currency) == ("Distretto Val Bisenzio", "EUR")
    assert [(each.name, each.dimension) for each in firm.profile.attributes] == [
        ("brand", "product"),
        ("payment", "line"),
    ]


def test_books_balance(firm: Warehouse) -> None:
    read, loaded, dropped = one(
        firm, "SELECT rows_read, rows_loaded, rows_rejected + repeats_dropped FROM delivery"
    )
    assert (read, dropped) == (loaded, 0)
    assert (
        one(firm, "SELECT count(*), count(DISTINCT row_in_source), max(row_in_source) FROM sale")
        == (loaded,) * 3
    )


def test_every_key_is_known(firm: Warehouse) -> None:
    for table in ("customer", "product", "channel", "line"):
        strays = f"SELECT count(*) FROM sale ANTI JOIN {table} USING ({table}_key)"
        assert one(firm, strays) == (0,)
    unnumbered = "SELECT count(*) FROM sale FULL JOIN sales_order o USING (order_key) WHERE o.number IS NULL"
    assert one(firm, unnumbered) == (0,)
    assert one(firm, "SELECT count(*) - count(DISTINCT number) FROM sales_order") == (0,)


def test_lines_lie_by_month_and_customer_and_are_numbered_by_day(firm: Warehouse) -> None:
    place = "(date_trunc('month', DATE '1970-01-01' + day_key), customer_key, order_key, row_in_source)"
    misplaced = f"""SELECT count(*) FROM (
        SELECT {place} < lag({place}) OVER (ORDER BY rowid) AS back,
            day_key < lag(day_key) OVER (ORDER BY row_in_source) AS earlier FROM sale)
        WHERE back OR earlier"""
    assert one(firm, misplaced) == (0,)
    assert one(firm, "SELECT min(row_in_source), max(row_in_source) - count(*) FROM sale") == (1, 0)


def test_an_order_has_one_day_customer_and_channel(firm: Warehouse) -> None:
    assert firm.profile.orders_are_whole
    broken = """SELECT count(*) FROM (
        SELECT order_key FROM sale GROUP BY order_key, is_return
        HAVING count(*) FILTER (is_order) <> (NOT is_return)::INT OR min(day_key) < max(day_key)
            OR min(customer_key) < max(customer_key) OR min(channel_key) < max(channel_key)
            OR count(*) <> count(DISTINCT product_key))"""
    assert one(firm, broken) == (0,)
    mixed = "SELECT count(*) FROM (SELECT order_key FROM sale GROUP BY ALL HAVING min(is_return) < max(is_return))"
    assert one(firm, mixed) == (0,)


def test_a_return_follows_a_purchase(firm: Warehouse) -> None:
    returns, positive = one(
        firm,
        "SELECT count(*), count(*) FILTER (units >= 0 OR revenue >= 0 OR cost >= 0) FROM sale WHERE is_return",
    )
    assert returns > 10_000
    assert positive == 0
    assert one(firm, "SELECT count(*) FROM sale WHERE NOT is_return AND (units <= 0 OR revenue <= 0)") == (0,)
    orphans = """SELECT count(*) FROM (FROM sale WHERE is_return) AS back
        WHERE NOT EXISTS (
            FROM sale AS bought WHERE NOT bought.is_return AND bought.customer_key = back.customer_key
            AND bought.product_key = back.product_key AND bought.day_key < back.day_key
            AND bought.units >= -back.units)"""
    assert one(firm, orphans) == (0,)


def bgnbd_log_likelihood(logs: np.ndarray, x: np.ndarray, last: np.ndarray, window: np.ndarray) -> float:
    """Fader, Hardie & Lee 2005, eq. 6, the mean over customers."""
    r, alpha, a, b = np.exp(logs)
    common = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
    stays = special.betaln(a, b + x) - (r + x) * np.log(alpha + window)
    left = special.betaln(a + 1, b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + last)
    either = np.where(x > 0, np.logaddexp(stays, left), stays)
    return float(np.mean(common + either - special.betaln(a, b)))


def test_the_purchase_process_is_recovered(firm: Warehouse) -> None:
    """Tolerances are three standard errors of 20 bootstraps: .013, .47, .024 and .44."""
    rows = firm.rows(
        """SELECT count(DISTINCT day_key) - 1, max(day_key) - min(day_key),
            (SELECT max(day_key) FROM time) - min(day_key)
        FROM sale WHERE NOT is_return AND customer_code > 0 GROUP BY customer_code"""
    )
    x, last, window = np.array(rows, float).T
    found = optimize.minimize(
        lambda logs: -bgnbd_log_likelihood(logs, x, last, window), np.zeros(4), method="L-BFGS-B"
    )
    assert found.success
    truth = dict(firm.rows("SELECT name, value FROM truth.parameter"))
    for name, value, tolerance in zip(
        ("r", "alpha", "a", "b"), np.exp(found.x), (0.04, 1.4, 0.075, 1.3), strict=True
    ):
        assert value == pytest.approx(truth[name], abs=tolerance), name


def test_customers_buy_from_t0_until_they_leave(firm: Warehouse) -> None:
    broken = """SELECT count(*) FROM truth.customer JOIN (
            SELECT customer_code, DATE '1970-01-01' + min(day_key) AS first, DATE '1970-01-01' + max(day_key) AS last
            FROM sale WHERE NOT is_return GROUP BY ALL) USING (customer_code)
        WHERE first <> t0 OR last <> died_on"""
    assert one(firm, broken) == (0,)
    left, everybody = one(firm, "SELECT count(died_on), count(*) FROM truth.customer")
    assert 0.3 < left / everybody < 0.7


def test_planted_associations_stand_out(firm: Warehouse) -> None:
    pairs = firm.rows("SELECT antecedent_code, consequent_code, chance FROM truth.association ORDER BY ALL")
    orders = {
        product: {order for (order,) in firm.rows(
            "SELECT order_key FROM sale WHERE product_code = ? AND NOT is_return", [product]
        )}
        for product in {code for pair in pairs for code in pair[:2]}
    }  # fmt: skip
    (whole,) = one(firm, "SELECT count(*) FROM sale WHERE is_order")

    def lift(one: int, other: int) -> float:
        return len(orders[one] & orders[other]) * whole / len(orders[one]) / len(orders[other])

    assert len(pairs) >= 10
    for (antecedent, consequent, chance), (*_, stranger, _) in zip(pairs, pairs[1:] + pairs[:1], strict=True):
        buyers = len(orders[antecedent])
        confidence = len(orders[antecedent] & orders[consequent]) / buyers
        error = (chance * (1 - chance) / buyers) ** 0.5
        assert chance - 3.5 * error < confidence < chance + 3.5 * error + 0.06
        assert lift(antecedent, consequent) > 10
        assert lift(antecedent, stranger) < 4


def test_the_price_change_shows(firm: Warehouse) -> None:
    ((changed, factor),) = firm.rows("SELECT category, price_factor FROM truth.price_change")
    ratios = firm.rows(
        """WITH priced AS (
            SELECT category, product_code, customer_kind, (sum(revenue) / sum(units))::DOUBLE AS price,
                DATE '1970-01-01' + day_key >= (SELECT changed_on FROM truth.price_change) AS after
            FROM sale JOIN product USING (product_code) JOIN customer USING (customer_key)
            WHERE day_key >= DATE '2025-01-01' - DATE '1970-01-01' GROUP BY ALL)
        SELECT category, median(late.price / early.price)
        FROM (FROM priced WHERE after) AS late JOIN (FROM priced WHERE NOT after) AS early
            USING (category, product_code, customer_kind)
        GROUP BY category"""
    )
    for category, ratio in ratios:
        assert ratio == pytest.approx(factor if category == changed else 1, abs=0.005), category


def test_demand_answers_the_price(firm: Warehouse) -> None:
    ((changed,),) = firm.rows("SELECT category FROM truth.price_change")
    counts = firm.rows(
        """SELECT category, count(*) FILTER (year(day) = 2025), count(*) FILTER (year(day) = 2024)
        FROM sale JOIN product USING (product_code) JOIN time USING (day_key)
        WHERE NOT is_return AND month(day) BETWEEN 3 AND 8 GROUP BY category"""
    )
    growth = {category: late / early for category, late, early in counts}
    usual = np.median(list(growth.values()))
    assert growth.pop(changed) / usual < 0.85
    assert all(0.9 < each / usual < 1.1 for each in growth.values())


def test_the_campaign_is_measured_right(firm: Warehouse) -> None:
    ((first, last, uplift),) = firm.rows(
        "SELECT first_day, last_day, uplift_eur_a_customer FROM truth.campaign WHERE number = 'CMP-2509'"
    )
    spent = firm.frame(
        """SELECT treated, coalesce(sum(revenue) FILTER (DATE '1970-01-01' + day_key BETWEEN ? AND ?), 0)::DOUBLE AS eur
        FROM truth.customer LEFT JOIN sale USING (customer_code)
        WHERE treated IS NOT NULL GROUP BY customer_code, treated""",
        [first, last],
    )
    treated, held_out = (spent.filter(spent["treated"] == arm)["eur"].to_numpy() for arm in (True, False))
    interval = stats.ttest_ind(treated, held_out, equal_var=False).confidence_interval(0.95)
    assert interval.low > 0
    assert interval.low < uplift < interval.high
    assert stats.binomtest(len(treated), len(spent)).pvalue > 0.001


def test_seasons_lie_in_baskets_and_goods(firm: Warehouse) -> None:
    baskets = firm.rows(
        """SELECT month(day), count(*) / count(*) FILTER (is_order) FROM sale JOIN time USING (day_key)
        WHERE NOT is_return GROUP BY 1 ORDER BY 1"""
    )
    planted = firm.rows("SELECT month, any_value(basket_factor) FROM truth.season GROUP BY 1 ORDER BY 1")
    assert np.corrcoef(np.array(baskets)[:, 1], np.array(planted)[:, 1])[0, 1] > 0.9
    outdoor = dict(
        firm.rows(
            """SELECT month(day), count(*) FILTER (category = 'Outdoor') / count(*)
            FROM sale JOIN product USING (product_code) JOIN time USING (day_key) GROUP BY 1"""
        )
    )
    assert outdoor[6] > 3 * outdoor[1]


def test_the_firm_grows(firm: Warehouse) -> None:
    years = firm.rows(
        "SELECT sum(revenue), count(*) FILTER (is_order) FROM sale JOIN time USING (day_key) GROUP BY year_code"
        " ORDER BY year_code"
    )
    revenue, orders = np.array(years, float).T
    assert (revenue[1:] / revenue[:-1] > 1.1).all()
    assert (orders[1:] / orders[:-1] > 1.02).all()


def test_segments_buy_differently(firm: Warehouse) -> None:
    rows = firm.rows(
        """SELECT segment, return_chance,
            count(*) FILTER (is_return) / count(*) FILTER (NOT is_return) AS returned,
            count(*) FILTER (is_order) / count(DISTINCT customer_code) AS orders,
            sum(revenue)::DOUBLE / count(*) FILTER (is_order) AS basket
        FROM sale JOIN truth.customer USING (customer_code) JOIN truth.segment USING (segment)
        GROUP BY ALL"""
    )
    found = {name: (returned / chance, orders, basket) for name, chance, returned, orders, basket in rows}
    assert len(found) == 5
    assert all(0.85 < returned < 1.05 for returned, *_ in found.values())
    assert max(found, key=lambda name: found[name][1]) == "Trade regulars"
    assert found["Trade regulars"][1] > 2 * found["Households"][1]
    assert found["Project buyers"][2] > 10 * found["Households"][2]


def test_margins_differ_by_category(firm: Warehouse) -> None:
    margins = dict(
        firm.rows(
            """SELECT category, (1 - sum(cost) / sum(revenue))::DOUBLE FROM sale JOIN product USING (product_code)
            GROUP BY category"""
        )
    )
    assert max(margins.values()) - min(margins.values()) > 0.25
    assert max(margins, key=margins.__getitem__) == "Fasteners"


def test_cash_sales_have_no_customer_and_happen_in_stores(firm: Warehouse) -> None:
    rows = firm.rows(
        """SELECT channel_type, payment, count(*) FILTER (is_return) FROM sale JOIN channel USING (channel_key)
        JOIN line USING (line_key) WHERE customer_code = 0 GROUP BY ALL ORDER BY ALL"""
    )
    assert rows == [("Store", "Card", 0), ("Store", "Cash", 0)]


def test_geography_looks_real(firm: Warehouse) -> None:
    assert one(firm, "SELECT count(DISTINCT country) - 1 FROM customer")[0] >= 8
    twice = firm.rows(
        """SELECT city, count(DISTINCT country) FROM customer
        GROUP BY city HAVING count(DISTINCT (country, region)) > 1 ORDER BY city"""
    )
    assert twice == [("Calliano", 1), ("Essen", 2)]
    assert one(
        firm, "SELECT count(*) FROM member WHERE level = 'city' AND label IN ('Calliano', 'Essen')"
    ) == (4,)


def test_an_existing_warehouse_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.duckdb"
    path.write_bytes(b"mine")
    with pytest.raises(WarehouseError, match=r"already a warehouse at .*mine\.duckdb.*--warehouse"):
        demo.simulate(path, SMALL)
    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("sizes", "problem"),
    [
        ({"lines": 1_000_000, "customers": 100}, "1,000,000 lines do not suit 100 customers"),
        ({"lines": 1_000}, "1,000 lines do not suit 20 customers"),
        ({"lines": -5}, "do not suit"),
        ({"products": 3}, "3 products do not fill"),
        ({"seed": -1}, "seed -1 is negative"),
    ],
)
def test_sizes_that_make_no_firm_are_refused(sizes: dict[str, int], problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        demo.Firm(**sizes)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    path = tmp_path / "new" / "demo.duckdb"
    sizes = ["--lines", "20000", "--seed", "3", "--only-sales"]  # test_demo_exports has all systems
    demo.run(parser.parse_args([*sizes, "--warehouse", str(path)]))
    written = capsys.readouterr()
    assert str(path) in written.out
    assert "100%  Done" in written.err
    warehouse = Warehouse(path)
    assert one(warehouse, "SELECT value FROM truth.parameter WHERE name = 'seed'") == (3,)
    warehouse.close()
