"""Operators by task; each also works without a window. An error is one sentence in a report.

`common` has what all share, `jobs` submits requests and shows results. The other folders may import
both, but not each other. All may import `scene`, `rig`, `link`, `backend.kinematics` and
`backend.protocol`.
"""

import bpy

from .armature import bones, characters, pose
from .backend import connection, setup
from .jobs import hidden_meshes, review_state
from .motions import (
    blocks,
    generate,
    history,
    motion_files,
    resample,
    review,
    sample_again,
)
from .styles import generate_in_style, learn, style_files

_MODULES = (
    *(generate, blocks, sample_again, resample, motion_files),
    *(review, history),
    *(learn, generate_in_style, style_files),
    *(characters, bones, pose),
    *(setup, connection),
)
"""Modules with operators, in the order of the manual."""
_CLASSES = tuple(
    cls
    for module in _MODULES
    for name, cls in vars(module).items()
    if name.startswith("ANYFRAME_OT_")
)


def register() -> None:
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    review_state.register()
    hidden_meshes.register()


def unregister() -> None:
    review_state.unregister()
    hidden_meshes.unregister()
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
