"""The look of the pages about sources, rejected rows and customers."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st

from pages.manage.shared.coloured_notes import style

OWN = Path(__file__).parents[2] / "ui" / "assets" / "manage.css"


def looks() -> None:
    """The styles that these pages share with the page Data, and their own."""
    style()
    st.html(f"<style>{OWN.read_text(encoding='utf-8')}</style>")


def ready(name: str, **marks: object) -> None:
    """The last thing drawn: what is on screen, for those who wait for it."""
    said = "".join(f' data-{each}="{escape(str(value))}"' for each, value in marks.items())
    st.html(f'<i data-testid="{name}-ready"{said}></i>')
