"""The one way by which a file leaves a page: offered as the policy allows, with why where it asks, noted in the audit.

The file is made when its button is pressed, by another thread than the one that drew it: who asked, and why, is taken
along. The audit has it before the browser does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl
import streamlit as st

from data.access.acting import Acting, acting, acting_as
from data.access.deed import Deed
from data.people import audit_log
from data.people.audit_event import AuditSubject, thing
from data.people.export_note import exporting

NOT_ALLOWED = "Your role takes no files away. Ask whoever administers roles."
WHY = "Why is it exported?"
NO_REASON = "Say why first: the audit keeps it."
NAME_PART = re.compile(r"[^A-Za-z0-9_.:+-]+")


@dataclass(frozen=True, slots=True)
class FileOffer:
    """Files that are offered side by side, to the same person, for the same reason."""

    who: Acting
    reason: str

    def table(
        self,
        label: str,
        make: Callable[[], pl.DataFrame],
        write: Callable[[pl.DataFrame], bytes],
        file: str,
        mime: str | None,
        key: str,
        help: str | None = None,
    ) -> None:
        """A button that writes a frame as a file when pressed; the audit knows which and how many rows."""

        def made() -> bytes:
            frame = make()
            exporting(_word(file), _named(file), frame.height)
            return write(frame)

        self.file(label, made, file, mime, key, help)

    def file(
        self,
        label: str,
        make: Callable[[], bytes],
        file: str,
        mime: str | None,
        key: str,
        help: str | None = None,
    ) -> None:
        """The same of what `make` gives, which says itself to `exporting` what it is."""
        refusal = self.refusal
        st.download_button(
            label,
            self._taken_along(make),
            file,
            mime,
            key=key,
            help=refusal or help,
            disabled=bool(refusal),
            on_click="ignore",
            icon=":material/download:",
        )

    @property
    def refusal(self) -> str:
        """Why nothing can be taken as it stands; empty where it can."""
        if not self.who.policy.may(Deed.EXPORT):
            return NOT_ALLOWED
        return NO_REASON if self.who.policy.reason and not self.reason else ""

    def _taken_along(self, make: Callable[[], bytes]) -> Callable[[], bytes]:
        def made() -> bytes:
            with acting_as(self.who), audit_log.because(self.reason):
                return make()

        return made


@contextmanager
def offering(key: str) -> Iterator[FileOffer]:
    """A row of files; where the policy wants a reason, the field for it stands before them."""
    who = acting()
    is_asked = who.policy.may(Deed.EXPORT) and who.policy.reason
    with st.container(horizontal=True, gap="small", key=key, width="content", vertical_alignment="bottom"):
        yield FileOffer(who, _reason(key) if is_asked else "")


def _reason(key: str) -> str:
    return st.text_input(
        WHY,
        key=f"{key}-why",
        max_chars=audit_log.LONGEST_REASON,
        placeholder="Such as: letter to members in May",
        help="The audit keeps it with your name. Name no customer.",
        width=260,
    ).strip()


def _named(file: str) -> AuditSubject:
    """Which file, by the name that the page gives it."""
    return thing("file", NAME_PART.sub("_", file)[:64])


def _word(file: str) -> str:
    return f"{file.rpartition('.')[2].lower()}_file"
