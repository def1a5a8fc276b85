"""Customers looked up while somebody types: an index for each snapshot and policy, made once beside what goes on.

Until it is there, and for firms of more customers than it holds in memory, the same is asked of the warehouse by SQL:
slower, and without spellings. Of the indexes that are kept the ones asked last stay, as far as they have room.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future, wait

from data.review import customer_records
from data.review.customer_index import CustomerIndex, FoundCustomer
from data.store.warehouse import Warehouse

MOST_CUSTOMERS = 5_000_000
MOST_BYTES = 1 << 30  # of all indexes together; one always stays
A_MOMENT = 0.4  # seconds that a search waits for an index on its way: a small firm's is there by then
BY_SQL = "number, name, e-mail or phone"
Made = Future[CustomerIndex | None]
_kept: OrderedDict[tuple[str, str], Made] = OrderedDict()
_lock = threading.Lock()


def prepare(warehouse: Warehouse) -> Made:
    """Let the index of what this warehouse shows be made, if nobody did yet."""
    key = (str(warehouse.path), warehouse.version)
    with _lock:
        made = _kept.pop(key, None)
        if made is None or (made.done() and made.exception() is not None):
            made = Future()
            threading.Thread(target=_make, args=(warehouse, made), name="customer-index", daemon=True).start()
        _kept[key] = made
    return made


def find(warehouse: Warehouse, text: str, most: int = 10) -> list[FoundCustomer]:
    """Whoever a text may mean: by any number of theirs in any source, e-mail, phone or name, the likeliest first."""
    index = _there(warehouse)
    return index.find(text, most) if index is not None else _by_sql(warehouse, text, most)


def with_phone(warehouse: Warehouse, phone: str, most: int = 10) -> list[FoundCustomer]:
    """Whoever has this phone, however it is written."""
    made = prepare(warehouse)
    if not made.done():  # by SQL a phone is found only as it is written: it is worth the wait
        wait([made], timeout=30)
    index = _there(warehouse)
    return index.with_phone(phone, most) if index is not None else _by_sql(warehouse, phone, most)


def forget() -> None:
    """Keep no index any longer."""
    with _lock:
        _kept.clear()


def _there(warehouse: Warehouse) -> CustomerIndex | None:
    made = prepare(warehouse)
    wait([made], timeout=A_MOMENT)
    return made.result() if made.done() and made.exception() is None else None


def _make(warehouse: Warehouse, made: Made) -> None:
    try:
        is_large = warehouse.profile.customers > MOST_CUSTOMERS
        made.set_result(None if is_large else CustomerIndex.of(warehouse))
    except Exception as error:  # the snapshot was let go of meanwhile: whoever asks again has it made anew
        made.set_exception(error)
    _drop_oldest()


def _drop_oldest() -> None:
    with _lock:
        ready = [
            (key, each.result()) for key, each in _kept.items() if each.done() and each.exception() is None
        ]
        room = MOST_BYTES
        for at, (key, index) in enumerate(reversed(ready)):
            room -= index.bytes if index is not None else 0
            if room < 0 and at:
                del _kept[key]


def _by_sql(warehouse: Warehouse, text: str, most: int) -> list[FoundCustomer]:
    found = customer_records.search(warehouse, text).head(most)
    return [FoundCustomer(row["code"], row["id"], row["name"], BY_SQL) for row in found.iter_rows(named=True)]
