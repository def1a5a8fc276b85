"""The keys that do something, in one table: the sheet that `?` opens shows it, and docs/shortcuts.md repeats it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Keys that are pressed together (`Ctrl+K`) or instead of one another (several), and what they do."""

    keys: tuple[str, ...]
    deed: str


SHORTCUTS: dict[str, tuple[Shortcut, ...]] = {
    "Everywhere": (
        Shortcut(("/", "Ctrl+K"), "Search pages, measures, levels, members and customers"),
        Shortcut(("?",), "Show this list"),
        Shortcut(("Esc",), "Close what is open"),
        Shortcut(("Alt+←",), "Back to the view before, as the browser's arrow"),
    ),
    "In the search": (
        Shortcut(("↑", "↓"), "Go through what is found"),
        Shortcut(("Enter",), "Open it"),
    ),
    "In Explore": (
        Shortcut(("Ctrl+Z",), "Back to the view before"),
        Shortcut(("Ctrl+Shift+Z",), "Forth again"),
    ),
    "In the table of Explore": (
        Shortcut(("←", "↑", "→", "↓"), "Go from cell to cell"),
        Shortcut(("Page up", "Page down"), "Ten rows up or down"),
        Shortcut(("Home", "End"), "To the first or last cell of the row; with Ctrl of the table"),
        Shortcut(("Enter",), "Open a member, sort by a header, or ask what for of a number"),
        Shortcut(("Space",), "Fold or unfold a row, or open it in place"),
        Shortcut(("?",), "Ask why a number moved"),
        Shortcut(("Menu", "Shift+F10"), "All that can be done with a cell"),
        Shortcut(("Ctrl+C",), "Copy a number with all its digits"),
    ),
}


def sheet() -> str:
    """The table as HTML."""
    return "".join(
        f"<h3>{escape(where)}</h3><dl>{''.join(map(_row, shortcuts))}</dl>"
        for where, shortcuts in SHORTCUTS.items()
    )


def _row(shortcut: Shortcut) -> str:
    keys = " ".join(f"<kbd>{escape(each)}</kbd>" for each in shortcut.keys)
    return f"<div><dt>{keys}</dt><dd>{escape(shortcut.deed)}</dd></div>"
