"""Demo of the whole path: prompts typed into Blender become keys on characters.

Builds the add-on, installs it in an isolated Blender (pip's bpy) and runs its backend with this
Python. Writes to ``out/demo`` a contact sheet for each prompt, all of them in one picture, a GIF
and `demo.blend`.
"""

import argparse
import errno
import importlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
PROMPTS = (
    ("a person walks forward", 4.0, 1),
    ("a person jumps up", 3.0, 1),
    ("a person throws a punch", 3.0, 1),
    ("a person waves", 3.0, 0),
)
FPS = 24
RESAMPLED_FPS = 120.0
MODULE = "bl_ext.user_default.anyframe"
FREE_BYTES = 200e6
"""Disk space for the pictures, the .blend file and the installed add-on, with a margin."""

out = Console(highlight=False)


class DemoError(Exception):
    """The demo cannot continue; the text is a sentence with reason and remedy."""


@dataclass
class Timings:
    """Seconds of each stage of one prompt."""

    stages: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        start = time.perf_counter()
        yield
        self.stages[stage] = self.stages.get(stage, 0.0) + time.perf_counter() - start

    def wrap(self, module: Any, name: str, stage: str) -> Callable[[], None]:
        """Time all calls of a module's function; returns a function that undoes this."""
        original = getattr(module, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.measure(stage):
                return original(*args, **kwargs)

        setattr(module, name, timed)
        return lambda: setattr(module, name, original)


def install_addon(folder: Path) -> None:
    """Build the zip and install it as an extension in a Blender with separate settings."""
    subprocess.run(
        [sys.executable, ROOT / "build_addon.py"],
        check=True,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    archive = max((ROOT / "dist").glob("anyframe-*.zip"), key=lambda path: path.stat().st_mtime)
    os.environ["BLENDER_USER_RESOURCES"] = str(folder)
    import bpy

    from tests.e2e.render_studio import silence_stdout

    with silence_stdout():
        bpy.ops.wm.read_factory_settings(use_empty=True)
        bpy.ops.extensions.package_install_files(
            filepath=str(archive), repo="user_default", enable_on_install=True, overwrite=True
        )
    bpy.context.preferences.addons[MODULE].preferences.python = sys.executable


def addon_module(name: str) -> Any:
    """Import a module of the installed add-on."""
    return importlib.import_module(f"{MODULE}.{name}")


@contextmanager
def time_apply(timings: Timings) -> Iterator[None]:
    """Time retargeting and key writing of the add-on during a block."""
    apply = addon_module("rig.apply.apply")
    stages = {"retarget_take": "retarget", "plan_channels": "keys", "_write": "keys"}
    restore = [timings.wrap(apply, name, stage) for name, stage in stages.items()]
    try:
        yield
    finally:
        for function in restore:
            function()


def generate(prompt: str, seconds: float, seed: int, place: tuple[float, float]) -> Timings:
    """Add a character and apply a generated motion to it, timing each stage."""
    import bpy

    timings = Timings()
    bpy.ops.anyframe.add_character()
    armature = bpy.context.view_layer.objects.active
    armature.name = prompt
    armature.location = (*place, 0.0)
    with time_apply(timings), timings.measure("whole"):
        result = bpy.ops.anyframe.generate(
            prompt=prompt, seconds=seconds, seed=seed, armature=armature.name
        )
    if result != {"FINISHED"}:
        raise DemoError(f"“{prompt}” was not generated.")
    status = addon_module("link.session").queue.last.status
    timings.stages |= status.timings or {}
    return timings


def sample_again(source: str, place: tuple[float, float]) -> Timings:
    """Decode one character's motion again at 120 fps, from the latent in its Action."""
    import bpy

    timings = Timings()
    bpy.ops.anyframe.add_character()
    armature = bpy.context.view_layer.objects.active
    armature.name = f"{source}, {RESAMPLED_FPS:g} fps"
    armature.location = (*place, 0.0)
    with timings.measure("whole"):
        result = bpy.ops.anyframe.decode(source=source, armature=armature.name, fps=RESAMPLED_FPS)
    if result != {"FINISHED"}:
        raise DemoError("The motion could not be decoded again.")
    status = addon_module("link.session").queue.last.status
    timings.stages |= status.timings or {}
    return timings


def print_path(path: Path) -> None:
    """Print the path of a written file, relative to the repository if it is inside."""
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    out.print(f"    {shown}")


def render_pictures(folder: Path, quick: bool) -> None:
    """Render a contact sheet for each prompt, all of them in one, and a GIF of the first."""
    import bpy

    from tests.e2e import render_studio

    scene = bpy.context.scene
    count = 4 if quick else 8
    sheets = []
    for prompt, seconds, _ in PROMPTS:
        last = round(seconds * FPS) - 1
        frames = [round(1 + last * n / (count - 1)) for n in range(count)]
        name = prompt.removeprefix("a person ").replace(" ", "_")
        cells = render_studio.render_frames(
            scene, bpy.data.objects[prompt], frames, folder / ".cells" / name, (200, 300)
        )
        labels = [f"{(frame - 1) / FPS:.2f} s" for frame in frames]
        render_studio.save_contact_sheet(cells, labels, prompt, folder / f"{name}.png")
        sheets.append(folder / f"{name}.png")
        print_path(sheets[-1])
    render_studio.stack_images(sheets, folder / "prompts.png")
    print_path(folder / "prompts.png")
    if not quick:
        prompt, seconds, _ = PROMPTS[0]
        frames = list(range(1, round(seconds * FPS), 3))
        cells = render_studio.render_frames(
            scene, bpy.data.objects[prompt], frames, folder / ".cells" / "gif", (240, 320), 6
        )
        render_studio.save_gif(cells, FPS / 3, folder / "walks.gif")
        print_path(folder / "walks.gif")


def print_timings(rows: list[tuple[str, Timings]], start_up: float) -> None:
    """Print the table of times."""
    stages = ("text", "diffusion", "decode", "retarget", "keys", "whole")
    table = Table("prompt", *stages, title=f"Seconds (start-up of the backend: {start_up:.2f})")
    for prompt, timings in rows:
        cells = [f"{timings.stages[s]:.3f}" if s in timings.stages else "" for s in stages]
        table.add_row(prompt, *cells)
    out.print(table)


def generate_motions() -> None:
    """Apply a motion to a character for each prompt, and print the times."""
    import bpy

    from tests.e2e.render_studio import silence_stdout

    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = FPS, 1.0
    scene.frame_end = round(max(seconds for _, seconds, _ in PROMPTS) * FPS)
    out.print("    starting the backend, which loads PyTorch and the weights")
    start = time.perf_counter()
    with silence_stdout():
        bpy.ops.anyframe.add_character()
        first = bpy.context.view_layer.objects.active
        bpy.ops.anyframe.generate(prompt="a person stands", seconds=1.0, armature=first.name)
    start_up = time.perf_counter() - start
    for child in (*first.children, first):
        bpy.data.objects.remove(child)
    rows = []
    for n, (prompt, seconds, seed) in enumerate(PROMPTS):
        with silence_stdout():
            rows.append((prompt, generate(prompt, seconds, seed, (1.6 * n, 0.0))))
        out.print(f"    “{prompt}”: {seconds:g} s of motion")
    source = PROMPTS[0][0]
    with silence_stdout():
        rows.append(
            (f"{source}, again at {RESAMPLED_FPS:g} fps", sample_again(source, (-1.6, 0.0)))
        )
    print_timings(rows, start_up)


def run_demo(folder: Path, quick: bool) -> None:
    """Generate the motions, the pictures and the .blend file."""
    out.print("4/4 Motions and pictures, in Blender without a window")
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < FREE_BYTES:
        raise DemoError(
            f"The demo needs {FREE_BYTES / 1e6:.0f} MB of disk space: make room in {folder}."
        )
    out.print("    building the add-on and installing it in a Blender with separate settings")
    install_addon(folder / ".blender")
    import bpy

    from tests.e2e.render_studio import silence_stdout

    try:
        generate_motions()
        out.print(
            "    rendering on the CPU; the name of each picture is printed when it is complete:"
        )
        render_pictures(folder, quick)
        blend = folder / "demo.blend"
        with silence_stdout():
            bpy.ops.wm.save_as_mainfile(filepath=str(blend))
        print_path(blend)
    finally:
        addon_module("link.session").queue.stop()
    version = ".".join(map(str, bpy.app.version[:2]))
    out.print(f"Done. Look at prompts.png, or open demo.blend in Blender {version} or later.")


def main() -> int:
    """Run the demo and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "out" / "demo")
    parser.add_argument("--quick", action="store_true", help="four pictures per sheet and no GIF")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, handle_interrupt)
    try:
        run_demo(options.output.resolve(), options.quick)
    except DemoError as error:
        sys.stderr.write(f"{error} Then run the same command again.\n")
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        sys.stderr.write(f"The disk is full: make room in {options.output}, then try again.\n")
        return 1
    return 0


def handle_interrupt(*_: object) -> NoReturn:
    """End the process at Ctrl-C, because Cycles ignores a KeyboardInterrupt.

    The backend ends with this process.
    """
    sys.stderr.write("\nStopped. Printed files are complete; the same command starts again.\n")
    sys.stderr.flush()
    os._exit(130)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
