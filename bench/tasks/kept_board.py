"""The board of every Monday, which somebody made once: the number, the course, the customers by type of channel."""

from __future__ import annotations

from pathlib import Path

from data.operational import boards, operational_store, saved_views
from data.operational.boards import CHART, PRIVATE
from data.store.warehouse import Warehouse

YEAR = "where=day%3D2025-01-01..2025-12-31&compare=year"
VIEWS = {
    "Revenue by country": f"measures=revenue&rows=country&columns=department&{YEAR}",
    "Course of revenue": f"measures=revenue&rows=country&chart=line&{YEAR}",
    "Customers by type of channel": f"measures=customers&rows=channel_type&{YEAR}",
}


def keep_board(warehouse: Path, who: str) -> None:
    """Save the views and the board, unless they are there."""
    store = operational_store.of(Warehouse(warehouse))
    if boards.boards(store, who):
        return
    board = boards.create(store, "Monday", PRIVATE, who)
    for name, address in VIEWS.items():
        view = saved_views.save(store, name, address, PRIVATE, who)
        boards.add_tile(store, board, view, CHART, who)
