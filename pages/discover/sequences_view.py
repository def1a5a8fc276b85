"""What the page Sequences shows, frozen: slice, thresholds, timing, what is looked for and opened. The URL holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from cubes.address_parameters import check_names, only
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.patterns.sequences import Timing
from pages.discover.baskets_view import LEVELS, Picture, share

PARAMETERS = (
    "where", "level", "support", "least_gap", "most_gap", "window", "items", "item", "order", "picture", "step",
)  # fmt: skip
LENGTHS = (2, 3, 4, 0)
LONGEST = 3
MOST_DAYS = 36_500
ANY_TIME = Timing()
LATER, BESIDE = ">", "+"

Sequence = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class SequencesView:
    """`support` None is the one suggested; `longest` bounds the items of a sequence (None: any); `every` shows also
    sequences whose order may be chance; `opened` is the sequence that is opened, by its elements."""

    cuts: tuple[Cut, ...] = ()
    level: str = LEVELS[0]
    support: Decimal | None = None
    timing: Timing = ANY_TIME
    longest: int | None = LONGEST
    item: str = ""
    every: bool = False
    picture: Picture = Picture.NETWORK
    opened: Sequence = ()

    def to_parameters(self) -> dict[str, list[str]]:
        timing = self.timing
        found = {
            "where": [str(cut) for cut in self.cuts],
            "level": [self.level],
            "support": [] if self.support is None else [f"{self.support:f}"],
            "least_gap": [] if timing.least_gap == 1 else [str(timing.least_gap)],
            "most_gap": [] if timing.most_gap is None else [str(timing.most_gap)],
            "window": [] if timing.window is None else [str(timing.window)],
            "items": [] if self.longest == LONGEST else [str(self.longest or 0)],
            "item": [self.item] if self.item else [],
            "order": ["any"] if self.every else [],
            "picture": [] if self.picture is Picture.NETWORK else [self.picture.value],
            "step": [
                f"{BESIDE if at else LATER}{item}"
                for element in self.opened
                for at, item in enumerate(element)
            ],
        }
        return {name: values for name, values in found.items() if values}

    def within(self, cuts: tuple[Cut, ...]) -> SequencesView:
        """The same of another slice, which wants a support of its own."""
        return replace(self, cuts=cuts, support=None, opened=())

    def of(self, level: str) -> SequencesView:
        """Of items at another level: what was looked for and the support belong to the old one."""
        return replace(self, level=level, support=None, item="", opened=())

    def timed(self, timing: Timing) -> SequencesView:
        return replace(self, timing=timing, opened=())

    def at(self, **settings: object) -> SequencesView:
        """With other settings: support, longest, every or picture."""
        return replace(self, **settings)  # type: ignore[arg-type]

    def about(self, item: str) -> SequencesView:
        return replace(self, item=item.strip(), opened=())

    def open(self, sequence: Iterable[Iterable[str]]) -> SequencesView:
        return replace(self, opened=tuple(map(tuple, sequence)))

    def closed(self) -> SequencesView:
        return replace(self, opened=())


def parse_sequences(parameters: Mapping[str, list[str]]) -> SequencesView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    level = only(parameters, "level") or LEVELS[0]
    if level not in LEVELS:
        raise BadRequest(f"Sequences cannot be looked at by {level[:40]!r}.", did_you_mean(level, LEVELS))
    picture = only(parameters, "picture") or Picture.NETWORK.value
    if picture not in set(Picture):
        raise BadRequest(f"There is no picture {picture[:40]!r}.", did_you_mean(picture, Picture))
    order = only(parameters, "order")
    if order not in ("", "any"):
        raise BadRequest(f"The order {order[:40]!r} is not known.", "Leave it away, or take 'any'.")
    support = only(parameters, "support")
    timing = Timing(*(_days(parameters, name) for name in ("least_gap", "most_gap", "window")))  # type: ignore[arg-type]
    timing = timing if timing.least_gap else replace(timing, least_gap=1)
    timing.check()
    return SequencesView(
        tuple(parse_cut(text) for text in parameters.get("where", ())),
        level,
        share(support, "support") if support else None,
        timing,
        _longest(only(parameters, "items")),
        only(parameters, "item"),
        order == "any",
        Picture(picture),
        _steps(parameters.get("step", ())),
    )


def _days(parameters: Mapping[str, list[str]], name: str) -> int | None:
    text = only(parameters, name)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) <= MOST_DAYS):
        called = name.replace("_", " ")
        raise BadRequest(f"The {called} {text[:20]!r} is no number of days.", "Try 30, or leave it away.")
    return int(text)


def _longest(text: str) -> int | None:
    if not text:
        return LONGEST
    if text not in map(str, LENGTHS):
        raise BadRequest(
            f"A sequence cannot be bounded to {text[:20]!r} items.", "Try 2, 3, 4, or 0 for any."
        )
    return int(text) or None


def _steps(texts: Iterable[str]) -> Sequence:
    found: list[tuple[str, ...]] = []
    for text in texts:
        sign, item = text[:1], text[1:]
        if sign not in (LATER, BESIDE) or (sign == BESIDE and not found):
            raise BadRequest(
                f"{text[:40]!r} is no step of a sequence.", "Begin it with > (later) or + (beside)."
            )
        if sign == LATER:
            found.append((item,))
        else:
            found[-1] = (*found[-1], item)
    return tuple(found)
