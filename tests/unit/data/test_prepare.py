"""Preparation of all kinds of sources, with broken files skipped."""

from pathlib import Path

import numpy as np
import pytest

from backend.data.motion_set import load_motion_set
from backend.data.prepare import prepare_motion_set
from backend.data.sources import SourceError, find_clip_files
from backend.kinematics.body.take import save_take
from backend.kinematics.mocap.bvh import write_bvh
from tests.support.motions import swinging_take


def _ignore(done: int, total: int, name: str) -> None:
    pass


def _write_amass(path: Path, columns: int) -> None:
    take = swinging_take(1.0)
    poses = np.zeros((len(take), columns))
    poses[:, :66] = take.poses[:, :66]
    np.savez(path, poses=poses, trans=take.trans, mocap_framerate=60.0, betas=np.zeros(16))


@pytest.mark.process
def test_prepare_reads_mixed_sources_and_skips_broken_files(tmp_path: Path) -> None:
    source = tmp_path / "mocap"
    (source / "a").mkdir(parents=True)
    for n, fps in enumerate((24.0, 120.0)):
        write_bvh(swinging_take(1.5, fps, seed=n), source / "a" / f"good_{n}.bvh")
    for columns in (66, 72, 156, 165):
        _write_amass(source / f"amass_{columns}.npz", columns)
    save_take(swinging_take(2.0), source / "take.npz")
    whole = (source / "a" / "good_0.bvh").read_text()
    broken = {
        "truncated.bvh": whole[: len(whole) // 2],
        "nan.bvh": whole[: whole.rindex(" ")] + " nan\n",
        "zero.bvh": whole.split("Frames:")[0] + "Frames: 0\nFrame Time: 0.04\n",
        "table.bvh": "HIERARCHY\nROOT leg\n{\nOFFSET 0 0 0\n"
        "CHANNELS 3 Xrotation Yrotation Zrotation"
        "\nEnd Site\n{\nOFFSET 0 1 0\n}\n}\nMOTION\nFrames: 2\nFrame Time: .1\n0 0 0\n0 0 0\n",
        "empty.bvh": "",
    }
    for name, text in broken.items():
        (source / name).write_text(text)
    _write_amass(source / "columns.npz", 100)
    write_bvh(swinging_take(0.1), source / "short.bvh")
    (source / "clips.csv").write_text(
        "clip,source,licence,description,action,split\n"
        "a/good_0,mine,CC0,somebody swings,swing,train\ntake,mine,CC0,,walk,val\n"
    )
    (source / "captions.csv").write_text(
        'clip,start_s,end_s,caption\na/good_0,0.5,1.2,"first, a swing"\na/good_0,5,6,too late\n'
    )

    report = prepare_motion_set([source], tmp_path / "out" / "set.npz", _ignore, workers=1)

    assert report.clips == 7
    reasons = {item.name: item.reason for item in report.skipped}
    assert set(reasons) == {Path(name).stem for name in (*broken, "columns.npz", "short.bvh")}
    for name, words in {
        "truncated": "cut short",
        "nan": "NaN",
        "zero": "zero frames",
        "columns": "66, 72, 156 or 165",
        "short": "at least",
        "table": "bone",
        "empty": "BVH",
    }.items():
        assert words in reasons[name], reasons[name]
    clips = {clip.name: clip for clip in load_motion_set(tmp_path / "out" / "set.npz")}
    assert clips["a/good_0"].fps == 24.0
    assert clips["a/good_1"].fps == 120.0
    assert clips["a/good_0"].action == "swing"
    assert [c.text for c in clips["a/good_0"].captions] == ["first, a swing"]
    assert clips["take"].split == "val"
    lowest = clips["take"].to_take().joint_positions()[:, [10, 11], 2].min()
    assert abs(lowest - 0.025) < 0.05


@pytest.mark.process
def test_prepare_preserves_native_frames(tmp_path: Path) -> None:
    take = swinging_take(2.0, 120.0)
    write_bvh(take, tmp_path / "one.bvh")
    prepare_motion_set([tmp_path / "one.bvh"], tmp_path / "set.npz", _ignore, workers=1)
    clip = load_motion_set(tmp_path / "set.npz")[0]
    ours, theirs = clip.to_take().joint_positions(), take.joint_positions()
    height = ours[0, 0, 2] - theirs[0, 0, 2]
    np.testing.assert_allclose(ours - [0, 0, height], theirs, atol=2e-3)


def test_humanml3d_index_captions_files_of_other_source(tmp_path: Path) -> None:
    amass, texts = tmp_path / "amass" / "KIT" / "3", tmp_path / "HumanML3D"
    amass.mkdir(parents=True)
    save_take(swinging_take(6.0), amass / "kick_high_left02_poses.npz")
    (texts / "texts").mkdir(parents=True)
    (texts / "index.csv").write_text(
        "source_path,start_frame,end_frame,new_name\n"
        "./pose_data/KIT/3/kick_high_left02_poses.npy,20,100,000000.npy\n"
        "./pose_data/KIT/4/absent_poses.npy,0,10,000001.npy\n"
    )
    (texts / "texts" / "000000.txt").write_text(
        "a man kicks.#a/DET man/NOUN kick/VERB#0.0#0.0\nhe stands.#he/PRON#1.0#2.5\n"
    )
    (texts / "test.txt").write_text("000000\n")
    clips = find_clip_files([tmp_path / "amass", texts])
    assert len(clips) == 1
    spoken = [(c.start, c.end, c.text) for c in clips[0].captions]
    assert spoken == [(1.0, 5.0, "a man kicks."), (2.0, 3.5, "he stands.")]
    assert clips[0].split == "test"


def test_find_clip_files_of_missing_source_raises(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no folder"):
        find_clip_files([tmp_path / "none"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"No \.bvh or \.npz"):
        find_clip_files([tmp_path / "empty"])


@pytest.mark.process
def test_prepare_without_usable_file_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.bvh").write_text("HIERARCHY")
    report = prepare_motion_set([tmp_path / "bad.bvh"], tmp_path / "set.npz", _ignore, workers=1)
    assert report.clips == 0
    assert len(report.skipped) == 1
    assert not (tmp_path / "set.npz").exists()
