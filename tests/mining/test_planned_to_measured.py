"""From an audience to contacts to an effect: a planted one is found by the arms that were drawn and stored."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from cubes.analysis.campaign_outcomes import campaign_named, campaign_outcomes
from data.operational.planned_campaigns import CampaignDesign
from data.store.warehouse import Warehouse, writing
from mining.campaigns.arm_difference import arm_difference
from tests.data.contact_firm import DAY, contact_firm, reach, running

CUSTOMERS, PLANTED = 3_000, 4.0


def test_a_planted_effect_is_found_by_the_stored_arms(tmp_path: Path) -> None:
    path = contact_firm(tmp_path / "w.duckdb", CUSTOMERS)
    design = CampaignDesign((("treated", 0.5),), 0.5, ("country",), "household", days=20)
    done = reach(path, running(design=design), CUSTOMERS)
    _buy(path)
    found = Warehouse(path)
    campaign = campaign_named(found, "Spring")
    told = campaign_outcomes(found, campaign, "revenue", 20)
    stored = dict(found.rows("SELECT customer_code, arm FROM contact"))
    found.close()
    assert (campaign.treated, campaign.held_out) == (done.added, done.held_out)
    assert dict(told.frame.select("customer", "arm").iter_rows()) == stored
    assert told.frame["cost"].sum() == pytest.approx(0.5 * done.added)
    reached, left = (told.frame.filter(arm=arm)["value"].to_numpy() for arm in ("treated", "held out"))
    effect = arm_difference(reached, left)
    assert effect.low < PLANTED < effect.high
    assert effect.low > 0


def _buy(path: Path) -> None:
    """Everybody buys for about 20 within ten days; who was reached, for so much more."""
    random = np.random.default_rng(14)
    spend = random.gamma(4.0, 5.0, CUSTOMERS)
    days = [
        (DAY + timedelta(days=int(each)) - date(1970, 1, 1)).days
        for each in random.integers(0, 10, CUSTOMERS)
    ]
    with writing(path) as connection:
        reached = dict(connection.execute("SELECT customer_code, arm = 'treated' FROM contact").fetchall())
        revenue = [round(each + PLANTED * reached[code], 2) for code, each in enumerate(spend, 1)]
        connection.execute(
            """INSERT INTO sale BY NAME SELECT day AS day_key, code AS customer_key, code AS customer_code,
                code AS identity_key, 0 AS product_key, 0 AS product_code, 0 AS channel_key, 0 AS line_key,
                code AS order_key, 1 AS units, revenue, false AS is_return, true AS is_order, 1 AS batch,
                code AS row_in_source
            FROM (SELECT unnest(?::INTEGER[]) AS day, unnest(?::INTEGER[]) AS code, unnest(?::DOUBLE[]) AS revenue)""",
            [days, list(range(1, CUSTOMERS + 1)), revenue],
        )
