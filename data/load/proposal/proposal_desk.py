"""The files of a proposal, the beginning of each laid out in a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from data.connection import Connection
from data.load.evidence.row_sample import RowSample, take
from data.load.mappings.mapping import Join, Part
from data.load.mappings.row_shape import RowShape
from data.load.proposal.period_columns import columns_of_periods
from data.load.proposal.related_files import BroughtFile, pattern
from data.load.proposal.rows_above import rows_above
from data.load.proposal.subject_of_file import about
from data.load.typing.look_ups import look_ups
from data.load.typing.reshape import reshape
from data.load.typing.typed_rows import LookUp
from data.sources.file import AS_FOUND, Options, Staged, form, stage
from data.sources.workbook import sheets

SAMPLE = 5000


class Desk:
    """Files staged once, and the samples that are taken of them. `remarks`, `unused` and `lacks` gather what
    their owner should know, as `Proposal` has it."""

    def __init__(self, connection: Connection, options: Options = AS_FOUND) -> None:
        self.connection = connection
        self.options = options
        self.remarks: list[str] = []
        self.unused: list[str] = []
        self.lacks: list[str] = []
        self._staged: dict[Path, Staged] = {}
        self._options: dict[Path, Options] = {}
        self._patterns: dict[Path, str] = {}
        self._shapes: dict[Path, RowShape] = {}

    def bring(self, path: Path) -> BroughtFile:
        """Stage the beginning of a file, read so that it is about anything. Errors: BadInput."""
        found = self._read(path, self.options)
        if found.about or self.options != AS_FOUND:
            return found
        for options, remark in _other_ways(path):
            other = self._read(path, options)
            if other.about:
                self.remarks.append(f"{path.name}: {remark}")
                return other
        return self._read(path, self.options)

    def _read(self, path: Path, options: Options) -> BroughtFile:
        staged = stage(self.connection, path, f"raw{len(self._staged)}", options, SAMPLE)
        sample, part = take(self.connection, Part("order_lines"), staged, []), Part("order_lines")
        self._shapes.pop(path, None)
        if cells := columns_of_periods(sample):
            self._shapes[path] = RowShape(unpivot=cells)
            part = Part("order_lines", shape=self._shapes[path])
            staged, _ = reshape(self.connection, part, staged)
            sample = take(self.connection, part, staged, [])
        self._staged[path], self._options[path] = staged, options
        return BroughtFile(path, sample, about(sample, path.stem))

    def distinct(self, brought: Sequence[BroughtFile]) -> list[BroughtFile]:
        """One file of each header: those of the same columns are deliveries of one stream."""
        groups: dict[tuple[str, ...], list[BroughtFile]] = {}
        for each in brought:
            groups.setdefault(tuple(each.sample.texts), []).append(each)
        for first, *more in groups.values():
            if more:
                self._note_same([each.path for each in (first, *more)], [each.path for each in brought])
        return [group[0] for group in groups.values()]

    def part(self, each: BroughtFile, subject: str) -> Part:
        """An empty part that reads this file."""
        shape = self._shapes.get(each.path, RowShape())
        return Part(subject, file=self._name(each.path), options=self._options[each.path], shape=shape)

    def staged(self, part: Part) -> Staged:
        """The rows of the file that a part reads."""
        return next(staged for path, staged in self._staged.items() if self._name(path) == part.file)

    def shaped(self, part: Part) -> Staged:
        """The rows that a part means by those of its file; columns of periods are rows of their own already."""
        staged = self.staged(part)
        if any(shape.unpivot == part.shape.unpivot for shape in self._shapes.values()):
            part = replace(part, shape=replace(part.shape, unpivot=None))
        if part.shape.fill is None and part.shape.unpivot is None:
            return staged
        own = replace(staged, table=f"{staged.table}_own")
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {own.table} AS FROM {staged.table}")
        return reshape(self.connection, part, own)[0]

    def look_ups(self, part: Part, staged: Staged | None = None) -> list[LookUp]:
        """The look-ups of a part, staged, beside the rows of its file or those that it means by them."""
        paths = [self._path(join) for join in part.joins]
        rows = self.staged(part) if staged is None else staged
        return look_ups(self.connection, part.padded_joins, paths, rows, SAMPLE)

    def sample(self, part: Part) -> RowSample:
        """Rows of the file that a part reads, with those looked up beside them."""
        return take(self.connection, part, self.staged(part), self.look_ups(part))

    def _path(self, join: Join) -> Path:
        return next(path for path in self._staged if path.name == join.file)

    def _name(self, path: Path) -> str:
        return self._patterns.get(path, path.name)

    def _note_same(self, paths: Sequence[Path], every: Sequence[Path]) -> None:
        others = [each.name for each in every if each not in paths]
        found = pattern([path.name for path in paths], others)
        if found:
            self._patterns[paths[0]] = found
            return
        names = ", ".join(path.name for path in paths[1:])
        self.remarks.append(
            f"{names}: as {paths[0].name}, but no pattern finds them all: name them alike, such as sales_2024.csv."
        )


def _other_ways(path: Path) -> list[tuple[Options, str]]:
    """How else a file may be read: another sheet, or a header further down; each in words."""
    if form(path) == "workbook":
        return [(Options(sheet=name), f"the sheet {name!r} is read.") for name in sheets(path)[1:]]
    above = rows_above(path) if form(path) == "delimited" else 0
    return [(Options(skip=above), f"the header is taken to stand in line {above + 1}.")] if above else []
