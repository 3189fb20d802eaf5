import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.errors import SubmissionError
from eval.sequence import Sequence
from eval.submission import pack, validate
from eval.submission.archive import read_archive, write_archive
from eval.submission.got10k import NAMES
from tests.eval.trees import truth, write, write_rows

FRAMES = 4
VIDEOS = tuple(f"seq{number}" for number in range(511))
Change = Callable[[dict[str, str]], object]


def _sequences(names: tuple[str, ...]) -> list[Sequence]:
    return [Sequence(name, (), truth(FRAMES)) for name in names]


def _results(folder: Path, names: tuple[str, ...]) -> Path:
    boxes = "".join(",".join(f"{n:g}" for n in row) + "\n" for row in truth(FRAMES))
    for name in names:
        write(folder / f"{name}.txt", boxes)
        write(folder / f"{name}_time.txt", "0.01\nnan\n0.01\n0.02\n")
        write(folder / f"{name}_score.txt", "1\n0.9\n0.8\n0.7\n")
    return folder


def _packed(tmp_path: Path, kind: str, names: tuple[str, ...]) -> Path:
    out = tmp_path / f"{kind}.zip"
    pack(kind, _results(tmp_path / "results", names), out, _sequences(names))
    return out


@pytest.fixture(scope="module")
def got10k_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _packed(tmp_path_factory.mktemp("got10k"), "got10k", NAMES)


@pytest.fixture(scope="module")
def trackingnet_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _packed(tmp_path_factory.mktemp("trackingnet"), "trackingnet", VIDEOS)


def _changed(path: Path, change: Change) -> Path:
    members = read_archive(path)
    change(members)
    write_archive(path, members)
    return path


def test_what_is_packed_is_accepted_and_recognised(tmp_path: Path, trackingnet_zip: Path) -> None:
    verdict = validate(trackingnet_zip)
    assert (verdict.kind, verdict.problems) == ("trackingnet", ())
    verdict = validate(_packed(tmp_path, "vot-lt", VIDEOS[:3]))
    assert (verdict.kind, verdict.problems) == ("vot-lt", ())


def test_got10k_layout(got10k_zip: Path) -> None:
    path = got10k_zip
    assert validate(path).problems == ()
    members = read_archive(path)
    assert len(members) == 360
    name = NAMES[0]
    boxes = members[f"{name}/{name}_001.txt"].splitlines()
    assert boxes[0] == ",".join(f"{number:.3f}" for number in truth(1)[0])
    times = [float(line) for line in members[f"{name}/{name}_time.txt"].splitlines()]
    assert times == [0.01, 0.01, 0.01, 0.02]  # the dropped frame takes the median


def test_several_runs_are_packed_with_a_column_of_times_each(tmp_path: Path) -> None:
    for name in NAMES:
        for run in (1, 2, 3):
            write_rows(tmp_path / "r" / name / f"{name}_00{run}.txt", truth(FRAMES, run))
        write_rows(tmp_path / "r" / name / f"{name}_time.txt", [[0.01, 0.02, 0.03]] * FRAMES)
    pack("got10k", tmp_path / "r", tmp_path / "o.zip", _sequences(NAMES))
    assert validate(tmp_path / "o.zip").problems == ()
    members = read_archive(tmp_path / "o.zip")
    assert len(members) == 4 * 180
    assert members[T] == "0.01000000,0.02000000,0.03000000\n" * FRAMES
    assert members[G] != members[G.replace("_001", "_003")]


def test_packing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first = _packed(tmp_path, "vot-lt", ("a",)).read_bytes()
    assert _packed(tmp_path, "vot-lt", ("a",)).read_bytes() == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results", "vot-lt.zip"]


G = f"{NAMES[0]}/{NAMES[0]}_001.txt"
T = f"{NAMES[0]}/{NAMES[0]}_time.txt"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.pop(G), "its folder is missing"),
        (lambda m: m.update({G: m[G].replace(",", "\t")}), "separated by commas"),
        (lambda m: m.update({G: m[G] + "1,2,3,nan\n"}), "not 4 finite numbers"),
        (lambda m: m.update({G: m[G] + "1,2,0,4\n"}), "side that is not positive"),
        (lambda m: m.update({G: ""}), "empty"),
        (lambda m: m.update({G: m[G] + "1,2,3,4\n"}), "4 times for 5 boxes"),
        (lambda m: m.update({T: "0\n0\n0\n0\n"}), "times must be positive"),
        (lambda m: m.update({T: "fast\n"}), "not 1 finite numbers"),
        (lambda m: m.update({f"ours/{G}": m.pop(G)}), "expected NAME/NAME_001.txt"),
        (lambda m: m.update({f"{NAMES[0]}/notes.md": "hello"}), "unexpected file"),
    ],
)
def test_what_got10k_s_server_would_choke_on(
    got10k_zip: Path, tmp_path: Path, change: Change, words: str
) -> None:
    path = _changed(Path(shutil.copy(got10k_zip, tmp_path)), change)
    problems = validate(path).problems
    assert any(words in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.pop("seq0.txt"), "seq0.txt is missing"),
        (lambda m: m.update({"c.txt": m["seq0.txt"]}), "not the name of a sequence"),
        (lambda m: m.update({"seq0.txt": "1,2,3,4\n"}), "1 boxes for 4 frames"),
        (lambda m: m.update({"seq0.txt": "1,2,3\n" * 4}), "expected 4 numbers"),
        (lambda m: m.update({"r/seq0.txt": m.pop("seq0.txt")}), "in no folder"),
    ],
)
def test_what_trackingnet_s_server_would_choke_on(
    trackingnet_zip: Path, tmp_path: Path, change: Change, words: str
) -> None:
    path = _changed(Path(shutil.copy(trackingnet_zip, tmp_path)), change)
    problems = validate(path, "trackingnet", dict.fromkeys(VIDEOS, FRAMES)).problems
    assert any(words in problem for problem in problems), problems


@pytest.mark.parametrize("lengths", [None, {"a": 1, "b": 1}])
def test_trackingnet_counts_its_sequences(tmp_path: Path, lengths: dict[str, int] | None) -> None:
    write_archive(tmp_path / "o.zip", dict.fromkeys(("a.txt", "b.txt"), "1,2,3,4\n"))
    problems = validate(tmp_path / "o.zip", "trackingnet", lengths).problems
    assert problems == ("2 files, the test set has 511 sequences",)


V = "longterm/a/a_001.txt"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.update({V: m[V][2:]}), "expected 1, which marks the frame"),
        (lambda m: m.update({V: m[V] + "1,2,3\n"}), "not a region"),
        (lambda m: m.update({V: m[V] + "1,2,3,4,5,6,7\n"}), "not a region"),
        (lambda m: m.update({V: m[V] + "1,2,3,nan\n"}), "not a region"),
        (lambda m: m.pop(V.replace(".txt", "_confidence.value")), "confidence.value is missing"),
        (lambda m: m.update({V: m[V] + "0\n"}), "4 lines for 5 regions"),
        (lambda m: m.pop(V), "found no such file"),
    ],
)
def test_what_vot_s_toolkit_would_choke_on(tmp_path: Path, change: Change, words: str) -> None:
    path = _changed(_packed(tmp_path, "vot-lt", ("a",)), change)
    problems = validate(path, "vot-lt").problems
    assert any(words in problem for problem in problems), problems


def _walk(folder: Path) -> Path:
    rows = [[1, 1, 10, 10, 5, 5, 0.9, -1, -1, -1], [2, 1, 12, 10, 5, 5, 0.9, -1, -1, -1]]
    write_rows(folder / "MOT17-01.txt", rows)
    return folder


def test_motchallenge_packs_what_is_there(tmp_path: Path) -> None:
    pack("motchallenge", _walk(tmp_path / "r"), tmp_path / "out.zip", [])
    verdict = validate(tmp_path / "out.zip")
    assert (verdict.kind, verdict.problems) == ("motchallenge", ())
    assert validate(tmp_path / "r" / "MOT17-01.txt") == verdict
    lengths = {"MOT17-01": 1, "MOT17-03": 5}
    problems = validate(tmp_path / "out.zip", "motchallenge", lengths).problems
    assert any("MOT17-03.txt is missing" in problem for problem in problems)
    assert any("has frame 2" in problem for problem in problems)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("0,1,1,1,5,5,1,-1,-1,-1", "has frame 0, they count from 1"),
        ("1,0,1,1,5,5,1,-1,-1,-1", "has id 0"),
        ("1,1,1,1,0,5,1,-1,-1,-1", "side that is not positive"),
        ("2,1,1,1,5,5,1,-1,-1,-1\n2,1,1,1,5,5,1,-1,-1,-1", "id 1 twice in frame 2"),
        ("1,1,1,1,5,5,1", "expected 10 numbers"),
    ],
)
def test_what_motchallenge_s_server_would_choke_on(tmp_path: Path, line: str, words: str) -> None:
    problems = validate(write(tmp_path / "a.txt", line + "\n"), "motchallenge").problems
    assert any(words in problem for problem in problems), problems


def test_single_vot_file(tmp_path: Path) -> None:
    regions = "1\n1,2,3,4\n0,0,4,0,2,3\n0,0,4,0,5,1,4,2,0,2\nm1,2,3,4,5\n0\n"
    assert validate(write(tmp_path / "a.txt", regions)).problems == ()
    verdict = validate(write(tmp_path / "a.txt", "1\nhello\n"))
    assert verdict.problems == ("a.txt:2: not a region: 'hello'",)


def test_many_problems_of_a_file_are_not_all_listed(tmp_path: Path) -> None:
    problems = validate(write(tmp_path / "a.txt", "1\n" + "x\n" * 50)).problems
    assert len(problems) == 21
    assert problems[-1] == "... and 30 more of this file"


def test_files_that_cannot_be_told_or_read(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="there is no file"):
        validate(tmp_path / "a.zip")
    with pytest.raises(SubmissionError, match="not a zip archive"):
        validate(write(tmp_path / "a.zip", "hello"))
    write_archive(tmp_path / "a.zip", {"readme.md": "hello"})
    with pytest.raises(SubmissionError, match="cannot tell which server"):
        validate(tmp_path / "a.zip")
    with pytest.raises(SubmissionError, match=r"no kind of submission 'got'; there are: got10k"):
        validate(tmp_path / "a.zip", "got")
    with pytest.raises(SubmissionError, match="a single file can only be"):
        validate(write(tmp_path / "a.txt", "1,2,3,4\n"))
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(SubmissionError, match=r"b\.txt is not text"):
        validate(tmp_path / "b.txt")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("a.txt", b"\xff\xfe")
    with pytest.raises(SubmissionError, match="not text"):
        validate(tmp_path / "b.zip")


def test_archives_that_are_damaged_or_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    write_archive(path, {"a.txt": "".join(f"{n},{n * n % 97},3,4\n" for n in range(2000))})
    whole = path.read_bytes()
    path.write_bytes(whole[:60] + bytes(byte ^ 0x5A for byte in whole[60:200]) + whole[200:])
    with pytest.raises(SubmissionError, match="damaged one"):
        validate(path)
    encrypted = bytearray(whole)
    encrypted[whole.index(b"PK\x01\x02") + 8] |= 1  # the flag in the archive's directory
    path.write_bytes(encrypted)
    with pytest.raises(SubmissionError, match=r"cannot be unpacked here: .*encrypted"):
        validate(path)


def test_lengths_that_are_known_of_some_sequences_only(tmp_path: Path) -> None:
    names = tuple(f"seq{number}" for number in range(511))
    results = _results(tmp_path / "r", names)
    hidden = [Sequence(name, (), truth(1)) for name in names[1:]]  # without their pictures
    pack("trackingnet", results, tmp_path / "o.zip", [*_sequences(names[:1]), *hidden])
    assert validate(tmp_path / "o.zip").problems == ()
    with pytest.raises(SubmissionError, match=r"seq0.txt: 4 boxes for 3 frames"):
        short = Sequence("seq0", (), truth(3))
        pack("trackingnet", results, tmp_path / "o.zip", [short, *hidden])


def test_what_a_mac_adds_is_passed_over(tmp_path: Path) -> None:
    path = _packed(tmp_path, "vot-lt", ("a",))
    _changed(path, lambda members: members.update({"__MACOSX/._a": "x", "a/.DS_Store": "x"}))
    assert validate(path).problems == ()


def test_packing_refuses_what_the_server_would(tmp_path: Path) -> None:
    folder, sequences = _results(tmp_path / "r", ("a",)), _sequences(("a",))
    with pytest.raises(SubmissionError, match="no result for 1 sequences, such as b"):
        pack("vot-lt", folder, tmp_path / "o.zip", _sequences(("a", "b")))
    with pytest.raises(SubmissionError, match=r"vot-lt would refuse this: .*4 regions for 3"):
        pack("vot-lt", folder, tmp_path / "o.zip", [Sequence("a", (), truth(3))])
    with pytest.raises(SubmissionError, match=r"trackingnet would refuse this: 1 files, the test"):
        pack("trackingnet", folder, tmp_path / "o.zip", sequences)
    with pytest.raises(SubmissionError, match=r"got10k would refuse .*_000002: its folder"):
        pack("got10k", _results(folder, NAMES[:1]), tmp_path / "o.zip", _sequences(NAMES[:1]))
    (folder / "a_score.txt").unlink()
    with pytest.raises(SubmissionError, match="a has no scores"):
        pack("vot-lt", folder, tmp_path / "o.zip", sequences)
    (folder / "a_time.txt").unlink()
    with pytest.raises(SubmissionError, match="a has no times"):
        pack("got10k", folder, tmp_path / "o.zip", sequences)
    with pytest.raises(SubmissionError, match=r"expected .*VIDEO.txt"):
        pack("motchallenge", tmp_path / "nothing", tmp_path / "o.zip", [])
    assert not (tmp_path / "o.zip").exists()
