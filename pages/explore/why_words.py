"""Why a number moved, in words: what changed, whom it came from, and what is usual."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from cubes.analysis.explain_change import MemberEffect, Verdict, Why
from cubes.analysis.usual_movement import FEWEST, MOST, Past
from cubes.model import Cube, Kind, Measure
from data.model.calendar import to_date
from pages.ui.figures import BETWEEN_IDS
from pages.ui.style.formats import delta_text, format_span, format_value, number_text, scale_of, share_text

MOST_TOLD, TWICE_TOLD = 3.0, 1.5
MOST_STEPS = 6
DECIMALS_OF_POINTS = (1, 2, 3)
MADE_OF = """
**Sums and counts.** A member's part is its own change. Parts of the list are counted outside the ones above them,
so with everything else they come to the change exactly.

**Ratios** (numerator / denominator). *Rate* is the change of the member's own ratio, times the mean of its two
shares of the denominator; *mix* is the change of its share, times how far its mean ratio lies from that of the
whole. Nothing is left over (Kitagawa 1955, the symmetric form of Bennet 1920). Members that are new or gone have
no rate of their own to compare, and so only one effect.

**Distinct counts.** A customer who bought in two categories is counted in both: members overlap and do not add up.
The table above has what they share as a line of its own; in the list, a member's part is what would be lacking
without it.

**Usual.** The median of a member's past changes and their median absolute deviation; about 19 of 20 changes
lie in the range that is shown. A change is news from 3.5 deviations on (Iglewicz & Hoaglin 1993), from more
where the past is short or the level has many members, or beyond the furthest that any member of the level
went in a past period. The order is by how far a member moved beyond its part of an even move of all: the
surprise of Adtributor (Bhagwan et al. 2014). A finer member is named where it holds four fifths of that, and
what else lies in the coarser one moved less than half as far for its size.
"""


class Words:
    """The texts of one explanation, all amounts in one unit."""

    def __init__(self, found: Why, cube: Cube, currency: str) -> None:
        self.found, self.cube, self.currency = found, cube, currency
        self.measure: Measure = found.measure
        parts = [found.change, found.rest, *(each.effect for each in found.findings)]
        self.scale = scale_of(parts, self.measure.unit, currency)
        self.points = _decimals(parts)

    def value(self, amount: float | None) -> str:
        """An amount of the measure, by itself."""
        return format_value(amount, self.measure.unit, self.currency, True)

    def signed(self, amount: float) -> str:
        """A change, in the unit that all changes share: +€12.3K, or +0.4 pt where the measure is a share."""
        if self.measure.unit == "percent":
            text = f"{number_text(abs(amount) * 100, self.points)} pt"
        else:
            text = format_value(abs(amount), self.measure.unit, self.currency, self.scale)
        nothing = not any(digit in text for digit in "123456789")
        return text if nothing else f"{'-' if amount < 0 else '+'}{text}"

    @property
    def direction(self) -> str:
        return "rise" if self.found.change > 0 else "fall" if self.found.change < 0 else "change"

    def headline(self) -> str:
        """The change, relative and absolute, and from what to what."""
        found = self.found
        relative = delta_text(found.value, found.base, self.measure.unit)
        told = f" ({relative})" if relative and self.measure.unit != "percent" else ""
        return f"{self.value(found.base)} → {self.value(found.value)}{told}"

    def periods(self) -> str:
        """Which days are held against which; empty where they are no unbroken runs."""
        if not self.found.own or not self.found.before:
            return ""
        spans = (
            format_span(to_date(each.first), to_date(each.last))
            for each in (self.found.own, self.found.before)
        )
        return " against ".join(spans)

    def usual_of_whole(self) -> str:
        """Whether the change as a whole is anything unusual, and what that rests on."""
        low, high = self.found.low, self.found.high
        if low is None or high is None:
            return f"{too_short(self.found.past)} So large changes are told from small ones, not news from chance."
        band = f"between {self.signed(low)} and {self.signed(high)}"
        about = f"It usually moves {band}, going by {rests_on(self.found.past)}"
        within = low <= self.found.change <= high
        return f"{about}: {'this is no more than usual' if within else 'this is more than usual'}."

    def verdict(self) -> str:
        """What the search came to, in one sentence."""
        found = self.found
        if not found.findings and found.change:
            return (
                f"No member stands out: the {self.direction} is spread over many members, or lies within what is usual "
                "for those that moved most."
            )
        if not found.findings:
            return "Nothing moved, and no member stands out."
        told = sum(each.effect for each in found.findings)
        count = (
            "One member explains" if len(found.findings) == 1 else f"{len(found.findings)} members explain"
        )
        share = self._share(told)
        return f"{count} {share}." if share else f"{count} {self.signed(told)}."

    def title(self, each: MemberEffect) -> str:
        return f"{each.label}"

    def level(self, each: MemberEffect) -> str:
        return self.cube.level(each.level).label

    def explains(self, each: MemberEffect) -> str:
        """The part of the change that a finding explains, or takes back."""
        share = self._share(each.effect)
        if not share:
            return "rose" if each.effect > 0 else "fell"
        if each.verdict is Verdict.USUAL:
            return f"moved by as much as {share}"
        if each.effect * self.found.change < 0:
            return f"took back {share}"
        return f"explains {share}"

    def _share(self, part: float) -> str:
        """A part of the change, in percent or times; empty where the change is too small to be a measure of it."""
        change = self.found.change
        if not change or abs(part / change) > MOST_TOLD:
            return ""
        share = abs(part / change)
        times = f"{share_text(share)} of" if share < TWICE_TOLD else f"{number_text(share, 1)} times"
        return f"{times} the {self.direction}"

    def sentence(self, each: MemberEffect) -> str:
        """A finding's own course, what is usual for it, and what of it was told before."""
        parts = [self._course(each), self._split(each), self._usual(each), self._told_before(each)]
        return " ".join(part for part in parts if part)

    def _course(self, each: MemberEffect) -> str:
        if each.base is None or (not each.base and each.value):
            return f"New: nothing before, {self.value(each.value)} now."
        if each.value is None or (not each.value and each.base):
            return f"Gone: {self.value(each.base)} before, nothing now."
        change = delta_text(each.value, each.base, self.measure.unit)
        return f"{self.value(each.base)} → {self.value(each.value)}{f' ({change})' if change else ''}."

    def _split(self, each: MemberEffect) -> str:
        if self.measure.kind is not Kind.RATIO or each.presence:
            return ""
        size = self.cube.measure(self.measure.denominator).label.lower()
        return f"{self.signed(each.rate)} by its own rate, {self.signed(each.mix)} by its share of all {size} (mix)."

    def _usual(self, each: MemberEffect) -> str:
        if each.low is None or each.high is None:
            return "How it usually moves is not known."
        low, high = self._relative(each, each.low), self._relative(each, each.high)
        band = f"±{high.lstrip('+')}" if low == f"-{high.lstrip('+')}" else f"{low} to {high}"
        beyond = not each.low <= each.effect <= each.high
        less_sure = (
            "; this is more, though not by enough to be sure"
            if each.verdict is Verdict.USUAL and beyond
            else ""
        )
        alike = "" if self.measure.kind is Kind.RATIO else ", as the whole moved,"
        return f"Usually{alike} it moves by {band}{less_sure}."

    def _relative(self, each: MemberEffect, amount: float) -> str:
        """A usual change as percent of what the member was; as an amount where that says nothing."""
        if (
            self.measure.kind is Kind.RATIO
            or not each.base
            or each.base < 0
            or abs(amount) > MOST_TOLD * each.base
        ):
            return self.signed(amount)
        text = share_text(abs(amount) / each.base)
        return text if text == "0%" else f"{'-' if amount < 0 else '+'}{text}"

    def _told_before(self, each: MemberEffect) -> str:
        more = each.alone - each.effect
        if abs(more) < 0.02 * abs(each.alone):
            return ""
        if self.measure.kind is Kind.DISTINCT:
            return f"Of its own {self.signed(each.alone)}, the others were also counted elsewhere."
        return f"All of it moved by {self.signed(each.alone)}; the difference lies in what is told above."

    def steps(self) -> pl.DataFrame:
        """The waterfall: from the value before over findings and the rest to the value now."""
        parts = [(each.level, each.id, each.label, each.effect) for each in self.found.findings]
        rest = "Everything else" if parts else "All together"
        return self._steps(parts, rest, self.found.rest, self.found.overlap)

    def steps_of(self, level: str, members: pl.DataFrame) -> pl.DataFrame:
        """The waterfall over the greatest parts of one level's members, as `explain_change.members` gives them."""
        shared = members.filter(pl.col("label").is_null())["effect"].sum()
        plain = members.filter(pl.col("label").is_not_null())
        parts = [(level, *row) for row in plain.head(MOST_STEPS).select("id", "label", "effect").iter_rows()]
        others = plain.slice(MOST_STEPS)["effect"].sum()
        rest = f"Others in {self.cube.level(level).label.lower()}"
        return self._steps(parts, rest, float(others), float(shared))

    def split_of(self, level: str, members: pl.DataFrame) -> str:
        """A ratio's change as rate and mix of one level's members, in total; empty for other measures."""
        if self.measure.kind is not Kind.RATIO or members.is_empty():
            return ""
        rate, mix, presence = (float(members[name].sum()) for name in ("rate", "mix", "presence"))
        shared = float(members.filter(pl.col("label").is_null())["effect"].sum())
        parts = [f"{self.signed(rate)} by the rates of its members", f"{self.signed(mix)} by their mix"]
        parts += [f"{self.signed(presence)} by new and gone ones"] if presence else []
        parts += [f"{self.signed(shared)} by what they share"] if shared else []
        return f"By {self.cube.level(level).label.lower()}: {', '.join(parts)}."

    def _steps(
        self, parts: list[tuple[str, str, str, float]], rest: str, left: float, shared: float
    ) -> pl.DataFrame:
        found = self.found
        rows = [("before", "Before", "before", found.base or 0.0, self.value(found.base))]
        rows += [
            (BETWEEN_IDS.join((level, member)), label, "part", effect, self.signed(effect))
            for level, member, label, effect in parts
        ]
        if left or not parts:
            rows.append(("rest", rest, "rest", left, self.signed(left)))
        if shared:
            rows.append(("shared", "Counted twice", "rest", shared, self.signed(shared)))
        rows.append(("now", "Now", "now", found.value or 0.0, self.value(found.value)))
        return pl.DataFrame(rows, schema=["id", "label", "kind", "value", "text"], orient="row")

    def searched(self) -> str:
        """Where was looked, and where only in part."""
        labels = [self.cube.level(level).label.lower() for level in self.found.levels]
        told = f"Searched: {', '.join(labels)}."
        if self.found.in_part:
            part = _listed(self.cube.level(level).label.lower() for level in self.found.in_part)
            told += f" Of {part} only the {number_text(1_000)} greatest members."
        return told


def rests_on(past: Past | None) -> str:
    """What is known of the past: 21 past months, or 12 past months against those a year before them."""
    if past is None:
        return "no past periods"
    count = min(past.count, MOST)
    unit = past.grain.replace("_", " ")
    if past.length > 1:
        return f"{count} past periods of {past.length} {unit}s"
    return f"the changes of {count} past {unit}s"


def too_short(past: Past | None) -> str:
    """Why nothing is known of what is usual."""
    if past is None:
        return "There are no past periods like these two to learn from."
    return f"The past is too short to say what is usual: {past.count} periods like these, and {FEWEST} are needed."


def _decimals(amounts: Iterable[float]) -> int:
    """Decimals of points in which the greatest change shows two digits."""
    greatest = max((abs(each) * 100 for each in amounts), default=0.0)
    return next((each for each in DECIMALS_OF_POINTS if greatest >= 10.0 ** (1 - each)), 3)


def _listed(names: Iterable[str]) -> str:
    return " and ".join(names)
