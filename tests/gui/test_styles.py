"""Learn and Blend in a real window, where the timer does what waits elsewhere."""

from pathlib import Path

SESSION = Path(__file__).with_name("sessions") / "styles_session.py"


def test_a_style_in_a_window(
    run_in_window, addon_zip: Path, backend_python: Path, tmp_path: Path
) -> None:
    found, printed = run_in_window(SESSION, addon_zip, backend_python, tmp_path)
    assert "Traceback" not in printed, printed
    assert found["tab_shown"]
    frames, fps, *travel = found["take"]
    assert (frames, fps) == (int(47 / 24 * 30) + 1, 30.0)
    assert abs(travel[1] + (frames - 1) / 30) < 0.02 and abs(travel[0]) < 0.02, travel
    assert "Add a take to the list first." in found["no_takes"]
    assert found["shown_first"], "a motion is shown before what takes long"
    assert found["meanwhile"] == ["DONE", False, "run"]
    assert found["so_far"] == "slow so far"
    assert found["stopped"] == ["CANCELLED", ["Shipped Style"]]
    assert found["learnt"] == ["DONE", "“mine” is learnt from 1 s of takes: walk.", "mine"]
    assert found["blended"] == ["DONE", "walk → walk"]
    assert found["undone"] == "slow so far"
    if found["no_mixdown"]:  # Debian's Blender 5.2 writes no sound with Debian's FFmpeg
        assert "cannot be mixed (this Blender wrote no sound)" in found["no_mixdown"]
        return
    sound_module = "“heard” is learnt from 2 s of takes: the sound of the scene."
    assert found["heard"] == ["DONE", sound_module]
    state, message = found["followed"]
    assert state == "DONE" and message.startswith("“heard: sound” is on"), message
    assert "144 frames at 24 fps" in message, message
