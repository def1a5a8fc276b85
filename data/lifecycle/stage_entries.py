"""The history of customers' stages as a fact of double entries, by which cubes see it: what leaves one stage enters
another, and where a customer is described anew, it leaves as it was described and enters as it is.

So what stands in a stage is the net of all entries until then, whatever the customers are cut by.
"""

from __future__ import annotations

from data.connection import Connection
from data.history.version_exchange import spans
from data.lifecycle import stage_history
from data.lifecycle.stage_rules import StageRules
from data.model.canonical_tables import CUSTOMER
from data.temporary_tables import owned

REDESCRIBED = "described anew"
WANTED, HELD, SPAN = "stage_entry_wanted", "stage_entry_held", "stage_span"
COLUMNS = "day_key, customer_key, customer_code, identity_key, stage_key, number, sign, cause"


def name_stages(connection: Connection, rules: StageRules) -> None:
    """Make sure that each stage of the rules is a member; one that rules no longer have stays."""
    held = {name for (name,) in connection.execute("SELECT id FROM stage").fetchall()}
    for stage in rules.stages:
        if stage not in held:
            connection.execute(
                "INSERT INTO stage (stage_key, stage_code, id, name, lifecycle_stage)"
                " SELECT max(stage_key) + 1, max(stage_key) + 1, $name, $name, $name FROM stage",
                {"name": stage},
            )


def book(connection: Connection, touched: str, as_of: int) -> None:
    """Make the entries of the customers whose codes the table `touched` holds those that follow from their history.

    Only what differs is written: entries that stay are no change to whoever counts them beforehand.
    """
    with owned(connection, WANTED, HELD, SPAN):
        spans(connection, CUSTOMER, touched, SPAN)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {WANTED} AS {_wanted(touched, as_of)}")
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {HELD} AS SELECT rowid AS place, {COLUMNS} FROM stage_entry
            WHERE customer_code IN (SELECT code FROM {touched})"""
        )
        connection.execute(
            f"DELETE FROM stage_entry WHERE rowid IN (SELECT place FROM {HELD} ANTI JOIN {WANTED} USING ({COLUMNS}))"
        )
        connection.execute(
            f"""INSERT INTO stage_entry BY NAME
            SELECT w.*, (SELECT coalesce(max(batch), 0) FROM batch) AS batch, 0 AS row_in_source
            FROM {WANTED} AS w ANTI JOIN {HELD} USING ({COLUMNS})
            ORDER BY day_key, customer_key, number, sign"""
        )


def _wanted(touched: str, as_of: int) -> str:
    """SQL for the entries that follow from the history."""
    return f"""WITH event AS (
        SELECT subject AS code, seq, day_key, from_stage, to_stage, cause
        FROM ({stage_history.current(CUSTOMER.name, touched)})
    ), stay AS (
        SELECT code, seq, to_stage AS stage, day_key AS since,
            coalesce(lead(day_key) OVER (PARTITION BY code ORDER BY seq), {as_of} + 1) AS until FROM event
    ), move AS (
        SELECT code, seq, day_key, from_stage AS stage, -1 AS sign, cause FROM event WHERE from_stage IS NOT NULL
        UNION ALL SELECT code, seq, day_key, to_stage, 1, cause FROM event
    ), entry AS (
        SELECT move.*, s.key FROM move JOIN {SPAN} AS s
            ON s.code = move.code AND move.day_key BETWEEN s.first_day AND s.last_day
        UNION ALL
        SELECT stay.code, seq, s.first_day, stage, sign, '{REDESCRIBED}', CASE sign WHEN 1 THEN s.key ELSE s.before END
        FROM stay JOIN (SELECT *, lag(key) OVER (PARTITION BY code ORDER BY first_day) AS before FROM {SPAN}) AS s
            ON s.code = stay.code AND s.first_day > since AND s.first_day <= until AND s.first_day <= {as_of}
        CROSS JOIN (VALUES (-1), (1)) AS two(sign) WHERE before IS NOT NULL)
    SELECT day_key::INTEGER AS day_key, key AS customer_key, code AS customer_code, 0 AS identity_key, stage_key,
        seq::VARCHAR AS number, sign::DECIMAL(18,4) AS sign, cause
    FROM entry JOIN stage ON stage.id = entry.stage"""
