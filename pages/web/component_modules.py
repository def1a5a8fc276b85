"""The scripts of our components, which a browser asks for once and keeps: another script has another address."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pages.ui.served_component import FOLDER, module_of

KEPT = {"cache-control": "public, max-age=31536000, immutable"}


async def _answer(request: Request) -> Response:
    module = module_of(request.path_params["file"])
    if module is None:
        return PlainTextResponse("There is no such script.\n", status_code=404)
    return Response(module, media_type="text/javascript", headers=KEPT)


COMPONENT_MODULES = Route(f"/{FOLDER}/{{file}}", _answer)
