"""What a campaign sends: its variants in order, how customers are spread over them, and what one of them would get."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from html import escape

import polars as pl
import streamlit as st

from cubes.analysis.seen_statements import seen_audiences
from data import environment
from data.access.deed import Deed
from data.errors import BadRequest, WarehouseError
from data.operational import campaign_contents
from data.operational.campaign_contents import CampaignContent, ContentVariant
from data.operational.operational_store import OperationalStore
from pages.act import content_words as words
from pages.act.content_languages import languages_panel
from pages.act.found_content import ContentSetting, found_coverage, read_content
from pages.act.message_preview import preview_panel
from pages.act.variant_dialog import open_variant, variant_dialog
from pages.explore.written_deeds import Standing, do, tell, waits
from pages.ui import session
from pages.ui.allowed_deeds import for_deed, may
from pages.ui.chart_clicks import chart
from pages.ui.controls import as_plain
from pages.ui.export_files import downloads
from pages.ui.figures import bars
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height

SAID, UNDO = "content-said", "content-undo"
ERASED = "What was written named a customer who was erased, and is gone with them. Write it anew."
RUNS = "Whoever was reached keeps what they were sent: a change holds for those who are reached from now on."
UNITS = {"share": "percent"}
EMPTY = (
    "Nothing is written yet. Contacts then have no text: whoever sends them writes it. The first message is for "
    "everybody; more follow, each for some."
)


def content_card(setting: ContentSetting, title: str = "What is sent") -> None:
    """Draw the card, and the dialog of a variant where one is open."""
    with card("content"):
        section(title, "Each customer gets the first variant that fits; the last one is for everybody else.")
        try:
            content, named = read_content(setting.campaign), audience_names()
        except WarehouseError as error:
            st.html(f'<p class="clientela-verdict bad" role="status">{escape(str(error))}</p>')
            return
        if not setting.is_open:
            st.html(f'<p class="clientela-quiet">{RUNS}</p>')
        variants(setting, content, named)
        if content.variants:
            spread(setting, content)
            languages_panel(setting, content, partial(keep, setting))
            preview_panel(setting, content)
    variant_dialog(setting, content, named, partial(keep, setting))


def audience_names() -> Mapping[str, str]:
    """The audiences that there are, by id with their names."""
    return {each.id: each.name for each in seen_audiences(session.warehouse())}


def variants(setting: ContentSetting, content: CampaignContent, named: Mapping[str, str]) -> None:
    """The list, each with what changes it; what the last change did, and its undoing."""
    if not content.variants:
        said = ERASED if content.is_erased else EMPTY
        st.html(f'<p class="clientela-quiet" data-testid="content-empty">{said}</p>')
    for at, each in enumerate(content.variants):
        _line(setting, content, at, each, named)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="content-deeds"):
        label = "Add a variant" if content.variants else "Write the message"
        if may(Deed.CAMPAIGN):
            st.button(label, key="content-add", icon=":material/add:", on_click=open_variant,
                  args=(setting, content, None))  # fmt: skip
        if st.session_state.get(UNDO, ("", ""))[0] == setting.campaign:
            st.button("Undo", key="content-undo-it", icon=":material/undo:", type="tertiary", on_click=_undo)
        if not waits(SAID):
            tell(SAID)
    if waits(SAID):
        tell(SAID, {"variants": words.variants_words})


def _line(
    setting: ContentSetting, content: CampaignContent, at: int, each: ContentVariant, named: Mapping[str, str]
) -> None:
    """One variant: for whom, how it begins, and what moves, changes and deletes it. That for everybody stays last."""
    name, last = each.name, len(content.variants) - 2
    whom = words.whom_words(each, session.cube(), named)
    told = f'<b>{at + 1}. {escape(name)}</b> <span class="clientela-quiet">{escape(whom)}</span>'
    begins = f'<span class="clientela-quiet">{escape(words.first_words(each))}</span>'

    def kept(changed: CampaignContent, sentence: str) -> None:
        keep(setting, changed, sentence)

    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"content-line-{at}"):
        st.html(f"{told}<br>{begins}", width="stretch")
        with st.container(horizontal=True, gap="xsmall", width="content", key=f"content-ways-{at}"):
            if not each.is_default:
                up, down = content.moved(name, -1), content.moved(name, 1)
                _way(at, "arrow_upward", f"Let {name} count earlier", partial(kept, up, "Moved up."), at == 0)
                later = partial(kept, down, "Moved down.")
                _way(at, "arrow_downward", f"Let {name} count later", later, at >= last)
            _way(at, "edit", f"Change {name}", partial(open_variant, setting, content, each))
            gone = partial(kept, content.without(name), f"“{name}” is deleted.")
            _way(at, "delete", f"Delete {name}", gone)


@for_deed(Deed.CAMPAIGN)
def _way(at: int, icon: str, help: str, then: Callable[..., None], disabled: bool = False) -> None:
    """A button that shows its icon alone: its words are for readers who do not see it, and in the hint."""
    st.button(as_plain(help), key=f"content-{icon}-{at}", icon=f":material/{icon}:", type="tertiary",
              help=as_plain(help), on_click=then, disabled=disabled)  # fmt: skip


def keep(setting: ContentSetting, content: CampaignContent, sentence: str, standing: Standing = None) -> bool:
    """Keep a changed content, which can be undone; whether it could be. Why not is told at the list."""

    def deed(store: OperationalStore) -> str:
        said = campaign_contents.save(store, content, environment.who(), standing)
        st.session_state[UNDO] = (setting.campaign, said)
        return sentence

    return do(SAID, deed, partial(keep, setting, content, sentence))


def _undo() -> None:
    _, statement = st.session_state.pop(UNDO)

    def deed(store: OperationalStore) -> str:
        campaign_contents.undo(store, statement, environment.who())
        return "As it was before."

    do(SAID, deed)


def spread(setting: ContentSetting, content: CampaignContent) -> None:
    """How those reached are spread, as a picture, in words and as a table."""
    try:
        coverage = found_coverage(setting, content)
    except BadRequest as error:
        said = escape(f"{error.problem} {error.remedy or ''}")
        st.html(f'<p class="clientela-verdict bad" role="status" data-testid="content-coverage">{said}</p>')
        return
    told = words.coverage_sentences(coverage, len(setting.customers))
    told.append(words.default_days_sentence(content, setting.first, setting.last))
    st.html(f'<p data-testid="content-coverage">{escape(told_words(" ".join(told).strip()))}</p>')
    if not len(setting.customers):
        return
    _picture(setting, coverage)
    table = words.coverage_table(coverage)
    shown = table.select(each.name for each in table if each.null_count() < table.height)
    frame_view(shown, "content-spread", UNITS, height=whole_height(shown))
    downloads("clientela-content", lambda: table, "content-coverage", UNITS)


def _picture(setting: ContentSetting, coverage: pl.DataFrame) -> None:
    frame = words.coverage_bars(coverage)
    told = "; ".join(f"{label} {text}" for label, text in frame.select("label", "text").iter_rows())
    figure = bars(frame, session.colours(), unit="count")
    chart(figure, f"content-bars-{setting.campaign}-{told}", f"Customers by variant: {told}.")
