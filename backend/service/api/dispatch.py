"""From a request and the files that come with it to what the worker does; bad files are refused
here, at once."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import HTTPException, UploadFile

from ..queue.job import JobFunction
from ..schema.limits import LIMITS
from ..schema.requests import (
    DecodeRequest,
    GenerateRequest,
    InterpolateRequest,
    JobRequest,
    ResampleRequest,
    SequenceRequest,
)
from ..schema.style_requests import BlendRequest, LearnRequest
from .style_uploads import read_training_takes, read_uploaded_control, read_uploaded_style
from .take_uploads import (
    read_take_to_decode,
    read_take_to_resample,
    read_take_with_blocks,
    read_takes_to_interpolate,
)


@dataclass(frozen=True)
class UploadedFiles:
    """The parts of a request that are files."""

    take: UploadFile | None = None
    take_b: UploadFile | None = None
    takes: tuple[UploadFile, ...] = ()
    style: UploadFile | None = None
    controls: tuple[UploadFile, ...] = ()

    def refuse_except(self, request: JobRequest, *allowed: str) -> None:
        """Refuse files that this kind of request has no use for."""
        for name in ("take", "take_b", "takes", "style", "controls"):
            if getattr(self, name) and name not in allowed:
                raise HTTPException(
                    422,
                    f'A {request.kind} job takes no file "{name}": leave it out, or send another '
                    '"kind".',
                )

    def read_file(self, name: str, request: JobRequest) -> bytes:
        """The content of the part `take` or `take_b`, which must be there."""
        part = getattr(self, name)
        if part is None:
            raise HTTPException(
                422,
                f'The file part "{name}" is missing: send the take to {request.kind} in it, as '
                ".npz.",
            )
        return part.file.read()


def job_function(request: JobRequest, files: UploadedFiles) -> JobFunction:
    """What the worker is to do.

    Raises:
        HTTPException: a file is missing or one too many.
        TakeError, StyleError, LimitError: a file cannot be used as asked.
    """
    if isinstance(request, GenerateRequest):
        files.refuse_except(request)
        return lambda engine, progress, _: engine.generate_variations(request, progress)
    if isinstance(request, SequenceRequest):
        files.refuse_except(request, "take")
        kept = None if files.take is None else read_take_with_blocks(files.take.file.read())
        return lambda engine, progress, _: [engine.generate_sequence(request, kept, progress)]
    if isinstance(request, DecodeRequest):
        files.refuse_except(request, "take")
        source = read_take_to_decode(files.read_file("take", request), request)
        return lambda engine, progress, _: [engine.decode_take(request, source, progress)]
    if isinstance(request, ResampleRequest):
        files.refuse_except(request, "take")
        keys = read_take_to_resample(files.read_file("take", request), request)
        return lambda engine, progress, _: [engine.resample_take(request, keys, progress)]
    if isinstance(request, LearnRequest | BlendRequest):
        return _style_job_function(request, files)
    assert isinstance(request, InterpolateRequest)
    files.refuse_except(request, "take", "take_b")
    data = files.read_file("take", request), files.read_file("take_b", request)
    first, second = read_takes_to_interpolate(*data, request)
    return lambda engine, progress, _: [engine.interpolate_takes(request, first, second, progress)]


def _style_job_function(request: LearnRequest | BlendRequest, files: UploadedFiles) -> JobFunction:
    if isinstance(request, LearnRequest):
        files.refuse_except(request, "takes", "controls")
        if len(files.takes) > LIMITS.learn_takes_max:
            raise HTTPException(
                422,
                f"There are {len(files.takes)} takes; the limit is {LIMITS.learn_takes_max}: send "
                "fewer or longer ones.",
            )
        takes, tracks = (
            [part.file.read() for part in parts] for parts in (files.takes, files.controls)
        )
        lessons = read_training_takes(takes, request, tracks)
        return lambda engine, progress, preview: [
            engine.learn_style(request, lessons, progress, preview)
        ]
    files.refuse_except(request, "style", "controls")
    if len(files.controls) > 1:
        raise HTTPException(422, "A motion follows one control track: send one.")
    sent = files.controls[0].file.read() if files.controls else None
    control = read_uploaded_control(sent, request)
    data = None if files.style is None else files.style.file.read()
    style = None if data is None else read_uploaded_style(data, request, control)
    return lambda engine, progress, _: engine.generate_in_style(request, style, control, progress)
