"""All that the add-on keeps in a .blend, as plain data by its stored identifiers; in Blender."""

import hashlib

import bpy

PREFIX = "anyframe"
LONGEST = 200
"""Characters, or numbers, of what is told in full; of more there is a digest."""


def stored():
    """Each data-block that keeps something: its fields, and its custom properties."""
    found = {}
    for kind in ("scenes", "objects", "armatures", "meshes", "actions", "worlds", "collections"):
        for block in getattr(bpy.data, kind):
            fields = {
                name: plain(getattr(block, name)) for name in identifiers(block) if ours(name)
            }
            custom = {
                name: plain(block[name])
                for name in sorted(block.keys())
                if ours(name) and name not in fields
            }
            data = {key: value for key, value in (("fields", fields), ("custom", custom)) if value}
            if data:
                found.setdefault(kind, {})[block.name] = data
    return found


def ours(name):
    return name == PREFIX or name.startswith(f"{PREFIX}_")


def identifiers(owner):
    return [one.identifier for one in owner.bl_rna.properties if one.identifier != "rna_type"]


def plain(value):
    """A value as JSON has it."""
    if isinstance(value, bpy.types.ID):
        return {"id": value.name}
    if isinstance(value, bpy.types.PropertyGroup):
        return {name: plain(getattr(value, name)) for name in identifiers(value)}
    if isinstance(value, str):
        return value if len(value) <= LONGEST else digest(value)
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, float):
        return round(value, 5)
    if hasattr(value, "to_dict"):
        return {key: plain(one) for key, one in sorted(value.to_dict().items())}
    items = [plain(one) for one in value]
    return items if len(items) <= LONGEST else digest(repr(items))


def digest(text):
    """A text's length and a part of its SHA-256."""
    return f"{len(text)}:{hashlib.sha256(text.encode()).hexdigest()[:24]}"
