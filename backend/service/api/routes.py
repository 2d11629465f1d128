"""The routes of the HTTP application."""

import re
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import (
    Depends,
    FastAPI,
    File,
    Form,
    Header,
    HTTPException,
    Query,
    Request,
    Response,
    UploadFile,
)
from pydantic import Json, WithJsonSchema

from ...kinematics.body.smpl_body import body_to_bytes
from ...protocol.version import PROTOCOL, VERSION
from ...smpl.layer import load_body
from ..engine.interface import loading_phase
from ..queue.job import BackendJob
from ..queue.runner import JobRunner
from ..queue.scheduler import ANONYMOUS
from ..schema.limits import LIMITS
from ..schema.replies import (
    CapabilitiesReply,
    ErrorReply,
    HealthReply,
    JobAcceptedReply,
    JobStatusReply,
    ReleaseReply,
)
from ..schema.requests import Gender, JobRequest
from ..schema.style_requests import LearnRequest
from .dispatch import UploadedFiles, job_function

_NAME = re.compile(f"[A-Za-z0-9_-]{{1,{LIMITS.client_characters}}}")
_NAME_SCHEMA = {"pattern": f"^{_NAME.pattern}$"}
_BINARY = {"type": "string", "format": "binary"}
_NPZ = "application/octet-stream"
_NPZ_REPLY = {"content": {_NPZ: {"schema": _BINARY}}}

_Upload = Annotated[UploadFile | None, File(), WithJsonSchema(_BINARY)]
_Uploads = Annotated[
    list[UploadFile] | None,
    File(json_schema_extra={"maxItems": LIMITS.learn_takes_max}),
    WithJsonSchema({"type": "array", "items": _BINARY}),
]


async def identify_client(
    request: Request,
    anyframe_client: Annotated[
        str | None,
        Header(
            description="Client ID, any unique name. Clients take turns. The jobs of a client that "
            f"sends no request for {LIMITS.client_seconds:g} s are cancelled; jobs without a "
            "client ID never are.",
            json_schema_extra=_NAME_SCHEMA,
        ),
    ] = None,
) -> str:
    """Return the client that sends a request, and record that it is active."""
    if anyframe_client is None:
        return ANONYMOUS
    _check_name("Anyframe-Client", anyframe_client)
    request.app.state.runner.record_client_activity(anyframe_client)
    return anyframe_client


def _check_name(header: str, name: str | None) -> None:
    if name is not None and not _NAME.fullmatch(name):
        raise HTTPException(
            422,
            f'The header "{header}" must be 1 to {LIMITS.client_characters} letters, digits, - '
            "or _.",
        )


def _error_schemas(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: {"model": ErrorReply} for code in codes}


def add_routes(app: FastAPI, runner: JobRunner) -> None:
    """Add all routes; function names and docstrings are part of the published schema."""

    @app.post("/v1/jobs", status_code=202, responses=_error_schemas(400, 413, 429))
    def create_job(
        request: Annotated[Json[JobRequest], Form()],
        client: Annotated[str, Depends(identify_client)],
        anyframe_request: Annotated[
            str | None,
            Header(
                description="Request ID, any unique name. A request that is sent again with the "
                "same ID queues no second job.",
                json_schema_extra=_NAME_SCHEMA,
            ),
        ] = None,
        take: _Upload = None,
        take_b: _Upload = None,
        takes: _Uploads = None,
        style: _Upload = None,
        controls: _Uploads = None,
    ) -> JobAcceptedReply:
        """Queue a job. `request` is JSON. Decode and resample need the file `take`; interpolate
        needs `take` and `take_b`; a sequence that reuses blocks needs the `take` that has them;
        learn needs one or more files `takes`; blend takes the file `style`, or uses the style that
        comes with the backend. Control tracks are `controls`: one for each take to learn from, or
        one to blend by."""
        _check_name("Anyframe-Request", anyframe_request)
        files = UploadedFiles(take, take_b, tuple(takes or ()), style, tuple(controls or ()))
        job = BackendJob(
            request.kind,
            job_function(request, files),
            client,
            None if anyframe_request is None else f"{client}/{anyframe_request}",
            preemptible=isinstance(request, LearnRequest),
        )
        return JobAcceptedReply(id=runner.submit_job(job))

    @app.get("/v1/jobs/{job_id}", responses=_error_schemas(404))
    def job_status(job_id: str) -> JobStatusReply:
        """State and progress of a job."""
        return runner.job_status(job_id)

    @app.delete("/v1/jobs/{job_id}", responses=_error_schemas(404))
    def cancel_job(job_id: str) -> JobStatusReply:
        """Cancel a job; a running one ends after its current step."""
        return runner.cancel_job(job_id)

    @app.get(
        "/v1/jobs/{job_id}/take",
        response_class=Response,
        responses={200: _NPZ_REPLY, **_error_schemas(404, 409)},
    )
    def job_take(
        job_id: str, index: Annotated[int, Query(ge=0, lt=LIMITS.variations_max)] = 0
    ) -> Response:
        """A take of a finished job, as AMASS ``.npz``; a job with variations has several. The
        result of a learn job is the style's file, as ``.safetensors``."""
        return Response(runner.job_take(job_id, index), media_type=_NPZ)

    @app.get(
        "/v1/jobs/{job_id}/preview",
        response_class=Response,
        responses={200: _NPZ_REPLY, **_error_schemas(404, 409)},
    )
    def job_preview(
        job_id: str, index: Annotated[int, Query(ge=0, lt=LIMITS.levels_max)] = 0
    ) -> Response:
        """A preview of a style in training, as AMASS ``.npz``, from the coarsest levels on."""
        return Response(runner.job_preview(job_id, index), media_type=_NPZ)

    @app.get("/v1/body", response_class=Response, responses={200: _NPZ_REPLY})
    def body(
        folder: Annotated[str, Query(description="Absolute path on the backend's machine.")],
        gender: Gender = "neutral",
        correctives: bool = True,
    ) -> Response:
        """An SMPL body from the model files in a folder, as ``.npz`` (`SmplBody`)."""
        smpl_body = load_body(folder, gender, correctives=correctives)
        return Response(body_to_bytes(smpl_body), media_type=_NPZ)

    @app.get("/v1/capabilities")
    def capabilities() -> CapabilitiesReply:
        """Models, labels and limits; replies at once, also while the engine is loading."""
        state, error, models = runner.engine_status()
        return CapabilitiesReply(
            protocol=PROTOCOL,
            version=VERSION,
            engine=state,
            error=error,
            loading=loading_phase(),
            models=models,
            limits=asdict(LIMITS),
        )

    @app.post("/v1/release")
    def release() -> ReleaseReply:
        """Release the model's memory once no job waits; the next job loads the model again."""
        message = (
            "The model's memory is free again; the next motion loads the model."
            if runner.release_engine()
            else "The model will be released after the current motions."
        )
        return ReleaseReply(engine=runner.engine_status()[0], message=message)

    @app.get("/v1/health")
    def health() -> HealthReply:
        """Sign of life, with the workload."""
        queued, running = runner.workload()
        return HealthReply(engine=runner.engine_status()[0], queued=queued, running=running)
