"""The server of `layout-opt serve` as a process, and a page of it in a real browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PARTS = {"Difference": "difference", "New plan": "plan", "Stored plan": "stored"}
SLOW = 30_000  # milliseconds that a page may take where the machine is busy


@contextmanager
def served(folder: Path, scratch: Path) -> Iterator[str]:
    """Serve a folder; yields the address. Afterwards Ctrl-C: it has to end well, and leave nothing in `scratch`, its folder for temporary files."""
    command = [sys.executable, "-W", "error", "-m", "layout_opt.cli", "serve", str(folder)]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=scratch, env=environment)
    try:
        assert server.stdout is not None
        assert server.stderr is not None
        address = server.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), server.stderr.read()
        yield address
        server.send_signal(signal.SIGINT)
        _, complaints = server.communicate(timeout=60)
    finally:
        server.kill()
        server.communicate()
    assert complaints == "", complaints
    assert server.returncode == 0
    assert list(scratch.iterdir()) == [], list(scratch.iterdir())


class Seen:
    """A page as a person uses it; `asked_elsewhere` and `complaints` are what the browser noticed."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.asked_elsewhere: list[str] = []
        self.complaints: list[str] = []
        page.set_default_timeout(SLOW)
        page.on("request", self._asked)
        page.on("console", lambda message: self.complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address, self.address.replace("http:", "ws:"), "data:", "blob:")):
            self.asked_elsewhere.append(request.url)

    def open(self, rest: str = "en") -> Seen:
        self.page.goto(self.address + rest)
        self.page.locator(".said", has_text=re.compile(r"\S")).wait_for()
        return self

    @property
    def said(self) -> str:
        return str(self.page.locator(".said").inner_text())

    def set(self, label: str, value: str) -> None:
        """Type into a field and leave it."""
        field = self.page.get_by_label(label, exact=True)
        field.fill(value)
        field.press("Enter")

    def changed(self, setting: str) -> None:
        """Wait until a change stands in the page and in the address."""
        self.page.locator(".said-box pre", has_text=setting).first.wait_for()
        key, _, value = setting.partition("=")
        self.page.wait_for_url(lambda url: f"{key}={value}" in url)

    def solve(self, button: str = "Solve", until: str = "Solved in") -> None:
        self.page.get_by_role("button", name=button, exact=True).click()
        self.page.locator(".said", has_text=until).wait_for()

    def figure(self, name: str) -> float:
        """One of the figures below the button."""
        return float(self.page.locator(".figures div", has_text=name).locator("dd").inner_text().replace(",", ""))

    def part(self, name: str) -> Any:
        """A tab of the result, filled."""
        self.page.get_by_role("tab", name=name, exact=True).click()
        part = self.page.locator(f"[data-part={PARTS[name]}]")
        part.locator("h3").first.wait_for()
        return part
