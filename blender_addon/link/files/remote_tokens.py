"""What is known of each remote backend and belongs to it alone: its token, above all.

Kept in a file of the user's folder that only the user can read, never in a .blend, and by origin
(scheme, host and port): another address has another entry, so its field is empty until something is
typed there, and with the old address the old entry is back.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_TOKEN, _UNENCRYPTED = "token", "unencrypted"


class RemoteTokens:
    """Entries by origin. Reads its file once, and writes each change at once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._cached_entries: dict[str, dict[str, Any]] | None = None
        self.problem = ""
        """Why the last change is not kept, as a sentence; "" if it is."""

    def token_for(self, origin: str) -> str:
        """What this origin expects; "" if nothing is known of it."""
        return str(self._entry(origin).get(_TOKEN, ""))

    def set_token(self, origin: str, token: str) -> None:
        """Keep the token of an origin; "" forgets it."""
        self._set_value(origin, _TOKEN, token.strip())

    def is_unencrypted_allowed(self, origin: str) -> bool:
        """Whether the user allows to speak with this origin over http://."""
        return self._entry(origin).get(_UNENCRYPTED) is True

    def allow_unencrypted(self, origin: str, allowed: bool) -> None:
        """Keep whether that is allowed."""
        self._set_value(origin, _UNENCRYPTED, allowed)

    def forget_origin(self, origin: str) -> None:
        """Remove all that is known of an origin."""
        for name in (_TOKEN, _UNENCRYPTED):
            self._set_value(origin, name, "")

    def other_origins(self, origin: str) -> list[str]:
        """The other origins that a token is kept of."""
        return [name for name, entry in self._entries().items() if name != origin and entry]

    def _entry(self, origin: str) -> dict[str, Any]:
        return self._entries().get(origin, {})

    def _entries(self) -> dict[str, dict[str, Any]]:
        if self._cached_entries is None:
            self._cached_entries = self._read_entries()
        return self._cached_entries

    def _set_value(self, origin: str, name: str, value: str | bool) -> None:
        if not origin:
            return  # there is no address that it could belong to
        # Another Blender may have written since.
        self._cached_entries = known = {**self._entries(), **self._read_entries()}
        entry = {**known.get(origin, {}), name: value}
        known[origin] = {key: value for key, value in entry.items() if value}
        if not known[origin]:
            del known[origin]
        self._write_entries()

    def _read_entries(self) -> dict[str, dict[str, Any]]:
        try:
            said = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            said = None
        if not isinstance(said, dict) or not all(isinstance(e, dict) for e in said.values()):
            self.problem = (
                f"The file with the tokens of other machines cannot be read ({self._file}): "
                "enter the token again."
            )
            return {}
        return said

    def _write_entries(self) -> None:
        new = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(self._cached_entries, file, indent=2)
            new.replace(self._file)
        except OSError as error:
            self.problem = (
                f"The token is not kept for the next start, because {self._file} cannot be "
                f"written ({error.strerror or error})."
            )
        else:
            self.problem = ""
