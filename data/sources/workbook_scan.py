"""A look into an XLSX before it is opened: how large it truly unpacks, how far its cells reach, what was computed.

A few kilobytes can unpack to gigabytes, and two cells at the corners of a sheet make the reader ask for the memory
of all cells between them, which ends the whole process. So both are counted here first, in pieces.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from data.errors import BadInput
from data.sources.workbook_cells import CellScan, SheetTexts, column_number, tags

UNPACKED_LIMIT = 1 << 30
CELLS_LIMIT = 40_000_000
PIECE = 1 << 20
DAMAGED = "{} is damaged: it cannot be opened as XLSX."
STYLES = "xl/styles.xml"
MOST_PACKED = 1032  # what deflate can make of one byte
UNREADABLE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)
PLACE = re.compile(rb"""\sr=["']([A-Z]{1,3})([0-9]{1,7})["']""")
FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
VALUE = re.compile(
    rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v>([^<]*)</(?:\w+:)?v>)?"
)
SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that can be read: what its owner should know of it, and what its cells show beyond their values."""

    notes: tuple[str, ...] = ()
    cells: SheetTexts = field(default_factory=SheetTexts)


@dataclass(frozen=True, slots=True)
class Formulas:
    """The formulas of a sheet: how many, how many without a value, how many whose value is 0."""

    all: int = 0
    without: int = 0
    zero: int = 0


class Scan:
    """What an XLSX file holds. Errors: BadInput for what is none, or would not fit."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        try:
            self._archive = zipfile.ZipFile(path)
            self._entries = {each.filename: each for each in self._archive.infolist()}
            self._check()
            self._book = self._text("xl/workbook.xml")
            self._sheets = self._find_sheets()
        except UNREADABLE as error:
            raise BadInput(DAMAGED.format(name), "Save it again.") from error

    def close(self) -> None:
        self._archive.close()

    def check_sheet(self, sheet: str) -> Sheet:
        """What a sheet holds. Errors: BadInput where it cannot be read as it is."""
        path = self._sheets.get(sheet)
        if path is None:
            return Sheet()
        cells = CellScan(self._text(STYLES) if STYLES in self._entries else "")
        found = self._measure(path, sheet, cells)
        if found.without or (found.all and found.zero == found.all and self._never_computed()):
            raise BadInput(
                f"{self.name} has {found.without or found.all:,} formulas without a computed value on the sheet"
                f" {sheet!r}: the program that wrote it did not compute them.",
                "Open it in a spreadsheet program and save it, or export it as CSV.",
            )
        said = f"{self.name} has {found.all:,} formulas: their values are those of its last saving."
        return Sheet((said,) if found.all else (), cells.finish())

    def _check(self) -> None:
        if "xl/workbook.bin" in self._entries or "mimetype" in self._entries:
            raise BadInput(f"{self.name} is a workbook of another kind than XLSX.", "Save it as XLSX or CSV.")
        if "xl/workbook.xml" not in self._entries:
            raise BadInput(
                f"{self.name} is an archive, not a table.",
                "Unpack it and name the CSV, XLSX or Parquet in it.",
            )
        size = sum(each.file_size for each in self._entries.values())
        packed = sum(each.compress_size for each in self._entries.values())
        if size <= UNPACKED_LIMIT < packed * MOST_PACKED:
            size = sum(self._true_size(each) for each in self._entries.values())
        if size > UNPACKED_LIMIT:
            raise BadInput(
                f"{self.name} would unpack to {size >> 20:,} MB, more than the {UNPACKED_LIMIT >> 20:,} MB allowed.",
                "Save it as CSV.",
            )

    def _true_size(self, entry: zipfile.ZipInfo) -> int:
        """How large an entry is once unpacked, whatever it says of itself."""
        if entry.compress_type != zipfile.ZIP_DEFLATED:
            return entry.compress_size
        size, unpacking = 0, zlib.decompressobj(-zlib.MAX_WBITS)
        for piece in self._packed(entry):
            while piece and size <= UNPACKED_LIMIT:
                size += len(unpacking.decompress(piece, 16 * PIECE))
                piece = unpacking.unconsumed_tail
        if size != entry.file_size and size <= UNPACKED_LIMIT:
            raise zipfile.BadZipFile(entry.filename)
        return size

    def _packed(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        with Path(str(self._archive.filename)).open("rb") as file:
            file.seek(entry.header_offset)
            head = file.read(30)
            file.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
            left = entry.compress_size
            while left > 0 and (piece := file.read(min(PIECE, left))):
                left -= len(piece)
                yield piece

    def _text(self, name: str) -> str:
        with self._archive.open(name) as file:
            return file.read(16 * PIECE).decode("utf-8", errors="replace")

    def _find_sheets(self) -> dict[str, str]:
        """The entry of each sheet, by its name."""
        relations = "xl/_rels/workbook.xml.rels"
        text = self._text(relations) if relations in self._entries else ""
        targets = {each.get("Id", ""): each.get("Target", "") for each in tags(RELATION, text)}
        named = {}
        for sheet in tags(SHEET, self._book):
            at = next((value for key, value in sheet.items() if key.endswith(":id")), "")
            target = targets.get(at, "")
            path = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            if path in self._entries:
                named[sheet.get("name", "")] = path
        return named

    def _never_computed(self) -> bool:
        return bool(re.search(r"""fullCalcOnLoad\s*=\s*["'](1|true)""", self._book))

    def _measure(self, path: str, sheet: str, cells: CellScan) -> Formulas:
        """Errors: BadInput if the cells reach too far."""
        columns: set[bytes] = set()
        last = every = without = zero = 0
        for piece in self._cells(path):
            places = PLACE.findall(piece)
            columns.update(column for column, _ in places)
            last = max(last, *(int(row) for _, row in (places[:1] + places[-1:])), 0)
            if (last + 1) * max(map(column_number, columns), default=0) > CELLS_LIMIT:
                raise BadInput(
                    f"The sheet {sheet!r} of {self.name} has cells as far as row {last:,} and column"
                    f" {max(columns, key=column_number).decode()}: more than can be read.",
                    "Delete the stray cells behind the table, or save the sheet as CSV.",
                )
            cells.look(piece)
            if FORMULA.search(piece):
                values = VALUE.findall(piece)
                every += len(FORMULA.findall(piece))
                without += sum(not each.group(0).endswith(b"v>") for each in VALUE.finditer(piece))
                zero += sum(each in (b"0", b"0.0") for each in values)
        return Formulas(every, without, zero)

    def _cells(self, path: str) -> Iterator[bytes]:
        """The XML of a sheet in pieces that begin with a cell or row."""
        rest = b""
        with self._archive.open(path) as file:
            while piece := file.read(PIECE):
                rest += piece
                cut = max(rest.rfind(b"<c "), rest.rfind(b"<row "))
                if cut > 0:
                    yield rest[:cut]
                    rest = rest[cut:]
                elif len(rest) > 64 * PIECE:
                    raise zipfile.BadZipFile(path)
        yield rest
