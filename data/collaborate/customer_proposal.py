"""A proposal of a customer as it is seen: what sources tell of it with all that was said of it here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from data.collaborate.guessed_language import guessed_language
from data.collaborate.merged_proposals import ProposalMerge
from data.collaborate.proposal_course import HERE, OPEN, ProposalNumber, StatusStep, in_order, odd_of
from data.collaborate.stripped_text import LONGEST, stripped
from data.collaborate.told_proposals import PrototypeTest
from data.service.case_list import CasePerson


@dataclass(frozen=True, slots=True)
class ProposalComment:
    """What somebody remarked on a proposal, or a customer (`person`) through them."""

    text: str
    at: datetime
    by: str
    said: str
    person: CasePerson | None = None


@dataclass(frozen=True, slots=True)
class PrototypeVersion:
    """A version of what was made of a proposal to be tried, from the day `starts` on."""

    version: str
    what: str
    starts: date
    by: str = ""
    said: str = ""


@dataclass(frozen=True)
class CustomerProposal:
    """`at` is when it was made (UTC), by `author` (None: nobody who is known). `product` and `category` are names.

    `own_persons` are those who support it by itself, `persons` those who support it or one that is merged into it, each
    once; `told_supports` is a total that the source tells without voters, and no part of these. `unknown_votes` name
    nobody who is known; `early_votes` are dated before it was made. `merge` says into which it is merged,
    `members` what it stands for. `said` is the statement that recorded it here.
    """

    number: ProposalNumber
    at: datetime
    title: str
    told_text: str = ""
    is_dated: bool = True
    author: CasePerson | None = None
    product_id: str = ""
    product: str = ""
    category: str = ""
    place: str = ""
    told_language: str = ""
    steps: tuple[StatusStep, ...] = ()
    persons: int = 0
    own_persons: int = 0
    told_supports: float | None = None
    unknown_votes: int = 0
    early_votes: int = 0
    merge: ProposalMerge | None = None
    members: tuple[ProposalNumber, ...] = ()
    comments: tuple[ProposalComment, ...] = ()
    prototypes: tuple[PrototypeVersion, ...] = ()
    tests: tuple[PrototypeTest, ...] = ()
    said: str = ""
    by: str = ""

    @property
    def is_here(self) -> bool:
        """Whether it was recorded here."""
        return self.number.source == HERE

    @cached_property
    def text(self) -> str:
        """Its text; of a source's the words alone, of what may be HTML."""
        return self.told_text if self.said else stripped(self.told_text)

    @property
    def is_cut(self) -> bool:
        """Whether its text is longer than what is shown of it."""
        return not self.said and len(self.told_text) > LONGEST

    @cached_property
    def course(self) -> tuple[StatusStep, ...]:
        """Its statuses, the oldest first."""
        return in_order(self.steps)

    @property
    def now(self) -> StatusStep:
        """The status that holds."""
        return self.course[-1]

    @property
    def status(self) -> str:
        return self.now.status

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @cached_property
    def language(self) -> str:
        """As it was said, or else guessed from its words; empty where that tells too little."""
        return self.told_language or guessed_language(f"{self.title} {self.text[:LONGEST]}")

    @property
    def odd(self) -> tuple[str, ...]:
        """What cannot be about it, a sentence each."""
        found = odd_of(self.steps)
        if self.early_votes:
            found += (f"{self.early_votes:,} votes are dated before it was made; they count all the same.",)
        if self.unknown_votes:
            found += (f"{self.unknown_votes:,} votes are of nobody who is known; they count for no person.",)
        return found

    @property
    def statements(self) -> tuple[str, ...]:
        """The statements on which its status and its merge rest."""
        merged = (self.merge.said,) if self.merge else ()
        return (*(each.said for each in self.steps if each.said), *merged)
