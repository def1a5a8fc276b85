"""Loads under way: each in a thread of its own, so that neither a click nor a closed browser ends it."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import streamlit as st

from data import environment
from data.access.acting import acting, acting_as
from data.access.deed import Deed
from data.delivery import following
from data.demo import Firm
from data.demo.integration import integrate
from data.errors import BadRequest, ClientelaError
from data.load import Mapping, Report, load
from data.load.time_settings import carry_over, in_force, save
from data.recovery.replacement import beside, publish
from data.store import unfollowed
from data.store.warehouse import current_version
from pages.manage.shared import uploaded_files

log = logging.getLogger("clientela")
REMEMBERED = 20
Tell = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What to load and where: `mapping` knows the folder of its files.

    `instead_of` is the version of the warehouse whose place it takes, if any; `zone` the time zone that was
    chosen for a firm of which nothing was loaded yet; `same_firm` says that it is the one that is here, and
    `accepted` that exports may lack much of what was there.
    """

    mapping: Mapping
    path: Path
    uploaded: bool = False
    instead_of: str = ""
    zone: str | None = None
    same_firm: bool = False
    accepted: bool = False

    needs = Deed.LOAD

    @property
    def title(self) -> str:
        return f"Loading {self.mapping.main.file or self.mapping.source}"

    def carry_out(self, tell: Tell) -> Report:
        report = self._load(tell)
        if self.uploaded and not report.waiting:
            uploaded_files.remove(self.mapping.folder)
        return report

    def _load(self, tell: Tell) -> Report:
        if not self.instead_of:
            return self._into(self.path, tell)
        with beside(self.path) as fresh:
            carry_over(self.path, fresh)
            report = self._into(fresh, tell)
            publish(fresh, self.path, self.instead_of)
        return report

    def _into(self, path: Path, tell: Tell) -> Report:
        if self.zone is not None:
            save(path, replace(in_force(path), time_zone=self.zone))
        return load(self.mapping, path, progress=tell, accepted=self.accepted, same_firm=self.same_firm,
                    by_hand=True)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The demonstration firm made again in the place of what is there, which is set aside."""

    path: Path
    firm: Firm = field(default_factory=Firm)
    title = "Preparing the demonstration firm"
    instead_of = "all"
    needs = Deed.LOAD

    def carry_out(self, tell: Tell) -> None:
        seen = current_version(self.path)
        with beside(self.path) as fresh:
            integrate(fresh, self.firm, tell)
            publish(fresh, self.path, seen)


class OrderedWork(Protocol):
    """What a desk can be asked to do by whoever may do what it `needs`."""

    @property
    def needs(self) -> Deed: ...

    @property
    def title(self) -> str: ...
    @property
    def instead_of(self) -> str: ...
    def carry_out(self, tell: Tell) -> Report | None: ...


class Job:
    """One order being carried out for whoever gave it: how far it is, and in the end its report or its problem.

    Errors: NotAllowed where that person may not do it.
    """

    def __init__(self, order: OrderedWork) -> None:
        self.who = acting()
        self.who.policy.check(order.needs)
        self.id = secrets.token_hex(5)
        self.order = order
        self.share, self.words = 0.0, "Starting"
        self.report: Report | None = None
        self.problem: ClientelaError | None = None
        self._thread = threading.Thread(target=self._run, name=f"load-{self.id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def under_way(self) -> bool:
        return self._thread.is_alive()

    def wait(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        try:
            with acting_as(self.who), unfollowed.putting_off():
                self.report = self.order.carry_out(self._tell)
            following.start(environment.warehouse())
        except ClientelaError as error:
            self.problem = error
        except Exception as error:
            reference = secrets.token_hex(4)
            log.error("error %s", reference, exc_info=error)
            self.problem = ClientelaError(
                f"Something went wrong (id {reference}).",
                "Nothing was changed; tell whoever looks after Clientela.",
            )

    def _tell(self, share: float, words: str) -> None:
        self.share, self.words = min(max(share, 0.0), 1.0), words


class JobDesk:
    """Takes one order at a time for all who are watching, and remembers the latest."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, order: OrderedWork) -> Job:
        """Begin. Errors: BadRequest while another load is under way; NotAllowed."""
        with self._lock:
            if self.under_way() is not None:
                raise BadRequest("Another load is under way.", "Wait until it ends, then try again.")
            job = Job(order)
            self._jobs[job.id] = job
            for old in list(self._jobs)[:-REMEMBERED]:
                del self._jobs[old]
            job.start()
        return job

    def under_way(self) -> Job | None:
        return next((job for job in list(self._jobs.values()) if job.under_way()), None)

    def job(self, identity: str) -> Job | None:
        return self._jobs.get(identity)


@st.cache_resource(show_spinner=False)
def desk() -> JobDesk:
    """The one desk of this process."""
    return JobDesk()
