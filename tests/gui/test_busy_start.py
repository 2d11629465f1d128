"""The first motion of the real backend in a real window, while every core is busy."""

import sys
from pathlib import Path

import pytest

from tests.e2e.busy import BusyWork, busy_processes, usable_core_count

SESSION = Path(__file__).with_name("sessions") / "busy_start_session.py"


@pytest.mark.slow
@pytest.mark.parametrize("windowed_blender", ["current"], indirect=True)
def test_start_while_every_core_is_busy_motion_lands(
    run_in_window, addon_zip: Path, pictures: Path
) -> None:
    with busy_processes(2 * usable_core_count(), BusyWork.PYTHON):
        found, output = run_in_window(SESSION, addon_zip, sys.executable, pictures, timeout=1500.0)
    assert "Traceback" not in output
    assert found["job"] == ["DONE", None]
    assert any(message.startswith("Loading") for message in found["messages"])
