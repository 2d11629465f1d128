"""The HTTP side: what the add-on can ask, and a sentence for everything that goes wrong."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import (
    Depends,
    FastAPI,
    Form,
    Header,
    HTTPException,
    Query,
    Request,
    Response,
    UploadFile,
)
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from pydantic import Json
from starlette.exceptions import HTTPException as StarletteHTTPException

from ...kinematics.body.smpl_body import SmplBodyError, body_to_bytes
from ...kinematics.body.take import TakeError
from ...protocol.limits import LimitError
from ...protocol.style_file import StyleError
from ...protocol.version import PROTOCOL, VERSION
from ...smpl.layer import load_body
from ..engine.interface import EngineFactory
from ..process.heartbeat import Heartbeat
from ..process.loading import loading_phase
from ..queue.clients import ANONYMOUS
from ..queue.job import QueueFullError, TakeIndexError, TakeNotReadyError, UnknownJobError
from ..queue.runner import JobRunner
from ..schema.requests import (
    LIMITS,
    CapabilitiesReply,
    ErrorReply,
    Gender,
    HealthReply,
    JobAcceptedReply,
    JobRequest,
    JobStatusReply,
    ReleaseReply,
    limits_by_name,
    truncate,
    validation_message,
)
from ..schema.style_requests import LearnRequest
from .dispatch import UploadedFiles, job_function
from .middleware import BodyLimit, HostGuard, TokenGuard

log = logging.getLogger(__name__)

_NAME = re.compile(f"[A-Za-z0-9_-]{{1,{LIMITS.client_characters}}}")
_NPZ = "application/octet-stream"
_NPZ_REPLY = {"content": {_NPZ: {"schema": {"type": "string", "format": "binary"}}}}
_STATUS_OF: dict[type[Exception], int] = {
    UnknownJobError: 404,
    TakeIndexError: 404,
    TakeNotReadyError: 409,
    SmplBodyError: 422,
    StyleError: 422,
    LimitError: 422,
    TakeError: 422,
    QueueFullError: 429,
}


def create_app(
    make_engine: EngineFactory,
    token: str,
    *,
    host_names: Collection[str] = (),
    client_timeout: float = LIMITS.client_seconds,
    idle_timeout: float | None = None,
    heartbeat: Heartbeat | None = None,
) -> FastAPI:
    """The service around one engine.

    The engine is made in the runner's thread once the server runs, so this returns at once.
    ``app.state.runner`` is the `JobRunner`.

    Args:
        make_engine: makes the engine; may be slow and may fail.
        token: what every request must carry as ``Authorization: Bearer``; ASCII.
        names: of this host, beside addresses and localhost, that requests may be for.
        patience, idle: seconds, see `JobRunner`.
        heartbeat: is kept informed that the server's event loop runs.
    """
    runner = JobRunner(make_engine, client_timeout=client_timeout, idle_timeout=idle_timeout)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        runner.start_worker()
        watch = None if heartbeat is None else asyncio.create_task(heartbeat.watch_event_loop())
        yield
        if watch is not None:
            watch.cancel()
        await asyncio.to_thread(runner.stop_worker)

    app = FastAPI(
        title="Anyframe backend",
        version=VERSION,
        openapi_url="/v1/openapi.json",
        # The pages that show the schema load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        # For the schema only: TokenGuard has already looked.
        dependencies=[Depends(HTTPBearer(auto_error=False)), Depends(_identify_client)],
        responses={
            401: {"model": ErrorReply, "description": "The token is missing or wrong."},
            421: {"model": ErrorReply, "description": "The request is for another host."},
            422: {"model": ErrorReply, "description": "The request is not well-formed."},
        },
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.runner = runner
    app.add_middleware(BodyLimit, limit=LIMITS.body_bytes)
    app.add_middleware(TokenGuard, token=token)
    app.add_middleware(HostGuard, names=host_names)
    _add_error_handlers(app)
    _add_routes(app, runner)
    _describe_uploads(app)
    return app


async def _identify_client(
    request: Request,
    anyframe_client: Annotated[
        str | None,
        Header(
            description="Who asks, by a name that it made up. Clients take turns, and one that has "
            "jobs and asks for nothing for a minute loses them; without a name that is not so.",
            json_schema_extra={"pattern": f"^{_NAME.pattern}$"},
        ),
    ] = None,
) -> str:
    """The client that a request comes from; it is still there."""
    if anyframe_client is None:
        return ANONYMOUS
    _check_header_name("Anyframe-Client", anyframe_client)
    request.app.state.runner.record_client_activity(anyframe_client)
    return anyframe_client


def _check_header_name(header: str, name: str | None) -> None:
    """Raise HTTPException unless a name that a client made up is well-formed, or is not given."""
    if name is not None and not _NAME.fullmatch(name):
        raise HTTPException(
            422,
            f'The header "{header}" must be 1 to {LIMITS.client_characters} letters, digits, - '
            "or _.",
        )


def _add_routes(app: FastAPI, runner: JobRunner) -> None:
    @app.post("/v1/jobs", status_code=202, responses=_errors(400, 413, 429))
    def create_job(
        request: Annotated[Json[JobRequest], Form()],
        client: Annotated[str, Depends(_identify_client)],
        anyframe_request: Annotated[
            str | None,
            Header(
                description="A name of this request, made up by the client. Sent again under the "
                "same name, it queues no second job.",
                json_schema_extra={"pattern": f"^{_NAME.pattern}$"},
            ),
        ] = None,
        take: UploadFile | None = None,
        take_b: UploadFile | None = None,
        takes: list[UploadFile] | None = None,
        style: UploadFile | None = None,
        controls: list[UploadFile] | None = None,
    ) -> JobAcceptedReply:
        """Queue a job: `request` is JSON. Decode and resample send `take`, interpolate `take` and
        `take_b`, a sequence that keeps blocks the `take` that has them, learn one or more parts
        `takes`, and blend the `style` unless the one that ships is meant. Numbers in place of
        labels are `controls`, one for each of the takes, or one to blend by."""
        _check_header_name("Anyframe-Request", anyframe_request)
        files = UploadedFiles(take, take_b, tuple(takes or ()), style, tuple(controls or ()))
        patient = isinstance(request, LearnRequest)
        work = job_function(request, files)
        name = None if anyframe_request is None else f"{client}/{anyframe_request}"
        return JobAcceptedReply(
            id=runner.submit_job(request.kind, work, client, preemptible=patient, request_name=name)
        )

    @app.get("/v1/jobs/{job_id}", responses=_errors(404))
    def job_status(job_id: str) -> JobStatusReply:
        """How the job is doing."""
        return runner.job_status(job_id)

    @app.delete("/v1/jobs/{job_id}", responses=_errors(404))
    def cancel_job(job_id: str) -> JobStatusReply:
        """Cancel the job; a running one ends after its current step."""
        return runner.cancel_job(job_id)

    @app.get(
        "/v1/jobs/{job_id}/take",
        response_class=Response,
        responses={
            200: _NPZ_REPLY,
            **_errors(404, 409),
        },
    )
    def job_take(
        job_id: str, index: Annotated[int, Query(ge=0, lt=LIMITS.variations_max)] = 0
    ) -> Response:
        """A take of a job that is done, as AMASS ``.npz``; a job for variations has several. Of a
        job that learnt a style, the style's file, as ``.safetensors``."""
        return Response(runner.job_take(job_id, index), media_type=_NPZ)

    @app.get(
        "/v1/jobs/{job_id}/preview",
        response_class=Response,
        responses={200: _NPZ_REPLY, **_errors(404, 409)},
    )
    def job_preview(
        job_id: str, index: Annotated[int, Query(ge=0, lt=LIMITS.levels_max)] = 0
    ) -> Response:
        """What a style that is being learnt has learnt so far, as AMASS ``.npz``: the first is of
        the coarsest levels."""
        return Response(runner.job_preview(job_id, index), media_type=_NPZ)

    @app.get(
        "/v1/body",
        response_class=Response,
        responses={200: _NPZ_REPLY},
    )
    def body(
        folder: Annotated[str, Query(description="Absolute path, on the backend's machine.")],
        gender: Gender = "neutral",
        correctives: bool = True,
    ) -> Response:
        """An SMPL body from the model files in a folder, as ``.npz`` (`SmplBody`)."""
        made = load_body(folder, gender, correctives=correctives)
        return Response(body_to_bytes(made), media_type=_NPZ)

    @app.get("/v1/capabilities")
    def capabilities() -> CapabilitiesReply:
        """Models, actions, limits; answers at once, also while the engine is loading."""
        state, error, models = runner.engine_status()
        return CapabilitiesReply(
            protocol=PROTOCOL,
            version=VERSION,
            engine=state,
            error=error,
            loading=loading_phase(),
            models=models,
            limits=limits_by_name(),
        )

    @app.post("/v1/release")
    def release() -> ReleaseReply:
        """Drop the model, once no job waits, to free its memory; the next job loads it again."""
        gone = runner.release_engine()
        message = (
            "The model's memory is free again; the next motion loads the model."
            if gone
            else "The model will be released as soon as no motion is being made."
        )
        return ReleaseReply(engine=runner.engine_status()[0], message=message)

    @app.get("/v1/health")
    def health() -> HealthReply:
        """That the process answers."""
        queued, running = runner.workload()
        return HealthReply(engine=runner.engine_status()[0], queued=queued, running=running)


def _add_error_handlers(app: FastAPI) -> None:
    def on_refusal(_: Request, error: Exception) -> JSONResponse:
        return _error(_STATUS_OF[type(error)], str(error))

    for kind in _STATUS_OF:
        app.add_exception_handler(kind, on_refusal)

    @app.exception_handler(RequestValidationError)
    def on_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return _error(422, validation_message(error.errors()))

    @app.exception_handler(StarletteHTTPException)
    def on_http_error(request: Request, error: StarletteHTTPException) -> JSONResponse:
        path = truncate(request.url.path, 80)
        sentence = {
            400: f"The body cannot be read ({str(error.detail).rstrip('.')}): "
            "send it as multipart/form-data.",
            404: f"There is nothing at {path}: /v1/openapi.json lists what there is.",
            405: f"{path} does not answer to {request.method}.",
        }.get(error.status_code, str(error.detail))
        return _error(error.status_code, sentence, error.headers)

    @app.exception_handler(Exception)
    def on_crash(_: Request, error: Exception) -> JSONResponse:
        # The server logs the traceback.
        name = type(error).__name__
        return _error(
            500, f"The backend met an unexpected error ({name}); its log has the details."
        )


def _describe_uploads(app: FastAPI) -> None:
    """Publish `request` as the object it holds and takes as files; FastAPI is less exact."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        schema = describe()
        schemas = schema["components"]["schemas"]
        form = next(value for name, value in schemas.items() if name.startswith("Body_"))
        form["properties"] = {
            "request": {"$ref": "#/components/schemas/JobRequest"},
            "take": {"type": "string", "format": "binary"},
            "take_b": {"type": "string", "format": "binary"},
            "takes": {
                "type": "array",
                "items": {"type": "string", "format": "binary"},
                "maxItems": LIMITS.learn_takes_max,
            },
            "style": {"type": "string", "format": "binary"},
            "controls": {
                "type": "array",
                "items": {"type": "string", "format": "binary"},
                "maxItems": LIMITS.learn_takes_max,
            },
        }
        return schema

    app.openapi = openapi


def _error(status: int, sentence: str, headers: Any = None) -> JSONResponse:
    return JSONResponse({"error": sentence}, status_code=status, headers=headers)


def _errors(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: {"model": ErrorReply} for code in codes}
