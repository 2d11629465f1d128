"""What `tests.support.interfaces` notices."""

from typing import Any

import pytest

from tests.support.interfaces import missing

BEFORE = {
    "run": {
        "options": {"--fps": {"required": False, "default": 30.0, "choices": ["a", "b"]}},
        "arguments": [{"required": True}],
        "replies": {"id": {"required": True}},
    }
}


def changed(**changes: Any) -> dict[str, Any]:
    return {"run": {**BEFORE["run"], **changes}}


def option(**changes: Any) -> dict[str, Any]:
    option = {**BEFORE["run"]["options"]["--fps"], **changes}
    return changed(options={"--fps": option})


@pytest.mark.parametrize(
    "now",
    [
        BEFORE,
        {**BEFORE, "walk": {}},
        option(choices=["c", "b", "a"]),
        option(default=30, hidden=True),
        changed(arguments=[{"required": False}]),
    ],
)
def test_missing_with_more_than_before_is_empty(now: dict[str, Any]) -> None:
    assert not list(missing(BEFORE, now))


@pytest.mark.parametrize(
    ("now", "word"),
    [
        ({}, "run is gone"),
        (changed(options={}), "--fps is gone"),
        (option(choices=["a"]), "lack"),
        (option(default=24.0), "24.0 and not 30.0"),
        (option(required=True), "no longer be left out"),
        (changed(arguments=[]), "arguments"),
        (changed(replies={"id": {"required": False}}), "False and not True"),
    ],
)
def test_missing_with_less_than_before_lists_them(now: dict[str, Any], word: str) -> None:
    (sentence,) = missing(BEFORE, now)
    assert word in sentence
