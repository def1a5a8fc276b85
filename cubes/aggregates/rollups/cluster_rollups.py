"""Roll-ups of what was just published, made by the cluster itself: the grains that the snapshot keeps, the same columns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cubes import catalogue
from cubes.aggregates.rollups import rollup_of_lines, stored_rollup
from cubes.aggregates.rollups.stored_rollup import StoredRollUp
from cubes.model import Cube
from data import environment
from data.cluster.published_manifest import PublishedFile, PublishedManifest, Rolled
from data.store.warehouse import Warehouse


def build(warehouse: Warehouse, folder: Path, manifest: PublishedManifest) -> Rolled:
    """The files of each roll-up by its table, and what each keeps; those of the same lines are taken over as they are.

    Nothing where no cluster is set up. Errors: WarehouseError.
    """
    address = environment.engine()
    if address is None:
        return {}, ()
    from data.cluster.spark_cluster import SparkCluster

    cluster = SparkCluster(address, folder, manifest)
    try:
        return _built(cluster, warehouse, manifest)
    finally:
        cluster.close()


def _built(cluster: Any, warehouse: Warehouse, manifest: PublishedManifest) -> Rolled:
    from data.cluster.spark_cluster import written

    files: dict[str, tuple[PublishedFile, ...]] = {}
    kept: list[Mapping[str, Any]] = []
    for name in catalogue.CUBES:
        cube = catalogue.load(name, warehouse.profile)
        for each, finer in _from_finer(warehouse, cube):
            to = f"rollups/{each.name}/{_print(cube, each, manifest)}"
            there = (cluster.folder / to / "_SUCCESS").exists()
            made = (
                written(cluster.folder, to)
                if there
                else cluster.write(rollup_of_lines.statement(cube, each, finer), to)
            )
            files[each.table] = made
            cluster.show(each.table, made)
            kept.append(stored_rollup.written(replace(each, cells=sum(file.rows for file in made))))
    return files, kept


def _from_finer(warehouse: Warehouse, cube: Cube) -> Iterator[tuple[StoredRollUp, StoredRollUp | None]]:
    """The roll-ups that the snapshot keeps of a cube, each after the one that it is made of."""
    stored = {each.name: each for each in stored_rollup.read(warehouse.rows, cube.name)}
    done: set[str] = {""}
    while waiting := [each for each in stored.values() if each.name not in done and each.parent in done]:
        for each in waiting:
            yield each, stored.get(each.parent)
            done.add(each.name)


def _print(cube: Cube, roll_up: StoredRollUp, manifest: PublishedManifest) -> str:
    """What tells the cells from those of other lines, members or declarations."""
    tables = {cube.fact, "time", *(level.table for level in cube.levels if level.table)}
    told = (roll_up.declared, roll_up.parent, sorted((name, manifest.tables.get(name)) for name in tables))
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
