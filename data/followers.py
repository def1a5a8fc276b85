"""Who brings what they derived up to date at each publication, by name: the warehouse itself knows none of them."""

from __future__ import annotations

from importlib import import_module

from data.index import Connection
from data.partitions import Partitions

FOLLOWERS = ("cubes.rollups:follow",)


def follow(connection: Connection, days: Partitions) -> None:
    """Let each follower see the tables as they now are, in the writer's transaction, before they are published."""
    for each in FOLLOWERS:
        module, _, function = each.partition(":")
        getattr(import_module(module), function)(connection, days)
