"""A small web server on loopback that serves bundles, and every kind of failure."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HUGE_BYTES = 100 * 1024 * 1024
BLOCK = b"/" * (64 * 1024)


class Trouble(BaseHTTPRequestHandler):
    """Answers by path; ``files`` maps names to bundles."""

    files: dict[str, Path]

    def do_GET(self) -> None:
        """Answer one request."""
        name = self.path.lstrip("/")
        if name in self.files:
            self._send(200, "text/javascript", self.files[name].read_bytes())
        elif name == "page":
            self._send(200, "text/html", b"<!doctype html><html><body>Sign in</body></html>")
        elif name == "loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif name == "huge":
            self._send_huge()
        else:
            self._send(404, "text/plain", b"no such bundle")

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_huge(self) -> None:
        """Send 100 MB without announcing it, until the client stops reading."""
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript")
        self.end_headers()
        try:
            for _ in range(HUGE_BYTES // len(BLOCK)):
                self.wfile.write(BLOCK)
        except OSError:
            self.close_connection = True


@contextmanager
def web(**files: Path) -> Iterator[str]:
    """Serve ``files`` by their names; yield the address."""
    handler = type("Serving", (Trouble,), {"files": files})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
