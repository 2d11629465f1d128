"""The sub-panel *Bones*."""

from typing import Any

import bpy

from ..operators.armature.pose import has_custom_rest_pose
from ..rig.armature.bone_overrides import ASSIGNABLE_JOINTS
from ..rig.armature.mapping import RigSummary, summarize_rig
from ..scene.target import chosen_armature
from .layout import SubPanel, draw_button, invoke_row
from .text import draw_paragraph

_BONE_NAMES = {
    "hip": "Thigh",
    "knee": "Shin",
    "ankle": "Foot",
    "foot": "Toes",
    "collar": "Collar",
    "shoulder": "Upper Arm",
    "elbow": "Forearm",
    "wrist": "Hand",
}
"""SMPL joint -> name of the bone that starts there."""
_CONFIDENT = 0.85
"""Confidence without a warning: a complete body with one uncertain limb is below it."""


class ANYFRAME_PT_bones(SubPanel, bpy.types.Panel):
    """The bone map of the armature, with a field for each joint."""

    bl_label = "Bones"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return chosen_armature(context) is not None

    def draw(self, context: Any) -> None:
        layout, armature = self.layout, chosen_armature(context)
        if armature is None or armature.data is None:
            return
        summary = summarize_rig(armature)
        width = context.region.width
        if summary.error:
            draw_paragraph(layout, summary.error, width=width, alert=True)
        else:
            icon = "CHECKMARK" if summary.confidence >= _CONFIDENT else "ERROR"
            hint = "" if summary.confidence >= _CONFIDENT else ": check the bones"
            text = f"Confidence {summary.confidence:.0%}{hint}"
            draw_paragraph(layout, text, width=width, icon=icon)
            reasons = list(summary.reasons)
            if summary.override_count:
                reasons.append(f"{summary.override_count} assigned by hand")
            missing = [joint for joint in summary.missing_joints if joint in ASSIGNABLE_JOINTS]
            if missing:
                reasons.append(f"No bone for: {', '.join(missing).replace('_', ' ')}")
            for reason in reasons:
                draw_paragraph(layout, reason, width=width, icon="DOT")
        body = layout.column()
        body.enabled = armature.data.library is None
        columns = {}
        for side in ("Centre", "Left", "Right"):
            columns[side] = body.column(align=True)
            columns[side].label(text=side)
        for joint in ASSIGNABLE_JOINTS:
            side = joint.partition("_")[0].title()
            _draw_joint(columns.get(side, columns["Centre"]), armature, joint, summary)
        row = invoke_row(layout, align=True)
        row.operator("anyframe.import_bones", text="Import…", icon="IMPORT")
        row.operator("anyframe.export_bones", text="Export…", icon="EXPORT")
        if summary.override_count:
            layout.operator("anyframe.reset_bones", icon="LOOP_BACK")
        row = layout.row(align=True)
        row.operator("anyframe.pose_is_rest", icon="ARMATURE_DATA")
        if has_custom_rest_pose(armature):
            row.operator("anyframe.own_rest", icon="LOOP_BACK")


def _draw_joint(
    layout: bpy.types.UILayout, armature: bpy.types.Object, joint: str, summary: RigSummary
) -> None:
    data: Any = armature.data
    part = joint.removeprefix("left_").removeprefix("right_")
    recognised = summary.bones.get(joint, "")
    split = layout.split(factor=0.38, align=True)
    split.label(text=_BONE_NAMES.get(part, part.title()))
    row = split.row(align=True)
    # The empty field shows the recognised bone in grey; before 4.1 no field can do that.
    if bpy.app.version >= (4, 1, 0):
        row.prop(data.anyframe_bones, joint, text="", placeholder=recognised)
    elif recognised and not getattr(data.anyframe_bones, joint):
        row.label(text=recognised)
    else:
        row.prop(data.anyframe_bones, joint, text="")
    pick = {"joint": joint, "armature": armature.name}
    draw_button(row, "anyframe.assign_bone", "EYEDROPPER", "", **pick)
