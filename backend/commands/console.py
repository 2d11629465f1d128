"""How commands speak: results on stdout, everything else on stderr, mistakes as one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from ..data.motion_set import MotionSetError
from ..data.sources import SourceError
from ..kinematics.bone_map import MappingError
from ..kinematics.bvh import BvhError
from ..kinematics.limits import LimitError
from ..kinematics.take import TakeError
from ..service.engine import EngineError

out = Console()
err = Console(stderr=True)

_MISTAKES = (
    BvhError,
    EngineError,
    LimitError,
    MappingError,
    MotionSetError,
    SourceError,
    TakeError,
)


@contextmanager
def sentences(*also: type[Exception]) -> Iterator[None]:
    """Turn the project's own errors, and `also`, into a sentence and exit status 1."""
    try:
        yield
    except (*_MISTAKES, *also) as error:
        err.print(str(error), style="red", markup=False, highlight=False)
        raise typer.Exit(1) from error
    except OSError as error:
        what = f"{error.filename}: {error.strerror}." if error.filename else str(error)
        err.print(what, style="red", markup=False, highlight=False)
        raise typer.Exit(1) from error
