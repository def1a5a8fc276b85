"""What every page needs is imported while the server starts and the first browser loads, not before somebody's eyes."""

from __future__ import annotations

import threading


def _import() -> None:
    import plotly.graph_objects as go
    import polars  # noqa: F401

    from cubes.ask import answer  # noqa: F401
    from data.store import older_warehouse  # noqa: F401
    from pages.ui import figures  # noqa: F401

    go.Figure(go.Bar(x=[1], y=[1]), layout={"template": None}).to_json()


_thread = threading.Thread(target=_import, name="clientela-imports", daemon=True)


def begin() -> None:
    """Import in a thread of its own; what cannot be imported is told where a page imports it again."""
    _thread.start()


def wait() -> None:
    """Until they are there, so that no two threads import the same at once; at once where nothing was begun."""
    if _thread.is_alive():
        _thread.join()
