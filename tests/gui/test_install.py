"""The zip installed from disk by mouse, in a real window that is as Blender comes.

Pictures are left in out/gui/ for a person to look at.
"""

import shutil
from pathlib import Path

import pytest

SESSION = Path(__file__).with_name("sessions") / "install_session.py"


# The places that are clicked are those of today's Blender.
@pytest.mark.parametrize("windowed_blender", ["current"], indirect=True)
def test_zip_installed_by_mouse_shows_its_panel_and_setup_hint(
    run_in_window, addon_zip: Path, pictures: Path, tmp_path: Path
) -> None:
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    archive = shutil.copy(addon_zip, downloads)
    found, printed = run_in_window(SESSION, archive, pictures)
    assert "Traceback" not in printed, printed
    assert found["operator"] == "EXTENSIONS_OT_package_install_files"
    assert found["file"] == "anyframe.zip"
    assert found["tab_shown"]
    assert not found["online"]
    assert "online access" in found["first_setup"].lower(), found["first_setup"]
