"""What is told of each fact on a customer's time line: one SELECT over all systems, for one customer and for all.

`RELATION` has a row an event: `customer_code`, `identity_key` (the number it came under), `fact`, `day_key`,
`at_second` (null where no time is told), `kind`, `title`, `detail`, `note`, `amount` (currency of report), `score` (0
to 10), `is_open` (nobody has answered or closed it), `number` (the source's own), `batch`, `row_in_source`, the
`order_key` of an order, and the codes of `channel`, `campaign` and `product` (0 of none).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from data.model.canonical_tables import FACT

OF_ALL = MappingProxyType({
    "identity_key": "identity_key",
    "order_key": "0",
    "at_second": "NULL::BIGINT",
    "kind": "''",
    "title": "NULL::VARCHAR",
    "detail": "NULL::VARCHAR",
    "note": "NULL::VARCHAR",
    "amount": "NULL::DOUBLE",
    "score": "NULL::DOUBLE",
    "is_open": "false",
    "number": "number",
    "batch": "batch",
    "row_in_source": "row_in_source",
    "channel_code": "0",
    "campaign_code": "0",
    "product_code": "0",
})  # fmt: skip
SCHEMA = {
    "customer_code": pl.Int32, "fact": pl.String, "day_key": pl.Int32, "identity_key": pl.Int32, "order_key": pl.Int32,
    "at_second": pl.Int64, "kind": pl.String, "title": pl.String, "detail": pl.String, "note": pl.String,
    "amount": pl.Float64, "score": pl.Float64, "is_open": pl.Boolean, "number": pl.String, "batch": pl.Int32,
    "row_in_source": pl.Int64, "channel_code": pl.Int32, "campaign_code": pl.Int32, "product_code": pl.Int32,
}  # fmt: skip
COLUMNS = ", ".join(SCHEMA)
NEWEST_FIRST = "day_key DESC, at_second DESC NULLS LAST, fact, number DESC, batch DESC, row_in_source DESC"


def _joined(*columns: str) -> str:
    return f"nullif(concat_ws(' · ', {', '.join(columns)}), '')"


# An order has a row for its lines, and another one where some of them came back.
ORDERS = """SELECT customer_code, identity_key, day_key, order_key, is_return, sum(revenue)::DOUBLE AS amount,
    count(*) AS lines, min(batch) AS batch, min(row_in_source) AS row_in_source
FROM sale GROUP BY customer_code, identity_key, day_key, order_key, is_return"""
LINES = "lines::VARCHAR || CASE WHEN lines = 1 THEN ' line' ELSE ' lines' END"
# The last derivation that has rows of a customer tells all of their stages.
STAGES = """SELECT subject AS customer_code, * FROM stage_event WHERE subject_kind = 'customer'
QUALIFY run = max(run) OVER (PARTITION BY subject)"""

SAID: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "sale": (
        f"({ORDERS}) LEFT JOIN (SELECT order_key, number FROM sales_order) USING (order_key)",
        {"kind": "CASE WHEN is_return THEN 'return' ELSE 'order' END", "detail": LINES, "amount": "amount",
         "order_key": "order_key"},
    ),
    "invoice": (
        "invoice",
        {
            "kind": "'invoice'",
            "title": "status",
            "detail": "'of order ' || order_number",
            "amount": "amount::DOUBLE",
            "is_open": "coalesce(paid_on IS NULL AND paid < amount, false)",
        },
    ),
    "interaction": (
        "interaction",
        {
            "kind": "coalesce(kind, 'contact')",
            "title": "topic",
            "detail": _joined("outcome", "status", "agent"),
            "note": "note",
            "score": "coalesce(satisfaction, recommendation)::DOUBLE",
            "is_open": "coalesce(kind = 'ticket' AND closed_on IS NULL, false)",
            "channel_code": "channel_code",
            "campaign_code": "campaign_code",
        },
    ),
    "case_event": (
        "case_event",
        {"kind": "'ticket ' || event", "title": "topic", "detail": "agent", "channel_code": "channel_code"},
    ),
    "contact": (
        "contact",
        {
            "kind": "'campaign'",
            "title": "arm",
            "detail": "variant",
            "channel_code": "channel_code",
            "campaign_code": "campaign_code",
        },
    ),
    "response": (
        "response",
        {
            "kind": "'response'",
            "title": "kind",
            "amount": "amount::DOUBLE",
            "channel_code": "channel_code",
            "campaign_code": "campaign_code",
        },
    ),
    "consent": (
        "consent",
        {"kind": "'consent'", "title": "verdict", "detail": "purpose", "channel_code": "channel_code"},
    ),
    "wallet": (
        "wallet",
        {"kind": "'wallet survey'", "title": "wallet_category", "detail": "basis", "amount": "spend::DOUBLE"},
    ),
    "proposal": (
        "proposal",
        {
            "kind": "'proposal'",
            "title": "title",
            "detail": "status",
            "note": "text",
            "is_open": "decided_on IS NULL",
            "product_code": "product_code",
        },
    ),
    "vote": ("vote", {"kind": "'vote'", "detail": "'for proposal ' || proposal_number"}),
    "prototype_test": (
        "prototype_test",
        {
            "kind": "'prototype test'",
            "title": "prototype",
            "detail": _joined("'version ' || version", "'scored ' || score::DOUBLE::VARCHAR || ' of 5'"),
            "note": "note",
            "amount": "would_pay::DOUBLE",
            "product_code": "product_code",
        },
    ),
    "price_survey": (
        "price_survey",
        {"kind": "'price survey'", "amount": "asked_price::DOUBLE", "product_code": "product_code"},
    ),
    "price_offer": (
        "price_offer",
        {
            "kind": "'price offer'",
            "title": "answer",
            "detail": "quantity::DOUBLE::VARCHAR || ' pieces'",
            "amount": "offered_price::DOUBLE",
            "is_open": "answered_on IS NULL",
            "product_code": "product_code",
        },
    ),
    "stage_event": (
        f"({STAGES})",
        {"kind": "'stage'", "title": "coalesce(to_stage, 'no stage')", "detail": "cause", "number": "NULL::VARCHAR",
            "identity_key": "0",
         "batch": "0", "row_in_source": "seq"},
    ),
}  # fmt: skip


def _select(fact: str) -> str:
    source, own = SAID[fact]
    declared = {column.name for column in FACT[fact].columns} if fact in FACT else set()
    timed = {"at_second": "at_second"} if "at_second" in declared else {}
    told = {**OF_ALL, **timed, **own}
    columns = ", ".join(f"{sql} AS {name}" for name, sql in told.items())
    return f"SELECT customer_code, '{fact}' AS fact, day_key, {columns} FROM {source}"


RELATION = " UNION ALL ".join(_select(fact) for fact in SAID if fact in FACT or fact == "stage_event")
# Facts of customers that a time line does not tell: what models say, and what follows from other facts.
UNTOLD = frozenset(["customer_score", "stage_entry", "purchase", "kept_customer", "service_request"])
