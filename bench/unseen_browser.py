"""One person at a dashboard without a browser: sends what a browser sends, hears what comes, and draws nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.request import Request, urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

PATIENCE = 60
LARGEST = 64 * 2**20
WELL = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
TABLE, KEY_FIGURES = "clientela_pivot", "clientela_kpis"


class WentWrong(Exception):
    """A run that did not end as a person expects it to."""


@dataclass(frozen=True, slots=True)
class PageRun:
    """When a run was asked for, when its first key figures came (where it has any), and when all of it was there."""

    asked: float
    figures: float | None
    ended: float

    @property
    def milliseconds(self) -> float:
        return (self.ended - self.asked) * 1000


class UnseenBrowser:
    """What a browser knows of its session: the pages that there are, and the components drawn last."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.pages: dict[str, str] = {}
        self.drawn: dict[str, ForwardMsg] = {}

    async def run(self, asked: ClientState) -> PageRun:
        """Run what is asked to its end. Raises WentWrong."""
        began, figures = perf_counter(), None
        await self.connection.send(BackMsg(rerun_script=asked).SerializeToString())
        while True:
            heard = await asyncio.wait_for(self.connection.recv(decode=False), PATIENCE)
            said = ForwardMsg.FromString(heard)
            if said.WhichOneof("type") == "script_finished":
                if said.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:  # the run goes on as another
                    continue
                if said.script_finished not in WELL:
                    raise WentWrong(f"a run ended as {said.script_finished}")
                return PageRun(began, figures, perf_counter())
            if self._hear(said) == KEY_FIGURES and figures is None:
                figures = perf_counter()

    def _hear(self, said: ForwardMsg) -> str:
        if said.WhichOneof("type") == "navigation":
            self.pages = {page.url_pathname: page.page_script_hash for page in said.navigation.app_pages}
        element = said.delta.new_element
        if element.HasField("exception"):
            raise WentWrong(f"{element.exception.type}: {element.exception.message}")
        name = str(element.bidi_component.component_name)
        if name:
            self.drawn[name] = said
        return name

    async def arrive(self, path: str) -> PageRun:
        """Follow a link to a page, the front page where `path` is empty."""
        return await self.run(ClientState(page_name=path))

    async def open(self, path: str, query: str = "") -> PageRun:
        """Open a page of the menu; `query` is what stands behind the ? of its address."""
        return await self.run(ClientState(page_script_hash=self.pages[path], query_string=query))

    @property
    def table(self) -> dict[str, Any]:
        """Explore's table as it is drawn."""
        (shown,) = json.loads(self.drawn[TABLE].delta.new_element.bidi_component.json)
        return dict(shown)

    async def drill(self, place: int) -> PageRun:
        """Into a row of Explore's table, as a click on its name asks; after the last place comes the first.

        Raises WentWrong where it leads nowhere.
        """
        said, shown = self.drawn[TABLE], self.table
        row = shown["rows"][place % len(shown["rows"])][0]
        run = await self.run(self._clicked(said, row, shown["base"]))
        if self.table["base"] == shown["base"]:
            raise WentWrong(f"a drill into {row} led nowhere")
        return run

    def _clicked(self, said: ForwardMsg, row: str, base: str) -> ClientState:
        click = {
            "where": "open", "row": row, "column": None, "measure": "", "side": "", "value": "", "base": base
        }  # fmt: skip
        asked = ClientState(page_script_hash=self.pages["explore"], fragment_id=said.delta.fragment_id)
        trigger = asked.widget_states.widgets.add()
        trigger.id = f"$$STREAMLIT_INTERNAL_KEY_{said.delta.new_element.bidi_component.id}__events"
        trigger.json_trigger_value = json.dumps([{"event": "click", "value": click}])
        return asked


@asynccontextmanager
async def browsing(port: int) -> AsyncIterator[UnseenBrowser]:
    """A browser that has asked for the front page and opened its session: not yet anything shown."""
    here = f"http://127.0.0.1:{port}"
    async with connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        origin=Origin(here),
        subprotocols=[Subprotocol("streamlit")],
        additional_headers={"Cookie": await asyncio.to_thread(_cookie, here)},
        compression=None,
        max_size=LARGEST,
    ) as socket:
        yield UnseenBrowser(socket)


def _cookie(address: str) -> str:
    """The cookies that the front page sets."""
    with urlopen(Request(address), timeout=PATIENCE) as page:
        set_ = page.headers.get_all("Set-Cookie") or ()
    return "; ".join(each.partition(";")[0] for each in set_)
