"""What the page Segments shows, frozen: the slice, the way of grouping and its choices. The URL holds it all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isfinite, nan
from typing import Any
from urllib.parse import quote, unquote

from cubes.address_parameters import check_names, is_yes, only
from cubes.analysis.customer_measures import MIXES, TOLD
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.segments.clustering import Clusterer
from mining.segments.customer_features import ALL
from mining.segments.feature_scale import Transform
from mining.segments.threshold_segments import Thresholds
from pages.ui.style.formats import number_text

FEWEST, MOST, DEFAULT_K = 2, 40, 5
OFFERED = range(FEWEST, 13)
PARAMETERS = (
    "where", "method", "k", "features", "transform", "threshold", "sweep", "segment", "name", "sentence",
)  # fmt: skip
OFFERED_FEATURES = (*TOLD, "average_order_value", *MIXES)
WAYS = ("return_rate", "average_order_value", "lines_per_order", "units_per_line")
DAYS_THAT_TELL = 10
LONGEST_NAME, LONGEST_SENTENCE = 60, 300
Pairs = tuple[tuple[str, str], ...]


class Method(StrEnum):
    """A way of grouping; those that cluster are called as `mining.segments.clustering.Clusterer` calls them."""

    RFM = "rfm"
    KMEANS = "kmeans"
    MIXTURE = "mixture"
    HDBSCAN = "hdbscan"
    THRESHOLDS = "thresholds"

    @property
    def clusterer(self) -> Clusterer | None:
        return None if self in (Method.RFM, Method.THRESHOLDS) else Clusterer(self.value)

    @property
    def takes_k(self) -> bool:
        """Whether it is told how many segments to find."""
        return self.clusterer is not None and self.clusterer.takes_k


METHODS = {
    Method.RFM: "RFM quintiles",
    Method.KMEANS: "k-means",
    Method.MIXTURE: "Gaussian mixture",
    Method.HDBSCAN: "HDBSCAN",
    Method.THRESHOLDS: "Thresholds by hand",
}


@dataclass(frozen=True, slots=True)
class Grouping:
    """`k`, `features` and `transform` matter to clustering alone, `thresholds` to those drawn by hand; `sweep` compares
    several k; `segment` is the one opened. `names` and `sentences` are what a person calls a segment instead."""

    cuts: tuple[Cut, ...] = ()
    method: Method = Method.RFM
    k: int = DEFAULT_K
    features: tuple[str, ...] = ALL
    sweep: bool = False
    segment: str = ""
    transform: Transform = Transform.LOG
    thresholds: tuple[Thresholds, ...] = ()
    names: Pairs = ()
    sentences: Pairs = ()

    @property
    def wanted(self) -> tuple[str, ...]:
        """The features that its customers have to tell."""
        if self.method is Method.THRESHOLDS:
            return tuple(each.feature for each in self.thresholds)
        return self.features if self.method.clusterer else ()

    def to_parameters(self) -> dict[str, list[str]]:
        """The URL's parameters; what does not matter to the method is left out."""
        found = {"where": [str(cut) for cut in self.cuts], "method": [self.method.value]}
        if self.method.clusterer:
            found["features"] = [] if self.features == ALL else [",".join(self.features)]
            found["transform"] = [] if self.transform is Transform.LOG else [self.transform.value]
        if self.method.takes_k:
            found["k"] = [str(self.k)]
            found["sweep"] = ["yes"] if self.sweep else []
        if self.method is Method.THRESHOLDS:
            found["threshold"] = [_drawn(each) for each in self.thresholds]
        found["segment"] = [self.segment] if self.segment else []
        found["name"] = [_pair(each) for each in self.names]
        found["sentence"] = [_pair(each) for each in self.sentences]
        return {name: values for name, values in found.items() if values}

    def within(self, cuts: tuple[Cut, ...]) -> Grouping:
        """The same grouping of another slice; the segment that was open may not be there."""
        return self._anew(cuts=cuts)

    def by(self, method: Method) -> Grouping:
        return self._anew(method=method)

    def into(self, k: int) -> Grouping:
        method = self.method if self.method.takes_k else Method.KMEANS
        return self._anew(k=k, method=method)

    def on(self, features: Iterable[str]) -> Grouping:
        """Grouped by these features in their own order; by the usual where none is left."""
        return self._anew(features=ordered(features) or ALL)

    def by_ways(self) -> Grouping:
        """Grouped by how customers buy, of those who came on days enough to show it."""
        seen = parse_cut(f"customer by purchase_days >= {DAYS_THAT_TELL}")
        cuts = self.cuts if seen in self.cuts else (*self.cuts, seen)
        return self._anew(features=ordered(WAYS), cuts=cuts)

    def scaled(self, transform: Transform) -> Grouping:
        return self._anew(transform=transform)

    def drawn(self, thresholds: Iterable[Thresholds]) -> Grouping:
        """Divided by thresholds drawn by hand."""
        return self._anew(thresholds=tuple(thresholds), method=Method.THRESHOLDS)

    def swept(self) -> Grouping:
        """With several k side by side."""
        return replace(self, sweep=True)

    def open(self, segment: str) -> Grouping:
        return replace(self, segment=segment)

    def called(self, found: str, name: str, sentence: str) -> Grouping:
        """With the segment that was found under a name called otherwise, and described so; empty takes it back."""
        names = (*(each for each in self.names if each[0] != found), *_given(found, name, LONGEST_NAME))
        said = (
            *(each for each in self.sentences if each[0] != found),
            *_given(found, sentence, LONGEST_SENTENCE),
        )
        return replace(self, names=names, sentences=said, segment=dict(names).get(found, found))

    def found_name(self, name: str) -> str:
        """What a segment was called when it was found."""
        return next((found for found, given in self.names if given == name), name)

    def _anew(self, **changed: Any) -> Grouping:
        """What was called and opened belongs to the segments that were found before."""
        return replace(self, segment="", names=(), sentences=(), **changed)


def ordered(features: Iterable[str]) -> tuple[str, ...]:
    """Our own features first, in their order, then measures as they came."""
    wanted = list(dict.fromkeys(features))
    return (
        *(each for each in OFFERED_FEATURES if each in wanted),
        *(each for each in wanted if each not in OFFERED_FEATURES),
    )


def _given(found: str, text: str, longest: int) -> Pairs:
    kept = " ".join(text.split())[:longest]
    return ((found, kept),) if kept and kept != found else ()


def _pair(pair: tuple[str, str]) -> str:
    return "=".join(quote(each, safe=" ,.") for each in pair)


def _drawn(thresholds: Thresholds) -> str:
    return f"{thresholds.feature}={','.join(f'{each:g}' for each in thresholds.at)}"


def parse_grouping(parameters: Mapping[str, list[str]]) -> Grouping:
    """The grouping that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    method = only(parameters, "method") or Method.RFM.value
    if method not in set(Method):
        raise BadRequest(f"There is no way of grouping {method!r}.", did_you_mean(method, Method))
    named = tuple(name.strip() for name in only(parameters, "features").split(",") if name.strip())
    transform = only(parameters, "transform") or Transform.LOG.value
    if transform not in set(Transform):
        raise BadRequest(f"There is no transform {transform!r}.", did_you_mean(transform, Transform))
    return Grouping(
        tuple(parse_cut(text) for text in parameters.get("where", ())),
        Method(method),
        _k(only(parameters, "k") or str(DEFAULT_K)),
        ordered(named) or ALL,
        is_yes(parameters, "sweep"),
        only(parameters, "segment"),
        Transform(transform),
        tuple(parse_thresholds(text) for text in parameters.get("threshold", ())),
        tuple(_read_pair(text, LONGEST_NAME) for text in parameters.get("name", ())),
        tuple(_read_pair(text, LONGEST_SENTENCE) for text in parameters.get("sentence", ())),
    )


def parse_thresholds(text: str) -> Thresholds:
    """Thresholds as the URL writes them, `recency_days=30,90`. Raises BadRequest."""
    feature, _, values = text.partition("=")
    return Thresholds(feature.strip(), threshold_values(values))


def threshold_values(text: str) -> tuple[float, ...]:
    """Numbers with commas or blanks between them, each once, the least first. Raises BadRequest."""
    try:
        found = sorted({float(each) for each in text.replace(",", " ").split()})
    except ValueError:
        found = [nan]
    if not all(isfinite(each) for each in found):
        raise BadRequest(f"{text[:40]!r} are no thresholds.", "Write numbers, such as 30, 90.")
    return tuple(found)


def _read_pair(text: str, longest: int) -> tuple[str, str]:
    found, _, given = text.partition("=")
    return unquote(found), " ".join(unquote(given).split())[:longest]


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
