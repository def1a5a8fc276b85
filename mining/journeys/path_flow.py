"""The flow of paths: which ways customers take most, where their paths end, and what the rest of them do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.journeys.journey_paths import JourneyPaths

MOST_STEPS = 5  # channels of a way that are told apart, one after another; longer ways end in MORE
MORE, OTHERS = "…", "Other ways"
BOUGHT, MISSED = "bought", "did not buy"
BETWEEN = " › "
STEPS_TOLD = 12
BAND = {
    "from_step": pl.Int64, "from": pl.String, "to": pl.String, "is_end": pl.Boolean, "outcome": pl.String,
    "paths": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PathFlow:
    """`ways`: a row each different way with `way` (its channels, none twice in a row), `channels` (the same as a
    list), `paths`, `bought`, `missed`, `revenue` and mean `days` from the first touch to a purchase (null without), the
    most taken first. `bands` are those of the first `shown`, and of the others together: `from_step`, `from`, `to`,
    `is_end`, `outcome` and `paths`; a way begins at step 0 and ends (`is_end`) at BOUGHT or MISSED."""

    ways: pl.DataFrame
    bands: pl.DataFrame
    shown: int

    @property
    def others(self) -> pl.DataFrame:
        """The ways that stand together in the bands."""
        return self.ways.slice(self.shown)


def path_flow(paths: JourneyPaths, shown: int = 8) -> PathFlow:
    """The ways of paths, of which so many are `shown` by themselves."""
    ways = _ways(paths)
    top = ways.head(shown)
    rest = ways.slice(shown)
    bands = [_bands(row["channels"], row["bought"], row["missed"]) for row in top.to_dicts()]
    if rest.height:
        bands.append(_bands([OTHERS], float(rest["bought"].sum()), float(rest["missed"].sum())))
    rows = pl.DataFrame([row for each in bands for row in each], BAND, orient="row")
    keys = [name for name in BAND if name != "paths"]
    return PathFlow(ways, rows.group_by(keys, maintain_order=True).agg(pl.col("paths").sum()), top.height)


def _ways(paths: JourneyPaths) -> pl.DataFrame:
    path, steps = paths.path, paths.steps
    again = np.zeros(len(steps), bool)
    again[1:] = (steps[1:] == steps[:-1]) & (path[1:] == path[:-1])
    kept = pl.DataFrame({"path": path[~again], "step": steps[~again]})
    short = kept.filter(pl.int_range(pl.len()).over("path") <= MOST_STEPS)
    names = pl.Series("name", [*paths.channels, MORE])
    at = pl.int_range(pl.len()).over("path")
    told = short.with_columns(
        name=names.gather(
            short.select(pl.when(at == MOST_STEPS).then(len(names) - 1).otherwise("step")).to_series()
        )
    )
    listed = told.group_by("path", maintain_order=True).agg(channels="name")
    first = paths.days[paths.starts[:-1]] if len(paths) else paths.days
    each = listed.sort("path").with_columns(
        pl.Series("bought", paths.bought),
        pl.Series("missed", paths.missed),
        pl.Series("revenue", paths.revenue),
        pl.Series("days", first),
        way=pl.col("channels").list.join(BETWEEN),
    )
    return (
        each.group_by("channels")
        .agg(
            pl.col("way").first(),
            (pl.col("bought") + pl.col("missed")).sum().alias("paths"),
            pl.col("bought", "missed", "revenue").sum(),
            days=(pl.col("days") * pl.col("bought")).sum() / pl.col("bought").sum(),
        )
        .with_columns(pl.col("days").fill_nan(None))
        .sort("paths", "way", descending=[True, False])
    )


def _bands(channels: list[str], bought: float, missed: float) -> list[tuple[int, str, str, bool, str, float]]:
    ends = [(BOUGHT, bought), (MISSED, missed)]
    return [
        (step, one, following, step == len(channels) - 1, outcome, many)
        for outcome, many in ends
        if many
        for step, (one, following) in enumerate(zip(channels, [*channels[1:], outcome], strict=True))
    ]


def drop_off(paths: JourneyPaths) -> pl.DataFrame:
    """What follows each touch: `step` (1 is the first), `reached` paths that had it, of these those that `bought` next,
    `went_on` to a further touch, or `stopped`; the steps after STEPS_TOLD are one row, of its first touch."""
    lengths, whole = paths.lengths, paths.bought + paths.missed
    rows = []
    for step in range(1, min(STEPS_TOLD, int(lengths.max(initial=0))) + 1):
        ended = lengths == step if step < STEPS_TOLD else lengths >= step
        reached = float(whole[lengths >= step].sum())
        bought, stopped = float(paths.bought[ended].sum()), float(paths.missed[ended].sum())
        rows.append((step, reached, bought, reached - bought - stopped, stopped))
    schema = {"step": pl.Int64} | dict.fromkeys(("reached", "bought", "went_on", "stopped"), pl.Float64)
    return pl.DataFrame(rows, schema, orient="row")
