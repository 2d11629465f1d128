"""How commands speak: results on stdout, everything else on stderr, mistakes as one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

out = Console()
err = Console(stderr=True)


@contextmanager
def report_errors(*also: type[Exception]) -> Iterator[None]:
    """Turn the project's own errors, and `also`, into a sentence and exit status 1."""
    try:
        yield
    except (*_user_errors(), *also) as error:
        err.print(str(error), style="red", markup=False, highlight=False)
        raise typer.Exit(1) from error
    except OSError as error:
        what = f"{error.filename}: {error.strerror}." if error.filename else str(error)
        err.print(what, style="red", markup=False, highlight=False)
        raise typer.Exit(1) from error


def _user_errors() -> tuple[type[Exception], ...]:
    # Imported once something went wrong: the service greets before numpy is loaded.
    from ..data.motion_set import MotionSetError
    from ..data.sources import SourceError
    from ..kinematics.body.take import TakeError
    from ..kinematics.mocap.bvh import BvhError
    from ..kinematics.rigs.bone_map import MappingError
    from ..protocol.limits import LimitError
    from ..service.engine.interface import EngineError

    return (
        BvhError,
        EngineError,
        LimitError,
        MappingError,
        MotionSetError,
        SourceError,
        TakeError,
    )
