"""A camera on 127.0.0.1 that speaks MJPEG over HTTP, and drops out when told to."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2

from apps.source import Image


class MjpegServer:
    """Serves frames in a loop at `fps` to whoever asks, at `url`."""

    def __init__(self, frames: list[Image], fps: float = 50) -> None:
        self.jpegs = [cv2.imencode(".jpg", frame)[1].tobytes() for frame in frames]
        self.period_s = 1 / fps
        self.mode = "serve"  # "serve", "drop" (hang up, refuse) or "stall" (say nothing)
        self.connections = 0
        self._stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/live"

    def _handler(camera) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

            def do_GET(self) -> None:
                if camera.mode == "drop":
                    self.send_error(503)
                    return
                camera.connections += 1
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                with suppress(BrokenPipeError, ConnectionResetError):  # the reader hangs up
                    camera._send(self)

        return Handler

    def _send(self, handler: BaseHTTPRequestHandler) -> None:
        index = 0
        while self.mode != "drop" and not self._stopped.is_set():
            time.sleep(self.period_s)
            if self.mode == "stall":
                continue
            jpeg = self.jpegs[index % len(self.jpegs)]
            index += 1
            handler.wfile.write(
                b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n"
                % (len(jpeg), jpeg)
            )

    def __enter__(self) -> MjpegServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
