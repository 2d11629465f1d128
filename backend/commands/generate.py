"""``generate``: a prompt to take files, without Blender and without the service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..service.wire import GenerateRequest, request_of
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
        from ..service.nerm_engine import NermEngine  # noqa: PLC0415

        with progress_bar() as progress:
            takes = NermEngine().variations(request, progress)
        for n, take in enumerate(takes):
            several = len(takes) > 1
            write(take, output.with_stem(f"{output.stem}_{n}") if several else output)
