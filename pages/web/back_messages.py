"""What browsers send over a page's connection: how dear it is to answer, and what no page of ours has them send.

A browser of anybody could have Streamlit empty the caches of all, or look into its repository: what only developers
ask for goes no further.
"""

from __future__ import annotations

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg

FOR_DEVELOPERS = frozenset(
    (
        "clear_cache",
        "set_run_on_save",
        "load_git_info",
        "debug_disconnect_websocket",
        "debug_shutdown_runtime",
    )
)
EXPORT_COST = 10.0
SHORT = 4096


def cost(message: bytes) -> float | None:
    """The cost of a message in runs of a page; None where it goes no further."""
    if len(message) > SHORT:  # the state of many widgets; what else there is, is short
        return 1.0
    read = BackMsg()
    try:
        read.ParseFromString(message)
    except DecodeError:
        return 1.0
    kind = read.WhichOneof("type")
    if kind in FOR_DEVELOPERS:
        return None
    if kind == "app_heartbeat":
        return 0.0
    is_export = kind == "backend_operation_request" and read.backend_operation_request.HasField(
        "deferred_file"
    )
    return EXPORT_COST if is_export else 1.0
