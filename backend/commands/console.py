"""How commands speak: results on stdout, everything else on stderr, mistakes as one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

out = Console()
err = Console(stderr=True)


@contextmanager
def sentences(*also: type[Exception]) -> Iterator[None]:
    """Turn the project's own errors, and `also`, into a sentence and exit status 1."""
    try:
        yield
    except (*_mistakes(), *also) as error:
        err.print(str(error), style="red", markup=False, highlight=False)
        raise typer.Exit(1) from error
    except OSError as error:
        what = f"{error.filename}: {error.strerror}." if error.filename else str(error)
        err.print(what, style="red", markup=False, highlight=False)
        raise typer.Exit(1) from error


def _mistakes() -> tuple[type[Exception], ...]:
    # Imported once something went wrong: the service greets before numpy is loaded.
    from ..data.motion_set import MotionSetError  # noqa: PLC0415
    from ..data.sources import SourceError  # noqa: PLC0415
    from ..kinematics.bone_map import MappingError  # noqa: PLC0415
    from ..kinematics.bvh import BvhError  # noqa: PLC0415
    from ..kinematics.limits import LimitError  # noqa: PLC0415
    from ..kinematics.take import TakeError  # noqa: PLC0415
    from ..service.engine import EngineError  # noqa: PLC0415

    return (
        BvhError,
        EngineError,
        LimitError,
        MappingError,
        MotionSetError,
        SourceError,
        TakeError,
    )
