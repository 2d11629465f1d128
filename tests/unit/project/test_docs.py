"""Docs: links, pictures and paths exist, and quoted sentences are the program's."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MANUAL, PICTURES = ROOT / "docs" / "manual", ROOT / "docs" / "pictures" / "manual"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE_PATH = re.compile(r"`([\w.]+(?:/[\w.]+)+\.py|[\w.]+(?:/[\w.]+)*/)`")
"""A Python file in a folder, or a folder."""
SOURCES = ("blender_addon", "backend")
"""Folders with the code whose sentences are quoted."""


def text_of(page: Path) -> str:
    """Read a page without its code blocks."""
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def anchors(page: Path) -> set[str]:
    """List the anchors of a page's headings, as Markdown renderers make them."""
    headings = re.findall(r"^#+ (.*)$", text_of(page), flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_links_exist(page: Path) -> None:
    for link in LINK.findall(text_of(page)):
        if link.startswith("http"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_code_paths_exist(page: Path) -> None:
    roots = [ROOT, *(ROOT / source for source in SOURCES)]
    paths = CODE_PATH.findall(text_of(page))
    assert not [p for p in paths if not any((root / p).exists() for root in roots)]


def test_manual_index_lists_every_page_and_picture() -> None:
    index = LINK.findall(text_of(MANUAL / "README.md"))
    pages = {page.name for page in MANUAL.glob("*.md")} - {"README.md"}
    assert pages == set(index)
    shown = {Path(link).name for page in PAGES for link in LINK.findall(text_of(page))}
    assert {picture.name for picture in PICTURES.iterdir()} <= shown


def test_manual_pictures_are_small() -> None:
    sizes = {picture.name: picture.stat().st_size for picture in PICTURES.iterdir()}
    assert all(size <= 80_000 for size in sizes.values()), sizes
    assert sum(sizes.values()) <= 700_000, sizes


def sentences() -> str:
    """Join all texts of the program, with “…” in place of their values."""
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


def test_troubleshooting_quotes_sentences_of_the_program() -> None:
    texts = sentences()
    table = re.findall(r"^\| (.*?) \|", text_of(MANUAL / "troubleshooting.md"), flags=re.MULTILINE)
    quoted = [cell for cell in table if cell != "What Blender says"]
    assert len(quoted) > 20
    assert not [cell for cell in quoted if cell.removesuffix(" …") not in texts]
