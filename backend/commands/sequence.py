"""``sequence``: several prompts in a row to one take file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..kinematics.limits import LimitError
from ..service.wire import Block, SequenceRequest, request_of
from .console import sentences
from .takes import check_output, progress_bar, write


def sequence(output: Path, blocks: Sequence[str], seed: int, blend: float, **fields: Any) -> None:
    """Generate several motions, each passing into the next, and write them as one file.

    Args:
        output: ``.npz`` or ``.bvh``.
        blocks: "PROMPT:SECONDS" each.
        seed: of the first; each other's is one more than the one's before.
        blend: seconds that each takes to pass into from the one before.
        fields: of the `SequenceRequest`.
    """
    with sentences():
        check_output(output)
        read = [
            request_of(Block, **_read(text), seed=seed + n, blend=blend)
            for n, text in enumerate(blocks)
        ]
        request = request_of(SequenceRequest, blocks=read, **fields)
        # torch takes a second to import: a mistyped request is answered before that.
        from ..service.nerm_engine import NermEngine  # noqa: PLC0415

        with progress_bar() as progress:
            take = NermEngine().sequence(request, None, progress)
        write(take, output)


def _read(text: str) -> dict[str, Any]:
    prompt, _, seconds = text.rpartition(":")
    try:
        return {"prompt": prompt.strip(), "seconds": float(seconds)}
    except ValueError as error:
        raise LimitError(
            f'A block is its words and its seconds, such as "walks forward:3"; "{text}" has no '
            "number of seconds behind a colon."
        ) from error
