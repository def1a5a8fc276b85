"""Whether segments come again: sought beside the page, once for the same segments."""

from __future__ import annotations

from datetime import date

from mining.segments.cluster_stability import Stability
from mining.segments.clustered_segments import segment_stability
from pages.discover.found_segments import FoundSegments
from pages.discover.segments_view import Grouping
from pages.ui import session
from pages.ui.sought_result import Progress
from pages.ui.sought_work import AskedWork, asked_work


def asked_stability(grouping: Grouping, finding: FoundSegments, day: date) -> AskedWork[Stability]:
    """That of clusters under the names that they were found with, sought when somebody waits for it."""
    k = grouping.k if grouping.method.takes_k else 0
    of = (session.sets_read(grouping.cuts), day, grouping.method, k, grouping.features, grouping.transform)

    def find(done: Progress) -> Stability:
        assert finding.clusters
        return segment_stability(finding.members, finding.clusters, progress=done)

    return asked_work("stability", of, find, most=32)
