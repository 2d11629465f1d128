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

SHIPPED = "Shipped Style"
"""What the style that ships is called; no other can be."""
SHIPPED_FILE = "style.safetensors"

_NO_STYLES = "There are no styles yet: learn one in the panel Learn, or import one."


class StyleShelf:
    """A folder of styles. What it holds is read once, and again when it changes here."""

    def __init__(self, folder: Path, shipped: Path) -> None:
        """Nothing is read yet.

        Args:
            folder: of the user's styles; made when something is put there.
            shipped: file of the one that ships, which need not be there.
        """
        self._folder, self._shipped = folder, shipped
        self._known: dict[str, StyleInfo] | None = None

    @property
    def known(self) -> dict[str, StyleInfo]:
        """All styles that can be read, by name; quick enough for a draw function."""
        if self._known is None:
            self._known = self._read()
        return self._known

    def meant(self, name: str) -> str:
        """The style of this name; without one the one that ships, or "" if none does."""
        return name or (SHIPPED if SHIPPED in self.known else "")

    def look_again(self) -> None:
        """Read the folder anew when it is next asked for."""
        self._known = None

    def path(self, name: str) -> Path:
        """The file of a style, also if there is none.

        Raises:
            LimitError: no style can be called this.
        """
        if name == SHIPPED:
            return self._shipped
        check_style_name(name)
        return self._folder / f"{name}{STYLE_SUFFIX}"

    def has(self, name: str) -> bool:
        """Whether there is a file of this name; LimitError if it cannot be one."""
        return self.path(name).is_file()

    def facts(self, name: str) -> StyleInfo:
        """What a style's file tells; JobError with the nearest name if there is none.

        Raises:
            LimitError, StyleError: the name cannot be one, or the file is none.
        """
        if not name.strip():
            raise JobError("No style is chosen: choose one." if self.known else _NO_STYLES)
        if not self.has(name):
            near = difflib.get_close_matches(name, self.known, 1)
            meant = f"; did you mean “{near[0]}”?" if near else "."
            sentence = f"There is no style “{name}”{meant} There are: {', '.join(self.known)}."
            raise JobError(sentence if self.known else _NO_STYLES)
        return read_style_info(self.path(name))

    def read(self, name: str) -> bytes:
        """The content of a style's file, found whole.

        Raises:
            JobError, LimitError, StyleError: as `facts`, or the file is damaged.
        """
        self.facts(name)
        return self._content(self.path(name))

    def named_by(self, digest: str) -> str:
        """The name of the style with this hash; "" if there is none."""
        return next((name for name, facts in self.known.items() if facts.hash == digest), "")

    def free_name(self, name: str) -> str:
        """This name, or one with a number behind it if there is such a style already."""
        free, number = name, 2
        while self.has(free):
            free = f"{name[: LIMITS.style_name_characters - 4]} {number}"
            number += 1
        return free

    def put(self, name: str, data: bytes) -> StyleInfo:
        """Write a style, whole or not at all, over one of this name.

        Raises:
            StyleError: the content is no style.
            LimitError, WriteError: it cannot be called this, or not be written.
        """
        self.check_own(name)
        facts = parse_style_info(data, f"“{name}”")
        path = self.path(name)

        def write(part: Path) -> None:
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)

        write_atomically(path, write)
        self.look_again()
        return facts

    def take_in(self, source: Path, name: str) -> StyleInfo:
        """Put a file here that came from elsewhere; raises as `put`."""
        return self.put(name, self._content(source))

    def remove(self, name: str) -> None:
        """Delete a style's file; JobError if there is none or it cannot be."""
        self.check_own(name)
        try:
            self.path(name).unlink()
        except FileNotFoundError as error:
            raise JobError(f"There is no style “{name}”.") from error
        except OSError as error:
            raise JobError(
                f"{self.path(name)} cannot be deleted: {error.strerror or error}."
            ) from error
        self.look_again()

    def check_own(self, name: str) -> None:
        """Raise JobError if this is the name of the style that ships."""
        if name == SHIPPED:
            raise JobError(f"“{SHIPPED}” comes with Anyframe and stays as it is: choose a name.")

    def _content(self, path: Path) -> bytes:
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

    def _read(self) -> dict[str, StyleInfo]:
        found: dict[str, StyleInfo] = {}
        files = {SHIPPED: self._shipped}
        with suppress(OSError):
            own = sorted(self._folder.glob(f"*{STYLE_SUFFIX}"))
            files |= {path.stem: path for path in own if not path.name.startswith(".")}
        for name, path in files.items():
            with suppress(StyleError):
                found[name] = read_style_info(path)
        return found
