"""The `evaluate` command: every experiment by name, imported when it runs."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from ..console import err

EXPERIMENTS = {
    "reconstruction": "experiments.reconstruction.reconstruction",
    "report": "report.tables.report",
    "resampling": "experiments.resampling.resampling",
    "ablations": "experiments.ablations.ablations",
    "action-to-motion": "experiments.action_to_motion.action_to_motion",
    "few-takes": "experiments.few_takes_tables.few_takes",
    "action-lengths": "experiments.action_lengths.action_lengths",
    "action-components": "experiments.action_components.action_components",
    "action-sheets": "figures.contact_sheets.action_sheets",
    "unconditional": "experiments.unconditional.unconditional",
    "processes": "experiments.diffusion_processes.processes",
    "movement": "experiments.movement.movement",
    "text-to-motion": "experiments.text_to_motion.text_to_motion",
    "frame-rates": "experiments.frame_rates.frame_rates",
    "speed": "experiments.speed.speed",
    "decoder-width": "experiments.speed.decoder_width",
    "directions": "experiments.directions.directions",
    "vocabulary": "vocabulary.vocabulary.vocabulary",
    "sheets": "figures.contact_sheets.sheets",
    "style-sheets": "figures.style_sheets.style_sheets",
}
"""Command name -> module and function, below this package."""


class _Commands(Mapping[str, Any]):
    """Commands that are imported when they are looked up: torch and matplotlib take seconds."""

    def __getitem__(self, name: str) -> Any:
        module, _, function = EXPERIMENTS[name].rpartition(".")
        single = typer.Typer(add_completion=False)
        try:
            single.command(name)(getattr(import_module(f".{module}", __package__), function))
        except ModuleNotFoundError as error:
            if (error.name or "backend").startswith("backend"):
                raise
            single.command(name)(_missing_packages)
        return typer.main.get_command(single)

    def __iter__(self) -> Iterator[str]:
        return iter(EXPERIMENTS)

    def __len__(self) -> int:
        return len(EXPERIMENTS)


def _missing_packages() -> None:
    """Needs more packages than generating: pip install 'anyframe[train]'."""
    err.print(
        "This evaluation needs more packages than generating: pip install 'anyframe[train]'.",
        markup=False,
    )
    raise typer.Exit(1)


class _ExperimentGroup(TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands()  # type: ignore[assignment]


app = typer.Typer(cls=_ExperimentGroup, no_args_is_help=True)


@app.callback()
def main() -> None:
    """Measure the shipped weights and their baselines."""
