"""Questions on a real cluster of two workers: the same answers as DuckDB's, also when one of them is killed."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from bench.distinct import DISTINCT
from bench.draws import drills
from bench.members import Members
from bench.question import Question
from bench.questions import QUESTIONS
from cubes import catalogue
from cubes.aggregates import follow_publication
from cubes.aggregates.rollups import rollup_advisor, stored_rollup
from cubes.aggregates.space_budget import LEAST_LINES
from cubes.analysis.explain_change import Why, why
from cubes.ask.answer import Answer, ask
from cubes.drill_through import rows_behind
from cubes.query import Comparison, Cut, Query
from data import environment
from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.cluster import spark_cluster
from data.demo import simulate
from data.demo.demo_firm import Firm
from data.errors import BadRequest, WarehouseError
from data.export.publish_tables import publish
from data.store.warehouse import Warehouse, writing
from mining.patterns import basket_matrix, itemsets, itemsets_elsewhere
from mining.patterns.association_rules import RuleDemands, passing
from mining.patterns.candidate_rules import candidate_rules
from tests.spark.local_cluster import LocalCluster

pytest.importorskip("pyspark", reason="the packages of requirements-spark.txt are not installed")
pytest.importorskip("sqlglot", reason="the packages of requirements-spark.txt are not installed")
pytestmark = pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java to run a cluster with")

LINES, DRILLS, ASKERS = 20_000, 60, 4
ROUNDING = 1e-12  # sums of doubles in another order


@dataclass(frozen=True)
class Site:
    """One warehouse as DuckDB alone reads it, and as the cluster does."""

    cluster: LocalCluster
    here: Warehouse
    there: Warehouse
    folder: Path

    def asked(self, query: Query) -> tuple[Answer, Answer]:
        """The answer of each."""
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv(environment.ENGINE)
            mine = ask(self.here, query)
        return mine, ask(self.there, query)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A small firm with a few roll-ups, published, behind a cluster."""
    home = tmp_path_factory.mktemp("cluster")
    cluster = LocalCluster(home)
    starting = threading.Thread(target=cluster.start)
    starting.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rollup_advisor, "OF_LINES", 2)
            patch.setattr(rollup_advisor, "MOST", 3)
            path = home / "clientela.duckdb"
            simulate(path, Firm(lines=LINES))
            with writing(path, "settings") as connection:
                connection.execute("INSERT OR REPLACE INTO setting VALUES (?, '15000')", [LEAST_LINES])
            follow_publication.build(path)
            starting.join()
            patch.setenv(environment.ENGINE, cluster.address)
            patch.setenv(environment.PUBLISHED, str(home / "published"))
            with closing(Warehouse(path)) as here, closing(Warehouse(path)) as there:
                publish(there, home / "published")
                yield Site(cluster, here, there, home / "published")
    finally:
        starting.join()
        cluster.stop()


def agree_on(site: Site, questions: Sequence[Question]) -> set[str]:
    """Ask both, several at a time; what answered there."""
    with ThreadPoolExecutor(ASKERS) as pool:
        answers = list(pool.map(lambda each: ask(site.there, each.query), questions))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(environment.ENGINE)
        for question, theirs in zip(questions, answers, strict=True):
            assert_frame_equal(ask(site.here, question.query).frame, theirs.frame, rel_tol=ROUNDING)
    return {answer.source for answer in answers}


def test_roll_ups_are_made_there_and_routed_to(site: Site) -> None:
    kept = stored_rollup.open_to(site.there, "sales")
    assert {each.grain for each in kept} == {
        each.grain for each in stored_rollup.read(site.here.rows, "sales")
    }
    mine, theirs = site.asked(Query(("revenue", "first_purchase"), kept[0].grain.levels))
    assert "roll-up" in theirs.source
    assert_frame_equal(mine.frame, theirs.frame, rel_tol=ROUNDING)


@pytest.mark.parametrize("questions", [QUESTIONS, DISTINCT], ids=["questions", "counts"])
def test_answers_are_those_of_duckdb(site: Site, questions: Sequence[Question]) -> None:
    sources = agree_on(site, questions)
    assert any("rows of sale" in each for each in sources)


def test_a_worker_killed_in_the_middle_changes_no_answer(site: Site) -> None:
    members = Members(site.here)
    drawn = drills(members, site.here.profile, DRILLS)
    killing = threading.Timer(1, site.cluster.kill, ["worker2"])
    killing.start()
    agree_on(site, drawn)
    killing.join()
    assert "worker2" not in site.cluster.processes


def test_all_kinds_of_measures_and_as_they_are_now(site: Site) -> None:
    for query in (
        Query(("median_line_value", "first_purchase", "categories", "purchase_days"), ("country",)),
        Query(("customers_alive",), ("year",)),
        Query(("revenue", "customers"), ("city",), as_of="now", cuts=(Cut("country", ("Italy",)),)),
        Query(
            ("revenue",),
            ("month",),
            compare=Comparison.YEAR,
            cuts=(Cut("day", since="2025-01-05", until="2025-03-09"),),
        ),
    ):
        mine, theirs = site.asked(query)
        assert_frame_equal(mine.frame, theirs.frame, rel_tol=ROUNDING)


def explained(warehouse: Warehouse, query: Query) -> Why:
    """Why the cell of a question moved."""
    cube = catalogue.load("sales", warehouse.profile)
    return why(lambda each: ask(warehouse, each), cube, warehouse.profile, query)


def test_why_and_segments_work_on_it(site: Site) -> None:
    query = Query(("revenue",), cuts=(Cut("year", ("2025",)),), compare=Comparison.YEAR)
    found = explained(site.there, query)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(environment.ENGINE)
        mine = explained(site.here, query)
    assert [each.cut for each in mine.findings] == [each.cut for each in found.findings]
    told = [(each.value, each.base, each.low, each.high) for each in (mine, found)]
    assert told[0] == pytest.approx(told[1], rel=ROUNDING)
    rfm = Query(("last_purchase", "orders", "revenue"), ("customer",))
    rows_here, rows_there = site.asked(rfm)
    assert_frame_equal(rows_here.frame, rows_there.frame, rel_tol=ROUNDING)


@pytest.mark.parametrize("longest", [None, 2])
def test_rules_of_baskets_mined_there_are_ours(
    site: Site, longest: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(itemsets_elsewhere, "FEW", 0)
    query, support = Query(cuts=(Cut("year", ("2025",)),)), Fraction(1, 100)
    lines = rows_behind.basket_lines(site.here, query, ["category"])
    baskets = basket_matrix.encode_codes(lines.baskets, lines.items, lines.names, lines.kin)
    asked: list[Mapping[frozenset[str], int] | None] = []

    def counted(least: int, most: int) -> Mapping[frozenset[str], int] | None:
        asked.append(rows_behind.itemsets_by_cluster(site.there, query, ["category"], least, most))
        return asked[-1]

    with ThreadPoolExecutor(1) as pool:  # as pages do, in a thread that has opened no session
        found = pool.submit(
            itemsets_elsewhere.frequent_elsewhere, baskets, support, longest, counted
        ).result()
    assert asked[0]
    demands = RuleDemands(support, Fraction(1, 100))
    ours, theirs = (
        passing(candidate_rules(each), baskets.items, demands).frame
        for each in (itemsets.frequent(baskets, support, longest), found)
    )
    assert ours.height > 10
    assert_frame_equal(ours, theirs)
    assert rows_behind.itemsets_by_cluster(site.there, query, ["category"], 10, 3) is None


def test_baskets_of_several_levels_and_under_a_policy_are_mined_here(site: Site) -> None:
    levels = ["product", "category"]
    assert rows_behind.itemsets_by_cluster(site.there, Query(), levels, 1, 9) is None
    policy = Policy("Anna", rows=(RowCut("country", ("Italy",)),))
    with closing(site.there.under(policy)) as seen:
        assert rows_behind.itemsets_by_cluster(seen, Query(), ["category"], 1, 9) is None


def test_a_policy_cuts_rows_there(site: Site) -> None:
    policy = Policy("Anna", rows=(RowCut("country", ("Italy",)),))
    query = Query(("revenue", "customers", "orders"), ("brand",))
    with closing(site.there.under(policy)) as seen, closing(site.here.under(policy)) as local:
        theirs = ask(seen, query)
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv(environment.ENGINE)
            assert_frame_equal(ask(local, query).frame, theirs.frame, rel_tol=ROUNDING)


def test_a_session_that_the_server_let_go_of_is_begun_anew(site: Site) -> None:
    assert site.there.cluster
    site.there.cluster._session.client.release_session()
    query = Query(("median_line_value",), ("country",))
    mine, theirs = site.asked(query)
    assert_frame_equal(mine.frame, theirs.frame, rel_tol=ROUNDING)


def test_a_wrong_token_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.ENGINE, site.cluster.address.replace("only-for", "not-for"))
    with (
        closing(Warehouse(site.there.path)) as asked,
        pytest.raises(WarehouseError, match="refuses the token"),
    ):
        ask(asked, Query(("revenue",)))


def test_a_spark_too_old_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_cluster, "LEAST", (99, 0))
    with closing(Warehouse(site.there.path)) as asked, pytest.raises(WarehouseError, match=r"from 99\.0 on"):
        ask(asked, Query(("revenue",)))


def test_what_has_no_exact_way_is_refused(site: Site) -> None:
    assert site.there.cluster
    with pytest.raises(BadRequest, match="no exact way"):
        site.there.cluster.arrays("SELECT approx_count_distinct(customer_code) AS n FROM sale")


def test_a_cluster_that_went_away_is_told(site: Site) -> None:
    """The last: it takes the server down."""
    site.cluster.kill("connect")
    started = time.monotonic()
    with pytest.raises(WarehouseError, match="does not answer"):
        ask(site.there, Query(("median_line_value",), ("category",)))
    with closing(Warehouse(site.there.path)) as asked, pytest.raises(WarehouseError, match="does not answer"):
        ask(asked, Query(("revenue",)))
    assert time.monotonic() - started < 60
