"""Terminal output of commands: results on stdout, everything else on stderr."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

out = Console()
err = Console(stderr=True)


@contextmanager
def report_errors(*also: type[Exception]) -> Iterator[None]:
    """Print the project's own errors, and `also`, as one sentence and exit with status 1."""
    try:
        yield
    except (*_user_errors(), *also) as error:
        _exit(str(error), error)
    except OSError as error:
        _exit(f"{error.filename}: {error.strerror}." if error.filename else str(error), error)


def ignore_progress(step: int, total: int, message: str = "") -> None:
    """Progress callback that shows nothing."""


def _exit(sentence: str, error: Exception) -> None:
    err.print(sentence, style="red", markup=False, highlight=False)
    raise typer.Exit(1) from error


def _user_errors() -> tuple[type[Exception], ...]:
    # Imported after a failure only: the service prints its handshake before numpy is loaded.
    from .data.motion_set import MotionSetError
    from .data.sources import SourceError
    from .kinematics.body.take import TakeError
    from .kinematics.mocap.bvh import BvhError
    from .kinematics.rigs.bone_map import MappingError
    from .protocol.limits import LimitError
    from .service.engine.interface import EngineError

    return (
        BvhError,
        EngineError,
        LimitError,
        MappingError,
        MotionSetError,
        SourceError,
        TakeError,
    )
