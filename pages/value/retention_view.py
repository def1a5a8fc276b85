"""What the page Retention shows, frozen: slice, measure, cohorts and what is opened. The URL holds it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from cubes.address_parameters import check_names, only
from cubes.analysis.cohort_cells import GRAINS
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.retention.cohort_triangle import Kept

PARAMETERS = ("where", "measure", "by", "split", "member", "until", "cohort", "age", "who")
CAME, STAYED_AWAY = "bought", "away"


@dataclass(frozen=True, slots=True)
class RetentionView:
    """`grain` is the period of cohorts, `until` the last day that is looked at (None: of all), `split` the level that
    cohorts are split by and `member` (id) the one whose triangle is shown. `cohort` (a period) and `age` are the cell
    opened; `who` of it: those who bought then, or the others.
    """

    cuts: tuple[Cut, ...] = ()
    kept: Kept = Kept.CUSTOMERS
    grain: str = "month"
    split: str = ""
    member: str = ""
    until: date | None = None
    cohort: str = ""
    age: int = 0
    who: str = CAME

    def to_parameters(self) -> dict[str, list[str]]:
        found = {
            "where": [str(cut) for cut in self.cuts],
            "measure": [self.kept.value] if self.kept is not Kept.CUSTOMERS else [],
            "by": [self.grain] if self.grain != "month" else [],
            "split": [self.split],
            "member": [self.member],
            "until": [self.until.isoformat()] if self.until else [],
            "cohort": [self.cohort],
            "age": [str(self.age)] if self.cohort and self.age else [],
            "who": [self.who] if self.cohort and self.who != CAME else [],
        }
        return {name: values for name, values in found.items() if any(values)}

    def within(self, cuts: tuple[Cut, ...]) -> RetentionView:
        return replace(self, cuts=cuts).closed()

    def of(self, kept: Kept) -> RetentionView:
        return replace(self, kept=kept)

    def by(self, grain: str) -> RetentionView:
        return replace(self, grain=grain).closed()

    def split_by(self, split: str) -> RetentionView:
        return replace(self, split=split, member="").closed()

    def showing(self, member: str) -> RetentionView:
        return replace(self, member=member).closed()

    def seen_until(self, until: date | None) -> RetentionView:
        return replace(self, until=until).closed()

    def open(self, cohort: str, age: int) -> RetentionView:
        """The cell of a cohort at an age, or none where it is open already."""
        if (cohort, age) == (self.cohort, self.age):
            return self.closed()
        return replace(self, cohort=cohort, age=age, who=CAME)

    def told(self, who: str) -> RetentionView:
        return replace(self, who=who)

    def closed(self) -> RetentionView:
        return replace(self, cohort="", age=0, who=CAME)


def parse_retention(parameters: Mapping[str, list[str]]) -> RetentionView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    kept, grain = only(parameters, "measure") or Kept.CUSTOMERS, only(parameters, "by") or "month"
    if kept not in set(Kept):
        raise BadRequest(f"Retention has no measure {kept!r}.", did_you_mean(kept, Kept))
    if grain not in GRAINS:
        raise BadRequest(f"There are no cohorts by {grain!r}.", did_you_mean(grain, GRAINS))
    return RetentionView(
        tuple(parse_cut(text) for text in parameters.get("where", ())),
        Kept(kept),
        grain,
        only(parameters, "split"),
        only(parameters, "member"),
        parse_until(only(parameters, "until")),
        only(parameters, "cohort"),
        _age(only(parameters, "age") or "0"),
        STAYED_AWAY if only(parameters, "who") == STAYED_AWAY else CAME,
    )


def parse_until(text: str) -> date | None:
    """The day that a person wrote; None for nothing. Raises BadRequest."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"There is no day {text[:20]!r}.", "Write one like 2025-12-31.") from None


def _age(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise BadRequest(
            f"age={text[:20]!r} is no age of a cohort.",
            "Write how many periods after its first, such as age=1.",
        )
    return int(text)
