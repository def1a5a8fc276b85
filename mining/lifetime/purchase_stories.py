"""The stories that may be told of purchases, by the names that addresses and commands give them."""

from __future__ import annotations

from enum import StrEnum

from mining.lifetime.bgnbd import BgNbd
from mining.lifetime.fitted_purchases import FittedPurchases, fit
from mining.lifetime.mbgnbd import MbgNbd
from mining.lifetime.pareto_nbd import ParetoNbd
from mining.lifetime.purchase_histories import PurchaseHistories
from mining.lifetime.purchase_model import PurchaseModel
from mining.lifetime.regularity import fit_each_k, fit_regular, likeliest_k, likelihood_by_k


class Story(StrEnum):
    """A kind of purchase model; its value is its name in addresses and commands."""

    BGNBD = "bgnbd"
    MBGNBD = "mbgnbd"
    PARETO_NBD = "pareto_nbd"
    CNBD = "cnbd"


BY_CHANCE: dict[Story, type[PurchaseModel]] = {
    Story.BGNBD: BgNbd,
    Story.MBGNBD: MbgNbd,
    Story.PARETO_NBD: ParetoNbd,
}


def fit_story(
    story: Story, histories: PurchaseHistories, events: int | None = None
) -> FittedPurchases[PurchaseModel]:
    """The likeliest model of a story; of `Story.CNBD`, a purchase is every `events`-th event, where None as many as are
    likeliest. Raises as `mining.lifetime.fitted_purchases.fit` and `mining.lifetime.regularity.fit_regular`."""
    if story is not Story.CNBD:
        return fit(BY_CHANCE[story], histories)
    if events is not None:
        return fit_regular(histories, events)
    fits = fit_each_k(histories)
    return fits[likeliest_k(likelihood_by_k(fits))]
