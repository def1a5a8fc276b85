"""What a run sends of a component is its address; the browser fetches the script behind it once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st
from starlette.applications import Starlette

from pages.ui.served_component import FOLDER, served_component
from pages.web.component_modules import COMPONENT_MODULES

CSS = '.root::after { content: "\\2026"; }'
BODY = "export default function () {}"


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[dict[str, Any], list[Any]]]:
    """Declares a component; what Streamlit is told of it, and what it is mounted with."""

    def declare(css: str = CSS) -> tuple[dict[str, Any], list[Any]]:
        told: dict[str, Any] = {}
        mounted: list[Any] = []

        def component(name: str, **parts: Any) -> Callable[..., None]:
            told.update(parts, name=name)
            return lambda **asked: mounted.append(asked)

        monkeypatch.setattr(st.components.v2, "component", component)
        mount = served_component("clientela_test", js=BODY, html="<i></i>", css=css)
        mount(key="one", data={"rows": [1, 2]})
        mount(key="two")
        return told, mounted

    return declare


def address(told: dict[str, Any]) -> str:
    return str(told["js"]).partition('new URL("')[2].partition('"')[0]


def asked(path: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of what is answered at `path`."""
    heard: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        heard.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    asyncio.run(Starlette(routes=[COMPONENT_MODULES])(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in heard[0]["headers"]}
    return heard[0]["status"], headers, b"".join(each.get("body", b"") for each in heard[1:]).decode()


def test_a_run_sends_an_address_and_no_script(declared: Callable[..., Any]) -> None:
    told, _ = declared()
    assert "css" not in told
    assert len(told["js"]) < 600
    assert address(told).startswith(f"{FOLDER}/clientela_test-")


def test_no_frame_is_looked_for_in_data(declared: Callable[..., Any]) -> None:
    _, mounted = declared()
    assert [each["data"] for each in mounted] == [({"rows": [1, 2]},), None]


def test_the_script_is_served_with_its_style_to_be_kept(declared: Callable[..., Any]) -> None:
    status, headers, body = asked(f"/{address(declared()[0])}")
    assert status == 200
    assert headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"]
    assert body.startswith(BODY)
    rules = body.partition("replaceSync(")[2].removesuffix(");\n")
    assert json.loads(rules) == CSS


def test_another_style_has_another_address(declared: Callable[..., Any]) -> None:
    assert address(declared()[0]) == address(declared()[0]) != address(declared("i {}")[0])


@pytest.mark.parametrize("file", ["clientela_test.js", "../app.py", "app.py"])
def test_nothing_else_is_served(file: str) -> None:
    assert asked(f"/{FOLDER}/{file}")[0] == 404
