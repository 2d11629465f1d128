"""A table of prompts and actions (.csv): one motion a row, all looked at before the first is made.

The header names the columns: `output` and the fields of a `GenerateRequest`, in any order and as
many as are needed. A cell that is empty, like a column that is missing, leaves the field to what
the command line says.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from ..protocol.limits import LimitError
from ..service.schema.requests import GenerateRequest, make_request

MAX_ROWS = 10_000
OUTPUT_COLUMN = "output"
_SLUG_CHARACTERS = 40


class TableError(ValueError):
    """The table cannot be done; the text is a sentence with the line and what is wrong there."""


@dataclass(frozen=True)
class TableRow:
    """One row: what is asked for, and where it goes."""

    line: int
    """Of the file, as an editor counts."""
    request: GenerateRequest
    files: tuple[Path, ...]
    """One for each variation."""


def read_table(
    path: Path, folder: Path, suffix: str, defaults: Mapping[str, Any], suffixes: Sequence[str]
) -> list[TableRow]:
    """The rows of a table.

    Args:
        path: of the table, in UTF-8, with commas, semicolons or tabs.
        folder: that the files go to.
        suffix: of a file whose name does not say, such as ".npz".
        otherwise: fields of the request where a row says nothing.
        suffixes: that a name may end in.

    Raises:
        TableError: for the first line that is wrong.
    """
    lines, delimiter = _open_table(path)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows: list[TableRow] = []
    taken: dict[str, int] = {}
    try:
        columns = _columns(next(reader, []))
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            line = reader.line_num
            row = _parse_row(line, columns, cells, folder, suffix, defaults, suffixes, delimiter)
            for file in row.files:
                other = taken.setdefault(str(file).casefold(), line)
                if other != line:
                    raise _line_error(line, f"it writes {file.name}, and so does line {other}")
            rows.append(row)
            if len(rows) > MAX_ROWS:
                raise TableError(f"The table has more than {MAX_ROWS} rows: divide it.")
    except csv.Error as error:
        raise _line_error(reader.line_num, f"it cannot be read ({error})") from error
    if not rows:
        raise TableError(f"The table {path.name} has no rows below its header.")
    return rows


def _open_table(path: Path) -> tuple[io.StringIO, str]:
    """The table's text, and what divides its cells."""
    if not path.is_file():
        raise TableError(f"There is no table {path}.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(
            f"The table {path.name} is not in UTF-8: save it as “CSV UTF-8”."
        ) from error
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    return io.StringIO(text, newline=""), delimiter


def _columns(header: Sequence[str]) -> list[str]:
    columns = [name.strip().lower() for name in header]
    known = (*_READERS, OUTPUT_COLUMN)
    unknown = [name for name in columns if name not in known]
    if unknown or not columns:
        named = ", ".join(f'"{name}"' for name in unknown) or "none"
        raise TableError(
            f"The first line must name the columns, and these are unknown: {named}. "
            f"There are {', '.join(known)}."
        )
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if twice is not None:
        raise TableError(f'The column "{twice}" is there twice: remove one.')
    if not {"prompt", "action"} & set(columns):
        raise TableError('The table needs a column "prompt", or "action".')
    return columns


def _parse_row(
    line: int,
    columns: Sequence[str],
    cells: Sequence[str],
    folder: Path,
    suffix: str,
    otherwise: Mapping[str, Any],
    suffixes: Sequence[str],
    delimiter: str,
) -> TableRow:
    if len(cells) > len(columns):
        raise _line_error(
            line,
            f"it has {len(cells)} cells and the header {len(columns)}; "
            "text that holds a comma must stand in quotes",
        )
    said = {
        name: text for name, cell in zip(columns, cells, strict=False) if (text := cell.strip())
    }
    name = said.pop(OUTPUT_COLUMN, "")
    fields = {
        column: _parse_cell(line, column, text, decimal_comma=delimiter == ";")
        for column, text in said.items()
    }
    try:
        request = make_request(GenerateRequest, **{**otherwise, **fields})
    except LimitError as error:
        raise TableError(f"Line {line}: {error}") from error
    idle = next((name for name in _PROMPT_ONLY_FIELDS if name in fields), None)
    if request.model == "motioninr" and idle is not None:
        raise _line_error(
            line,
            f'the column "{idle}" is for motions from prompts, and this one goes by its action: '
            "leave the cell empty",
        )
    file = folder / _file_name(line, name, request, suffix, suffixes)
    if request.variations == 1:
        return TableRow(line, request, (file,))
    numbered = (file.with_stem(f"{file.stem}_{n}") for n in range(request.variations))
    return TableRow(line, request, tuple(numbered))


def _parse_cell(line: int, column: str, text: str, *, decimal_comma: bool) -> Any:
    """A cell as the field of a request; where semicolons divide cells, commas divide numbers."""
    reader, kind = _READERS[column]
    try:
        return reader(text.replace(",", ".") if decimal_comma and reader is float else text)
    except ValueError as error:
        raise _line_error(
            line, f'the column "{column}" holds “{text[:40]}”, which is no {kind}'
        ) from (error)


def _yes_or_no(text: str) -> bool:
    if text.lower() in {"yes", "true", "1"}:
        return True
    if text.lower() in {"no", "false", "0"}:
        return False
    raise ValueError(text)


_READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "model": (str.lower, "name"),
    "prompt": (str, "text"),
    "action": (str, "text"),
    "seconds": (float, "number"),
    "fps": (float, "number"),
    "seed": (int, "whole number"),
    "guidance": (float, "number"),
    "steps": (int, "whole number"),
    "originality": (float, "number"),
    "candidates": (int, "whole number"),
    "variations": (int, "whole number"),
    "lock_feet": (_yes_or_no, "yes or no"),
    "loop": (_yes_or_no, "yes or no"),
}

_PROMPT_ONLY_FIELDS = ("guidance", "steps", "originality", "candidates")
"""What a motion by its action has nothing of."""


def _file_name(
    line: int, name: str, request: GenerateRequest, suffix: str, suffixes: Sequence[str]
) -> PurePosixPath:
    """Where a row's take goes, inside of the folder; named by line and words if not by the row."""
    if not name:
        words = request.prompt.strip() or request.action or ""
        slug = re.sub(r"[^a-z0-9]+", "_", words.lower())[:_SLUG_CHARACTERS].strip("_")
        return PurePosixPath(f"{line:04d}_{slug}".rstrip("_") + suffix)
    path, windows = PurePosixPath(name.replace("\\", "/")), PureWindowsPath(name)
    outside = path.is_absolute() or windows.drive or windows.root or ".." in path.parts
    if outside or not path.name or not name.isprintable():
        raise _line_error(
            line, f"the output “{name[:60]}” must be the name of a file inside of the folder"
        )
    if path.suffix.lower() in suffixes:
        return path
    return path.with_name(path.name + suffix)


def _line_error(line: int, what: str) -> TableError:
    return TableError(f"Line {line}: {what}.")
