"""The loopback server of `benchmarks/download.py`: pictures as real ones come, and real faults.

It runs in a process of its own, holds everything in memory and answers without looking anything
up, so that it is not what limits a client: one core of it gives several thousand pictures a
second.

The pictures are noise in several octaves, as photographs have detail at every scale, drawn from
numbered seeds and saved as JPEG in the sizes and qualities of social networks: 1080 pixels wide
mostly, 50 to 400 KB. `DISTINCT` are drawn; the others are these with another comment segment
inside, which makes other bytes (and another SHA-256) of the same work to decode.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import random
import struct
import time
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image

DISTINCT = 200
SIZES = ((1080, 1350), (1080, 1080), (1080, 1080), (1080, 720), (1440, 1080), (800, 600))
QUALITIES = (70, 75, 80, 85, 90)
SMALLEST, LARGEST = 50_000, 400_000  # bytes
OCTAVES = ((8, 60.0), (32, 40.0), (128, 22.0), (512, 12.0))  # cells per 1,000 pixels, contrast

ERRORS = 0.05  # of the requests: 500, 503, or the connection is reset
SLOW_HOSTS = 0.02  # of the hosts
SLOW_SECONDS = 3.0  # until a slow host answers
HOSTS = 100
BURST = (0.3, 0.5)  # seconds after the first request between which all are told to wait
RETRY_AFTER = 1  # second
AGAIN = "/again"  # asked for before each side: the faults start anew


def photograph(seed: int) -> bytes:
    """Return a JPEG of 50 to 400 KB that is drawn from `seed` alone."""
    draw = np.random.default_rng(seed)
    width, height = SIZES[seed % len(SIZES)]
    canvas: NDArray[np.float32] = np.full((height, width, 3), 128, np.float32)
    for cells, contrast in OCTAVES:
        shape = (max(2, height * cells // 1000), max(2, width * cells // 1000), 3)
        noise = Image.fromarray(draw.integers(0, 256, shape, dtype=np.uint8))
        smooth = np.asarray(noise.resize((width, height), Image.Resampling.BICUBIC), np.float32)
        canvas += (smooth - 128) * (contrast / 128)
    canvas += draw.normal(0, draw.uniform(0.5, 5.0), (height, width, 1)).astype(np.float32)
    picture = Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8))
    quality = int(draw.choice(QUALITIES))
    while True:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality)
        if SMALLEST <= buffer.tell() <= LARGEST or not 40 < quality < 95:
            return buffer.getvalue()
        quality += 5 if buffer.tell() < SMALLEST else -5


class Faults:
    """Which requests go wrong: drawn from a seed, never twice in a row for one address."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self._failed: set[str] = set()
        self._started = 0.0

    def of(self, host: str, path: str) -> str:
        """Return what this request meets: "", "wait", "slow", "500", "503" or "reset"."""
        now = time.monotonic()
        self._started = self._started or now
        if BURST[0] <= now - self._started < BURST[1]:
            return "wait"
        if path not in self._failed and self._draw.random() < ERRORS:
            self._failed.add(path)
            return self._draw.choice(("500", "503", "reset"))
        number = int(host.rsplit(".", 1)[-1]) if host.startswith("127.") else 0
        return "slow" if number and number <= HOSTS * SLOW_HOSTS else ""


class Answers(asyncio.Protocol):
    """One connection, kept alive: `/N.jpg` is answered with picture N."""

    pictures: list[bytes]
    faulty = False
    faults: Faults | None = None

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that has come whole."""
        self._received += data
        while b"\r\n\r\n" in self._received:
            request, self._received = self._received.split(b"\r\n\r\n", 1)
            self._answer(request.decode("latin-1"))

    def _answer(self, request: str) -> None:
        path = urlsplit(request.split(" ", 2)[1]).path
        if path == AGAIN:
            Answers.faults = Faults(1) if self.faulty else None
            return self._empty("200 OK")
        if not path.endswith(".jpg"):
            return self._empty("404 Not Found")
        host = self._transport.get_extra_info("sockname")[0]
        fault = self.faults.of(host, path) if self.faults else ""
        if fault == "reset":
            return self._transport.abort()
        if fault == "wait":
            return self._empty("429 Too Many Requests", f"Retry-After: {RETRY_AFTER}\r\n")
        if fault in ("500", "503"):
            return self._empty(f"{fault} Trouble")
        number = int(path[1:-4])
        if fault == "slow":
            asyncio.get_running_loop().call_later(SLOW_SECONDS, self._picture, number)
        else:
            self._picture(number)

    def _empty(self, status: str, headers: str = "") -> None:
        self._transport.write(f"HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\n\r\n".encode())

    def _picture(self, number: int) -> None:
        picture = self.pictures[number % len(self.pictures)]
        comment = f"picture {number}".encode()
        head = picture[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment
        length = len(head) + len(picture) - 2
        start = f"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n"
        self._transport.writelines([start.encode() + head, memoryview(picture)[2:]])


async def serve(faulty: bool) -> None:
    """Draw the pictures, print the port and the sizes, and serve until killed."""
    Answers.pictures = [photograph(seed) for seed in range(DISTINCT)]
    Answers.faulty = faulty
    server = await asyncio.get_running_loop().create_server(Answers, "0.0.0.0", 0, backlog=1000)
    sizes = np.array([len(picture) for picture in Answers.pictures])
    low, middle, high = (int(np.percentile(sizes, share)) // 1000 for share in (0, 50, 100))
    print(server.sockets[0].getsockname()[1], low, middle, high, flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", action="store_true")
    asyncio.run(serve(parser.parse_args().faults))
