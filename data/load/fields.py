"""What a mapping may name: the canonical fields of order lines and of each dimension's own file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from data.schema import CHANNEL, CUSTOMER, LINE, PRODUCT, DimensionTable

Kind = Literal["text", "number", "date", "boolean"]


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical field: how it reads, and the dimension that it describes, if any."""

    name: str
    kind: Kind
    label: str
    dimension: str | None = None


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
PRODUCT_FIELDS = _of(
    PRODUCT,
    "Product number",
    "Product name",
    department="Department",
    category="Category",
    subcategory="Subcategory",
)
CHANNEL_FIELDS = _of(CHANNEL, "Channel", "Channel name", channel_type="Type of channel")
LINE_FIELDS = (
    Field("date", "date", "Date"),
    Field("order", "text", "Order number"),
    *CUSTOMER_FIELDS,
    *PRODUCT_FIELDS,
    *CHANNEL_FIELDS,
    Field("quantity", "number", "Quantity"),
    Field("unit_price", "number", "Price of one"),
    Field("revenue", "number", "Amount of the line"),
    Field("cost", "number", "Cost of the line"),
    Field("unit_cost", "number", "Cost of one"),
    Field("is_return", "boolean", "Is a return"),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A file that a firm may bring: the fields it may fill and the dimension that it lists, if any."""

    name: str
    label: str
    fields: tuple[Field, ...]
    table: DimensionTable | None

    @property
    def attribute_of(self) -> str:
        """The dimension of an attribute that does not say its own."""
        return self.table.name if self.table else LINE.name

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


SUBJECTS = (
    Subject("order_lines", "Order lines", LINE_FIELDS, None),
    Subject("customers", "Customers", CUSTOMER_FIELDS, CUSTOMER),
    Subject("products", "Products", PRODUCT_FIELDS, PRODUCT),
    Subject("channels", "Channels", CHANNEL_FIELDS, CHANNEL),
)
SUBJECT = {subject.name: subject for subject in SUBJECTS}
