"""Names: no dialect words as identifiers, and functions that are found by their names."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDERS = ("backend", "blender_addon", "tests", "tools")

DIALECT = frozenset(
    {
        *("told", "tell", "tells", "telling", "said", "say", "says", "saying", "heard", "hear"),
        *("hears", "asked", "ask", "asks", "asking", "wanted", "want", "wants", "wish", "wishes"),
        *("way", "ways", "manner", "manners", "share", "shares", "meant", "kept", "lesson"),
        *("lessons", "laid", "begun", "granted", "cooked"),
    }
)
"""Words of `docs/glossary.md` that are not used in names."""

STORED = frozenset(
    {
        # Properties in .blend files and operators, fields of requests, keys of metadata.
        *("share", "kept", "manner", "runs_kept", "kept_jobs"),
        *("ANYFRAME_OT_add_lesson", "ANYFRAME_OT_remove_lesson", "ANYFRAME_UL_lessons"),
        # Settings of training runs, and tensors of checkpoints.
        *("shares", "asks"),
    }
)
"""Identifiers that users have saved; they keep their names."""

MAX_DEFINITIONS = 6
FRAMEWORK = frozenset(
    {
        # Blender and torch call these by name.
        *("draw", "poll", "execute", "invoke", "modal", "register", "unregister", "forward"),
        # The one method that each kind of `training.trainer.Trainer` has to define.
        "compute_losses",
    }
)


@cache
def parsed_files() -> dict[str, list[ast.AST]]:
    """Nodes of each file, by its path."""
    files = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            relative = path.relative_to(ROOT)
            # Links to the two folders, in a developer's tree.
            if relative.parts[:2] in {("blender_addon", "backend"), ("blender_addon", "assets")}:
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            files[relative.as_posix()] = list(ast.walk(tree))
    return files


def defined_names(nodes: list[ast.AST]) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr


def words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_identifiers_contain_no_dialect_words() -> None:
    wrong = [
        f"{path}:{line}: {name}"
        for path, nodes in parsed_files().items()
        for line, name in defined_names(nodes)
        if words(name) & DIALECT and name not in STORED
    ]
    assert not wrong, "\n".join(wrong)


def test_functions_are_found_by_their_names() -> None:
    counts = Counter(
        node.name
        for path, nodes in parsed_files().items()
        if path.startswith(("backend", "blender_addon"))
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not re.fullmatch(r"__\w+__", node.name)
    )
    often = {n: c for n, c in counts.items() if c > MAX_DEFINITIONS and n not in FRAMEWORK}
    assert not often, often


def test_docstrings_begin_with_a_verb_or_a_noun() -> None:
    wrong = [
        f"{path}: {doc.splitlines()[0]}"
        for path, nodes in parsed_files().items()
        if path.startswith(("backend", "blender_addon"))
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and (doc := ast.get_docstring(node))
        and re.match(r"(What|Whether|How|Which|Whose|Who|Where)\b", doc)
    ]
    assert not wrong, "\n".join(wrong)
