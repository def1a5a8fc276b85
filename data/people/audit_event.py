"""What the audit knows to say: a closed list of events, and of what each was done to, nothing that tells a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

WORDS = "words"
WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
PLAIN_ID = re.compile(r"[A-Za-z0-9_.:+-]{1,64}")
ACCOUNT = "account"  # of somebody who works here: told by its name, which may be an address


class AuditEvent(StrEnum):
    """What happened, in one word."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    REFUSED = "refused"
    SAW_CUSTOMER = "saw_customer"
    SEARCHED = "searched"
    ASKED = "asked"
    EXPORTED = "exported"
    CHANGED = "changed"
    ADMINISTERED = "administered"
    PURGED = "purged"


# Written before they happen; what else is seen or sought is written within a fraction of a second.
BEFOREHAND = frozenset(AuditEvent) - {AuditEvent.SAW_CUSTOMER, AuditEvent.SEARCHED, AuditEvent.ASKED}

LABELS = {
    AuditEvent.SIGNED_IN: "Signed in",
    AuditEvent.SIGNED_OUT: "Signed out",
    AuditEvent.REFUSED: "Was refused",
    AuditEvent.SAW_CUSTOMER: "Saw a customer",
    AuditEvent.SEARCHED: "Searched",
    AuditEvent.ASKED: "Asked for rows",
    AuditEvent.EXPORTED: "Exported",
    AuditEvent.CHANGED: "Changed something",
    AuditEvent.ADMINISTERED: "Administered",
    AuditEvent.PURGED: "Purged the audit",
}


@dataclass(frozen=True, slots=True)
class AuditSubject:
    """What something was done to: `kind` in a word, and `value`.

    A value that is `secret` (a customer's number, the words of a search, a name that was refused) is never written: a
    made-up one stands for it. Only ids that Clientela made up itself are plain.
    """

    kind: str
    value: str
    secret: bool = True

    def __post_init__(self) -> None:
        if self.kind and not WORD.fullmatch(self.kind):
            raise ValueError(f"{self.kind!r} is no kind of subject")
        if self.kind != ACCOUNT and not self.secret and not PLAIN_ID.fullmatch(self.value):
            raise ValueError("an id has letters, digits and . : _ + - alone, at most 64")


NOTHING = AuditSubject("", "")


def customer(number: str) -> AuditSubject:
    """A customer, by the number that cubes show."""
    return AuditSubject("customer", number)


def words(text: str) -> AuditSubject:
    """What somebody typed to find something; large and small letters are one."""
    return AuditSubject(WORDS, " ".join(text.casefold().split()))


def thing(kind: str, id: str | int) -> AuditSubject:
    """Something with an id that Clientela gave it: a statement, a publication, a run. Errors: ValueError."""
    return AuditSubject(kind, str(id), secret=False)


def account(name: str) -> AuditSubject:
    """Somebody who may sign in here, by the name that everything they do is told with."""
    return AuditSubject(ACCOUNT, name, secret=False)
