"""The sub-panel *Bones*."""

from typing import Any

import bpy

from ..operators.armature.rest_pose import has_custom_rest_pose
from ..rig.armature.bone_overrides import ASSIGNABLE_JOINTS
from ..rig.armature.mapping import RigSummary, summarize_rig
from ..scene.target import chosen_armature
from .layout import SubPanel
from .text import draw_paragraph

_SIDES = ("left_", "right_")
_GROUPS = (
    ("Centre", tuple(joint for joint in ASSIGNABLE_JOINTS if not joint.startswith(_SIDES))),
    ("Left", tuple(joint for joint in ASSIGNABLE_JOINTS if joint.startswith("left_"))),
    ("Right", tuple(joint for joint in ASSIGNABLE_JOINTS if joint.startswith("right_"))),
)
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

    def draw(self, context: bpy.types.Context) -> None:
        layout, armature = self.layout, chosen_armature(context)
        assert layout is not None
        if armature is None or armature.data is None:
            return
        summary = summarize_rig(armature)
        width = context.region.width
        if summary.error:
            draw_paragraph(layout, summary.error, width=width, alert=True)
        else:
            icon = "CHECKMARK" if summary.confidence >= _CONFIDENT else "ERROR"
            draw_paragraph(layout, _describe_confidence(summary), width=width, icon=icon)
            for reason in _describe_mapping(summary):
                draw_paragraph(layout, reason, width=width, icon="DOT")
        body = layout.column()
        body.enabled = armature.data.library is None
        for title, joints in _GROUPS:
            column = body.column(align=True)
            column.label(text=title)
            for joint in joints:
                _draw_joint(column, armature, joint, summary)
        row = layout.row(align=True)
        row.operator_context = "INVOKE_DEFAULT"
        row.operator("anyframe.import_bones", text="Import…", icon="IMPORT")
        row.operator("anyframe.export_bones", text="Export…", icon="EXPORT")
        if summary.override_count:
            layout.operator("anyframe.reset_bones", icon="LOOP_BACK")
        row = layout.row(align=True)
        row.operator("anyframe.pose_is_rest", icon="ARMATURE_DATA")
        if has_custom_rest_pose(armature):
            row.operator("anyframe.own_rest", icon="LOOP_BACK")


def _describe_confidence(summary: RigSummary) -> str:
    hint = "" if summary.confidence >= _CONFIDENT else ": check the bones"
    return f"Confidence {summary.confidence:.0%}{hint}"


def _describe_mapping(summary: RigSummary) -> list[str]:
    reasons = list(summary.reasons)
    if summary.override_count:
        reasons.append(f"{summary.override_count} assigned by hand")
    missing = [joint for joint in summary.missing_joints if joint in ASSIGNABLE_JOINTS]
    if missing:
        reasons.append(f"No bone for: {', '.join(missing).replace('_', ' ')}")
    return reasons


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
    pick: Any = row.operator("anyframe.assign_bone", text="", icon="EYEDROPPER")
    pick.joint = joint
    pick.armature = armature.name
