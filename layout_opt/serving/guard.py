"""Only this machine, and only this page: what comes under another host's name or from another site's pages is refused."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

HOSTS = ("127.0.0.1", "localhost")
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self' ws://127.0.0.1:* ws://localhost:*; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


class Guard:
    """An application that sees only requests meant for it.

    A page of another site may make the browser ask this server: under a name of its own that it lets point here (then `Host` is that name), or
    as it is (then `Origin` is that site). Browsers check neither for web sockets. The policy keeps the page from asking anybody else.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = "" if scope["type"] == "lifespan" else reason(Headers(scope=scope))
        refusal = WebSocketClose() if scope["type"] == "websocket" else PlainTextResponse(refused, 403)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = POLICY
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
            await send(message)

        await (refusal if refused else self.app)(scope, receive, guarded)


def reason(headers: Headers) -> str:
    """Why a request is refused; "" where it is not."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if urlsplit(f"//{host}").hostname not in HOSTS:
        return f"This server answers only as {' or '.join(HOSTS)}, not as {host!r}.\n"
    if origin is not None and origin != f"http://{host}":
        return f"This server does not answer to pages of {origin!r}.\n"
    return ""
