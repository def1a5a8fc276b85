"""Where customers' languages are told: by a level that describes them, and a table of its members' languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import streamlit as st

from cubes.analysis.content_variants import language_levels
from data.access.deed import Deed
from data.campaigns.country_languages import proposed_languages
from data.model.canonical_tables import UNKNOWN
from data.operational.campaign_contents import CampaignContent, LanguageSource
from pages.act.found_content import ContentSetting
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.member_lookup import search

MOST_MEMBERS = 300
Keep = Callable[[CampaignContent, str], bool]


def languages_panel(setting: ContentSetting, content: CampaignContent, keep: Keep) -> None:
    """Which level tells what customers read, and what each of its members reads."""
    source = content.languages
    told = f"Languages, by {label_of(source.level).lower()}" if source.level else "Languages"
    with st.expander(told, icon=":material/translate:"):
        levels = ["", *(each for each in language_levels(session.warehouse()) if is_known(each))]
        key = f"content-language-level-{setting.campaign}"
        st.session_state[key] = source.level if source.level in levels else ""

        def chosen() -> None:
            level = st.session_state[key]
            keep(replace(content, languages=proposed(level)), "Languages are told so from now on.")

        st.selectbox("What customers read is told by", levels, key=key, on_change=chosen,
                     format_func=lambda name: label_of(name) if name else "Nothing: all read the same")  # fmt: skip
        if source.level:
            table(setting, content, keep)


def table(setting: ContentSetting, content: CampaignContent, keep: Keep) -> None:
    """A row a member; a member without a language of the table is one itself."""
    source = content.languages
    known = {member.casefold(): language for member, language in source.table}
    members = members_of(source.level)
    heading = label_of(source.level)
    frame = pl.DataFrame(
        {heading: members, "Language": [known.get(each.casefold(), "") for each in members]},
        schema={heading: pl.String, "Language": pl.String},
    )
    edited = st.data_editor(frame, key=f"content-languages-{setting.campaign}-{hash(source)}", hide_index=True,
                            disabled=[heading], height=min(280, 40 + 35 * frame.height))  # fmt: skip
    pairs = tuple((one, (other or "").strip()) for one, other in edited.rows() if (other or "").strip())
    if may(Deed.CAMPAIGN) and st.button(
        "Save languages", key="content-languages-save", disabled=set(pairs) == set(source.table)
    ):
        keep(replace(content, languages=replace(source, table=pairs)), "The languages are saved.")
        st.rerun()
    st.caption(
        "Write them as variants name them, such as it or en. Where the field is empty, the name itself counts."
    )


def proposed(level: str) -> LanguageSource:
    """A level with the languages of those of its members that are countries."""
    return LanguageSource(level, proposed_languages(members_of(level)) if level else ())


def members_of(level: str) -> list[str]:
    found = search(session.warehouse(), session.cube("stages").level(level), limit=MOST_MEMBERS)
    return sorted({each.label for each in found if each.label != UNKNOWN})


def is_known(level: str) -> bool:
    return session.warehouse().profile.known.get(level, 0) > 0


def label_of(level: str) -> str:
    return session.cube("stages").level(level).label
