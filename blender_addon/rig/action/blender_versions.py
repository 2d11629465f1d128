"""Actions on every supported version of Blender.

Since 4.4 an Action has slots, one for each data-block it animates, and the F-curves of a slot are
in a channelbag. Before 4.4 the F-curves belong to the Action; since 5.0 they no longer do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

HAS_SLOTS = bpy.app.version >= (4, 4, 0)


@dataclass(frozen=True)
class Animation:
    """An Action, and the slot in it that belongs to a data-block."""

    action: Any
    slot: Any = None
    """None before 4.4, and if the data-block has an Action but no slot: then nothing plays."""

    @classmethod
    def from_data_block(cls, owner: Any) -> Animation | None:
        """Return the Action assigned to a data-block; None if there is none."""
        data = owner.animation_data
        return None if data is None or data.action is None else cls.from_strip(data)

    @classmethod
    def from_strip(cls, strip: Any) -> Animation:
        return cls(strip.action, strip.action_slot if HAS_SLOTS else None)

    @property
    def is_playing(self) -> bool:
        return not HAS_SLOTS or self.slot is not None

    @property
    def channelbag(self) -> Any:
        """Owner of `.fcurves` and `.groups`; created if the Action has none yet."""
        if not HAS_SLOTS:
            return self.action
        layer = self.action.layers[0] if self.action.layers else self.action.layers.new("Layer")
        strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
        return strip.channelbag(self.slot, ensure=True)

    @property
    def data_paths(self) -> set[str]:
        """Data paths of the F-curves; unlike `channelbag` this creates nothing."""
        if not self.is_playing:
            return set()
        if not HAS_SLOTS:
            return {curve.data_path for curve in self.action.fcurves}
        bags = [s.channelbag(self.slot) for layer in self.action.layers for s in layer.strips]
        return {curve.data_path for bag in bags if bag is not None for curve in bag.fcurves}

    def assign_to(self, owner: Any) -> None:
        """Let a data-block or a strip play it."""
        data = owner if isinstance(owner, bpy.types.NlaStrip) else owner.animation_data_create()
        data.action = self.action
        if HAS_SLOTS:
            data.action_slot = self.slot


def new_animation(name: str, owner: Any, copy_of: Animation | None) -> Animation:
    """Create an Action for a data-block `owner`: empty, or a copy of one slot of another Action.

    Blender truncates the name and makes it unique.
    """
    if copy_of is None or not copy_of.is_playing:
        action = bpy.data.actions.new(name)
        slot = action.slots.new(owner.id_type, owner.name) if HAS_SLOTS else None
        return Animation(action, slot)
    action: Any = copy_of.action.copy()
    action.name = name
    action.use_frame_range = action.use_cyclic = False
    if action.asset_data:
        action.asset_clear()
    if not HAS_SLOTS:
        return Animation(action)
    for slot in list(action.slots):
        if slot.handle != copy_of.slot.handle:
            action.slots.remove(slot)
    return Animation(action, action.slots[0])


def preserve_unused_action(action: Any) -> None:
    """Make Blender save an Action with the file although nothing uses it any more."""
    if action.library is None and action.users == 0:
        action.use_fake_user = True
