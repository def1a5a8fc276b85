"""A browser as small as tests need one: it keeps cookies, opens a page, presses its buttons and brings files."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

BOUNDARY = "boundary-of-a-small-browser"
PATIENCE = 20
_numbers = itertools.count()


class SmallBrowser:
    """Another one has other cookies, and is nobody that the server knows."""

    def __init__(self, url: str) -> None:
        self.url, self.host = url, urlsplit(url).netloc
        self.cookies: dict[str, str] = {}
        self.get("/_stcore/health")

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        connection = HTTPConnection(self.host, timeout=PATIENCE)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body or None, {"Cookie": self._cookie(), **named})
            answer = connection.getresponse()
            for line in answer.headers.get_all("set-cookie") or []:
                name, _, value = line.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read()
        finally:
            connection.close()

    def get(self, path: str) -> tuple[int, bytes]:
        return self.ask("GET", path)

    def bring(self, address: str, content: bytes) -> int:
        """The status of an upload to an address that a page was told."""
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="file.csv"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self.ask("PUT", address, body, Content_Type=kind, Origin=self.url, **self.token())[0]

    @contextmanager
    def page(self, session: str = "") -> Iterator[OpenPage]:
        """A page of its own that has run; `session` is the one to be resumed."""
        protocols = ["streamlit", self.cookies["_streamlit_xsrf"], *([session] if session else [])]
        with connect(
            f"ws://{self.host}/_stcore/stream",
            origin=self.url,  # type: ignore[arg-type]
            additional_headers={"Cookie": self._cookie()},
            subprotocols=protocols,  # type: ignore[arg-type]
            max_size=None,
        ) as socket:
            yield OpenPage(socket)

    def token(self) -> dict[str, str]:
        return {"X_Xsrftoken": self.cookies["_streamlit_xsrf"]}

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


class OpenPage:
    """One connection of a page that has run once."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.session = socket, ""
        self.messages: list[ForwardMsg] = []
        self.run()

    def run(self) -> list[ForwardMsg]:
        """Run the page, and give what it sends."""
        wanted = BackMsg()
        wanted.rerun_script.query_string = ""
        self.send(wanted)
        self.messages = self.until("script_finished")
        begun = next(each for each in self.messages if each.WhichOneof("type") == "new_session")
        self.session = begun.new_session.initialize.session_id
        return self.messages

    def send(self, message: BackMsg) -> None:
        self.socket.send(message.SerializeToString())

    def until(self, kind: str) -> list[ForwardMsg]:
        found: list[ForwardMsg] = []
        while not found or found[-1].WhichOneof("type") != kind:
            found.append(ForwardMsg.FromString(bytes(self.socket.recv(PATIENCE, decode=False))))
        return found

    def elements(self, kind: str) -> list[Any]:
        shown = [each.delta.new_element for each in self.messages if each.WhichOneof("type") == "delta"]
        return [getattr(each, kind) for each in shown if each.WhichOneof("type") == kind]

    def texts(self) -> list[str]:
        return [each.body for each in self.elements("text")]

    def address_of_an_upload(self) -> str:
        wanted = BackMsg()
        wanted.file_urls_request.request_id = str(next(_numbers))
        wanted.file_urls_request.file_names.append("file.csv")
        wanted.file_urls_request.session_id = self.session
        self.send(wanted)
        return str(self.until("file_urls_response")[-1].file_urls_response.file_urls[0].upload_url)

    def pressed(self, file: str) -> str:
        """The address of what a button makes once it is pressed; empty where it makes nothing."""
        wanted = BackMsg()
        wanted.backend_operation_request.request_id = str(next(_numbers))
        wanted.backend_operation_request.session_id = self.session
        wanted.backend_operation_request.deferred_file.file_id = file
        self.send(wanted)
        return str(self.until("backend_operation_response")[-1].backend_operation_response.deferred_file.url)
