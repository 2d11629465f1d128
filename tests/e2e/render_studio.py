"""Render studio in Blender: floor, light and camera around one character, with Cycles on the CPU.

Used by the demo and for the pictures of the documentation; needs bpy.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector
from PIL import Image, ImageDraw, ImageFont

SAMPLES = 12


def prepare_studio(scene: Any) -> None:
    """Create floor, sun, sky and camera once; later calls find them by name."""
    if "Studio Floor" in bpy.data.objects:
        return
    mesh = bpy.data.meshes.new("Studio Floor")
    size = 60.0
    corners = [(-size, -size, 0), (size, -size, 0), (size, size, 0), (-size, size, 0)]
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    mesh.materials.append(_floor_material())
    scene.collection.objects.link(bpy.data.objects.new("Studio Floor", mesh))
    light = bpy.data.lights.new("Studio Sun", "SUN")
    light.energy, light.angle = 2.2, 0.2
    sun = bpy.data.objects.new("Studio Sun", light)
    sun.rotation_euler = (0.7, 0.25, 0.5)
    scene.collection.objects.link(sun)
    camera = bpy.data.objects.new("Studio Camera", bpy.data.cameras.new("Studio Camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    world = bpy.data.worlds.new("Studio Sky")
    world.use_nodes = True
    background = next(n for n in world.node_tree.nodes if n.type == "BACKGROUND")
    background.inputs["Color"].default_value = (0.83, 0.87, 0.92, 1.0)
    background.inputs["Strength"].default_value = 0.42
    scene.world = world


def _floor_material() -> Any:
    material = bpy.data.materials.new("Studio Floor")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    surface = next(n for n in nodes if n.type == "BSDF_PRINCIPLED")
    surface.inputs["Roughness"].default_value = 0.9
    checker = nodes.new("ShaderNodeTexChecker")
    checker.inputs["Scale"].default_value = 1.0
    checker.inputs["Color1"].default_value = (0.30, 0.33, 0.38, 1)
    checker.inputs["Color2"].default_value = (0.24, 0.27, 0.32, 1)
    place = nodes.new("ShaderNodeTexCoord")
    links.new(place.outputs["Object"], checker.inputs["Vector"])
    links.new(checker.outputs["Color"], surface.inputs["Base Color"])
    return material


def render_frames(
    scene: Any,
    armature: Any,
    frames: Sequence[int],
    folder: Path,
    size: tuple[int, int],
    samples: int = SAMPLES,
    angle: float = 0.85,
) -> list[Path]:
    """Render one armature with its meshes at some frames; the camera follows it.

    Args:
        scene: Scene of the armature.
        armature: Armature to render; all other objects are hidden.
        frames: Frames to render.
        folder: Folder of the pictures.
        size: Width and height in pixels.
        samples: Samples of Cycles per pixel.
        angle: Camera angle around the character in radians, from its front to its left side.
    """
    prepare_studio(scene)
    shown = {armature, *armature.children_recursive, scene.camera}
    shown |= {bpy.data.objects["Studio Floor"], bpy.data.objects["Studio Sun"]}
    hidden = [o for o in scene.objects if o not in shown and not o.hide_render]
    for other in hidden:
        other.hide_render = True
    original_frame = scene.frame_current
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for n, frame in enumerate(frames):
        scene.frame_set(int(frame))
        centre = armature.matrix_world @ armature.pose.bones["pelvis"].head
        _aim(scene.camera, Vector((centre.x, centre.y, 0.95)), angle)
        paths.append(folder / f"{n:04d}.png")
        render_still(scene, paths[-1], size, samples)
    scene.frame_set(original_frame)
    for other in hidden:
        other.hide_render = False
    return paths


def render_still(scene: Any, path: Path, size: tuple[int, int], samples: int = SAMPLES) -> None:
    """Render the scene's camera view, `size` pixels wide and high, with Cycles on the CPU."""
    _settings(scene, size, samples)
    scene.render.filepath = str(path)
    with silence_stdout():
        bpy.ops.render.render(write_still=True)


@contextmanager
def silence_stdout() -> Iterator[None]:
    """Suppress Blender's output, which bypasses Python's stdout."""
    sys.stdout.flush()
    stdout = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    try:
        yield
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)
        os.close(null)


def _settings(scene: Any, size: tuple[int, int], samples: int) -> None:
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = samples
    scene.cycles.use_denoising = True
    scene.cycles.max_bounces = 3
    scene.render.use_persistent_data = True
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "PNG"
    scene.view_settings.view_transform = "Standard"


def _aim(camera: Any, target: Vector, angle: float) -> None:
    distance, height = 6.0, 0.55
    offset = Vector((np.sin(angle) * distance, -np.cos(angle) * distance, height))
    camera.location = target + offset
    camera.rotation_euler = (target - camera.location).to_track_quat("-Z", "Y").to_euler()
    camera.data.lens = 104.0


def save_contact_sheet(
    paths: Sequence[Path], labels: Sequence[str], title: str, target: Path
) -> None:
    """Join pictures side by side, each with its label, under a title."""
    images = [Image.open(path).convert("RGB") for path in paths]
    width, height = images[0].size
    bar = 30
    sheet = Image.new("RGB", (width * len(images), height + bar), (32, 34, 38))
    draw = ImageDraw.Draw(sheet)
    draw.text((10, 7), title, fill=(235, 235, 235), font=ImageFont.load_default(15))
    small = ImageFont.load_default(12)
    for n, (image, label) in enumerate(zip(images, labels, strict=True)):
        sheet.paste(image, (n * width, bar))
        draw.text((n * width + 8, bar + height - 20), label, fill=(20, 20, 20), font=small)
    target.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(target)


def stack_images(paths: Sequence[Path], target: Path) -> None:
    """Join pictures of one width, one below the other."""
    images = [Image.open(path).convert("RGB") for path in paths]
    whole = Image.new("RGB", (images[0].width, sum(image.height for image in images)))
    top = 0
    for image in images:
        whole.paste(image, (0, top))
        top += image.height
    whole.save(target, optimize=True)


def save_gif(paths: Sequence[Path], fps: float, target: Path) -> None:
    """Save pictures as a looping GIF."""
    images = [Image.open(path).convert("P", palette=Image.Palette.ADAPTIVE) for path in paths]
    images[0].save(
        target, save_all=True, append_images=images[1:], duration=round(1000 / fps), loop=0
    )
