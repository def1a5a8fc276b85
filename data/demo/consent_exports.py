"""What customers allowed the CRM: consents by channel, some taken back, some given again, a few to a purpose alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from data.demo.export_papers import PLAIN, Exported
from data.demo.simulated_world import Known, World, choice, days, numbered

# By channel: the share of customers who allow it in the end.
CONSENTING: Mapping[str, float] = {"CH17": 0.70, "CH12": 0.55, "CH11": 0.90}
E_MAIL = "CH17"
TAKEN_BACK, GIVEN_AGAIN = 0.08, 0.25
STAYING = 1 - TAKEN_BACK * (1 - GIVEN_AGAIN)
REFUSED = 0.5
TO_A_PURPOSE = 0.4
PURPOSES = ("newsletter", "offers")
ANSWERS = ("opt-out", "opt-in")


def deliveries(world: World) -> Iterator[Exported]:
    """Every answer of the customers whom the CRM knows, by day."""
    random, known = world.firm.random("exports", 109), world.known("crm")
    every = pl.concat([_of_channel(world, known, each, random) for each in CONSENTING])
    said = every.sort("day", "person", "channel", "gives")
    frame = pl.DataFrame({
        "Entry": numbered("KS", len(said)), "Said on": days(said["day"].to_numpy()),
        "Customer ID": known.numbers(said["person"].to_numpy(), random), "Channel": said["channel"],
        "Purpose": said["purpose"], "Answer": choice(ANSWERS, said["gives"].to_numpy()),
    })  # fmt: skip
    yield Exported("crm", "consents", "consents.csv", frame, PLAIN, key="Entry", date="Said on",
                   stranger="Customer ID")  # fmt: skip


def truth(_world: World) -> Mapping[str, pl.DataFrame]:
    """By channel the share of those whom the CRM knows who allow it at the end, for every purpose."""
    shares = {"channel": list(CONSENTING), "share": list(CONSENTING.values())}
    return {"consent_share": pl.DataFrame(shares)}


def _of_channel(world: World, known: Known, channel: str, random: np.random.Generator) -> pl.DataFrame:
    """Who gave it and when, who refused, took it back, and gave it again, each while they deal with the firm."""
    person = known.persons
    first, last = (each[person] for each in world.life)
    gives, back, again, refuses, narrows = random.random((5, len(person)))
    moments = np.sort(random.random((3, len(person))), axis=0) * (last - first)
    began, ended, anew = (first + moments).astype(np.int64)
    allows = gives < CONSENTING[channel] / STAYING
    takes_back = allows & (back < TAKEN_BACK) & (ended > began)
    gives_again = takes_back & (again < GIVEN_AGAIN) & (anew > ended)
    says_no = ~allows & (refuses < REFUSED)
    only_for = ~allows & ~says_no & (narrows < TO_A_PURPOSE) & (channel == E_MAIL)
    said = [(allows, began, 1), (says_no, began, 0), (takes_back, ended, 0), (gives_again, anew, 1)]
    told = [_said(person[who], when[who], gave) for who, when, gave in said]
    purpose = choice(PURPOSES, random.integers(0, len(PURPOSES), int(only_for.sum())))
    told.append(_said(person[only_for], began[only_for], 1).with_columns(purpose=purpose))
    return pl.concat(told).with_columns(channel=pl.lit(channel))


def _said(person: np.ndarray, day: np.ndarray, gives: int) -> pl.DataFrame:
    frame = pl.DataFrame({"person": person, "day": day})
    return frame.with_columns(purpose=pl.lit(None, pl.String), gives=pl.lit(gives, pl.Int64))
