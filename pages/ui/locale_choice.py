"""How a reader wants numbers and days written, kept by their browser, whoever signs in there."""

from __future__ import annotations

import streamlit as st

from data import environment
from pages.ui.served_component import served_component

COOKIE = "clientela-locale"
NAMES = {"en": "English", "it": "Italian", "ru": "Russian"}

CSS = """
label { display: inline-flex; align-items: center; gap: 8px; color: var(--st-text-color);
  font: .9286rem var(--st-font); }
select { font: inherit; color: inherit; padding: 5px 8px; border: 1px solid var(--st-border-color); border-radius: 6px;
  background: var(--st-secondary-background-color); }
"""
JS = """
export default function ({ data, parentElement }) {
  const select = parentElement.querySelector("select");
  const option = ([value, label]) => new Option(label, value, false, value === data.chosen);
  select.replaceChildren(...data.options.map(option));
  select.onchange = () => {
    const age = select.value ? 34560000 : 0;
    document.cookie = `${data.cookie}=${select.value}; path=/; max-age=${age}; samesite=lax`;
    location.reload();
  };
}
"""

_mount = served_component(
    "clientela_locale_choice",
    html="<label>Numbers and days for you <select></select></label>",
    css=CSS,
    js=JS,
)


def chosen_locale() -> str:
    """The language that was chosen in this browser, empty where none was."""
    found = st.context.cookies.get(COOKIE, "")
    return found if found in NAMES else ""


def locale_choice() -> None:
    """Draw the choice; the browser keeps it and loads the page again."""
    unchosen = "As set for everybody" if environment.locale() else "As the browser's language"
    options = [["", unchosen], *([language, NAMES[language]] for language in environment.LANGUAGES)]
    _mount(key="locale-choice", data={"cookie": COOKIE, "chosen": chosen_locale(), "options": options})
