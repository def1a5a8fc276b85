"""What somebody changed meanwhile, in words: of which thing, which part, and what it is in either version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from data.errors import MeanwhileChange

THINGS = {
    "product_role": "what {product} is",
    "saved_view": "the saved view “{name}”",
    "board": "the board “{name}”",
    "board_tile": "this tile",
    "target": "the target of {kpi} for {period}",
    "member_set": "the set “{name}”",
    "kept_run": "the kept run “{name}”",
    "audience": "the audience “{name}”",
    "planned_campaign": "the campaign “{name}”",
    "campaign_content": "what is sent",
    "service_task": "the task “{what}”",
}
PARTS = {
    "address": "view",
    "cost": "cost of a contact",
    "days": "days of the measure",
    "held_out": "held out",
    "shown_as": "shown as",
    "value": "target",
    "assignee": "who looks after it",
    "smallest": "smallest effect",
}
SHORTEST, LONGEST, MOST = 40, 200, 12
GONE, NOTHING = "deleted", "nothing"
REMEDY = "Look at both: keep what is there now, or say yours again."


def thing_words(kind: str, told: Mapping[str, Any]) -> str:
    """What a statement of that kind is about, to stand within a sentence."""
    return THINGS.get(kind, kind.replace("_", " ")).format_map(told)


def part_words(part: str) -> str:
    """A part as it stands at the head of a line.

    >>> part_words("shown_as"), part_words("together")
    ('Shown as', 'Together')
    """
    words = PARTS.get(part, part.replace("_", " "))
    return words[:1].upper() + words[1:]


def value_words(value: Any, other: Any = None) -> str:
    """A value as JSON holds it; of a long list some, with how many there are: what the `other` version lacks first.

    >>> value_words("100.5000"), value_words(["Italy", {"customer": ["CRM", "17"]}, None]), value_words(None)
    ('100.5000', '3: Italy, CRM 17, erased', 'deleted')
    """
    if value is None:
        return GONE
    if isinstance(value, list):
        if isinstance(other, list):
            value = sorted(value, key=other.__contains__)
        some = ", ".join(map(_member_words, value[:MOST]))
        return f"{len(value):,}: {some}{' …' if len(value) > MOST else ''}" if value else NOTHING
    text = value.isoformat() if isinstance(value, date) else str(value)
    return f"{text[:LONGEST]} …" if len(text) > LONGEST else text or NOTHING


def _member_words(member: Any) -> str:
    if member is None:
        return "erased"
    if isinstance(member, Mapping):
        named = member.get("name")
        return str(named) if named else " ".join(map(str, next(iter(member.values()))))
    return " ".join(map(str, member)) if isinstance(member, list) else str(member)


def refusal(changes: Sequence[MeanwhileChange], who: str) -> tuple[str, str]:
    """What is wrong and what to try: who changed what when, both versions, and what may be done."""
    at = max(each.at for each in changes)
    told = f"{change_words(changes, who)} ({at:%Y-%m-%d %H:%M} UTC)."
    both = "; ".join(
        f"{part_words(each.part)} is {_quoted(each.theirs)} now, yours is {_quoted(each.mine)}"
        for each in changes[:MOST]
    )
    return told, f"{both}. {REMEDY}"


def change_words(changes: Sequence[MeanwhileChange], who: str) -> str:
    """Who changed what, without a full stop; whoever looks (`who`) may have done it in another window."""
    others = len({each.thing for each in changes}) - 1
    more = f" and {others} more" if others else ""
    names = dict.fromkeys("you" if each.by == who else each.by for each in changes)
    by = " and ".join(names)
    elsewhere = ", in another window or by a command" if list(names) == ["you"] else ""
    return f"{'You' if by == 'you' else by} changed {changes[0].thing}{more} meanwhile{elsewhere}"


def _quoted(value: Any) -> str:
    words = value_words(value)
    return words if value is None else f"“{words[:SHORTEST]}{' …' if len(words) > SHORTEST else ''}”"
