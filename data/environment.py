"""The environment variables that set Clientela up: each is read here alone, and checked with a sentence.

What a web server needs to know of its surroundings (who may reach it) is read by `pages/web/exposure.py`, and the
address of a database by the mapping that names its variable.
"""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from urllib.parse import urlsplit

from data.errors import BadInput

WAREHOUSE = "CLIENTELA_WAREHOUSE"
FOLDERS = "CLIENTELA_FOLDERS"
SOURCES = "CLIENTELA_SOURCES"
SCHEDULE = "CLIENTELA_SCHEDULE"
KEEP = "CLIENTELA_KEEP"
MEMORY = "CLIENTELA_MEMORY"
THREADS = "CLIENTELA_THREADS"
LOG = "CLIENTELA_LOG"
CORE_MB = "CLIENTELA_CORE_MB"
BITMAPS_MB = "CLIENTELA_BITMAPS_MB"
CACHE_MB = "CLIENTELA_CACHE_MB"
LINES_MB = "CLIENTELA_LINES_MB"
USER = "CLIENTELA_USER"
LOCALE = "CLIENTELA_LOCALE"
AUDIT_DAYS = "CLIENTELA_AUDIT_DAYS"
IDLE_MINUTES = "CLIENTELA_IDLE_MINUTES"
PERSON_CLAIM = "CLIENTELA_PERSON_CLAIM"
POLICIES = "CLIENTELA_POLICIES"
WEBHOOK = "CLIENTELA_WEBHOOK"
WEBHOOK_SECRET = "CLIENTELA_WEBHOOK_SECRET"
ENGINE = "CLIENTELA_ENGINE"
PUBLISHED = "CLIENTELA_PUBLISHED"
SHORTEST_SECRET = 16
HERE = ("localhost", "127.0.0.1", "::1")
LANGUAGES = ("en", "it", "ru")
# What one person may ask for; 200 people at work never meet it. 0 sets no limit.
LIMITS = {
    "CLIENTELA_RUNS_A_SECOND": 10,
    "CLIENTELA_REQUESTS_A_SECOND": 50,
    "CLIENTELA_OPEN_PAGES": 40,
    "CLIENTELA_UPLOADS_AN_HOUR": 200,
    "CLIENTELA_UPLOAD_MB_AN_HOUR": 8000,
    "CLIENTELA_QUESTION_SECONDS": 300,
}
RUNS, REQUESTS, OPEN_PAGES, UPLOADS, UPLOAD_MB, QUESTION_SECONDS = LIMITS
MEGABYTES = {CORE_MB: 768, BITMAPS_MB: 512, CACHE_MB: 256, LINES_MB: 3072}
_ACTING_FOR: ContextVar[str] = ContextVar("acting_for", default="")
_namers: list[Callable[[], str]] = []
SIZE = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?)?B", re.IGNORECASE)


def warehouse() -> Path:
    """Where the warehouse lies."""
    return Path(os.environ.get(WAREHOUSE) or "var/clientela.duckdb")


def folders(otherwise: str = "") -> tuple[Path, ...]:
    """The folders whose files may be read beside those of a mapping (several, parted as in PATH), else `otherwise`."""
    named = os.environ.get(FOLDERS) or otherwise
    return tuple(Path(each).expanduser().resolve() for each in named.split(os.pathsep) if each.strip())


def sources(beside: Path) -> Path:
    """The folder of the mappings that are loaded on a schedule; `sources` beside that warehouse if unset."""
    named = os.environ.get(SOURCES)
    return Path(named).expanduser() if named else beside.parent / "sources"


def schedule_is_off() -> bool:
    """Whether no dashboard loads anything by itself."""
    return os.environ.get(SCHEDULE, "").lower() in ("off", "no", "0")


def policies() -> Path | None:
    """The file that declares roles and who has them, where it lies elsewhere than beside the warehouse."""
    named = os.environ.get(POLICIES)
    return Path(named).expanduser() if named else None


def log_file() -> Path | None:
    """The file to log into, beside stderr."""
    named = os.environ.get(LOG)
    return Path(named) if named else None


@contextmanager
def acting_for(who: str) -> Iterator[None]:
    """What is done in here is done for somebody who asked for it earlier."""
    token = _ACTING_FOR.set(who)
    try:
        yield
    finally:
        _ACTING_FOR.reset(token)


def named_by(namer: Callable[[], str]) -> None:
    """From now on `namer` says who acts where nothing else does; empty where it does not know."""
    _namers.append(namer)


def who() -> str:
    """Who does what this process does: for whom it acts, else whoever looks at a page, else as the variable says,
    else the system's user."""
    named = (each() for each in _namers)
    said = _ACTING_FOR.get() or next(filter(None, named), "") or os.environ.get(USER, "").strip()
    try:
        return said or getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name, as in containers
        return "somebody"


def snapshots_kept() -> int:
    """How many earlier snapshots are kept. Raises BadInput."""
    return _whole(KEEP, 3, "Give the number of snapshots to keep, such as 3.")


def audit_days() -> int:
    """How many days entries of the audit stay. Raises BadInput."""
    advice = "Give the number of days to keep the audit, such as 730."
    days = _whole(AUDIT_DAYS, 730, advice)
    if not days:
        raise BadInput(f"{AUDIT_DAYS} is '0'.", advice)
    return days


def megabytes(name: str) -> int:
    """What one of `MEGABYTES` grants in this process. Raises BadInput."""
    default = MEGABYTES[name]
    return _whole(name, default, f"Give a number of megabytes, such as {default}; 0 keeps nothing in memory.")


def limit(name: str) -> int:
    """What one of `LIMITS` grants; 0 sets no limit. Raises BadInput."""
    default = LIMITS[name]
    return _whole(name, default, f"Give a whole number, such as {default}; 0 sets no limit.")


def memory() -> str:
    """What DuckDB may take for each open snapshot, such as 1GB. Raises BadInput."""
    said = os.environ.get(MEMORY) or "1GB"
    if not SIZE.fullmatch(said.strip()):
        raise BadInput(f"{MEMORY} is {said!r}.", "Give a size with its unit, such as 1GB or 800MB.")
    return said.strip()


def memory_beside(share: float) -> str:
    """That share of it, where arrays beside the engine take the rest. Raises BadInput."""
    said = memory()
    unit = said.lstrip("0123456789.")
    return f"{float(said.removesuffix(unit)) * share:g}{unit.strip()}"


def threads() -> int | None:
    """How many threads DuckDB works with, one a core where nothing is said. Raises BadInput."""
    advice = "Give the number of threads, such as 2."
    said = _whole(THREADS, 0, advice) if os.environ.get(THREADS) else None
    if said == 0:
        raise BadInput(f"{THREADS} is '0'.", advice)
    return said


def locale() -> str:
    """The language whose numbers and days everybody reads, such as it or it-IT, empty where each browser says it.

    Raises BadInput.
    """
    said = os.environ.get(LOCALE, "").strip()
    if said and re.split("[-_.]", said.lower())[0] not in LANGUAGES:
        raise BadInput(
            f"{LOCALE} is {said!r}.", f"Give one of {', '.join(LANGUAGES)}, or leave it to each browser."
        )
    return said


def idle_minutes() -> int:
    """After how long without a deed of its person a session ends. Raises BadInput."""
    advice = "Give a number of minutes, such as 60."
    said = _whole(IDLE_MINUTES, 60, advice)
    if said == 0:
        raise BadInput(f"{IDLE_MINUTES} is '0'.", advice)
    return said


def person_claim() -> str:
    """What of a provider's claims a person is called by."""
    return os.environ.get(PERSON_CLAIM, "").strip() or "email"


def webhook() -> tuple[str, bytes] | None:
    """Where campaigns' contacts are sent, and the secret that signs them; None where nothing is set up.

    Persons go over nothing that others can read: the address is https, or on this machine. Raises BadInput.
    """
    address, secret = os.environ.get(WEBHOOK, "").strip(), os.environ.get(WEBHOOK_SECRET, "")
    if not address:
        return None
    if not is_safe(address):
        raise BadInput(
            f"{WEBHOOK} is no https address.", "Give one such as https://mail.example.com/contacts."
        )
    if len(secret) < SHORTEST_SECRET:
        raise BadInput(
            f"{WEBHOOK_SECRET} has fewer than {SHORTEST_SECRET} letters.",
            f"Set the secret by which the receiver of {WEBHOOK} knows who sends.",
        )
    return address, secret.encode()


def engine() -> str | None:
    """The Spark Connect server that counts in the place of this process; None where none is set up. Raises BadInput."""
    said = os.environ.get(ENGINE, "").strip()
    if not said:
        return None
    try:
        told = urlsplit(said)
        is_one = told.scheme == "sc" and bool(told.hostname) and bool(told.port) and told.username is None
    except ValueError:
        is_one = False
    if not is_one or not said.isascii() or " " in said:
        raise BadInput(
            f"{ENGINE} is no address of a Spark Connect server.", "Give one such as sc://localhost:15002."
        )
    return said


def published() -> Path:
    """The folder in which the tables lie that the cluster reads; `published` beside the warehouse if unset."""
    named = os.environ.get(PUBLISHED)
    return Path(named).expanduser() if named else warehouse().parent / "published"


def is_safe(address: str) -> bool:
    """Whether an address can be asked as it stands, and nobody else reads what is sent there."""
    try:
        told = urlsplit(address)
        is_whole = bool(told.hostname) and told.port != 0 and told.username is None
    except ValueError:
        return False
    is_plain = address.isascii() and address.isprintable() and " " not in address
    is_secret = told.scheme == "https" or (told.scheme == "http" and told.hostname in HERE)
    return is_whole and is_plain and is_secret


def check() -> None:
    """Raises BadInput for the first variable that cannot be meant as it stands."""
    snapshots_kept()
    audit_days()
    idle_minutes()
    webhook()
    engine()
    locale()
    memory()
    threads()
    for name in MEGABYTES:
        megabytes(name)
    for name in LIMITS:
        limit(name)


def _whole(name: str, default: int, advice: str) -> int:
    said = os.environ.get(name) or str(default)
    if not said.isdecimal():
        raise BadInput(f"{name} is {said!r}.", advice)
    return int(said)
