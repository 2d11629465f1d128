"""Motion mathematics: numpy only, without torch or bpy, used inside Blender and by the backend.

It may import `backend.protocol` and nothing else of the project. Its folders depend on each other
in one direction: math, body, rigs, feet and retarget, then mocap, editing, keyframes and preview.
"""
