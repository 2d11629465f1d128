"""``blend``: labels over time to a take, in a style that was learnt."""

from __future__ import annotations

from pathlib import Path

from ..protocol.limits import LimitError
from .console import out, sentences
from .control import hearing
from .takes import check_output, write


def blend(
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
    from ..styles.errors import StyleError

    with sentences(StyleError):
        check_output(output)
        features = hearing(wavlm, [timeline])
        from ..styles.generator_api import Style
        from ..styles.skeleton_graph import SMPL_BODY
        from ..styles.style import shipped_style

        used = Style.load(style or shipped_style())
        from ..protocol.control_track import ENDINGS, read_control

        given = timeline.lower().endswith(ENDINGS)
        wanted = read_control(Path(timeline), features).track if given else timeline
        if used.network.layout.body.same_as(SMPL_BODY):
            take = used.blend(
                wanted, fps, seed, fine=fine, overlap=overlap, originality=originality, loop=loop,
                lock_feet=lock_feet,
            )  # fmt: skip
            write(take, output)
            return
        if output.suffix.lower() != ".bvh":
            raise LimitError("This style moves a skeleton of its own: the output must be a .bvh.")
        from ..styles.native_skeleton import write_own

        motion = used.motion(
            wanted, fps, seed, fine=fine, overlap=overlap, originality=originality, loop=loop
        )
        write_own(motion, output)
        out.print(f"{output}: {len(motion)} frames at {fps:g} fps", highlight=False)
