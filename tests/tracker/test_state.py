import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.box import Box
from tracker.state import StateConfig, TargetState, search_centers

CONFIG = StateConfig()
WH = (640, 480)
HERE = Box(100, 100, 40, 20)


def started() -> TargetState:
    return TargetState(HERE, HERE)


def see(state: TargetState, score: float, box: Box = HERE) -> TargetState:
    return state.seen(box, score, 1.0, WH, CONFIG)


def test_a_sure_sighting_moves_the_box_and_part_of_the_size() -> None:
    half = StateConfig(size_rate=0.5)
    state = started().seen(Box(120, 110, 160, 20), 1.0, 1.0, WH, half)
    assert state.box.center == pytest.approx((200, 120))
    # half of the way on a logarithmic scale
    assert (state.box.w, state.box.h) == pytest.approx((80, 20))
    assert state.visibility(CONFIG) == "tracking"


def test_a_weak_sighting_moves_the_box_but_is_uncertain() -> None:
    state = see(started(), (CONFIG.doubt + CONFIG.sure) / 2, Box(120, 110, 40, 20))
    assert state.box.center == pytest.approx((140, 120))
    assert state.visibility(CONFIG) == "uncertain"


def test_no_sighting_holds_the_box_and_after_a_while_is_lost() -> None:
    state = started()
    for miss in range(1, CONFIG.patience + 3):
        state = see(state, 0.01, Box(500, 400, 10, 10))
        assert state.box == HERE
        assert state.score == 0.01
        lost = miss >= CONFIG.patience
        assert state.visibility(CONFIG) == ("lost" if lost else "uncertain")


def test_only_a_convincing_sighting_ends_being_lost() -> None:
    state = started()
    for _ in range(CONFIG.patience):
        state = see(state, 0.0)
    state = see(state, CONFIG.regain - 0.01, Box(500, 400, 40, 20))
    assert state.visibility(CONFIG) == "lost"
    assert state.box == HERE
    state = see(state, CONFIG.regain, Box(500, 400, 40, 20))
    assert state.visibility(CONFIG) == "tracking"
    assert state.box.center == pytest.approx((520, 410))


def test_a_moving_target_is_expected_further_on() -> None:
    state = see(started(), 1.0, Box(130, 90, 40, 20))
    assert state.ahead(0.5, 100, WH) == pytest.approx((165, 95))
    assert state.ahead(0.5, 8, WH) == pytest.approx((158, 95))
    assert state.ahead(0.0, 100, WH) == pytest.approx(state.box.center)
    edge = see(see(state, 1.0, Box(400, 90, 40, 20)), 1.0, Box(600, 90, 40, 20))
    assert edge.ahead(0.5, 1000, WH) == pytest.approx((640, 100))


def test_what_is_not_surely_seen_is_not_expected_elsewhere() -> None:
    moved = see(started(), 1.0, Box(130, 90, 40, 20))
    for score in (CONFIG.sure - 0.01, 0.0):
        unsure = see(moved, score, Box(160, 80, 40, 20))
        assert unsure.ahead(0.5, 100, WH) == pytest.approx(unsure.box.center)
    lost = started()
    for _ in range(CONFIG.patience):
        lost = see(lost, 0.0)
    held = see(moved, 0.0)
    for before in (lost, held):
        found = see(before, 1.0, Box(500, 400, 40, 20))  # a jump, or the way of several frames
        assert found.step is None
        assert found.ahead(0.5, 100, WH) == pytest.approx(found.box.center)
    again = see(found, 1.0, Box(510, 395, 40, 20))
    assert again.step == pytest.approx((10, -5))


sides = st.floats(1e-6, 1e6)


@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), sides, sides, st.floats(0, 1)))
)
def test_the_box_never_explodes_or_vanishes_or_leaves(
    sightings: list[tuple[float, float, float, float, float]],
) -> None:
    state = started()
    for x, y, w, h, score in sightings:
        state = see(state, score, Box(x, y, w, h))
        assert HERE.w / CONFIG.growth <= state.box.w <= min(HERE.w * CONFIG.growth, WH[0])
        assert HERE.h / CONFIG.growth <= state.box.h <= min(HERE.h * CONFIG.growth, WH[1])
        cx, cy = state.box.center
        assert -1e-6 <= cx <= WH[0] + 1e-6
        assert -1e-6 <= cy <= WH[1] + 1e-6


@pytest.mark.parametrize("wh", [(640, 480), (1280, 720), (7680, 4320), (30, 20), (1, 1)])
@pytest.mark.parametrize("box", [Box(100, 100, 40, 20), Box(0, 0, 3, 3), Box(600, 470, 30, 8)])
def test_the_search_for_a_lost_target_covers_the_whole_frame(wh: tuple[int, int], box: Box) -> None:
    side = 4.0 * (box.w * box.h) ** 0.5
    places, wide = search_centers(box, side, wh)
    assert wide >= side
    columns, rows = (math.ceil(2 * edge / wide) + 1 for edge in wh)
    assert len(places) < columns * rows
    everything = [*places, (min(box.center[0], wh[0]), min(box.center[1], wh[1]))]
    for x in range(0, wh[0] + 1, max(wh[0] // 37, 1)):
        for y in range(0, wh[1] + 1, max(wh[1] // 23, 1)):
            # in the middle part of a crop, where all of a target can be seen
            nearest = min(max(abs(x - px), abs(y - py)) for px, py in everything)
            assert nearest <= wide / 4 + 1e-6


def test_the_search_goes_outwards() -> None:
    places, _ = search_centers(HERE, 120, (1280, 720))
    distances = [max(abs(x - 120), abs(y - 110)) for x, y in places]
    assert distances == sorted(distances)
