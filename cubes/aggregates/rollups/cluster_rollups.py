"""Roll-ups of what was just published, made by the cluster: the grains that the snapshot keeps, the same columns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from cubes import catalogue
from cubes.aggregates.rollups import rollup_of_lines, stored_rollup
from cubes.aggregates.rollups.stored_rollup import StoredRollUp
from cubes.model import Cube
from data import environment
from data.cluster.published_manifest import ROLLUPS, PublishedFile, PublishedManifest, Rolled
from data.cluster.spark_cluster import SparkCluster, written
from data.store.warehouse import Warehouse

AT_ONCE = 4


def build(warehouse: Warehouse, folder: Path, manifest: PublishedManifest) -> Rolled:
    """The files of each roll-up by its table, and what each keeps; those of the same lines are taken over as they are.

    Nothing where no cluster is set up. Errors: WarehouseError.
    """
    address = environment.engine()
    if address is None:
        return {}, ()
    cluster = SparkCluster(address, folder, manifest)
    try:
        return _built(cluster, warehouse, manifest)
    finally:
        cluster.close()


def _built(cluster: SparkCluster, warehouse: Warehouse, manifest: PublishedManifest) -> Rolled:
    files: dict[str, tuple[PublishedFile, ...]] = {}
    kept: list[Mapping[str, Any]] = []
    for name in catalogue.CUBES:
        cube = catalogue.load(name, warehouse.profile)
        stored = {each.name: each for each in stored_rollup.read(warehouse.rows, cube.name)}
        for roll_up, made in _of_cube(cluster, cube, stored, manifest):
            files[roll_up.table] = made
            kept.append(stored_rollup.written(replace(roll_up, cells=sum(file.rows for file in made))))
    return files, kept


def _of_cube(
    cluster: SparkCluster, cube: Cube, stored: Mapping[str, StoredRollUp], manifest: PublishedManifest
) -> Iterator[tuple[StoredRollUp, tuple[PublishedFile, ...]]]:
    """The files of each roll-up of a cube, each after the one that it is made of, several at a time."""
    places = {each: f"{ROLLUPS}/{each.name}/{_print(cube, each, manifest)}" for each in stored.values()}
    there = {
        each for each, to in places.items() if any(path.startswith(f"{to}/") for path in manifest.before)
    }

    def made(each: StoredRollUp) -> tuple[PublishedFile, ...]:
        if each in there:
            return written(cluster.folder, places[each])
        return cluster.write(rollup_of_lines.statement(cube, each, stored.get(each.parent)), places[each])

    new = [each for each in stored.values() if not each.parent and each not in there]
    held = frozenset[str]().union(*(each.held for each in new))
    done = {""}
    with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as pool:
        if new:
            stack.enter_context(cluster.kept(rollup_of_lines.view(cube), rollup_of_lines.lines(cube, held)))
        while some := [each for each in stored.values() if each.name not in done and each.parent in done]:
            for each, files in zip(some, pool.map(made, some), strict=True):
                cluster.offer(each.table, files)
                yield each, files
            done |= {each.name for each in some}


def _print(cube: Cube, roll_up: StoredRollUp, manifest: PublishedManifest) -> str:
    """What tells the cells from those of other lines, members or declarations."""
    tables = {cube.fact, "time", *(level.table for level in cube.levels if level.table)}
    made = (rollup_of_lines.statement(cube, roll_up, None), rollup_of_lines.lines(cube, roll_up.held))
    told = (
        roll_up.declared,
        roll_up.parent,
        made,
        sorted((name, manifest.tables.get(name)) for name in tables),
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
