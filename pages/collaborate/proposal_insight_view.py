"""What the page Proposal insight shows, frozen: slice, groups, what customers are worth, weights; the URL holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, only
from cubes.analysis.customers_at_large import WORTHS
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.proposals.proposal_ranks import WAYS
from mining.proposals.similar_proposals import ALIKE

PARAMETERS = ("where", "by", "worth", "weighted", "only", "order", "alike")
EVERY, OPEN = ONLY = ("all", "open")
LIKENESSES = (0.4, 0.5, ALIKE, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class ProposalInsightView:
    """`by` is the level of the groups ("" the usual one), `worth` one of WORTHS ("" the usual one); `weighted` voices
    stand for all customers; `only` all or open proposals; `order` one of WAYS; pairs are `alike` from a score on."""

    cuts: tuple[Cut, ...] = ()
    by: str = ""
    worth: str = ""
    weighted: bool = False
    only: str = EVERY
    order: str = WAYS[0]
    alike: float = ALIKE

    def to_parameters(self) -> dict[str, list[str]]:
        found = {
            "where": [str(cut) for cut in self.cuts],
            "by": [self.by] if self.by else [],
            "worth": [self.worth] if self.worth else [],
            "weighted": ["yes"] if self.weighted else [],
            "only": [self.only] if self.only != EVERY else [],
            "order": [self.order] if self.order != WAYS[0] else [],
            "alike": [f"{self.alike:g}"] if self.alike != ALIKE else [],
        }
        return {name: values for name, values in found.items() if values}

    def within(self, cuts: tuple[Cut, ...]) -> ProposalInsightView:
        return replace(self, cuts=cuts)


def parse_proposal_insight(parameters: Mapping[str, list[str]]) -> ProposalInsightView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    told = {name: only(parameters, name) for name in PARAMETERS[1:]}
    worth, order, of = told["worth"], told["order"] or WAYS[0], told["only"] or EVERY
    if worth and worth not in WORTHS:
        raise BadRequest(f"Customers are not worth {worth[:20]!r}.", did_you_mean(worth, WORTHS))
    if order not in WAYS:
        raise BadRequest(f"Proposals are not ranked by {order[:20]!r}.", did_you_mean(order, WAYS))
    if of not in ONLY:
        raise BadRequest(f"{of[:20]!r} is no choice of proposals.", did_you_mean(of, ONLY))
    if told["weighted"] not in ("", "yes"):
        raise BadRequest(f"Weights are not put on by {told['weighted'][:20]!r}.", "Write weighted=yes.")
    alike = told["alike"] or f"{ALIKE:g}"
    if alike not in [f"{each:g}" for each in LIKENESSES]:
        likenesses = ", ".join(f"{each:g}" for each in LIKENESSES)
        raise BadRequest(f"Pairs are not told from {alike[:20]!r} on.", f"Take one of {likenesses}.")
    cuts = tuple(parse_cut(text) for text in parameters.get("where", ()))
    return ProposalInsightView(cuts, told["by"], worth, bool(told["weighted"]), of, order, float(alike))
