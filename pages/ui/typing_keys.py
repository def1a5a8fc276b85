"""Leaves Ctrl+Z to the field that a person types in: Streamlit gives it to the page's shortcut there as well."""

from __future__ import annotations

from pages.ui.served_component import served_component

JS = """
const typed = (node) => node.matches?.("textarea, input:not([type=checkbox], [type=radio]), [contenteditable=true]");
const keep = (event) => {
  const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
  if (isUndo && typed(event.composedPath()[0])) event.stopImmediatePropagation();
};
export default function () {
  window.addEventListener("keydown", keep, true);
  return () => window.removeEventListener("keydown", keep, true);
}
"""

_mount = served_component("clientela_typing", html="<i></i>", css=":host { display: none; }", js=JS)


def leave_typing_alone() -> None:
    """Mount once on a page that has such a shortcut."""
    _mount(key="clientela-typing")
