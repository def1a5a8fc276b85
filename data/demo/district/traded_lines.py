"""Who supplied and who sold the firm's order lines, as they are written before any list names its partners."""

from __future__ import annotations

import numpy as np

from data.connection import Connection
from data.demo.district.district_partners import PARTNERS, partner_ids, sellers
from data.demo.simulated_orders import Columns
from data.demo.written_firm import ALWAYS, insert, texts
from data.model.canonical_tables import UNKNOWN


def write_partners(connection: Connection) -> None:
    """The district's partners by code, of whom only the numbers are known."""
    code = np.arange(1, PARTNERS + 1)
    insert(
        connection,
        "partner (partner_key, partner_code, id, name, valid_from, valid_to, partner_type, partner_stage)",
        {"code": code, "id": texts(partner_ids(code - 1).to_list())},
        f"SELECT code, code, id, id, {ALWAYS}, '{UNKNOWN}', '{UNKNOWN}' FROM arrays ORDER BY code",
    )


def traded_by(lines: Columns, brand: np.ndarray) -> Columns:
    """The codes of the partners who supplied each line, the one of the product's brand, and who sold it (0: nobody)."""
    return {
        "partner": brand[lines["product"] - 1] + 1,
        "seller": sellers(lines["customer"], lines["channel"]) + 1,
    }
