"""The page of a report in a real browser: no console errors, nothing fetched, and it works."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from eval import report_page
from eval.benchmarks import read
from eval.report_clips import clip_data
from eval.report_page import page_text
from tests.eval.clips import write_clip

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def make_data() -> dict[str, Any]:
    """Three trackers on twenty sequences; one of the names is a trap."""
    curve = [1 - index / 20 for index in range(21)]
    trackers = {}
    for rank, label in enumerate(["ours", "</script><b>x</b>", "third"]):
        number = 0.9 - 0.1 * rank
        sequences = {
            f"seq{index:02d}": {"success_auc": number - index / 100, "frames": 9, "speed": None}
            for index in range(20)
        }
        trackers[label] = {
            "overall": {"success_auc": number, "precision": number / 2},
            "intervals": {"success_auc": [number - 0.02, number + 0.02]},
            "speed": {"median_ms": 10.0 * (3 - rank), "p95_ms": 40.0, "frames": 9},
            "curves": {"success": curve, "precision": curve},
            "scored": 20 - rank,
            "sequences": sequences,
            "attributes": {name: {"success_auc": number} for name in ("OCC", "SV", "FM")},
            "dropped": {},
            "manifest": None,
        }
    pair = {"first": "ours", "second": "third", "value": "success_auc", "difference": 0.2}
    pair |= {"low": 0.1, "high": 0.3, "p_value": 0.01, "wins": 20, "losses": 0}
    return {
        "benchmark": "Tiny & <small>",
        "protocol": "otb",
        "protocol_title": "OTB toolkit",
        "values": ["success_auc", "precision"],
        "coverage": {"scored": 20, "present": 20, "official": 100},
        "notes": ["NOT THE WHOLE BENCHMARK: 20 of 100", "common to all: 20"],
        "mark": "20 of 100",
        "thresholds": {name: [i / 20 for i in range(21)] for name in ("success", "precision")},
        "pairs": [pair],
        "trackers": trackers,
    }


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize(
    ("descending", "sorted_"), [("false", "[1,2,3,null]"), ("true", "[3,2,1,null]")]
)
def test_what_is_missing_comes_last_either_way(descending: str, sorted_: str) -> None:
    tables = (Path(report_page.__file__).parent / "page" / "tables.js").read_text("utf-8")
    sort = f"[2, null, 3, 1].sort((a, b) => compare(a, b, {descending}))"
    command = ["node", "-e", f"{tables}; process.stdout.write(JSON.stringify({sort}))"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == sorted_


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with one clip, on disk."""
    folder = tmp_path_factory.mktemp("page")
    write_clip(folder / "clips", "walk", frames=6)
    sequence = read("folder", folder / "clips")[0]
    boxes = sequence.truth.copy()
    boxes[3] = float("nan")
    text = page_text(make_data(), [clip_data(sequence, {"ours": boxes})])
    (folder / "report.html").write_text(text, encoding="utf-8")
    return folder / "report.html"


@pytest.fixture(scope="module")
def opened(written: Path) -> Iterator[SimpleNamespace]:
    """The page in Chromium, with what it complained of and what it asked for."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.is_file():
        pytest.skip("Debian's chromium is not installed")
    with playwright.sync_playwright() as runner:
        browser = runner.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(written.as_uri())
        yield SimpleNamespace(page=page, said=said, asked=asked)
        browser.close()


def column(opened: SimpleNamespace, section: str, index: int) -> list[str]:
    """Read a column of the table in a section."""
    cells = opened.page.locator(f"#{section} tbody tr td:nth-child({index})")
    texts: list[str] = cells.all_inner_texts()
    return texts


def test_it_is_one_file_that_reaches_for_nothing(written: Path) -> None:
    text = written.read_text()
    assert "default-src 'none'" in text
    assert 'src="' not in text
    assert text.count("</script>") == 2
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text


def test_it_opens_without_a_word_and_asks_nobody(opened: SimpleNamespace, written: Path) -> None:
    opened.page.wait_for_timeout(300)
    assert opened.said == []
    assert [url for url in opened.asked if not url.startswith("data:")] == [written.as_uri()]
    assert opened.page.locator("h1").inner_text() == "Tiny & <small>"
    assert opened.page.locator("section.used").count() == 7


def test_it_says_over_how_many_sequences(opened: SimpleNamespace) -> None:
    notes = "NOT THE WHOLE BENCHMARK: 20 of 100\ncommon to all: 20"
    assert opened.page.locator("#notes").inner_text() == notes
    assert opened.page.locator("#attributes h2").inner_text() == "By attribute (20 of 100)"
    assert column(opened, "summary", 7) == ["20 of 100", "19 of 100", "18 of 100"]


def test_tables_sort_when_their_heads_are_pressed(opened: SimpleNamespace) -> None:
    assert column(opened, "summary", 1) == ["ours", "</script><b>x</b>", "third"]
    head = opened.page.get_by_role("button", name="median ms")
    head.click()
    head.click()
    assert column(opened, "summary", 5) == ["10.0", "20.0", "30.0"]
    assert column(opened, "summary", 1)[0] == "third"


def test_the_worst_sequences_come_first_and_all_can_be_shown(opened: SimpleNamespace) -> None:
    assert column(opened, "sequences", 1) == [f"seq{index:02d}" for index in range(19, 4, -1)]
    opened.page.get_by_role("button", name="Show all 20").click()
    assert len(column(opened, "sequences", 1)) == 20


def test_curves_and_radar_are_drawn_and_can_be_hidden(opened: SimpleNamespace) -> None:
    assert opened.page.locator("#plots polyline").count() == 6
    assert opened.page.locator("#attributes polygon.curve").count() == 3
    line = opened.page.locator("#plots figure").first.locator("polyline").first
    assert line.is_visible()
    opened.page.locator("#plots figure").first.get_by_role("button").first.click()
    assert not line.is_visible()


def test_clips_play_with_their_boxes(opened: SimpleNamespace) -> None:
    page = opened.page
    read_pixels = "() => { const c = document.querySelector('canvas'); return Array.from("
    read_pixels += "c.getContext('2d').getImageData(0, 0, c.width, c.height).data); }"
    slider = page.get_by_label("frame")
    shots = []
    for step in ("0", "3", "5"):
        slider.fill(step)
        page.wait_for_timeout(100)
        shots.append(page.evaluate(read_pixels))
    blue = [sum(b - r > 80 for r, b in zip(s[::4], s[2::4], strict=True)) for s in shots]
    assert blue[0] > 20  # the box of the tracker
    assert blue[1] == 0  # it has none in this frame
    assert shots[0] != shots[2]
    slider.fill("0")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => +document.querySelector('input[type=range]').value > 1")
    page.get_by_role("button", name="Pause").click()
