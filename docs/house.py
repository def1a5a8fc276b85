"""The picture of the house, drawn from the imports of the code: `python -m docs.house` writes docs/house.svg.

Each box is a room (a folder), from the top to what it stands on; an arrow is an import between rooms, the thicker the
more modules make it.
"""

from __future__ import annotations

import ast
from collections import Counter
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FLOORS = (
    (
        ("pages.overview",),
        ("pages.value", "pages.manage"),
        ("pages.discover",),
        ("pages.explore",),
        ("pages.ui", "pages.web"),
    ),
    (
        ("cubes.analysis", "cubes.drill_through"),
        ("cubes.ask", "mining"),
        ("cubes.aggregates", "cubes.catalogue"),
        ("cubes.members", "cubes.cells"),
    ),
    (
        ("data.commands", "data.demo"),
        ("data.recovery", "data.review", "data.quality", "data.export"),
        ("data.delivery", "data.privacy"),
        ("data.load", "data.sources", "data.identity", "data.operational"),
        ("data.store", "data.lifecycle", "data.history", "data.model"),
    ),
)
WIDTH, BOX, HEIGHT, ROW = 960, 168, 40, 76
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1b2733 } .count { font-size: 11px; fill: #5b6b7a }
.floor { fill: #eef2f6 } .room { fill: #fff; stroke: #33516d } path { fill: none; stroke: #7a93aa; opacity: .45 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .count { fill: #9fb0bf } .floor { fill: #18212b } .room { fill: #0f151c; stroke: #7fa3c4 }
}"""


def rooms() -> dict[str, list[Path]]:
    """The modules of each room, those of its own folders included."""
    names = [room for floor in FLOORS for row in floor for room in row]
    return {room: sorted((ROOT / room.replace(".", "/")).rglob("*.py")) for room in names}


def arrows(found: dict[str, list[Path]]) -> Counter[tuple[str, str]]:
    """How many modules of one room import from another."""
    counted: Counter[tuple[str, str]] = Counter()
    for room, modules in found.items():
        for module in modules:
            tree = ast.parse(module.read_text(encoding="utf-8"))
            named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
            named |= {
                f"{node.module}.{each.name}"
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom)
                for each in node.names
            }
            met = {other for other in found for name in named if f"{name}.".startswith(f"{other}.")}
            counted.update((room, other) for other in met - {room})
    return counted


def places() -> dict[str, tuple[float, float]]:
    """The middle of each room's box."""
    found, y = {}, 40.0
    for floor in FLOORS:
        for row in floor:
            step = WIDTH / len(row)
            found |= {room: (step * (at + 0.5), y + HEIGHT / 2) for at, room in enumerate(row)}
            y += ROW
        y += 24
    return found


def drawn() -> str:
    """The picture as SVG."""
    found, at = rooms(), places()
    parts = [_floor(floor, at) for floor in FLOORS]
    parts += [_arrow(at[one], at[other], count) for (one, other), count in sorted(arrows(found).items())]
    parts += [_box(room, modules, *at[room]) for room, modules in found.items()]
    height = max(y for _, y in at.values()) + 50
    title = "<title>The rooms of Clientela and what they stand on</title>"
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img">{title}\n'
        f"<style>{STYLE}</style>\n{body}\n</svg>\n"
    )


def _floor(floor: tuple[tuple[str, ...], ...], at: dict[str, tuple[float, float]]) -> str:
    top, bottom = at[floor[0][0]][1] - 32, at[floor[-1][0]][1] + 32
    return (
        f'<rect class="floor" x="8" y="{top:.0f}" width="{WIDTH - 16}" height="{bottom - top:.0f}" rx="10"/>'
    )


def _arrow(one: tuple[float, float], other: tuple[float, float], count: int) -> str:
    (x, y), (u, v) = one, other
    bend = (y + v) / 2 if v > y else y + 34
    width = min(0.6 + count / 6, 5)
    way = f"M{x:.0f},{y:.0f} C{x:.0f},{bend:.0f} {u:.0f},{bend:.0f} {u:.0f},{v:.0f}"
    return f'<path d="{way}" stroke-width="{width:.1f}"/>'


def _box(room: str, modules: list[Path], x: float, y: float) -> str:
    count = sum(module.name != "__init__.py" for module in modules)
    left, top = x - BOX / 2, y - HEIGHT / 2
    return (
        f'<rect class="room" x="{left:.0f}" y="{top:.0f}" width="{BOX}" height="{HEIGHT}" rx="6"/>'
        f'<text x="{x:.0f}" y="{y - 2:.0f}" text-anchor="middle">{escape(room)}</text>'
        f'<text class="count" x="{x:.0f}" y="{y + 13:.0f}" text-anchor="middle">{count} modules</text>'
    )


if __name__ == "__main__":
    (ROOT / "docs" / "house.svg").write_text(drawn(), encoding="utf-8")
