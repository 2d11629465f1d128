"""The HTTP application: access checks around the routes, and a sentence for every error."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException as StarletteHTTPException

from ...kinematics.body.smpl_body import SmplBodyError
from ...kinematics.body.take import TakeError
from ...protocol.limits import LimitError
from ...protocol.style_file import StyleError
from ...protocol.version import VERSION
from ..queue.job import QueueFullError, TakeIndexError, TakeNotReadyError, UnknownJobError
from ..queue.runner import JobRunner
from ..schema.limits import LIMITS
from ..schema.replies import ErrorReply, truncate
from ..schema.requests import validation_message
from .middleware import AccessGuard, BodyLimit
from .routes import add_routes, identify_client

_STATUS_BY_ERROR: dict[type[Exception], int] = {
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
    runner: JobRunner,
    token: str,
    host_names: Collection[str],
    watch_event_loop: Callable[[], Coroutine[Any, Any, None]] | None,
) -> FastAPI:
    """Return the application around a runner, which starts and stops with the server.

    Args:
        runner: Runs the jobs.
        token: Token that every request must carry as ``Authorization: Bearer``; ASCII.
        host_names: Names of this host that requests may use, besides addresses and localhost.
        watch_event_loop: Task that runs as long as the server.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        runner.start_worker()
        watch = None if watch_event_loop is None else asyncio.create_task(watch_event_loop())
        yield
        if watch is not None:
            watch.cancel()
        await asyncio.to_thread(runner.stop_worker)

    app = FastAPI(
        title="Anyframe backend",
        version=VERSION,
        openapi_url="/v1/openapi.json",
        # The pages that show the schema load scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        # HTTPBearer is for the schema only: AccessGuard has checked the token before.
        dependencies=[Depends(HTTPBearer(auto_error=False)), Depends(identify_client)],
        responses={
            401: {"model": ErrorReply, "description": "The token is missing or wrong."},
            421: {"model": ErrorReply, "description": "The request is for another host."},
            422: {"model": ErrorReply, "description": "The request is not well-formed."},
        },
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.runner = runner
    app.add_middleware(BodyLimit, limit=LIMITS.body_bytes)
    app.add_middleware(AccessGuard, token=token, host_names=host_names)
    _add_error_handlers(app)
    add_routes(app, runner)
    _describe_request_field(app)
    return app


def _add_error_handlers(app: FastAPI) -> None:
    def on_known_error(_: Request, error: Exception) -> JSONResponse:
        return _error_reply(_STATUS_BY_ERROR[type(error)], str(error))

    for kind in _STATUS_BY_ERROR:
        app.add_exception_handler(kind, on_known_error)

    @app.exception_handler(RequestValidationError)
    def on_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return _error_reply(422, validation_message(error.errors()))

    @app.exception_handler(StarletteHTTPException)
    def on_http_error(request: Request, error: StarletteHTTPException) -> JSONResponse:
        path = truncate(request.url.path, 80)
        sentence = {
            400: f"The body cannot be read ({str(error.detail).rstrip('.')}): "
            "send it as multipart/form-data.",
            404: f"There is nothing at {path}: /v1/openapi.json lists all paths.",
            405: f"{path} does not accept {request.method}.",
        }.get(error.status_code, str(error.detail))
        return _error_reply(error.status_code, sentence, error.headers)

    @app.exception_handler(Exception)
    def on_crash(_: Request, error: Exception) -> JSONResponse:
        # The server logs the traceback.
        name = type(error).__name__
        return _error_reply(
            500, f"The backend met an unexpected error ({name}); its log has the details."
        )


def _describe_request_field(app: FastAPI) -> None:
    """Publish the form field `request` as the object that its JSON holds, not as a string."""
    openapi = app.openapi

    def described() -> dict[str, Any]:
        schema = openapi()
        schemas = schema["components"]["schemas"]
        form = next(value for name, value in schemas.items() if name.startswith("Body_"))
        form["properties"]["request"] = {"$ref": "#/components/schemas/JobRequest"}
        return schema

    app.openapi = described


def _error_reply(status: int, sentence: str, headers: Any = None) -> JSONResponse:
    return JSONResponse({"error": sentence}, status_code=status, headers=headers)
