import os
from pathlib import Path

import numpy as np
import pytest

from eval.textfile import read_numbers, read_rows, write_text
from tests.eval.trees import write


@pytest.mark.parametrize(
    "text",
    [
        "1,2,3,4\n5,6,7,8.5\n",
        "1\t2\t3\t4\r\n5\t6\t7\t8.5\r\n",
        "1 2 3 4\n5 6 7 8.5",
        "1, 2, 3, 4\n\n+5,06,7.,8.5e0\n",
        "1;2;3;4\n5;6;7;8.5\n",
        "\ufeff1,2,3,4\n5,6,7,8.5\n",
    ],
)
def test_reads_every_way_tables_are_written(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.txt"
    file.write_text(text, encoding="utf-8", newline="")
    np.testing.assert_array_equal(read_rows(file, 4), [[1, 2, 3, 4], [5, 6, 7, 8.5]])


def test_reads_nan_in_every_spelling(tmp_path: Path) -> None:
    rows = read_rows(write(tmp_path / "a.txt", "NaN,NaN,NaN,NaN\nnan,nan,nan,nan\n1,2,3,4\n"), 4)
    assert np.isnan(rows[:2]).all()
    assert rows[2].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,2,3,4\n5,6,7\n", r"a.txt:2: expected 4 numbers, found 3"),
        ("1,2,3,4\n5,6,7,8,9\n1,2,3\n", r"a.txt:2: expected 4 numbers, found 5"),
        ("1\t2\t3\n4\t5\t6\t7\t8\n", r"a.txt:1: expected 4 numbers, found 3"),
        ("1 2 3 4\n\n5 6 7 8 9\n1 2 3\n", r"a.txt:3: expected 4 numbers, found 5"),
        ("1,2,3,4\n5,6,seven,8\n", r"a.txt:2: 'seven' is not a number"),
        ("1,2,3,4\nnull,6,true,8\n", r"a.txt:2: 'null' is not a number"),
        ('1,2,3,"4"\n', r"a.txt:1: '\"4\"' is not a number"),
        ("1,2,3,[4]\n", r"a.txt:1: '\[4\]' is not a number"),
    ],
)
def test_says_which_line_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_rows(write(tmp_path / "a.txt", text), 4)


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    assert read_rows(write(tmp_path / "a.txt", ""), 4).shape == (0, 4)
    assert read_numbers(write(tmp_path / "a.txt", "\n")).size == 0


def test_numbers_come_whatever_their_lines(tmp_path: Path) -> None:
    assert read_numbers(write(tmp_path / "a.txt", "0,1,0\n1\n")).tolist() == [0, 1, 0, 1]
    with pytest.raises(ValueError, match=r"a.txt"):
        read_numbers(write(tmp_path / "a.txt", "0,x"))


def test_writing_leaves_no_other_file_and_replaces(tmp_path: Path) -> None:
    write_text(tmp_path / "deep" / "a.txt", "one")
    write_text(tmp_path / "deep" / "a.txt", "two")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.txt"]
    assert (tmp_path / "deep" / "a.txt").read_text() == "two"


def test_a_full_disk_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    write_text(tmp_path / "a.txt", "old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_text(tmp_path / "a.txt", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"
