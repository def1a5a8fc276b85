"""What a mapping may name: the canonical fields of every subject that a firm may bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from data.model.canonical_tables import (
    CAMPAIGN,
    CHANNEL,
    CUSTOMER,
    FACT,
    LINE,
    MONEY_COLUMNS,
    OF_SALE,
    PARTNER,
    PRODUCT,
    RATE,
    DimensionTable,
    FactTable,
)

Kind = Literal["text", "number", "date", "moment", "boolean"]
KINDS: dict[str, Kind] = {
    "text": "text",
    "number": "number",
    "rate": "number",
    "date": "date",
    "boolean": "boolean",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical field: how it reads, and the dimension that it describes, if any."""

    name: str
    kind: Kind
    label: str
    dimension: str | None = None


def _of_record(table: DimensionTable, **labels: str) -> tuple[Field, ...]:
    return tuple(Field(name, "text", label, table.name) for name, label in labels.items())


def _of(table: DimensionTable, id_label: str, name_label: str, **labels: str) -> tuple[Field, ...]:
    leaf = table.name
    named = {leaf: id_label, f"{leaf}_name": name_label, **labels}
    return tuple(Field(name, "text", label, leaf) for name, label in named.items())


CUSTOMER_FIELDS = _of(
    CUSTOMER,
    "Customer number",
    "Customer name",
    customer_kind="Kind of customer",
    country="Country",
    region="Region",
    city="City",
)
CONTACT_FIELDS = _of_record(CUSTOMER, street="Street", postcode="Postcode", email="E-mail", phone="Phone")
PRODUCT_FIELDS = _of(
    PRODUCT,
    "Product number",
    "Product name",
    department="Department",
    category="Category",
    subcategory="Subcategory",
)
CHANNEL_FIELDS = _of(CHANNEL, "Channel", "Channel name", channel_type="Type of channel")
PARTNER_FIELDS = _of(
    PARTNER,
    "Partner number",
    "Partner name",
    partner_type="Type of partner",
    partner_stage="Stage of partner",
)
CAMPAIGN_FIELDS = _of(CAMPAIGN, "Campaign", "Campaign name", campaign_type="Type of campaign")
CHANGE_FIELDS = (
    Field("modified", "moment", "Last changed"),
    Field("deleted", "boolean", "Is deleted"),
)
CURRENCY = Field("currency", "text", "Currency")
LINE_FIELDS = (
    Field("date", "date", "Date"),
    Field("order", "text", "Order number"),
    Field("line", "text", "Line number"),
    *CUSTOMER_FIELDS,
    *PRODUCT_FIELDS,
    *CHANNEL_FIELDS,
    Field("quantity", "number", "Quantity"),
    Field("unit_price", "number", "Price of one"),
    Field("revenue", "number", "Amount of the line"),
    Field("cost", "number", "Cost of the line"),
    Field("unit_cost", "number", "Cost of one"),
    Field("is_return", "boolean", "Is a return"),
    CURRENCY,
    *CHANGE_FIELDS,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a firm may bring: the fields that it may fill, and the dimension that it lists or the fact that it is.

    `kind` is what a row of `interaction` is called where the mapping does not say. `required` are the fields
    without which a row cannot be loaded.
    """

    name: str
    label: str
    fields: tuple[Field, ...]
    table: DimensionTable | None = None
    fact: FactTable | None = None
    kind: str | None = None

    @property
    def attribute_of(self) -> str:
        """The dimension of an attribute that does not say its own."""
        return self.table.name if self.table else LINE.name

    @property
    def is_lines(self) -> bool:
        return self.table is None and self.fact is None

    @property
    def required(self) -> tuple[str, ...]:
        if self.table is not None:
            return (self.table.name,)
        if self.fact is RATE:
            return ("date", "currency")
        return ("date",) if self.fact is not None else ("date", "revenue")

    @property
    def dimensions(self) -> tuple[DimensionTable, ...]:
        """The dimensions that its rows point at."""
        if self.fact is not None:
            return self.fact.dimensions
        return OF_SALE if self.is_lines else ()

    @property
    def money(self) -> tuple[str, ...]:
        """Its fields that are amounts of money."""
        return tuple(field.name for field in self.fields if field.name in MONEY_COLUMNS)

    @property
    def record(self) -> str | None:
        """The field whose rows are one record of several lines, if it has any."""
        if self.table is not None:
            return None
        return "order" if self.is_lines else "number"

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


def _list_of(name: str, label: str, table: DimensionTable, *fields: Field) -> Subject:
    return Subject(name, label, (*fields, *CHANGE_FIELDS), table=table)


def _fact_of(name: str, label: str, fact: FactTable, kind: str | None = None) -> Subject:
    """Rows of a fact: they name members of its dimensions by their numbers."""
    refers = tuple(Field(table.name, "text", f"{table.name.capitalize()} number", table.name)
                   for table in fact.dimensions)  # fmt: skip
    own = tuple(Field(column.name, KINDS[column.kind], column.label) for column in fact.columns)
    if fact.money:
        own = (*own, CURRENCY)
    fields = (Field("date", "date", "Date"), Field("number", "text", "Number"), *refers, *own, *CHANGE_FIELDS)
    return Subject(name, label, fields, fact=fact, kind=kind)


SUBJECTS = (
    _fact_of("rates", "Rates of exchange", RATE),
    _list_of("customers", "Customers", CUSTOMER, *CUSTOMER_FIELDS, *CONTACT_FIELDS),
    _list_of("products", "Products", PRODUCT, *PRODUCT_FIELDS),
    _list_of("channels", "Channels", CHANNEL, *CHANNEL_FIELDS),
    _list_of("partners", "Partners", PARTNER, *PARTNER_FIELDS),
    _list_of("campaigns", "Campaigns", CAMPAIGN, *CAMPAIGN_FIELDS),
    Subject("order_lines", "Order lines", LINE_FIELDS),
    _fact_of("invoices", "Invoices", FACT["invoice"]),
    _fact_of("prices", "Prices and costs", FACT["price"]),
    _fact_of("stock", "Stock", FACT["stock"]),
    _fact_of("lead_times", "Lead times", FACT["lead_time"]),
    _fact_of("contacts", "Contacts and visits", FACT["interaction"], "contact"),
    _fact_of("calls", "Calls", FACT["interaction"], "call"),
    _fact_of("tickets", "Tickets", FACT["interaction"], "ticket"),
    _fact_of("surveys", "Surveys", FACT["interaction"], "survey"),
    _fact_of("web_sessions", "Web sessions", FACT["interaction"], "web session"),
    _fact_of("emails", "E-mails opened and clicked", FACT["interaction"], "e-mail"),
    _fact_of("campaign_contacts", "Campaign contacts", FACT["contact"]),
    _fact_of("campaign_responses", "Campaign responses", FACT["response"]),
    _fact_of("wallet_surveys", "Wallet surveys", FACT["wallet"]),
    _fact_of("proposals", "Proposals", FACT["proposal"]),
    _fact_of("votes", "Votes", FACT["vote"]),
    _fact_of("price_offers", "Price offers", FACT["price_offer"]),
)
SUBJECT = {subject.name: subject for subject in SUBJECTS}
