"""How the effect of a campaign grew since the contact: the difference of what both arms had done by each day.

The band is the anytime one (see `anytime_interval`), so that no day on which it first leaves zero is luck of looking.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.campaigns.anytime_interval import anytime_half_width
from mining.campaigns.arm_difference import arm_difference

TREATED, HELD_OUT = "treated", "held out"
SCHEMA = {"since": pl.Int64, "effect": pl.Float64, "low": pl.Float64, "high": pl.Float64}


def effect_course(arms: pl.DataFrame, events: pl.DataFrame, days: int, is_share: bool) -> pl.DataFrame:
    """A row a day, from 0, the day of the contact: `since`, and the difference by its end with `low` and `high`.

    `arms` has a row a customer with `customer` and `arm`, `events` a row a customer and day with `since` and `value`;
    of a share it counts once whether a customer did it. Empty where an arm has fewer than two customers.
    """
    own = arms.filter(pl.col("arm").is_in([TREATED, HELD_OUT])).with_row_index("place")
    reached = (own["arm"] == TREATED).to_numpy()
    fewest = min(int(reached.sum()), int((~reached).sum()))
    if fewest < 2:
        return pl.DataFrame(schema=SCHEMA)
    told = events.join(own.select("customer", "place"), on="customer").filter(pl.col("since") < days)
    by_day = told.partition_by("since", as_dict=True)
    done, rows = np.zeros(own.height), []
    for day in range(days):
        if (found := by_day.get((day,))) is not None:
            np.add.at(done, found["place"].to_numpy(), found["value"].to_numpy())
        value = np.minimum(done, 1.0) if is_share else done
        effect = arm_difference(value[reached], value[~reached])
        half = anytime_half_width(effect.treated, effect.held_out, fewest)
        rows.append((day, effect.difference, effect.difference - half, effect.difference + half))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
