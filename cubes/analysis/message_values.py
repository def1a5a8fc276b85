"""What messages say of each customer: names, places, what was bought last and most; only what is named is read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import numpy as np
import polars as pl

from cubes.analysis.content_variants import languages_by_member
from cubes.analysis.customers_on_day import customers_on_day
from cubes.analysis.whole_history import WholeHistory, whole_history
from cubes.query import MAIN_CUBE, Query
from data.campaigns.message_fields import MessageField, message_fields
from data.campaigns.person_names import first_names, leading_words
from data.errors import BadRequest, did_you_mean
from data.model.canonical_tables import UNKNOWN
from data.operational.campaign_contents import LanguageSource
from data.store.warehouse import Warehouse

NAMED = ("name", "first_name")
BOUGHT = ("last_purchase", "days_since")
FAVOURITE = "favourite_category"
CATEGORIES = ("category", "department")
NO_SOURCE = LanguageSource()


def message_values(
    warehouse: Warehouse,
    customers: np.ndarray,
    names: Collection[str],
    day: date,
    languages: LanguageSource = NO_SOURCE,
) -> pl.DataFrame:
    """`customer`, the codes given in their order, and a column for each of the fields `names` that the warehouse tells:
    texts as of the day's end, null where nothing is known; `last_purchase` a date and `days_since` a number, of
    purchases known by then. Offers and codes of contacts are not among them. Raises BadRequest for no field."""
    fields = message_fields(warehouse.profile)
    for name in names:
        if name not in fields:
            raise BadRequest(f"There is no field {name!r}.", did_you_mean(name, fields))
    parts = [_described(warehouse, customers, [fields[name] for name in names], day)]
    if "language" in names and languages.level:
        parts = [parts[0].drop("language", strict=False), _language(warehouse, customers, languages, day)]
    if set(names) & set(BOUGHT):
        parts.append(_bought(warehouse, customers, day).select([each for each in BOUGHT if each in names]))
    if FAVOURITE in names:
        parts.append(_favourite(warehouse, customers, day))
    return pl.concat(parts, how="horizontal")


def _described(
    warehouse: Warehouse, customers: np.ndarray, fields: Sequence[MessageField], day: date
) -> pl.DataFrame:
    """What the dimension of customers says itself; a name that is but the customer's number is none."""
    asked = dict.fromkeys(each.name for each in fields)
    columns = [f"{each.level} AS {each.name}" for each in fields if each.level]
    own = {each.name for each in warehouse.profile.attributes}
    columns += ["language"] if "language" in asked.keys() & own else []
    columns += ["nullif(name, id) AS name"] if asked.keys() & set(NAMED) else []
    columns += ["customer_kind AS told_kind"] if "first_name" in asked else []
    found = _known(customers_on_day(warehouse, customers, columns, day))
    if "first_name" in asked:
        found = found.with_columns(_first_names(warehouse, found.select("name", kind="told_kind")))
    return found.select("customer", *(name for name in asked if name in found.columns))


def _first_names(warehouse: Warehouse, people: pl.DataFrame) -> pl.Series:
    """Of each different name once."""
    different = people.unique()
    told = different.with_columns(first_names(different, _leaders(warehouse)))
    return people.join(told, on=people.columns, how="left", nulls_equal=True, maintain_order="left")[
        "first_name"
    ]


def _known(found: pl.DataFrame) -> pl.DataFrame:
    texts = [each for each, kind in found.schema.items() if kind == pl.String]
    return found.with_columns(pl.when(pl.col(each) != UNKNOWN).then(pl.col(each)) for each in texts)


def _leaders(warehouse: Warehouse) -> pl.DataFrame:
    """How often words stand first in the names of all persons of the snapshot."""
    if "leading-words" not in warehouse.beside:
        everybody = warehouse.frame(
            "SELECT DISTINCT name, customer_kind AS kind FROM customer WHERE name <> id"
        )
        warehouse.beside["leading-words"] = leading_words(everybody)
    found: pl.DataFrame = warehouse.beside["leading-words"]
    return found


def _language(warehouse: Warehouse, customers: np.ndarray, source: LanguageSource, day: date) -> pl.DataFrame:
    told = {code: language or None for code, language in languages_by_member(warehouse, source).items()}
    codes = customers_on_day(warehouse, customers, [f"{source.level}_code AS told"], day)["told"]
    named = codes.replace_strict(told, default=None, return_dtype=pl.String)
    return pl.DataFrame({"language": named})


def _history(warehouse: Warehouse, day: date) -> WholeHistory | None:
    """All purchases to the day's end, as far as they are known; None where nothing was bought by then."""
    last = warehouse.profile.last_day
    try:
        return None if last is None else whole_history(warehouse, Query(cube=MAIN_CUBE), min(day, last))
    except BadRequest:
        return None


def _bought(warehouse: Warehouse, customers: np.ndarray, day: date) -> pl.DataFrame:
    history = _history(warehouse, day)
    if history is None:
        return pl.DataFrame({"last_purchase": [None] * len(customers), "days_since": [None] * len(customers)},
                            schema={"last_purchase": pl.Date, "days_since": pl.Int64})  # fmt: skip
    cells = history.cells(("customer",), ("last_purchase",))
    found = warehouse.frame(
        f"""SELECT "customer.code"::INTEGER AS customer,
  (DATE '1970-01-01' + last_purchase::INTEGER)::DATE AS last_purchase FROM ({cells.text})""",
        cells.parameters,
    )
    since = (pl.lit(day) - pl.col("last_purchase")).dt.total_days().alias("days_since")
    return _of(customers, found).with_columns(since)


def _favourite(warehouse: Warehouse, customers: np.ndarray, day: date) -> pl.DataFrame:
    """The category, or department where no categories are told apart, of the most revenue; of two alike the first by
    name."""
    history = _history(warehouse, day)
    level = next((each for each in CATEGORIES if warehouse.profile.known.get(each, 0) > 1), None)
    if history is None or level is None:
        return pl.DataFrame({FAVOURITE: [None] * len(customers)}, schema={FAVOURITE: pl.String})
    cells = history.cells(("customer", level), ("revenue",))
    found = warehouse.frame(
        f"""SELECT "customer.code"::INTEGER AS customer, arg_max(member.label, (revenue, -rank)) AS {FAVOURITE}
FROM ({cells.text}) JOIN (SELECT code, label, row_number() OVER (ORDER BY label, code) AS rank FROM member
  WHERE level = ? AND label <> ?) AS member ON member.code = "{level}.code"
WHERE revenue > 0 GROUP BY ALL""",
        [*cells.parameters, level, UNKNOWN],
    )
    return _of(customers, found)


def _of(customers: np.ndarray, found: pl.DataFrame) -> pl.DataFrame:
    asked = pl.DataFrame({"customer": pl.Series(customers, dtype=pl.Int32)})
    return asked.join(found, on="customer", how="left", maintain_order="left").drop("customer")
