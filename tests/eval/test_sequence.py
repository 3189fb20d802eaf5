from pathlib import Path

import numpy as np
import pytest

from eval.sequence import Sequence
from tests.eval.trees import truth


def test_knows_its_length_with_and_without_pictures() -> None:
    boxes = truth(3)
    assert len(Sequence("a", (), boxes)) == 3
    assert len(Sequence("a", (Path("1"), Path("2"), Path("3")), boxes)) == 3


def test_refuses_what_does_not_fit_together() -> None:
    boxes = truth(3)
    with pytest.raises(ValueError, match="2 pictures but 3 true boxes"):
        Sequence("a", (Path("1"), Path("2")), boxes)
    with pytest.raises(ValueError, match=r"must be \(T, 4\)"):
        Sequence("a", (), boxes[:, :3])
    with pytest.raises(ValueError, match="2 labels but 3 true boxes"):
        Sequence("a", (), boxes, cover=np.array([8, 8]))


def test_moves_boxes_to_the_origin_of_the_official_files_and_back() -> None:
    sequence = Sequence("a", (), truth(3), origin=1)
    boxes = np.array([[0.0, 4.5, 10, 20]])
    assert sequence.to_official(boxes).tolist() == [[1, 5.5, 10, 20]]
    np.testing.assert_array_equal(sequence.to_pixels(sequence.to_official(boxes)), boxes)


def test_is_away_by_any_of_its_flags() -> None:
    flags = np.eye(3, dtype=np.bool_)
    sequence = Sequence("a", (), truth(3), full_occlusion=flags[0], out_of_view=flags[2])
    assert sequence.away.tolist() == [True, False, True]
    assert not Sequence("a", (), truth(3)).away.any()


def test_is_hidden_by_lasot_s_flags_only() -> None:
    flags = np.eye(3, dtype=np.bool_)
    sequence = Sequence("a", (), truth(3), full_occlusion=flags[0], absent=flags[2])
    assert sequence.hidden.tolist() == [True, False, False]
