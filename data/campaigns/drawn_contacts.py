"""What an export of a campaign is to write: who is reached or held out anew, who is taken back, who stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from data.campaigns.assignment import assign
from data.campaigns.contact_channel import Frames
from data.campaigns.contact_rules import ERASED, REASONS, ContactRules, left_out
from data.errors import BadRequest, did_you_mean
from data.model.canonical_tables import CUSTOMER, UNKNOWN
from data.operational.planned_campaigns import HELD_OUT, OPEN, TREATED, PlannedCampaign

NOT_KNOWN, TWO_ARMS = "not known", "two arms"
ENDING = [each.name for each in REASONS if each.ends]
# Every contact that the campaign's own exports wrote, and whether a later one took it back.
WRITTEN = """SELECT customer_code AS customer, contact.identity_key, lower(arm) AS arm, variant, number,
    contact.day_key, e.export, EXISTS (FROM campaign_removal AS r WHERE r.campaign = e.campaign
        AND r.identity_key = contact.identity_key AND r.export > e.export) AS is_removed
FROM contact JOIN campaign_export AS e USING (batch) WHERE e.campaign = ? ORDER BY e.export, number"""
# Each customer by the first number that any source gave them.
NUMBERED = """SELECT customer_code AS customer, identity_key, numbering || ':' || id AS unit FROM customer_identity
SEMI JOIN (SELECT min(identity_key) AS identity_key FROM customer_identity GROUP BY customer_code)
    USING (identity_key)"""
DESCRIBED = """SELECT customer_code AS customer, {} FROM customer WHERE customer_code > 0
QUALIFY row_number() OVER (PARTITION BY customer_code ORDER BY valid_to DESC, customer_key DESC) = 1"""
KNOWN = "SELECT name FROM attribute WHERE dimension = ? ORDER BY name"


@dataclass(frozen=True, slots=True, eq=False)
class DrawnContacts:
    """`fresh` are contacts to write, by identity: `customer` (code), `identity_key`, `arm` ("treated", "held out" or
    "open") and `variant` (the name of the arm where there are several); `removed` (customer, identity_key) those to
    take back, by each number under which they were reached. `unchanged` were reached before and still are, `active`
    all who were before; `held_out` those by now. `before` (customer, arm, drawn: in which of several arms) are all
    whom earlier exports drew. `written` is the last number that a contact of the campaign has; `left_out` counts
    customers by reason."""

    fresh: pl.DataFrame
    removed: pl.DataFrame
    active: int
    unchanged: int
    held_out: int
    written: int
    before: pl.DataFrame
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return bool(self.fresh.height or self.removed.height)

    @property
    def added(self) -> int:
        return self.fresh.filter(pl.col("arm") == TREATED).height

    @property
    def removes_all(self) -> bool:
        """Whether nobody who was reached before would be left, nor anybody new come."""
        return bool(self.taken_back) and self.taken_back == self.active and not self.added

    @property
    def taken_back(self) -> int:
        return self.removed["customer"].n_unique()


def draw(
    frame: Frames, campaign: PlannedCampaign, customers: np.ndarray, rules: ContactRules
) -> DrawnContacts:
    """What a campaign with `customers` (codes) is to write now. Raises BadRequest for what there is not.

    `frame` answers SQL and its values by a frame: of a snapshot, or of one that is being written.
    """
    asked = pl.DataFrame({"customer": pl.Series(customers, dtype=pl.Int32).unique()})
    audience = asked.join(frame(NUMBERED, []), on="customer")
    stored = _stored(frame, campaign)
    mixed = stored.filter(pl.col("drawn").n_unique().over("customer") > 1).select("customer").unique()
    reached = stored.filter(pl.col("arm") == TREATED)
    sent_to = reached.filter(~pl.col("is_removed"))
    active = sent_to.unique("customer", keep="last")
    blocked = _blocked(frame, campaign, pl.concat([audience["customer"], active["customer"]]).unique(), rules)
    over = pl.concat([blocked.filter(pl.col("reason").is_in(ENDING)).select("customer"), mixed])
    staying = active.join(audience, on="customer", how="semi").join(over, on="customer", how="anti")
    free = audience.join(blocked, on="customer", how="anti").join(mixed, on="customer", how="anti")
    fresh = free.join(stored, on="customer", how="anti")
    returning = free.join(active, on="customer", how="anti").join(_last(reached), on="customer")
    new = fresh.with_columns(drawn=_arms(frame, campaign, fresh, stored))
    removed = sent_to.join(staying, on="customer", how="anti").select("customer", "identity_key").unique()
    written = _contacts(campaign, pl.concat([new, returning], how="diagonal"))
    newly_out = written.filter(pl.col("arm") == HELD_OUT).height
    out_before = stored.filter(pl.col("arm") == HELD_OUT)["customer"].n_unique()
    reasons = blocked.join(audience, on="customer", how="semi").join(stored, on="customer", how="anti")
    told = Counter(reasons["reason"])
    told |= Counter({NOT_KNOWN: asked.height - audience.height, TWO_ARMS: mixed.height})
    return DrawnContacts(
        written,
        removed.sort("identity_key"),
        active.height, staying.height, out_before + newly_out, _last_number(stored),
        stored.select("customer", "arm", "drawn").unique(maintain_order=True),
        {reason: many for reason, many in told.items() if many},
    )  # fmt: skip


def _stored(frame: Frames, campaign: PlannedCampaign) -> pl.DataFrame:
    """The contacts that the campaign wrote, each with the arm in which it was `drawn`."""
    several = len(campaign.design.arms) > 1
    named = pl.coalesce("variant", "arm") if several else pl.col("arm")
    drawn = pl.when(pl.col("arm") == TREATED).then(named).otherwise("arm")
    return frame(WRITTEN, [campaign.id]).with_columns(pl.col("customer").cast(pl.Int32), drawn=drawn)


def _last(reached: pl.DataFrame) -> pl.DataFrame:
    return reached.unique("customer", keep="last").select("customer", "drawn")


def _last_number(stored: pl.DataFrame) -> int:
    found = stored["number"].str.extract(r"(\d+)$").cast(pl.Int64).max()
    return int(found) if isinstance(found, int) else 0


def _blocked(
    frame: Frames, campaign: PlannedCampaign, customers: pl.Series, rules: ContactRules
) -> pl.DataFrame:
    """Who may not be reached; of what reaches nobody, as it holds people out of all campaigns, only the erased."""
    if not campaign.is_global_holdout:
        return left_out(frame, customers, rules)
    erased = frame(f"SELECT DISTINCT customer_code AS customer, 'erased' AS reason FROM ({ERASED})", [])
    asked = pl.DataFrame({"customer": customers})
    return asked.join(erased.cast({"customer": pl.Int32}), on="customer")


def _arms(frame: Frames, campaign: PlannedCampaign, fresh: pl.DataFrame, stored: pl.DataFrame) -> pl.Series:
    """The arm of each of `fresh` (customer, unit), beside those who have theirs."""
    design = campaign.design
    if not (design.together or design.strata):
        return assign(campaign.salt, fresh["unit"], design.shares)
    had = stored.unique("customer", keep="first", maintain_order=True).select("customer", "drawn")
    numbered = had.join(frame(NUMBERED, []), on="customer", maintain_order="left")
    every = pl.concat([fresh.select("customer", "unit"), numbered.select("customer", "unit")])
    every = every.join(
        _described(frame, design.together, design.strata), on="customer", how="left", maintain_order="left"
    )
    if design.together:
        every = every.with_columns(unit=pl.coalesce("together", "unit"))
    before = every[fresh.height :].select("unit", arm=numbered["drawn"])
    strata = every["stratum"] if design.strata else None
    return assign(campaign.salt, every["unit"], design.shares, strata, before)[: fresh.height]


def _described(frame: Frames, together: str, strata: Sequence[str]) -> pl.DataFrame:
    """`together` (null where it is not known, so that everybody is for themselves) and `stratum` of each customer."""
    known = [*CUSTOMER.descriptors, *CUSTOMER.derived_levels]
    known += [name for (name,) in frame(KNOWN, [CUSTOMER.name]).iter_rows()]
    for name in filter(None, (together, *strata)):
        if name not in known:
            raise BadRequest(f"Customers have no {name!r}.", did_you_mean(name, known))
    path = CUSTOMER.path(together) if together else ()
    own = (
        f"CASE WHEN {together} <> '{UNKNOWN}' THEN concat_ws(' > ', {', '.join(path)}) END"
        if path
        else "NULL"
    )
    levels = ", ".join(column for name in strata for column in CUSTOMER.path(name)) or "''"
    columns = f"{own}::VARCHAR AS together, concat_ws(' > ', {levels}) AS stratum"
    return frame(DESCRIBED.format(columns), []).cast({"customer": pl.Int32})


def _contacts(campaign: PlannedCampaign, drawn: pl.DataFrame) -> pl.DataFrame:
    """The rows of `contact` that drawn arms become."""
    several = len(campaign.design.arms) > 1
    is_out = pl.col("drawn") == HELD_OUT
    reached = pl.lit(OPEN if campaign.is_global_holdout else TREATED)
    variant = pl.when(~is_out).then("drawn") if several else pl.lit(None, pl.String)
    arm = pl.when(is_out).then(pl.lit(HELD_OUT)).otherwise(reached)
    return drawn.select("customer", "identity_key", arm=arm, variant=variant).sort("identity_key")
