"""Equal to the official toolkits on their own numbers."""

import json
from pathlib import Path

import numpy as np

from eval.score import score_folder, write_scores


def test_lasot_toolkit_on_every_curve_point(shared: Path, tmp_path: Path) -> None:
    folder = shared / "reference" / "lasot_ope"
    expected = json.loads((folder / "expected.json").read_text())
    scores = score_folder("lasot", folder / "LaSOT", folder / "results" / "perturbed", "lasot")
    write_scores(tmp_path / "scores.json", scores)
    found = json.loads((tmp_path / "scores.json").read_text())
    assert found["protocol"] == "lasot"
    assert sorted(found["sequences"]) == sorted(expected["sequences"])
    for name, official in expected["sequences"].items():
        ours = found["sequences"][name]
        for curve in ("success", "precision", "norm_precision"):
            np.testing.assert_allclose(ours[curve], official[curve], rtol=0, atol=1e-8)
        assert (ours["frames"], ours["absent"]) == (official["frames"], official["absent"])
    official = expected["overall"]
    overall = found["overall"]
    np.testing.assert_allclose(
        [overall["success_auc"], overall["precision"], overall["norm_precision"]],
        [official["success_auc"], official["precision_20px"], official["norm_precision_0_2"]],
        rtol=0,
        atol=1e-8,
    )


def test_got10k_toolkit_on_every_number(shared: Path) -> None:
    folder = shared / "reference" / "got10k_val"
    expected = json.loads((folder / "expected.json").read_text())
    scores = score_folder("got10k", folder / "GOT-10k", folder / "results" / "perturbed")
    assert scores.protocol == "got10k"
    assert sorted(scores.sequences) == sorted(expected["sequences"])
    for name, official in expected["sequences"].items():
        ours = scores.sequences[name]
        for value in ("ao", "sr50", "sr75"):
            assert abs(ours.values[value] - official[value]) < 1e-12
        assert ours.frames == official["frames"]
    for value, official in expected["overall"].items():
        assert abs(scores.overall[value] - official) < 1e-12
