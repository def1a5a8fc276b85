"""Credits side by side under the sentence that they are conventions, and beside them what holdouts measured."""

from __future__ import annotations

from html import escape

import streamlit as st

from data.errors import BadRequest
from mining.journeys.channel_credits import ONLY_A_CONVENTION, ChannelCredits
from pages.service import journeys_words as words
from pages.service.found_journeys import FoundJourneys, asked_credits, measured_channels
from pages.service.journeys_view import JourneysView
from pages.ui import session
from pages.ui.acting_person import policy
from pages.ui.chart_clicks import chart
from pages.ui.export_files import downloads
from pages.ui.figures import dot_intervals, heatmap
from pages.ui.open_pages import link_to
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view
from pages.ui.sought_work import await_work

UNITS = {"purchases": "count", "revenue": "money", "share": "percent", "low": "percent", "high": "percent"}
ROOM = 640  # pixels that the columns of the rules have


def credits_card(view: JourneysView, found: FoundJourneys) -> bool:
    """Whether the credits are there, rather than still sought or refused."""
    with card("credits"):
        section(
            "Credits side by side",
            "The share of the purchases that each convention credits to each channel, with how far it hangs on who"
            " happened to come: the band of 95% over 100 resamples of customers.",
        )
        st.html(
            f'<p class="clientela-verdict" data-testid="convention"><b>{escape(told_words(ONLY_A_CONVENTION))}</b></p>'
        )
        try:
            credits = await_work(
                asked_credits(view, found), "Weighing the channels, then resampling customers …"
            )
        except BadRequest as error:
            st.html(
                f'<p data-testid="credits-refused">{escape(told_words(f"{error.problem} {error.remedy}"))}</p>'
            )
            measured()
            return True
        if credits is None:
            return False
        drawn(view, credits)
    return True


def drawn(view: JourneysView, credits: ChannelCredits) -> None:
    said = [words.disagreement(credits), credits.refusal]
    st.html(f'<p data-testid="credits-told">{escape(told_words(" ".join(filter(None, said))))}</p>')
    left, right = st.columns([1, 1], gap="medium")
    key = view.to_parameters()
    with left:
        cells = heatmap(words.credit_cells(credits), session.colours(), unit="percent", room=ROOM)
        chart(cells, f"credit-cells-{key}", words.credits_alt(credits))
        measured()
    with right:
        figure = dot_intervals(words.credit_dots(credits), session.colours(), unit="percent")
        chart(figure, f"credit-dots-{key}", words.credits_alt(credits))
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="credits-more"):
        rules(credits)
        st.space("stretch")
        downloads("clientela-journey-credits", lambda: words.credit_table(credits), "journey-credits", UNITS)
    with st.expander("As a table", icon=":material/table:"):
        frame_view(words.credit_table(credits), "credits-table", UNITS)


def rules(credits: ChannelCredits) -> None:
    """Each convention in words, and the order of the chain."""
    with st.popover("What each rule does", icon=":material/help:"):
        told = "".join(
            f"<li><b>{escape(words.RULES[rule])}</b>: {escape(text)}</li>"
            for rule, text in words.RULE_WORDS.items()
        )
        st.html(f"<ul>{told}</ul>")
        st.html(f'<p class="clientela-quiet">{escape(words.order_words(credits.order))}</p>')
        st.html(
            '<p class="clientela-quiet">The credits of a rule are never below zero and add up to all purchases after a'
            " touch and to all their revenue; what came without a touch is credited to nobody.</p>"
        )


def measured() -> None:
    """What campaigns that held customers out measured, by channel."""
    if not policy().sees("campaigns"):
        return
    section(
        "What holdouts measured",
        "What campaigns by a channel changed a customer reached, against customers who were held out by chance.",
    )
    found = measured_channels()
    if not found.effects or found.say is None:
        st.html(f'<p data-testid="measured">{escape(told_words(found.why))}</p>')
    else:
        told = [f"{one.kind}: {words.effect_words(one, found.say)}." for one in found.effects]
        lines = "".join(f"<li>{escape(told_words(each))}</li>" for each in told)
        st.html(f'<ul data-testid="measured">{lines}</ul>')
        st.html(
            '<p class="clientela-quiet">With the interval of 95%. A channel with a large credit and no measured'
            " effect may only be where customers pass who buy anyway. Of the whole firm, whatever the filters.</p>"
        )
    link_to("act/campaigns_page.py", label="Campaigns", icon=":material/campaign:")
