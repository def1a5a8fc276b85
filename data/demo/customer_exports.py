"""The customers as four systems export them: the ERP in dated full exports, with moves, new kinds and absences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import polars as pl

from data.demo.demo_firm import day_index
from data.demo.export_papers import AMERICAN, ITALIAN, Exported
from data.demo.places import places
from data.demo.simulated_customers import KINDS
from data.demo.simulated_world import World, once
from data.demo.typing_slips import plain

EXPORTS = (
    date(2023, 7, 1),
    date(2024, 1, 1),
    date(2024, 7, 1),
    date(2025, 1, 1),
    date(2025, 7, 1),
    date(2026, 1, 1),
)
CALL_EXPORTS = (date(2025, 7, 1), date(2026, 1, 1))
MOVED, RENAMED_KIND, BOTH, AWAY = 0.04, 0.06, 0.07, 0.08
PURGED, PURGED_AFTER_DAYS = 0.05, 365
DELETED = 0.01
NEVER = 99
ADDRESS = ("street", "postcode", "city", "region", "country")
ITALIAN_HEADERS = {"id": "Codice", "name": "Ragione sociale", "kind": "Tipo", "street": "Indirizzo", "postcode": "CAP",
                   "city": "Città", "region": "Regione", "country": "Nazione", "email": "E-mail",
                   "phone": "Telefono"}  # fmt: skip
CRM_HEADERS = {"id": "Customer ID", "name": "Full name", "kind": "Type", "street": "Street", "postcode": "ZIP",
               "city": "Town", "region": "Region", "country": "Country", "email": "E-mail", "phone": "Phone",
               "modified": "Modified", "deleted": "Deleted"}  # fmt: skip
SHOP_HEADERS = {"id": "user_id", "name": "display_name", "kind": "account_type", "street": "address_line",
                "postcode": "zip", "city": "city", "region": "state", "country": "country", "email": "email",
                "phone": "mobile", "modified": "updated_at"}  # fmt: skip
CALL_HEADERS = {"id": "Caller No", "name": "Caller name", "kind": "Caller type", "street": "Address",
                "postcode": "Postal code", "city": "City", "region": "Region", "country": "Country",
                "email": "Mail", "phone": "Phone", "changed_on": "Updated"}  # fmt: skip


def deliveries(world: World) -> Iterator[Exported]:
    """The customer files of all four systems."""
    states = history(world)
    for number, day in enumerate(EXPORTS):
        held = states.filter((pl.col("export") == number) & pl.col("listed"))
        frame = _named(held, ITALIAN_HEADERS)
        yield Exported("erp", "customers", f"clienti_{day:%Y%m%d}.csv", frame, ITALIAN, key="Codice")
    yield _crm(world)
    shop = _named(_held(world, "shop"), SHOP_HEADERS)
    yield Exported("shop", "customers", "users.parquet", shop, key="user_id")
    callers = world.records.filter(pl.col("system") == "callcentre")
    for day in CALL_EXPORTS:
        frame = _named(callers.filter(pl.col("changed_on") < day), CALL_HEADERS)
        yield Exported(
            "callcentre", "customers", f"callers_{day:%Y%m%d}.txt", frame, AMERICAN, key="Caller No"
        )


def truth(world: World) -> Mapping[str, pl.DataFrame]:
    """Who is who, what the ERP changed of whom when, and who was missing."""
    states = history(world)
    return {
        "person": world.records.select("system", "id", customer_code="person"),
        "customer_change": _changes(states),
        "customer_absence": _absences(states),
    }


@once
def history(world: World) -> pl.DataFrame:
    """Each customer of the ERP at each export: `listed` or not, and what it says of them."""
    plan = _plan(world)
    erp = _erp(world).with_columns(**plan)
    others = erp.select(pl.col(name).alias(f"{name}_before") for name in ADDRESS)[plan["neighbour"]]
    erp = pl.concat([erp, others], how="horizontal")
    return pl.concat([_as_of(erp, number) for number in range(len(EXPORTS))])


def _plan(world: World) -> dict[str, pl.Series]:
    """Of each customer: the export that first lists them, and those at which something is new."""
    random, size = world.random("customers"), len(world.died) - 1
    days = np.array([day_index(day) for day in EXPORTS])
    first = np.searchsorted(days, world.people.start[1:].astype(np.int64), side="right")
    draw = random.random(size)
    turn = first + 1 + (random.random(size) * (len(EXPORTS) - 1 - first)).astype(np.int64)
    turn = np.where(first < len(EXPORTS) - 1, turn, NEVER)
    died = world.died[1:]
    purge = np.searchsorted(days, died + PURGED_AFTER_DAYS, side="right")
    gone = (died >= 0) & (purge < len(EXPORTS)) & (draw > AWAY) & (random.random(size) < PURGED)
    return {
        "first": pl.Series(first),
        "moved": pl.Series(np.where((draw < MOVED) | ((draw >= RENAMED_KIND) & (draw < BOTH)), turn, NEVER)),
        "turned": pl.Series(np.where((draw >= MOVED) & (draw < BOTH), turn, NEVER)),
        "away": pl.Series(np.where((draw >= BOTH) & (draw < AWAY) & (turn < len(EXPORTS) - 1), turn, NEVER)),
        "purged": pl.Series(np.where(gone, purge, NEVER)),
        "neighbour": pl.Series(_neighbours(world, random)),
    }


def _neighbours(world: World, random: np.random.Generator) -> np.ndarray:
    """For each customer another of the same country, some way off: customers stand in geographical order."""
    countries = np.array([place.country for place in places()])[world.people.place[1:]]
    _, first, size = np.unique(countries, return_index=True, return_counts=True)
    block = np.repeat(np.arange(len(first)), size)
    low, many, every = first[block], size[block], np.arange(len(countries))
    step = 1 + (random.random(len(every)) * np.maximum(many - 1, 1)).astype(np.int64)
    found: np.ndarray = low + (every - low + step) % many
    return found


def _erp(world: World) -> pl.DataFrame:
    """The ERP's records; what its code page has no letter for goes without its accent."""
    held = world.records.filter(pl.col("system") == "erp").sort("person")
    texts = [pl.col(name) for name in ("name", "street", "city", "region")]
    foreign = r"[^\x00-\xff]"
    return held.with_columns(
        pl.when(each.str.contains(foreign)).then(plain(each)).otherwise(each) for each in texts
    )


def _as_of(erp: pl.DataFrame, number: int) -> pl.DataFrame:
    before = [
        pl.when(pl.col("moved") > number, pl.col("moved") < NEVER)
        .then(f"{name}_before")
        .otherwise(name)
        .alias(name)
        for name in ADDRESS
    ]
    was = pl.col("kind").replace_strict({KINDS[0]: KINDS[1], KINDS[1]: KINDS[2], KINDS[2]: KINDS[1]})
    kind = pl.when(pl.col("turned") > number, pl.col("turned") < NEVER).then(was).otherwise("kind")
    listed = (pl.col("first") <= number) & (pl.col("away") != number) & (pl.col("purged") > number)
    return erp.select("person", "id", "name", *before, kind.alias("kind"), "email", "phone",
                      listed=listed, export=number)  # fmt: skip


def _changes(states: pl.DataFrame) -> pl.DataFrame:
    """What the next export that lists a customer says otherwise than the one before."""
    held = _in_turn(states)
    before = held.shift(1)
    same = (held["person"] == before["person"]).fill_null(False)
    found = [_differences(held, before, name, same) for name in (*ADDRESS, "kind")]
    return pl.concat(found).sort("as_of", "customer_code", "field")


def _differences(held: pl.DataFrame, before: pl.DataFrame, name: str, same: pl.Series) -> pl.DataFrame:
    differs = same & held[name].ne_missing(before[name])
    now = held.filter(differs)
    return now.select(
        customer_code="person", id="id", field=pl.lit(name), before=before.filter(differs)[name], after=name,
        as_of=_day("export"),
    )  # fmt: skip


def _absences(states: pl.DataFrame) -> pl.DataFrame:
    """Who was in one export and not in the next, and when they came back."""
    held = _in_turn(states)
    after = held.shift(-1)
    back = after["export"].set((held["person"] != after["person"]).fill_null(True), None)
    gap = (held["export"] < len(EXPORTS) - 1) & (back.is_null() | (back > held["export"] + 1))
    gone = held.with_columns(back=back).filter(gap)
    return gone.select(
        customer_code="person", id="id", missing_on=_day(pl.col("export") + 1), returned_on=_day("back")
    )


def _in_turn(states: pl.DataFrame) -> pl.DataFrame:
    return states.filter("listed").sort("person", "export")


def _day(number: str | pl.Expr) -> pl.Expr:
    """The day of the export of this number; none of none."""
    number = pl.col(number) if isinstance(number, str) else number
    return number.replace_strict(dict(enumerate(EXPORTS)), default=None, return_dtype=pl.Date)


def _crm(world: World) -> Exported:
    """A sheet with the moment of each last change; a few who left long ago are marked deleted."""
    held = _held(world, "crm")
    random = world.firm.random("exports", 100)
    died = world.died[held["person"].to_numpy()]
    deleted = (died >= 0) & (died < day_index(date(2025, 1, 1))) & (random.random(len(held)) < DELETED)
    held = held.with_columns(
        deleted=pl.Series(np.where(deleted, "yes", "no")),
        modified=pl.when(pl.Series(deleted)).then(pl.datetime(2025, 12, 29, 18)).otherwise("modified"),
    )
    return Exported(
        "crm", "customers", "crm.xlsx", _named(held, CRM_HEADERS), sheet="Customers", key="Customer ID"
    )


def _held(world: World, system: str) -> pl.DataFrame:
    """A system's records in the order of their numbers, changed during office hours."""
    held = world.records.filter(pl.col("system") == system).sort("id")
    seconds = 8 * 3600 + pl.int_range(pl.len()) * 7919 % (10 * 3600)
    return held.with_columns(
        modified=pl.col("changed_on").cast(pl.Datetime("us")) + pl.duration(seconds=seconds)
    )


def _named(frame: pl.DataFrame, headers: Mapping[str, str]) -> pl.DataFrame:
    return frame.select(pl.col(name).alias(header) for name, header in headers.items())
