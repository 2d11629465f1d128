"""``generate`` and ``sequence``: prompts and labels to take files, without Blender or a service."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..console import report_errors
from ..kinematics.body.take import Take
from ..protocol.limits import LimitError, check_generate
from ..service.engine.interface import check_action_label
from ..service.schema.requests import Block, GenerateRequest, SequenceRequest, make_request
from .takes import check_output, progress_bar, save_and_report

_FIELD = re.compile(r"(\w+)\s*=")
"""Start of a label in a block ("label="); a prompt has none."""


def generate_takes(output: Path, **fields: Any) -> None:
    """Generate takes and write them as ``.npz`` or ``.bvh``.

    Args:
        output: File; variation n goes to NAME_n beside it.
        **fields: Fields of the `GenerateRequest`.
    """
    with report_errors():
        check_output(output)
        request = make_request(GenerateRequest, **fields)
        # Imported late because torch takes a second: mistakes are reported before that.
        from ..service.engine.model_engine import ModelEngine

        with progress_bar() as progress:
            takes = ModelEngine().generate_variations(request, progress)
        _save_numbered(takes, output)


def generate_label_takes(
    output: Path,
    weights: Path,
    label: str | None,
    seconds: float,
    fps: float,
    seed: int,
    variations: int,
    lock_feet: bool,
) -> None:
    """Generate takes of a label with the MotionINR weights of a folder, and write them."""
    from ..training.weight_files import WeightsError

    with report_errors(WeightsError):
        check_output(output)
        if not label:
            raise LimitError("--model motioninr needs a label: name one with --label.")
        check_generate(
            prompt="", action=label, seconds=seconds, fps=fps, seed=seed, variations=variations
        )
        from ..motioninr.sampler import MotionInrSampler
        from ..motioninr.weights import load_motioninr

        sampler = MotionInrSampler(load_motioninr(weights))
        check_action_label(label, sampler.known_labels)
        seeds = range(seed, seed + variations)
        takes = [sampler.sample_take(label, seconds, fps, number, lock_feet) for number in seeds]
        _save_numbered(takes, output)


def _save_numbered(takes: Sequence[Take], output: Path) -> None:
    for n, take in enumerate(takes):
        path = output.with_stem(f"{output.stem}_{n}") if len(takes) > 1 else output
        save_and_report(take, path)


def generate_sequence(
    output: Path, blocks: Sequence[str], seed: int, transition: float, **fields: Any
) -> None:
    """Generate several motions with transitions, and write them as one file.

    Args:
        output: File that ends in ``.npz`` or ``.bvh``.
        blocks: Texts "PROMPT:SECONDS" or "label=LABEL:SECONDS".
        seed: Seed of the first block; each further one is higher by one.
        transition: Seconds over which each block passes into the next.
        **fields: Fields of the `SequenceRequest`.
    """
    with report_errors():
        check_output(output)
        parsed = [
            make_request(Block, **_parse_block(text), seed=seed + n, blend=transition)
            for n, text in enumerate(blocks)
        ]
        request = make_request(SequenceRequest, blocks=parsed, **fields)
        from ..service.engine.model_engine import ModelEngine

        with progress_bar() as progress:
            take = ModelEngine().generate_sequence(request, None, progress)
        save_and_report(take, output)


def _parse_block(text: str) -> dict[str, Any]:
    """Fields of a block's request; LimitError if it is malformed."""
    content, _, duration = text.rpartition(":")
    try:
        seconds = float(duration)
    except ValueError as error:
        raise LimitError(
            'A block must be a prompt or a label with its seconds, such as "walks forward:3" or '
            f'"label=jump:2" ("{text}" has no number of seconds after a colon).'
        ) from error
    field = _FIELD.search(content)
    if field is None:
        return {"prompt": content.strip(), "seconds": seconds}
    # Version 0.1.0 wrote "action=" for a label.
    if field[1].lower() not in {"label", "action"}:
        raise LimitError(
            'A block must be a prompt or a label, such as "walks forward:3" or "label=jump:2" '
            f'("{text}" is neither): write it without "{field[1]}=".'
        )
    if content[: field.start()].strip():
        raise LimitError(
            f'A block must be a prompt or a label, not both (got "{text}"): make two blocks of '
            "it, or leave out one."
        )
    return {"model": "motioninr", "action": content[field.end() :].strip(), "seconds": seconds}
