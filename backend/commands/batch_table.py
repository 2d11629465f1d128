"""Table of prompts and labels (.csv): one motion per row, checked before the first is generated.

The header names the columns: `output` and fields of a `GenerateRequest`, in any order; `label`
stands for the field `action`. An empty cell or a missing column leaves the field to the command
line.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from ..protocol.limits import LimitError
from ..service.schema.requests import GenerateRequest, make_request
from .takes import TAKE_WRITERS

MAX_ROWS = 10_000
OUTPUT_COLUMN = "output"
_SLUG_CHARACTERS = 40


class TableError(ValueError):
    """Mistake in the table; the text is a sentence with the line."""


@dataclass(frozen=True)
class TableRow:
    """One row: a request and its files."""

    line: int
    """Line number in the file, from 1."""
    request: GenerateRequest
    files: tuple[Path, ...]
    """File of each variation."""


def read_table(
    path: Path, folder: Path, suffix: str, defaults: Mapping[str, Any]
) -> list[TableRow]:
    """Read the rows of a table in UTF-8, with commas, semicolons or tabs.

    `suffix` is that of files whose names have none, and `defaults` are the fields of the request
    for empty cells. TableError names the first line with a mistake.
    """
    lines, delimiter = _open_table(path)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows: list[TableRow] = []
    lines_by_file: dict[str, int] = {}
    try:
        columns = _columns(next(reader, []))
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            line = reader.line_num
            if len(cells) > len(columns):
                raise _line_error(
                    line,
                    f"it has {len(cells)} cells and the header {len(columns)}; "
                    "put text with a comma in quotes",
                )
            texts = dict(zip(columns, map(str.strip, cells), strict=False))
            name = texts.pop(OUTPUT_COLUMN, "")
            request = _parse_request(line, texts, defaults, decimal_comma=delimiter == ";")
            file = folder / _file_name(line, name, request, suffix)
            files = [file.with_stem(f"{file.stem}_{n}") for n in range(request.variations)]
            row = TableRow(line, request, tuple(files) if len(files) > 1 else (file,))
            for file in row.files:
                first = lines_by_file.setdefault(str(file).casefold(), line)
                if first != line:
                    raise _line_error(line, f"it writes {file.name}, as line {first} does")
            rows.append(row)
            if len(rows) > MAX_ROWS:
                raise TableError(f"The table must have at most {MAX_ROWS} rows: split it.")
    except csv.Error as error:
        raise _line_error(reader.line_num, f"it cannot be read ({error})") from error
    if not rows:
        raise TableError(f"The table {path.name} has no rows below its header.")
    return rows


def _open_table(path: Path) -> tuple[io.StringIO, str]:
    """Open a table and find its delimiter."""
    if not path.is_file():
        raise TableError(f"There is no table {path}.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(
            f"The table must be in UTF-8 ({path.name} is not): save it as “CSV UTF-8”."
        ) from error
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    return io.StringIO(text, newline=""), delimiter


def _columns(header: Sequence[str]) -> list[str]:
    columns = [name.strip().lower() for name in header]
    columns = ["action" if name == "label" else name for name in columns]
    known = (*_READERS, "label", OUTPUT_COLUMN)
    unknown = [name for name in columns if name not in known]
    if unknown or not columns:
        names = ", ".join(f'"{name}"' for name in unknown) or "none"
        raise TableError(
            f"The first line must name columns out of {', '.join(known)} (unknown: {names})."
        )
    repeated = next((name for name in columns if columns.count(name) > 1), None)
    if repeated is not None:
        raise TableError(
            f'The column "{repeated}" must occur once (it is there twice): remove one.'
        )
    if not {"prompt", "action"} & set(columns):
        raise TableError('The table needs a column "prompt" or "label".')
    return columns


def _parse_request(
    line: int, texts: Mapping[str, str], defaults: Mapping[str, Any], *, decimal_comma: bool
) -> GenerateRequest:
    fields = {
        column: _parse_cell(line, column, text, decimal_comma=decimal_comma)
        for column, text in texts.items()
        if text
    }
    try:
        request = make_request(GenerateRequest, **{**defaults, **fields})
    except LimitError as error:
        raise TableError(f"Line {line}: {error}") from error
    unused = next((name for name in _PROMPT_ONLY_FIELDS if name in fields), None)
    if request.model == "motioninr" and unused is not None:
        raise _line_error(
            line,
            f'the column "{unused}" is for motions from prompts: leave the cell empty for a label',
        )
    return request


def _parse_cell(line: int, column: str, text: str, *, decimal_comma: bool) -> Any:
    """Parse a cell as the field of a request; tables with semicolons may use decimal commas."""
    reader, kind = _READERS[column]
    try:
        return reader(text.replace(",", ".") if decimal_comma and reader is float else text)
    except ValueError as error:
        raise _line_error(
            line, f'the column "{column}" must hold {kind} (got “{text[:40]}”)'
        ) from error


def _yes_or_no(text: str) -> bool:
    if text.lower() in {"yes", "true", "1"}:
        return True
    if text.lower() in {"no", "false", "0"}:
        return False
    raise ValueError(text)


_READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "model": (str.lower, "a name"),
    "prompt": (str, "a text"),
    "action": (str, "a text"),
    "seconds": (float, "a number"),
    "fps": (float, "a number"),
    "seed": (int, "a whole number"),
    "guidance": (float, "a number"),
    "steps": (int, "a whole number"),
    "originality": (float, "a number"),
    "candidates": (int, "a whole number"),
    "variations": (int, "a whole number"),
    "lock_feet": (_yes_or_no, "“yes” or “no”"),
    "loop": (_yes_or_no, "“yes” or “no”"),
}

_PROMPT_ONLY_FIELDS = ("guidance", "steps", "originality", "candidates")
"""Columns without meaning for motions from labels."""


def _file_name(line: int, name: str, request: GenerateRequest, suffix: str) -> PurePosixPath:
    """Path of a row's take inside the folder; by default named by line and prompt or label."""
    if not name:
        words = request.prompt.strip() or request.action or ""
        slug = re.sub(r"[^a-z0-9]+", "_", words.lower())[:_SLUG_CHARACTERS].strip("_")
        return PurePosixPath(f"{line:04d}_{slug}".rstrip("_") + suffix)
    path, windows = PurePosixPath(name.replace("\\", "/")), PureWindowsPath(name)
    outside = path.is_absolute() or windows.drive or windows.root or ".." in path.parts
    if outside or not path.name or not name.isprintable():
        raise _line_error(
            line, f"the output must name a file inside the folder (got “{name[:60]}”)"
        )
    if path.suffix.lower() in TAKE_WRITERS:
        return path
    return path.with_name(path.name + suffix)


def _line_error(line: int, problem: str) -> TableError:
    return TableError(f"Line {line}: {problem}.")
