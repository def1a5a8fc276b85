"""What a load of many lines left to be followed is followed by a thread of whoever serves pages."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from data.errors import ClientelaError
from data.store import event_log, warehouse

log = logging.getLogger(event_log.NAME)


def start(path: Path) -> threading.Thread | None:
    """Begin to follow what the warehouse at `path` left; None where nothing is left."""
    if not warehouse.is_unfollowed(path):
        return None
    thread = threading.Thread(target=_follow, args=(path,), name="clientela-following", daemon=True)
    thread.start()
    return thread


def _follow(path: Path) -> None:
    try:
        warehouse.follow(path)
    except ClientelaError as error:  # the next write does it
        log.warning("what follows from the last load waits: %s", event_log.told(error))
    except Exception:
        log.exception("what follows from the last load waits")
