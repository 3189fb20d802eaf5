"""Rounds, ratios, meters and summaries, with clocks and counters that do as they are told."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from apps.profile_compare import interval
from apps.profile_contest import Contest, ratio
from apps.profile_energy import meter, processor_meter
from apps.profile_stats import Summary


def test_everyone_has_a_turn_and_everyone_begins_once() -> None:
    order: list[str] = []

    def turn(name: str, seconds: float) -> list[float]:
        order.append(name)
        return [seconds, seconds]

    contest: Contest[None] = Contest(
        {"a": lambda _: turn("a", 1.0), "b": lambda _: turn("b", 2.0), "c": lambda _: turn("c", 4)},
        rest_s=0,
    )
    for _ in range(3):
        contest.round(None)
    assert "".join(order) == "abcbcacab"
    assert [len(rounds) for rounds in contest.times.values()] == [3, 3, 3]
    assert contest.ratio("b", "a").median == 2.0
    assert contest.ratio("b", "c").median == 0.5


def test_a_ratio_is_taken_round_by_round() -> None:
    """A machine that slows down for both changes nothing."""
    slow = [1, 1, 10, 10, 100]
    found = ratio([np.array([3.0 * s]) for s in slow], [np.array([2.0 * s]) for s in slow])
    assert (found.low, found.median, found.high, found.rounds) == (1.5, 1.5, 1.5, 5)
    spread = ratio([np.array([v]) for v in (1.0, 2.0, 3.0, 4.0, 5.0)], [np.array([1.0])] * 5)
    assert (spread.low, spread.median, spread.high) == (2.0, 3.0, 4.0)


def test_contestants_with_unequal_rounds_are_not_compared() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratio([np.ones(1)], [np.ones(1)] * 2)
    with pytest.raises(ValueError, match="first round"):
        ratio([], [])


def test_a_summary_is_in_milliseconds() -> None:
    seconds = np.arange(1, 101) / 1000
    summary = Summary.of(seconds)
    assert summary.median == pytest.approx(50.5)
    assert summary.p95 == pytest.approx(95.05)
    assert summary.p99 == pytest.approx(99.01)
    assert summary.jitter == pytest.approx(1.0)
    assert summary.mean == pytest.approx(50.5)
    assert Summary.of([0.002]).jitter == 0
    with pytest.raises(ValueError, match="no durations"):
        Summary.of([])


def test_energy_goes_to_who_used_it() -> None:
    used = [0.0]

    def spend(joules: float) -> list[float]:
        used[0] += joules
        return [1.0]

    contest: Contest[None] = Contest(
        {"a": lambda _: spend(3), "b": lambda _: spend(5)}, joules=lambda: used[0], rest_s=0
    )
    contest.round(None)
    contest.round(None)
    assert contest.joules == {"a": 6.0, "b": 10.0}


def write_counter(folder: Path, microjoules: int, most: int = 1_000_000) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "energy_uj").write_text(f"{microjoules}\n")
    (folder / "max_energy_range_uj").write_text(f"{most - 1}\n")


def test_processor_packages_are_added_and_may_start_again_from_zero(tmp_path: Path) -> None:
    write_counter(tmp_path / "intel-rapl:0", 900_000)
    write_counter(tmp_path / "intel-rapl:1", 100)
    write_counter(tmp_path / "intel-rapl:0:0", 5)  # a part of the first
    both = processor_meter(tmp_path)
    assert both is not None
    before = both.read()
    write_counter(tmp_path / "intel-rapl:0", 100_000)  # 900k -> 1M, then from zero
    write_counter(tmp_path / "intel-rapl:1", 50_100)
    assert both.read() - before == pytest.approx(0.25)


def test_a_machine_that_tells_nothing_has_no_meter(tmp_path: Path) -> None:
    assert processor_meter(tmp_path) is None
    (tmp_path / "intel-rapl:0").mkdir()
    assert processor_meter(tmp_path) is None


@pytest.mark.parametrize(
    ("visible", "device", "gpu"),
    [
        (None, "cuda", 0),
        (None, "cuda:1", 1),
        ("3,2", "cuda:1", 2),
        ("GPU-5f, 1", "cuda:0", "GPU-5f"),
        ("", "cuda", None),
    ],
)
def test_the_gpu_that_is_measured_is_the_one_that_works(
    visible: str | None, device: str, gpu: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NVMLError(Exception):
        """Stands for pynvml.NVMLError."""

    def by_uuid(uuid: str) -> str:
        if not uuid:
            raise NVMLError
        return uuid

    nvml = SimpleNamespace(
        NVMLError=NVMLError,
        nvmlInit=lambda: None,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetHandleByUUID=by_uuid,
        nvmlDeviceGetTotalEnergyConsumption=lambda handle: 5000 if handle == gpu else 0,
    )
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = meter(device)
    assert (None if found is None else found.read()) == (None if gpu is None else 5.0)


def test_the_interval_of_a_comparison_holds_the_truth_and_narrows() -> None:
    rng = np.random.default_rng(1)
    few = interval(rng.normal(10, 0.5, 5).tolist(), rng.normal(15, 0.5, 5).tolist())
    many = interval(rng.normal(10, 0.5, 200).tolist(), rng.normal(15, 0.5, 200).tolist())
    for low, high in (few, many):
        assert low < 1.5 < high
    assert many[1] - many[0] < few[1] - few[0]
