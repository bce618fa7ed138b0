"""A server that answers as the documentation of three services says, and fails as they do."""

from __future__ import annotations

import base64
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Replay:
    """What the server was asked, and how often it is to fail first."""

    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    pictures: list[bytes] = field(default_factory=list)
    busy: int = 0  # questions that are told to wait
    refuse: bool = False  # pictures are not taken
    no_face: bool = False
    wrong_key: bool = False


@contextmanager
def replay() -> Iterator[Replay]:
    """Serve on loopback until left."""
    state = Replay()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = _answer(state, self.path, dict(self.headers), body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(
    state: Replay, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, Any]]:
    if "X-Amz-Target" in headers:
        return _rekognition(state, body)
    if path.endswith("/outputs"):
        return _clarifai(state, path, body)
    return _facepp(state, headers, body)


def _rekognition(state: Replay, body: bytes) -> tuple[int, dict[str, Any]]:
    state.asked["rekognition"] += 1
    state.pictures.append(base64.b64decode(json.loads(body)["Image"]["Bytes"]))
    if state.busy > 0:
        state.busy -= 1
        return 400, {"__type": "ThrottlingException", "message": "Rate exceeded"}
    if state.wrong_key:
        return 400, {"__type": "UnrecognizedClientException", "message": "secret AKIA in token"}
    if state.refuse:
        return 400, {"__type": "InvalidImageFormatException", "message": "no"}
    face = {
        "BoundingBox": {"Width": 0.25, "Height": 0.5, "Left": 0.5, "Top": 0.25},
        "AgeRange": {"Low": 20, "High": 30},
        "Gender": {"Value": "Female", "Confidence": 90.0},
    }
    other = {
        "BoundingBox": {"Width": 0.4, "Height": 0.9, "Left": 0.0, "Top": 0.0},
        "AgeRange": {"Low": 50, "High": 60},
        "Gender": {"Value": "Male", "Confidence": 80.0},
    }
    return 200, {"FaceDetails": [] if state.no_face else [face, other]}


def _facepp(state: Replay, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
    state.asked["facepp"] += 1
    typed = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + body
    parts = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in BytesParser().parsebytes(typed).get_payload()
    }
    state.pictures.append(parts["image_file"])
    if state.busy > 0:
        state.busy -= 1
        return 403, {"error_message": "CONCURRENCY_LIMIT_EXCEEDED", "request_id": "1"}
    if state.wrong_key:
        return 401, {"error_message": "AUTHENTICATION_ERROR", "request_id": "1"}
    if state.refuse:
        return 400, {"error_message": "IMAGE_ERROR_UNSUPPORTED_FORMAT: image_file"}
    face = {
        "face_token": "x",
        "face_rectangle": {"top": 8, "left": 16, "width": 8, "height": 16},
        "attributes": {"gender": {"value": "Female"}, "age": {"value": 27}},
    }
    return 200, {"request_id": "1", "time_used": 9, "faces": [] if state.no_face else [face]}


def _clarifai(state: Replay, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
    state.asked["clarifai"] += 1
    data = json.loads(body)["inputs"][0]["data"]
    state.pictures.append(base64.b64decode(data["image"]["base64"]))
    if state.busy > 0:
        state.busy -= 1
        return 429, {"status": {"code": 11005, "description": "Too many requests"}}
    if state.wrong_key:
        return 401, {"status": {"code": 11102, "description": "Invalid API key"}}
    concepts = {"20-29": 0.7, "more than 70": 0.2, "3-9": 0.1}
    if "gender" in path:
        concepts = {"Feminine": 0.6, "Masculine": 0.2}
    named = [{"id": "x", "name": name, "value": value} for name, value in concepts.items()]
    return 200, {"status": {"code": 10000}, "outputs": [{"data": {"concepts": named}}]}
