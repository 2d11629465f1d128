import numpy as np
import pytest

from backend.authored.body.limbs import ANKLE_HEIGHT
from backend.authored.steps.footfalls import Footfall, Footprint, flights_of, track_feet
from backend.authored.steps.pendulum import GRAVITY, height_track, pendulum_path

_TIMES = np.arange(0, 121) / 60.0
_START = {"left": Footprint((0.1, 0.0)), "right": Footprint((-0.1, 0.0))}


def test_track_feet_footfall_moves_that_foot_alone() -> None:
    footfall = Footfall("left", 0.5, 1.0, Footprint((0.1, -0.6), 0.2, ground=0.15))
    tracks = track_feet(_TIMES, _START, [footfall])
    assert np.ptp(tracks["right"].ankle, axis=0) == pytest.approx(0.0)
    left = tracks["left"]
    assert left.point[-1] == pytest.approx((0.1, -0.6))
    assert left.ankle[-1, 2] == pytest.approx(ANKLE_HEIGHT + 0.15)
    assert left.yaw[-1] == pytest.approx(0.2)
    assert not left.on_ground[(_TIMES > 0.5) & (_TIMES < 1.0)].any()


def test_track_feet_heel_lifts_keeps_the_toes_in_place() -> None:
    footfall = Footfall("left", 1.0, 1.4, Footprint((0.1, -0.6)), toe_off=0.7)
    ankle = track_feet(_TIMES, _START, [footfall])["left"].ankle
    before = np.searchsorted(_TIMES, 1.0)
    assert ankle[before, 2] > ANKLE_HEIGHT + 0.05
    assert ankle[before, 1] < ankle[0, 1] - 0.02


def test_track_feet_lifts_before_it_lands_raises() -> None:
    at = Footprint((0.1, -0.6))
    with pytest.raises(ValueError, match="must stand before"):
        track_feet(_TIMES, _START, [Footfall("left", 0.5, 1.0, at), Footfall("left", 0.9, 1.4, at)])


def test_flights_of_run_returns_times_without_a_foot_down() -> None:
    at = Footprint((0.0, 0.0))
    footfalls = [Footfall("left", 0.5, 0.9, at), Footfall("right", 0.8, 1.3, at)]
    assert flights_of(footfalls) == [(0.8, 0.9)]


def test_height_track_flight_is_a_parabola_after_a_crouch() -> None:
    times = np.arange(0, 181) / 60.0
    height = height_track(times, [(1.2, 1.6)])
    inside = (times > 1.22) & (times < 1.58)
    acceleration = np.gradient(np.gradient(height, times), times)[inside]
    assert acceleration == pytest.approx(-GRAVITY, rel=1e-3)
    assert height[times < 1.2].min() < -0.15
    assert height[times > 1.6].min() < -0.1
    assert height[-1] == pytest.approx(height[0])


def test_pendulum_path_weight_moves_before_the_support_does() -> None:
    support = np.zeros((121, 2))
    support[60:, 0] = 1.0
    path = pendulum_path(_TIMES, support, np.zeros(121), np.zeros(121, dtype=bool))
    assert 0.05 < path[45, 0] < 0.5
    assert path[-1] == pytest.approx(support[-1])


def test_pendulum_path_in_the_air_keeps_its_velocity() -> None:
    support = np.zeros((121, 2))
    support[70:, 1] = -1.0
    flying = (_TIMES > 0.8) & (_TIMES < 1.2)
    path = pendulum_path(_TIMES, support, np.zeros(121), flying)
    velocity = np.diff(path[flying, 1])
    assert velocity == pytest.approx(velocity[0])
