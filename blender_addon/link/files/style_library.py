"""The styles of this user, a file each, and the one that ships with the add-on."""

from __future__ import annotations

import difflib
from contextlib import suppress
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
"""What the style that ships is called; no other can be."""
SHIPPED_FILE = "style.safetensors"

_NO_STYLES = "There are no styles yet: learn one in the panel Learn, or import one."


class StyleLibrary:
    """A folder of styles. What it holds is read once, and again when it changes here."""

    def __init__(self, folder: Path, shipped: Path) -> None:
        """Nothing is read yet.

        Args:
            folder: of the user's styles; made when something is put there.
            shipped: file of the one that ships, which need not be there.
        """
        self._folder, self._shipped = folder, shipped
        self._cached_styles: dict[str, StyleInfo] | None = None

    @property
    def styles(self) -> dict[str, StyleInfo]:
        """All styles that can be read, by name; quick enough for a draw function."""
        if self._cached_styles is None:
            self._cached_styles = self._scan_folder()
        return self._cached_styles

    def resolve_name(self, name: str) -> str:
        """The style of this name; without one the one that ships, or "" if none does."""
        return name or (SHIPPED_STYLE if SHIPPED_STYLE in self.styles else "")

    def refresh(self) -> None:
        """Read the folder anew when it is next asked for."""
        self._cached_styles = None

    def style_path(self, name: str) -> Path:
        """The file of a style, also if there is none.

        Raises:
            LimitError: no style can be called this.
        """
        if name == SHIPPED_STYLE:
            return self._shipped
        check_style_name(name)
        return self._folder / f"{name}{STYLE_SUFFIX}"

    def has_style(self, name: str) -> bool:
        """Whether there is a file of this name; LimitError if it cannot be one."""
        return self.style_path(name).is_file()

    def find_style(self, name: str) -> StyleInfo:
        """What a style's file tells; JobError with the nearest name if there is none.

        Raises:
            LimitError, StyleError: the name cannot be one, or the file is none.
        """
        if not name.strip():
            raise JobError("No style is chosen: choose one." if self.styles else _NO_STYLES)
        if not self.has_style(name):
            near = difflib.get_close_matches(name, self.styles, 1)
            meant = f"; did you mean “{near[0]}”?" if near else "."
            sentence = f"There is no style “{name}”{meant} There are: {', '.join(self.styles)}."
            raise JobError(sentence if self.styles else _NO_STYLES)
        return read_style_info(self.style_path(name))

    def read_style_bytes(self, name: str) -> bytes:
        """The content of a style's file, found whole.

        Raises:
            JobError, LimitError, StyleError: as `facts`, or the file is damaged.
        """
        self.find_style(name)
        return self._read_style_file(self.style_path(name))

    def name_of_hash(self, digest: str) -> str:
        """The name of the style with this hash; "" if there is none."""
        return next((name for name, facts in self.styles.items() if facts.hash == digest), "")

    def unused_name(self, name: str) -> str:
        """This name, or one with a number behind it if there is such a style already."""
        free, number = name, 2
        while self.has_style(free):
            free = f"{name[: LIMITS.style_name_characters - 4]} {number}"
            number += 1
        return free

    def save_style(self, name: str, data: bytes) -> StyleInfo:
        """Write a style, whole or not at all, over one of this name.

        Raises:
            StyleError: the content is no style.
            LimitError, WriteError: it cannot be called this, or not be written.
        """
        self.check_not_shipped(name)
        facts = parse_style_info(data, f"“{name}”")
        path = self.style_path(name)

        def write(part: Path) -> None:
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)

        write_atomically(path, write)
        self.refresh()
        return facts

    def import_style(self, source: Path, name: str) -> StyleInfo:
        """Put a file here that came from elsewhere; raises as `put`."""
        return self.save_style(name, self._read_style_file(source))

    def delete_style(self, name: str) -> None:
        """Delete a style's file; JobError if there is none or it cannot be."""
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
        """Raise JobError if this is the name of the style that ships."""
        if name == SHIPPED_STYLE:
            raise JobError(
                f"“{SHIPPED_STYLE}” comes with Anyframe and stays as it is: choose a name."
            )

    def _read_style_file(self, path: Path) -> bytes:
        try:
            if path.stat().st_size > LIMITS.style_bytes:
                raise JobError(
                    f"{path.name} has more than {LIMITS.style_bytes // 2**20} MB, which is the "
                    "limit for a style."
                )
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise JobError(f"There is no file {path}.") from error
        except OSError as error:
            raise JobError(f"{path} cannot be read: {error.strerror or error}.") from error
        parse_style_info(data, path.name)
        return data

    def _scan_folder(self) -> dict[str, StyleInfo]:
        found: dict[str, StyleInfo] = {}
        files = {SHIPPED_STYLE: self._shipped}
        with suppress(OSError):
            own = sorted(self._folder.glob(f"*{STYLE_SUFFIX}"))
            files |= {path.stem: path for path in own if not path.name.startswith(".")}
        for name, path in files.items():
            with suppress(StyleError):
                found[name] = read_style_info(path)
        return found
