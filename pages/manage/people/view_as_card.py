"""What a person would see, in counts alone: whoever administers learns whether a policy says what it should."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from data.access.policies import Policies
from data.access.policy import Policy, together
from data.errors import ClientelaError
from data.store.warehouse import Profile
from pages.manage.people.own_limits import told_limits
from pages.manage.people.people_table import HeldPerson
from pages.manage.shared.coloured_notes import note
from pages.ui import session
from pages.ui.controls import remembered_choice
from pages.ui.kpi_row import Kpi, kpi_strip
from pages.ui.open_pages import open_entries
from pages.ui.page_states import card, section
from pages.ui.style.formats import ABSENT, format_day, number_text, share_text

CHOSEN = "view-as"
WITHOUT_DATA = frozenset(("people", "audit", "glossary"))  # pages that show nothing of customers
NO_DATA = "Sees no customers, orders or amounts: no page that shows any is open."


def view_as_card(declared: Policies, held: Sequence[HeldPerson]) -> None:
    """A choice of people, groups and roles, and the counts of what each sees."""
    offered: dict[str, Policy] = {each.name: each.policy for each in held if each.policy is not None}
    offered |= {
        f"Role {each.label.lower()}": together(each.label, [each]) for each in declared.roles.values()
    }
    with card("view-as"):
        section(
            "View as", "What somebody would see, in counts: no name and no amount of anybody is shown here."
        )
        name = remembered_choice("Person or role", CHOSEN, list(offered), str, 320)
        told = told_limits(offered[name])
        if not shows_data(offered[name]):
            st.html(f'<p class="clientela-quiet">{NO_DATA} Pages: {escape(told["Pages"])}.</p>')
            return
        try:
            _counts(offered[name])
        except ClientelaError as error:
            note(error.problem, error.remedy, "bad", "view-as-refused")
            return
        st.html(f'<p class="clientela-quiet">{escape(told["Data"])} Pages: {escape(told["Pages"])}.</p>')


def shows_data(of: Policy) -> bool:
    """Whether a page is open that shows anything of customers."""
    return any(each.path not in WITHOUT_DATA for each in open_entries(of))


def _counts(of: Policy) -> None:
    whole = session.seen_under(Policy()).profile
    seen = session.seen_under(of.of_data).profile
    kpi_strip(
        (
            _tile("lines", "Order lines", seen.lines, whole.lines),
            _tile("customers", "Customers", seen.customers, whole.customers),
            _tile("products", "Products", _known(seen, "product"), _known(whole, "product")),
            Kpi("until", "Latest day", format_day(seen.last_day) if seen.last_day else ABSENT),
        ),
        "view-as-tiles",
    )


def _known(profile: Profile, level: str) -> int:
    return profile.known.get(level, 0)


def _tile(id: str, label: str, seen: int, whole: int) -> Kpi:
    share = "all of them" if seen == whole else f"{share_text(seen / whole, 1)} of all" if whole else ""
    return Kpi(id, label, number_text(seen), note=share)
