"""What the cubes bring to a warehouse: the names of their measures, monthly targets, what is counted beforehand,
who stands in audiences, and the messages of contacts."""

from __future__ import annotations

from cubes.aggregates.follow_publication import follow
from cubes.aggregates.rollups import cluster_rollups
from cubes.analysis.campaign_messages import campaign_messages
from cubes.analysis.follow_audiences import follow_audiences
from cubes.analysis.monthly_targets import write_monthly_targets
from cubes.catalogue import MEASURE_NAMES
from data.campaigns import contact_messages
from data.store import extension

CUBES = extension.Extension("cubes", MEASURE_NAMES, follow, write_monthly_targets, follow_audiences)


def register() -> None:
    """Of this process: its writes follow roll-ups and audiences, contacts have messages, and no attribute is called
    like a measure."""
    extension.register(CUBES)
    extension.register_rolling_up(CUBES.name, cluster_rollups.build)
    contact_messages.register(campaign_messages)
