"""Command line of the backend, ``python -m backend COMMAND``.

Commands are imported when they run, so that the service starts without delay.
"""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .commands.train import export_app, train_app
from .cpu import set_passive_wait_policy
from .evaluation.app import app as evaluate_app

_MODULES = {
    "generate": "generate",
    "sequence": "generate",
    "decode": "latents",
    "interpolate": "latents",
    "resample": "resample",
    "prepare": "prepare",
    "author": "author",
    "learn": "styles",
    "style": "styles",
    "blend": "styles",
    "audio-features": "styles",
    "control": "styles",
}
"""Command -> module of `commands` that defines it."""


class _ModuleCommands(Mapping[str, Any]):
    """Commands that are imported when they are looked up."""

    def __getitem__(self, name: str) -> Any:
        module = import_module(f".commands.{_MODULES[name]}", __package__)
        return typer.main.get_group(module.app).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


class _Group(TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = ChainMap(self.commands, _ModuleCommands())  # type: ignore[arg-type]


app = typer.Typer(
    cls=_Group,
    name="anyframe",
    no_args_is_help=True,
    add_completion=False,
    # The values of local variables include the token.
    pretty_exceptions_show_locals=False,
)
app.add_typer(train_app, name="train")
app.add_typer(export_app, name="export")
app.add_typer(evaluate_app, name="evaluate")


@app.callback()
def main() -> None:
    """Anyframe's backend: text to motion at any frame rate."""
    set_passive_wait_policy()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.", min=0, max=65535)] = 0,
    log: Annotated[Path | None, typer.Option(help="File for all output.")] = None,
    keep_alive: Annotated[
        bool, typer.Option("--keep-alive", help="Continue when stdin closes, as a shared backend.")
    ] = False,
    name: Annotated[
        list[str] | None,
        typer.Option(help="Host name that requests may be sent to; repeatable."),
    ] = None,
    release_after: Annotated[
        float, typer.Option(help="Minutes without a job until memory is freed; 0 for never.", min=0)
    ] = 0,
    client_seconds: Annotated[
        float,
        typer.Option(help="Seconds without a request after which a client loses its jobs.", min=1),
    ] = 60,
    heartbeat: Annotated[
        float | None,
        typer.Option(help="Seconds between heartbeats on stdout (default: none).", min=0.1),
    ] = None,
    engine: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the service of the add-on; its token is read from ANYFRAME_TOKEN."""
    from .service.process import server_process

    status = server_process.serve(
        host,
        port,
        log,
        keep_alive,
        engine or server_process.DEFAULT_ENGINE,
        host_names=name or (),
        client_timeout=client_seconds,
        idle_timeout=release_after * 60 or None,
        heartbeat_interval=heartbeat,
    )
    raise typer.Exit(status)


if __name__ == "__main__":
    app()
