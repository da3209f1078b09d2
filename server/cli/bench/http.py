# SPDX-License-Identifier: Apache-2.0
"""How other tools move pictures: PNG in the body of an HTTP request. The yardstick of `bench transport`.

Run as a module it is the other end: a process that decodes each PNG and sends it back, encoded again.
"""

from __future__ import annotations

import http.client
import io
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LEVEL_HEADER = "X-Level"
LARGEST = 256 << 20


def encode(pixels: NDArray[np.uint8], level: int) -> bytes:
    """A PNG of (h, w, 4) pixels; level is zlib's, 1 (fast) to 9."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=level)
    return buffer.getvalue()


def decode(data: bytes) -> NDArray[np.uint8]:
    """The pixels of a PNG."""
    return np.asarray(Image.open(io.BytesIO(data)))


class Echo(BaseHTTPRequestHandler):
    """Answers a PNG with the same picture."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        if not 0 < length <= LARGEST:
            self.send_error(413)
            return
        level = int(self.headers.get(LEVEL_HEADER, "1"))
        answer = encode(decode(self.rfile.read(length)), level)
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the figures are what is printed."""


@contextmanager
def other_end() -> Generator[int]:
    """The port of an echo process on loopback, which ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli.bench.http"], stdout=subprocess.PIPE, text=True
    )
    try:
        if process.stdout is None:
            raise RuntimeError("the echo process has no output")
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def round_trip(port: int, pixels: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """There and back, as PNG over HTTP."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("POST", "/", encode(pixels, level), {LEVEL_HEADER: str(level)})
        answer = connection.getresponse()
        return decode(answer.read())
    finally:
        connection.close()


def _serve() -> None:
    server = HTTPServer(("127.0.0.1", 0), Echo)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve()
