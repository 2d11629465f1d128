"""Shape of the default character, as a signed distance that is negative inside.

Everything is in the body frame of `kinematics.body.skeleton` (metres, Y up, facing +Z, left is +X,
the toe joints SOLE_DROP above the sole) and symmetrical: shapes are written for the left side
and looked up at |x|. The figure is a plain adult, 1.73 m, made of lofts: sections at stations along
a coordinate axis, each with its own centre and its own radius on all four sides.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from backend.kinematics.body.skeleton import SMPL, TOE_JOINT_HEIGHT

Array = NDArray[np.floating]
Indices = NDArray[np.integer]

# Metres that the light panels stand out over the dark joints, whose surface is sunk by as much.
PANEL_HEIGHT = 0.0035

GROUND_Y = float(SMPL.rest_positions[SMPL.index("left_foot"), 1] - TOE_JOINT_HEIGHT)


def smooth_min(a: Array, b: Array, k: float) -> Array:
    """Union of two distances whose seam is rounded over about `k` metres."""
    h = np.maximum(k - np.abs(a - b), 0.0) / k
    return np.minimum(a, b) - h * h * h * k / 6.0


def smooth_max(a: Array, b: Array, k: float) -> Array:
    """Intersection of two distances, rounded like `smooth_min`."""
    return -smooth_min(-a, -b, k)


def ellipsoid(p: Array, centre: tuple[float, ...], radii: tuple[float, ...]) -> Array:
    """Approximate distance of points (N, 3) to an ellipsoid."""
    q = p - np.array(centre)
    k0 = np.linalg.norm(q / np.array(radii), axis=-1)
    k1 = np.linalg.norm(q / np.array(radii) ** 2, axis=-1)
    return k0 * (k0 - 1.0) / np.maximum(k1, 1e-6)


def capsules(p: Array, chain: tuple[tuple[float, ...], ...], k: float) -> Array:
    """Distance to a chain of tapered capsules given as (x, y, z, radius) knots."""
    knots = np.array(chain)
    out = np.full(len(p), np.inf)
    for a, b in pairwise(knots):
        axis = b[:3] - a[:3]
        t = np.clip((p - a[:3]) @ axis / (axis @ axis), 0.0, 1.0)
        nearest = a[:3] + t[:, None] * axis
        piece = np.linalg.norm(p - nearest, axis=-1) - (a[3] + t * (b[3] - a[3]))
        out = piece if np.isinf(out[0]) else smooth_min(out, piece, k)
    return out


@dataclass(frozen=True)
class Loft:
    """Generalised cylinder along one coordinate axis.

    `rows` are (station, centre u, centre v, radius +u, -u, +v, -v, exponent); u and v are the other
    two axes in x, y, z order. Exponent 2 is an ellipse, more is boxier. The ends are ellipsoidal
    caps of length `caps`.
    """

    axis: int
    rows: tuple[tuple[float, ...], ...]
    caps: tuple[float, float] = (0.02, 0.02)

    def __call__(self, p: Array) -> Array:
        """Approximate distance of points (N, 3)."""
        table = np.array(self.rows)
        u_axis, v_axis = (i for i in range(3) if i != self.axis)
        first, last = table[0, 0], table[-1, 0]
        t = np.clip(p[:, self.axis], first, last)
        cu, cv, up, un, vp, vn, n = PchipInterpolator(table[:, 0], table[:, 1:])(t).T
        u, v = p[:, u_axis] - cu, p[:, v_axis] - cv
        beyond = p[:, self.axis] - t
        cap = np.where(beyond < 0, self.caps[0], self.caps[1])
        ru = np.abs(u) / np.where(u > 0, up, un)
        rv = np.abs(v) / np.where(v > 0, vp, vn)
        flat = (ru**n + rv**n) ** (1.0 / n)
        rho = np.maximum(np.sqrt(flat**2 + (beyond / cap) ** 2), 1e-6)
        return np.sqrt(u * u + v * v + beyond * beyond) * (1.0 - 1.0 / rho)


TORSO = Loft(
    1,
    (
        (-0.385, 0.0, 0.005, 0.090, 0.090, 0.070, 0.080, 2.2),
        (-0.335, 0.0, 0.002, 0.150, 0.150, 0.098, 0.104, 2.3),
        (-0.280, 0.0, 0.002, 0.162, 0.162, 0.103, 0.110, 2.4),
        (-0.220, 0.0, 0.004, 0.153, 0.153, 0.104, 0.100, 2.4),
        (-0.150, 0.0, 0.008, 0.135, 0.135, 0.100, 0.086, 2.4),
        (-0.090, 0.0, 0.010, 0.126, 0.126, 0.096, 0.080, 2.4),
        (-0.030, 0.0, 0.010, 0.130, 0.130, 0.098, 0.084, 2.4),
        (0.040, 0.0, 0.008, 0.143, 0.143, 0.106, 0.094, 2.4),
        (0.100, 0.0, 0.004, 0.159, 0.159, 0.112, 0.102, 2.5),
        (0.150, 0.0, 0.000, 0.168, 0.168, 0.108, 0.104, 2.5),
        (0.200, 0.0, -0.006, 0.160, 0.160, 0.094, 0.098, 2.5),
        (0.240, 0.0, -0.014, 0.125, 0.125, 0.068, 0.084, 2.4),
        (0.270, 0.0, -0.020, 0.085, 0.085, 0.052, 0.066, 2.2),
        (0.290, 0.0, -0.022, 0.060, 0.060, 0.048, 0.054, 2.0),
    ),
    (0.04, 0.02),
)
NECK = Loft(
    1,
    (
        (0.200, 0.0, -0.030, 0.060, 0.060, 0.055, 0.055, 2.0),
        (0.270, 0.0, -0.024, 0.057, 0.057, 0.053, 0.054, 2.0),
        (0.310, 0.0, -0.012, 0.053, 0.053, 0.052, 0.052, 2.0),
        (0.370, 0.0, 0.000, 0.053, 0.053, 0.052, 0.055, 2.0),
    ),
)
JAW = Loft(
    1,
    (
        (0.302, 0.0, 0.072, 0.024, 0.024, 0.030, 0.030, 2.2),
        (0.318, 0.0, 0.058, 0.042, 0.042, 0.048, 0.050, 2.2),
        (0.345, 0.0, 0.045, 0.055, 0.055, 0.063, 0.070, 2.3),
        (0.380, 0.0, 0.035, 0.062, 0.062, 0.072, 0.080, 2.3),
        (0.420, 0.0, 0.030, 0.067, 0.067, 0.078, 0.085, 2.3),
        (0.460, 0.0, 0.025, 0.064, 0.064, 0.076, 0.085, 2.2),
    ),
    (0.010, 0.04),
)
ARM = Loft(
    0,
    (
        (0.130, 0.232, -0.016, 0.050, 0.060, 0.055, 0.055, 2.0),
        (0.190, 0.236, -0.016, 0.054, 0.060, 0.056, 0.056, 2.0),
        (0.230, 0.237, -0.019, 0.051, 0.054, 0.053, 0.054, 2.0),
        (0.290, 0.235, -0.024, 0.044, 0.046, 0.046, 0.047, 2.0),
        (0.350, 0.233, -0.030, 0.041, 0.042, 0.044, 0.043, 2.0),
        (0.410, 0.231, -0.037, 0.037, 0.037, 0.039, 0.038, 2.0),
        (0.450, 0.230, -0.040, 0.035, 0.035, 0.037, 0.037, 2.0),
        (0.500, 0.231, -0.040, 0.037, 0.037, 0.042, 0.039, 2.0),
        (0.545, 0.233, -0.041, 0.035, 0.036, 0.041, 0.037, 2.0),
        (0.610, 0.236, -0.043, 0.030, 0.031, 0.035, 0.032, 2.0),
        (0.670, 0.239, -0.045, 0.023, 0.024, 0.029, 0.028, 2.1),
        (0.710, 0.240, -0.046, 0.019, 0.020, 0.027, 0.026, 2.2),
        (0.740, 0.239, -0.048, 0.017, 0.019, 0.032, 0.031, 2.4),
    ),
)
PALM = Loft(
    0,
    (
        (0.690, 0.239, -0.046, 0.018, 0.018, 0.025, 0.025, 2.2),
        (0.730, 0.238, -0.048, 0.016, 0.018, 0.033, 0.031, 2.4),
        (0.765, 0.236, -0.052, 0.013, 0.016, 0.038, 0.036, 2.6),
        (0.790, 0.234, -0.055, 0.011, 0.013, 0.040, 0.038, 2.6),
    ),
    (0.02, 0.016),
)
LEG = Loft(
    1,
    (
        (-1.150, 0.086, -0.026, 0.030, 0.030, 0.036, 0.034, 2.1),
        (-1.120, 0.086, -0.027, 0.031, 0.031, 0.036, 0.034, 2.1),
        (-1.060, 0.087, -0.026, 0.031, 0.030, 0.034, 0.034, 2.0),
        (-0.990, 0.090, -0.022, 0.037, 0.036, 0.037, 0.043, 2.0),
        (-0.910, 0.094, -0.016, 0.046, 0.045, 0.042, 0.056, 2.0),
        (-0.840, 0.097, -0.010, 0.051, 0.050, 0.046, 0.061, 2.0),
        (-0.770, 0.099, -0.002, 0.050, 0.049, 0.050, 0.055, 2.1),
        (-0.710, 0.100, 0.006, 0.050, 0.050, 0.053, 0.050, 2.2),
        (-0.650, 0.100, 0.010, 0.054, 0.053, 0.057, 0.053, 2.1),
        (-0.560, 0.098, 0.012, 0.065, 0.062, 0.069, 0.066, 2.0),
        (-0.460, 0.094, 0.010, 0.075, 0.072, 0.079, 0.078, 2.0),
        (-0.380, 0.090, 0.006, 0.081, 0.079, 0.084, 0.088, 2.0),
        (-0.310, 0.086, 0.003, 0.081, 0.075, 0.086, 0.092, 2.0),
        (-0.260, 0.083, 0.002, 0.072, 0.060, 0.080, 0.086, 2.0),
    ),
    (0.02, 0.05),
)
FOOT = Loft(
    2,
    (
        (-0.066, 0.082, -1.180, 0.026, 0.026, 0.032, 0.050, 2.2),
        (-0.035, 0.084, -1.172, 0.032, 0.031, 0.046, 0.060, 2.2),
        (0.000, 0.089, -1.172, 0.034, 0.032, 0.052, 0.060, 2.2),
        (0.045, 0.101, -1.182, 0.038, 0.036, 0.047, 0.050, 2.2),
        (0.085, 0.113, -1.190, 0.044, 0.042, 0.036, 0.040, 2.3),
        (0.115, 0.121, -1.196, 0.046, 0.043, 0.028, 0.034, 2.4),
        (0.150, 0.128, -1.200, 0.041, 0.038, 0.022, 0.030, 2.4),
        (0.168, 0.131, -1.202, 0.033, 0.031, 0.019, 0.026, 2.4),
    ),
    (0.018, 0.016),
)
FINGERS = tuple(
    (
        (0.790, 0.234, z0, 0.0095),
        (0.790 + 0.42 * length, 0.233 - 0.02 * length, z0 + 0.5 * spread, 0.0088),
        (0.790 + 0.74 * length, 0.233 - 0.09 * length, z0 + 0.75 * spread, 0.0080),
        (0.790 + 0.95 * length, 0.233 - 0.19 * length, z0 + spread, 0.0068),
    )
    for z0, spread, length in (
        (-0.0235, 0.012, 0.088),
        (-0.0450, 0.003, 0.096),
        (-0.0665, -0.007, 0.090),
        (-0.0865, -0.017, 0.072),
    )
)
THUMB = (
    (0.728, 0.233, -0.034, 0.0150),
    (0.758, 0.226, -0.006, 0.0125),
    (0.785, 0.222, 0.010, 0.0100),
    (0.808, 0.219, 0.018, 0.0080),
)


def _head(p: Array) -> Array:
    skull = ellipsoid(p, (0.0, 0.432, 0.016), (0.0745, 0.092, 0.096))
    head = smooth_min(skull, JAW(p), 0.03)
    nose = capsules(p, ((0.0, 0.428, 0.098, 0.008), (0.0, 0.381, 0.1125, 0.0105)), 0.01)
    head = smooth_min(head, nose, 0.026)
    sockets = ellipsoid(p, (0.031, 0.413, 0.124), (0.026, 0.016, 0.022))
    head = smooth_max(head, -sockets, 0.026)
    ears = ellipsoid(p, (0.070, 0.403, 0.006), (0.011, 0.028, 0.019))
    return smooth_min(head, ears, 0.020)


def _hand(p: Array) -> Array:
    hand = PALM(p)
    for finger in FINGERS:
        hand = smooth_min(hand, capsules(p, finger, 0.006), 0.012)
    return smooth_min(hand, capsules(p, THUMB, 0.008), 0.018)


def trunk_and_neck(p: Array) -> Array:
    """Distance of points (N, 3), x >= 0, to the torso and neck alone."""
    trunk = smooth_min(TORSO(p), NECK(p), 0.04)
    trapezius = capsules(p, ((0.025, 0.300, -0.038, 0.034), (0.165, 0.250, -0.025, 0.032)), 0.01)
    trunk = smooth_min(trunk, trapezius, 0.04)
    pectoral = ellipsoid(p, (0.074, 0.165, 0.058), (0.088, 0.062, 0.046))
    trunk = smooth_min(trunk, pectoral, 0.045)
    buttock = ellipsoid(p, (0.074, -0.325, -0.062), (0.072, 0.074, 0.064))
    return smooth_min(trunk, buttock, 0.035)


def upper_limb(p: Array) -> Array:
    """Distance of points (N, 3), x >= 0, to the left arm without its hand."""
    deltoid = ellipsoid(p, (0.192, 0.242, -0.016), (0.062, 0.054, 0.060))
    return smooth_min(ARM(p), deltoid, 0.02)


def to_left_side(points: Array) -> Array:
    """Points (N, 3) with those of the right side moved to the left."""
    p = np.array(points, dtype=float)
    p[:, 0] = np.abs(p[:, 0])
    return p


def body_distance(points: Array) -> Array:
    """Distance in metres, about right near the surface, of points (N, 3) to the whole figure."""
    p = to_left_side(points)
    figure = trunk_and_neck(p)
    figure = smooth_min(figure, LEG(p), 0.035)
    # The soles are dark: once sunk they lie on the ground.
    foot = smooth_max(FOOT(p), GROUND_Y - PANEL_HEIGHT - p[:, 1], 0.012)
    figure = smooth_min(figure, foot, 0.045)
    figure = smooth_min(figure, upper_limb(p), 0.055)
    figure = smooth_min(figure, _hand(p), 0.012)
    return smooth_min(figure, _head(p), 0.022)


def dark_band_distance(points: Array) -> Array:
    """Distance field of the dark joints at points (N, 3): above 0 inside, roughly in metres."""
    p = to_left_side(points)
    x, y, z = p.T
    armpit = 0.30 * (0.285 - y) + 7.0 * np.maximum(0.0, 0.19 - y) ** 2
    bands = [
        GROUND_Y + 0.012 - y,
        0.012 - np.abs(y + 1.098 - 0.15 * (z + 0.027)),
        0.027 - 0.011 * np.clip(z / 0.05, -1.0, 1.0) - np.abs(y + 0.70),
        0.0145 - 0.8 * np.abs(y + 0.405 - x * (0.75 + 1.2 * z)),
        0.022 + 0.011 * np.clip((z + 0.04) / 0.036, -1.0, 1.0) - np.abs(x - 0.45),
        0.009 - np.abs(x - 0.706),
        0.014 - 0.95 * np.abs(x - 0.142 - armpit),
    ]
    front = np.clip(z / 0.1, -1.0, 1.0)
    ribs = -0.032 + 0.016 * front * np.cos(np.clip(x / 0.13, 0.0, 1.0) * np.pi)
    hips = -0.135 - 0.022 * front * np.cos(np.clip(x / 0.13, 0.0, 1.0) * np.pi)
    collar = 0.255 - 0.46 * (z - 0.05) + 3.5 * x * x
    jaw = 0.330 - 0.55 * (z + 0.01)
    bands += [np.minimum(ribs - y, y - hips), np.minimum(y - collar, jaw - y)]
    bands[3] = np.minimum(bands[3], 0.25 - x)
    bands[6] = np.minimum(bands[6], 0.32 - y)
    return np.max(bands, axis=0)
