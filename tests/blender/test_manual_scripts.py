"""The scripts and tables of the manual are true of the operators."""

import sys
from pathlib import Path

from manual_tables import BEGIN, IN_BLENDER, PAGE, tables


def test_the_tables_are_up_to_date(run_in_blender, addon_zip: Path) -> None:
    written = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].strip()
    made = tables(run_in_blender, addon_zip).strip()
    assert written == made, "Run: .venv/bin/python -m pytest tests/blender/manual_tables.py"


def test_what_is_shown_runs(
    run_in_blender, addon_zip: Path, backend_python: Path, tmp_path: Path
) -> None:
    pages = sorted(PAGE.parent.glob("*.md"))
    shown = sum(page.read_text(encoding="utf-8").count("```python\n") for page in pages)
    folder = tmp_path / "files"
    folder.mkdir()
    done = run_in_blender(
        Path(sys.executable),
        IN_BLENDER / "addon/addon_manual.py",
        *(addon_zip, backend_python, folder),
        *pages,
    )
    assert f"{shown} examples ran" in done.stdout
