import pytest

from apps.cli import main


def test_every_protocol_is_timed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "scoring", "--frames", "2800"]) == 0
    rows = dict(line.split() for line in capsys.readouterr().out.splitlines()[1:])
    assert rows.keys() >= {"read", "lasot", "got10k", "pytracking", "pysot", "otb", "total"}
    assert float(rows["total"]) > 0


def test_too_few_frames_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "scoring", "--frames", "3"]) == 2
    assert "--frames" in capsys.readouterr().err
