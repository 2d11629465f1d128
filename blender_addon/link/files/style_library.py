"""The user's styles, one file each, and the style that ships with the add-on."""

import difflib
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from ...backend.protocol.atomic_write import write_atomically
from ...backend.protocol.limits import LIMITS, check_style_name
from ...backend.protocol.style_file import (
    STYLE_SUFFIX,
    StyleError,
    StyleInfo,
    parse_style_info,
    read_style_info,
)
from ..errors import JobError

SHIPPED_STYLE = "Shipped Style"
"""Name of the shipped style, which no other can have."""
SHIPPED_FILE = "style.safetensors"

_NO_STYLES = "There are no styles yet: learn one in the panel Learn, or import one."


class StyleLibrary:
    """A folder of styles, which is read once and again after a change by this add-on."""

    def __init__(self, folder: Path, shipped: Path) -> None:
        """Remember the paths without reading anything.

        Args:
            folder: Folder of the user's styles, created when the first one is saved.
            shipped: File of the shipped style, which need not exist.
        """
        self._folder, self._shipped = folder, shipped

    @cached_property
    def styles(self) -> dict[str, StyleInfo]:
        """All readable styles by name; cheap enough for a draw function."""
        styles: dict[str, StyleInfo] = {}
        files = {SHIPPED_STYLE: self._shipped}
        with suppress(OSError):
            paths = sorted(self._folder.glob(f"*{STYLE_SUFFIX}"))
            files |= {path.stem: path for path in paths if not path.name.startswith(".")}
        for name, path in files.items():
            with suppress(StyleError):
                styles[name] = read_style_info(path)
        return styles

    def resolve_name(self, name: str) -> str:
        """Return the name itself, or that of the shipped style (if there is one) for ""."""
        return name or (SHIPPED_STYLE if SHIPPED_STYLE in self.styles else "")

    def refresh(self) -> None:
        """Read the folder again when `styles` is next used."""
        vars(self).pop("styles", None)

    def style_path(self, name: str) -> Path:
        """Return the path of a style that need not exist; raise LimitError for a bad name."""
        if name == SHIPPED_STYLE:
            return self._shipped
        check_style_name(name)
        return self._folder / f"{name}{STYLE_SUFFIX}"

    def has_style(self, name: str) -> bool:
        """Return whether a style exists; raise LimitError for a bad name."""
        return self.style_path(name).is_file()

    def find_style(self, name: str) -> StyleInfo:
        """Read the header of a style.

        Raises:
            JobError: No style has this name; the sentence has the nearest one.
            LimitError: No style can have this name.
            StyleError: The file is not a style.
        """
        if not name.strip():
            raise JobError("No style is chosen: choose one." if self.styles else _NO_STYLES)
        if not self.has_style(name):
            nearest = difflib.get_close_matches(name, self.styles, 1)
            hint = f"; did you mean “{nearest[0]}”?" if nearest else "."
            sentence = f"There is no style “{name}”{hint} There are: {', '.join(self.styles)}."
            raise JobError(sentence if self.styles else _NO_STYLES)
        return read_style_info(self.style_path(name))

    def read_style_bytes(self, name: str) -> bytes:
        """Return the checked content of a style's file; raise as `find_style` does."""
        self.find_style(name)
        return self._read_style_file(self.style_path(name))

    def name_of_hash(self, digest: str) -> str:
        """Return the name of the style with a hash; "" if there is none."""
        return next((name for name, info in self.styles.items() if info.hash == digest), "")

    def unused_name(self, name: str) -> str:
        """Return the name, with a number appended if a style has it already."""
        free, number = name, 2
        while self.has_style(free):
            free = f"{name[: LIMITS.style_name_characters - 4]} {number}"
            number += 1
        return free

    def save_style(self, name: str, data: bytes) -> StyleInfo:
        """Write a style atomically, replacing one of the same name.

        Raises:
            JobError: The name is that of the shipped style.
            LimitError: No style can have this name.
            StyleError: The data is not a style.
            WriteError: The file cannot be written.
        """
        self.check_not_shipped(name)
        info = parse_style_info(data, f"“{name}”")
        path = self.style_path(name)

        def write(part: Path) -> None:
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)

        write_atomically(path, write)
        self.refresh()
        return info

    def import_style(self, source: Path, name: str) -> StyleInfo:
        """Copy a file into the library; raise as `save_style` does."""
        return self.save_style(name, self._read_style_file(source))

    def delete_style(self, name: str) -> None:
        """Delete a style; raise JobError if it does not exist or cannot be deleted."""
        self.check_not_shipped(name)
        try:
            self.style_path(name).unlink()
        except FileNotFoundError as error:
            raise JobError(f"There is no style “{name}”.") from error
        except OSError as error:
            raise JobError(
                f"{self.style_path(name)} cannot be deleted: {error.strerror or error}."
            ) from error
        self.refresh()

    def check_not_shipped(self, name: str) -> None:
        """Raise JobError if the name is that of the shipped style."""
        if name == SHIPPED_STYLE:
            raise JobError(
                f"“{SHIPPED_STYLE}” comes with Anyframe and stays as it is: choose another name."
            )

    def _read_style_file(self, path: Path) -> bytes:
        try:
            if path.stat().st_size > LIMITS.style_bytes:
                raise JobError(
                    f"A style must have at most {LIMITS.style_bytes // 2**20} MB, and {path.name} "
                    "has more."
                )
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise JobError(f"There is no file {path}.") from error
        except OSError as error:
            raise JobError(f"{path} cannot be read: {error.strerror or error}.") from error
        parse_style_info(data, path.name)
        return data
