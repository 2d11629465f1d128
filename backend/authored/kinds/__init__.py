"""The kinds of authored motion; importing a module registers its kinds."""

from ..catalogue import AuthoredKind, registered_kinds
from . import arms, compositions, floor, gaits, sports, steps

__all__ = ["arms", "authored_kinds", "compositions", "floor", "gaits", "sports", "steps"]


def authored_kinds() -> tuple[AuthoredKind, ...]:
    """Return all kinds by group and name."""
    return registered_kinds()
