"""Values that are set but not keyed stay while frames of a scene are read.

To show a frame, Blender sets every animated property to the value of its F-curve, also one that
the user has changed and not keyed yet.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy

from ..action.blender_versions import Animation


@dataclass(frozen=True)
class PropertyValue:
    """A property and the value that it had."""

    owner: Any
    name: str
    """Name of the property, with brackets for a custom property."""
    value: Any

    def restore(self) -> None:
        """Set the property to its value, unless it has it: setting it again would tag an update."""
        if _read_value(self.owner, self.name) == self.value:
            return
        if self.name.startswith("["):
            self.owner[self.name[2:-2]] = self.value
        else:
            setattr(self.owner, self.name, self.value)


@contextmanager
def preserve_unkeyed(scene: bpy.types.Scene) -> Iterator[None]:
    """Restore all animated values of a scene's objects at the end."""
    values = [
        value
        for block in _editable_data_blocks(scene)
        for value in read_property_values(block, _animated_paths(block))
    ]
    try:
        yield
    finally:
        for value in values:
            value.restore()


def read_property_values(block: Any, paths: Iterable[str]) -> list[PropertyValue]:
    """Read properties of a data-block; paths to nothing are left out."""
    values = []
    for path in sorted(set(paths)):
        parent, _, name = path.rpartition(".")
        if path.endswith("]") and "[" in path[len(parent) :]:
            parent, _, name = path.rpartition("[")
            name = f"[{name}"
        try:
            owner = block.path_resolve(parent) if parent else block
            values.append(PropertyValue(owner, name, _read_value(owner, name)))
        except (ValueError, KeyError, AttributeError):
            continue
    return values


def _editable_data_blocks(scene: bpy.types.Scene) -> list[Any]:
    blocks: list[Any] = [scene]
    for thing in scene.objects:
        blocks += [thing, thing.data, getattr(thing.data, "shape_keys", None)]
    return [block for block in blocks if block is not None and block.library is None]


def _animated_paths(block: Any) -> set[str]:
    data = block.animation_data
    if data is None:
        return set()
    playing = Animation.from_data_block(block)
    animations = [] if playing is None else [playing]
    for track in data.nla_tracks:
        animations += [Animation.from_strip(strip) for strip in track.strips if strip.action]
    return {path for animation in animations for path in animation.data_paths}


def _read_value(owner: Any, name: str) -> Any:
    value = owner[name[2:-2]] if name.startswith("[") else getattr(owner, name)
    is_array = hasattr(value, "__len__") and not isinstance(value, (str, set))
    return tuple(value) if is_array else value
