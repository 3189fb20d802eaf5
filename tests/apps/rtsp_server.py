"""A camera on 127.0.0.1 that speaks RTSP: JPEG in RTP (RFC 2435), interleaved in TCP (RFC 2326)."""

from __future__ import annotations

import socketserver
import struct
import threading
import time
from contextlib import suppress

import cv2

from apps.source import Image

_PACKET = 1400  # bytes of a picture in one packet
_SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 26\r\na=control:track0\r\n"
)


def _parts(jpeg: bytes) -> tuple[bytes, bytes]:
    """Quantization tables (2 x 64 bytes) and entropy-coded data of a baseline 4:2:0 JPEG."""
    tables, at = b"", 2
    while True:
        marker, length = struct.unpack(">HH", jpeg[at : at + 4])
        segment = jpeg[at + 4 : at + 2 + length]
        if marker == 0xFFDB:
            tables += b"".join(segment[i + 1 : i + 65] for i in range(0, len(segment), 65))
        at += 2 + length
        if marker == 0xFFDA:
            return tables, jpeg[at:-2]


def rtp_packets(image: Image, sequence: int, timestamp: int) -> list[bytes]:
    """One picture as RTP packets."""
    height, width = image.shape[:2]
    tables, scan = _parts(cv2.imencode(".jpg", image)[1].tobytes())
    packets: list[bytes] = []
    for at in range(0, len(scan), _PACKET):
        last = at + _PACKET >= len(scan)
        number = (sequence + len(packets)) & 0xFFFF
        header = struct.pack(">BBHII", 0x80, 26 | (last << 7), number, timestamp & 0xFFFFFFFF, 1)
        header += struct.pack(">IBBBB", at, 1, 255, width // 8, height // 8)
        if at == 0:
            header += struct.pack(">BBH", 0, 0, len(tables)) + tables
        packets.append(header + scan[at : at + _PACKET])
    return packets


class _Handler(socketserver.StreamRequestHandler):
    """One client, from its first question to its last picture."""

    server: _Server

    def handle(self) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # the client hangs up
            while not self.server.camera.refusing:
                method, number = self._request()
                if not method:
                    return
                self._answer(method, number)
                if method == "PLAY":
                    self._play()
                    return

    def _request(self) -> tuple[str, str]:
        lines = []
        while line := self.rfile.readline().decode("ascii").strip():
            lines.append(line)
        if not lines:
            return "", ""
        fields = dict(line.split(": ", 1) for line in lines[1:])
        return lines[0].split()[0], fields.get("CSeq", "0")

    def _answer(self, method: str, number: str) -> None:
        body = ""
        more = "Session: 1\r\n"
        if method == "DESCRIBE":
            body = _SDP
            more = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
        elif method == "OPTIONS":
            more = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
        elif method == "SETUP":
            more += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
        answer = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n{more}\r\n{body}"
        self.wfile.write(answer.encode("ascii"))

    def _play(self) -> None:
        camera = self.server.camera
        camera.clients += 1
        sequence = 0
        start = time.monotonic()
        for i in range(100_000):
            if camera.refusing:
                return
            timestamp = int(90_000 * (time.monotonic() - start))
            packets = rtp_packets(camera.frames[i % len(camera.frames)], sequence, timestamp)
            sequence += len(packets)
            for packet in packets:
                self.wfile.write(struct.pack(">cBH", b"$", 0, len(packet)) + packet)
            time.sleep(camera.period_s)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    camera: RtspServer


class RtspServer:
    """Serves frames (sides divisible by 16) in a loop; hangs up while `refusing`."""

    def __init__(self, frames: list[Image], fps: float = 30) -> None:
        self.frames = frames
        self.period_s = 1 / fps
        self.refusing = False
        self.clients = 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.camera = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self._server.server_address[1]}/live"

    def __enter__(self) -> RtspServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.refusing = True
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
