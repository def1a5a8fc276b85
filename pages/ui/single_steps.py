"""One step back in the browser's history for one change of page.

Streamlit's `switch_page` with parameters pushes two: the page that is left with the parameters of the next, then the
next. The way back would end at the first, where those parameters mean nothing. The script comes with a component that
every page has before anything can be clicked.
"""

from __future__ import annotations

SINGLE_STEPS = """
const push = history.pushState;
let parameters = false; // whether the step taken last changed the parameters alone
history.pushState = function (state, unused, url) {
  const to = new URL(url ?? location.href, location.href);
  const leaves = to.pathname !== location.pathname, same = to.search === location.search;
  if (leaves && same && parameters) {
    parameters = false;
    return history.replaceState(state, unused, url);
  }
  parameters = !leaves && !same && to.search !== "";
  return push.call(history, state, unused, url);
};
addEventListener("popstate", () => { parameters = false; });
"""
