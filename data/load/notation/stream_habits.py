"""How the files of a stream write numbers and dates: what one of them told holds for the next that does not tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from data.errors import Undecided

WORDS = {
    "decimals": {",": "decimal commas", ".": "decimal points"},
    "dates": {"dm": "dates that begin with the day", "md": "dates that begin with the month"},
    "zones": {"told": "times with their zone or offset", "untold": "times without zone or offset"},
}


@dataclass(frozen=True, slots=True)
class Habits:
    """What the values of a stream told, by the names of their columns; what nothing told is left out.

    `decimals`: "," or ".", and under "" what the file as a whole told; `dates`: "dm" or "md", where the day or the
    month stands first; `zones`: "told" or "untold", where there are times of the day.
    """

    decimals: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Mapping[str, str]]) -> Habits:
        """What `plain` gave; unknown entries are passed over."""
        return cls(**{kind: dict(plain.get(kind, {})) for kind in WORDS})

    def plain(self) -> dict[str, dict[str, str]]:
        """As JSON's own types."""
        return {kind: dict(getattr(self, kind)) for kind in WORDS if getattr(self, kind)}

    def then(self, later: Habits) -> Habits:
        """What holds after a later delivery."""
        return Habits(**{kind: {**getattr(self, kind), **getattr(later, kind)} for kind in WORDS})


NO_HABITS = Habits()


def changed(
    kind: str, now: Mapping[str, str], before: Mapping[str, str], settled: Collection[str]
) -> list[str]:
    """A sentence for each column that is written otherwise than before, unless that is settled."""
    return [
        f"{column} has {WORDS[kind][how]}; the deliveries before had {WORDS[kind][before[column]]}."
        for column, how in now.items()
        if before.get(column, how) != how and f"{kind}: {column}" not in settled
    ]


def check_kept(
    kind: str, column: str, now: str, before: Mapping[str, str], settled: Collection[str], where: str
) -> None:
    """That a column is written as it was before, or that the change is settled.

    Errors: Undecided, because one of two deliveries would be read wrongly if neither were looked at.
    """
    for words in changed(kind, {column: now}, before, settled):
        name = f"{kind}: {column}"
        remedy = (
            f'If it is exported so from now on, say settled = ["{name}"] in [{where}]; else export it again.'
        )
        raise Undecided(words, remedy, "settled", {"It is exported so from now on": name})
