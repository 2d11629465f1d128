"""What is set but not keyed stays set while a scene is played through.

To show a frame, Blender gives every animated property what its curves say, also those that someone
has just changed and not keyed yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy

from ..action.blender_versions import Animation


@dataclass(frozen=True)
class PropertyValue:
    """A property as it was."""

    owner: Any
    name: str
    """Of the property; of a custom property with its brackets."""
    value: Any

    def restore(self) -> None:
        """Give the property its value again, if it has another one now."""
        if _read_value(self.owner, self.name) == self.value:
            return
        if self.name.startswith("["):
            self.owner[self.name[2:-2]] = self.value
        else:
            setattr(self.owner, self.name, self.value)


@contextmanager
def preserve_unkeyed(scene: bpy.types.Scene) -> Iterator[None]:
    """Whatever frames are shown meanwhile, the scene's objects stand afterwards as they did."""
    kept = [
        value
        for block in _editable_data_blocks(scene)
        for value in read_property_values(block, _animated_paths(block))
    ]
    try:
        yield
    finally:
        for value in kept:
            value.restore()


def read_property_values(block: Any, paths: Iterable[str]) -> list[PropertyValue]:
    """Properties of a data-block as they are; paths that lead nowhere are left out."""
    found = []
    for path in sorted(set(paths)):
        before, _, name = path.rpartition(".")
        if path.endswith("]") and "[" in path[len(before) :]:
            before, _, name = path.rpartition("[")
            name = f"[{name}"
        try:
            owner = block.path_resolve(before) if before else block
            found.append(PropertyValue(owner, name, _read_value(owner, name)))
        except (ValueError, KeyError, AttributeError):
            continue
    return found


def _editable_data_blocks(scene: bpy.types.Scene) -> list[Any]:
    """The scene and its objects with what is theirs, those of them that can be changed here."""
    found: list[Any] = [scene]
    for thing in scene.objects:
        found += [thing, thing.data, getattr(thing.data, "shape_keys", None)]
    return [block for block in found if block is not None and block.library is None]


def _animated_paths(block: Any) -> set[str]:
    """Of all that is animated, by an action or by strips."""
    data = block.animation_data
    if data is None:
        return set()
    playing = Animation.from_data_block(block)
    strips = [strip for track in data.nla_tracks for strip in track.strips]
    played = [Animation.from_strip(strip) for strip in strips if strip.action is not None]
    played += [playing] if playing is not None else []
    return {path for animation in played for path in animation.data_paths}


def _read_value(owner: Any, name: str) -> Any:
    value = owner[name[2:-2]] if name.startswith("[") else getattr(owner, name)
    is_row = hasattr(value, "__len__") and not isinstance(value, (str, set))
    return tuple(value) if is_row else value
