"""Files as sources: every frame, in order; what is damaged is reported."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from apps.camera_reader import LivePolicy
from apps.image_source import natural_key
from apps.open_live import without_password
from apps.open_source import open_source
from apps.source import Frame, Image, Source, SourceBrokeError, SourceError
from tests.apps.fakes import write_video


def opened(text: Path | str) -> Source:
    return open_source(str(text), fps=30.0, policy=LivePolicy())


def drained(source: Source) -> list[Frame]:
    frames = []
    while (item := source.read()) is not None:
        assert isinstance(item, Frame)
        frames.append(item)
    source.close()
    return frames


def numbered(count: int) -> list[Image]:
    """Frames that show their number as seven black or white squares."""
    frames = []
    for i in range(count):
        bits = [255 * (i >> bit & 1) for bit in range(7)]
        row = np.repeat(np.array(bits, np.uint8), 16)
        frames.append(np.ascontiguousarray(np.broadcast_to(row[None, :, None], (32, 112, 3))))
    return frames


def shown_number(frame: Image) -> int:
    return sum(int(frame[16, 16 * bit + 8, 0] > 127) << bit for bit in range(7))


@pytest.mark.parametrize(
    ("name", "codec"), [("a.avi", "MJPG"), ("a.mp4", "mp4v"), ("a.mkv", "mp4v")]
)
def test_video_gives_every_frame_in_order(tmp_path: Path, name: str, codec: str) -> None:
    source = opened(write_video(tmp_path / name, numbered(100), codec, fps=25))
    assert (source.total, source.fps, source.live) == (100, 25, False)
    frames = drained(source)
    assert [f.index for f in frames] == list(range(100))
    assert [f.time_s for f in frames] == pytest.approx([i / 25 for i in range(100)], abs=1e-3)
    assert [shown_number(f.pixels) for f in frames] == list(range(100))
    assert source.notes() == ()


@pytest.mark.parametrize(("name", "codec"), [("a.avi", "MJPG"), ("a.mkv", "mp4v")])
def test_truncated_video_gives_its_frames_then_an_error(
    tmp_path: Path, name: str, codec: str
) -> None:
    path = write_video(tmp_path / name, numbered(100), codec)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    source = opened(path)
    count = 0
    with pytest.raises(SourceBrokeError, match=r"truncated or damaged: \d+ of 100 frames"):
        while source.read() is not None:
            count += 1
    assert 20 < count < 80


def test_one_missing_frame_is_a_note_not_an_error(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", numbered(30))
    data = path.read_bytes()
    last = data.rindex(b"00dc", 0, data.rindex(b"idx1"))
    path.write_bytes(data[: last - 1])
    source = opened(path)
    assert len(drained(source)) == 29
    assert source.notes() == ("29 of the 30 frames in the header were there",)


@pytest.mark.parametrize("content", [b"", b"no video at all" * 100])
def test_what_is_no_video_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"clip\.mp4 cannot be opened"):
        opened(path)


def test_truncated_mp4_is_an_error(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", numbered(50), "mp4v")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(SourceError, match="truncated"):
        opened(path)


def test_natural_order() -> None:
    names = ["img10.png", "img9.png", "img1.png", "IMG2.png", "a100b2.png", "a100b10.png"]
    ordered = [p.name for p in sorted(map(Path, names), key=natural_key)]
    assert ordered == ["a100b2.png", "a100b10.png", "img1.png", "IMG2.png", "img9.png", "img10.png"]


def image_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "clip"
    folder.mkdir()
    for i in (0, 1, 2, 9, 10, 11, 100):
        cv2.imwrite(str(folder / f"{i}.png"), np.full((20 + i, 30, 3), i, np.uint8))
    (folder / "groundtruth.txt").write_text("1,2,3,4\n")
    return folder


def test_folder_of_images_in_natural_order_and_changing_size(tmp_path: Path) -> None:
    source = opened(image_folder(tmp_path))
    assert (source.total, source.live, source.fps) == (7, False, 30)
    frames = drained(source)
    assert [int(f.pixels[0, 0, 0]) for f in frames] == [0, 1, 2, 9, 10, 11, 100]
    assert [f.pixels.shape[0] for f in frames] == [20, 21, 22, 29, 30, 31, 120]
    assert frames[3].time_s == pytest.approx(0.1)


def test_folder_of_a_benchmark_clip(tmp_path: Path) -> None:
    folder = image_folder(tmp_path)
    folder.rename(tmp_path / "img")
    assert opened(tmp_path).total == 7


def test_pattern_takes_images_only(tmp_path: Path) -> None:
    folder = image_folder(tmp_path)
    assert opened(folder / "*").total == 7
    assert [int(f.pixels[0, 0, 0]) for f in drained(opened(folder / "1*.png"))] == [1, 10, 11, 100]


def test_pattern_may_name_one_video(tmp_path: Path) -> None:
    write_video(tmp_path / "a.avi", numbered(5))
    assert len(drained(opened(tmp_path / "*.avi"))) == 5


def test_single_image_is_one_frame(tmp_path: Path) -> None:
    assert len(drained(opened(image_folder(tmp_path) / "9.png"))) == 1


def test_gray_alpha_and_deep_images_become_bgr(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((8, 9), np.uint8))
    cv2.imwrite(str(tmp_path / "2.png"), np.zeros((8, 9, 4), np.uint8))
    cv2.imwrite(str(tmp_path / "3.png"), np.full((8, 9), 0x8000, np.uint16))
    for frame in drained(opened(tmp_path)):
        assert frame.pixels.shape == (8, 9, 3)
        assert frame.pixels.dtype == np.uint8


@pytest.mark.parametrize("suffix", [".jpg", ".bmp"])
def test_truncated_image_is_an_error_that_names_it(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    for name in ("1", "2"):
        cv2.imwrite(str(tmp_path / f"{name}{suffix}"), noise)
    broken = tmp_path / f"2{suffix}"
    broken.write_bytes(broken.read_bytes()[:2000])
    source = opened(tmp_path)
    assert isinstance(source.read(), Frame)
    with pytest.raises(SourceBrokeError, match=f"2{suffix} is not an image"):
        source.read()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "source is empty"),
        ("nothing.mp4", "no file or folder"),
        ("nothing/*.png", "nothing matches"),
        ("77", "camera 77 cannot be opened"),
        ("/dev/video77", "/dev/video77 cannot be opened"),
        ("/dev/null", "/dev/null cannot be opened"),  # a device, and no camera
        ("http://user:secret@127.0.0.1:9/x", r"http://\*\*\*@127.0.0.1:9/x cannot be opened"),
    ],
)
def test_what_is_not_there_is_an_error(
    text: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match=complaint):
        opened(text)


def test_folder_without_images_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no image files"):
        opened(tmp_path)


def test_a_file_with_a_number_for_a_name_is_no_camera(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "0.avi", numbered(4)).rename(tmp_path / "0")
    assert len(drained(opened("0"))) == 4


def test_passwords_are_hidden() -> None:
    assert without_password("rtsp://a:b@host:554/x@y") == "rtsp://***@host:554/x@y"
    assert without_password("rtsp://me:p@ss@camera/live") == "rtsp://***@camera/live"
    assert without_password("http://host/a@b") == "http://host/a@b"
    for name in ("access_token", "api_key", "X-Amz-Signature", "user-pw"):
        assert without_password(f"http://c/?a=1&{name}=x&b=2") == f"http://c/?a=1&{name}=***&b=2"
    given = "rtsp://camera/user=admin&password=secret&channel=1?PWD=x;Token=y"
    hidden = "rtsp://camera/user=***&password=***&channel=1?PWD=***;Token=***"
    assert without_password(given) == hidden
    assert without_password("http://camera/?token=ab/cd==&x=1") == "http://camera/?token=***&x=1"
    assert without_password("rtsp://me:p/ss@camera/live") == "rtsp://***@camera/live"


@pytest.mark.parametrize("password", ['"two words"', "'two words'", "a/b&c;d"])
def test_passwords_in_pipelines_are_hidden(password: str) -> None:
    shown = without_password(f"rtspsrc user-pw={password} latency=0 ! decodebin ! appsink")
    assert shown == "rtspsrc user-pw=*** latency=0 ! decodebin ! appsink"


def test_pipelines_want_gstreamer(monkeypatch: pytest.MonkeyPatch) -> None:
    for there, says in ((False, "no GStreamer"), (True, "cannot run the pipeline")):
        monkeypatch.setattr(cv2.videoio_registry, "hasBackend", lambda _, there=there: there)
        with pytest.raises(SourceError, match=says) as raised:
            opened(f"rtspsrc user-id=me user-pw=secret ! queue {'name=q' * 99} ! nothing")
        assert "secret" not in str(raised.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX's")
def test_a_named_pipe_is_read_as_a_file(tmp_path: Path) -> None:
    video = write_video(tmp_path / "v.avi", numbered(6))
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(video.read_bytes()))
    writer.start()
    assert len(drained(opened(tmp_path / "pipe"))) == 6
    writer.join()
