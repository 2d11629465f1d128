"""Characters that the add-on makes: the default one and SMPL bodies, with shapes and correctives.

Imports `rig.armature` and `rig.errors`.
"""
