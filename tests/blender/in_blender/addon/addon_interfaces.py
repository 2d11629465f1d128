"""Prints what the add-on publishes, as JSON: operators, properties of data and preferences, panels.

Arguments: the zip, a file to write in.
"""

import json
import sys
from pathlib import Path

import addon
import bpy

ZIP, TARGET = sys.argv[1:]
OWNERS = ("Scene", "Object", "Armature", "Action", "WindowManager")
PREFIX = "anyframe"
UNBOUNDED = 2**31 - 1


def described(one):
    """A property as far as files, scripts and users rely on it."""
    values = {"type": one.type}
    if one.type == "ENUM":
        # Files keep the number. Of items that are made when they are asked for there are none here.
        values["values"] = {item.identifier: item.value for item in one.enum_items}
        values["default"] = sorted(one.default_flag) if one.is_enum_flag else one.default
    elif one.type in {"BOOLEAN", "INT", "FLOAT"}:
        values["default"] = list(one.default_array) if one.is_array else one.default
        if one.type != "BOOLEAN":
            values |= {
                name: value
                for name, value in (("min", one.hard_min), ("max", one.hard_max))
                if abs(value) < UNBOUNDED
            }
    elif one.type == "STRING":
        values["default"] = one.default
    elif one.type in {"POINTER", "COLLECTION"}:
        kind = one.fixed_type
        own = kind.base is not None and kind.base.identifier == "PropertyGroup"
        values |= {"fields": fields_of(kind)} if own else {"of": kind.identifier}
    return values


def fields_of(owner):
    return {
        one.identifier: described(one) for one in owner.properties if one.identifier != "rna_type"
    }


def operators():
    return {
        f"{PREFIX}.{name}": fields_of(getattr(bpy.ops.anyframe, name).get_rna_type())
        for name in dir(bpy.ops.anyframe)
    }


def data():
    found = {}
    for owner in OWNERS:
        own = {
            one.identifier: described(one)
            for one in getattr(bpy.types, owner).bl_rna.properties
            if one.identifier == PREFIX or one.identifier.startswith(f"{PREFIX}_")
        }
        if own:
            found[owner] = own
    preferences = bpy.context.preferences.addons[addon.NAME].preferences
    found["AddonPreferences"] = fields_of(preferences.bl_rna)
    return found


def panels():
    return sorted(
        kind.__name__
        for base in (bpy.types.Panel, bpy.types.UIList, bpy.types.Menu)
        for kind in base.__subclasses__()
        if kind.__name__.startswith("ANYFRAME_")
    )


addon.install(ZIP)
text = json.dumps({"operators": operators(), "data": data(), "panels": {"names": panels()}})
Path(TARGET).write_text(text, encoding="utf-8")
addon.finish()
