"""What a search finds: entries that lead somewhere, and which of them a text means, the best first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from data.model.bare_letters import bare
from pages.ui.explore_links import Parameters, address

MOST = 8
STARTS, WORD_STARTS, HOLDS, TOLD = range(4)


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """A place to go to: its name, what it is in few words, its page and what this one is asked. `words` find it too."""

    label: str
    note: str
    path: str
    parameters: Parameters = field(default_factory=dict)
    words: str = ""


def best(entries: Iterable[FoundEntry], text: str, most: int = MOST) -> list[FoundEntry]:
    """Those whose name starts so, then has a word that does, then holds the text, then whose words hold it."""
    wanted = bare(text)
    ranked = [(place, each) for each in entries if (place := _rank(each, wanted)) is not None]
    return [each for _, each in sorted(ranked, key=lambda pair: pair[0])[:most]]


def _rank(entry: FoundEntry, wanted: str) -> int | None:
    name = bare(entry.label)
    if not wanted:
        return None
    if name.startswith(wanted):
        return STARTS
    if wanted in name:
        return WORD_STARTS if _begins_a_word(name, wanted) else HOLDS
    return TOLD if wanted in bare(entry.words) else None


def _begins_a_word(name: str, wanted: str) -> bool:
    places = (at for at in range(1, len(name)) if name.startswith(wanted, at))
    return any(not name[at - 1].isalnum() for at in places)


def payload(groups: Mapping[str, Iterable[FoundEntry]]) -> list[dict[str, object]]:
    """The groups that hold anything as the browser gets them: names, notes and links, all texts."""
    return [
        {
            "name": name,
            "entries": [[each.label, each.note, address(each.path, each.parameters)] for each in found],
        }
        for name, entries in groups.items()
        if (found := list(entries))
    ]
