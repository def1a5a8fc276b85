"""What forms saved segments again on another day: written beside them as JSON, read when others are to be assigned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cubes.query import Cut, parse_cut
from data.store.warehouse import Segmentation
from mining.segments.clustered_segments import SegmentRule, rule_from
from mining.segments.threshold_segments import ThresholdRule, Thresholds
from pages.discover.found_segments import FoundSegments
from pages.discover.segments_view import Grouping, Method


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way of grouping customers within cuts, the features it reads, and the rule of those that have one."""

    method: Method
    cuts: tuple[Cut, ...]
    wanted: tuple[str, ...]
    rule: SegmentRule | ThresholdRule | None


def recipe_of(grouping: Grouping, finding: FoundSegments) -> str:
    """The recipe of a finding, as JSON."""
    told: dict[str, Any] = {
        "method": grouping.method.value,
        "where": [str(cut) for cut in grouping.cuts],
        "wanted": list(grouping.wanted),
        "sentences": dict(grouping.sentences),
    }
    return json.dumps(told | ({"rule": asdict(finding.rule)} if finding.rule else {}))


def recipe_in(segmentation: Segmentation) -> Recipe | None:
    """The recipe of saved segments; None of those that an earlier release saved without a rule."""
    try:
        told = json.loads(segmentation.recipe)
        method = Method(told["method"])
        cuts = tuple(parse_cut(text) for text in told["where"])
        if method is not Method.RFM and "rule" not in told:
            return None
        return Recipe(method, cuts, tuple(told.get("wanted", ())), _rule(method, told.get("rule")))
    except (ValueError, KeyError, TypeError):
        return None


def _rule(method: Method, told: Mapping[str, Any] | None) -> SegmentRule | ThresholdRule | None:
    if told is None:
        return None
    if method is Method.THRESHOLDS:
        cut = tuple(Thresholds(each["feature"], tuple(each["at"])) for each in told["thresholds"])
        return ThresholdRule(cut, dict(told["words"]))
    return rule_from(told)
