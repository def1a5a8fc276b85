"""The canonical tables: what every source is mapped to and every cube reads.

A constellation around conformed dimensions. A dimension table holds one row a *version* of a member
(`<dim>_key`, what a fact points at), the durable number of the member (`<dim>_code`, what distinct counts
count; 0 is `(unknown)`), its natural `id`, its `name`, the names of its ancestors, and the attributes that a
firm brought along. The codes of ancestors (`country_code` ...) and the table `member` are derived by
`data.index` and never loaded.
"""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN = "(unknown)"
MONEY = "DECIMAL(18,4)"
UNITS = "DECIMAL(18,3)"


@dataclass(frozen=True, slots=True)
class DimensionTable:
    """One conformed dimension: its table, its leaf level and its hierarchies, coarse to fine.

    `leaf` is the level identified by the natural `id` (None for `line`, which only holds attributes).
    `descriptors` are the text columns that name ancestors; each is also a level.
    """

    name: str
    leaf: str | None
    descriptors: tuple[str, ...]
    hierarchies: tuple[tuple[str, ...], ...]

    @property
    def key(self) -> str:
        return f"{self.name}_key"

    @property
    def code(self) -> str:
        return f"{self.name}_code"

    def path(self, level: str) -> tuple[str, ...]:
        """The columns that identify a member of `level`; the leaf is identified by its id alone.

        >>> CUSTOMER.path("city")
        ('country', 'region', 'city')
        """
        if level == self.leaf:
            return ("id",)
        for hierarchy in self.hierarchies:
            if level in hierarchy:
                return hierarchy[: hierarchy.index(level) + 1]
        return (level,)


CUSTOMER = DimensionTable(
    "customer",
    "customer",
    ("country", "region", "city", "customer_kind"),
    (("country", "region", "city", "customer"), ("customer_kind", "customer")),
)
PRODUCT = DimensionTable(
    "product",
    "product",
    ("department", "category", "subcategory"),
    (("department", "category", "subcategory", "product"),),
)
CHANNEL = DimensionTable("channel", "channel", ("channel_type",), (("channel_type", "channel"),))
LINE = DimensionTable("line", None, (), ())

DIMENSIONS = (CUSTOMER, PRODUCT, CHANNEL, LINE)
DIMENSION = {table.name: table for table in DIMENSIONS}

TIME_HIERARCHIES = (("year", "quarter", "month", "day"), ("iso_year", "week", "day"))

LEVELS = frozenset(
    level
    for hierarchies in (*(table.hierarchies for table in DIMENSIONS), TIME_HIERARCHIES)
    for hierarchy in hierarchies
    for level in hierarchy
)

# What an attribute cannot be called beside the levels: measures, columns of the fact and of every answer.
RESERVED = frozenset(
    [
        "revenue",
        "margin",
        "orders",
        "customers",
        "units",
        "order_lines",
        "average_order_value",
        "revenue_per_customer",
        "return_rate",
        "products",
        "categories",
        "purchase_days",
        "last_purchase",
        "units_sold",
        "units_returned",
        "cost",
        "batch",
        "row_in_source",
        "is_return",
        "is_order",
        "id",
        "name",
        "label",
        "level",
        "member",
        "time",
        "grouping",
        "parent",
    ]
)

DISTINCT_CODES = (
    "sale.customer_code",
    "sale.product_code",
    "sale.order_key",
    "sale.day_key",
    "product.category_code",
)

SALE = """
CREATE TABLE sale (
    day_key INTEGER NOT NULL,         -- days since 1970-01-01
    customer_key INTEGER NOT NULL,    -- the customer as it was on this line
    customer_code INTEGER NOT NULL,   -- the customer whatever its version; 0 is unknown
    product_key INTEGER NOT NULL,
    product_code INTEGER NOT NULL,
    channel_key INTEGER NOT NULL,
    line_key INTEGER NOT NULL,
    order_key INTEGER NOT NULL,
    units DECIMAL(18,3),              -- negative on returns
    revenue DECIMAL(18,4) NOT NULL,   -- negative on returns
    cost DECIMAL(18,4),               -- negative on returns; null where the source has none
    is_return BOOLEAN NOT NULL,
    is_order BOOLEAN NOT NULL,        -- the one line that stands for its order; false on returns
    batch INTEGER NOT NULL,
    row_in_source BIGINT NOT NULL     -- 1 is the first row below the header
)
"""

TABLES = (
    SALE,
    "CREATE TABLE sales_order (order_key INTEGER NOT NULL, source VARCHAR NOT NULL, number VARCHAR NOT NULL)",
    """CREATE TABLE time (
        day_key INTEGER NOT NULL, day DATE NOT NULL,
        year_code INTEGER, quarter_code INTEGER, month_code INTEGER, iso_year_code INTEGER, week_code INTEGER,
        day_code INTEGER)""",
    """CREATE TABLE member (
        level VARCHAR NOT NULL, code INTEGER NOT NULL, id VARCHAR NOT NULL, label VARCHAR NOT NULL)""",
    """CREATE TABLE attribute (
        name VARCHAR PRIMARY KEY, dimension VARCHAR NOT NULL, label VARCHAR NOT NULL, origin VARCHAR NOT NULL)""",
    """CREATE TABLE batch (
        batch INTEGER PRIMARY KEY, source VARCHAR NOT NULL, file VARCHAR NOT NULL, content_hash VARCHAR NOT NULL,
        mapping_hash VARCHAR NOT NULL, loaded_at TIMESTAMP NOT NULL, rows_read BIGINT NOT NULL,
        rows_loaded BIGINT NOT NULL, rows_rejected BIGINT NOT NULL, repeats_dropped BIGINT NOT NULL,
        repeats_kept BIGINT NOT NULL)""",
    """CREATE TABLE rejected (
        batch INTEGER NOT NULL, part VARCHAR NOT NULL, row_in_source BIGINT NOT NULL, reason VARCHAR NOT NULL,
        raw VARCHAR NOT NULL)""",
    "CREATE TABLE setting (name VARCHAR PRIMARY KEY, value VARCHAR NOT NULL)",
)


def create_statements() -> tuple[str, ...]:
    """The SQL that makes an empty warehouse."""
    return (*TABLES, *(_create_dimension(table) for table in DIMENSIONS))


def _create_dimension(table: DimensionTable) -> str:
    texts = "".join(f", {column} VARCHAR NOT NULL" for column in table.descriptors)
    return (
        f"CREATE TABLE {table.name} ({table.key} INTEGER PRIMARY KEY, {table.code} INTEGER NOT NULL,"
        f" id VARCHAR NOT NULL, name VARCHAR NOT NULL{texts})"
    )
