"""What is derived follows the facts that it is derived from: at the end of every write, before codes are given."""

from __future__ import annotations

from data.connection import Connection
from data.derived_facts import kept_customers, line_suppliers, supply_orders
from data.derived_facts.mirrored_rows import TOUCHED
from data.derived_facts.numbered_purchases import PURCHASES
from data.derived_facts.service_requests import SERVICE_REQUESTS
from data.temporary_tables import owned


def follow(connection: Connection) -> None:
    """Who supplied lines and what came of orders to them; purchases, then the customers whom they kept; requests."""
    line_suppliers.follow(connection)
    supply_orders.follow(connection)
    with owned(connection, TOUCHED):
        kept_customers.follow(connection, PURCHASES.follow(connection))
        SERVICE_REQUESTS.follow(connection)
