"""Ghosts of a take match the armature once the take is applied; runs in Blender."""

import bpy
import numpy as np
import rig_builders
import rig_runner
import rig_takes
from anyframe.backend.kinematics.editing.body_parts import BODY_PARTS
from anyframe.rig.apply.apply import apply_take
from anyframe.rig.apply.options import ApplyOptions
from anyframe.rig.armature.mapping import bone_map_for_posing
from anyframe.rig.preview.ghosts import build_ghosts, row_offsets

FRAMES = (20, 27, 43)


def ghost_of(armature, take, **how):
    (ghost,) = build_ghosts(armature, [take], scene=bpy.context.scene, **how)
    return ghost


def drawn(armature, take, options, start=20.0):
    """Return the distance in the world between the ghost and the applied take.

    It is relative to the height, and the largest of some frames.
    """
    scene = bpy.context.scene
    scene.frame_set(round(start))
    ghost = ghost_of(armature, take, start_frame=start, options=options)
    heads = {}
    for frame in FRAMES:
        scene.frame_set(frame)
        to_world = ghost.world_matrix(armature)
        heads[frame] = ghost.limb_points_at(frame) @ to_world[:3, :3].T + to_world[:3, 3]
    scene.frame_set(round(start))
    apply_take(armature, take, scene=scene, name="drawn", start_frame=start, options=options)
    bones = bone_map_for_posing(armature).bones
    worst = 0.0
    for frame in FRAMES:
        scene.frame_set(frame)
        for bone in bones.values():
            head = np.array(armature.matrix_world @ armature.pose.bones[bone].head)
            worst = max(worst, np.linalg.norm(heads[frame] - head, axis=1).min())
    return worst / (1.72 * ghost.figure.scale * np.linalg.norm(to_world[:3, 0]))


def same(armature, take, options, **more):
    off = drawn(armature, take, options, **more)
    assert off < 1e-4, f"{options}: {off:.2e} of the height"
    return f"{off:.1e}"


def check_ghost_any_rig_matches_applied_take():
    notes = []
    for kind in (rig_builders.smpl, rig_builders.mixamo, rig_builders.unreal, rig_builders.metarig):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        armature = kind()
        rig_builders.move(armature)
        notes.append(same(armature, rig_takes.tumble(40, 24.0), ApplyOptions()))
        notes.append(same(armature, rig_takes.walk(), ApplyOptions(plant_feet=True, ground=0.3)))
    return notes


def check_ghost_control_rig_matches_applied_take():
    armature = rig_builders.rigify()
    return same(armature, rig_takes.walk(), ApplyOptions(plant_feet=True))


def check_ghost_any_carrier_matches_applied_take():
    notes = []
    for carrier in ("ROOT", "OBJECT", "HIPS"):
        for in_place in (False, True):
            bpy.ops.wm.read_factory_settings(use_empty=True)
            armature = rig_builders.unreal()
            rig_builders.move(armature)
            options = ApplyOptions(carrier=carrier, in_place=in_place)
            notes.append(same(armature, rig_takes.walk(), options))
    return notes


def check_ghost_continued_motion_matches_applied_take():
    """The character has moved in an earlier motion, also with the object as carrier."""
    notes = []
    for carrier in ("HIPS", "OBJECT"):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        armature = rig_builders.smpl(heading=0.7, place=(1.0, 2.0))
        scene = bpy.context.scene
        moving = ApplyOptions(carrier=carrier)
        apply_take(
            armature, rig_takes.walk(), scene=scene, name="first", start_frame=1, options=moving
        )
        goes_on = ApplyOptions(carrier=carrier, where_it_stands=True)
        notes.append(same(armature, rig_takes.tumble(40, 24.0), goes_on))
    return notes


def check_ghost_moved_object_moves_along():
    armature = rig_builders.smpl()
    options = ApplyOptions(carrier="OBJECT")
    ghost = ghost_of(armature, rig_takes.walk(), start_frame=20, options=options)
    before = ghost.world_matrix(armature)
    armature.location.x += 2.0
    bpy.context.view_layer.update()
    assert np.allclose(ghost.world_matrix(armature)[:3, 3] - before[:3, 3], [2.0, 0.0, 0.0])


def check_ghost_body_part_keeps_existing_motion_elsewhere():
    notes = []
    for part in BODY_PARTS:
        for fade in (0, 6):
            bpy.ops.wm.read_factory_settings(use_empty=True)
            armature = rig_builders.smpl()
            apply_take(
                armature, rig_takes.walk(80), scene=bpy.context.scene, name="walk", start_frame=1
            )
            options = ApplyOptions(part=part, fade=fade, destination="SAME_ACTION")
            notes.append(same(armature, rig_takes.tumble(24, 24.0), options))
    return notes


def check_ghost_second_and_pose_frames_are_evenly_spaced():
    armature, scene = rig_builders.smpl(), bpy.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.001
    ghost = ghost_of(armature, rig_takes.walk(300, 120.0), start_frame=10, options=ApplyOptions())
    rate = 24 / 1.001
    np.testing.assert_allclose(ghost.whole_second_frames(), 10 + rate * np.array([1, 2]))
    np.testing.assert_allclose(ghost.pose_frames(8), 10 + rate / 2 * np.arange(5))
    np.testing.assert_allclose(ghost.pose_frames(3), 10 + rate * np.arange(3))
    assert len(ghost.pose_frames(1)) == 1
    np.testing.assert_allclose(ghost.limb_points_at(-100), ghost.figure.points[0])
    np.testing.assert_allclose(ghost.limb_points_at(1e6), ghost.figure.points[-1])
    between = (ghost.figure.points[5] + ghost.figure.points[6]) / 2
    frame = (ghost.frames[5] + ghost.frames[6]) / 2
    np.testing.assert_allclose(ghost.limb_points_at(frame), between, atol=1e-9)
    heights = ghost.path @ ghost.figure.up
    assert np.ptp(heights) < 1e-9
    walked = np.linalg.norm(ghost.path_point_at(ghost.whole_second_frames()[0]) - ghost.path[0])
    assert abs(walked - 1.2) < 0.1, walked


def check_build_ghosts_several_takes_each_start_at_the_character():
    armature, scene = rig_builders.smpl(), bpy.context.scene
    apply_take(armature, rig_takes.walk(), scene=scene, name="first", start_frame=1)
    scene.frame_set(3)
    takes = [rig_takes.walk(), rig_takes.tumble(40, 24.0), rig_takes.swaying()]
    options = ApplyOptions(where_it_stands=True)
    together = build_ghosts(armature, takes, scene=scene, start_frame=40, options=options)
    assert scene.frame_current == 3
    for take, ghost in zip(takes, together, strict=True):
        alone = ghost_of(armature, take, start_frame=40, options=options)
        np.testing.assert_allclose(ghost.figure.points, alone.figure.points, atol=1e-9)
        np.testing.assert_allclose(ghost.path[0], together[0].path[0], atol=1e-5)
    assert np.linalg.norm(together[0].path[0] - armature.location) > 1.0


def check_row_offsets_ghosts_do_not_overlap():
    armature = rig_builders.smpl(heading=np.pi / 2)
    walk = ghost_of(armature, rig_takes.walk(), start_frame=1, options=ApplyOptions())
    moves = row_offsets([walk] * 4)
    across = walk.figure.left_directions[0]
    along = moves @ across
    np.testing.assert_allclose(moves, along[:, None] * across, atol=1e-9)
    assert abs(along.sum()) < 1e-9 and (np.diff(along) > 1.0).all(), "to its left, one by one"
    np.testing.assert_allclose(row_offsets([walk]), 0.0)
    wild = ghost_of(armature, rig_takes.tumble(200), start_frame=1, options=ApplyOptions())
    assert np.diff(row_offsets([walk, wild]) @ across)[0] <= 2.5 * walk.figure.scale + 1e-9


def check_build_ghosts_invalid_take_or_rig_raises():
    armature = rig_builders.smpl()
    bpy.ops.object.mode_set(mode="EDIT")

    def ghost():
        take = rig_takes.walk()
        ghost_of(armature, take, start_frame=1, options=ApplyOptions())

    assert "is in Edit Mode" in rig_runner.refusal(ghost)


def check_build_ghosts_leaves_the_file_unchanged():
    armature, scene = rig_builders.smpl(), bpy.context.scene
    apply_take(armature, rig_takes.walk(), scene=scene, name="walk", start_frame=1)
    scene.frame_set(7, subframe=0.25)
    action = armature.animation_data.action
    before = (len(bpy.data.actions), tuple(action.frame_range), scene.frame_current_final)
    options = ApplyOptions(where_it_stands=True, part="ARMS", fade=3)
    ghost_of(armature, rig_takes.tumble(), start_frame=33, options=options)
    assert armature.animation_data.action is action
    after = (len(bpy.data.actions), tuple(action.frame_range), scene.frame_current_final)
    assert after == before
