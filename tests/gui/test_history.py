"""The history and the status bar in a real window.

Pictures are left in out/gui/ for a person to look at. How long the window stands still
while a job runs is printed: pytest tests/gui/test_history.py -rP
"""

from pathlib import Path

from PIL import Image

SESSION = Path(__file__).with_name("sessions") / "history_session.py"


def test_the_history_in_a_window(
    run_in_window, addon_zip: Path, backend_python: Path, pictures: Path
) -> None:
    found, printed = run_in_window(SESSION, addon_zip, backend_python, pictures)
    assert "Traceback" not in printed, printed
    print("Longest gap of Blender's main loop in software OpenGL, without a job, while the sidebar")
    print(f"and the status bar are drawn: {_longest(found['gaps_no_job'])}")
    print(f"From the click to the first progress: {1000 * found['first_progress']:.0f} ms")
    for what in ("running", "ending"):
        print(
            f"Job {what}: longest gap {_longest(found[f'gaps_{what}'])}; longest call of its own:"
        )
        for part, seconds in found[f"own_{what}"].items():
            print(f"    {part:10} {_longest(seconds)} of {len(seconds)}")
    assert {"timer", "panel", "status bar"} == set(found["own_running"])

    assert found["state"] == "DONE"
    assert found["status_bar_drawn"] > 10, "as the job goes on"
    assert found["status_bar_drawn_later"] == 0, "and not when there is none"
    assert found["entries"] == [
        ["a person walks slowly round a lamp post", "CANCELLED"],
        ["a person walks slowly round a lamp post", "DONE"],
        ["a person waves with both hands", "DONE"],
        ["fail", "FAILED"],
        ["a person walks forward", "DONE"],
    ]
    assert found["regenerated"] and found["same_keys"]
    assert found["used"] == ["a person walks forward", 2.0, 7]
    assert found["after_undo"] == 6, "what was made is remembered"
    for name in ("status_bar", "history", "history_searched", "settings_used"):
        picture = Image.open(pictures / f"{name}.png")
        assert len(picture.convert("RGB").getcolors(2**24) or ()) > 100, f"{name} is blank"


def _longest(seconds: list[float]) -> str:
    return f"{1000 * max(seconds):.1f} ms"
