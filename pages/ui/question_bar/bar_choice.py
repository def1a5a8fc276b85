"""What the question bar sends: all that was chosen since the question on screen. It is read, never trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MOST = 5_000
LONGEST = 1_000
LONGEST_BASE = 1_000_000
SINGLE = ("period", "compare", "as_of")
SIDES = ("measures", "rows", "columns")


@dataclass(frozen=True, slots=True)
class ChosenFilter:
    """The members of a level that are kept or left out; none takes the filter away."""

    level: str
    members: tuple[str, ...]
    exclude: bool = False


@dataclass(frozen=True, slots=True)
class MemberSearch:
    """A text to look for among the members of a level, or of all where it is ""."""

    text: str
    level: str = ""


@dataclass(frozen=True, slots=True)
class WantedSet:
    """The members that a level is filtered by, to be saved under a name; `at` tells one wish from the next."""

    level: str
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class BarChoice:
    """What was chosen since `base` was on screen, None what was not; `number` counts up and comes back as heard.

    `step` rolls up to so many members of the trail; `period` and `compare` name an option or days, "a..b".
    """

    base: str
    number: int
    step: int | None = None
    clear: bool = False
    measures: tuple[str, ...] | None = None
    rows: tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None
    filters: tuple[ChosenFilter, ...] = ()
    top: int | None = None
    period: str | None = None
    compare: str | None = None
    as_of: str | None = None
    favourites: tuple[tuple[str, bool], ...] = ()
    search: MemberSearch | None = None
    save_set: WantedSet | None = None

    @property
    def asks_anew(self) -> bool:
        """Whether it changes the question, and not only what the bar shows."""
        chosen = (self.step, self.measures, self.rows, self.columns, self.top, self.period, self.compare)
        return self.clear or bool(self.filters) or any(each is not None for each in (*chosen, self.as_of))


def parse_bar_choice(raw: Any) -> BarChoice | None:
    """A choice as the browser sent it; nothing unless all of it has the right shape."""
    if not isinstance(raw, dict):
        return None
    try:
        return BarChoice(
            base=_text(raw["base"], LONGEST_BASE),
            number=_whole(raw["number"]),
            step=_optional(raw, "step", _whole),
            clear=_flag(raw.get("clear", False)),
            filters=tuple(_filter(each) for each in _list(raw.get("filters", []))),
            top=_optional(raw, "top", _whole),
            favourites=tuple(
                (_text(name), _flag(is_one)) for name, is_one in _list(raw.get("favourites", []))
            ),
            search=_optional(raw, "search", _search),
            save_set=_optional(raw, "save_set", _wanted_set),
            **{side: _optional(raw, side, _texts) for side in SIDES},
            **{name: _optional(raw, name, _text) for name in SINGLE},
        )
    except (KeyError, TypeError, ValueError):
        return None


def _optional(raw: dict[str, Any], name: str, read: Any) -> Any:
    return None if raw.get(name) is None else read(raw[name])


def _text(raw: Any, longest: int = LONGEST) -> str:
    if not isinstance(raw, str) or len(raw) > longest:
        raise ValueError("no text, or too long a one")
    return raw


def _whole(raw: Any) -> int:
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if not isinstance(raw, int) or isinstance(raw, bool) or not 0 <= raw < 1 << 53:
        raise ValueError("no whole number")
    return raw


def _flag(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise ValueError("neither yes nor no")
    return raw


def _list(raw: Any) -> list[Any]:
    if not isinstance(raw, list) or len(raw) > MOST:
        raise ValueError("no list, or too long a one")
    return raw


def _texts(raw: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_text(each) for each in _list(raw)))


def _filter(raw: Any) -> ChosenFilter:
    return ChosenFilter(_text(raw["level"]), _texts(raw["members"]), _flag(raw["exclude"]))


def _search(raw: Any) -> MemberSearch:
    return MemberSearch(_text(raw["text"]), _text(raw["level"]))


def _wanted_set(raw: Any) -> WantedSet:
    return WantedSet(_text(raw["level"]), _text(raw["name"]), _whole(raw["at"]))
