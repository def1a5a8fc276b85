"""Portal links: who may come to the portal, until when, who came; and what they ask for there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import polars as pl
import streamlit as st

from cubes.members.single_customers import tells_single_customers
from data.access.deed import Deed
from data.operational import operational_store
from data.people import portal_links
from data.people.portal_links import MOST_DAYS, MOST_OPENINGS, USUAL_DAYS, USUAL_OPENINGS, PortalLink
from data.portal.link_subjects import LinkSubject, partner_subjects, subject_for, subjects_of
from pages.collaborate.partner_suggestions_card import partner_suggestions_card
from pages.manage.customers.privacy_requests_card import privacy_requests_card
from pages.manage.shared.html_tables import TableCell, table
from pages.manage.shared.manage_style import looks, ready
from pages.manage.shared.warehouse_changes import do, doing, told
from pages.ui import session
from pages.ui.allowed_deeds import for_deed
from pages.ui.controls import as_plain
from pages.ui.export_files import downloads
from pages.ui.local_time import day_in_words, in_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.style.formats import count_text

SENTENCE = (
    "A link lets one customer or partner into the portal for a while. Whoever has it acts in their name."
)
NEW = "portal-link-new"
CUSTOMER_NUMBER, PARTNER_CHOSEN = "portal-link-customer", "portal-link-partner"
KINDS = {"customer": "A customer", "partner": "A partner"}
HEADS = ("For", "Number", "Made", "Until", "Opened", "Last used", "State")
MOST = 40


@session.fragment
def show() -> None:
    looks()
    store = session.warehouse()
    page_title("Portal links", SENTENCE)
    told()
    if not store.profile.customers:
        if empty_state("No customer is known yet", "Load a list of customers or partners: a link is for one of them.",
                       "Bring a file", key="no-links"):  # fmt: skip
            st.switch_page("manage/files/data_page.py")
        ready("portal-links", links=0)
        return
    links = portal_links.listed(portal_links.portal_place(store))
    subjects = subjects_of(store, links)
    shown = [each for each in links if each.id in subjects and (each.kind == "partner" or sees_customers())]
    make_card()
    links_card(shown, subjects)
    if sees_customers():
        privacy_requests_card(operational_store.of(store))
    partner_suggestions_card(operational_store.of(store))
    ready("portal-links", links=len(shown))


def sees_customers() -> bool:
    return tells_single_customers(session.warehouse().policy)


@for_deed(Deed.PARTNER)
def make_card() -> None:
    """Whom a link is to be for, how long, and the link itself, once."""
    with card("make-link"):
        section("Make a link", "It is shown once, to be passed on by a way that reaches nobody else.")
        kinds = list(KINDS) if sees_customers() else ["partner"]
        kind = st.segmented_control("For whom", kinds, default=kinds[0], key="portal-link-kind", required=True,
                                    format_func=KINDS.__getitem__, label_visibility="collapsed")  # fmt: skip
        with st.form("make-portal-link", border=False):
            with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
                whom(kind or kinds[0])
                st.number_input(
                    "Days that it holds", 1, MOST_DAYS, USUAL_DAYS, key="portal-link-days", width=170
                )
                st.number_input(
                    "Browsers that it opens in", 1, MOST_OPENINGS, USUAL_OPENINGS, key="portal-link-openings",
                    width=210,
                    help="A phone and a computer are two. One that opened it goes on until the link ends.",
                )  # fmt: skip
            st.form_submit_button(
                "Make the link", type="primary", on_click=partial(make, kind or kinds[0]), key="make-link"
            )
        if NEW in st.session_state:
            st.code(st.session_state.pop(NEW), language=None, wrap_lines=True)


def whom(kind: str) -> None:
    if kind == "customer":
        st.text_input("Number of the customer", key=CUSTOMER_NUMBER, placeholder="C0000001", max_chars=80)
        return
    partners = {each.id: each.name for each in partner_subjects(session.warehouse())}
    st.selectbox("Partner", list(partners), index=None, key=PARTNER_CHOSEN, format_func=partners.__getitem__,
                 placeholder="Choose" if partners else "No partner is loaded")  # fmt: skip


def make(kind: str) -> None:
    """Make the link that the form asks for, and keep it to be shown once."""
    session.read_locale()
    typed = st.session_state

    def deed() -> str:
        store = session.renewed()
        chosen = typed.get(CUSTOMER_NUMBER if kind == "customer" else PARTNER_CHOSEN) or ""
        subject = subject_for(store, "customer" if kind == "customer" else "partner", chosen)
        link, token = portal_links.make(
            portal_links.portal_place(store), link_kind(kind), (subject.member.numbering, subject.member.id),
            typed["portal-link-days"], typed["portal-link-openings"],
        )  # fmt: skip
        st.session_state[NEW] = f"{here()}/portal/open/{token}"
        until = day_in_words(moment(link.until))
        return f"Made: a link for {subject.name} ({subject.id}) until {until}. Copy it below now."

    do(deed)


def link_kind(kind: str) -> portal_links.SubjectKind:
    return "customer" if kind == "customer" else "partner"


def here() -> str:
    """Scheme and host by which whoever looks reached the dashboard."""
    parts = (st.context.url or "").split("/", 3)
    return "/".join(parts[:3]) if len(parts) > 2 else ""


def links_card(links: Sequence[PortalLink], subjects: Mapping[str, LinkSubject]) -> None:
    now = datetime.now(UTC).timestamp()
    open_ones = [each for each in links if state_of(each, now) == "open"]
    with card("links"):
        section("Links", f"{len(open_ones):,} open now, {len(links) - len(open_ones):,} ended or expired.")
        if not links:
            st.html(
                '<p class="clientela-quiet" data-testid="no-links">No link was made yet: make the first above.</p>'
            )
            return
        listed = sought_among(open_ones, subjects)
        for each in listed[:MOST]:
            open_line(each, subjects[each.id])
        if len(listed) > MOST:
            st.html(f'<p class="clientela-quiet">The latest {MOST} of {len(listed):,}.</p>')
        rows = [row(each, subjects[each.id], now) for each in links[:MOST]]
        with st.expander("Also those that ended"):
            table(HEADS, rows, "portal-links", "Links to the portal")
        downloads("portal links", lambda: as_frame(links, subjects, now), "portal-links")


def sought_among(links: Sequence[PortalLink], subjects: Mapping[str, LinkSubject]) -> list[PortalLink]:
    """Those that are meant by what is typed, where there are more than can be listed."""
    sought = st.text_input("Find a link by name or number", key="sought-link") if len(links) > MOST else ""
    return [
        each
        for each in links
        if sought.casefold() in f"{subjects[each.id].name} {subjects[each.id].id}".casefold()
    ]


def open_line(link: PortalLink, subject: LinkSubject) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"link-{link.id}"):
        words = f"{link.kind}, until {day_in_words(moment(link.until))}, {use_words(link)}"
        st.markdown(f"{as_plain(subject.name)} :gray[{as_plain(f'{subject.id} · {words}')}]")
        st.space("stretch")
        revoke_button(link, subject)


def use_words(link: PortalLink) -> str:
    if not link.used_at:
        return f"not opened yet, in at most {count_text(link.openings, 'browser')}"
    opened = f"opened in {link.opened} of {count_text(link.openings, 'browser')}"
    return f"{opened}, last used {in_words(moment(link.used_at))}"


def revoke_button(link: PortalLink, subject: LinkSubject) -> None:
    @for_deed(Deed.PARTNER)
    def button() -> None:
        st.button("End the link", key=f"revoke-{link.id}", icon=":material/link_off:", type="tertiary",
                  on_click=doing(partial(revoke, link.id, subject.name)))  # fmt: skip

    button()


def revoke(id: str, name: str) -> str:
    portal_links.revoke(portal_links.portal_place(session.warehouse()), id)
    return f"Ended: the link of {name} opens nothing any more, and whoever was at the portal by it is out."


def state_of(link: PortalLink, now: float) -> str:
    if link.revoked_at is not None:
        return f"ended by {link.revoked_by}"
    return "open" if link.until > now else "expired"


def moment(seconds: int | None) -> datetime:
    """A moment of UTC."""
    return datetime.fromtimestamp(seconds or 0, UTC).replace(tzinfo=None)


def row(link: PortalLink, subject: LinkSubject, now: float) -> tuple[TableCell, ...]:
    state = state_of(link, now)
    return (
        TableCell(subject.name),
        TableCell(f"{link.kind} {subject.id}", "quiet"),
        TableCell(f"{day_in_words(moment(link.made_at))} by {link.made_by}", "quiet"),
        TableCell(day_in_words(moment(link.until))),
        TableCell(f"{link.opened} of {link.openings}", number=True),
        TableCell(in_words(moment(link.used_at)) if link.used_at else "never", "quiet"),
        TableCell(state, "good" if state == "open" else "quiet"),
    )


def as_frame(links: Sequence[PortalLink], subjects: Mapping[str, LinkSubject], now: float) -> pl.DataFrame:
    """A row a link for a file, moments in UTC; not the links themselves, which nobody keeps."""
    return pl.DataFrame(
        [
            {
                "for": subjects[each.id].name,
                "kind": each.kind,
                "number": subjects[each.id].id,
                "made_at": moment(each.made_at),
                "made_by": each.made_by,
                "until": moment(each.until),
                "browsers": each.opened,
                "most_browsers": each.openings,
                "last_used": moment(each.used_at) if each.used_at else None,
                "state": state_of(each, now),
            }
            for each in links
        ],
        infer_schema_length=None,
    )


show()
