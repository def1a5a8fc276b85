"""The first rows of an XLSX as a small workbook of its own, made without unpacking the rest."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import IO

from data.sources.file import Reading
from data.sources.header import FIRST_ROWS

PIECE = 1 << 18
SMALL, LARGE, WORTH_IT = 1 << 22, 1 << 27, 1 << 20
LONGEST_MARK = 64
SHEETS, STRINGS = "xl/worksheets/", "xl/sharedStrings.xml"
ROW, STRING = re.compile(rb"<(?:\w+:)?row[\s>/]"), re.compile(rb"</(?:\w+:)?si>|<(?:\w+:)?si/>")
USED = re.compile(rb"""\bt=["']s["'][^>]*>\s*<(?:\w+:)?v>(\d+)<""")
ROOT = re.compile(rb"<((?:\w+:)?)(worksheet|sst)[\s>]")


def head(reading: Reading) -> Path:
    """A copy with the rows that `reading` asks for; the file itself where it is small, or no workbook that we know.

    Errors: zipfile.BadZipFile, zlib.error.
    """
    assert reading.limit is not None
    if reading.path.stat().st_size < WORTH_IT:
        return reading.path
    rows = reading.limit + reading.options.skip + FIRST_ROWS
    copy = reading.folder / "head.xlsx"
    with zipfile.ZipFile(reading.path) as book, zipfile.ZipFile(copy, "w") as out:
        last = 0
        for entry in sorted(book.infolist(), key=lambda entry: entry.filename == STRINGS):
            with book.open(entry) as file:
                if entry.filename.startswith(SHEETS) and entry.filename.endswith(".xml"):
                    text = _cut(file, ROW, rows, b"sheetData", b"worksheet")
                    last = max(last, *(int(each) for each in USED.findall(text)), 0)
                elif entry.filename == STRINGS:
                    text = _cut(file, STRING, last + 1, b"", b"sst")
                else:
                    text = file.read(SMALL)
            out.writestr(entry.filename, text)
    return copy


def _cut(file: IO[bytes], mark: re.Pattern[bytes], most: int, inner: bytes, outer: bytes) -> bytes:
    """The XML up to the mark after `most` of them, its elements closed; all of it where there are fewer.

    Errors: zipfile.BadZipFile if so much is no table.
    """
    text, looked, count = bytearray(), 0, 0
    while piece := file.read(PIECE):
        text += piece
        for found in mark.finditer(text, looked):
            looked, count = found.end(), count + 1
            if count > most:
                root = ROOT.search(text)
                prefix = root[1] if root else b""
                ends = b"".join(b"</" + prefix + name + b">" for name in (inner, outer) if name)
                return bytes(text[: found.start() if inner else found.end()]) + ends
        looked = max(looked, len(text) - LONGEST_MARK)
        if len(text) > LARGE:
            raise zipfile.BadZipFile(outer.decode())
    return bytes(text)
