"""Logs that a person can read: one line an event with its time in UTC, to stderr and, if asked, to a file.

What is logged are deeds, counts, file names and faults, never a customer's data and never a secret: parameters of
questions are not logged, nor what a database says of the values it refused; what looks like an e-mail address,
a password in an address, or a token is struck out wherever it comes from.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TypeAlias, cast

from data import environment
from data.credentials import STRUCK, without_secrets
from data.errors import ClientelaError
from data.store import private_files

NAME = "clientela"
SIZE, FILES = 5_000_000, 5
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|‘[^’]*’")
PHONE = re.compile(r"(?<![\w.-])\+\d[\d ()/.-]{6,}\d")
Fault: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class LogLine(logging.Formatter):
    """`2026-11-22T11:15:08Z INFO load erp: 4 rows read`: one line an event, a fault's traceback folded into it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        return clean(" | ".join(super().format(record).splitlines()))

    def formatException(self, ei: Fault) -> str:
        """Where it happened and its kind; not its message, which may quote the data."""
        kind, _, trace = ei
        places = [
            f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in traceback.extract_tb(trace)
        ]
        return f"{kind.__name__ if kind else 'fault'} at {' < '.join(reversed(places))}"


class _OwnFile(RotatingFileHandler):
    """A log that its owner alone can read."""

    def _open(self) -> TextIOWrapper:
        return cast(
            TextIOWrapper, private_files.opened(Path(self.baseFilename), self.mode, encoding=self.encoding)
        )


def clean(text: str) -> str:
    """`text` without what no log may hold.

    >>> clean("read postgresql://clerk:hunter2@erp/sales")
    'read postgresql://clerk:[…]@erp/sales'
    >>> clean("'ann@example.org' is no number")
    "'[…]' is no number"
    """
    return PHONE.sub(STRUCK, MAIL.sub(STRUCK, without_secrets(text)))


def told(error: ClientelaError) -> str:
    """What a log may say of an error: its problem without what it quotes, which may be a customer's."""
    return QUOTED.sub(STRUCK, error.problem)


def where(error: BaseException) -> str:
    """An unforeseen fault in a few words: its kind and where it happened; never its message."""
    return LogLine().formatException((type(error), error, error.__traceback__))


def set_up(to_stderr: bool = True) -> logging.Logger:
    """The log of this process: to stderr unless it speaks otherwise, and to the file `CLIENTELA_LOG` names.

    Called again, it changes what there is. A file that cannot be written is told on stderr, and stops nobody.
    """
    log = logging.getLogger(NAME)
    log.setLevel(logging.INFO)
    for old in list(log.handlers):
        log.removeHandler(old)
        old.close()
    _add(log, logging.StreamHandler(sys.stderr) if to_stderr else logging.NullHandler())
    file = environment.log_file()
    if file:
        _add_file(log, file)
    return log


def _add(log: logging.Logger, handler: logging.Handler) -> None:
    handler.setFormatter(LogLine())
    log.addHandler(handler)


def _add_file(log: logging.Logger, file: Path) -> None:
    try:
        private_files.make_folder(file.parent)
        private_files.close_up(*(file.with_name(f"{file.name}.{at}") for at in range(1, FILES + 1)))
        _add(log, _OwnFile(file, maxBytes=SIZE, backupCount=FILES, encoding="utf-8"))
    except OSError as error:
        print(f"The log {file} cannot be written: {error.strerror or error}.", file=sys.stderr)
