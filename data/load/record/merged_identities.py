"""One customer: identities that are one person get one code, and their facts follow; what people decided rules.

Nothing is lost by it: every fact keeps the identity that its source named, so a merge is undone by matching
again without it.
"""

from __future__ import annotations

import json

import numpy as np
import polars as pl

from data.connection import Connection
from data.identity.agreement_weights import Weights
from data.identity.match_records import Matches, match
from data.load.record import derived_versions
from data.model.canonical_tables import CUSTOMER
from data.store import score_bands
from data.temporary_tables import owned

VERDICTS = {"together": "customers merged", "apart": "customers told apart"}
UNDONE = "decision on customers undone"
STANDING = "SELECT one AS a, other AS b FROM decision WHERE undone_at IS NULL AND verdict = ?"
WEIGHTS = "matching_weights"
# What resolving makes: gone when it is done.
MADE = (
    "who", "who_reachable", "who_only", *(f"who_{verdict}" for verdict in VERDICTS),
    "looked_at", "found_cluster", "regrouped", "member_of_regrouped",
)  # fmt: skip


def resolve(connection: Connection, only: list[int] | None = None) -> int:
    """Find who is who, of all customers or of those whom the identities `only` reach; how many changed.

    Does nothing where no record says how to reach anybody: names alone never make two records one.
    """
    with owned(connection, *MADE):
        return _resolved(connection, only)


def _resolved(connection: Connection, only: list[int] | None) -> int:
    _records(connection)
    reachable = connection.execute("SELECT count(*) FROM who WHERE email || phone || street <> ''").fetchall()
    if not reachable[0][0] and not connection.execute("SELECT count(*) FROM decision").fetchall()[0][0]:
        return 0
    for verdict in VERDICTS:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE who_{verdict} AS {STANDING}", [verdict])
    if only is not None:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE who_only AS SELECT unnest(?::INTEGER[]) AS record", [only]
        )
    found = match(
        connection,
        "who_reachable",
        only=None if only is None else "who_only",
        apart="who_apart",
        together="who_together",
        weights=None if only is None else _weights(connection),
    )
    _keep_weights(connection, found.weights)
    _keep_matches(connection, found)
    return _regroup(connection, found)


def _weights(connection: Connection) -> Weights | None:
    """What the last matching of everybody learnt, so that the next few are weighed alike."""
    kept = connection.execute("SELECT value FROM setting WHERE name = ?", [WEIGHTS]).fetchall()
    if not kept:
        return None
    told = json.loads(kept[0][0])
    return Weights(np.array(told["classes"]), tuple(np.array(level) for level in told["levels"]))


def _keep_weights(connection: Connection, weights: Weights) -> None:
    told = {"classes": weights.classes.tolist(), "levels": [level.tolist() for level in weights.levels]}
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [WEIGHTS, json.dumps(told)])


def _records(connection: Connection) -> None:
    """`who`: each identity as its sources last described it; `who_reachable` what the matcher may look at."""
    texts = ("name", *CUSTOMER.contact, "city", "country", "customer_kind")
    latest = ", ".join(f"coalesce(arg_max({t}, (trust, seen_until, stream)), '') AS {t}" for t in texts)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE who AS
        SELECT identity_key, {latest} FROM customer_record
        WHERE identity_key NOT IN (SELECT identity_key FROM erased WHERE dimension = 'customer')
        GROUP BY identity_key"""
    )
    shown = ", ".join(f"nullif({text}, '') AS {text}" for text in texts if text != "customer_kind")
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE who_reachable AS
        SELECT identity_key AS record, numbering, id, nullif(customer_kind, '') AS kind, {shown}
        FROM who JOIN customer_identity USING (identity_key)"""
    )


def _keep_matches(connection: Connection, found: Matches) -> None:
    """Replace what was known of the pairs that were looked at again."""
    connection.execute("CREATE OR REPLACE TEMP TABLE looked_at (record INTEGER)")
    looked = found.clusters["record"].to_list()
    connection.execute("INSERT INTO looked_at SELECT unnest(?::INTEGER[])", [looked])
    connection.execute("DELETE FROM match WHERE one IN (FROM looked_at) OR other IN (FROM looked_at)")
    doubtful = found.doubtful.select("a", "b", "counted", state=pl.lit("doubtful"))
    pairs = found.pairs.join(doubtful, on=["a", "b"], how="left").with_columns(
        pl.col("state").fill_null("sure"), evidence=pl.struct("evidence", "counted").struct.json_encode()
    )
    columns = [pairs[name].to_list() for name in ("a", "b", "probability", "evidence", "state")]
    connection.execute(
        """INSERT INTO match SELECT unnest(?::INTEGER[]), unnest(?::INTEGER[]), unnest(?::DOUBLE[]),
        unnest(?::VARCHAR[]), unnest(?::VARCHAR[])""",
        columns,
    )


def _regroup(connection: Connection, found: Matches) -> int:
    """Give each cluster the code of its first identity, or one of its own; how many identities changed."""
    connection.execute("CREATE OR REPLACE TEMP TABLE found_cluster (record INTEGER, cluster INTEGER)")
    columns = [found.clusters[name].to_list() for name in ("record", "cluster")]
    connection.execute("INSERT INTO found_cluster SELECT unnest(?::INTEGER[]), unnest(?::INTEGER[])", columns)
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE regrouped AS
        WITH owner AS (
            SELECT customer_code, min(identity_key) AS identity_key FROM customer_identity GROUP BY customer_code
        ), leader AS (
            SELECT cluster, i.customer_code AS code, owner.identity_key IS NOT NULL AS owns
            FROM (SELECT DISTINCT cluster FROM found_cluster)
            JOIN customer_identity AS i ON i.identity_key = cluster
            LEFT JOIN owner ON owner.identity_key = cluster
        ), coded AS (
            SELECT cluster, CASE WHEN owns THEN code ELSE (SELECT max(customer_code) FROM customer_identity)
                + row_number() OVER (PARTITION BY owns ORDER BY cluster) END AS code FROM leader
        )
        SELECT record AS identity_key, i.customer_code AS old_code, code
        FROM found_cluster JOIN coded USING (cluster) JOIN customer_identity AS i ON i.identity_key = record
        WHERE i.customer_code <> code"""
    )
    changed = int(connection.execute("SELECT count(*) FROM regrouped").fetchall()[0][0])
    if changed:
        _carry_out(connection)
    return changed


def _carry_out(connection: Connection) -> None:
    """Move the regrouped identities: their code, the versions of all whom it touches, and their facts."""
    connection.execute(
        """UPDATE customer_identity SET customer_code = regrouped.code FROM regrouped
        WHERE customer_identity.identity_key = regrouped.identity_key"""
    )
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE member_of_regrouped AS
        SELECT code FROM regrouped UNION SELECT old_code FROM regrouped"""
    )
    score_bands.outdate(connection, "member_of_regrouped")
    derived_versions.derive(connection, CUSTOMER, "member_of_regrouped", "regrouped")
