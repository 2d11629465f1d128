"""The kinds of authored motion; importing a module registers its kinds."""

from . import arm_gestures

__all__ = ["arm_gestures"]
