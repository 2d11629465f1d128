"""``generate``: a prompt to take files, without Blender and without the service."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..console import report_errors
from ..kinematics.body.take import Take
from ..protocol.limits import LimitError, check_generate
from ..service.engine.interface import check_action_label
from ..service.schema.requests import GenerateRequest, make_request
from .takes import check_output, progress_bar, save_and_report


def generate_takes(output: Path, **fields: Any) -> None:
    """Generate takes and write them as ``.npz`` or ``.bvh``.

    Args:
        output: the file; of several variations, the k-th goes to NAME_k beside it.
        fields: of the `GenerateRequest`.
    """
    with report_errors():
        check_output(output)
        request = make_request(GenerateRequest, **fields)
        # torch takes a second to import: a mistyped request is answered before that.
        from ..service.engine.model_engine import ModelEngine

        with progress_bar() as progress:
            takes = ModelEngine().generate_variations(request, progress)
        _write(takes, output)


def generate_label_takes(
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

    with report_errors(WeightsError):
        check_output(output)
        if not action:
            raise LimitError("MotionINR goes by action labels: name one with --action.")
        check_generate(
            prompt="", action=action, seconds=seconds, fps=fps, seed=seed, variations=variations
        )
        from ..motioninr.sampler import MotionInrSampler
        from ..motioninr.weights import default_motioninr_folder, load_motioninr

        sampler = MotionInrSampler(load_motioninr(weights or default_motioninr_folder()))
        check_action_label(action, sampler.known_labels)
        seeds = range(seed, seed + variations)
        _write([sampler.sample_take(action, seconds, fps, one, lock_feet) for one in seeds], output)


def _write(takes: Sequence[Take], output: Path) -> None:
    for n, take in enumerate(takes):
        several = len(takes) > 1
        save_and_report(take, output.with_stem(f"{output.stem}_{n}") if several else output)
