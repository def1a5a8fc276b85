"""What is derived follows the facts that it is derived from: at the end of every write, before codes are given."""

from __future__ import annotations

from data.connection import Connection
from data.derived_facts import kept_customers, supply_orders
from data.derived_facts.mirrored_rows import TOUCHED
from data.derived_facts.numbered_purchases import PURCHASES
from data.derived_facts.service_requests import SERVICE_REQUESTS
from data.temporary_tables import owned


def follow(connection: Connection) -> None:
    """What came of orders to suppliers; purchases, then the customers whom they kept; requests."""
    supply_orders.follow(connection)
    with owned(connection, TOUCHED):
        kept_customers.follow(connection, PURCHASES.follow(connection))
        SERVICE_REQUESTS.follow(connection)
