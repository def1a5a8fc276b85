"""The frame of every page: settings, style, warm-up, navigation."""

from __future__ import annotations

import gc
import sys
import threading
from contextlib import suppress
from html import escape
from pathlib import Path

import streamlit as st
from streamlit import config

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

from pages import early_imports  # noqa: E402

early_imports.wait()

from data.access.acting import Acting, acting  # noqa: E402
from pages.ui import acting_person  # noqa: E402, F401 (says who acts)
from pages.ui.chart_images import offer_images  # noqa: E402
from pages.ui.first_start import ensure_warehouse  # noqa: E402
from pages.ui.menu import MENU  # noqa: E402
from pages.ui.navigation import navigate  # noqa: E402
from pages.ui.open_pages import open_entries  # noqa: E402
from pages.ui.own_connection import tell_limits  # noqa: E402
from pages.ui.page_or_why_not import nobody_let_in, run_page  # noqa: E402
from pages.ui.page_skeleton import page_skeleton  # noqa: E402
from pages.ui.search_everything.search_everything import search_everything  # noqa: E402
from pages.ui.sign_out import sign_out  # noqa: E402
from pages.ui.style.theme import palette, style_sheet  # noqa: E402
from pages.ui.theme_watch import watch_theme  # noqa: E402
from pages.ui.width_watch import watch_width  # noqa: E402

STATIC = HERE / "static"
TOTAL_STYLE = HERE / "ui" / "assets" / "total.css"


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Import what pages need, once a process, and keep the collector from walking through it again."""
    from cubes import cube_extension
    from cubes.lines import line_store
    from data import environment, operational_extension
    from data.store import event_log, private_files
    from pages.ui import figures, kpi_row  # noqa: F401
    from pages.ui.pivot import pivot_table  # noqa: F401

    environment.check()
    cube_extension.register()
    operational_extension.register()
    line_store.hold()
    private_files.for_good(environment.warehouse())
    event_log.set_up()
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def begin_to_load() -> None:
    """Look after declared sources from now on, once a process and once a page is there: it imports all that loads."""

    def begin() -> None:
        from data import environment
        from data.delivery import following, scheduler
        from data.errors import ClientelaError

        with suppress(ClientelaError):  # a page tells what is wrong with the warehouse
            following.start(environment.warehouse())
        scheduler.start()

    threading.Thread(target=begin, name="clientela-begin", daemon=True).start()


def ensure_launcher() -> None:
    """Nothing is shown where this script was started itself, without app.py and what guards it."""
    if config._server_mode == "starlette-managed":
        st.error("Start Clientela with `streamlit run app.py`.")
        st.stop()


def show_currency() -> None:
    """On every page: what amounts are in. A warehouse that cannot be read is told by the page itself."""
    from data.errors import ClientelaError
    from pages.ui import session

    try:
        currency = escape(session.currency())
    except ClientelaError:
        return
    if currency:
        st.html(f'<span class="clientela-currency" data-currency="{currency}">Amounts in {currency}</span>')


def show_limits() -> None:
    """Beneath it, to whom rows are limited: what they see."""
    from pages.ui.limits_told import rows_told

    if told := rows_told():
        st.html(f'<span class="clientela-limits" title="{escape(told)}">You see: {escape(told)}</span>')


def acting_or_stop() -> Acting:
    """Who looks. Nothing is shown to whom nothing lets in any longer, nor while the policies cannot be read."""
    from data.errors import ClientelaError

    try:
        return acting()
    except ClientelaError as error:
        st.navigation([st.Page(lambda: None, title="Clientela", url_path="shut")], position="hidden")
        nobody_let_in(error)
        st.stop()


def write_as_read() -> None:
    """Numbers and days in the form of whoever looks, colours in the theme that is on."""
    from pages.ui import session

    session.read_locale()
    st.session_state.pop(session.IN_LIGHT, None)


def main() -> None:
    st.set_page_config(
        page_title="Clientela",
        page_icon=str(STATIC / "mark.svg"),
        layout="wide",
        initial_sidebar_state="auto",
        menu_items={"Get help": None, "Report a bug": None, "About": None},
    )
    ensure_launcher()
    colours = palette(st.context.theme.type)
    st.logo(str(STATIC / f"logo-{colours.name}.svg"), size="large")
    st.html(f"<style>{style_sheet(STATIC / 'clientela.css', TOTAL_STYLE)}</style>")
    who = acting_or_stop()
    chosen = navigate(MENU, open_entries(who.policy), HERE, colours.name)
    with page_skeleton(chosen.url_path):
        st.set_page_config(page_title=f"{chosen.title} · Clientela")
        tell_limits()
        warm_up()
        write_as_read()
        watch_theme(colours.name)
        watch_width()
        offer_images()
        sign_out(who.person)
        ensure_warehouse()
        show_currency()
        show_limits()
        search_everything()
        run_page(chosen, who.policy)
    begin_to_load()


main()
