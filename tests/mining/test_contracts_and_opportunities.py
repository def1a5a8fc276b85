"""sBG and BG/BB meet their papers' figures, and themselves computed otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from data.errors import BadRequest
from mining.lifetime.bgbb import BgBb, Opportunities, fit_opportunities
from mining.lifetime.sbg import fit_renewals

REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
DONATIONS = np.array([  # x, t_x of 6 yearly gifts, people: Fader, Hardie & Shang 2010, table 1
    [0, 0, 3464], [1, 1, 1091], [1, 2, 277], [1, 3, 129], [1, 4, 78], [1, 5, 119], [1, 6, 129], [2, 2, 613],
    [2, 3, 255], [2, 4, 155], [2, 5, 173], [2, 6, 234], [3, 3, 322], [3, 4, 181], [3, 5, 225], [3, 6, 357],
    [4, 4, 240], [4, 5, 284], [4, 6, 512], [5, 5, 335], [5, 6, 728], [6, 6, 1203],
])  # fmt: skip


def donors() -> Opportunities:
    x, last, people = DONATIONS.T
    return Opportunities(x, last, np.full(len(x), 6), people)


def test_the_regular_cohort() -> None:
    """Fader & Hardie 2007: alpha .704, beta 1.182."""
    found = fit_renewals([REGULAR])
    assert (found.model.alpha, found.model.beta) == pytest.approx((0.7041, 1.1820), abs=5e-5)
    assert found.found.log_likelihood == pytest.approx(-1680.27, abs=5e-3)
    assert found.doubts == ()
    left = found.survival(range(1, 8))
    assert left.value == pytest.approx(np.array(REGULAR[1:]) / 1000, abs=0.01)
    assert (left.probability().low < left.value).all()


def test_cohorts_of_several_ages_give_one_model() -> None:
    """Two half cohorts are the whole; one seen for three renewals only adds what it shows."""
    half = [count // 2 for count in REGULAR]
    rest = [count - part for count, part in zip(REGULAR, half, strict=True)]
    whole, halves = fit_renewals([REGULAR]), fit_renewals([half, rest])
    assert halves.model.logs == pytest.approx(whole.model.logs, abs=1e-8)
    more = fit_renewals([REGULAR, REGULAR[:4]])
    assert more.model.retention(np.array([1.0]))[0] == pytest.approx(0.631, abs=0.01)


def test_what_is_left_of_a_contract_is_a_sum() -> None:
    model = fit_renewals([REGULAR]).model
    left = model.survival(np.arange(0, 2000.0))
    for renewals in (0, 3):
        paid = left[renewals + 1 :] / left[renewals] / 1.1 ** np.arange(1999 - renewals)
        assert model.residual(np.array([float(renewals)]), 0.1)[0] == pytest.approx(paid.sum())


def test_the_donors() -> None:
    """Fader, Hardie & Shang 2010: 1.204, .750, .657, 2.783; -33,225.6; who gave six times gives 3.75 of the next 5."""
    found = fit_opportunities(donors())
    assert np.exp(found.model.logs) == pytest.approx((1.204, 0.750, 0.657, 2.783), abs=6e-4)
    assert found.found.log_likelihood == pytest.approx(-33225.6, abs=0.05)
    expected = found.expected(5)
    assert expected.value[[0, -1]] == pytest.approx((0.07, 3.75), abs=5e-3)
    assert (expected.expectation().low < expected.value).all()


def test_gifts_are_what_simulated_donors_give() -> None:
    model, random = BgBb(1.2, 0.75, 0.66, 2.8), np.random.default_rng(2)
    size = 200_000
    buys, leaves = random.beta(1.2, 0.75, size), random.beta(0.66, 2.8, size)
    there = random.random((11, size)) >= leaves
    gifts = np.cumprod(there, axis=0) * (random.random((11, size)) < buys)
    before, after = gifts[:6], gifts[6:]
    bought = before.sum(axis=0)
    last = np.where(bought > 0, 6 - np.argmax(before[::-1], axis=0), 0)
    for x, t_x in ((0, 0), (2, 3), (6, 6)):
        alike = (bought == x) & (last == t_x)
        one = Opportunities(*(np.array([each]) for each in (x, t_x, 6, 1)))
        error = 4 * 2 / alike.sum() ** 0.5
        assert after[:, alike].sum(axis=0).mean() == pytest.approx(model.expected(5, one)[0], abs=error)
        assert after[:, alike].any(axis=0).mean() == pytest.approx(model.buys_within(5, one)[0], abs=error)
        assert np.cumprod(there, axis=0)[6, alike].mean() == pytest.approx(model.alive(one)[0], abs=error)


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(BadRequest, match="no cohort"):
        fit_renewals([[100, 120]])
    with pytest.raises(BadRequest, match="All of them stayed"):
        fit_renewals([[100, 100, 100]])
    with pytest.raises(BadRequest, match="more often than"):
        fit_opportunities(Opportunities(*(np.array([each]) for each in (7, 6, 6, 1))))
