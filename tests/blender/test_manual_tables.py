"""The manual's tables of operators are what the operators say of themselves."""

from __future__ import annotations

from pathlib import Path

from manual_tables import BEGIN, PAGE, tables


def test_the_tables_are_up_to_date(run_in_blender, addon_zip: Path) -> None:
    written = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].strip()
    made = tables(run_in_blender, addon_zip).strip()
    assert written == made, "Run: .venv/bin/python -m pytest tests/blender/manual_tables.py"
