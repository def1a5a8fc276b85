"""What the page Audiences shows, frozen: which audience is open, how, and what is combined; the URL holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, only
from data.errors import BadRequest, did_you_mean

PARAMETERS = ("audience", "at", "channel", "purpose", "by", "part")
JOINS = ("and", "or", "but not")
MOST_PARTS = 5
LONGEST = 200


@dataclass(frozen=True, slots=True)
class CombinedPart:
    """One audience (its id) of those combined, and how it is joined to what stands before it; the first is not."""

    join: str
    audience: str

    def __str__(self) -> str:
        return f"{self.join} {self.audience}".strip()


@dataclass(frozen=True, slots=True)
class AudiencesView:
    """`audience` is the id of the one that is open, `at` the publication whose comers and leavers are listed (0 for the
    last), `channel` and `purpose` those by which its members are to be reached, `by` the level of where they live."""

    audience: str = ""
    at: int = 0
    channel: str = ""
    purpose: str = ""
    by: str = ""
    parts: tuple[CombinedPart, ...] = ()

    def to_parameters(self) -> dict[str, list[str]]:
        """The URL's parameters, defaults left out."""
        told = {name: str(getattr(self, name) or "") for name in PARAMETERS[:-1]}
        written = {name: [each] for name, each in told.items() if each}
        return written | ({"part": [str(each) for each in self.parts]} if self.parts else {})

    def opened(self, audience: str) -> AudiencesView:
        """With another audience open; by which channel it is to be reached stays."""
        return replace(self, audience=audience, at=0)

    def closed(self) -> AudiencesView:
        return replace(self, audience="", at=0)

    def seen_at(self, publication: int) -> AudiencesView:
        return replace(self, at=publication)

    def reached(self, channel: str, purpose: str) -> AudiencesView:
        return replace(self, channel=channel, purpose=purpose)

    def told_by(self, level: str) -> AudiencesView:
        return replace(self, by=level)

    def combined(self, parts: tuple[CombinedPart, ...]) -> AudiencesView:
        """Of these audiences; whichever stands first is joined to nothing."""
        first = tuple(replace(each, join="") for each in parts[:1])
        rest = tuple(replace(each, join=each.join or JOINS[0]) for each in parts[1:MOST_PARTS])
        return replace(self, parts=(*first, *rest))

    def kept(self, mask: int) -> bool:
        """Whether customers who stand in just the audiences of `mask` (bit n: in that of part n) stand in what is
        combined, read from left to right."""
        held = bool(self.parts) and bool(mask & 1)
        for at, part in enumerate(self.parts[1:], 1):
            there = bool(mask >> at & 1)
            held = {"and": held and there, "or": held or there, "but not": held and not there}[part.join]
        return held


def parse_audiences(parameters: Mapping[str, list[str]]) -> AudiencesView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    texts = {name: only(parameters, name) for name in PARAMETERS[:-1]}
    at = texts.pop("at")
    if at and not (at.isascii() and at.isdecimal() and len(at) < 10):
        raise BadRequest(
            f"at={at[:20]!r} is no publication.", "Write its number, like at=12, or leave it out."
        )
    written = parameters.get("part", [])
    if len(written) > MOST_PARTS:
        raise BadRequest(
            f"{len(written)} audiences are too many to combine.", f"Combine {MOST_PARTS} at most."
        )
    parts = tuple(_part(text, number) for number, text in enumerate(written))
    return AudiencesView(at=int(at or 0), parts=parts, **texts)


def _part(text: str, at: int) -> CombinedPart:
    join = next((each for each in JOINS if text.startswith(f"{each} ")), "")
    audience = text.removeprefix(join).strip()
    if bool(at) != bool(join) or not audience:
        word = text.partition(" ")[0]
        near = did_you_mean(word, JOINS) if at else "Let the first stand without and, or, but not."
        raise BadRequest(f"part={text[:LONGEST]!r} is no part of what is combined.", near)
    return CombinedPart(join, audience)
