"""The rig: armatures, bones, F-curves and Actions. Only these files write to them.

- `action`: F-curves, strips, merging, root motion, metadata; Blender's differences by version.
- `armature`: bones at rest, bone map, bone overrides, custom rest pose, checks.
- `read`: takes and sound from a scene.
- `apply`: a take onto an armature, as keys.
- `resample`: more frames between the keys of an existing animation.
- `preview`: figures of a take before it is applied.
- `smpl`: characters that the add-on makes.

Imports `backend.kinematics` and `backend.protocol`, and nothing else of the add-on. `read`,
`apply`, `resample`, `preview` and `smpl` build on `action` and `armature`.
"""
