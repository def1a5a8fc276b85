"""What partners are judged by: orders to them and what came, prices, sales of their goods, contacts, answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

import polars as pl

from cubes import catalogue
from cubes.analysis.slice_days import span_of
from cubes.analysis.whole_history import WholeHistory
from cubes.ask.resolve_conditions import scope_of
from cubes.catalogue.declared_cube import DeclaredCube
from cubes.cells.fact_sql import joins, meets, where
from cubes.cells.scope import Scope
from cubes.members.single_customers import check_single_customers
from cubes.model import Cube
from cubes.query import MAIN_CUBE, TIME_LEVELS, Query
from data.errors import BadRequest
from data.model.canonical_tables import MAIN_FACT, PARTNER, SELLER
from data.store.warehouse import Warehouse

SUPPLY = "supply"
FACTS = ("supply_order", "lead_time", "interaction", "price_offer", "partner_event", "stock", "proposal")
LEAD_TIMES = DeclaredCube("lead_times", "Lead times", "lead_time", ())
NUMBER, WHOLE = pl.Float64, pl.Int64
SUPPLY_COLUMNS: Mapping[str, type[pl.DataType]] = {
    "partner": WHOLE, "unit": WHOLE, "day": WHOLE, "lead": WHOLE, "has_come": pl.Boolean, "due": WHOLE,
    "on_time": WHOLE, "whole_on_time": WHOLE, "whole": WHOLE, "pieces_due": NUMBER, "pieces_on_time": NUMBER,
}  # fmt: skip
PRICE_COLUMNS = {"partner": WHOLE, "unit": WHOLE, "day": WHOLE, "paid": NUMBER, "usual": NUMBER}
SALE_COLUMNS = {
    "partner": WHOLE,
    "unit": WHOLE,
    "day": WHOLE,
    "sold": NUMBER,
    "returned": NUMBER,
    "margin": NUMBER,
}
CONTACT_COLUMNS = {"partner": WHOLE, "unit": WHOLE, "day": WHOLE, "satisfaction": NUMBER}
ANSWER_COLUMNS = {"partner": WHOLE, "day": WHOLE, "waited": WHOLE}
# How a number is called by which two firms are one before the law, as mappings may name an attribute.
TAX_NUMBERS = ("vat", "tax", "piva", "partita_iva", "codice_fiscale", "inn")
NOBODY = ("No partner is known.", "Load partners, or orders to suppliers, on the page Data.")


@dataclass(frozen=True, slots=True, eq=False)
class PartnerRows:
    """`partners`: `partner` (code), `id`, `name`, `type`, `stage`, as they are on the last day of `span`; the other
    frames are as `mining.partners.partner_evidence` asks them, of all partners. `notes` belong beside every number."""

    partners: pl.DataFrame
    supply: pl.DataFrame
    prices: pl.DataFrame
    sales: pl.DataFrame
    contacts: pl.DataFrame
    answers: pl.DataFrame
    span: tuple[date, date]
    notes: tuple[str, ...]


def partner_rows(warehouse: Warehouse, query: Query) -> PartnerRows:
    """Of a question's cuts those on partners choose who is listed (as they are on its last day), those on time and on
    anything else which rows count; a fact that does not know what is cut is read whole, and that is noted.

    Raises BadRequest where no partner is known or nobody is within the cuts, NotAllowed where a policy shows no single
    customers.
    """
    check_single_customers(warehouse.policy, "Figures of partners")
    span = partner_span(warehouse, query)
    listed = _partners(warehouse, query, span[1])
    if listed.is_empty():
        raise BadRequest(
            *(("No partner is within these filters.", "Take a filter away.") if query.cuts else NOBODY)
        )
    notes = [*_passed_over(warehouse, query), *_one_number(warehouse, listed)]
    return PartnerRows(
        listed, _supply(warehouse, query), _prices(warehouse, query), _sales(warehouse, query),
        _contacts(warehouse, query), _answers(warehouse, query), span, tuple(dict.fromkeys(notes)),
    )  # fmt: skip


def partner_sales(warehouse: Warehouse, query: Query) -> pl.DataFrame:
    """Sales of goods that a partner supplied or sold, a row a customer and day, of all time: as in `PartnerRows`."""
    check_single_customers(warehouse.policy, "Figures of partners")
    return _sales(warehouse, Query(cuts=tuple(cut for cut in query.cuts if cut.level not in TIME_LEVELS)))


def partner_span(warehouse: Warehouse, query: Query) -> tuple[date, date]:
    """The first and last day that cuts on time leave of what is known of partners. Raises BadRequest."""
    spans = [span_of(query.cuts, warehouse.profile, fact) for fact in (MAIN_FACT.name, *FACTS)]
    known = [each for each in spans if each]
    if not known:
        raise BadRequest("Nothing is known of partners in this period.", "Choose another period.")
    return min(first for first, _ in known), max(last for _, last in known)


def _partners(warehouse: Warehouse, query: Query, day: date) -> pl.DataFrame:
    own = tuple(cut for cut in query.cuts if cut.level in _levels_of_partners(warehouse))
    cube = catalogue.load(SUPPLY, warehouse.profile)
    end = datetime.combine(day, time.max)
    parameters: list[object] = [end, end]
    kept = scope_of(warehouse, cube, Query(cuts=own, cube=SUPPLY, as_of=day.isoformat() if own else ""))
    own_columns = {
        each: cube.level(each.level).column.replace(f"{cube.fact}.", "partner.") for each in kept.filters
    }
    conditions = [meets(column, each, parameters) for each, column in own_columns.items()]
    found = warehouse.frame(
        f"""SELECT partner_code AS partner, id, name, partner_type AS type, partner_stage AS stage FROM (
            SELECT * FROM partner WHERE valid_from < valid_to AND partner_code > 0 QUALIFY row_number() OVER (
                PARTITION BY partner_code
                ORDER BY valid_from <= ? DESC, abs(epoch_ms(valid_from) - epoch_ms(?::TIMESTAMP))) = 1
        ) AS partner WHERE {" AND ".join(conditions) or "true"} ORDER BY name, id""",
        parameters,
    )
    return found.with_columns(pl.col("partner").cast(WHOLE))


def _supply(warehouse: Warehouse, query: Query) -> pl.DataFrame:
    """Orders; their lines in one order (its number, else the row itself) are resampled together."""
    joined, met, parameters = _rows(warehouse, catalogue.load(SUPPLY, warehouse.profile), query)
    found = warehouse.frame(
        f"""SELECT supply_order.partner_code AS partner,
            dense_rank() OVER (ORDER BY coalesce(supply_order.number,
                supply_order.batch || ' ' || supply_order.row_in_source)) AS unit,
            supply_order.day_key AS day, coalesce(lead_days, open_days) AS lead, lead_days IS NOT NULL AS has_come,
            is_due AS due, in_time AS on_time, in_time_in_full AS whole_on_time, in_full AS whole,
            CASE WHEN received_in_time IS NOT NULL THEN ordered END AS pieces_due, received_in_time AS pieces_on_time
        FROM supply_order{joined}{met} ORDER BY supply_order.batch, supply_order.row_in_source""",
        parameters,
    )
    return _typed(found, SUPPLY_COLUMNS)


def _prices(warehouse: Warehouse, query: Query) -> pl.DataFrame:
    """Orders with a price, of products that two partners or more were paid for."""
    joined, met, parameters = _rows(warehouse, LEAD_TIMES(warehouse.profile), query)
    found = warehouse.frame(
        f"""WITH bought AS (
            SELECT lead_time.partner_code, lead_time.product_code, lead_time.day_key,
                row_number() OVER (ORDER BY lead_time.batch, lead_time.row_in_source) AS unit,
                unit_cost::DOUBLE AS price, coalesce(quantity_ordered, 1)::DOUBLE AS pieces
            FROM lead_time{joined}{met} AND unit_cost > 0 AND coalesce(quantity_ordered, 1) > 0
                AND lead_time.product_code > 0 AND lead_time.partner_code > 0
        ), usual AS (
            SELECT product_code, sum(price * pieces) / sum(pieces) AS mean FROM bought GROUP BY product_code
            HAVING count(DISTINCT partner_code) > 1
        )
        SELECT partner_code AS partner, unit, day_key AS day, price * pieces AS paid, mean * pieces AS usual
        FROM bought JOIN usual USING (product_code) ORDER BY unit""",
        parameters,
    )
    return _typed(found, PRICE_COLUMNS)


def _sales(warehouse: Warehouse, query: Query) -> pl.DataFrame:
    """A row a partner, customer and day: what it supplied, and what it sold of goods that another supplied. Who is not
    known stands for one customer a day (a `unit` below 0)."""
    cube = catalogue.load(MAIN_CUBE, warehouse.profile)
    known = {each.name for each in cube.levels}
    roles = [each for each in (PARTNER.name, SELLER.name) if each in known]
    if not roles:
        return pl.DataFrame(schema=SALE_COLUMNS)
    day = warehouse.profile.last_day or date.max
    sold = WholeHistory(warehouse, cube, _scope(warehouse, cube, query), day, day, ())
    cells = sold.cells((*roles, "customer", "day"), ("units_sold", "units_returned", "margin"))
    names = ", ".join(f'"{role}.code" AS {role}' for role in roles)
    found = warehouse.frame(
        f"""SELECT {names}, CASE WHEN "customer.code" > 0 THEN "customer.code" ELSE -"day.code" - 1 END AS unit,
            "day.code" AS day, units_sold AS sold,
            units_returned AS returned, margin FROM ({cells.text}) ORDER BY ALL""",
        cells.parameters,
    )
    parts = []
    for role in roles:
        other = pl.lit(True) if role == roles[0] else pl.col(role) != pl.col(roles[0])
        own = found.filter(pl.col(role) > 0, other).with_columns(partner=pl.col(role))
        parts.append(_typed(own, SALE_COLUMNS).with_columns(pl.col("sold", "returned").fill_null(0.0)))
    return pl.concat(parts)


def _contacts(warehouse: Warehouse, query: Query) -> pl.DataFrame:
    joined, met, parameters = _rows(warehouse, catalogue.load("interactions", warehouse.profile), query)
    found = warehouse.frame(
        f"""SELECT interaction.partner_code AS partner, interaction.day_key AS day, interaction.satisfaction,
            CASE WHEN interaction.customer_code > 0 THEN interaction.customer_code
                ELSE -row_number() OVER (ORDER BY interaction.batch, interaction.row_in_source) END AS unit
        FROM interaction{joined}{met} AND interaction.partner_code > 0 AND interaction.satisfaction IS NOT NULL
        ORDER BY interaction.batch, interaction.row_in_source""",
        parameters,
    )
    return _typed(found, CONTACT_COLUMNS)


def _answers(warehouse: Warehouse, query: Query) -> pl.DataFrame:
    joined, met, parameters = _rows(warehouse, catalogue.load("price_offers", warehouse.profile), query)
    found = warehouse.frame(
        f"""SELECT price_offer.partner_code AS partner, price_offer.day_key AS day,
            (answered_on - DATE '1970-01-01') - price_offer.day_key AS waited
        FROM price_offer{joined}{met} AND price_offer.partner_code > 0
            AND (answered_on - DATE '1970-01-01') >= price_offer.day_key
        ORDER BY price_offer.batch, price_offer.row_in_source""",
        parameters,
    )
    return _typed(found, ANSWER_COLUMNS)


def _rows(warehouse: Warehouse, cube: Cube, query: Query) -> tuple[str, str, list[object]]:
    """SQL that joins a fact to what the cuts that it knows ask, their conditions, and the values."""
    kept, parameters = _scope(warehouse, cube, query), list[object]()
    joined = joins(cube, kept, [], parameters)
    return joined, where(cube, kept, parameters) or " WHERE true", parameters


def _scope(warehouse: Warehouse, cube: Cube, query: Query) -> Scope:
    """The cuts that choose rows, of those that a cube knows, in the warehouse's own terms."""
    known = {each.name for each in cube.levels} - _levels_of_partners(warehouse)
    cuts = tuple(cut for cut in query.cuts if cut.level in known)
    return scope_of(
        warehouse, cube, Query(cuts=cuts, cube=SUPPLY if cube.name == LEAD_TIMES.name else cube.name)
    )


def _levels_of_partners(warehouse: Warehouse) -> frozenset[str]:
    cube = catalogue.load(SUPPLY, warehouse.profile)
    return frozenset(each.name for each in cube.levels if each.dimension == PARTNER.name)


def _passed_over(warehouse: Warehouse, query: Query) -> list[str]:
    """What is told where a fact does not know what a cut chooses by."""
    own = _levels_of_partners(warehouse)
    cubes = [
        catalogue.load(name, warehouse.profile)
        for name in (SUPPLY, MAIN_CUBE, "interactions", "price_offers")
    ]
    notes = []
    for cut in query.cuts:
        told = [
            each.label
            for each in cubes
            if cut.level not in {level.name for level in each.levels} | own | TIME_LEVELS
        ]
        if told:
            notes.append(f"The filter {cut} does not narrow what does not tell it: {', '.join(told)}.")
    return notes


def _one_number(warehouse: Warehouse, listed: pl.DataFrame) -> list[str]:
    """A sentence for each number before the law that two partners or more have."""
    named = [
        each.name
        for each in warehouse.profile.attributes
        if each.dimension == PARTNER.name and any(word in each.name.lower().split("_") or each.name.lower() == word
                                                  for word in TAX_NUMBERS)
    ]  # fmt: skip
    notes = []
    for column in named:
        found = warehouse.frame(
            f"""SELECT DISTINCT partner_code AS partner,
                upper(regexp_replace("{column}", '[^0-9A-Za-z]', '', 'g')) AS number
            FROM partner WHERE partner_code > 0 AND "{column}" NOT IN ('', '(unknown)') AND valid_from < valid_to"""
        )
        named_by = found.with_columns(pl.col("partner").cast(WHOLE)).join(listed, on="partner")
        for number, names in (
            named_by.group_by("number").agg(pl.col("name").sort()).sort("number").iter_rows()
        ):
            if number and len(names) > 1:
                notes.append(
                    f"{' and '.join(names)} have one number ({column} {number}): they may be one firm."
                )
    return notes


def _typed(frame: pl.DataFrame, columns: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(kind) for name, kind in columns.items())
