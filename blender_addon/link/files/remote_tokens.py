"""Tokens of remote backends, and permissions to connect to them without encryption.

They are stored by origin (scheme, host and port) in a file in the user's folder that only the user
can read, never in a .blend. So a token is only ever sent to the address it was entered for.
"""

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

_TOKEN, _UNENCRYPTED = "token", "unencrypted"


class RemoteTokens:
    """Entries by origin. Reads its file once and writes every change at once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.problem = ""
        """Why the last change was not saved, as a sentence; "" if it was."""

    def token_for(self, origin: str) -> str:
        """Return the token of an origin; "" if it has none."""
        return str(self._entries.get(origin, {}).get(_TOKEN, ""))

    def set_token(self, origin: str, token: str) -> None:
        """Save the token of an origin; "" deletes it."""
        self._set_value(origin, _TOKEN, token.strip())

    def is_unencrypted_allowed(self, origin: str) -> bool:
        """Return whether the user allows http:// for an origin."""
        return self._entries.get(origin, {}).get(_UNENCRYPTED) is True

    def allow_unencrypted(self, origin: str, allowed: bool) -> None:
        self._set_value(origin, _UNENCRYPTED, allowed)

    def forget_origin(self, origin: str) -> None:
        """Delete everything stored for an origin."""
        for name in (_TOKEN, _UNENCRYPTED):
            self._set_value(origin, name, "")

    def other_origins(self, origin: str) -> list[str]:
        """Return all stored origins but one."""
        return [name for name, entry in self._entries.items() if name != origin and entry]

    @cached_property
    def _entries(self) -> dict[str, dict[str, Any]]:
        return self._read_entries()

    def _set_value(self, origin: str, name: str, value: str | bool) -> None:
        if not origin:
            return
        # Another Blender may have written since.
        entries = self._entries | self._read_entries()
        entries[origin] = entries.get(origin, {}) | {name: value}
        entries[origin] = {key: value for key, value in entries[origin].items() if value}
        self._entries = {key: entry for key, entry in entries.items() if entry}
        new = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(self._entries, file, indent=2)
            new.replace(self._file)
        except OSError as error:
            self.problem = (
                f"The token is not saved for the next start, because {self._file} cannot be "
                f"written ({error.strerror or error})."
            )
        else:
            self.problem = ""

    def _read_entries(self) -> dict[str, dict[str, Any]]:
        try:
            entries = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            entries = None
        if not isinstance(entries, dict) or not all(
            isinstance(entry, dict) for entry in entries.values()
        ):
            self.problem = (
                f"The file with the tokens of other machines cannot be read ({self._file}): "
                "enter the token again."
            )
            return {}
        return entries
