"""Leaves a page whose session has ended while nothing connected it with the server, as where a machine slept."""

from __future__ import annotations

from pages.ui.served_component import served_component

CSS = ":host { display: block; }"
JS = """
const SECONDS = 20;
export default function () {
  const look = async () => {
    const answer = await fetch("/_stcore/host-config", { cache: "no-store" }).catch(() => null);
    if (answer?.status === 401) location.assign("/sign-in?why=ended");
  };
  const clock = setInterval(look, SECONDS * 1000);
  document.addEventListener("visibilitychange", look);
  return () => { clearInterval(clock); document.removeEventListener("visibilitychange", look); };
}
"""

_mount = served_component("clientela_session", html="<i></i>", css=CSS, js=JS)


def watch_session() -> None:
    """Mount once a page, where somebody is signed in."""
    _mount(key="clientela-session")
