"""Python reads this at its start in a watched process: every connection and name that it asks for is written down."""

import os
import sys

ASKED = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}


def note(event: str, arguments: tuple[object, ...]) -> None:
    if event in ASKED:
        # socket.* events that belong to a socket name it first, look-ups begin with the name.
        about = arguments[1:] if event in ("socket.connect", "socket.sendto", "socket.sendmsg") else arguments
        os.write(FILE, f"{event} {about[0]!r}\n".encode())


FILE = os.open(os.environ["WATCHED_SOCKETS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
sys.addaudithook(note)
