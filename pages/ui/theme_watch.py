"""Runs the page again when the reader changes the theme: Streamlit repaints itself, but not our figures."""

from __future__ import annotations

from pages.ui.served_component import served_component
from pages.ui.single_steps import SINGLE_STEPS

CSS = ":host { display: block; } .probe { color: var(--st-background-color); transition: color 1ms; }"

JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const probe = parentElement.querySelector(".probe");
  const check = () => {
    const [r, g, b] = getComputedStyle(probe).color.match(/[\\d.]+/g).map(Number);
    const now = 0.2126 * r + 0.7152 * g + 0.0722 * b < 128 ? "dark" : "light";
    if (now !== data.drawn) setTriggerValue("change", now);
  };
  probe.ontransitionend = check;
  return () => { probe.ontransitionend = null; };
}
"""

_mount = served_component("clientela_theme", html='<i class="probe"></i>', css=CSS, js=SINGLE_STEPS + JS)


def watch_theme(drawn: str) -> None:
    """Mount once a page, with the name of the palette that it is drawn in."""
    _mount(key="clientela-theme", data={"drawn": drawn}, on_change_change=lambda: None)
