"""Writes the tables of docs/manual/scripting.md anew (`make manual`).

No test is collected from it unless it is named; test_manual_scripts.py asks whether they are up to
date.
"""

import sys
from pathlib import Path

IN_BLENDER = Path(__file__).with_name("in_blender")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "manual" / "scripting.md"
BEGIN = "<!-- From here on `make manual` writes. -->\n"


def tables(run_in_blender, addon_zip: Path) -> str:
    """The tables as Markdown, by this Python's Blender.

    Args:
        run_in_blender: as in conftest.py.
        addon_zip: the add-on.
    """
    done = run_in_blender(Path(sys.executable), IN_BLENDER / "addon/addon_tables.py", addon_zip)
    return done.stdout[done.stdout.index("### ") :]


def test_write_the_tables(run_in_blender, addon_zip: Path) -> None:
    head, mark, _old = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    assert mark, f"{PAGE.name} has lost the line from which on the tables are."
    text = f"{head}{BEGIN}\n{tables(run_in_blender, addon_zip)}"
    PAGE.write_text(text, encoding="utf-8")
