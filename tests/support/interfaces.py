"""What version 0.1.0 published, in tests/data/interfaces.json: later versions keep all of it.

New names may come beside the old ones, and an old name may be a hidden alias of a new one.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PUBLISHED = Path(__file__).parents[1] / "data" / "interfaces.json"
_SETS = frozenset({"choices", "names"})
"""Lists whose order says nothing, and which may have more in them."""
_CLOSE = 1e-6


def published(part: str) -> Any:
    """A part of what was published: operators, data, panels, service or commands."""
    return json.loads(PUBLISHED.read_text(encoding="utf-8"))[part]


def missing(before: Any, now: Any, where: str = "") -> Iterator[str]:
    """Sentences on what was published before and is not there now, or is another."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key, value in before.items():
            place = f"{where} {key}".strip()
            if key not in now:
                yield f"{place} is gone."
            elif key in _SETS:
                gone = [one for one in value if one not in now[key]]
                if gone:
                    yield f"{place} lack {gone}."
            elif key == "required" and "replies" not in where.split():
                if now[key] and not value:
                    yield f"{place}: it can no longer be left out."
            else:
                yield from missing(value, now[key], place)
    elif isinstance(before, list) and isinstance(now, list):
        if len(before) != len(now):
            yield f"{where} is {now} and not {before}."
        for n, (one, other) in enumerate(zip(before, now, strict=False)):
            yield from missing(one, other, f"{where}[{n}]")
    elif not _same(before, now):
        yield f"{where} is {now!r} and not {before!r}."


def _same(before: Any, now: Any) -> bool:
    numbers = (int, float)
    if type(before) in numbers and type(now) in numbers:
        return math.isclose(before, now, rel_tol=_CLOSE, abs_tol=_CLOSE)
    return type(before) is type(now) and before == now
