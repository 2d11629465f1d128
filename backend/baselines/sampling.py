"""Loading of the baselines' runs, and the common part of their samplers."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from ..training.run import TrainingError
from ..training.weight_files import strip_key_prefix
from .frames import BASELINE_FPS, MAX_FRAMES, fit_root_path


def read_run(folder: Path, command: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read a run's state and tensors.

    Raises:
        TrainingError: There is no run; the sentence names the `train` command that makes one.
    """
    try:
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        return state, load_file(folder / "state.safetensors")
    except OSError as error:
        raise TrainingError(
            f"{folder} holds no training run; make it with `python -m backend train {command}`."
        ) from error


def trained_steps(folder: Path) -> int:
    """Return the step of the run in `folder`, which must exist."""
    return json.loads((folder / "state.json").read_text(encoding="utf-8"))["step"]


def averaged_weights(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """Return the averaged weights of the network `name`, with the network's own buffers."""
    average = strip_key_prefix(tensors, "average/module.")
    return strip_key_prefix(tensors, f"{name}/") | average


def frame_count(seconds: float) -> int:
    """Return the number of frames at 20 fps that span `seconds`."""
    return min(max(int(-(-seconds * BASELINE_FPS // 1)) + 1, 2), MAX_FRAMES)


def frame_mask(seconds: Iterable[float], patch: int) -> Tensor:
    """Return a mask (B, T) of the frames of motions, T being a multiple of the patch."""
    counts = [frame_count(float(length)) for length in seconds]
    longest = -(-max(counts) // patch) * patch
    return torch.arange(longest) < torch.tensor(counts)[:, None]


def seeded_noise(seeds: Sequence[int], *shape: int) -> Tensor:
    """Return standard normal noise (B, *shape), one seed for each motion."""
    return torch.stack(
        [torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    )


def pose_rows(features: Tensor, mask: Tensor) -> list[Tensor]:
    """Return the pose rows (T, 135) of each motion's features (B, T, 142).

    The last row is at the motion's end or after it.
    """
    counts = mask.sum(1).tolist()
    return [fit_root_path(rows[:count]) for rows, count in zip(features, counts, strict=True)]
