"""Planned campaigns: whom one is to reach, hold out and measure, said before it starts and kept with its salt."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from data.errors import BadRequest, did_you_mean
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_name
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import PLANNED_CAMPAIGN, Values
from data.operational.statement_log import Statement, StatementLog

State = Literal["draft", "running", "ended", "deleted"]
DesignKind = Literal["customer", "cluster", "switchback", "geo", "none"]
DRAFT, RUNNING, ENDED, DELETED = "draft", "running", "ended", "deleted"
TREATED, HELD_OUT, OPEN = "treated", "held out", "open"
GLOBAL_HOLDOUT = "Global holdout"
NEAR = 1e-9
MOST_COST = 10**9  # of a contact: a slip of the decimal point, and what the warehouse still holds
LOOK = "Look at the campaigns again."
FROM_LISTS = ("strata", "quiet_days")


@dataclass(frozen=True, slots=True)
class CampaignDesign:
    """How a campaign is drawn and measured.

    `arms` are the shares (0 to 1) of those who are reached, `held_out` that of those who are not; together they are 1.
    `strata` are levels and attributes of customers within each of which the shares come out alike, `together` one whose
    members stay in one arm (a household; of a cluster or geo design what is drawn). `kind` is the estimator's: what is
    drawn, "none" where nobody is held out on purpose. The measure is read over `days` from the contact on. The others
    are what `contact_rules.ContactRules` asks for: who left the audience and comes back is reached again after
    `reentry_days` (None never, 0 each time).
    """

    arms: tuple[tuple[str, float], ...] = ((TREATED, 0.9),)
    held_out: float = 0.1
    strata: tuple[str, ...] = ()
    together: str = ""
    kind: DesignKind = "customer"
    days: int = 90
    reentry_days: int | None = None
    most_contacts: int | None = None
    in_days: int = 30
    quiet_days: tuple[str, ...] = ()
    quiet_hours: str = ""

    @property
    def shares(self) -> tuple[tuple[str, float], ...]:
        """What is drawn: each arm that is reached, then 'held out', with shares that add up to 1."""
        return (*self.arms, *(((HELD_OUT, self.held_out),) if self.held_out else ()))

    @property
    def planned(self) -> dict[str, float]:
        """The planned shares by what `contact.arm` says: several reached arms are one, 'treated'."""
        return {TREATED: 1 - self.held_out, **({HELD_OUT: self.held_out} if self.held_out else {})}


@dataclass(frozen=True, slots=True)
class PlannedCampaign:
    """A campaign as it was said last (UTC); `id` is also its number in the dimension of campaigns once it has contacts.

    `channel` and `audience` are ids (of the dimension, of an audience); `cost` is that of one contact in the currency
    of report. `measure` is the one it is to move, `secondary` are others; `smallest` the smallest effect worth finding,
    in percent of the measure's mean.
    """

    name: str
    type: str
    channel: str
    audience: str
    starts: date
    ends: date
    measure: str
    design: CampaignDesign = CampaignDesign()
    purpose: str = ""
    offer: str = ""
    cost: Decimal = Decimal(0)
    secondary: tuple[str, ...] = ()
    smallest: Decimal | None = None
    id: str = ""
    salt: str = ""
    state: State = "draft"
    said_by: str = ""
    said_at: datetime = datetime.min
    said: str = field(default="", compare=False)

    @property
    def is_global_holdout(self) -> bool:
        """Whether it reaches nobody itself: who is not held out is 'open' to all other campaigns."""
        return self.type.casefold() == GLOBAL_HOLDOUT.casefold()

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of its plan."""
        if self.design.held_out:
            return ()
        return ("Nobody is held out: no effect can be told.",)


def planned_campaigns(store: OperationalStore) -> tuple[PlannedCampaign, ...]:
    """All that were planned and not deleted, the newest first; everybody reads them. Errors: WarehouseError."""
    return tuple(reversed(_kept(statement_log.current(store, PLANNED_CAMPAIGN))))


def all_plans(store: OperationalStore) -> tuple[PlannedCampaign, ...]:
    """The same with those that were deleted, whose `state` says so: who was reached by one was drawn by it all the
    same. Errors: WarehouseError."""
    return tuple(_campaign(each) for each in reversed(statement_log.current(store, PLANNED_CAMPAIGN)))


def planned_campaign(campaigns: Sequence[PlannedCampaign], written: str) -> PlannedCampaign:
    """The campaign of that id or name, in any case. Errors: BadRequest with the nearest name."""
    asked = written.strip().casefold()
    found = next((each for each in campaigns if asked in (each.id.casefold(), each.name.casefold())), None)
    if found is None and not campaigns:
        raise BadRequest("No campaign is planned.", "Plan one on the page Plan a campaign.")
    if found is None:
        names = [told for each in campaigns for told in (each.name, each.id)]
        raise BadRequest(f"No planned campaign is called {written!r}.", did_you_mean(written, names))
    return found


def save(
    store: OperationalStore, campaign: PlannedCampaign, who: str, standing_on: StandingOn | None = None
) -> str:
    """Keep a plan, a new one where it has no id, and return its id. Only a draft can be changed: what is drawn stays.

    Errors: BadRequest for a plan that cannot be, a name that is taken and a campaign that runs; ChangedMeanwhile,
    WarehouseError.
    """
    new = _checked(campaign)
    with statement_log.writing(store) as log:
        if new.id and (there := _there(log, new.id, standing_on)).state not in (DRAFT, DELETED):
            raise BadRequest(
                f"“{there.name}” has started: its plan stays as it is.", "End it, and plan another."
            )
        if not new.id:
            new = replace(new, id=f"C-{secrets.token_hex(4).upper()}", salt=secrets.token_hex(16))
        _say(log, replace(new, state="draft"), who, standing_on)
        return new.id


def start(store: OperationalStore, id: str, who: str, standing_on: StandingOn | None = None) -> str:
    """Let a draft run: from now on its contacts can be written. The statement which says so, which `take_back`
    takes back where nothing came of it; empty where it runs already. Errors: BadRequest; ChangedMeanwhile where it is
    not planned any more as it was; WarehouseError."""
    with statement_log.writing(store) as log:
        there = _there(log, id)
        if there.state == ENDED:
            raise BadRequest(f"“{there.name}” has ended.", "Plan another campaign.")
        running = replace(there, state="running")
        return _say(log, running, who, standing_on) if there.state == DRAFT else ""


def take_back(store: OperationalStore, statement: str, who: str) -> None:
    """Take the start of a campaign back of which nothing came, or its end. Errors: BadRequest, WarehouseError."""
    statement_log.take_back(store, statement, who)


def end(store: OperationalStore, id: str, day: date, who: str) -> str:
    """End a running campaign on a day, at the latest its last one. The statement which says so, which `take_back` takes
    back; empty where it has ended already. Errors: BadRequest, WarehouseError."""
    with statement_log.writing(store) as log:
        there = _there(log, id)
        if there.state == DRAFT:
            raise BadRequest(f"“{there.name}” has not started.", "Delete it if it is not to run.")
        last = max(there.starts, min(day, there.ends))
        return _say(log, replace(there, state="ended", ends=last), who) if there.state == RUNNING else ""


def delete(store: OperationalStore, id: str, who: str, standing_on: StandingOn | None = None) -> str:
    """Delete a plan; the statement which says so, which `undelete` takes back. Its contacts stay what they are.

    Errors: BadRequest where it runs; ChangedMeanwhile, WarehouseError.
    """
    with statement_log.writing(store) as log:
        there = _there(log, id)
        if there.state == RUNNING:
            raise BadRequest(f"“{there.name}” is running.", "End it first.")
        return log.say(PLANNED_CAMPAIGN, _values(there, DELETED), who, standing_on)


def undelete(store: OperationalStore, statement: str, who: str) -> None:
    """Take a deletion back. Errors: BadRequest where the name is another's meanwhile; WarehouseError."""
    with statement_log.writing(store) as log:
        before = {each.id for each in _kept(log.current(PLANNED_CAMPAIGN))}
        log.take_back(statement, who)
        kept = _kept(log.current(PLANNED_CAMPAIGN))
        for each in (each for each in kept if each.id not in before):
            _refuse_taken(kept, each)


def _checked(campaign: PlannedCampaign) -> PlannedCampaign:
    """The plan with plain names. Errors: BadRequest for the first thing in it that cannot be."""
    named = replace(campaign, name=plain_name(campaign.name), type=plain_name(campaign.type))
    if named.is_global_holdout:
        named = replace(named, type=GLOBAL_HOLDOUT)
    if not named.measure:
        raise BadRequest("The campaign has no measure that it is to move.", "Choose one, such as revenue.")
    if named.ends < named.starts:
        raise BadRequest(
            f"The campaign ends on {named.ends}, before it starts on {named.starts}.", "Choose a later end."
        )
    if not named.cost.is_finite() or not 0 <= named.cost <= MOST_COST:
        raise BadRequest(
            f"A contact cannot cost {named.cost}.", f"Give the cost of one contact, from 0 to {MOST_COST:,}."
        )
    _check_design(named.design, named.is_global_holdout)
    return named


def _check_design(design: CampaignDesign, is_global: bool) -> None:
    if not 0 <= design.held_out < 1:
        raise BadRequest(
            f"{design.held_out:.0%} are held out: nobody would be reached." if design.held_out >= 1
            else f"{design.held_out:.0%} cannot be held out.",
            "Hold out less than 100%, such as 10%.",
        )  # fmt: skip
    names = [name.strip().casefold() for name, _ in design.arms]
    if not names or "" in names or len(set(names)) < len(names) or {HELD_OUT, OPEN} & set(names):
        raise BadRequest(
            "Each arm needs a name of its own, other than 'held out' and 'open'.", "Name them A and B, say."
        )
    whole = sum(share for _, share in design.arms) + design.held_out
    if not (all(share > 0 for _, share in design.arms) and abs(whole - 1) <= NEAR):
        raise BadRequest(
            f"The shares of the arms and the held-out customers add up to {whole:.4g}, and each must be more than 0.",
            "Let them add up to 1, that is 100%.",
        )
    _check_kind(design, is_global)


def _check_kind(design: CampaignDesign, is_global: bool) -> None:
    if design.kind not in get_args(DesignKind):
        raise BadRequest(
            f"There is no design {design.kind!r}.", did_you_mean(design.kind, get_args(DesignKind))
        )
    if design.kind == "none" and design.held_out:
        raise BadRequest("A campaign without a control holds nobody out.", "Let it hold out 0%.")
    if design.kind in ("cluster", "geo") and not design.together:
        raise BadRequest(
            f"A {design.kind} design does not say what is drawn.", "Choose whose customers stay together."
        )
    if is_global and len(design.arms) > 1:
        raise BadRequest("A global holdout has no arms: it reaches nobody.", "Leave one arm.")
    if design.days < 1:
        raise BadRequest("The measure is read over no day.", "Choose one day at least.")


def _say(log: StatementLog, new: PlannedCampaign, who: str, standing_on: StandingOn | None = None) -> str:
    _refuse_taken(_kept(log.current(PLANNED_CAMPAIGN)), new)
    return log.say(PLANNED_CAMPAIGN, _values(new, new.state), who, standing_on)


def _there(log: StatementLog, id: str, standing_on: StandingOn | None = None) -> PlannedCampaign:
    """Errors: BadRequest. Who says on what they stand is told by whom it was deleted, when they say it."""
    kept = _kept(log.current(PLANNED_CAMPAIGN), standing_on is not None)
    found = next((each for each in kept if each.id == id), None)
    if found is None:
        raise BadRequest("That campaign is not there any more.", LOOK)
    return found


def _refuse_taken(kept: Iterable[PlannedCampaign], new: PlannedCampaign) -> None:
    if any(each.name.casefold() == new.name.casefold() for each in kept if each.id != new.id):
        raise BadRequest(f"There is a campaign called “{new.name}” already.", "Choose another name.")


def _values(each: PlannedCampaign, state: str) -> Values:
    return {
        "campaign": each.id,
        "name": each.name,
        "type": each.type,
        "channel": each.channel,
        "purpose": each.purpose,
        "audience": each.audience,
        "offer": each.offer,
        "starts": each.starts,
        "ends": each.ends,
        "cost": each.cost,
        "measure": each.measure,
        "secondary": json.dumps(each.secondary),
        "design": json.dumps(asdict(each.design)),
        "smallest": each.smallest,
        "salt": each.salt,
        "state": state,
    }


def _kept(holding: Iterable[Statement], and_deleted: bool = False) -> list[PlannedCampaign]:
    """The campaigns of statements that hold, in the order in which they were said."""
    return [_campaign(each) for each in holding if each.told["state"] != DELETED or and_deleted]


def _campaign(statement: Statement) -> PlannedCampaign:
    told: dict[str, Any] = {**statement.told, **statement.values(PLANNED_CAMPAIGN)}
    same = ("name", "type", "channel", "audience", "starts", "ends", "measure", "purpose", "offer", "cost",
            "smallest", "salt", "state")  # fmt: skip
    return PlannedCampaign(
        **{name: told[name] for name in same},
        id=told["campaign"],
        design=_design(told["design"]),
        secondary=tuple(_list(told["secondary"])),
        said_by=statement.said_by,
        said_at=statement.said_at,
        said=statement.id,
    )


def _design(text: str) -> CampaignDesign:
    """The design that a statement tells; what a later release says beyond it is passed over."""
    try:
        said = json.loads(text)
    except ValueError:  # erased with a person whom it named
        return CampaignDesign()
    known = {each.name for each in fields(CampaignDesign)}
    told = {name: value for name, value in said.items() if name in known}
    told |= {name: tuple(told[name]) for name in FROM_LISTS if name in told}
    told["arms"] = tuple((name, share) for name, share in told["arms"])
    return CampaignDesign(**told)


def _list(text: str) -> list[str]:
    try:
        return list(json.loads(text))
    except ValueError:
        return []
