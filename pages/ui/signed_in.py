"""Who looks: the person that this run of a page, fragment or click is for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from data import environment
from data.errors import NotAllowed
from data.people import sessions
from data.people.sessions import SignedInSession
from pages.ui.sign_in_ways import sign_in_is_on

COOKIE, SECURE_COOKIE = "clientela-session", "__Host-clientela-session"
MOST_TABS = 10_000
_owners: OrderedDict[str, str] = OrderedDict()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The name of an account, or what the provider calls the person; empty where sign-in is off. `groups` are the
    provider's, `roles` those that an account has."""

    person: str = ""
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


def signed_in() -> SignedIn:
    """Who this run is for; nobody where sign-in is off.

    Errors: NotAllowed where the session has ended: nothing is shown then, nor done.
    """
    if not sign_in_is_on():
        return SignedIn()
    session = session_of(st.context.cookies, st.context.headers.get("Origin", "").startswith("https://"))
    context = get_script_run_ctx(suppress_warning=True)
    if session is None or context is None or not _is_owners(context.session_id, session):
        raise NotAllowed("You are signed out.", "Load this page again to sign in.")
    return SignedIn(session.person, session.groups, session.roles)


def session_of(cookies: Mapping[str, str], https: bool) -> SignedInSession | None:
    """The session of a browser that sends these cookies, None where it has none.

    Over https a plain cookie counts for nothing: a page of a neighbouring name may have put it there. Errors:
    WarehouseError.
    """
    tokens = (cookies.get(name, "") for name in ((SECURE_COOKIE,) if https else (SECURE_COOKIE, COOKIE)))
    kept = (sessions.found(environment.warehouse(), token) for token in tokens)
    return next((each for each in kept if each), None)


def owner_of(tab: str) -> str | None:
    """The hash of the token of the session that Streamlit's session `tab` runs for; None where none of it ran yet."""
    return _owners.get(tab)


def _is_owners(tab: str, session: SignedInSession) -> bool:
    """Whether a tab still runs for whom it ran at first: what one person left there is not another's."""
    owner = _owners.setdefault(tab, session.token)
    if len(_owners) > MOST_TABS:
        _owners.popitem(last=False)
    return owner == session.token
