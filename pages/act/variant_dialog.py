"""The dialog in which a variant is written: its name, for whom it is, its message, and what stands for gaps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from cubes.analysis.content_variants import check_variants
from cubes.query import Cut
from data.campaigns.checked_content import checked, gaps_of
from data.campaigns.message_fields import MessageField, message_fields
from data.errors import BadRequest
from data.operational.campaign_contents import (
    LONGEST_MESSAGE,
    LONGEST_SUBJECT,
    CampaignContent,
    ContentVariant,
)
from data.operational.plain_names import LONGEST_NAME
from pages.act.found_content import ContentSetting
from pages.ui import session
from pages.ui.member_lookup import search

OPEN, SEEN, TROUBLE, FORM = "content-open", "content-open-on", "content-trouble", "content-form"
OFFERS = {"": "None", "new": "New to them", "again": "Bought again"}
FORMS = {"plain": "Plain text", "html": "HTML"}
MOST_MEMBERS = 300
UNSAVED = "It could not be saved; why stands above the list of variants. What you wrote stays here."
Keep = Callable[[CampaignContent, str], bool]
EXAMPLE = "Dear {{ first_name }},\n\n{% if country == 'Italy' %}…{% endif %}"
KEYS = {
    "name": "name", "whom": "cuts", "audience": "audience", "arm": "arm", "language": "language", "from": "valid_from",
    "until": "valid_to", "subject": "subject", "text": "text", "offers": "offers", "form": "form",
}  # fmt: skip


def key(name: str) -> str:
    return f"{FORM}-{name}"


def open_variant(setting: ContentSetting, content: CampaignContent, variant: ContentVariant | None) -> None:
    """Open the dialog on a variant, or on a new one; for callbacks."""
    state = st.session_state
    first = not content.variants
    blank = ContentVariant("For everybody" if first else f"Variant {len(content.variants)}", "")
    shown = variant or blank
    is_default = variant.is_default if variant else first
    state[OPEN] = (setting.campaign, variant.name if variant else "", is_default)
    state[SEEN] = content.said
    state.pop(TROUBLE, None)
    for name, field in KEYS.items():
        value = getattr(shown, field)
        state[key(name)] = "\n".join(value) if name == "whom" else value
    for name, default in shown.defaults:
        state[key(f"default-{name}")] = default
    state[key("defaults")] = dict(shown.defaults)


def variant_dialog(
    setting: ContentSetting, content: CampaignContent, audiences: Mapping[str, str], keep: Keep
) -> None:
    """Draw the dialog where it is open on this campaign. Left by going back it is closed: its fields are forgotten."""
    campaign, old, is_default = st.session_state.get(OPEN, ("", "", False))
    if campaign and key("name") not in st.session_state:
        _close()
    elif campaign == setting.campaign:
        title = f"Change “{old}”" if old else "A message for everybody" if is_default else "A new variant"
        body = partial(_body, setting, content, audiences, keep, old, is_default)
        st.dialog(title, width="large", icon=":material/mail:", on_dismiss=_close)(body)()


def _close() -> None:
    for name in [each for each in st.session_state if str(each).startswith((OPEN, TROUBLE, FORM))]:
        st.session_state.pop(name, None)


def _body(
    setting: ContentSetting, content: CampaignContent, audiences: Mapping[str, str], keep: Keep, old: str,
    is_default: bool,
) -> None:  # fmt: skip
    # A dialog lies outside the page's root, which alone knows whether it is light or dark.
    st.html(f'<style>[data-testid="stDialog"] {{ color-scheme: {session.colours().name}; }}</style>')
    fields = message_fields(session.warehouse().profile)
    st.text_input("Name", key=key("name"), max_chars=LONGEST_NAME)
    if is_default:
        st.caption(
            "It goes to everybody whom no other variant fits, so it has no condition, language or days."
        )
    else:
        _whom(setting, content, audiences)
    _message(fields)
    _gaps(fields)
    if st.button("Save", key=key("save"), type="primary", icon=":material/check:") and _saved(
        setting, content, fields, keep, old, is_default
    ):
        _close()
        st.rerun()
    trouble = st.session_state.get(TROUBLE)
    if trouble:
        told = f'<p class="clientela-verdict bad" role="status" data-testid="content-trouble">{escape(trouble)}</p>'
        st.html(told)


def _whom(setting: ContentSetting, content: CampaignContent, audiences: Mapping[str, str]) -> None:
    """For whom, in which language and when; all of it must hold."""
    levels = described_by()
    left, right, add = st.columns((3, 4, 1), gap="small", vertical_alignment="bottom")
    with left:
        level = st.selectbox(
            "For customers by", list(levels), key=key("level"), format_func=levels.__getitem__
        )
    with right:
        offered = members_by_id(level) if level else {}
        st.multiselect(
            "Any of", list(offered), key=key(f"members-{level}"), format_func=lambda id: offered.get(id, id)
        )
    with add:
        st.button("Add", key=key("add"), on_click=_add_cut, args=(level,), width="stretch")
    st.text_area("Conditions, one a line; a customer must meet all", key=key("whom"), height=90,
                 placeholder="country=Italy|Austria\ncustomer by revenue > 1000")  # fmt: skip
    one, two, three = st.columns(3, gap="small")
    with one:
        named = {"": "Any", **audiences}
        st.selectbox(
            "In the audience", list(named), key=key("audience"), format_func=lambda id: named.get(id, "Gone")
        )
    with two:
        languages = sorted({language for _, language in content.languages.table})
        told = "" if content.languages.level else "Choose below the variants what languages are told by."
        st.selectbox("Reads", with_own(["", *languages], "language"), key=key("language"), accept_new_options=True,
                     format_func=lambda each: each or "Any language", help=told or None,
                     disabled=not content.languages.level)  # fmt: skip
    with three:
        st.selectbox("In the arm", with_own(["", *setting.arms], "arm"), key=key("arm"),
                     format_func=lambda each: each or "Any", disabled=not setting.arms)  # fmt: skip
    since, until = st.columns(2, gap="small")
    with since:
        st.date_input("Valid from", key=key("from"), value=None, format="YYYY-MM-DD")
    with until:
        st.date_input("Valid until", key=key("until"), value=None, format="YYYY-MM-DD")


def with_own(options: list[str], name: str) -> list[str]:
    """The options, and what is chosen already."""
    now = st.session_state.get(key(name)) or ""
    return list(dict.fromkeys((*options, now)))


def _add_cut(level: str) -> None:
    """The members that were chosen as one more condition."""
    chosen = st.session_state.get(key(f"members-{level}")) or []
    if not chosen:
        return
    lines = [each for each in (st.session_state.get(key("whom")) or "").splitlines() if each.strip()]
    st.session_state[key("whom")] = "\n".join((*lines, str(Cut(level, tuple(chosen)))))
    st.session_state[key(f"members-{level}")] = []


def _message(fields: Mapping[str, MessageField]) -> None:
    st.text_input("Subject", key=key("subject"), max_chars=LONGEST_SUBJECT, placeholder="None")
    st.text_area("Text", key=key("text"), max_chars=LONGEST_MESSAGE, height=200, placeholder=EXAMPLE)
    st.pills("Put a field into the text", list(fields), key=key("field"), on_change=_put_field,
             help="\n".join(f"- {each.name}: {each.words}" for each in fields.values()))  # fmt: skip
    left, right = st.columns(2, gap="small")
    with left:
        st.selectbox("Offers are taken from the list", list(OFFERS), key=key("offers"), format_func=OFFERS.__getitem__,
                     help="offer_1, offer_2 and offer_3 are the customer's first ones of the page Offers.")  # fmt: skip
    with right:
        st.selectbox("Written as", list(FORMS), key=key("form"), format_func=FORMS.__getitem__,
                     help="In HTML the values of fields are escaped, so that none is read as markup.")  # fmt: skip


def _put_field() -> None:
    name = st.session_state.get(key("field"))
    if name:
        text = st.session_state.get(key("text")) or ""
        blank = " " if text and not text[-1].isspace() else ""
        st.session_state[key("text")] = f"{text}{blank}{{{{ {name} }}}}"
    st.session_state[key("field")] = None


def _gaps(fields: Mapping[str, MessageField]) -> None:
    """What stands in the place of each field that the message prints and that may not be known."""
    named = gaps(fields)
    if not named:
        return
    st.caption("Not every customer has these. What stands in their place:")
    known: dict[str, str] = st.session_state.get(key("defaults"), {})
    columns = st.columns(min(3, len(named)), gap="small")
    for at, name in enumerate(named):
        st.session_state.setdefault(key(f"default-{name}"), known.get(name, ""))
        with columns[at % len(columns)]:
            st.text_input(f"No {name}", key=key(f"default-{name}"), max_chars=100, placeholder="Needed")


def gaps(fields: Mapping[str, MessageField]) -> list[str]:
    """The fields that the message prints, as far as it can be read, and that may not be known."""
    state = st.session_state
    found: dict[str, None] = {}
    for part in ("subject", "text"):
        one = ContentVariant("", state.get(key(part)) or "", form=state.get(key("form")) or "plain")
        try:
            found |= dict.fromkeys(gaps_of(one, fields))
        except BadRequest:
            continue
    return list(found)


def _saved(
    setting: ContentSetting, content: CampaignContent, fields: Mapping[str, MessageField], keep: Keep, old: str,
    is_default: bool,
) -> bool:  # fmt: skip
    """Whether what was written could be kept; why not is told in the dialog."""
    try:
        new = checked(content.put(written(fields, is_default), old), fields)
        check_variants(session.warehouse(), new, setting.day)
    except BadRequest as error:
        st.session_state[TROUBLE] = f"{error.problem} {error.remedy or ''}".strip()
        return False
    st.session_state[TROUBLE] = UNSAVED
    new = replace(new, said=st.session_state.get(SEEN, new.said))
    return keep(new, f"“{st.session_state[key('name')].strip()}” is saved.")


def written(fields: Mapping[str, MessageField], is_default: bool) -> ContentVariant:
    """What the dialog holds."""
    state = st.session_state
    told: dict[str, Any] = {field: state.get(key(name)) or "" for name, field in KEYS.items()}
    told |= {"cuts": tuple(told["cuts"].splitlines()), "form": told["form"] or "plain"}
    told |= {name: told[name] or None for name in ("valid_from", "valid_to")}
    if is_default:
        told |= {"cuts": (), "audience": "", "arm": "", "language": "", "valid_from": None, "valid_to": None}
    stands = {name: (state.get(key(f"default-{name}")) or "").strip() for name in gaps(fields)}
    return ContentVariant(**told, defaults=tuple((name, text) for name, text in stands.items() if text))


def described_by() -> dict[str, str]:
    """The levels that describe customers and of which anything is known, by name."""
    known = session.warehouse().profile.known
    own = session.cube("stages").dimension("customer")
    return {each.name: each.label for each in own.levels if not each.is_customer and known.get(each.name)}


def members_by_id(level: str) -> dict[str, str]:
    found = search(session.warehouse(), session.cube("stages").level(level), limit=MOST_MEMBERS)
    return {each.id: each.label for each in found}
