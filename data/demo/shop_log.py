"""The shop's log: a session for every true order on the web or in the app, many that only looked, and newsletters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from data.demo import planted_journeys
from data.demo.campaigns import PLANTED
from data.demo.demo_firm import DAYS, day_index, month_starts
from data.demo.export_papers import WIDE, Exported
from data.demo.order_exports import order_ids
from data.demo.simulated_customers import CAMPAIGN_FIRST, CAMPAIGN_LAST, SEGMENTS, TYPES
from data.demo.simulated_orders import CHANNEL_CODE
from data.demo.simulated_world import World, choice, days, moments, numbered

SESSIONS_PER_CUSTOMER = 15
ONLINE_PULL = 3.0
ANONYMOUS = 0.2
BASKET_LEFT = 0.15
FROM_CAMPAIGN = 0.25
OPENS = (0.40, 0.48, 0.33, 0.44, 0.62)
CLICKS = 0.3
NEWSLETTER_DAYS = (9, 23)


def deliveries(world: World) -> Iterator[Exported]:
    """Sessions, and e-mails opened and clicked."""
    yield Exported("shop", "web_sessions", "sessions.parquet", _sessions(world), key="session", date="started_at",
                   stranger="user_id", sums={"pages": "pages", "duration_seconds": "seconds"})  # fmt: skip
    yield Exported(
        "shop", "emails", "emails.csv", _emails(world)[0], WIDE, key="event", date="at", stranger="user_id"
    )


def truth(world: World) -> Mapping[str, pl.DataFrame]:
    """How often each segment opens a newsletter that it gets and clicks in one it opened, and how many got it."""
    names = [segment.name for segment in SEGMENTS]
    return {
        "newsletter": pl.DataFrame(
            {"segment": names, "sent": _emails(world)[1], "opens": OPENS, "clicks": CLICKS}
        )
    }


def _sessions(world: World) -> pl.DataFrame:
    random, known = world.random("web"), world.known("shop")
    bought = _orders(world, known.count)
    looks = max(SESSIONS_PER_CUSTOMER * world.firm.size - len(bought), 0)
    pull = 1 + (ONLINE_PULL - 1) * (world.people.main_type == TYPES.index("Online"))
    toward = world.firm.random("exports", 113)
    person, day = planted_journeys.drawn_toward(
        world, lambda many: moments(world, known.persons, many, toward, pull),
        planted_journeys.ODDS["shop", "web session"], looks, toward,
    )  # fmt: skip
    both = pl.DataFrame({"person": person, "day": day, "order": pl.Series([None] * looks, dtype=pl.String),
                         "app": random.random(looks) < 0.15 + 0.45 * day / DAYS})  # fmt: skip
    both = pl.concat([both, bought]).sort("day", "person", "order")
    return _visited(world, both, known.numbers(both["person"].to_numpy(), random), random)


def _orders(world: World, count: np.ndarray) -> pl.DataFrame:
    """The true orders of those the shop knows, on the web or in the app."""
    online = world.lines.filter(
        pl.col("channel").is_in([CHANNEL_CODE["Web shop"], CHANNEL_CODE["App"]]), ~pl.col("is_return"),
        pl.Series(count[world.lines["customer"].to_numpy()] > 0),
    ).unique("order_key", keep="first", maintain_order=True)  # fmt: skip
    return online.select(
        pl.col("customer").cast(pl.Int64).alias("person"), pl.col("day").cast(pl.Int64),
        order_ids(world, online["order_key"]).alias("order"), app=pl.col("channel") == CHANNEL_CODE["App"],
    )  # fmt: skip


def _visited(world: World, both: pl.DataFrame, ids: pl.Series, random: np.random.Generator) -> pl.DataFrame:
    size, ordered = len(both), both["order"].is_not_null().to_numpy()
    pages = np.where(ordered, 4 + random.poisson(9, size), random.geometric(0.35, size))
    basket = random.random(size) < BASKET_LEFT
    anonymous = ~ordered & (random.random(size) < ANONYMOUS)
    came = _reached(world, both) & (random.random(size) < FROM_CAMPAIGN)
    return pl.DataFrame({
        "session": numbered("WS", size, 7),
        "started_at": days(both["day"].to_numpy()).cast(pl.Datetime("us"))
        + pl.Series(random.integers(6 * 3600, 86_400, size) * 1_000_000).cast(pl.Duration("us")),
        "user_id": ids.set(pl.Series(anonymous), None), "channel": choice(("CH09", "CH10"), both["app"].to_numpy()),
        "device": choice(("desktop", "phone"), both["app"].to_numpy() | (random.random(size) < 0.4)),
        "pages": pages, "seconds": (pages * random.exponential(40, size)).astype(np.int64),
        "outcome": choice(("left", "basket left", "ordered"), np.where(ordered, 2, basket)),
        "campaign": choice((None, PLANTED), came), "order": both["order"],
    })  # fmt: skip


def _reached(world: World, both: pl.DataFrame) -> np.ndarray:
    """Which sessions are of those whom the campaign reached, while it ran."""
    during = both["day"].is_between(day_index(CAMPAIGN_FIRST), day_index(CAMPAIGN_LAST)).to_numpy()
    found: np.ndarray = during & (world.people.treated[both["person"].to_numpy()] == 1)
    return found


def _emails(world: World) -> tuple[pl.DataFrame, np.ndarray]:
    """Each newsletter, opened or clicked by those then dealing with the firm; and how many each segment got."""
    random, known = world.firm.random("exports", 106), world.known("shop")
    first, last = (each[known.persons] for each in world.life)
    sent_on = (month_starts()[:-1, None] + np.array(NEWSLETTER_DAYS)).ravel()
    letter, at = np.nonzero((first <= sent_on[:, None]) & (sent_on[:, None] <= last))
    person = known.persons[at]
    segment = world.people.segment[person]
    opened = random.random(len(person)) < np.array(OPENS)[segment]
    clicked = opened & (random.random(len(person)) < CLICKS)
    sent = np.bincount(segment, minlength=len(SEGMENTS))
    return _events(known.numbers(person, random), sent_on[letter], opened, clicked), sent


def _events(ids: pl.Series, sent_on: np.ndarray, opened: np.ndarray, clicked: np.ndarray) -> pl.DataFrame:
    row = np.concatenate((np.flatnonzero(opened), np.flatnonzero(clicked)))
    click = np.arange(len(row)) >= opened.sum()
    order = np.lexsort((click, row))
    row, click = row[order], click[order]
    sent = days(sent_on[row])
    return pl.DataFrame({
        "event": numbered("EM", len(row)), "at": sent, "user_id": ids[pl.Series(row)],
        "newsletter": "Newsletter " + sent.dt.strftime("%Y-%m-%d"), "what": choice(("opened", "clicked"), click),
    })  # fmt: skip
