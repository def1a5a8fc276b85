"""What the page Segments shows, frozen: the slice, the way of grouping and its choices. The URL holds it all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from cubes.address_parameters import check_names, is_yes, only
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.segments.customer_features import ALL
from pages.ui.style.formats import number_text

FEWEST, MOST, DEFAULT_K = 2, 40, 5
OFFERED = range(FEWEST, 13)
PARAMETERS = ("where", "method", "k", "features", "sweep", "segment")


class Method(StrEnum):
    RFM = "rfm"
    KMEANS = "kmeans"


METHODS = {Method.RFM: "RFM quintiles", Method.KMEANS: "k-means"}


@dataclass(frozen=True, slots=True)
class Grouping:
    """`k` and `features` matter to k-means alone; `sweep` compares several k; `segment` is the one opened."""

    cuts: tuple[Cut, ...] = ()
    method: Method = Method.RFM
    k: int = DEFAULT_K
    features: tuple[str, ...] = ALL
    sweep: bool = False
    segment: str = ""

    def to_parameters(self) -> dict[str, list[str]]:
        """The URL's parameters; what does not matter to the method is left out."""
        found = {"where": [str(cut) for cut in self.cuts], "method": [self.method.value]}
        if self.method is Method.KMEANS:
            found["k"] = [str(self.k)]
            found["features"] = [] if self.features == ALL else [",".join(self.features)]
            found["sweep"] = ["yes"] if self.sweep else []
        found["segment"] = [self.segment] if self.segment else []
        return {name: values for name, values in found.items() if values}

    def within(self, cuts: tuple[Cut, ...]) -> Grouping:
        """The same grouping of another slice; the segment that was open may not be there."""
        return replace(self, cuts=cuts, segment="")

    def by(self, method: Method) -> Grouping:
        return replace(self, method=method, segment="")

    def into(self, k: int) -> Grouping:
        return replace(self, k=k, method=Method.KMEANS, segment="")

    def on(self, features: Iterable[str]) -> Grouping:
        """Grouped by these features in their own order; by all where none is left."""
        wanted = set(features)
        return replace(self, features=tuple(each for each in ALL if each in wanted) or ALL, segment="")

    def swept(self) -> Grouping:
        """With several k side by side."""
        return replace(self, sweep=True)

    def open(self, segment: str) -> Grouping:
        return replace(self, segment=segment)


def parse_grouping(parameters: Mapping[str, list[str]]) -> Grouping:
    """The grouping that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    method = only(parameters, "method") or Method.RFM.value
    if method not in set(Method):
        raise BadRequest(f"There is no way of grouping {method!r}.", did_you_mean(method, Method))
    named = tuple(name.strip() for name in only(parameters, "features").split(",") if name.strip())
    for name in named:
        if name not in ALL:
            raise BadRequest(f"There is no feature {name!r}.", did_you_mean(name, ALL))
    return Grouping(
        tuple(parse_cut(text) for text in parameters.get("where", ())),
        Method(method),
        _k(only(parameters, "k") or str(DEFAULT_K)),
        tuple(each for each in ALL if each in named) or ALL,
        is_yes(parameters, "sweep"),
        only(parameters, "segment"),
    )


def check_k(k: int, customers: int) -> None:
    """Raise BadRequest for more segments than there are customers, or than anybody could read."""
    if k > customers:
        most = min(MOST, customers)
        offered = f"{FEWEST} segments" if most == FEWEST else f"{FEWEST} to {most} segments"
        raise BadRequest(
            f"{number_text(k)} segments were asked for, but there {_are(customers)} here.",
            f"Ask for {offered}." if customers >= FEWEST else "Widen the filter or the period.",
        )
    if k > MOST:
        raise BadRequest(
            f"{number_text(k)} segments are more than anybody can use.", f"Ask for {FEWEST} to {MOST}."
        )


def _are(customers: int) -> str:
    return "is only 1 customer" if customers == 1 else f"are only {number_text(customers)} customers"


def _k(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BadRequest(
            f"k={text[:20]!r} is no number of segments.",
            f"Write a whole number from {FEWEST} on, such as k=5.",
        )
    return int(text)
