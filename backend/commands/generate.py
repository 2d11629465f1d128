"""``generate``: a prompt to a take file, without Blender and without the service."""

from __future__ import annotations

from pathlib import Path

from rich.progress import Progress

from ..kinematics.bvh import write_bvh
from ..kinematics.limits import LimitError, check_generate
from ..kinematics.take import save_take
from ..service.wire import GenerateRequest
from .console import err, out, sentences

ENDINGS = {".npz", ".bvh"}


def generate(
    prompt: str,
    action: str | None,
    seconds: float,
    fps: float,
    seed: int,
    guidance: float | None,
    steps: int | None,
    output: Path,
) -> None:
    """Generate one take and write it as ``.npz`` or ``.bvh``."""
    with sentences():
        if output.suffix.lower() not in ENDINGS:
            raise LimitError(f"The output {output.name} must end in .npz or .bvh.")
        check_generate(prompt=prompt, action=action, seconds=seconds, fps=fps, seed=seed)
        # torch takes a second to import: a mistyped request is answered before that.
        from ..service.nerm_engine import NermEngine  # noqa: PLC0415

        request = GenerateRequest.model_construct(
            prompt=prompt,
            action=action,
            seconds=seconds,
            fps=fps,
            seed=seed,
            guidance=guidance,
            steps=steps,
        )
        with Progress(console=err, transient=True) as bar:
            task = bar.add_task("Loading the model", total=None)
            engine = NermEngine()

            def progress(step: int, total: int, message: str = "") -> None:
                bar.update(task, completed=step, total=total, description=message)

            take = engine.generate(request, progress)
        output.parent.mkdir(parents=True, exist_ok=True)
        if output.suffix.lower() == ".bvh":
            write_bvh(take, output)
        else:
            save_take(take, output)
    times = ", ".join(f"{name} {value:.3f} s" for name, value in take.info["timings"].items())
    out.print(f"{output}: {len(take)} frames at {fps:g} fps ({times})", highlight=False)
