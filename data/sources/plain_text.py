"""Text in whatever encoding and with whatever ends of lines, as UTF-8 whose lines all end alike."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.errors import BadInput
from data.sources.encodings import guess
from data.sources.file import CHUNK, Reading

LONGEST_LINE = 1 << 20
HEAD_BYTES, HEAD_LINES = 64 * CHUNK, 1_000
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LEAST_ASCII = 0.03  # delimiters, digits and ends of lines, whatever the script
MOST_STRAY, LEAST_PRINTED = 0.05, 0.9  # NUL bytes and characters of text that is not UTF-16
PRINTED = bytes(range(32, 127)) + b"\t\r\n"
# So many blank lines that no reader takes them for what they are.
MANY_BLANK = (b"\n" * 4096, b"\r\n" * 4096)
BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){64,}")


@dataclass(frozen=True, slots=True)
class Lines:
    """How the lines of a file end: `alike`, or not; whether NUL bytes stand in them, and a desert of blank ones."""

    alike: bool
    nul: bool
    desert: bool

    @property
    def plain(self) -> bool:
        return self.alike and not self.nul and not self.desert


def as_utf8(reading: Reading) -> Path:
    """A file in UTF-8 without mark, NULs and lines to skip, its lines ending alike; itself where it is one already.

    Where `reading` has a limit, as much of it as holds so many rows. Errors: BadInput.
    """
    path = reading.path if reading.limit is None else head_of(reading)
    lines = check_lines(path, reading.name)
    found, said = reading.options.encoding, ""
    if not found:
        found, said = encoding(path, reading.name)
    utf8 = found.replace("_", "-").lower() in ("utf-8", "utf8", "ascii")
    if utf8 and not reading.options.skip and lines.plain and not _is_odd(path):
        return path
    try:
        copy = _copy(path, reading, found)
    except (LookupError, UnicodeError) as error:
        raise BadInput(
            f"{reading.name} is not text in the encoding {found}.", 'Say encoding = "..." in the mapping.'
        ) from error
    if said:
        reading.notes.append(f"{reading.name} {said}")
    if lines.nul and utf8:
        reading.notes.append(f"{reading.name} holds NUL bytes, which are no text: they were left out.")
    return copy


def head_of(reading: Reading) -> Path:
    """As much of a file as holds the rows that are asked for, in whole lines; the file itself where it is short."""
    assert reading.limit is not None
    most = 2 * (reading.limit + reading.options.skip) + HEAD_LINES
    text = bytearray()
    with reading.path.open("rb") as file:
        while len(text) < HEAD_BYTES and _count_ends(text) < most:
            if not (chunk := file.read(CHUNK)):
                return reading.path
            text += chunk
    end = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1 or len(text)
    end += end % 2 if b"\x00" in text[:CHUNK] else 0
    head = reading.folder / "head.csv"
    head.write_bytes(text[:end])
    return head


def _count_ends(text: bytearray) -> int:
    return text.count(b"\n") or text.count(b"\r")


def check_lines(path: Path, name: str) -> Lines:
    """How the lines of a file end. Errors: BadInput if one is longer than any row of a table could be."""
    length, bare, crlf, feeds, last, nul, desert = 0, 0, 0, 0, b"", False, False
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            length = _rest(chunk, length)
            if length > 2 * LONGEST_LINE:
                raise BadInput(
                    f"{name} holds a line of more than {LONGEST_LINE >> 20} MB.",
                    "That is no row of a table: export it again, one row a line.",
                )
            nul = nul or b"\x00" in chunk
            desert = desert or any(each in chunk for each in MANY_BLANK)
            feeds += count_feeds(chunk)
            if last == b"\r" or b"\r" in chunk:
                pairs = (last + chunk).count(b"\r\n")
                crlf += pairs
                bare += (last + chunk).count(b"\r") - pairs
                bare -= chunk.endswith(b"\r")  # what follows it, the next chunk tells
            last = b"\r" if chunk.endswith(b"\r") else b""
    alike = not bare and (crlf in (0, feeds) or _are_alike_outside_quotes(path))
    return Lines(alike, nul, desert)


def count_feeds(chunk: bytes) -> int:
    """How many line feeds a chunk holds: bytes can count as well, in three times the time."""
    return int(np.count_nonzero(np.frombuffer(chunk, dtype=np.uint8) == ord("\n")))


def _are_alike_outside_quotes(path: Path) -> bool:
    """Whether all lines end alike but for those inside of quoted values."""
    quoted, last, seen = 0, 0, set[bool]()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            text = np.frombuffer(chunk, dtype=np.uint8)
            inside = (np.cumsum(text == ord('"')) + quoted) % 2
            ends = np.flatnonzero((text == ord("\n")) & (inside == 0))
            before = np.where(ends > 0, text[ends - 1], last)
            seen.update((before == ord("\r")).tolist())
            if len(seen) > 1:
                return False
            quoted, last = int(inside[-1]), int(text[-1])
    return True


def _rest(chunk: bytes, length: int) -> int:
    """The length of the line that the chunk leaves open, begun with `length` bytes before it."""
    for end in (b"\n", b"\r"):
        if end in chunk:
            return len(chunk) - chunk.rfind(end)
    return length + len(chunk)


def encoding(path: Path, name: str) -> tuple[str, str]:
    """The encoding of `path` and what is to be known of it: by its mark, else UTF-8 if all of it is, else the
    likeliest of a few. Errors: BadInput for what is no text."""
    with path.open("rb") as file:
        head = file.read(CHUNK)
    for mark, found in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return found, ""
    if b"\x00" in head and not _is_stray(head):
        return _without_mark(head, name), ""
    return ("utf-8", "") if _is_utf8(path) else _guess(path)


def _is_stray(head: bytes) -> bool:
    """Whether the NUL bytes are accidents in a text of one byte a letter."""
    printed = len(head) - len(head.translate(None, PRINTED))
    return head.count(b"\x00") < MOST_STRAY * len(head) and printed > LEAST_PRINTED * len(head)


def _without_mark(head: bytes, name: str) -> str:
    """UTF-16 without its mark: the byte order that makes text of it. Errors: BadInput for what is none."""
    texts = {order: _decoded(head[: len(head) // 2 * 2], order) for order in ("utf-16-le", "utf-16-be")}
    plain = {order: sum(each.isascii() for each in text) for order, text in texts.items() if text}
    if not plain or max(plain.values()) < LEAST_ASCII * len(head) / 2:
        raise BadInput(f"{name} is not a table.", "Bring a CSV, XLSX or Parquet file.")
    return max(plain, key=lambda order: plain[order])


def _decoded(head: bytes, order: str) -> str:
    """The text in that byte order; nothing if it holds what no text does."""
    try:
        text = codecs.getincrementaldecoder(order)().decode(head)
    except UnicodeDecodeError:
        return ""
    return "" if any(each < " " and each not in "\t\r\n" for each in text) else text


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                if not chunk.isascii() or decoder.getstate()[0]:
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _guess(path: Path) -> tuple[str, str]:
    """The likeliest encoding, judged on the lines that hold more than ASCII, and what was decided."""
    telling, lines, in_utf8 = bytearray(), 0, 0
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                telling += line[:LONGEST_LINE]
                lines += 1
                in_utf8 += _reads(line)
            if len(telling) > CHUNK // 8:
                break
    if in_utf8 > lines / 2:  # a few broken lines, which are rejected, make no other encoding
        return "utf-8", ""
    best = guess(bytes(telling))
    return best.encoding, best.told


def _reads(line: bytes) -> bool:
    try:
        return bool(line.decode())
    except UnicodeDecodeError:
        return False


def _is_odd(path: Path) -> bool:
    """Whether lines end as on an old Macintosh, or blank lines stand above the header."""
    with path.open("rb") as file:
        head = file.read(CHUNK)
    return (b"\r" in head and b"\n" not in head) or not head.splitlines()[0].strip()


def _copy(path: Path, reading: Reading, found: str) -> Path:
    """Errors: BadInput if nothing is left below the lines to skip; UnicodeError, LookupError."""
    copy, skip = reading.folder / "copy.csv", reading.options.skip
    with (
        path.open(encoding=found, errors=_errors(found)) as source,
        copy.open("w", encoding="utf-8", errors=_errors(found), newline="") as out,
    ):
        for passed in range(skip):
            if not source.readline():
                raise BadInput(
                    f"{reading.name} has {passed:,} lines, and skip = {skip} passes over all of them.",
                    "Say how many lines stand above its header.",
                )
        while (line := source.readline()) and not line.strip():
            pass
        out.write(line)
        while text := source.read(CHUNK):
            out.write(BLANK_LINES.sub("\n", text.replace("\x00", "")))
    return copy


def _errors(found: str) -> str:
    """Bytes that are no UTF-8 stay as they are: their lines are rejected, not the file."""
    return "surrogateescape" if found.replace("_", "-").lower() in ("utf-8", "utf8", "ascii") else "strict"
