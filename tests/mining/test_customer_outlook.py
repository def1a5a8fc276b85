"""One customer's days ahead are those of the forecast, and its silence makes it older, nothing else."""

from __future__ import annotations

import pytest

from data.errors import BadRequest
from mining.lifetime.bgnbd import BgNbd
from mining.lifetime.chance_alive import chance_alive
from mining.lifetime.customer_outlook import outlook
from mining.lifetime.fitted_purchases import fit
from mining.lifetime.purchase_forecast import forecast
from mining.lifetime.purchase_stories import Story, fit_story
from tests.mining.lifetime_firms import cdnow, rows


def test_the_curve_ends_at_the_forecast_and_silence_ages() -> None:
    fitted = fit(BgNbd, cdnow())
    alive = chance_alive(fitted)
    for customer in (0, 700, 2356):
        seen = outlook(fitted, customer, 90)  # type: ignore[arg-type]
        told = forecast(fitted, 90).customers.row(customer, named=True)
        last = seen.curve.row(-1, named=True)
        assert (last["day"], last["buys"], last["purchases"]) == (
            90, pytest.approx(told["buys"]), pytest.approx(told["purchases"]),
        )  # fmt: skip
        assert seen.curve["alive"][0] == pytest.approx(alive["alive"][customer])
        day = seen.curve["day"][20]
        older = rows(seen.repeats, seen.recency_days / 7, (seen.age_days + day) / 7)
        assert seen.curve["alive"][20] == pytest.approx(fitted.model.alive(older)[0])
        assert seen.curve["buys"].is_sorted()
        assert seen.curve["alive"].is_sorted(descending=True)


def test_who_is_not_among_them_is_refused_in_words() -> None:
    with pytest.raises(BadRequest, match="not among the customers"):
        outlook(fit(BgNbd, cdnow()), -5, 90)  # type: ignore[arg-type]


def test_each_story_has_its_model() -> None:
    assert [fit_story(story, cdnow()).model.NAME for story in Story] == [
        "BG/NBD", "MBG/NBD", "Pareto/NBD", "MBG/CNBD-k",
    ]  # fmt: skip
    assert fit_story(Story.CNBD, cdnow(), 1).log_likelihood == pytest.approx(
        fit_story(Story.MBGNBD, cdnow()).log_likelihood
    )
