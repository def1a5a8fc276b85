"""Questions: frozen values, and verbs that return new ones. A question has one text form, used by URL and CLI."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar

from cubes.address_parameters import Parameters, check_names, is_yes, only
from cubes.condition import EXAMPLE, Condition, parse_condition
from cubes.member_order import MemberOrder, parse_order
from cubes.named_set import EXAMPLE as SET_EXAMPLE
from cubes.named_set import NamedSet, parse_named_set
from cubes.relative_period import EXAMPLES, parse_relative
from data.errors import BadRequest, did_you_mean
from data.model.calendar import level_written
from data.model.canonical_tables import TIME_HIERARCHIES
from data.model.typed_count import whole
from data.model.written_members import apart, joined

NOW = "now"
MAIN_CUBE = "sales"  # what is asked where a question names no cube
TIME = "time"
TIME_LEVELS = frozenset(level for hierarchy in TIME_HIERARCHIES for level in hierarchy)


class Comparison(StrEnum):
    """The period that a question's own period is held against.

    The one before; the same dates a year ago; the same weekdays, 52 weeks ago, day by day.
    """

    PREVIOUS = "previous"
    YEAR = "year"
    WEEKDAYS = "weekdays"


@dataclass(frozen=True, slots=True)
class Period:
    """Any other period to hold the question's whole time against: 2010-Q1, or 2010-01-01..2010-03-31.

    Raises BadRequest for what is not written like one; which days it covers, the firm's calendar says.
    """

    value: str

    def __post_init__(self) -> None:
        begin, dots, end = self.value.partition("..")
        if any(level_written(each.strip()) is None for each in ([begin, end] if dots else [begin])):
            raise BadRequest(
                f"Nothing can be compared with {self.value!r}.",
                f"Try {', '.join(Comparison)}, or a period: 2010-Q1, 2010-02 or 2010-01-01..2010-03-31.",
            )

    def __str__(self) -> str:
        return self.value


Against = Comparison | Period


class DerivationForm(StrEnum):
    """The ways in which one number is derived from others of the same answer."""

    SHARE_OF_PARENT = "share_of_parent"
    SHARE_OF_TOTAL = "share_of_total"
    GROWTH = "growth"
    CONTRIBUTION = "contribution"
    RUNNING_TOTAL = "running_total"
    MOVING_AVERAGE = "moving_average"
    RANK = "rank"


FEWEST_AVERAGED, MOST_AVERAGED = 2, 60


@dataclass(frozen=True, slots=True)
class Derivation:
    """What may be asked of a measure, written `measure:derivation`; `ask.derived_measures` says what each means.

    `against` is the compared period of growths and contributions, `periods` how many a moving average spans.
    """

    SHARE: ClassVar[Derivation]
    SHARE_OF_TOTAL: ClassVar[Derivation]
    GROWTH_PREVIOUS: ClassVar[Derivation]
    GROWTH_YEAR: ClassVar[Derivation]
    RUNNING_TOTAL: ClassVar[Derivation]
    RANK: ClassVar[Derivation]

    form: DerivationForm
    against: Comparison | None = None
    periods: int = 0

    def __str__(self) -> str:
        return "_".join(str(part) for part in (self.form, self.against, self.periods) if part)


Derivation.SHARE = Derivation(DerivationForm.SHARE_OF_PARENT)
Derivation.SHARE_OF_TOTAL = Derivation(DerivationForm.SHARE_OF_TOTAL)
Derivation.GROWTH_PREVIOUS = Derivation(DerivationForm.GROWTH, Comparison.PREVIOUS)
Derivation.GROWTH_YEAR = Derivation(DerivationForm.GROWTH, Comparison.YEAR)
Derivation.RUNNING_TOTAL = Derivation(DerivationForm.RUNNING_TOTAL)
Derivation.RANK = Derivation(DerivationForm.RANK)
DERIVATIONS = (
    Derivation.SHARE,
    Derivation.SHARE_OF_TOTAL,
    *(
        Derivation(form, each)
        for form in (DerivationForm.GROWTH, DerivationForm.CONTRIBUTION)
        for each in Comparison
    ),
    Derivation.RUNNING_TOTAL,
    Derivation(DerivationForm.MOVING_AVERAGE, periods=3),
    Derivation.RANK,
)
WRITTEN = {str(each): each for each in DERIVATIONS}


@dataclass(frozen=True, slots=True)
class Cut:
    """A filter on the members of one level: these, all but these, an unbroken range of a time level, those of
    which a number meets a condition, or those that stand in a named set, or do not.

    Members are ids; where a person typed a name instead, `cubes.members.member_search.find` finds the id. Those of
    a time level may be told from where the data end, see `RelativePeriod`.
    """

    level: str
    members: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    exclude: bool = False
    condition: Condition | None = None
    named_set: NamedSet | None = None

    @property
    def by_rule(self) -> bool:
        """Whether who is kept is found when it is asked: by a condition, or in a set. It stands beside other cuts."""
        return self.condition is not None or self.named_set is not None

    def __str__(self) -> str:
        if self.condition:
            return f"{self.level} by {self.condition}"
        if self.named_set:
            return f"{self.level} {'not ' if self.exclude else ''}in set {self.named_set.written}"
        if self.since or self.until:
            return f"{self.level}={self.since}..{self.until}"
        return f"{self.level}{'!=' if self.exclude else '='}{joined(self.members)}"


def parse_cut(text: str) -> Cut:
    """Read `level=a|b`, `level!=a|b`, `level=from..to`, `level by measure > number`, `level in set name` or
    `level not in set name`. Raises BadRequest.

    `time=` stands before a period of whatever level. A bar of a member's own is written with a backslash before it.

    >>> parse_cut("country=France|Germany").members
    ('France', 'Germany')
    """
    if found := parse_condition(text):
        _check_context(found[1])
        return Cut(found[0], condition=found[1])
    if named := parse_named_set(text):
        return Cut(named[0], named_set=named[1], exclude=named[2])
    level, sign, value = text.partition("=")
    exclude = level.endswith("!")
    level = level.removesuffix("!").strip()
    value = value.strip()
    if not sign or not level or not value:
        raise BadRequest(
            f"{text!r} is no filter.",
            "Write level=member, such as country=France|Germany or day=2011-01-01..2011-03-31, or"
            f" {EXAMPLE}, or {SET_EXAMPLE}.",
        )
    if level == TIME:
        return replace(period_cut(value), exclude=exclude)
    since, dots, until = value.partition("..")
    if dots and not exclude and level in TIME_LEVELS and (since or until):
        return Cut(level, since=since.strip(), until=until.strip())
    members = tuple(dict.fromkeys(each.strip() for each in apart(value) if each.strip()))
    if not members or (dots and level in TIME_LEVELS):
        raise BadRequest(
            f"{text!r} names nothing to filter by.", "Write level=member, or level=from..to for time."
        )
    return Cut(level, members, exclude=exclude)


def period_cut(text: str) -> Cut:
    """The cut to a period of whatever level, to a span of them, or to one told from where the data end.

    Raises BadRequest.

    >>> str(period_cut("2012-Q1")), str(period_cut("last 90 days"))
    ('quarter=2012-Q1', 'day=last 90 days')
    """
    if parse_relative(text):
        return Cut("day", (text,))
    begin, dots, end = (part.strip() for part in text.partition(".."))
    levels = {level_written(each) for each in ((begin, end) if dots else (begin,))}
    level = levels.pop()
    if level is None or levels:
        raise BadRequest(
            f"{text!r} is no period.", f"Write 2012, 2012-Q1, 2012-01..2012-06, or words as {EXAMPLES}."
        )
    return Cut(level, since=begin, until=end) if dots else Cut(level, (begin,))


def _check_context(condition: Condition) -> None:
    """Raises BadRequest for what a condition cannot be measured within."""
    if condition.period:
        period_cut(condition.period)
    for each in map(parse_cut, condition.within or ()):
        if each.condition:
            raise BadRequest(
                f"A condition within another, {str(each)!r}, is none.", "Write both, each by itself."
            )


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a cube: measures, by the levels of rows and columns, within cuts, all of which a member meets.

    `top` names how many members of a level are shown before the rest become "Others"; `totals` asks for
    every subtotal along rows and columns; `compare` for the same cells in another period. `as_of` says how
    members are described: "" as they were at the time of each fact, "now" as they are, or as of a day. `order` ranks
    the members, and so says which a top shows; without it the first measure does.
    """

    measures: tuple[str, ...] = ("revenue",)
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    cuts: tuple[Cut, ...] = ()
    top: tuple[tuple[str, int], ...] = ()
    totals: bool = False
    compare: Against | None = None
    cube: str = MAIN_CUBE
    as_of: str = ""
    order: MemberOrder | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "measures", tuple(dict.fromkeys(self.measures)))
        if not self.measures:
            raise BadRequest("The question names no measure.", "Name at least one, such as revenue.")
        for level in self.by:
            if self.by.count(level) > 1:
                raise BadRequest(f"{level!r} stands twice among rows and columns.", "Name it once.")
        for level, count in self.top:
            if count < 1:
                raise BadRequest(f"The top {count} of {level!r} is nothing.", "Ask for at least 1.")
        if self.as_of not in ("", NOW):
            _day(self.as_of)
        if any(each.condition for each in self.cuts):
            object.__setattr__(self, "cuts", tuple(map(self._told, self.cuts)))

    def check_order(self) -> None:
        """Raises BadRequest for an order by what the question does not ask for."""
        order = self.order
        if order is None or order.by_name:
            return
        if order.asked not in self.measures:
            raise BadRequest(
                f"Members cannot be ranked by {order.measure!r}, which the question does not ask for.",
                f"Add it to the measures, or order by {' or '.join(self.measures)}.",
            )
        if order.asked != order.measure and split_measure(order.asked)[1]:
            raise BadRequest(
                f"There is no {order.measure!r}: only measures themselves are held against an earlier period.",
                f"Order by {order.asked}.",
            )
        if order.asked != order.measure and not self.compare:
            raise BadRequest(
                f"There is no {order.measure!r} where nothing is compared.",
                f"Compare with an earlier period, or order by {order.asked}.",
            )

    @property
    def moment(self) -> date | None:
        """The day as of which members are described; None for the time of each fact."""
        if not self.as_of:
            return None
        return date.max if self.as_of == NOW else _day(self.as_of)

    @property
    def by(self) -> tuple[str, ...]:
        """Rows, then columns."""
        return (*self.rows, *self.columns)

    def _told(self, cut: Cut) -> Cut:
        """A cut whose condition says of which cube it is, and so means the same in a question to another."""
        return replace(cut, condition=cut.condition.asked_of(self.cube)) if cut.condition else cut

    @property
    def conditions(self) -> tuple[Cut, ...]:
        """The cuts that are conditions; whatever their order, they keep the same members."""
        return tuple(each for each in self.cuts if each.condition)

    def cut(self, *cuts: Cut) -> Query:
        """Within these cuts as well; one that names members replaces an earlier one that does on the same level.

        A cut on a level of the rows or columns leads into cells that are seen: whoever met the conditions there
        meets them still (see `pinned`).
        """
        levels = {each.level for each in cuts if not each.by_rule}
        leads = any(each.level in self.by for each in cuts if not each.condition)
        earlier = self.pinned().cuts if leads else self.cuts
        kept = tuple(
            each for each in earlier if each not in cuts and (each.by_rule or each.level not in levels)
        )
        return replace(self, cuts=(*kept, *cuts))

    def uncut(self, *levels: str) -> Query:
        """Without the cuts on these levels, but for conditions and sets."""
        return replace(
            self, cuts=tuple(each for each in self.cuts if each.by_rule or each.level not in levels)
        )

    def context(self, condition: Condition) -> tuple[Cut, ...]:
        """The cuts that a condition of this question is measured within."""
        if condition.within is not None:
            read = dict(condition.read)
            return tuple(
                replace(each, named_set=read[str(each)]) if str(each) in read else each
                for each in map(parse_cut, condition.within)
            )
        plain = tuple(each for each in self.cuts if not each.condition)
        if not condition.period:
            return plain
        return (*(each for each in plain if each.level not in TIME_LEVELS), period_cut(condition.period))

    def pinned(self) -> Query:
        """Each condition measured where it is measured now, to whatever else the question is cut from here on."""
        return replace(self, cuts=tuple(map(self._pinned, self.cuts)))

    def _pinned(self, cut: Cut) -> Cut:
        if cut.condition is None:
            return cut
        within = tuple(sorted(map(str, self.context(cut.condition))))
        return replace(cut, condition=replace(cut.condition, period="", within=within))

    def without_cuts(self) -> Query:
        return replace(self, cuts=())

    def with_cuts(self, cuts: tuple[Cut, ...]) -> Query:
        """With these cuts in place of its own; itself where they are its own."""
        return self if cuts == self.cuts else replace(self, cuts=cuts)

    def ranking(self, level: str, order: MemberOrder) -> Query:
        """The question that ranks the members of a level by an order, within the column that it names."""
        levels = {each.level for each in order.within}
        kept = (each for each in self.cuts if each.by_rule or each.level not in levels)
        return replace(self, measures=(order.asked,), rows=(level,), columns=(), cuts=(*kept, *order.within), top=(),
                       totals=False, order=None)  # fmt: skip

    def pivot(self) -> Query:
        """Rows and columns exchanged."""
        return replace(self, rows=self.columns, columns=self.rows)

    def drill(self, level: str, member: str, finer: str | None) -> Query:
        """Into one member: cut to it, and show the next level down in its place (or nothing below a leaf)."""
        swap = {level: finer} if finer and finer not in self.by else {}
        inner = self.pinned().cut(Cut(level, (member,)))
        return replace(
            inner,
            rows=tuple(swap.get(each, each) for each in self.rows),
            columns=tuple(swap.get(each, each) for each in self.columns),
            top=tuple((swap.get(each, each), count) for each, count in self.top),
        )

    def to_parameters(self) -> dict[str, list[str]]:
        """The whole question as URL parameters, its defaults left out."""
        found = {
            "measures": [",".join(self.measures)],
            "rows": [",".join(self.rows)],
            "columns": [",".join(self.columns)],
            "where": [str(self._plain(cut)) for cut in self.cuts],
            "top": [f"{level}={count}" for level, count in self.top],
            "compare": [self.compare.value] if self.compare else [],
            "totals": ["yes"] if self.totals else [],
            "cube": [self.cube] if self.cube != MAIN_CUBE else [],
            "as_of": [self.as_of],
            "order": self.order.to_parameter() if self.order else [],
        }
        return {name: values for name, values in found.items() if any(values)}

    def _plain(self, cut: Cut) -> Cut:
        return replace(cut, condition=cut.condition.plain_in(self.cube)) if cut.condition else cut


PARAMETERS = ("measures", "rows", "columns", "where", "top", "compare", "totals", "cube", "as_of", "order")


def parse_query(parameters: Parameters) -> Query:
    """The question that `Query.to_parameters` wrote. Raises BadRequest on what it can't read."""
    check_names(parameters, PARAMETERS)

    def names(key: str) -> tuple[str, ...]:
        return tuple(name.strip() for name in only(parameters, key).split(",") if name.strip())

    return Query(
        measures=names("measures") or ("revenue",),
        rows=names("rows"),
        columns=names("columns"),
        cuts=tuple(parse_cut(text) for text in parameters.get("where", ())),
        top=_tops(parameters.get("top", ())),
        compare=_comparison(only(parameters, "compare")),
        totals=is_yes(parameters, "totals"),
        cube=only(parameters, "cube") or MAIN_CUBE,
        as_of=only(parameters, "as_of"),
        order=_order(list(parameters.get("order", ()))),
    )


def _order(texts: Sequence[str]) -> MemberOrder | None:
    return parse_order(texts, [parse_cut(text) for text in texts[1:]])


def _tops(texts: Iterable[str]) -> tuple[tuple[str, int], ...]:
    tops = tuple(_top(text) for text in texts)
    levels = [level for level, _ in tops]
    for level in levels:
        if levels.count(level) > 1:
            raise BadRequest(f"The top of {level!r} is named twice.", "Name it once.")
    return tops


def _top(text: str) -> tuple[str, int]:
    level, _, count = text.partition("=")
    if not level or (most := whole(count)) is None:
        raise BadRequest(f"{text!r} is no top.", "Write level=number, such as country=10.")
    return level, most


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(
            f"{text!r} is no day as of which members could be described.",
            "Write now, or a day as 2024-12-31.",
        ) from None


def _comparison(text: str) -> Against | None:
    if not text:
        return None
    return Comparison(text) if text in set(Comparison) else Period(text)


def split_measure(text: str) -> tuple[str, Derivation | None]:
    """A measure's own name and what is derived from it: 'revenue:growth_year' and so on. Raises BadRequest.

    >>> split_measure("revenue:moving_average_12")[1].periods
    12
    """
    name, colon, derivation = text.partition(":")
    return name, parse_derivation(derivation, name) if colon else None


def parse_derivation(text: str, measure: str = "revenue") -> Derivation:
    """What is written behind a measure's colon. Raises BadRequest, whose example derives it from `measure`."""
    return WRITTEN.get(text) or _moving_average(measure, text)


def _moving_average(name: str, text: str) -> Derivation:
    form, _, periods = text.rpartition("_")
    if DerivationForm.MOVING_AVERAGE not in (form, text):
        near = did_you_mean(text, WRITTEN)
        raise BadRequest(f"{text!r} cannot be derived from a measure.", near)
    spanned = whole(periods)
    if spanned is None or not FEWEST_AVERAGED <= spanned <= MOST_AVERAGED:
        raise BadRequest(
            f"{text!r} does not say over how many periods it goes.",
            f"Write {name}:{DerivationForm.MOVING_AVERAGE}_3, or any number from {FEWEST_AVERAGED} to {MOST_AVERAGED}.",
        )
    return Derivation(DerivationForm.MOVING_AVERAGE, periods=spanned)
