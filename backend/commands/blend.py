"""``blend``: labels over time to a take, in a style that was learnt."""

from __future__ import annotations

from pathlib import Path

from ..console import out, report_errors
from ..protocol.limits import LimitError
from .control import open_audio_features
from .takes import check_output, save_and_report


def generate_in_style(
    timeline: str,
    output: Path,
    style: Path | None,
    *,
    fine: str | None,
    overlap: float,
    originality: float,
    fps: float,
    seed: int,
    loop: bool,
    lock_feet: bool,
    wavlm: Path | None,
) -> None:
    """Draw a motion and write it.

    Args:
        timeline: "walk:3,run:3"; or an ``.npz`` with the array `control`, (T, K) or
            (levels, T, K), 30 rows a second; or a ``.wav`` for a style that learnt from sound.
        output: ``.npz``, or ``.bvh`` also for a style of another skeleton.
        style: its file; None for the one that ships.
        fine: a timeline for the finer levels.
        overlap: seconds in which a label passes into the next.
        originality: from 0, pieces of the takes, to 1, what the networks make alone.
        fps: of the take.
        seed: the same gives the same motion.
        loop: end as it began.
        lock_feet: hold planted feet.
        wavlm: folder of a WavLM model, which then hears a ``.wav``.
    """
    # torch takes a second to import.
    from ..protocol.style_file import StyleError

    with report_errors(StyleError):
        check_output(output)
        features = open_audio_features(wavlm, [timeline])
        from ..styles.generator_api import Style, StyleSpec
        from ..styles.skeleton_graph import SMPL_BODY
        from ..styles.style import shipped_style_path

        used = Style.load(style or shipped_style_path())
        from ..protocol.control_track import CONTROL_FILE_SUFFIXES, read_control_track

        given = timeline.lower().endswith(CONTROL_FILE_SUFFIXES)
        conditioning = read_control_track(Path(timeline), features).values if given else timeline
        spec = StyleSpec(
            conditioning, seed, fine, overlap=overlap, originality=originality, loop=loop
        )
        if used.network.layout.body.has_same_skeleton(SMPL_BODY):
            save_and_report(used.generate_take(spec, fps, lock_feet), output)
            return
        if output.suffix.lower() != ".bvh":
            raise LimitError("This style moves a skeleton of its own: the output must be a .bvh.")
        from ..styles.native_skeleton import write_native_motion

        motion = used.generate_motion(spec, fps)
        write_native_motion(motion, output)
        out.print(f"{output}: {len(motion)} frames at {fps:g} fps", highlight=False)
