"""``generate``: a prompt to take files, without Blender and without the service."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..kinematics.body.take import Take
from ..protocol.limits import LimitError, check_generate
from ..service.engine.action_labels import check_action
from ..service.schema.requests import GenerateRequest, request_of
from .console import sentences
from .takes import check_output, progress_bar, write


def generate(output: Path, **fields: Any) -> None:
    """Generate takes and write them as ``.npz`` or ``.bvh``.

    Args:
        output: the file; of several variations, the k-th goes to NAME_k beside it.
        fields: of the `GenerateRequest`.
    """
    with sentences():
        check_output(output)
        request = request_of(GenerateRequest, **fields)
        # torch takes a second to import: a mistyped request is answered before that.
        from ..service.engine.model_engine import ModelEngine

        with progress_bar() as progress:
            takes = ModelEngine().variations(request, progress)
        _write(takes, output)


def generate_action(
    output: Path,
    weights: Path | None,
    action: str | None,
    seconds: float,
    fps: float,
    seed: int,
    variations: int,
    lock_feet: bool,
) -> None:
    """Generate takes of an action with MotionINR and write them; `weights` None for those in use.

    Other arguments as `generate` has them.
    """
    from ..training.weight_files import WeightsError

    with sentences(WeightsError):
        check_output(output)
        if not action:
            raise LimitError("MotionINR goes by action labels: name one with --action.")
        check_generate(
            prompt="", action=action, seconds=seconds, fps=fps, seed=seed, variations=variations
        )
        from ..motioninr.sampler import Sampler
        from ..motioninr.weights import default_folder, load_motioninr

        sampler = Sampler(load_motioninr(weights or default_folder()))
        check_action(action, sampler.actions)
        seeds = range(seed, seed + variations)
        _write([sampler.take(action, seconds, fps, one, lock_feet) for one in seeds], output)


def _write(takes: Sequence[Take], output: Path) -> None:
    for n, take in enumerate(takes):
        several = len(takes) > 1
        write(take, output.with_stem(f"{output.stem}_{n}") if several else output)
