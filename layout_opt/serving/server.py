"""The server: an address of this machine, a folder that goes with it, and a clean end."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from nicegui import ui

from layout_opt.errors import Fault, InputError, Place
from layout_opt.serving.blocks import pages
from layout_opt.serving.guard import HOSTS, Guard
from layout_opt.serving.jobs import Jobs
from layout_opt.serving.page import add_pages
from layout_opt.serving.stored import Stored, read_stored
from layout_opt.serving.tab import Site
from layout_opt.serving.views import Views

RECONNECT = 30.0  # seconds that a page whose connection broke may take to come back as it was


def run(path: Path, port: int | None, browser: bool) -> None:
    """Serve until Ctrl-C. Raises `InputError` for a folder that is no run or comparison, or a port that is taken."""
    with tempfile.TemporaryDirectory(prefix="layout-opt-", ignore_cleanup_errors=True) as scratch:
        stored = read_stored(path, Path(scratch) / "models")
        with _listening(port) as listening:
            address = f"http://{HOSTS[0]}:{listening.getsockname()[1]}/"
            sys.stdout.write(f"{address}\nStop with Ctrl-C.\n")
            sys.stdout.flush()
            if browser:
                webbrowser.open(address)
            _serve(stored, Path(scratch) / "runs", listening)


def _serve(stored: Stored, folder: Path, listening: socket.socket) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that the folder goes, too
    jobs = Jobs(folder)
    config = uvicorn.Config(Guard(_application(Site(stored, jobs, Views()))), log_level="warning", timeout_graceful_shutdown=1)
    try:
        asyncio.run(uvicorn.Server(config).serve([listening]))
    except KeyboardInterrupt:
        pass  # which is how a server is stopped
    finally:
        jobs.close()


def _application(site: Site) -> FastAPI:
    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        site.jobs.prepare()
        yield

    app = FastAPI(lifespan=living, openapi_url=None)

    @app.get("/")
    def choose_language(request: Request) -> RedirectResponse:
        language = "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"
        return RedirectResponse(request.url.replace(scheme="", netloc="", path=f"/{language}"))

    @app.get("/style.css")
    def style() -> Response:
        return Response(pages.get_template("style.css").render(), media_type="text/css")

    vega = _vega()

    @app.get("/vega.js")
    def script() -> Response:
        return Response(vega, media_type="text/javascript", headers={"Cache-Control": "max-age=3600"})

    add_pages(site)
    ui.run_with(app, title="layout_opt", reconnect_timeout=RECONNECT, tailwind=False, show_welcome_message=False, favicon="🗺️")
    return app


def _vega() -> bytes:
    """The library that draws charts, from the package that also makes the pictures of reports: nothing is fetched from elsewhere."""
    import vl_convert

    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return bundle.encode()


def _listening(port: int | None) -> socket.socket:
    """A socket on the loopback address. Raises `InputError` where the port is taken."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOSTS[0], port or 0))
        listening.listen()
    except OSError as error:
        listening.close()
        raise InputError(
            faults=[Fault(f"cannot be listened to: {error.strerror}", Place("--port"), "Leave --port out for a free one.", str(port))]
        ) from None
    return listening
