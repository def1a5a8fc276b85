"""What a mapping may name: the canonical fields of every subject that a firm may bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from data.model.canonical_tables import (
    CAMPAIGN,
    CHANNEL,
    CUSTOMER,
    FACTS,
    LINE,
    PARTNER,
    PRODUCT,
    RATE,
    SELLER,
    BroughtAs,
    ColumnKind,
    DimensionTable,
    FactTable,
)

Kind = Literal["text", "number", "date", "moment", "second", "boolean", "verdict", "event"]
KINDS: dict[ColumnKind, Kind] = {
    "text": "text",
    "number": "number",
    "money": "number",
    "units": "number",
    "rate": "number",
    "date": "date",
    "second": "second",
    "boolean": "boolean",
    "verdict": "verdict",
    "event": "event",
}


@dataclass(frozen=True, slots=True)
class CanonicalField:
    """One canonical field: how it reads, the dimension that it describes, if any, and whether it is money."""

    name: str
    kind: Kind
    label: str
    dimension: str | None = None
    is_money: bool = False


def _of(table: DimensionTable, id_label: str, name_label: str) -> tuple[CanonicalField, ...]:
    """What a row may say of a member; of descriptors those of short hierarchies first, such as its kind."""
    leaf = table.name
    descriptors = sorted(table.descriptors, key=lambda each: len(table.hierarchy_of(each)))
    named = {leaf: id_label, f"{leaf}_name": name_label}
    named |= {each: table.field_label(each) for each in descriptors}
    return tuple(CanonicalField(name, "text", label, leaf) for name, label in named.items())


CUSTOMER_FIELDS = _of(CUSTOMER, "Customer number", "Customer name")
CONTACT_FIELDS = tuple(
    CanonicalField(name, "text", label, CUSTOMER.name)
    for name, label in {
        "street": "Street",
        "postcode": "Postcode",
        "email": "E-mail",
        "phone": "Phone",
    }.items()
)
PRODUCT_FIELDS = _of(PRODUCT, "Product number", "Product name")
SUPPLIER = CanonicalField("supplied_by", "text", "Supplier (partner number)", PRODUCT.name)
CHANNEL_FIELDS = _of(CHANNEL, "Channel", "Channel name")
PARTNER_FIELDS = _of(PARTNER, "Partner number", "Partner name")
CAMPAIGN_FIELDS = _of(CAMPAIGN, "Campaign", "Campaign name")
CHANGE_FIELDS = (
    CanonicalField("modified", "moment", "Last changed"),
    CanonicalField("deleted", "boolean", "Is deleted"),
)
CURRENCY = CanonicalField("currency", "text", "Currency")
LINE_FIELDS = (
    CanonicalField("date", "date", "Date"),
    CanonicalField("order", "text", "Order number"),
    CanonicalField("line", "text", "Line number"),
    *CUSTOMER_FIELDS,
    *PRODUCT_FIELDS,
    *CHANNEL_FIELDS,
    CanonicalField("partner", "text", "Supplied by (partner number)", PARTNER.name),
    CanonicalField("seller", "text", "Sold by (partner number)", SELLER.name),
    CanonicalField("quantity", "number", "Quantity"),
    CanonicalField("unit_price", "number", "Price of one", is_money=True),
    CanonicalField("revenue", "number", "Amount of the line", is_money=True),
    CanonicalField("cost", "number", "Cost of the line", is_money=True),
    CanonicalField("unit_cost", "number", "Cost of one", is_money=True),
    CanonicalField("is_return", "boolean", "Is a return"),
    CURRENCY,
    *CHANGE_FIELDS,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a firm may bring: the fields that it may fill, and the dimension that it lists or the fact that it is.

    `kind` is what a row of the fact is called where the mapping does not say, `numbers` the column that its number
    fills where the mapping does not.
    """

    name: str
    label: str
    fields: tuple[CanonicalField, ...]
    table: DimensionTable | None = None
    fact: FactTable | None = None
    kind: str | None = None
    numbers: str = ""

    @property
    def attribute_of(self) -> str:
        """The dimension of an attribute that does not say its own."""
        return self.table.name if self.table else LINE.name

    @property
    def is_lines(self) -> bool:
        """Whether its rows are lines of orders."""
        return self.fact is not None and bool(self.fact.orders)

    @property
    def of_fact(self) -> FactTable:
        """The fact that its rows are of. Raises LookupError for a list of members."""
        if self.fact is None:
            raise LookupError(self.name)
        return self.fact

    @property
    def required(self) -> tuple[str, ...]:
        """The fields without which a row cannot be loaded."""
        return (self.table.name,) if self.table is not None else self.of_fact.required

    @property
    def dimensions(self) -> tuple[DimensionTable, ...]:
        """The dimensions that its rows point at."""
        return self.fact.dimensions if self.fact is not None else ()

    @property
    def describes(self) -> tuple[DimensionTable, ...]:
        """The dimensions of which it may keep attributes: that of its list, or those that its rows describe."""
        if self.table is not None:
            return (self.table,)
        return (*self.of_fact.described, LINE) if self.of_fact.describes else ()

    @property
    def money(self) -> tuple[str, ...]:
        """Its fields that are amounts of money."""
        return tuple(field.name for field in self.fields if field.is_money)

    @property
    def record(self) -> str | None:
        """The field whose rows are one record of several lines, if it has any."""
        if self.table is not None:
            return None
        return "order" if self.is_lines else "number"

    @property
    def seconds(self) -> tuple[str, ...]:
        """Its fields that are times of the day."""
        return tuple(field.name for field in self.fields if field.kind == "second")

    def field(self, name: str) -> CanonicalField:
        return next(field for field in self.fields if field.name == name)


def _list_of(name: str, label: str, table: DimensionTable, *fields: CanonicalField) -> Subject:
    return Subject(name, label, (*fields, *CHANGE_FIELDS), table=table)


def _fact_of(fact: FactTable, brought: BroughtAs) -> Subject:
    fields = LINE_FIELDS if fact.orders else _fields(fact)
    return Subject(
        brought.subject, brought.label, fields, fact=fact, kind=brought.kind, numbers=brought.numbers
    )


def _fields(fact: FactTable) -> tuple[CanonicalField, ...]:
    """Rows of a fact name members of its dimensions by their numbers."""
    refers = tuple(CanonicalField(table.name, "text", f"{table.name.capitalize()} number", table.name)
                   for table in fact.dimensions)  # fmt: skip
    own = tuple(
        CanonicalField(column.name, KINDS[column.kind], column.label, is_money=column.name in fact.money)
        for column in fact.columns
    )
    if fact.money:
        own = (*own, CURRENCY)
    return (
        CanonicalField("date", "date", "Date"),
        CanonicalField("number", "text", "Number"),
        *refers,
        *own,
        *CHANGE_FIELDS,
    )


SUBJECTS = (
    *(_fact_of(RATE, brought) for brought in RATE.subjects),
    _list_of("customers", "Customers", CUSTOMER, *CUSTOMER_FIELDS, *CONTACT_FIELDS),
    _list_of("products", "Products", PRODUCT, *PRODUCT_FIELDS, SUPPLIER),
    _list_of("channels", "Channels", CHANNEL, *CHANNEL_FIELDS),
    _list_of("partners", "Partners", PARTNER, *PARTNER_FIELDS),
    _list_of("campaigns", "Campaigns", CAMPAIGN, *CAMPAIGN_FIELDS),
    *(_fact_of(fact, brought) for fact in FACTS for brought in fact.subjects),
)
SUBJECT = {subject.name: subject for subject in SUBJECTS}
OF_ORDERS = frozenset(subject.name for subject in SUBJECTS if subject.is_lines)
