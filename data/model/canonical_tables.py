"""The canonical tables: what every source is mapped to and every cube reads.

A constellation around conformed dimensions. A dimension table holds one row a *version* of a member
(`<dim>_key`, what a fact points at), the durable number of the member (`<dim>_code`, what distinct counts
count; 0 is `(unknown)`), its natural `id`, its `name`, the names of its ancestors, the attributes that a
firm brought along, and from when to when it held (`valid_from` <= t < `valid_to`; an empty interval marks what
only single order lines said).

Behind it stand what the sources said and when (`<dim>_record`, append-only but for the length of a run) and
who is who (`<dim>_identity`: a source's number -> the member's code). Versions, codes of ancestors
(`country_code` ...) and the table `member` are derived from those by `derived_versions` and `member_codes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

UNKNOWN = "(unknown)"
FOREVER = "9999-12-31"
MONEY = "DECIMAL(18,4)"
UNITS = "DECIMAL(18,3)"
RATE_OF_EXCHANGE = "DECIMAL(24,12)"


@dataclass(frozen=True, slots=True)
class DimensionTable:
    """One conformed dimension: its table, its leaf level and its hierarchies, coarse to fine.

    `leaf` is the level identified by the natural `id` (None for `line`, which only holds attributes). `contact` are
    texts of its records alone: they tell people apart and never reach a cube. `refers` are such texts, too: numbers
    of members of another dimension that go with it. `plays` is the dimension whose members stand in it in a role of
    theirs (Kimball & Ross 2013, role-playing dimensions): it has their keys, codes and versions, and no source lists
    it. `few` says that it has so few members that roll-ups keep all of it or nothing. `shared` says that all sources
    number the members alike; else each source has a numbering of its own unless it says `ids`. `field_labels` are what
    mappings call descriptors whose own name says too little. `derived` are hierarchies above the leaf that follow from
    the facts: no source says them, and all versions of a member read alike.
    """

    name: str
    leaf: str | None
    hierarchies: tuple[tuple[str, ...], ...]
    contact: tuple[str, ...] = ()
    refers: tuple[str, ...] = ()
    plays: DimensionTable | None = None
    few: bool = False
    shared: bool = True
    field_labels: tuple[tuple[str, str], ...] = ()
    derived: tuple[tuple[str, ...], ...] = ()

    @property
    def derived_levels(self) -> tuple[str, ...]:
        """The text columns of what follows from the facts.

        >>> CUSTOMER.derived_levels
        ('cohort_year', 'cohort_quarter', 'cohort_month')
        """
        return tuple(level for levels in self.derived for level in levels)

    @property
    def descriptors(self) -> tuple[str, ...]:
        """The text columns that name what stands above the leaf; each is also a level.

        >>> CUSTOMER.descriptors
        ('country', 'region', 'city', 'customer_kind')
        """
        levels = (level for hierarchy in self.hierarchies for level in hierarchy)
        return tuple(dict.fromkeys(level for level in levels if level != self.leaf))

    @property
    def unversioned(self) -> tuple[str, ...]:
        """The texts of its records that make no version."""
        return (*self.contact, *self.refers)

    @property
    def listed(self) -> DimensionTable:
        """The dimension that sources list: the one that it plays a role of, or itself."""
        return self.plays or self

    @property
    def key(self) -> str:
        return f"{self.name}_key"

    @property
    def code(self) -> str:
        return f"{self.name}_code"

    def field_label(self, descriptor: str) -> str:
        """What the field of a mapping is called that fills a descriptor.

        >>> CUSTOMER.field_label("city"), CUSTOMER.field_label("customer_kind")
        ('City', 'Kind of customer')
        """
        return dict(self.field_labels).get(descriptor, descriptor.replace("_", " ").capitalize())

    def path(self, level: str) -> tuple[str, ...]:
        """The columns that identify a member of `level`; the leaf is identified by its id alone.

        >>> CUSTOMER.path("city")
        ('country', 'region', 'city')
        """
        if level == self.leaf:
            return ("id",)
        hierarchy = self.hierarchy_of(level)
        return hierarchy[: hierarchy.index(level) + 1]

    def hierarchy_of(self, level: str) -> tuple[str, ...]:
        """The first hierarchy that a level stands in; an attribute stands alone."""
        return next((each for each in self.hierarchies if level in each), (level,))


CUSTOMER = DimensionTable(
    "customer",
    "customer",
    (("country", "region", "city", "customer"), ("customer_kind", "customer")),
    contact=("street", "postcode", "email", "phone"),
    shared=False,
    field_labels=(("customer_kind", "Kind of customer"),),
    derived=(("cohort_year", "cohort_quarter", "cohort_month"),),
)
PRODUCT = DimensionTable(
    "product",
    "product",
    (("department", "category", "subcategory", "product"),),
    refers=("supplied_by",),
)
CHANNEL = DimensionTable(
    "channel",
    "channel",
    (("channel_type", "channel"),),
    field_labels=(("channel_type", "Type of channel"),),
)
PARTNER = DimensionTable(
    "partner",
    "partner",
    (("partner_type", "partner"), ("partner_stage", "partner")),
    field_labels=(("partner_type", "Type of partner"), ("partner_stage", "Stage of partner")),
    few=True,
)
# A partner as whoever sold an order line.
SELLER = DimensionTable(
    "seller",
    "seller",
    (("seller_type", "seller"), ("seller_stage", "seller")),
    plays=PARTNER,
    few=True,
)
CAMPAIGN = DimensionTable(
    "campaign",
    "campaign",
    (("campaign_type", "campaign"),),
    field_labels=(("campaign_type", "Type of campaign"),),
)
LINE = DimensionTable("line", None, ())
# Not `stage` alone for its level: firms call many an attribute so.
STAGE = DimensionTable("stage", None, (("lifecycle_stage",),))
# Whose targets: a key figure, of the whole firm or of one member of a level.
TARGET_PLACE = DimensionTable("target_place", None, (("target_kpi",), ("target_level", "target_member")))

DIMENSIONS = (CUSTOMER, PRODUCT, CHANNEL, PARTNER, CAMPAIGN, LINE, STAGE, TARGET_PLACE, SELLER)
WITH_LEAF = tuple(table for table in DIMENSIONS if table.leaf)
ROLES = tuple(table for table in DIMENSIONS if table.plays)
MASTERS = tuple(table for table in WITH_LEAF if not table.plays)
LEAVES = frozenset(table.leaf for table in WITH_LEAF)
DIMENSION = {table.name: table for table in DIMENSIONS}

TIME_HIERARCHIES = (
    ("year", "quarter", "month", "day"),
    ("fiscal_year", "fiscal_quarter", "month", "day"),
    ("iso_year", "week", "day"),
)

LEVELS = frozenset(
    level
    for hierarchies in (*((*table.hierarchies, *table.derived) for table in DIMENSIONS), TIME_HIERARCHIES)
    for hierarchy in hierarchies
    for level in hierarchy
)

# What an attribute cannot be called beside levels and measures: columns of the fact and of every answer.
RESERVED = frozenset([
    "cost", "batch", "row_in_source", "is_return", "is_order", "id", "name", "label", "level", "member",
    "time", "grouping", "parent", "valid_from", "valid_to", "stream", "trust", "seen_until", "deleted",
    "hash", "street", "postcode", "email", "phone", "modified", "number", "supplied_by",
])  # fmt: skip

# The setting that says that this is known of every line.
LEFT_EMPTY_KNOWN = "left_empty"

# Order lines that leave empty some of what `described` names: these texts, or null where that is not known.
LEFT_EMPTY = """
CREATE TABLE IF NOT EXISTS left_empty (
    batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, dimension VARCHAR NOT NULL, texts VARCHAR)
"""

# What is noted of files and rows beside the loads themselves.
LEDGER = (
    LEFT_EMPTY,
    # How the values of a batch were read (data.load.habits), and its days in which time zone, where they tell one.
    """CREATE TABLE IF NOT EXISTS reading (
        batch INTEGER NOT NULL, part VARCHAR NOT NULL, habits VARCHAR NOT NULL, zone VARCHAR)""",
    # Files and tables that could not be loaded when they were last looked at.
    """CREATE TABLE IF NOT EXISTS waiting (
        source VARCHAR NOT NULL, part VARCHAR NOT NULL, file VARCHAR NOT NULL, reason VARCHAR NOT NULL,
        since TIMESTAMP NOT NULL)""",
    # Deliveries whose load was undone: they do not come back by themselves.
    """CREATE TABLE IF NOT EXISTS undone (
        source VARCHAR NOT NULL, part VARCHAR NOT NULL, file VARCHAR NOT NULL, content_hash VARCHAR NOT NULL,
        mapping_hash VARCHAR NOT NULL, undone_at TIMESTAMP NOT NULL)""",
    # Rejected rows that somebody decided not to load: `mended_in` is 0 there.
    """CREATE TABLE IF NOT EXISTS dismissal (
        batch INTEGER NOT NULL, part VARCHAR NOT NULL, row_in_source BIGINT NOT NULL, reason VARCHAR NOT NULL,
        dismissed_at TIMESTAMP NOT NULL)""",
)

# Who went into which stage of a life cycle when, as each derivation (`stage_run`) found it: only `stage_history` writes
# here, and only adds. The last run that has rows of a subject tells all of its stages; no `to_stage`, that it has none.
# `stage_basis` tells from what they were derived, and until when nothing changes by the clock alone.
STAGE_HISTORY = (
    """CREATE TABLE IF NOT EXISTS stage_event (
        subject_kind VARCHAR NOT NULL, subject INTEGER NOT NULL, run INTEGER NOT NULL, seq INTEGER NOT NULL,
        day_key INTEGER NOT NULL, from_stage VARCHAR, to_stage VARCHAR, cause VARCHAR NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS stage_run (
        run INTEGER NOT NULL, subject_kind VARCHAR NOT NULL, recorded_at TIMESTAMP NOT NULL, as_of INTEGER NOT NULL,
        rule_version INTEGER NOT NULL, rules VARCHAR NOT NULL, batch INTEGER NOT NULL, touched INTEGER NOT NULL,
        changed INTEGER NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS stage_basis (
        subject_kind VARCHAR NOT NULL, subject INTEGER NOT NULL, print UBIGINT NOT NULL, due INTEGER NOT NULL,
        last_day INTEGER NOT NULL)""",
)

# Audiences and what was done with them. A member came with one publication and left with another (null: still in it);
# `audience_written` says with which publication it was written first, and with how many customers; `audience_trouble`
# why a living audience could not follow the last one. An export of a campaign wrote the
# contacts of `batch`; whom it took back stands in `campaign_removal`.
AUDIENCES = (
    """CREATE TABLE IF NOT EXISTS audience_member (
        audience VARCHAR NOT NULL, identity_key INTEGER NOT NULL, came INTEGER NOT NULL, went INTEGER)""",
    """CREATE TABLE IF NOT EXISTS audience_written (
        audience VARCHAR NOT NULL, publication INTEGER NOT NULL, customers INTEGER NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS audience_trouble (audience VARCHAR NOT NULL, why VARCHAR NOT NULL)",
    """CREATE TABLE IF NOT EXISTS campaign_export (
        export INTEGER NOT NULL, campaign VARCHAR NOT NULL, exported_at TIMESTAMP NOT NULL,
        exported_by VARCHAR NOT NULL, day DATE NOT NULL, batch INTEGER, added INTEGER NOT NULL,
        removed INTEGER NOT NULL, unchanged INTEGER NOT NULL, held_out INTEGER NOT NULL, left_out VARCHAR NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS campaign_removal (
        export INTEGER NOT NULL, campaign VARCHAR NOT NULL, identity_key INTEGER NOT NULL)""",
)

# Derived from the days of all facts and the firm's calendar (`data.model.calendar`); codes grow by one a period.
TIME = """
CREATE OR REPLACE TABLE time (
    day_key INTEGER NOT NULL, day DATE NOT NULL,
    year_code INTEGER, fiscal_year_code INTEGER, iso_year_code INTEGER,
    quarter_code INTEGER, fiscal_quarter_code INTEGER, month_code INTEGER, week_code INTEGER, day_code INTEGER)
"""

ColumnKind = Literal[
    "text", "number", "money", "units", "date", "second", "boolean", "rate", "verdict", "event"
]
SQL_TYPES: Mapping[ColumnKind, str] = {
    "text": "VARCHAR",
    "number": MONEY,
    "money": MONEY,
    "units": UNITS,
    "date": "DATE",
    "second": "BIGINT",  # since midnight in the zone of the firm
    "boolean": "BOOLEAN",
    "rate": RATE_OF_EXCHANGE,
    "verdict": "VARCHAR",  # 'given' or 'withdrawn'
    "event": "VARCHAR",  # of a case: 'opened', 'closed' ... or what the source calls it
}


@dataclass(frozen=True, slots=True)
class FactColumn:
    """One column of a fact beyond its day and dimensions; money is in the currency of report, whatever a file had."""

    name: str
    kind: ColumnKind
    label: str
    required: bool = False

    @property
    def sql_type(self) -> str:
        return SQL_TYPES[self.kind]

    @property
    def is_text(self) -> bool:
        return self.kind == "text"

    @property
    def is_amount(self) -> bool:
        """Whether it holds decimals that people count with."""
        return self.kind in ("number", "money", "units")


@dataclass(frozen=True, slots=True)
class BroughtAs:
    """What firms bring of a fact: a subject of mappings, and the kind of its rows where those do not say it.

    `numbers` is the column that reads as a row's own number where the mapping does not fill it.
    """

    subject: str
    label: str
    kind: str | None = None
    numbers: str = ""


@dataclass(frozen=True, slots=True)
class FactTable:
    """A subject of the warehouse: something that happened on a day.

    Each row has `day_key`, for each of `dimensions` its `<dim>_key` and, unless it is among `uncoded`, its
    `<dim>_code` (customers also their `identity_key`), the source's own `number` of it, `columns`, and where it came
    from. `subjects` are what firms bring of it, `required` the fields without which none of its rows can be loaded,
    `free_texts` the columns in which people write what they like.

    `orders` names the table of the orders that its rows are lines of: they have an `order_key` instead of a number, and
    say whether they are returns and which of them stands for its order. `amount` is the column that adds up to what a
    load brought and a publication holds. Rows of a fact that `describes` its members say texts of them that stay with
    the row, but of those of `named_only`: these they name at most, and cubes show them where any row does. Rows of a
    fact that is `found_at_close` were found out of all that the day had brought, and so point at the versions that
    stand from its very close on: those that other findings of that day began. The rows of one that
    `mirrors` stand for rows of other facts and are derived from these anew wherever they differ from them.
    """

    name: str
    label: str
    dimensions: tuple[DimensionTable, ...]
    columns: tuple[FactColumn, ...]
    subjects: tuple[BroughtAs, ...]
    required: tuple[str, ...] = ("date",)
    free_texts: tuple[str, ...] = ()
    uncoded: tuple[DimensionTable, ...] = ()
    named_only: tuple[DimensionTable, ...] = ()
    orders: str = ""
    amount: str = ""
    describes: bool = False
    found_at_close: bool = False
    mirrors: bool = False

    @property
    def is_derived(self) -> bool:
        """Whether its rows follow from others: no source brings any."""
        return not self.subjects

    @property
    def money(self) -> tuple[str, ...]:
        """Its columns that are money."""
        return tuple(column.name for column in self.columns if column.kind == "money")

    @property
    def described(self) -> tuple[DimensionTable, ...]:
        """The dimensions of whose members its rows say texts that stay with the row."""
        described = (table for table in self.dimensions if table.leaf and table not in self.named_only)
        return tuple(described) if self.describes else ()

    @property
    def listed_subjects(self) -> str:
        """SQL for the names of what firms bring of it, parted by commas."""
        return ", ".join(f"'{each.subject}'" for each in self.subjects)

    @property
    def totals(self) -> str:
        """SQL for how many rows there are, and what their amount adds up to."""
        return f"SELECT count(*), coalesce(sum({self.amount}), 0) FROM {self.name}"

    def is_coded(self, table: DimensionTable) -> bool:
        """Whether its rows hold the code of a member beside the key of its version."""
        return table not in self.uncoded

    def create(self) -> str:
        own = "".join(f", {column.name} {_sql_type(column)}" for column in self.columns)
        number, standing = ", number VARCHAR", ""
        if self.orders:
            number = ", order_key INTEGER NOT NULL"
            standing = ", is_return BOOLEAN NOT NULL, is_order BOOLEAN NOT NULL"
        return (
            f"CREATE TABLE IF NOT EXISTS {self.name} (day_key INTEGER NOT NULL{self._keys()}{number}{own}{standing},"
            " batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL,"
            " record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP)"
        )

    def _keys(self) -> str:
        names = []
        for table in self.dimensions:
            usual = " DEFAULT 0" if table in self.named_only else ""
            names += [f"{table.key} INTEGER NOT NULL{usual}"]
            names += [f"{table.code} INTEGER NOT NULL"] if self.is_coded(table) else []
            names += ["identity_key INTEGER NOT NULL"] if table is CUSTOMER else []
        return "".join(f", {name}" for name in names)


def _sql_type(column: FactColumn) -> str:
    return f"{column.sql_type} NOT NULL" if column.required else column.sql_type


def _columns(reads: ColumnKind, /, **labels: str) -> tuple[FactColumn, ...]:
    return tuple(FactColumn(name, reads, label) for name, label in labels.items())


# Order lines: amounts are negative on returns; a cost is null where the source has none. The partner of one is who
# supplied it, as the line says or as its product's record of that day does. `row_in_source` is 1 for the
# first row below the header, `record_key` and `content_hash` are there where a mapping names a key.
SALE = FactTable(
    "sale",
    "Order lines",
    (CUSTOMER, PRODUCT, CHANNEL, LINE, PARTNER, SELLER),
    (
        *_columns("units", units="Units"),
        FactColumn("revenue", "money", "Revenue", required=True),
        *_columns("money", cost="Cost"),
    ),
    (BroughtAs("order_lines", "Order lines"),),
    required=("date", "revenue"),
    uncoded=(CHANNEL, LINE, PARTNER, SELLER),
    named_only=(PARTNER, SELLER),
    orders="sales_order",
    amount="revenue",
    describes=True,
)

FACTS = (
    SALE,
    FactTable(
        "invoice",
        "Invoices",
        (CUSTOMER,),
        (
            *_columns("text", order_number="Order number", status="Status"),
            *_columns("money", amount="Amount", paid="Paid"),
            *_columns("date", due_on="Due on", paid_on="Paid on"),
        ),
        (BroughtAs("invoices", "Invoices"),),
    ),
    FactTable(
        "price",
        "Prices and costs",
        (PRODUCT, CHANNEL),
        _columns("money", unit_price="Price of one", unit_cost="Cost of one"),
        (BroughtAs("prices", "Prices and costs"),),
    ),
    FactTable(
        "stock",
        "Stock",
        (PRODUCT, PARTNER),
        (
            *_columns("text", place="Place"),
            *_columns(
                "number",
                on_hand="On hand",
                on_order="On order",
                reorder_level="Reorder level",
                reserved="Reserved",
            ),
        ),
        (BroughtAs("stock", "Stock"),),
    ),
    FactTable(
        "lead_time",
        "Lead times",
        (PRODUCT, PARTNER),
        (
            *_columns(
                "date",
                promised_on="Promised on",
                received_on="Received on",
                ended_on="Ended although not whole on",
            ),
            *_columns("number", quantity_ordered="Quantity ordered", quantity_received="Quantity received"),
            *_columns("money", unit_cost="Cost of one"),
        ),
        (BroughtAs("lead_times", "Lead times"),),
    ),
    # What came of an order to a supplier, each time: an order that has any is told by them alone.
    FactTable(
        "receipt",
        "Goods received",
        (PRODUCT, PARTNER),
        (
            *_columns("text", supply_order="Order to the supplier"),
            *_columns("number", quantity="Quantity received"),
        ),
        (BroughtAs("receipts", "Goods received"),),
        required=("date", "supply_order"),
    ),
    # What was agreed with a partner, or happened to it: chosen, signed, renewed until a day, left.
    FactTable(
        "partner_event",
        "Events of partners",
        (PARTNER,),
        (*_columns("text", event="Event", note="Note"), *_columns("date", until="Holds until")),
        (BroughtAs("partner_events", "Events of partners"),),
        required=("date", "event"),
        free_texts=("note",),
    ),
    FactTable(
        "interaction",
        "Interactions",
        (CUSTOMER, CHANNEL, CAMPAIGN, PARTNER),
        (
            *_columns(
                "text",
                kind="Kind",
                direction="Direction",
                topic="Topic",
                outcome="Outcome",
                status="Status",
                note="Note",
            ),
            *_columns("second", at_second="Time of day"),
            *_columns("text", agent="Agent", case_id="Ticket or case"),
            *_columns("date", closed_on="Closed on"),
            *_columns(
                "number",
                waited_seconds="Waited, in seconds",
                duration_seconds="Duration in seconds",
                satisfaction="Satisfaction, 0 to 10",
                recommendation="Would recommend, 0 to 10",
                pages="Pages seen",
            ),
        ),
        (
            BroughtAs("contacts", "Contacts and visits", "contact"),
            BroughtAs("calls", "Calls", "call"),
            BroughtAs("tickets", "Tickets", "ticket", numbers="case_id"),
            BroughtAs("surveys", "Surveys", "survey"),
            BroughtAs("web_sessions", "Web sessions", "web session"),
            BroughtAs("emails", "E-mails opened and clicked", "e-mail"),
        ),
        free_texts=("topic", "note"),
    ),
    # What happened to a ticket or case, each time: opened, assigned, answered, closed, reopened, handed over.
    FactTable(
        "case_event",
        "Events of cases",
        (CUSTOMER, CHANNEL),
        (
            *_columns("text", case_id="Ticket or case"),
            *_columns("event", event="Event"),
            *_columns("second", at_second="Time of day"),
            *_columns("text", agent="Agent", topic="Topic"),
        ),
        (BroughtAs("ticket_events", "Events of tickets"),),
        required=("date", "case_id", "event"),
        free_texts=("topic",),
    ),
    FactTable(
        "contact",
        "Campaign contacts",
        (CUSTOMER, CAMPAIGN, CHANNEL),
        (
            *_columns("text", arm="Treated or held out", variant="Variant", code="Code of the contact"),
            *_columns("text", sent="What was sent"),
            *_columns("money", cost="Cost"),
        ),
        (BroughtAs("campaign_contacts", "Campaign contacts"),),
        free_texts=("sent",),
    ),
    FactTable(
        "response",
        "Campaign responses",
        (CUSTOMER, CAMPAIGN, CHANNEL),
        (
            *_columns("text", kind="Kind", contact="Contact answered", code="Code of the contact"),
            *_columns("money", amount="Amount"),
        ),
        (BroughtAs("campaign_responses", "Campaign responses"),),
    ),
    # What customers allow, each time they said so: the last that speaks of a channel and a purpose holds. A consent to
    # a channel is one to it alone, or where it names a type to every channel of that; without a purpose, to every one.
    FactTable(
        "consent",
        "Consents",
        (CUSTOMER, CHANNEL),
        (*_columns("text", purpose="Purpose"), *_columns("verdict", verdict="Given or withdrawn")),
        (BroughtAs("consents", "Consents"),),
        required=("date", "verdict"),
    ),
    FactTable(
        "wallet",
        "Wallet surveys",
        (CUSTOMER,),
        (
            *_columns("text", wallet_category="Category", basis="Declared or estimated"),
            *_columns("money", spend="Spend with anyone", own_spend="Spend with us"),
            *_columns("number", rank="Our rank", brands="Brands used"),
        ),
        (BroughtAs("wallet_surveys", "Wallet surveys"),),
    ),
    FactTable(
        "proposal",
        "Proposals",
        (CUSTOMER, PRODUCT, PARTNER),
        (
            *_columns("text", title="Title", text="Text", status="Status"),
            *_columns("date", decided_on="Decided on"),
            *_columns("text", reason="Reason of the decision", place="Place"),
            *_columns("number", supports="Supports, as the source counts them"),
        ),
        (BroughtAs("proposals", "Proposals"),),
        free_texts=("title", "text", "reason"),
    ),
    FactTable(
        "vote",
        "Votes",
        (CUSTOMER,),
        (*_columns("text", proposal_number="Proposal"), *_columns("number", weight="Weight")),
        (BroughtAs("votes", "Votes"),),
    ),
    # What customers said of a prototype that they tried.
    FactTable(
        "prototype_test",
        "Tests of prototypes",
        (CUSTOMER, PRODUCT),
        (
            *_columns(
                "text", proposal_number="Proposal", prototype="Prototype", version="Version", note="Note"
            ),
            *_columns("number", score="Score, 1 to 5"),
            *_columns("money", would_pay="Would buy at"),
        ),
        (BroughtAs("prototype_tests", "Tests of prototypes"),),
        free_texts=("note",),
    ),
    FactTable(
        "price_offer",
        "Price offers",
        (CUSTOMER, PRODUCT, PARTNER),
        (
            *_columns("money", offered_price="Price offered", asked_price="Price asked"),
            *_columns("number", quantity="Quantity"),
            *_columns("text", answer="Answer"),
            *_columns("date", answered_on="Answered on", expires_on="Expires on"),
            *_columns("money", countered_price="Price answered"),
            *_columns("text", reason="Reason of the answer", requirements="Requirements"),
        ),
        (BroughtAs("price_offers", "Price offers"),),
        free_texts=("reason", "requirements"),
    ),
    # What customers say of prices when they are asked: four limits (van Westendorp), or whether they would buy at one
    # (Gabor and Granger).
    FactTable(
        "price_survey",
        "Surveys of prices",
        (CUSTOMER, PRODUCT),
        (
            *_columns(
                "money",
                too_cheap="Too cheap",
                cheap="Cheap",
                expensive="Expensive",
                too_expensive="Too expensive",
                asked_price="Price asked",
            ),
            *_columns("boolean", would_buy="Would buy at the price asked"),
        ),
        (BroughtAs("price_surveys", "Surveys of prices"),),
    ),
    # What models say of customers at the close of a day: `number` is the scoring that says it (`data.model.scoring`).
    FactTable(
        "customer_score",
        "Scores of customers",
        (CUSTOMER,),
        (
            *_columns("money", value="Value", head_room="Head-room", spend="Spend here"),
            *_columns("number", chance="Chance to buy", expected_purchases="Purchases expected"),
        ),
        (),
        found_at_close=True,
    ),
    # Double entries, derived from `stage_event`: one that leaves a stage (sign -1), one that enters another (1).
    FactTable(
        "stage_entry",
        "Entries of life cycle stages",
        (CUSTOMER, STAGE),
        (FactColumn("sign", "number", "Sign", required=True), *_columns("text", cause="Cause")),
        (),
        uncoded=(STAGE,),
    ),
    # Derived from order lines: an order of a known customer, and its place among theirs.
    FactTable(
        "purchase",
        "Orders of customers",
        (CUSTOMER, CHANNEL),
        _columns("number", nth="Which order of the customer", days_since="Days since the order before"),
        (),
        uncoded=(CHANNEL,),
        mirrors=True,
    ),
    # Derived from `purchase`: on the last day of a period, who bought in the one before, and whether they did again.
    FactTable(
        "kept_customer",
        "Customers of the period before",
        (CUSTOMER, CHANNEL),
        (*_columns("text", grain="Length of the period"), *_columns("number", stayed="Bought again")),
        (),
        uncoded=(CHANNEL,),
        mirrors=True,
    ),
    # Derived from calls and tickets with a subject: whether the customer came back with it, null until that is known.
    FactTable(
        "service_request",
        "Requests to the service",
        (CUSTOMER, CHANNEL, CAMPAIGN, PARTNER),
        _columns(
            "number",
            is_first="First of its subject",
            days_to_next="Days to the next",
            solved="Solved at once",
        ),
        (),
        mirrors=True,
    ),
    # Derived from `lead_time` and `receipt`: an order to a supplier and what came of it, by the firm's own rule of what
    # is late (`data.derived_facts.supply_orders`).
    FactTable(
        "supply_order",
        "Orders to suppliers",
        (PRODUCT, PARTNER),
        _columns(
            "number",
            ordered="Pieces ordered",
            received="Pieces received, at most those ordered",
            surplus="Pieces received beyond",
            received_in_time="Pieces received in time, of those due",
            is_due="Is due",
            in_time="In time, of those due",
            in_full="Whole, of those whole or ended",
            in_time_in_full="Whole in time, of those due",
            promised_days="Days promised",
            lead_days="Days until whole",
            open_days="Days open",
        ),
        (),
    ),
    # Derived from `target_said`: what a key figure is to reach in a month, on its first day; `number` is the period for
    # which that was set, `phasing` how the month's follows from it.
    FactTable(
        "target",
        "Targets",
        (TARGET_PLACE,),
        (FactColumn("value", "number", "Value", required=True), *_columns("text", phasing="Phasing")),
        (),
        uncoded=(TARGET_PLACE,),
    ),
)
FACT = {fact.name: fact for fact in FACTS}
# The fact whose days are the firm's, and whose amount is what the firm took, where nothing names another.
MAIN_FACT = SALE


def facts_of(table: DimensionTable) -> tuple[FactTable, ...]:
    """The facts whose rows point at members of a dimension."""
    return tuple(fact for fact in FACTS if table in fact.dimensions)


def of_rows(table: DimensionTable) -> str:
    """SQL for whether the `stream` of a record is of rows that describe members, not of a list of them."""
    subjects = (each.subject for fact in told_by(table) for each in fact.subjects)
    return " OR ".join(f"ends_with(stream, '/{subject}')" for subject in subjects) or "false"


def told_by(table: DimensionTable) -> tuple[FactTable, ...]:
    """The facts whose rows say texts of a dimension's members that stay with the row."""
    return tuple(fact for fact in FACTS if table in (*fact.described, *_without_leaf(fact)))


def _without_leaf(fact: FactTable) -> tuple[DimensionTable, ...]:
    return tuple(table for table in fact.dimensions if not table.leaf) if fact.describes else ()


def roles_of(table: DimensionTable) -> tuple[DimensionTable, ...]:
    """A dimension and those in which its members play a role."""
    return (table, *(each for each in ROLES if each.plays is table))


# What turns amounts into the currency of report while they are loaded; no cube reads it.
RATE = FactTable(
    "rate",
    "Rates of exchange",
    (),
    (
        *_columns("text", currency="Currency"),
        *_columns("rate", rate="Worth of one unit in the currency of report", per="Units for one of report"),
        *_columns("date", until="Holds until"),
    ),
    (BroughtAs("rates", "Rates of exchange"),),
    required=("date", "currency"),
)

TABLES = (
    "CREATE TABLE sales_order (order_key INTEGER NOT NULL, source VARCHAR NOT NULL, number VARCHAR NOT NULL)",
    TIME,
    """CREATE TABLE member (
        level VARCHAR NOT NULL, code INTEGER NOT NULL, id VARCHAR NOT NULL, label VARCHAR NOT NULL)""",
    """CREATE TABLE attribute (
        name VARCHAR PRIMARY KEY, dimension VARCHAR NOT NULL, label VARCHAR NOT NULL, origin VARCHAR NOT NULL)""",
    """CREATE TABLE batch (
        batch INTEGER PRIMARY KEY, source VARCHAR NOT NULL, as_of TIMESTAMP NOT NULL, loaded_at TIMESTAMP NOT NULL,
        origin VARCHAR NOT NULL)""",  # origin: 'load', 'mended' (of an earlier batch), 'demo', 'campaign', 'service'
    """CREATE TABLE delivery (
        batch INTEGER NOT NULL, part VARCHAR NOT NULL, file VARCHAR NOT NULL, content_hash VARCHAR NOT NULL,
        mapping_hash VARCHAR NOT NULL, header VARCHAR NOT NULL, rows_read BIGINT NOT NULL,
        rows_loaded BIGINT NOT NULL, rows_rejected BIGINT NOT NULL, repeats_dropped BIGINT NOT NULL,
        repeats_kept BIGINT NOT NULL, rows_replaced BIGINT NOT NULL, watermark TIMESTAMP,
        rows_left_out BIGINT)""",  # by the mapping's `only`; null where an earlier release loaded them
    """CREATE TABLE rejected (
        batch INTEGER NOT NULL, part VARCHAR NOT NULL, row_in_source BIGINT NOT NULL, reason VARCHAR NOT NULL,
        raw VARCHAR NOT NULL, mended_in INTEGER)""",  # mended_in: a batch, or 0 of a row that was dismissed
    # Which texts of a dimension the lines of a batch say themselves: they stay with the line.
    "CREATE TABLE described (batch INTEGER NOT NULL, dimension VARCHAR NOT NULL, texts VARCHAR[] NOT NULL)",
    *LEDGER,
    # Each scoring of customers (`data.model.scoring`): what it says (`scores` are columns of customer_score), out of
    # what was loaded by `batch`, looking `horizon_days` ahead.
    """CREATE TABLE scoring (
        scoring INTEGER NOT NULL, scored_on DATE NOT NULL, model VARCHAR NOT NULL, parameters VARCHAR NOT NULL,
        horizon_days INTEGER, scores VARCHAR[] NOT NULL, customers INTEGER NOT NULL, batch INTEGER NOT NULL,
        saved_at TIMESTAMP NOT NULL, saved_by VARCHAR NOT NULL)""",
    *STAGE_HISTORY,
    *AUDIENCES,
    # A full export of a stream (source/part): who is not in it had left by then.
    "CREATE TABLE export (stream VARCHAR NOT NULL, as_of TIMESTAMP NOT NULL, batch INTEGER NOT NULL)",
    # What was said of one record at one moment and corrected by a later batch: not to be believed when it comes again.
    """CREATE TABLE superseded (
        stream VARCHAR NOT NULL, record UBIGINT NOT NULL, said_at TIMESTAMP NOT NULL, hash UBIGINT, batch INTEGER)""",
    # Facts that their source deleted, as a batch told.
    """CREATE TABLE removed (
        stream VARCHAR NOT NULL, record UBIGINT NOT NULL, removed_at TIMESTAMP NOT NULL, batch INTEGER)""",
    "CREATE TABLE setting (name VARCHAR PRIMARY KEY, value VARCHAR NOT NULL)",
    """CREATE TABLE quality (
        batch INTEGER NOT NULL, part VARCHAR NOT NULL, name VARCHAR NOT NULL, severity VARCHAR NOT NULL,
        passed BOOLEAN NOT NULL, found VARCHAR NOT NULL, expected VARCHAR NOT NULL, checked_at TIMESTAMP NOT NULL)""",
    # Which records of customers are one: 'sure' pairs merged without review, 'doubtful' ones wait for a person.
    """CREATE TABLE match (
        one INTEGER NOT NULL, other INTEGER NOT NULL, probability DOUBLE NOT NULL, evidence VARCHAR NOT NULL,
        state VARCHAR NOT NULL)""",
    """CREATE TABLE decision (
        one INTEGER NOT NULL, other INTEGER NOT NULL, verdict VARCHAR NOT NULL, decided_at TIMESTAMP NOT NULL,
        decided_by VARCHAR NOT NULL, undone_at TIMESTAMP)""",  # by identity_key; verdict 'together' or 'apart'
    # What people said that key figures are to reach; `held_until` it was said otherwise, `state` 'set' or 'withdrawn'.
    """CREATE TABLE IF NOT EXISTS target_said (
        statement VARCHAR, said_at TIMESTAMP, said_by VARCHAR, held_until TIMESTAMP, kpi VARCHAR, level VARCHAR,
        member VARCHAR, period VARCHAR, value DECIMAL(18,4), state VARCHAR)""",
    # Audiences that people made: what each asks for, `mode` 'frozen' or 'living', `state` 'kept' or 'deleted'.
    """CREATE TABLE IF NOT EXISTS audience_said (
        statement VARCHAR, said_at TIMESTAMP, said_by VARCHAR, held_until TIMESTAMP, audience VARCHAR, name VARCHAR,
        question VARCHAR, mode VARCHAR, version VARCHAR, counted BIGINT, state VARCHAR)""",
    """CREATE TABLE privacy (
        done_at TIMESTAMP NOT NULL, deed VARCHAR NOT NULL, subject VARCHAR NOT NULL, done_by VARCHAR NOT NULL,
        told VARCHAR NOT NULL)""",  # deed 'erased' or 'exported'; subject never names anybody
    # Salted hashes of the numbers of erased customers: what comes of them again is stored without the person.
    "CREATE TABLE erased (dimension VARCHAR NOT NULL, hash VARCHAR NOT NULL, identity_key INTEGER NOT NULL)",
    # Each publication of the warehouse: what was done, and the snapshot before it.
    """CREATE TABLE publication (
        number INTEGER NOT NULL, published_at TIMESTAMP NOT NULL, deed VARCHAR NOT NULL, batch INTEGER,
        lines BIGINT NOT NULL, revenue DECIMAL(18,4) NOT NULL, follows INTEGER NOT NULL, began INTEGER NOT NULL)""",
    *(fact.create() for fact in (*FACTS, RATE)),
)


def create_statements() -> tuple[str, ...]:
    """The SQL that makes an empty warehouse."""
    return (
        *TABLES,
        *(_create_dimension(table) for table in DIMENSIONS),
        *(statement for table in MASTERS for statement in _create_sources(table)),
    )


def _create_dimension(table: DimensionTable) -> str:
    texts = "".join(f", {column} VARCHAR NOT NULL" for column in table.descriptors)
    texts += "".join(f", {column} VARCHAR NOT NULL DEFAULT '{UNKNOWN}'" for column in table.derived_levels)
    history = ", valid_from TIMESTAMP NOT NULL, valid_to TIMESTAMP NOT NULL" if table.leaf else ""
    return (
        f"CREATE TABLE {table.name} ({table.key} INTEGER NOT NULL, {table.code} INTEGER NOT NULL,"
        f" id VARCHAR NOT NULL, name VARCHAR NOT NULL{history}{texts})"
    )


def _create_sources(table: DimensionTable) -> tuple[str, str]:
    texts = "".join(f", {column} VARCHAR" for column in ("name", *table.unversioned, *table.descriptors))
    return (
        f"CREATE TABLE {table.name}_identity (identity_key INTEGER NOT NULL, numbering VARCHAR NOT NULL,"
        f" id VARCHAR NOT NULL, {table.code} INTEGER NOT NULL)",
        # A run: said first at valid_from, last at seen_until; null texts are not said. `held` are the moments at
        # which it was said, where no full exports tell them.
        f"CREATE TABLE {table.name}_record (identity_key INTEGER NOT NULL, stream VARCHAR NOT NULL,"
        " trust INTEGER NOT NULL, valid_from TIMESTAMP NOT NULL, seen_until TIMESTAMP NOT NULL,"
        " deleted BOOLEAN NOT NULL, hash UBIGINT NOT NULL, held TIMESTAMP[] DEFAULT [], batch INTEGER NOT NULL,"
        " row_in_source BIGINT NOT NULL"
        f"{texts})",
    )
