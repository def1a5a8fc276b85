"""What an audience asks for: parts taken one after another, each a question to a cube, another audience, or a list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cubes.query import Cut, Query, parse_query
from data.errors import BadRequest, did_you_mean

CUSTOMERS, KNOWN_CUSTOMERS = "customers", "known_customers"


class Joining(StrEnum):
    """How a part stands to all before it: who is in both, in either, or in those before and not in it."""

    AND = "and"
    OR = "or"
    BUT_NOT = "but not"


@dataclass(frozen=True, slots=True)
class OtherAudience:
    """All who stand in another audience, by its id."""

    audience: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A list of customers that was handed over when the audience was made, and what it was, in words."""

    words: str


Asked = Query | OtherAudience | HandedOver


@dataclass(frozen=True, slots=True)
class AudiencePart:
    """What is asked, and how it stands to the parts before it; the first stands to none."""

    asked: Asked
    joining: Joining | None = None


@dataclass(frozen=True, slots=True)
class AudienceQuestion:
    """Parts, of which the first is taken first, and each other joined to what all before it came to.

    Raises BadRequest for no part, a joining where none belongs, and a list of customers beside other parts.
    """

    parts: tuple[AudiencePart, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise BadRequest("The audience asks for nothing.", "Choose at least one question.")
        if any((at == 0) is not (each.joining is None) for at, each in enumerate(self.parts)):
            raise BadRequest(
                "The parts of an audience are joined by and, or, but not; the first by none.", "Say it anew."
            )
        if len(self.parts) > 1 and any(isinstance(each.asked, HandedOver) for each in self.parts):
            raise BadRequest(
                "A list of customers stands alone.", "Make it an audience, and join that to others."
            )

    def joined(self, joining: Joining, asked: Asked) -> AudienceQuestion:
        """With one more part."""
        return AudienceQuestion((*self.parts, AudiencePart(asked, joining)))

    @property
    def leans_on(self) -> tuple[str, ...]:
        """The ids of the audiences among its parts."""
        return tuple(each.asked.audience for each in self.parts if isinstance(each.asked, OtherAudience))

    @property
    def handed_over(self) -> HandedOver | None:
        """The list that it is, where it is one."""
        asked = self.parts[0].asked
        return asked if isinstance(asked, HandedOver) else None


def of(asked: Asked) -> AudienceQuestion:
    """The question of one part."""
    return AudienceQuestion((AudiencePart(asked),))


def known_customers(*cuts: Cut, as_of: str = "") -> Query:
    """The question for all known customers described so, as they are today where no day is said, whatever they did."""
    return Query((KNOWN_CUSTOMERS,), cuts=cuts, cube=CUSTOMERS, as_of=as_of)


def to_text(question: AudienceQuestion) -> str:
    """A question as it is kept: JSON, a part an object; of a question the parameters of its address.

    >>> to_text(of(OtherAudience("a1")).joined(Joining.BUT_NOT, known_customers()))
    '[{"audience": "a1"}, {"joining": "but not", "asked": {"measures": ["known_customers"], "cube": ["customers"]}}]'
    """
    return json.dumps(list(map(_written, question.parts)), ensure_ascii=False)


def _written(part: AudiencePart) -> dict[str, Any]:
    joining = {"joining": str(part.joining)} if part.joining else {}
    match part.asked:
        case OtherAudience(audience):
            return {**joining, "audience": audience}
        case HandedOver(words):
            return {**joining, "handed_over": words}
        case Query():
            return {**joining, "asked": part.asked.to_parameters()}


def parse_audience(text: str) -> AudienceQuestion:
    """The question that `to_text` wrote. Raises BadRequest on what it cannot read."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise BadRequest(
            "What this audience asks for cannot be read.", "Make it anew: it is a list of parts, as JSON."
        )
    return AudienceQuestion(tuple(map(_read, told)))


def _read(told: Mapping[str, Any]) -> AudiencePart:
    known = ("joining", *READ)
    for strange in (each for each in told if each not in known):
        raise BadRequest(f"A part of an audience has no {strange!r}.", did_you_mean(strange, known))
    named = [each for each in READ if each in told]
    if len(named) != 1:
        raise BadRequest(
            f"A part of an audience is one of {', '.join(READ)}, and this is {len(named)} of them.",
            "Split it, or say what it asks.",
        )
    try:
        asked = READ[named[0]](told[named[0]])
    except (TypeError, AttributeError):
        raise BadRequest(f"{named[0]} of an audience cannot be read.", "Make the audience anew.") from None
    return AudiencePart(asked, _joining(told["joining"]) if "joining" in told else None)


def _joining(text: str) -> Joining:
    if text not in set(Joining):
        raise BadRequest(f"Parts are not joined by {text!r}.", did_you_mean(str(text), list(Joining)))
    return Joining(text)


def _text(told: Any) -> str:
    if not isinstance(told, str):
        raise TypeError
    return told


READ: Mapping[str, Any] = {
    "asked": parse_query,
    "audience": lambda told: OtherAudience(_text(told)),
    "handed_over": lambda told: HandedOver(_text(told)),
}


def in_words(question: AudienceQuestion, names: Mapping[str, str]) -> str:
    """A question as one line, with other audiences by their `names` (of ids).

    >>> in_words(of(known_customers()).joined(Joining.BUT_NOT, OtherAudience("a1")), {"a1": "Lapsed"})
    'known customers, but not “Lapsed”'
    """
    told = (f"{each.joining} {_told(each.asked, names)}" if each.joining else _told(each.asked, names)
            for each in question.parts)  # fmt: skip
    return ", ".join(told)


def _told(asked: Asked, names: Mapping[str, str]) -> str:
    match asked:
        case OtherAudience(audience):
            return f"“{names.get(audience, 'an audience that was deleted')}”"
        case HandedOver(words):
            return f"the list “{words}”"
        case Query():
            measure, cube = asked.measures[0].replace("_", " "), asked.cube.replace("_", " ")
            of_cube = "" if asked.cube == CUSTOMERS else f" of {cube}"
            cuts = " where " + " and ".join(asked.to_parameters()["where"]) if asked.cuts else ""
            when = f", as of {asked.as_of}" if asked.as_of else ""
            return f"{measure}{of_cube}{cuts}{when}"
