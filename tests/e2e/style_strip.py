"""Render a motion of a style as a strip of pictures, with the labels of each level below.

Generates a motion in the shipped style, or another, with the command line, applies it with the
add-on, and renders it at even moments with Cycles on the CPU to ``out/style/strip.png``.
``out/style/strip.blend`` contains the animation.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
FPS = 60
CELL = 150, 230
"""Pixels."""
ROW, LEFT = 20, 60
"""Height of a level in the grid, and width of its name, in pixels."""
COLOURS = ("#4c78a8", "#f2a154", "#54a273", "#c8553d", "#8d6cab", "#b0894f", "#d47fa6", "#6c6c6c")

out = Console()


def generate_strip(options: Any, folder: Path) -> Path:
    """Generate the motion with the command line and return its file."""
    path = folder / "strip.npz"
    command = [sys.executable, "-m", "backend", "style", options.timeline, "-o", str(path)]
    command += ["--fps", str(FPS), "--seed", str(options.seed), "--overlap", str(options.overlap)]
    for name in ("style", "fine"):
        if value := getattr(options, name):
            command += [f"--{name}", str(value)]
    subprocess.run(command, check=True, cwd=ROOT)
    return path


def label_tracks(options: Any) -> tuple[tuple[str, ...], list[np.ndarray]]:
    """Return the style's labels, and for each level the weight (T, K) of each label."""
    from backend.styles.generator_api import Style, StyleSpec
    from backend.styles.style import shipped_style_path

    style = Style.load(options.style or shipped_style_path())
    spec = StyleSpec(options.timeline, fine=options.fine, overlap=options.overlap)
    return style.labels, spec.control_tracks(style.labels, style.levels)


def draw_grid(labels: Sequence[str], tracks: Sequence[np.ndarray], width: int) -> Image.Image:
    """Draw levels from coarse to fine, one below the other, in the colours of their labels."""
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOURS])
    palette = rgb[np.arange(len(labels)) % len(rgb)]
    picture = Image.new("RGB", (width, ROW * (len(tracks) + 2)), (32, 34, 38))
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    for n, track in enumerate(tracks):
        places = np.linspace(0, len(track) - 1, width - LEFT)
        columns = [np.interp(places, np.arange(len(track)), column) for column in track.T]
        line = np.stack(columns, axis=1) @ palette
        band = np.broadcast_to(line.astype(np.uint8), (ROW - 2, width - LEFT, 3))
        picture.paste(Image.fromarray(np.ascontiguousarray(band)), (LEFT, ROW * n))
        name = {0: "coarse", len(tracks) - 1: "fine"}.get(n, "")
        draw.text((6, ROW * n + 2), name, fill=(225, 225, 225), font=font)
    x = LEFT
    for label, colour in zip(labels, palette, strict=True):
        if not any(track[:, labels.index(label)].any() for track in tracks):
            continue
        top = ROW * len(tracks) + 12
        draw.rectangle((x, top, x + 14, top + 14), fill=tuple(int(c) for c in colour))
        draw.text((x + 20, top - 1), label, fill=(225, 225, 225), font=font)
        x += 30 + round(draw.textlength(label, font=font)) + 16
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timeline", default="walk:3,sneak:3,run:2,jump:2")
    parser.add_argument("--fine", help="labels of the finer levels")
    parser.add_argument("--style", type=Path, help="style file (default: the shipped style)")
    parser.add_argument("--overlap", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--output", type=Path, default=ROOT / "out" / "style")
    options = parser.parse_args()
    folder: Path = options.output.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    from tests.e2e.demo import install_addon

    install_addon(folder / ".blender")
    import bpy

    from tests.e2e import render_studio

    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = FPS, 1.0
    bpy.ops.anyframe.add_character()
    armature = bpy.context.view_layer.objects.active
    if bpy.ops.anyframe.import_take(filepath=str(generate_strip(options, folder))) != {"FINISHED"}:
        raise SystemExit("The motion could not be applied to the character.")
    first, last = armature.animation_data.action.frame_range
    frames = np.rint(np.linspace(first, last, options.pictures + 1)[:-1]).astype(int)
    cells = folder / ".cells"
    paths = render_studio.render_frames(scene, armature, frames.tolist(), cells, CELL, angle=1.2)
    labels = [f"{(frame - first) / FPS:.1f} s" for frame in frames]
    render_studio.save_contact_sheet(paths, labels, f"“{options.timeline}”", cells / "strip.png")
    with Image.open(cells / "strip.png") as strip:
        below = draw_grid(*label_tracks(options), strip.width)
        whole = Image.new("RGB", (strip.width, strip.height + 8 + below.height), (32, 34, 38))
        whole.paste(strip, (0, 0))
        whole.paste(below, (0, strip.height + 8))
    whole.save(folder / "strip.png", optimize=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "strip.blend"))
    out.print(folder / "strip.png", highlight=False)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
