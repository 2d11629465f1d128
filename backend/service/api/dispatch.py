"""From a request and its files to the function that does the work; bad files are refused here."""

from dataclasses import dataclass

from fastapi import UploadFile

from ...kinematics.body.take import TakeError
from ...protocol.limits import LimitError
from ...protocol.style_file import StyleError
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
from .style_uploads import check_uploaded_style, read_training_takes, read_uploaded_control
from .take_uploads import (
    load_uploaded_take,
    read_take_to_decode,
    read_take_to_resample,
    read_takes_to_interpolate,
)


@dataclass(frozen=True)
class UploadedFiles:
    """Files of a request, by the names of their form parts."""

    take: UploadFile | None = None
    take_b: UploadFile | None = None
    takes: tuple[UploadFile, ...] = ()
    style: UploadFile | None = None
    controls: tuple[UploadFile, ...] = ()

    def refuse_except(self, request: JobRequest, *allowed: str) -> None:
        """Raise TakeError for a file that this kind of request does not use."""
        for name in ("take", "take_b", "takes", "style", "controls"):
            if getattr(self, name) and name not in allowed:
                raise TakeError(
                    f'A {request.kind} job takes no file "{name}": leave it out, or send another '
                    '"kind".'
                )

    def read_file(self, name: str, request: JobRequest) -> bytes:
        """Return the content of `take` or `take_b`; TakeError if it is missing."""
        upload = getattr(self, name)
        if upload is None:
            raise TakeError(
                f'The file part "{name}" is missing: send the take to {request.kind} in it, as '
                ".npz."
            )
        return upload.file.read()


def job_function(request: JobRequest, files: UploadedFiles) -> JobFunction:
    """Return the work of a request; TakeError, StyleError or LimitError for files it cannot use."""
    if isinstance(request, GenerateRequest):
        files.refuse_except(request)
        return lambda engine, progress, _: engine.generate_variations(request, progress)
    if isinstance(request, SequenceRequest):
        files.refuse_except(request, "take")
        source = None if files.take is None else load_uploaded_take(files.take.file.read())
        return lambda engine, progress, _: [engine.generate_sequence(request, source, progress)]
    if isinstance(request, DecodeRequest):
        files.refuse_except(request, "take")
        take = read_take_to_decode(files.read_file("take", request), request)
        return lambda engine, progress, _: [engine.decode_take(request, take, progress)]
    if isinstance(request, ResampleRequest):
        files.refuse_except(request, "take")
        keys = read_take_to_resample(files.read_file("take", request), request)
        return lambda engine, progress, _: [engine.resample_take(request, keys, progress)]
    if isinstance(request, InterpolateRequest):
        files.refuse_except(request, "take", "take_b")
        data = files.read_file("take", request), files.read_file("take_b", request)
        first, second = read_takes_to_interpolate(*data, request)
        return lambda engine, progress, _: [
            engine.interpolate_takes(request, first, second, progress)
        ]
    learns = isinstance(request, LearnRequest)
    return _learn_function(request, files) if learns else _blend_function(request, files)


def _learn_function(request: LearnRequest, files: UploadedFiles) -> JobFunction:
    files.refuse_except(request, "takes", "controls")
    if len(files.takes) > LIMITS.learn_takes_max:
        raise LimitError(
            f"There must be at most {LIMITS.learn_takes_max} takes (got {len(files.takes)}): send "
            "fewer or longer ones."
        )
    takes, controls = (
        [upload.file.read() for upload in uploads] for uploads in (files.takes, files.controls)
    )
    training_takes = read_training_takes(takes, request, controls)
    return lambda engine, progress, on_preview: [
        engine.learn_style(request, training_takes, progress, on_preview)
    ]


def _blend_function(request: BlendRequest, files: UploadedFiles) -> JobFunction:
    files.refuse_except(request, "style", "controls")
    if len(files.controls) > 1:
        raise StyleError("A motion follows one control track: send one.")
    sent = files.controls[0].file.read() if files.controls else None
    control = read_uploaded_control(sent, request)
    style = None if files.style is None else files.style.file.read()
    if style is not None:
        check_uploaded_style(style, request, control)
    return lambda engine, progress, _: engine.generate_in_style(request, style, control, progress)
