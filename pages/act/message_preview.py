"""What any customer would be sent: which variant, why that one, the text, and which fields are not known of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from html import escape

import numpy as np
import polars as pl
import streamlit as st

from cubes.analysis.campaign_messages import message_preview
from cubes.analysis.content_variants import VariantVerdict, verdicts
from cubes.members.member_names import names_of
from data.campaigns.campaign_content import MessagePreview
from data.campaigns.contact_messages import offer_lists
from data.errors import BadRequest
from data.operational.campaign_contents import CampaignContent
from data.review import customer_records
from pages.act.content_words import cut_words
from pages.act.found_content import ContentSetting, offers_by_list, offers_sought
from pages.ui import member_lookup, noted_looks, session
from pages.ui.member_finder import member_finder
from pages.ui.sought_work import await_work

WHO, ARM = "content-who", "content-arm"
CODE = "K7M2Q9"


def preview_panel(setting: ContentSetting, content: CampaignContent) -> None:
    """Look a customer up; the first of those reached until somebody is."""
    with st.expander("As a customer gets it", icon=":material/visibility:"):
        code = chosen(setting)
        if code is None:
            st.caption("Nobody is reached yet. Find a customer to see what they would get.")
            return
        arm = _arm(setting, content)
        try:
            told = verdicts(session.warehouse(), content, code, setting.day, arm)
            found = told_message(setting, content, code, told)
        except BadRequest as error:
            st.html(f'<p class="clientela-verdict bad">{escape(str(error))}</p>')
            return
        noted_looks.saw_customer(customer_records.id_of(session.warehouse(), code))
        show(code, told, found)


def chosen(setting: ContentSetting) -> int | None:
    """The code of the customer who was looked up last, else of the first who is reached."""
    store, level = session.warehouse(), session.cube("stages").level("customer")
    member_finder("content", level, lambda found: st.session_state.update({WHO: found.id}))
    with suppress(BadRequest):  # who is not there any more
        if WHO in st.session_state:
            return member_lookup.find(store, level, (st.session_state[WHO],))[0].code
    return int(setting.customers[0]) if len(setting.customers) else None


def _arm(setting: ContentSetting, content: CampaignContent) -> str:
    """The arm as which a customer is looked at, where variants tell arms apart: none is drawn yet."""
    if not any(each.arm for each in content.variants) or not setting.arms:
        return ""
    return (
        st.segmented_control("As in the arm", setting.arms, key=ARM, default=setting.arms[0])
        or setting.arms[0]
    )


def told_message(
    setting: ContentSetting, content: CampaignContent, code: int, told: tuple[VariantVerdict, ...]
) -> MessagePreview | None:
    """The message of the first variant that fits; None while its offers are sought. Raises BadRequest."""
    name = next(each.variant for each in told if each.fits)
    offers: Mapping[str, pl.DataFrame] = {}
    lists = offer_lists(content)
    if lists and content.variant(name).offers in lists:
        found = await_work(offers_sought(), "Learning what is bought again, and what next …")
        if found is None:
            return None
        offers = offers_by_list(found, lists)
    given = {"code": CODE, "campaign": setting.name}
    return message_preview(session.warehouse(), content, code, name, setting.day, given, offers)


def show(code: int, told: tuple[VariantVerdict, ...], found: MessagePreview | None) -> None:
    label, id = (each[0] for each in names_of(session.warehouse()).of("customer", np.array([code])))
    told_name = label if label == id else f"{label} ({id})"
    st.html(f'<h3 class="clientela-section" data-testid="content-of">{escape(told_name)}</h3>')
    if found is None:
        return
    cube = session.cube()
    why = escape(why_words(told, lambda text: cut_words(text, cube)))
    subject = f"<b>{escape(found.subject)}</b>\n\n" if found.subject else ""
    st.html(f'<p class="clientela-quiet" data-testid="content-why">{why}</p>')
    with st.container(border=True, key="content-message"):
        st.html(f'<div data-testid="content-text" style="white-space:pre-wrap;overflow-wrap:anywhere">'
                f"{subject}{escape(found.text)}</div>")  # fmt: skip
    st.html(f'<p class="clientela-quiet" data-testid="content-gaps">{escape(gaps_words(found))}</p>')


def why_words(told: tuple[VariantVerdict, ...], say: Callable[[str], str]) -> str:
    """Which variant it is, why none before it, and which others fit too; `say` puts what one asks for into words."""
    got = next(each for each in told if each.fits)
    missed = [
        f"not “{each.variant}” ({', '.join(say(text) for text, met in each.asked if not met)})"
        for each in told[: told.index(got)]
    ]
    met = " and ".join(say(text) for text, _ in got.asked) or "for everybody whom no other fits"
    others = [f"“{each.variant}”" for each in told if each.fits and each.asked and each is not got]
    also = f" {' and '.join(others)} would fit too, but later in the order." if others else ""
    return f"{'; '.join((f'“{got.variant}”: {met}', *missed))}.{also}"


def gaps_words(found: MessagePreview) -> str:
    """Which fields are not known, and what stands in their place."""
    if not found.fell_back:
        return "Every field is known of this customer."
    told = ", ".join(f"{name} (“{default}” stands there)" if default else f"{name} (the text does without)"
                     for name, default in found.fell_back)  # fmt: skip
    return f"Not known of this customer: {told}."
