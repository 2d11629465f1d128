"""Manual: its links and pictures exist, and texts that it quotes is what the program says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MANUAL, PICTURES = ROOT / "docs" / "manual", ROOT / "docs" / "pictures" / "manual"
PAGES = [ROOT / "README.md", *sorted(MANUAL.glob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
SOURCES = ("blender_addon", "backend")
"""Folders with the code whose sentences are quoted."""


def text_of(page: Path) -> str:
    """A page without its code."""
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def anchors(page: Path) -> set[str]:
    """What can stand behind the # of a link to a page, as Markdown on the web has it."""
    headings = re.findall(r"^#+ (.*)$", text_of(page), flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_manual_links_exist(page: Path) -> None:
    for link in LINK.findall(text_of(page)):
        if link.startswith("http"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_manual_pages_and_pictures_are_linked() -> None:
    index = LINK.findall(text_of(MANUAL / "README.md"))
    pages = {page.name for page in MANUAL.glob("*.md")} - {"README.md"}
    assert pages == set(index)
    shown = {Path(link).name for page in PAGES for link in LINK.findall(text_of(page))}
    assert {picture.name for picture in PICTURES.iterdir()} <= shown


def test_manual_pictures_stay_below_size_limit() -> None:
    sizes = {picture.name: picture.stat().st_size for picture in PICTURES.iterdir()}
    assert all(size <= 80_000 for size in sizes.values()), sizes
    assert sum(sizes.values()) <= 700_000, sizes


def source_texts() -> str:
    """All strings in the source, “…” for the formatted parts."""
    texts = []
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = (v.value if isinstance(v, ast.Constant) else "…" for v in node.values)
                    texts.append("".join(map(str, parts)))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    texts.append(node.value)
    return re.sub("…+", "…", "\n".join(texts))


def test_manual_quotes_occur_in_the_code() -> None:
    text = source_texts()
    table = re.findall(r"^\| (.*?) \|", text_of(MANUAL / "troubleshooting.md"), flags=re.MULTILINE)
    quoted = [cell for cell in table if cell != "Message"]
    assert len(quoted) > 20
    assert not [cell for cell in quoted if cell.removesuffix(" …") not in text]
