"""A component whose script and style the browser fetches once: a run of the page sends no more than their address.

Streamlit sends what a component is declared with again at each run that draws it, changed or not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import streamlit as st

FOLDER = "component-modules"
LOADER = """
let served;
export default async (asked) => {
  served ??= await import(new URL("ADDRESS", document.baseURI).href);
  const { adoptedStyleSheets: worn } = asked.parentElement;
  if (!worn.includes(served.ownStyle)) asked.parentElement.adoptedStyleSheets = [...worn, served.ownStyle];
  return served.default({ ...asked, data: asked.data?.[0] });
};
"""
STYLE = "export const ownStyle = new CSSStyleSheet();\nownStyle.replaceSync(RULES);\n"

_modules: dict[str, str] = {}


def served_component(name: str, js: str, html: str, css: str = "") -> Callable[..., Any]:
    """Declare a component once, where its module is imported; what is given back mounts it, as Streamlit's own does.

    `js` is an ES module that exports the component's function by default. Its data hold no frames: they go in a
    tuple, for Streamlit would look for a frame in each of a mapping's values, and load pandas to know one.
    """
    module = f"{js}\n{STYLE.replace('RULES', json.dumps(css))}"
    file = f"{name}-{sha256(module.encode()).hexdigest()[:16]}.js"
    _modules[file] = module
    declared = st.components.v2.component(name, html=html, js=LOADER.replace("ADDRESS", f"{FOLDER}/{file}"))

    def mount(data: Mapping[str, Any] | None = None, **asked: Any) -> Any:
        return declared(data=None if data is None else (data,), **asked)

    return mount


def served_files() -> tuple[str, ...]:
    """The names of all modules that are declared by now."""
    return tuple(_modules)


def module_of(file: str) -> str | None:
    """The module that is served by this name, which changes with what it says; None where there is none."""
    return _modules.get(file)
