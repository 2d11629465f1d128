"""The kinds of authored motion; importing a module registers its kinds."""

from . import arm_gestures, paths, side_steps, walks_in_place

__all__ = ["arm_gestures", "paths", "side_steps", "walks_in_place"]
