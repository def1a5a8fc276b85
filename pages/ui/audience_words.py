"""An audience's question as people read it, and the name that it begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from cubes.analysis.audience_question import CUSTOMERS, Asked, AudienceQuestion, HandedOver, OtherAudience
from cubes.model import Cube
from cubes.query import MAIN_CUBE, NOW, TIME_LEVELS, Cut, Query, split_measure
from cubes.relative_period import parse_relative
from data.errors import BadRequest
from data.operational.plain_names import LONGEST_NAME
from pages.ui import session
from pages.ui.cut_chips import named, words
from pages.ui.style.formats import count_text, format_day

GONE = "an audience that is gone"
EVERYBODY, SOME = "All known customers", "Customers"
LEAST_NAMED = 2
CutWords = Callable[[Cube, Cut], str]


def audience_words(question: AudienceQuestion, names: Mapping[str, str]) -> str:
    """The question in words; `names` are those of audiences by their ids."""
    told = [_asked(each.asked, names) for each in question.parts]
    if len(told) == 1:
        return told[0]
    joined = [
        told[0],
        *(f"{each.joining} {text}" for each, text in zip(question.parts[1:], told[1:], strict=True)),
    ]
    return " ".join(joined)


def _asked(asked: Asked, names: Mapping[str, str]) -> str:
    match asked:
        case OtherAudience(audience):
            return f"“{names[audience]}”" if audience in names else GONE
        case HandedOver(said):
            return said
        case Query():
            return _of_query(asked)


def _of_query(asked: Query) -> str:
    """`Customers by Buyers, Country: Italy; Year: 2025`."""
    cube = cube_of(asked)
    told = "; ".join(_cut(cube, each, named if each.level in TIME_LEVELS else words) for each in asked.cuts)
    day = _moment(asked)
    if asked.cube == CUSTOMERS:
        return f"{EVERYBODY}{f', {told}' if told else ''}{day}"
    return f"{_whom(asked)}{f', {told}' if told else ', of all time'}{day}"


def _whom(asked: Query) -> str:
    """Those whom its measure counts, whatever it is within."""
    counted = _measure(asked)
    return counted.capitalize() if counted.startswith(SOME.lower()) else f"{SOME} with {counted}"


def cube_of(asked: Query) -> Cube:
    """The cube that knows the levels of a question: of customers alone, the sales'."""
    return session.cube(MAIN_CUBE if asked.cube == CUSTOMERS else asked.cube)


def _measure(asked: Query) -> str:
    name, _ = split_measure(asked.measures[0])
    try:
        return session.measure(name, asked.cube).label.lower()
    except BadRequest:
        return name


def _moment(asked: Query) -> str:
    if asked.as_of in ("", NOW) or asked.moment is None:
        return ", as described now" if asked.as_of == NOW else ""
    return f", as described on {format_day(asked.moment)}"


def _cut(cube: Cube, cut: Cut, told: CutWords) -> str:
    """A cut in words; as it is written where it names what is not there any more."""
    try:
        return told(cube, cut)
    except BadRequest:
        return str(cut)


def usual_name(asked: Query) -> str:
    """The name that an audience of a question begins with: what it is within, the period last, not longer than a name
    may be. It names no customer, for names outlive a person's erasure."""
    cube = cube_of(asked)
    told = {cut: _unnamed(cube, cut) for cut in asked.cuts}
    parts = [text for cut, text in told.items() if cut.level not in TIME_LEVELS]
    periods = [text for cut, text in told.items() if cut.level in TIME_LEVELS]
    everybody = EVERYBODY if asked.cube == CUSTOMERS else _whom(asked)
    return shortened_name(", ".join((*(parts or [SOME if periods else everybody]), *periods)))


def _unnamed(cube: Cube, cut: Cut) -> str:
    """A cut in a name: customers by how many they are."""
    by_member = cut.members and any(each.name == cut.level and each.is_customer for each in cube.levels)
    text = count_text(len(cut.members), "chosen customer") if by_member else _cut(cube, cut, named)
    return f"not {text}" if cut.exclude else text


def has_fixed_period(question: AudienceQuestion) -> bool:
    """Whether a part asks for days that stay the same, so that only what comes late changes who is found."""
    cuts = [cut for each in question.parts if isinstance(each.asked, Query) for cut in each.asked.cuts]
    return any(cut.level in TIME_LEVELS and not any(map(parse_relative, cut.members)) for cut in cuts)


def shortened_name(text: str) -> str:
    """A text that a name can be."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 2].rstrip(', ')} …"


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name, with a number behind it where it is taken.

    >>> free_name("Italy", ["italy", "Italy 2"])
    'Italy 3'
    """
    known = {each.casefold() for each in taken}
    number, found = LEAST_NAMED, name
    while found.casefold() in known:
        found = f"{name[: LONGEST_NAME - 4].rstrip()} {number}"
        number += 1
    return found
