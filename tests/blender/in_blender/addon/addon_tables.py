"""Prints what scripts can call, as the manual has it: a table for each operator, from its RNA.

Argument: the zip.
"""

import math
import sys

import addon
import bpy

addon.install(sys.argv[1])
fields = addon.module("scene.fields")
operators = addon.module("operators")
OF_THE_WINDOW = ("rna_type", "filter_", "check_existing")
"""How properties begin that say nothing to a script."""
SHARED = (*fields.KEYING_NAMES, *fields.APPLY_NAMES)


def rows(rna):
    """Name of each property that a script may set -> its row of a table, as Markdown."""
    shown = (p for p in rna.properties if not p.identifier.startswith(OF_THE_WINDOW))
    return {
        p.identifier: f"| `{p.identifier}` | {kind(p)} | {p.description or p.name} |" for p in shown
    }


def kind(p):
    if p.type == "ENUM":
        items = (f"`{item.identifier}`" for item in p.enum_items)
        return f"{', '.join(items)}; `{p.default}`"
    if p.type == "STRING":
        return f'text; `"{p.default}"`'
    if p.type == "BOOLEAN":
        return f"`{p.default}`"
    if p.is_array:
        return f"{p.array_length} numbers; `{number(p, p.default_array[0])}` each"
    ends = number(p, p.soft_min), number(p, p.soft_max)
    span = f"{ends[0]} to {ends[1]}; " if max(abs(p.soft_min), abs(p.soft_max)) < 1e6 else ""
    what = "" if span else "whole number; " if p.type == "INT" else "number; "
    return f"{span}{what}`{number(p, p.default)}`{unit(p)}"


def number(p, value):
    return f"{value:.6g}"


def unit(p):
    return {"ROTATION": f" radians ({math.degrees(p.default):.3g}°)", "LENGTH": " m"}.get(
        p.unit, ""
    )


def table(lines):
    return "\n".join(["| Property | Values; default | |", "|---|---|---|", *lines])


called = [cls.bl_idname for cls in operators._CLASSES if issubclass(cls, bpy.types.Operator)]
shared = rows(bpy.ops.anyframe.generate.get_rna_type())
print("### Keyframing and placement\n")
print("Properties of every operator that applies motions:\n")
print(table(shared[field] for field in SHARED))
for name in called:
    rna = getattr(bpy.ops.anyframe, name.removeprefix("anyframe.")).get_rna_type()
    found = rows(rna)
    own = [row for field, row in found.items() if shared.get(field) != row or field not in SHARED]
    print(f"\n### {name}\n\n{rna.description}.")
    if own:
        print(f"\n{table(own)}")
    if set(SHARED) <= set(found):
        print("\nAnd those of [Keyframing and placement](#keyframing-and-placement).")
sys.stdout.flush()
addon.finish()
