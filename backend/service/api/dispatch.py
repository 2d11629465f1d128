"""From a request and the files that come with it to what the worker does; bad files are refused
here, at once."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import HTTPException, UploadFile

from ..queue.job import Work
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
from .style_uploads import checked_control, checked_style, lessons_of
from .take_uploads import take_to_decode, take_to_resample, take_with_blocks, takes_to_interpolate


@dataclass(frozen=True)
class Files:
    """The parts of a request that are files."""

    take: UploadFile | None = None
    take_b: UploadFile | None = None
    takes: tuple[UploadFile, ...] = ()
    style: UploadFile | None = None
    controls: tuple[UploadFile, ...] = ()

    def only(self, request: JobRequest, *allowed: str) -> None:
        """Refuse files that this kind of request has no use for."""
        for name in ("take", "take_b", "takes", "style", "controls"):
            if getattr(self, name) and name not in allowed:
                raise HTTPException(
                    422,
                    f'A {request.kind} job takes no file "{name}": leave it out, or send another '
                    '"kind".',
                )

    def bytes_of(self, name: str, request: JobRequest) -> bytes:
        """The content of the part `take` or `take_b`, which must be there."""
        part = getattr(self, name)
        if part is None:
            raise HTTPException(
                422,
                f'The file part "{name}" is missing: send the take to {request.kind} in it, as '
                ".npz.",
            )
        return part.file.read()


def work_of(request: JobRequest, files: Files) -> Work:
    """What the worker is to do.

    Raises:
        HTTPException: a file is missing or one too many.
        TakeError, StyleError, LimitError: a file cannot be used as asked.
    """
    if isinstance(request, GenerateRequest):
        files.only(request)
        return lambda engine, progress, _: engine.variations(request, progress)
    if isinstance(request, SequenceRequest):
        files.only(request, "take")
        kept = None if files.take is None else take_with_blocks(files.take.file.read())
        return lambda engine, progress, _: [engine.sequence(request, kept, progress)]
    if isinstance(request, DecodeRequest):
        files.only(request, "take")
        source = take_to_decode(files.bytes_of("take", request), request)
        return lambda engine, progress, _: [engine.decode(request, source, progress)]
    if isinstance(request, ResampleRequest):
        files.only(request, "take")
        keys = take_to_resample(files.bytes_of("take", request), request)
        return lambda engine, progress, _: [engine.resample(request, keys, progress)]
    if isinstance(request, LearnRequest | BlendRequest):
        return _style_work(request, files)
    assert isinstance(request, InterpolateRequest)
    files.only(request, "take", "take_b")
    data = files.bytes_of("take", request), files.bytes_of("take_b", request)
    first, second = takes_to_interpolate(*data, request)
    return lambda engine, progress, _: [engine.interpolate(request, first, second, progress)]


def _style_work(request: LearnRequest | BlendRequest, files: Files) -> Work:
    if isinstance(request, LearnRequest):
        files.only(request, "takes", "controls")
        if len(files.takes) > LIMITS.learn_takes_max:
            raise HTTPException(
                422,
                f"There are {len(files.takes)} takes; the limit is {LIMITS.learn_takes_max}: send "
                "fewer or longer ones.",
            )
        takes, tracks = (
            [part.file.read() for part in parts] for parts in (files.takes, files.controls)
        )
        lessons = lessons_of(takes, request, tracks)
        return lambda engine, progress, preview: [engine.learn(request, lessons, progress, preview)]
    files.only(request, "style", "controls")
    if len(files.controls) > 1:
        raise HTTPException(422, "A motion follows one control track: send one.")
    sent = files.controls[0].file.read() if files.controls else None
    control = checked_control(sent, request)
    data = None if files.style is None else files.style.file.read()
    style = None if data is None else checked_style(data, request, control)
    return lambda engine, progress, _: engine.blend(request, style, control, progress)
