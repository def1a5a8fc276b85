"""How the table of a view is arranged by hand, as an address holds it: marks, order and width of its columns."""

from __future__ import annotations

from collections.abc import Iterable

from data.errors import BadRequest
from data.model.typed_count import whole
from data.model.written_members import apart, joined
from pages.ui.pivot.pivot_table import NARROWEST, WIDEST, Look
from pages.ui.pivot.value_limits import BETWEEN, EXAMPLE, ValueLimits, parse_limits

Marks = Look | ValueLimits
Places = tuple[tuple[str, tuple[str, ...]], ...]
Widths = tuple[tuple[str, int], ...]


def parse_marks(text: str) -> Marks:
    """The name of a look, or limits as `0.2..0.5`. Raises BadRequest."""
    if text in set(Look):
        return Look(text)
    if BETWEEN in text:
        return parse_limits(text)
    raise BadRequest(
        f"There is no look {text!r}.", f"Write look=measure={'|'.join(Look)}, or limits: {EXAMPLE}."
    )


def parse_looks(texts: Iterable[str]) -> tuple[tuple[str, Marks], ...]:
    """`measure=look` of each measure whose marks were chosen. Raises BadRequest."""
    return tuple((_named(text, "look=measure=bars"), parse_marks(text.rpartition("=")[2])) for text in texts)


def written_places(places: Places) -> list[str]:
    return [f"{level}={joined(members)}" for level, members in places]


def parse_places(texts: Iterable[str]) -> Places:
    """`level=member|member` of each level of columns whose members were put in order. Raises BadRequest."""
    found = {}
    for text in texts:
        level, _, members = text.partition("=")
        found[level] = tuple(dict.fromkeys(each for each in apart(members) if each))
        if not level or not found[level]:
            raise BadRequest(f"{text!r} orders no columns.", "Write place=level=member|member.")
    return tuple(found.items())


def parse_widths(texts: Iterable[str]) -> Widths:
    """`column=pixels` of each column made wider or narrower. Raises BadRequest."""
    found = {}
    for text in texts:
        name, written = _named(text, "width=head=180"), text.rpartition("=")[2]
        pixels = whole(written)
        if pixels is None or not NARROWEST <= pixels <= WIDEST:
            raise BadRequest(
                f"A column cannot be {written!r} wide.", f"Write pixels from {NARROWEST} to {WIDEST}."
            )
        found[name] = pixels
    return tuple(found.items())


def _named(text: str, example: str) -> str:
    name, _, _ = text.rpartition("=")
    if not name:
        raise BadRequest(f"{text!r} does not say of what.", f"Write {example}.")
    return name
