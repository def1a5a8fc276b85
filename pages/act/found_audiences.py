"""The audiences that there are, with how many stand in each today, and all that one of them shows when it is open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import polars as pl

from cubes.analysis.audience_question import AudienceQuestion, parse_audience
from cubes.analysis.seen_statements import seen_audiences, standing_of
from cubes.members.member_names import names_of
from cubes.query import Query
from data.campaigns import audience_rows
from data.campaigns.audience_makeup import audience_makeup, makeup_descriptors
from data.campaigns.audience_moves import audience_moves
from data.campaigns.audience_rows import FirstWritten
from data.campaigns.audience_standing import AudienceStanding
from data.campaigns.contact_rules import ContactRules, left_out, not_asked, reasons_told
from data.campaigns.read_back import published
from data.errors import BadRequest, did_you_mean
from data.operational import audiences
from data.operational.audiences import Audience
from pages.act.audiences_view import AudiencesView
from pages.ui import session
from pages.ui.audience_words import audience_words
from pages.ui.figures import OTHERS

MOST_BARS = 12
NEVER = FirstWritten(0, 0)


@dataclass(frozen=True, slots=True)
class AudienceLine:
    """An audience, its question in words (`question` is None where it cannot be read), how it stands, and who `came`
    and `left` with the last publication that changed it (at `changed_at`, UTC) since it was made."""

    audience: Audience
    question: AudienceQuestion | None
    words: str
    standing: AudienceStanding
    came: int = 0
    left: int = 0
    changed_at: datetime | None = None

    @property
    def customers(self) -> int | None:
        """How many stand in it today; None until a publication has written them."""
        return self.standing.customers if self.standing.is_written else None


@dataclass(frozen=True, slots=True, eq=False)
class OpenedAudience:
    """An audience that is open: its `course` by publication, the `publication` whose comers and leavers are listed
    (`customer` is an id, `name`), and the codes of all who stand in it."""

    line: AudienceLine
    codes: np.ndarray
    course: pl.DataFrame
    publication: int
    came: pl.DataFrame
    left: pl.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class AudienceReach:
    """Who of an audience may be reached, who not and why (`reasons` as `reasons_told` gives them), and what was not
    asked, in sentences; `rules` are those that were asked."""

    rules: ContactRules
    customers: int
    reasons: pl.DataFrame
    left_out: pl.DataFrame
    notes: tuple[str, ...]

    @property
    def reached(self) -> int:
        return self.customers - int(self.reasons["customers"].sum())


def kept_audiences() -> tuple[Audience, ...]:
    """The audiences that are kept, the newest first. Errors: WarehouseError."""
    return seen_audiences(session.warehouse())


def found_audiences() -> tuple[AudienceLine, ...]:
    """A line each, the newest first. Errors: WarehouseError."""
    kept = kept_audiences()
    names = {each.id: each.name for each in kept}
    return tuple(_line(each, names) for each in kept)


def _line(each: Audience, names: dict[str, str]) -> AudienceLine:
    question, words = _read(each, names)
    store = session.warehouse()
    rows, standing = store.rows, standing_of(store, each)
    first = audience_rows.written(rows, each.id)
    line = AudienceLine(each, question, words, standing)
    later = audience_rows.course(rows, each.id).filter(pl.col("publication") > (first or NEVER).publication)
    if first is None or later.is_empty():
        return line
    last = later.row(-1, named=True)
    return replace(line, came=last["came"], left=last["left"], changed_at=last["published_at"])


def _read(each: Audience, names: dict[str, str]) -> tuple[AudienceQuestion | None, str]:
    if each.is_erased:
        return None, "A customer whom the question named was erased: nobody is asked for any longer."
    try:
        question = parse_audience(each.question)
    except BadRequest as error:
        return None, error.problem
    return question, audience_words(question, names)


def line_of(lines: Iterable[AudienceLine], id: str) -> AudienceLine:
    """The line of an audience by its id or its name. Raises BadRequest where it is not there."""
    lines = tuple(lines)
    named = audiences.audience_named([each.audience for each in lines], id)
    return next(each for each in lines if each.audience.id == named.id)


def opened_audience(view: AudiencesView, line: AudienceLine) -> OpenedAudience:
    """What an audience shows. Raises BadRequest for a publication that did not change it."""
    store, id = session.warehouse(), line.audience.id
    course = audience_rows.course(store.rows, id)
    known = course["publication"].to_list()
    at = view.at or (known[-1] if known else 0)
    if view.at and view.at not in known:
        raise BadRequest(
            f"Nobody came into “{line.audience.name}” or left it with publication {view.at}.",
            did_you_mean(str(view.at), map(str, known)),
        )
    moves = audience_moves(store.arrays, id, at)
    codes = audience_rows.members(store.arrays, id)
    return OpenedAudience(line, codes, course, at, named_customers(moves.came), named_customers(moves.left))


def named_customers(codes: np.ndarray) -> pl.DataFrame:
    """`customer` (its id) and `name` of these codes."""
    labels, ids = names_of(session.warehouse()).of("customer", codes)
    return pl.DataFrame({"customer": ids, "name": labels}, schema={"customer": pl.String, "name": pl.String})


def found_reach(opened: OpenedAudience, channel: str, purpose: str, day: date) -> AudienceReach:
    """Who may be reached by a channel for a purpose on a day, whatever campaigns there are. Raises BadRequest."""
    frame, rules = session.warehouse().frame, ContactRules(channel, day, purpose=purpose)
    found = left_out(frame, opened.codes.tolist(), rules)
    told = reasons_told(found, len(opened.codes))
    named = named_customers(found["customer"].to_numpy()).with_columns(found["reason"])
    return AudienceReach(rules, len(opened.codes), told, named, not_asked(frame, rules))


def reach_day() -> date:
    """As of when it is asked who may be reached: the day of the last order line or consent, whichever is later, so that
    what was withdrawn since the last sale counts; that of the last publication where there is neither."""
    store = session.warehouse()
    told = [store.profile.last_day, store.profile.extents["consent"].last_day]
    return max((each for each in told if each), default=None) or published(store)


def found_makeup(opened: OpenedAudience, descriptor: str) -> pl.DataFrame:
    """The members of a descriptor as bars: `id`, `label`, `value`; those beyond the greatest few as one. Raises
    BadRequest."""
    store = session.warehouse()
    told = audience_makeup(store.frame, store.profile, opened.codes, descriptor)
    rest = told.slice(MOST_BARS)
    shown = told.head(MOST_BARS if rest.height > 1 else MOST_BARS + 1).select(
        id="label", label="label", value="customers"
    )
    if rest.height < 2:
        return shown
    others = pl.DataFrame({"id": OTHERS, "label": f"{rest.height} others", "value": rest["customers"].sum()})
    return pl.concat([shown, others], how="vertical_relaxed")


def offered_descriptors() -> tuple[str, ...]:
    """By what the customers of an audience can be told apart."""
    return makeup_descriptors(session.warehouse().profile)


def found_overlap(view: AudiencesView, lines: Iterable[AudienceLine]) -> pl.DataFrame:
    """Every region of the audiences combined in which anybody is, the greatest first: `id`, `label`, `mask`, `value`,
    `kept`. Raises BadRequest for what is not there, and for one audience twice."""
    lines = tuple(lines)
    own = [line_of(lines, each.audience) for each in view.parts]
    ids = [each.audience.id for each in own]
    if len(set(ids)) < len(ids):
        raise BadRequest("One audience stands twice among those combined.", "Choose another in its place.")
    names = [each.audience.name for each in own]
    told = audience_rows.overlap(session.warehouse().rows, ids)
    rows = [
        (str(mask), region_words(names, mask), mask, customers, view.kept(mask))
        for mask, customers in told.select("regions", "customers").iter_rows()
        if customers
    ]
    schema = {"id": pl.String, "label": pl.String, "mask": pl.Int64, "value": pl.Int64, "kept": pl.Boolean}
    return pl.DataFrame(rows, schema, orient="row").sort(
        "kept", "value", "mask", descending=[True, True, True]
    )


def region_words(names: list[str], mask: int) -> str:
    """Which audiences a region lies in, and which it lies outside of.

    >>> region_words(["Buyers", "Italy", "Lapsed"], 3)
    'In Buyers and Italy, not in Lapsed'
    """
    inside = [name for at, name in enumerate(names) if mask >> at & 1]
    outside = [name for at, name in enumerate(names) if not mask >> at & 1]
    beside = f", not in {' or '.join(outside)}" if outside else ""
    return f"In {' and '.join(inside)}{beside}"


def explored_part(line: AudienceLine) -> Query | None:
    """The question that Explore can show of an audience: its only part, where that is one to a cube."""
    parts = line.question.parts if line.question else ()
    asked = parts[0].asked if len(parts) == 1 else None
    return asked if isinstance(asked, Query) else None
