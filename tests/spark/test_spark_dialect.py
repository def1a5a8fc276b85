"""SQL as Spark reads it: what sqlglot would get wrong is put right, and what is not known is refused."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from data.errors import BadRequest

pytest.importorskip("sqlglot", reason="the packages of requirements-spark.txt are not installed")

from data.cluster.spark_dialect import spark_sql


@pytest.mark.parametrize(
    ("said", "there"),
    [
        ("SELECT (x::DOUBLE * 10000)::BIGINT FROM t", "CAST(RINT(CAST(`x` AS DOUBLE) * 10000) AS BIGINT)"),
        ("SELECT a / b FROM t", "CAST(`a` AS DOUBLE) / NULLIF(CAST(`b` AS DOUBLE), 0)"),
        ("SELECT closed_on - (DATE '1970-01-01' + day_key)::DATE FROM t", "DATEDIFF(`closed_on`, CAST("),
        ("SELECT quantile_cont(x::DOUBLE, 0.5) FROM t", "PERCENTILE(CAST(`x` AS DOUBLE), 0.5)"),
        ("SELECT epoch_ms(valid_from) FROM t", "UNIX_MILLIS(CAST(`valid_from` AS TIMESTAMP))"),
        ("SELECT unnest(?::INTEGER[]) AS a, unnest(?::INTEGER[]) AS b", "INLINE(ARRAYS_ZIP(CAST(:p0 AS ARRAY<INT>), "),
        ("SELECT time.* REPLACE (time.day_key - 1 AS day_key) FROM time", "`time`.* EXCEPT (`day_key`), `time`."),
        ("SELECT x FROM t WHERE true GROUP BY ()", "WHERE TRUE"),
        ("SELECT sum(x) FROM rollup.sales_1", "FROM `rollup_sales_1`"),
        ("SELECT * FROM t QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 1", "QUALIFY ROW_NUMBER()"),
        ("SELECT 1 FROM t WHERE a IN (SELECT unnest(?::INTEGER[]))", "IN (SELECT EXPLODE(CAST(:p0 AS ARRAY<INT>)))"),
    ],
)  # fmt: skip
def test_what_means_the_same_there(said: str, there: str) -> None:
    assert there in spark_sql(said).text


def test_a_moment_travels_as_text_of_no_zone() -> None:
    found = spark_sql("SELECT 1 FROM t WHERE valid_from <= ? AND day_key = ?", (datetime(2025, 1, 2, 3), 7))
    assert "CAST(:p0 AS TIMESTAMP_NTZ)" in found.text
    assert found.values == {"p0": "2025-01-02T03:00:00", "p1": 7}
    assert found.tables == {"t"}


@pytest.mark.parametrize(
    "said",
    [
        "SELECT approx_count_distinct(a) FROM t",
        "SELECT isodow(day) FROM t",
        "SELECT date_diff('month', a, b) FROM t",
        "SELECT date_trunc('week', a) FROM t",
        "SELECT GROUPING(a, b) FROM t GROUP BY GROUPING SETS ((a, b), ())",
        "SELECT dayofweek(d) FROM t",
        "SELECT week(d) FROM t",
        "SELECT (a * 2.5)::INTEGER FROM t",
        "SELECT (a / 2)::BIGINT FROM t",
        "SELECT sum(a::DOUBLE)::BIGINT FROM t",
        "SELECT a::HUGEINT FROM t",
        "SELECT avg(a) FROM t",
        "SELECT DISTINCT ON (a) b FROM t",
        "SELECT GROUPING_ID(a, b) FROM t GROUP BY CUBE (a, b)",
        "SELECT bit_count(bitstring_agg(a, 0, 9)) FROM t",
        "SELECT a // 2 FROM t",
        "SELECT regexp_matches(a, 'b') FROM t",
        "SELECT log(a) FROM t",
        "SELECT random() FROM t",
        "DELETE FROM t",
        "SELECT FROM WHERE",
        f"SELECT quantile_cont(a, 0.5) FROM t TABLESAMPLE 10% -- {date(2025, 1, 1)}",
    ],
)
def test_what_is_not_known_to_mean_the_same_is_refused(said: str) -> None:
    with pytest.raises(BadRequest, match="no exact way"):
        spark_sql(said)
