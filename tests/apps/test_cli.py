"""`lowtrack COMMAND`."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from apps import cli
from apps.command import CommandError, guarded
from apps.extras import EXTRAS
from tracker import TrackerError

ROOT = Path(__file__).resolve().parents[2]


def install(monkeypatch: pytest.MonkeyPatch, name: str, main: Callable[[list[str]], int]) -> None:
    module = types.ModuleType(f"apps.{name}")
    monkeypatch.setattr(module, "main", main, raising=False)
    monkeypatch.setitem(sys.modules, f"apps.{name}", module)


def test_every_command_has_its_module() -> None:
    missing = [name for name in cli.COMMANDS if importlib.util.find_spec(f"apps.{name}") is None]
    assert missing == []


def test_the_command_gets_the_rest_and_its_exit_code_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    got: list[list[str]] = []

    def main(argv: list[str]) -> int:
        got.append(argv)
        return 3

    install(monkeypatch, "train", main)
    assert cli.main(["train", "--lr", "1", "track"]) == 3
    assert got == [["--lr", "1", "track"]]


@pytest.mark.parametrize(("argv", "code"), [([], 2), (["--help"], 0), (["-h"], 0), (["help"], 0)])
def test_usage_lists_the_commands(
    argv: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(argv) == code
    out, err = capsys.readouterr()
    text, other = (out, err) if code == 0 else (err, out)
    assert other == ""
    for name in cli.COMMANDS:
        assert f"\n  {name} " in text


def test_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["trak"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("lowtrack: there is no command 'trak'")
    assert "track" in err
    assert len(err.splitlines()) == 1


def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(_argv: list[str]) -> int:
        raise ModuleNotFoundError("No module named 'torch'", name="torch.nn")

    install(monkeypatch, "train", main)
    assert cli.main(["train"]) == 2
    assert capsys.readouterr().err == (
        "lowtrack train: torch is not installed: pip install 'lowtrack[train]'\n"
    )


def test_a_module_of_ours_that_is_missing_is_a_mistake_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def main(_argv: list[str]) -> int:
        raise ModuleNotFoundError("No module named 'tracker.nowhere'", name="tracker.nowhere")

    install(monkeypatch, "train", main)
    with pytest.raises(ModuleNotFoundError):
        cli.main(["train"])


def test_every_extra_named_brings_its_package() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    for module, extra in EXTRAS.items():
        (line,) = [each for each in lines if each.startswith(f"{extra} = [")]
        assert f'"{module}>=' in line


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (TrackerError("two\nlines"), "x: two lines\n", 2),
        (CommandError("no"), "x: no\n", 2),
        (PermissionError(13, "Permission denied", "/etc/x"), "x: /etc/x: Permission denied\n", 2),
        (KeyboardInterrupt(), "x: interrupted\n", 130),
    ],
)
def test_errors_are_one_line(
    error: BaseException, line: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def body() -> int:
        raise error

    assert guarded("x", body) == code
    assert capsys.readouterr().err == line


def test_mistakes_of_ours_are_not_hidden() -> None:
    def body() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        guarded("x", body)


def test_the_command_line_imports_nothing_it_does_not_need() -> None:
    code = (
        "import sys\nfrom apps.cli import main\nassert main(['--version']) == 0\n"
        "heavy = {'torch', 'onnxruntime', 'openvino', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert not [m for m in sys.modules if m.startswith('apps.tr')]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("lowtrack ")


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_run_as_a_file_from_anywhere(name: str, tmp_path: Path) -> None:
    """And apps/profile.py must not hide the standard library's, which cProfile imports."""
    code = (
        "import runpy, sys\n"
        f"sys.argv = [{str(ROOT / 'apps' / f'{name}.py')!r}, '--help']\n"
        f"sys.path[0] = {str(ROOT / 'apps')!r}\n"
        "try:\n"
        "    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "except SystemExit:\n"
        "    import cProfile, profile\n"
        "    assert 'apps' not in profile.__file__, profile.__file__\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: lowtrack {name} ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("words", ["--help", "track --help", "doctor"])
def test_an_output_that_nobody_reads_or_that_is_full(words: str) -> None:
    """Also where Python writes what was printed at its end only, as into a pipe."""
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = f"{sys.executable} -m apps.cli {words}"
    for target, code, says in ((">/dev/full", 2, "No space left on device"), ("| true", 141, "")):
        done = subprocess.run(
            ["bash", "-c", f"{command} {target}; exit ${{PIPESTATUS[0]}}"],
            cwd=ROOT,
            env=buffered,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, target
        assert says in done.stderr
        assert done.stderr.count("\n") == (code == 2)
