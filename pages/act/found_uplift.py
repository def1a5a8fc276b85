"""Whom to address next: what was known of a campaign's customers before it, handed to the learners of uplift."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl

from cubes.analysis.campaign_groups import campaign_features
from cubes.analysis.campaign_outcomes import CampaignOutcomes
from cubes.ask import answer
from cubes.members.member_names import names_of
from cubes.query import Cut
from data.errors import BadRequest
from mining.campaigns.qini_curve import QiniCurve, qini_curve
from mining.campaigns.score_fifths import fifth_of, score_fifths
from mining.campaigns.uplift_scores import Learner, uplift_scores
from pages.act.campaigns_view import CampaignsView
from pages.ui import session
from pages.ui.sought_result import Progress
from pages.ui.sought_work import AskedWork, asked_work


@dataclass(frozen=True, slots=True, eq=False)
class FoundUplift:
    """The curve of the scores, the effect by fifths, and each customer (`customers`: id, label, score, fifth, arm, the
    highest score first)."""

    curve: QiniCurve
    fifths: pl.DataFrame
    customers: pl.DataFrame


def asked_uplift(view: CampaignsView, told: CampaignOutcomes) -> AskedWork[FoundUplift]:
    """By the learner of the view, learned when somebody waits for it. Raises BadRequest where nothing can be."""
    if told.outcome.parts:
        raise BadRequest(
            "A ratio is of what many did together, so nothing is learned of each.",
            "Choose a measure of each customer.",
        )
    cuts = session.sets_read(view.cuts)
    asked = (told.campaign, told.outcome.name, view.days, cuts, view.learner)
    return asked_work("uplift", asked, lambda done: _learned(told, cuts, Learner(view.learner), done))


def _learned(told: CampaignOutcomes, cuts: tuple[Cut, ...], learner: Learner, done: Progress) -> FoundUplift:
    store = session.warehouse()
    known = campaign_features(store, partial(answer.ask, store), told.campaign, cuts)
    own = told.frame.filter(pl.col("arm").is_in(["treated", "held out"]))
    features = (
        own.select("customer").join(known, on="customer", how="left", maintain_order="left").drop("customer")
    )
    value, treated = own["value"].to_numpy(), (own["arm"] == "treated").to_numpy()
    try:
        score = uplift_scores(features, value, treated, learner, done=done).score
    except ValueError as error:
        raise BadRequest(
            str(error), "Load more of what is known of customers before a campaign, or reach more."
        ) from error
    return FoundUplift(
        qini_curve(score, value, treated), score_fifths(score, value, treated), _customers(own, score)
    )


def _customers(own: pl.DataFrame, score: npt.NDArray[np.float64]) -> pl.DataFrame:
    labels, ids = names_of(session.warehouse()).of("customer", own["customer"].to_numpy())
    fifth = pl.Series("fifth", fifth_of(score))
    told = pl.DataFrame({"customer": ids, "name": labels, "score": score}).with_columns(fifth, own["arm"])
    return told.sort("score", descending=True, maintain_order=True)
