"""`lowtrack track`, run as a function."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from apps import track
from apps.open_source import open_source as real_open_source
from apps.overlay import COLOURS
from apps.render import PaintedScene, Scene
from apps.source import Outage, Source
from apps.window import Action
from tests.apps.fakes import ScriptedView, clip_frames, count_frames, first_box, write_video
from tracker import Box
from tracker.box import iou


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def box_of(row: dict[str, str]) -> Box:
    return Box(*(float(row[name]) for name in "xywh"))


@pytest.mark.usefixtures("fake_tracker")
class TestHeadless:
    def test_video_to_video_and_csv(
        self, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        video, results = tmp_path / "o.mp4", tmp_path / "new" / "o.csv"
        code = track.main(
            f"--source {clip} --init-box {first_box()} --headless --profile "
            f"--save {video} --results {results}".split()
        )
        out, err = capsys.readouterr()
        assert (code, err) == (0, "")
        assert count_frames(video) == 40
        rows = rows_of(results)
        assert list(rows[0]) == ["frame", "time_s", "x", "y", "w", "h", "score", "state"]
        assert [int(row["frame"]) for row in rows] == list(range(40))
        assert float(rows[10]["time_s"]) == pytest.approx(0.4, abs=1e-3)
        assert iou(box_of(rows[0]), Box(*map(float, first_box().split(",")))) > 0.99
        assert rows[0]["state"] == "tracking"
        assert {row["state"] for row in rows} <= {"tracking", "uncertain", "lost"}
        assert f"{clip}: 40 frames: " in out
        table = out.splitlines()[-5:]
        assert sorted(line.split()[0] for line in table) == [
            "draw",
            "read",
            "save",
            "select",
            "track",
        ]

    def test_the_boxes_drawn_are_the_boxes_written(self, tmp_path: Path) -> None:
        scene = Scene(width=320, height=240, frames=8, poles=(), noise=0)
        box = PaintedScene(scene).truth(0)
        source = write_video(tmp_path / "s.avi", clip_frames(scene))
        code = track.main(
            f"--source {source} --init-box {box.x},{box.y},{box.w},{box.h} --headless "
            f"--save {tmp_path / 'o.avi'} --results {tmp_path / 'o.csv'}".split()
        )
        assert code == 0
        capture = cv2.VideoCapture(str(tmp_path / "o.avi"))
        for row in rows_of(tmp_path / "o.csv"):
            picture = capture.read()[1].astype(int)
            drawn = box_of(row)
            line = picture[round(drawn.y + drawn.h / 2)]
            off = np.abs(line - COLOURS[row["state"]]).max(axis=-1)
            near = slice(round(drawn.x) - 5, round(drawn.x) + 6)
            assert off[near].min() < 60, row
            assert abs(int(np.argmin(off[near])) - 5.5) <= 1.5, row

    def test_max_frames_and_init_file(self, clip: Path, tmp_path: Path) -> None:
        (tmp_path / "box.txt").write_text("\n" + first_box().replace(",", "\t") + "\n1 2 3 4\n")
        results = tmp_path / "o.csv"
        code = track.main(
            f"--source {clip} --init-file {tmp_path / 'box.txt'} --headless --max-frames 7 "
            f"--results {results}".split()
        )
        assert code == 0
        assert len(rows_of(results)) == 7

    def test_images_of_changing_size(self, tmp_path: Path) -> None:
        for i, frame in enumerate(clip_frames()[:12]):
            scaled = frame if i % 2 else frame[: 170 - i, : 300 - i]
            cv2.imwrite(str(tmp_path / f"{i}.jpg"), scaled)
        video, results = tmp_path / "o.mp4", tmp_path / "o.csv"
        code = track.main(
            f"--source {tmp_path} --init-box {first_box()} --headless --fps 10 "
            f"--save {video} --results {results}".split()
        )
        assert code == 0
        assert count_frames(video) == 12
        assert [row["time_s"] for row in rows_of(results)][:2] == ["0.0000", "0.1000"]

    def test_truncated_video_keeps_what_was_there(
        self, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        broken = tmp_path / "broken.avi"
        data = clip.read_bytes()
        broken.write_bytes(data[: len(data) // 2])
        video, results = tmp_path / "o.mp4", tmp_path / "o.csv"
        code = track.main(
            f"--source {broken} --init-box {first_box()} --headless "
            f"--save {video} --results {results}".split()
        )
        out, err = capsys.readouterr()
        assert code == 3
        assert len(err.splitlines()) == 1
        assert "broken.avi is truncated or damaged" in err
        assert 10 < len(rows_of(results)) == count_frames(video) < 30
        assert "frames: " in out

    def test_a_wrong_box_leaves_an_older_video_alone(
        self, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        video = tmp_path / "o.mp4"
        video.write_text("older")
        code = track.main(
            f"--source {clip} --init-box 9000,9000,10,10 --headless --save {video}".split()
        )
        assert code == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
        assert video.read_text() == "older"


BAD = [
    ("", "the following arguments are required: --source"),
    ("--source {clip} --headless", "--headless needs --init-box"),
    ("--source {clip} --headless --init-box 1,2,3", "'1,2,3' is no box"),
    ("--source {clip} --headless --init-box 1,2,0,4", "'1,2,0,4' is no box"),
    ("--source {clip} --headless --init-box=nan,2,3,4", "is no box"),
    ("--source {clip} --headless --init-box a,b,c,d", "is no box"),
    ("--source {clip} --headless --init-file {tmp}/none", "the box file"),
    ("--source {clip} --headless --init-file {clip}", "the box file"),
    ("--source {clip} --headless --init-file {tmp}/empty", "empty: '' is no box"),
    ("--source {clip} --init-box 1,2,3,4 --init-file {tmp}/empty", "not allowed with"),
    ("--source {tmp}/none.mp4 --headless --init-box 1,2,3,4", "there is no file or folder"),
    ("--source {tmp}/folder --headless --init-box 1,2,3,4", "no image files"),
    ("--source {tmp}/empty --headless --init-box 1,2,3,4", "cannot be opened"),
    ("--source {tmp}/cut.png --headless --init-box 1,2,3,4", "cut.png is not an image"),
    ("--source {clip} --headless --init-box 1,2,3,4 --model b99", "no model 'b99'"),
    ("--source {clip} --headless --init-box 1,2,3,4 --save {tmp}/o.gif", "the name of a video"),
    ("--source {clip} --headless --init-box 1,2,3,4 --save {clip}", "would be overwritten"),
    ("--source {clip} --headless --init-box 1,2,3,4 --results {tmp}", "it is a folder"),
    ("--source {clip} --headless --init-box 1,2,3,4 --save {tmp}", "it is a folder"),
    ("--source {clip} --headless --init-box 1,2,3,4 --save {clip}/o.mp4", "cannot be written"),
    ("--source {clip} --headless --init-box 1,2,3,4 --max-frames 0", "--max-frames"),
    ("--source {clip} --headless --init-box 1,2,3,4 --threads x", "--threads"),
    ("--source {clip} --headless --init-box 1,2,3,4 --fps nan", "--fps"),
    ("--source {tmp}/huge.ppm --headless --init-box 1,2,3,4", "huge.ppm is not an image"),
    ("--source {tmp}/circle --headless --init-box 1,2,3,4", "there is no file or folder"),
    ("--source {clip} --headless --init-box 1,2,3,4 --results {tmp}/circle", "cannot be written"),
    ("--source {tmp}/\udcff.avi --headless --init-box 1,2,3,4", "in UTF-8 only"),
    ("--source {tmp}/?.avi --headless --init-box 1,2,3,4", "in UTF-8 only"),
    ("--source rtsp://127.0.0.1/\udcff --headless --init-box 1,2,3,4", "in UTF-8 only"),
    ("--source {clip} --headless --init-box 1,2,3,4 --save {tmp}/\udcff.avi", "in UTF-8 only"),
    ("--source 99999999999 --headless --init-box 1,2,3,4", "there is no file or folder 999"),
    (
        "--source {tmp}/o.partial.avi --headless --init-box 1,2,3,4 --save {tmp}/o.avi",
        "o.partial.avi would be overwritten",
    ),
    ("--source {clip} --headless --init-box 1,2,3,4 --maxframes 3", "unrecognized"),
    ("--source {clip} --headless --init-box 1,2,3,4 --max 3", "unrecognized"),
]


@pytest.mark.parametrize(("arguments", "complaint"), BAD)
def test_mistakes_are_one_line_and_exit_code_2(
    arguments: str, complaint: str, clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "cut.png").write_bytes(b"\x89PNG")
    (tmp_path / "huge.ppm").write_text("P6 65535 65535 255\n")
    (tmp_path / "\udcff.avi").write_bytes(clip.read_bytes())
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "o.partial.avi").write_bytes(clip.read_bytes())
    code = track.main(arguments.format(clip=clip, tmp=tmp_path).split())
    out, err = capfd.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith("lowtrack track: ")
    assert complaint in err
    assert len(err.splitlines()) == 1
    assert (tmp_path / "o.partial.avi").read_bytes() == clip.read_bytes()


class Silent:
    """A camera that sends nothing."""

    name, live, total, fps = "camera", True, None, 30.0

    def read(self) -> Outage:
        return Outage(1.0, 1)

    def notes(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        pass


@pytest.mark.usefixtures("fake_tracker")
class TestOnScreen:
    """With a window that follows a script instead of a user."""

    @pytest.fixture(autouse=True)
    def _screen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.view = ScriptedView()
        monkeypatch.setattr(track, "check_display", lambda: None)
        monkeypatch.setattr(track, "Window", lambda _title: self.view)

    def run(self, arguments: str, *script: Action | Box | None) -> int:
        self.view.script.extend(script)
        return track.main(arguments.split())

    def test_drag_in_the_first_frame(self, clip: Path, tmp_path: Path) -> None:
        box = Box(*map(float, first_box().split(",")))
        results = tmp_path / "o.csv"
        assert self.run(f"--source {clip} --results {results}", None, "hold", None, box) == 0
        rows = rows_of(results)
        assert len(rows) == 40
        assert iou(box_of(rows[0]), box) > 0.99
        assert self.view.closed

    def test_quit_before_choosing(self, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(f"--source {clip}", None, "quit") == 0
        assert "no target" in capsys.readouterr().out

    def test_quit_before_the_first_frame(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        results = tmp_path / "o.csv"
        results.write_text("of an earlier run\n")
        monkeypatch.setattr(track, "open_source", lambda *_, **__: Silent())
        assert self.run(f"--source 0 --results {results}", "quit") == 0
        assert "boxes" not in capsys.readouterr().out
        assert results.read_text() == "of an earlier run\n"

    def test_choosing_again_replaces_the_box_of_that_frame(
        self, clip: Path, tmp_path: Path
    ) -> None:
        results = tmp_path / "o.csv"
        other = Box(200, 100, 30, 30)
        arguments = f"--source {clip} --init-box {first_box()} --results {results}"
        assert self.run(arguments, "step", None, "step", "hold", other, "step", "quit") == 0
        rows = rows_of(results)
        assert [int(row["frame"]) for row in rows] == [0, 1, 2, 3]
        assert box_of(rows[2]) == other
        assert box_of(rows[1]) != other

    def test_after_reset_there_are_no_rows(self, clip: Path, tmp_path: Path) -> None:
        results, video = tmp_path / "o.csv", tmp_path / "o.avi"
        arguments = f"--source {clip} --init-box {first_box()} --results {results} --save {video}"
        assert self.run(arguments, "step", "step", "reset", "pause") == 0
        assert [int(row["frame"]) for row in rows_of(results)] == [0, 1]
        assert count_frames(video) == 40

    def test_reset_in_the_first_frame(self, clip: Path, tmp_path: Path) -> None:
        results = tmp_path / "o.csv"
        arguments = f"--source {clip} --init-box {first_box()} --results {results}"
        assert self.run(arguments, "reset", "step", "step", "quit") == 0
        assert rows_of(results) == []

    def test_a_file_plays_no_faster_than_it_was_taken(
        self, clip: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened: list[Source] = []

        def spy(text: str, **options: object) -> Source:
            opened.append(real_open_source(text, **options))  # type: ignore[arg-type]
            return opened[-1]

        monkeypatch.setattr(track, "open_source", spy)
        assert self.run(f"--source {clip} --init-box {first_box()} --max-frames 10") == 0
        assert opened[0].fps == 25
        assert len(self.view.shown) == 10


def test_packaged_network_follows_the_fish(tmp_path: Path) -> None:
    scene = Scene(frames=60)
    source = write_video(tmp_path / "fish.avi", clip_frames(scene))
    results = tmp_path / "o.csv"
    code = track.main(
        f"--source {source} --init-box {first_box(scene)} --headless --results {results}".split()
    )
    assert code == 0
    painter = PaintedScene(scene)
    overlaps = [iou(box_of(r), painter.truth(i)) for i, r in enumerate(rows_of(results))]
    assert len(overlaps) == 60
    assert np.mean(overlaps) > 0.5
