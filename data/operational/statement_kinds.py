"""Kinds of statements that people write: the fields of each, and of which table of the warehouse they become rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from data.access.deed import Deed
from data.errors import BadRequest, did_you_mean
from data.model.canonical_tables import CUSTOMER, DIMENSION, PARTNER


class SourceNumber(NamedTuple):
    """A member as a source calls it: it stands for the same whatever snapshot is put up, and whoever is merged."""

    numbering: str
    id: str


SetMember = str | SourceNumber
HeldMembers = tuple[SetMember | None, ...]  # None in the place of a person who was erased
Value = str | int | Decimal | date | datetime | SourceNumber | HeldMembers | None
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Rows:
    """The table whose rows a kind's statements become, and the columns that say when, by whom, and until when."""

    table: str
    said_at: str = "said_at"
    said_by: str = "said_by"
    held_until: str = "held_until"


@dataclass(frozen=True, slots=True)
class Field:
    """What a statement says: a `text` (one of `among`, if that is said), `whole`, `number`, `day` or `moment`, a
    member of the dimension that `type` names, by a `SourceNumber`, or `members` of any one level: `HeldMembers`. A text
    that `is_object` holds one of JSON, whose parts are changed one by one."""

    name: str
    type: str = "text"
    among: tuple[str, ...] = ()
    is_optional: bool = False
    is_object: bool = False

    @property
    def is_member(self) -> bool:
        return self.type in DIMENSION

    @property
    def is_free_text(self) -> bool:
        """Whether anything may stand in it, a name as well."""
        return self.type == "text" and not self.among


@dataclass(frozen=True, slots=True)
class StatementKind:
    """A kind of statement. Of those that are alike in the fields `key` the last one holds; without it each does.

    It becomes `rows` of a table of its own, or of these `facts` beside what sources bring, with what statements of
    the kinds `beside` say of it. `needs` is what whoever says it must be allowed to do.
    """

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    rows: Rows | None = None
    facts: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    needs: Deed = field(kw_only=True)


IDENTITY_DECISION = StatementKind(
    "identity_decision",
    (
        Field("one", "customer"),
        Field("other", "customer"),
        Field("verdict", among=("together", "apart")),
    ),
    rows=Rows("decision", "decided_at", "decided_by", "undone_at"),
    needs=Deed.CURATE,
)
FAVOURITE_MEASURE = StatementKind(
    "favourite_measure",
    (Field("measure"), Field("verdict", among=("kept", "dropped"))),
    key=("measure",),
    needs=Deed.WRITE,
)
PRODUCT_ROLE = StatementKind(
    "product_role",
    (Field("product"), Field("role", among=("product", "fee"))),
    key=("product",),
    needs=Deed.CURATE,
)
SAVED_VIEW = StatementKind(
    "saved_view",
    (
        Field("view"),
        Field("name"),
        Field("address"),
        Field("audience", among=("private", "shared")),
        Field("state", among=("kept", "deleted")),
    ),
    key=("view",),
    needs=Deed.WRITE,
)
NOTE = StatementKind(
    "note",
    (
        Field("note"),
        Field("cube"),
        Field("measure"),
        Field("cuts"),
        Field("customer", "customer", is_optional=True),
        Field("text"),
        Field("state", among=("kept", "deleted")),
    ),
    key=("note",),
    needs=Deed.WRITE,
)
BOARD = StatementKind(
    "board",
    (
        Field("board"),
        Field("name"),
        Field("owner"),
        Field("columns", "whole"),
        Field("audience", among=("private", "shared")),
        Field("state", among=("kept", "deleted")),
    ),
    key=("board",),
    needs=Deed.WRITE,
)
BOARD_TILE = StatementKind(
    "board_tile",
    (
        Field("tile"),
        Field("board"),
        Field("view"),
        Field("shown_as", among=("number", "chart", "table", "leaderboard", "finding", "built_in")),
        Field("place", "number"),
        Field("state", among=("kept", "deleted")),
    ),
    key=("tile",),
    needs=Deed.WRITE,
)
TARGET = StatementKind(
    "target",
    (
        Field("kpi"),
        Field("level"),
        Field("member"),
        Field("period"),
        Field("value", "number"),
        Field("state", among=("set", "withdrawn")),
    ),
    key=("kpi", "level", "member", "period"),
    rows=Rows("target_said"),
    needs=Deed.WRITE,
)
MEMBER_SET = StatementKind(
    "member_set",
    (
        Field("set"),
        Field("name"),
        Field("level"),
        Field("members", "members"),
        Field("audience", among=("private", "shared")),
        Field("state", among=("kept", "deleted")),
    ),
    key=("set",),
    needs=Deed.WRITE,
)
KEPT_RUN = StatementKind(
    "kept_run",
    (
        Field("run"),
        Field("name"),
        Field("note"),
        Field("keeper"),
        Field("kept_at", "moment"),
        Field("kind"),
        Field("address"),
        Field("warehouse"),
        Field("version"),
        Field("code"),
        Field("seed", "whole"),
        Field("seconds", "number", is_optional=True),
        Field("figures"),
        Field("state", among=("kept", "removed")),
        Field("print", is_optional=True),
    ),
    key=("run",),
    needs=Deed.WRITE,
)
AUDIENCE = StatementKind(
    "audience",
    (
        Field("audience"),
        Field("name"),
        Field("question"),
        Field("mode", among=("frozen", "living")),
        Field("version"),
        Field("counted", "whole"),
        Field("state", among=("kept", "deleted")),
    ),
    key=("audience",),
    rows=Rows("audience_said"),
    needs=Deed.CAMPAIGN,
)
PLANNED_CAMPAIGN = StatementKind(
    "planned_campaign",
    (
        Field("campaign"),
        Field("name"),
        Field("type"),
        Field("channel"),
        Field("purpose"),
        Field("audience"),
        Field("offer"),
        Field("starts", "day"),
        Field("ends", "day"),
        Field("cost", "number"),
        Field("measure"),
        Field("secondary"),
        Field("design", is_object=True),
        Field("smallest", "number", is_optional=True),
        Field("salt"),
        Field("state", among=("draft", "running", "ended", "deleted")),
    ),
    key=("campaign",),
    needs=Deed.CAMPAIGN,
)
CAMPAIGN_CONTENT = StatementKind(
    "campaign_content",
    (Field("campaign"), Field("variants", is_object=True)),
    key=("campaign",),
    needs=Deed.CAMPAIGN,
)
# How far an export was sent to the webhook: the last contact of those that it added, or took back.
CONTACTS_SENT = StatementKind(
    "contacts_sent",
    (
        Field("campaign"),
        Field("export", "whole"),
        Field("change", among=("added", "removed")),
        Field("last"),
    ),
    key=("campaign", "export", "change"),
    needs=Deed.CAMPAIGN,
)
CONTACT_KINDS = ("call", "visit", "e-mail", "letter", "chat", "meeting")
# A contact with a customer as somebody recorded it, `at` (UTC) when it was; what was promised to the customer, and what
# they refuse; `case` (with the `source` that numbers it, "" where it was opened here) that it is about.
RECORDED_CONTACT = StatementKind(
    "recorded_contact",
    (
        Field("customer", "customer"),
        Field("kind", among=CONTACT_KINDS),
        Field("direction", among=("in", "out")),
        Field("at", "moment"),
        Field("channel", is_optional=True),
        Field("topic", is_optional=True),
        Field("outcome", is_optional=True),
        Field("satisfaction", "whole", is_optional=True),
        Field("promise", is_optional=True),
        Field("refusal", is_optional=True),
        Field("note", is_optional=True),
        Field("source", is_optional=True),
        Field("case", is_optional=True),
    ),
    facts=("interaction",),
    needs=Deed.SERVE,
)
SERVICE_TASK = StatementKind(
    "service_task",
    (
        Field("task"),
        Field("customer", "customer", is_optional=True),
        Field("what"),
        Field("due", "day"),
        Field("assignee"),
        Field("source", is_optional=True),
        Field("case", is_optional=True),
        Field("state", among=("open", "done", "dropped")),
    ),
    key=("task",),
    needs=Deed.SERVE,
)
CASE_EVENTS = ("opened", "assigned", "answered", "closed", "reopened", "handed over", "noted")
PRIORITIES = ("urgent", "high", "normal", "low")
# What happened to a case: each event holds, none takes another's place. A case is told by its number and the source
# that numbers it, "" where it was opened here.
CASE_EVENT = StatementKind(
    "case_event",
    (
        Field("source", is_optional=True),
        Field("case"),
        Field("customer", "customer", is_optional=True),
        Field("event", among=CASE_EVENTS),
        Field("at", "moment"),
        Field("topic", is_optional=True),
        Field("priority", among=PRIORITIES, is_optional=True),
        Field("assignee", is_optional=True),
        Field("due", "day", is_optional=True),
        Field("outcome", is_optional=True),
        Field("satisfaction", "whole", is_optional=True),
        Field("note", is_optional=True),
    ),
    facts=("interaction", "case_event"),
    needs=Deed.SERVE,
)
# What a customer allowed or took back, of a channel, for a purpose or every one; in a contact that was recorded.
SAID_CONSENT = StatementKind(
    "said_consent",
    (
        Field("customer", "customer"),
        Field("at", "moment"),
        Field("channel"),
        Field("purpose", is_optional=True),
        Field("verdict", among=("given", "withdrawn")),
        Field("contact", is_optional=True),
    ),
    facts=("consent",),
    needs=Deed.SERVE,
)
# A price of one piece that a customer named for a product, in `currency`; `offer` is its number here, and `asked` what
# the list asked then.
PRICE_OFFER_SAID = StatementKind(
    "price_offer_said",
    (
        Field("offer"),
        Field("customer", "customer"),
        Field("product", "product"),
        Field("quantity", "number"),
        Field("price", "number"),
        Field("currency", is_optional=True),
        Field("asked", "number", is_optional=True),
        Field("requirements", is_optional=True),
        Field("expires_on", "day", is_optional=True),
    ),
    facts=("price_offer",),
    beside=("price_answer", "price_approval"),
    needs=Deed.PRICE,
)
PRICE_ANSWERS = ("accepted", "countered", "declined")
# The answer to an offer, told by its number and the source that numbers it ("" one named here): at which `price`, the
# `floor` and the price `asked` that it was held against, why a `second` person must look at it, and the rule
# (with its version) that answered, if one did.
PRICE_ANSWER = StatementKind(
    "price_answer",
    (
        Field("source", is_optional=True),
        Field("offer"),
        Field("customer", "customer", is_optional=True),
        Field("answer", among=PRICE_ANSWERS),
        Field("price", "number", is_optional=True),
        Field("expires_on", "day", is_optional=True),
        Field("reason", is_optional=True),
        Field("floor", "number", is_optional=True),
        Field("asked", "number", is_optional=True),
        Field("second", among=("floor", "authority"), is_optional=True),
        Field("rule", is_optional=True),
        Field("version", "whole", is_optional=True),
    ),
    key=("source", "offer"),
    facts=("price_offer",),
    needs=Deed.PRICE,
)
# What a second person says of an answer (its statement) that waits for one.
PRICE_APPROVAL = StatementKind(
    "price_approval",
    (
        Field("answer"),
        Field("customer", "customer", is_optional=True),
        Field("verdict", among=("approved", "refused")),
        Field("reason", is_optional=True),
    ),
    key=("answer",),
    facts=("price_offer",),
    needs=Deed.PRICE,
)
# What the customer says to a counter-offer (its statement): they take it, or leave it.
PRICE_REPLY = StatementKind(
    "price_reply",
    (
        Field("answer"),
        Field("customer", "customer", is_optional=True),
        Field("verdict", among=("taken", "left")),
    ),
    key=("answer",),
    needs=Deed.PRICE,
)
# By what offers are answered without looking at each: shares of the price asked, and the least margin over cost, in
# percent; of everything, or of one member of a level.
PRICE_RULE = StatementKind(
    "price_rule",
    (
        Field("rule"),
        Field("level", among=("everything", "product", "category", "customer_kind")),
        Field("member"),
        Field("accept_at", "number"),
        Field("decline_below", "number"),
        Field("between", among=("counter", "hand over")),
        Field("counter_at", "number"),
        Field("counter_days", "whole"),
        Field("least_margin", "number"),
        Field("version", "whole"),
        Field("state", among=("kept", "deleted")),
    ),
    key=("rule",),
    needs=Deed.PRICE,
)
# How far below the price asked, in percent, people of a role go by themselves.
PRICE_LIMIT = StatementKind(
    "price_limit",
    (Field("role"), Field("below_asked", "number"), Field("state", among=("set", "withdrawn"))),
    key=("role",),
    needs=Deed.ADMINISTER,
)
# That an accepted offer went out to be ordered, in which file, and all that the file says of it: from then on its
# answer stands.
PRICE_SENT = StatementKind(
    "price_sent",
    (
        Field("source", is_optional=True),
        Field("offer"),
        Field("answer"),
        Field("order_file", "whole"),
        Field("customer", "customer", is_optional=True),
        Field("product", "product", is_optional=True),
        Field("pieces", "number"),
        Field("price", "number"),
        Field("currency", is_optional=True),
        Field("requirements", is_optional=True),
        Field("accepted_by", is_optional=True),
    ),
    needs=Deed.PRICE,
)
PROPOSAL_STATUSES = ("new", "under review", "planned", "prototype", "done", "declined", "withdrawn")
# What a customer proposes, recorded here under a number (`W-...`). A proposal is told by its number and the source that
# numbers it, "" where it was recorded here; so in all that is said of one.
PROPOSAL_SAID = StatementKind(
    "proposal_said",
    (
        Field("proposal"),
        Field("customer", "customer", is_optional=True),
        Field("at", "moment"),
        Field("title"),
        Field("text", is_optional=True),
        Field("product", is_optional=True),
        Field("place", is_optional=True),
        Field("language", is_optional=True),
    ),
    facts=("proposal",),
    beside=("proposal_status",),
    needs=Deed.PARTNER,
)
OF_PROPOSAL = (Field("source", is_optional=True), Field("proposal"))
# That a customer supports a proposal, `at` (UTC) when they said so, or no longer.
PROPOSAL_VOTE = StatementKind(
    "proposal_vote",
    (
        *OF_PROPOSAL,
        Field("customer", "customer"),
        Field("at", "moment"),
        Field("verdict", among=("supports", "withdraws")),
    ),
    key=("source", "proposal", "customer"),
    facts=("vote",),
    needs=Deed.PARTNER,
)
PROPOSAL_STATUS = StatementKind(
    "proposal_status",
    (*OF_PROPOSAL, Field("status", among=PROPOSAL_STATUSES), Field("reason", is_optional=True)),
    key=("source", "proposal"),
    facts=("proposal",),
    needs=Deed.PARTNER,
)
# That a proposal says the same as another, which stands for both: a link, no move; taken back, both are as they were.
PROPOSAL_MERGE = StatementKind(
    "proposal_merge",
    (*OF_PROPOSAL, Field("into_source", is_optional=True), Field("into"), Field("reason")),
    key=("source", "proposal"),
    needs=Deed.PARTNER,
)
PROPOSAL_COMMENT = StatementKind(
    "proposal_comment",
    (*OF_PROPOSAL, Field("customer", "customer", is_optional=True), Field("text")),
    needs=Deed.PARTNER,
)
# A version of what was made of a proposal to be tried, from a day on; and what a customer says who tried it.
PROTOTYPE = StatementKind(
    "prototype",
    (*OF_PROPOSAL, Field("version"), Field("what"), Field("starts", "day")),
    key=("source", "proposal", "version"),
    needs=Deed.PARTNER,
)
PROTOTYPE_FEEDBACK = StatementKind(
    "prototype_feedback",
    (
        *OF_PROPOSAL,
        Field("version"),
        Field("customer", "customer"),
        Field("score", "whole"),
        Field("would_pay", "number", is_optional=True),
        Field("note", is_optional=True),
    ),
    key=("source", "proposal", "version", "customer"),
    facts=("prototype_test",),
    needs=Deed.PARTNER,
)
# What was agreed with a partner or decided about one, which becomes an event of it. A decision keeps the scorecard
# on which it was taken, as JSON.
PARTNER_AGREEMENT = StatementKind(
    "partner_agreement",
    (
        Field("partner", PARTNER.name),
        Field("event"),
        Field("on", "day"),
        Field("until", "day", is_optional=True),
        Field("note", is_optional=True),
        Field("scorecard", is_optional=True),
    ),
    facts=("partner_event",),
    needs=Deed.PARTNER,
)
HOME_BOARD = StatementKind("home_board", (Field("who"), Field("board")), key=("who",), needs=Deed.WRITE)
# What a customer asks for by the portal: to be told what is held of them, or to be forgotten.
PRIVACY_REQUEST = StatementKind(
    "privacy_request",
    (
        Field("customer", "customer"),
        Field("what", among=("data", "erasure")),
        Field("state", among=("asked", "withdrawn")),
    ),
    key=("customer", "what"),
    needs=Deed.SERVE,
)
# What was done about the statement of a request.
PRIVACY_ANSWER = StatementKind(
    "privacy_answer", (Field("request"), Field("note")), key=("request",), needs=Deed.ERASE
)
# How many pieces of a product a partner says that it has.
TOLD_STOCK = StatementKind(
    "told_stock",
    (
        Field("partner", "partner"),
        Field("product", "product"),
        Field("pieces", "number"),
        Field("day", "day"),
    ),
    key=("partner", "product"),
    needs=Deed.PARTNER,
)
# What a partner would answer to a proposal or a price that a customer named, of a product of its own: a suggestion.
PARTNER_SUGGESTION = StatementKind(
    "partner_suggestion",
    (
        Field("partner", "partner"),
        Field("about", among=("proposal", "price offer")),
        Field("number"),
        Field("verdict", among=("accept", "decline")),
        Field("note", is_optional=True),
    ),
    key=("partner", "about", "number"),
    needs=Deed.PARTNER,
)
KINDS = (
    IDENTITY_DECISION,
    FAVOURITE_MEASURE,
    PRODUCT_ROLE,
    SAVED_VIEW,
    NOTE,
    BOARD,
    BOARD_TILE,
    TARGET,
    MEMBER_SET,
    HOME_BOARD,
    PRIVACY_REQUEST,
    PRIVACY_ANSWER,
    TOLD_STOCK,
    PARTNER_SUGGESTION,
    KEPT_RUN,
    AUDIENCE,
    PLANNED_CAMPAIGN,
    CAMPAIGN_CONTENT,
    CONTACTS_SENT,
    RECORDED_CONTACT,
    SERVICE_TASK,
    CASE_EVENT,
    SAID_CONSENT,
    PRICE_OFFER_SAID,
    PRICE_ANSWER,
    PRICE_APPROVAL,
    PRICE_REPLY,
    PRICE_RULE,
    PRICE_LIMIT,
    PRICE_SENT,
    PROPOSAL_SAID,
    PROPOSAL_VOTE,
    PARTNER_AGREEMENT,
    PROPOSAL_STATUS,
    PROPOSAL_MERGE,
    PROPOSAL_COMMENT,
    PROTOTYPE,
    PROTOTYPE_FEEDBACK,
)
UNKNOWN_NEEDS = Deed.LOAD  # of a kind of a later release
NEEDS = {kind.name: kind.needs for kind in KINDS}
WITHOUT_ROWS = frozenset(
    kind.name for kind in KINDS if kind.rows is None and not kind.facts
)  # the warehouse has nothing of them


@dataclass(frozen=True, slots=True)
class _Type:
    """The type of a value here, in a warehouse, and how it is written as JSON and read back."""

    python: type
    column: str
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _itself(value: Any) -> Any:
    return value


def _written_members(members: HeldMembers) -> list[Any]:
    """Members by their ids; customers, as in other fields, say which dimension they are of."""
    return [{CUSTOMER.name: list(each)} if isinstance(each, SourceNumber) else each for each in members]


def _read_members(told: list[Any]) -> HeldMembers:
    return tuple(SourceNumber(*each[CUSTOMER.name]) if isinstance(each, dict) else each for each in told)


_TYPES = {
    "text": _Type(str, "VARCHAR", _itself, _itself),
    "whole": _Type(int, "BIGINT", _itself, _itself),
    "number": _Type(Decimal, "DECIMAL(18,4)", str, Decimal),
    "day": _Type(date, "DATE", date.isoformat, date.fromisoformat),
    "moment": _Type(datetime, "TIMESTAMP", datetime.isoformat, datetime.fromisoformat),
    "members": _Type(tuple, "VARCHAR[]", _written_members, _read_members),
}


def _type_of(field: Field) -> _Type:
    """A member says of itself in the JSON which dimension it is of, so that whoever erases it need not know kinds."""
    if not field.is_member:
        return _TYPES[field.type]
    return _Type(
        SourceNumber,
        "INTEGER",
        lambda number: {field.type: list(number)},
        lambda told: SourceNumber(*told[field.type]),
    )


def column_type(field: Field) -> str:
    """The type of the column that a field becomes."""
    return _type_of(field).column


def written(kind: StatementKind, values: Values) -> dict[str, Any]:
    """The values as JSON holds them. Errors: BadRequest where they are not what the kind declares."""
    names = [field.name for field in kind.fields]
    for strange in values.keys() - set(names):
        raise BadRequest(f"A statement of kind {kind.name} has no {strange}.", did_you_mean(strange, names))
    return {field.name: _written(kind, field, values.get(field.name)) for field in kind.fields}


def _written(kind: StatementKind, field: Field, value: Value) -> Any:
    if value is None:
        if not field.is_optional:
            raise BadRequest(f"A statement of kind {kind.name} needs its {field.name}.", "Say it as well.")
        return None
    if type(value) is not _type_of(field).python:
        raise BadRequest(f"{value!r} is no {field.type}, which {field.name} is.", "Say it otherwise.")
    if field.among and value not in field.among:
        raise BadRequest(f"{field.name} cannot be {value!r}.", did_you_mean(str(value), field.among))
    return _type_of(field).write(value)


def read(kind: StatementKind, payload: Mapping[str, Any]) -> dict[str, Value]:
    """The values of a payload; None where they were not said, or were erased."""
    found = {field.name: (field, payload.get(field.name)) for field in kind.fields}
    return {
        name: None if told is None else _type_of(field).read(told) for name, (field, told) in found.items()
    }
