"""Small motions that tests make for themselves."""

from pathlib import Path

import numpy as np

from backend.data.motion_set import Caption, MocapClip, MotionSet
from backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL, TOE_JOINT_HEIGHT
from backend.kinematics.body.take import Take
from backend.kinematics.math.rotations import axis_angle_to_matrix, axis_rotation

STANDING = -float(SMPL.rest_positions[10, 1]) + TOE_JOINT_HEIGHT + float(SMPL.offsets[0, 1])
"""Height of the pelvis joint at which the soles of the resting body touch the ground."""


def swinging_take(seconds: float = 3.0, fps: float = 60.0, seed: int = 0) -> Take:
    """A standing body that drifts ahead while its limbs swing, each with its own phase."""
    chance = np.random.default_rng(seed)
    times = np.arange(round(seconds * fps)) / fps
    phases = chance.uniform(0, 2 * np.pi, (24, 3))
    sizes = chance.uniform(0.05, 0.4, (24, 3))
    angles = sizes * np.sin(2 * np.pi * times[:, None, None] * 0.7 + phases)
    angles[:, [0, 22, 23]] = 0.0
    rotations = axis_angle_to_matrix(angles)
    yaw = axis_rotation("Z", chance.uniform(-np.pi, np.pi) + 0.3 * times)
    rotations[:, 0] = yaw @ BODY_TO_WORLD
    speed = chance.uniform(0.2, 1.0)
    root = np.stack([0.1 * np.sin(times), -speed * times, np.full_like(times, STANDING)], axis=1)
    return Take.from_matrices(rotations, root, fps)


def motion_set(clips: int = 6, seconds: float = 2.0) -> MotionSet:
    """A few swinging clips with captions, at different rates."""
    rates = (24.0, 30.0, 60.0, 120.0)
    made = []
    for n in range(clips):
        take = swinging_take(seconds, rates[n % len(rates)], seed=n)
        caption = Caption(0.0, seconds, f"a person swings the left arm {n} times")
        made.append(
            MocapClip(
                name=f"clip_{n}",
                poses=take.poses[:, :66],
                trans=take.trans,
                fps=take.fps,
                action="swing" if n % 2 else "drift",
                captions=(caption,) if n % 3 else (),
                description="a swinging body",
            )
        )
    return MotionSet(made)


def labelled_clips(lone: bool = False) -> list[MocapClip]:
    """Swinging clips of several rates and lengths under two labels, of which one bends the spine.

    Args:
        lone: with one clip of a third label.
    """
    spine = 3 * SMPL.index("spine1")
    made = []
    for n in range(20 + lone):
        take = swinging_take(1.0 + 0.15 * (n % 10), (30.0, 60.0)[n % 2], seed=n)
        poses = take.poses[:, :66].copy()
        bent = n % 4 == 0
        poses[:, spine] += 0.9 * bent
        action = "lone" if n == 20 else "bend" if bent else "swing"
        made.append(MocapClip(f"clip_{n}", poses, take.trans, take.fps, action=action))
    return made


def write_tiny_weights(folder: Path, data: Path, runs: Path) -> None:
    """Train both stages of a very small NeRM for a few steps and export it to `folder`."""
    from backend.embedding.nerm_retrieval import export_retrieval
    from backend.nerm.denoiser import DenoiserConfig
    from backend.nerm.inr import InrConfig
    from backend.nerm.train_diffusion import DiffusionTrainer, DiffusionTraining
    from backend.nerm.train_inr import InrTrainer, InrTraining
    from backend.nerm.weights import export_weights

    small = InrConfig(latent=16, width=32, blocks=2, modulation_width=16, encoder_width=16)
    assert InrTrainer(data, InrTraining(steps=10, batch=8), small).run(runs / "inr")
    network = DenoiserConfig(latent=16, tokens=4, width=32, layers=1, feed_forward=32)
    training = DiffusionTraining(steps=6, batch=8)
    assert DiffusionTrainer(data, runs / "inr", training, network).run(runs / "diffusion")
    export_weights(runs / "inr", runs / "diffusion", folder, "for tests")
    export_retrieval(runs / "inr", data, folder, "for tests")


def write_tiny_actions(folder: Path, runs: Path) -> None:
    """Train a very small MotionINR on `labelled_clips` and export it to `folder`."""
    from backend.data.motion_set import save_motion_set
    from backend.motioninr.export import read_trained_run, write_motioninr
    from backend.motioninr.gmm_fit import FitSettings, fit_mixtures, learnt_codes
    from backend.motioninr.model import MotionInrConfig
    from backend.motioninr.train import MotionInrTrainer, MotionInrTraining

    small = MotionInrConfig(action_code=8, sequence_code=24, time_code=32, hidden=(64, 32))
    data = runs / "labelled.npz"
    save_motion_set(data, labelled_clips())
    run = runs / "motioninr"
    assert MotionInrTrainer(data, MotionInrTraining(steps=20, batch=8), small).run(run)
    trained = read_trained_run(run, data)
    mixtures = fit_mixtures(learnt_codes(trained), FitSettings(min_captures=4))
    write_motioninr(trained, mixtures, folder, "tests")
