"""Addresses of remote backends, their tokens, and the checks before a token is sent."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from blender_addon.link.errors import BackendError
from blender_addon.link.files.remote_tokens import RemoteTokens
from blender_addon.link.http.remote import check_remote_backend, origin_of, parse_address


@pytest.mark.parametrize(
    ("text", "origin", "path"),
    [
        ("https://motion.example.com", "https://motion.example.com:443", ""),
        (" HTTPS://Motion.Example.COM/ ", "https://motion.example.com:443", ""),
        ("https://box:8443/anyframe/", "https://box:8443", "/anyframe"),
        ("http://192.0.2.7:5000", "http://192.0.2.7:5000", ""),
        ("http://box", "http://box:80", ""),
        ("https://[2001:db8::1]:9", "https://[2001:db8::1]:9", ""),
    ],
)
def test_parse_address_reads_origin_and_path(text: str, origin: str, path: str) -> None:
    address = parse_address(text)
    assert (address.origin, address.path, address.url) == (origin, path, origin + path)
    assert origin_of(text) == origin


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("motion.example.com", "must begin with https://"),
        ("box:8443", "must begin with https://"),
        ("ftp://box", "must begin with https://"),
        ("file:///etc/passwd", "must begin with https://"),
        ("https://", "must begin with https://"),
        ("https://box:port", "cannot be read"),
        ("https://box:99999", "cannot be read"),
        ("https://[::1", "cannot be read"),
        ("https://user:secret@box", "a path only"),
        ("https://box?token=x", "a path only"),
        ("https://box/#x", "a path only"),
        ("https://box/a b", "must not contain spaces"),
        ("https://box\\@evil", "spaces or backslashes"),
    ],
)
def test_parse_address_invalid_is_an_error(text: str, words: str) -> None:
    with pytest.raises(BackendError, match=words) as refused:
        parse_address(text)
    assert str(refused.value).endswith(".") and "secret" not in str(refused.value)
    assert origin_of(text) == ""


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("http://127.0.0.1:1", True), ("http://127.9.9.9", True), ("http://[::1]", True),
        ("http://localhost", True), ("http://localhost.evil.example", False),
        ("http://10.0.0.1", False), ("http://0.0.0.0", False), ("http://box", False),
    ],
)  # fmt: skip
def test_address_loopback_is_this_machine(text: str, ours: bool) -> None:
    assert parse_address(text).is_this_machine is ours


def refusal(text: str, token: str = "t" * 40, **more: object) -> str:
    """The sentence that a remote is refused with; "" if it is not."""
    try:
        remote = check_remote_backend(text, token, **more)
    except BackendError as error:
        return str(error)
    assert token not in repr(remote), "a token must not get into a traceback"
    return ""


def test_check_remote_unencrypted_needs_permission() -> None:
    assert "anybody between here" in refusal("http://box")
    assert refusal("http://box", allow_unencrypted=True) == ""
    assert refusal("http://127.0.0.1:5") == ""
    assert refusal("https://box") == ""


def test_check_remote_offline_allows_this_machine_only() -> None:
    for text in ("https://box", "http://10.0.0.1"):
        assert "allow online access" in refusal(text, is_online=False, allow_unencrypted=True)
    assert refusal("https://127.0.0.1", is_online=False) == ""


def test_check_remote_bad_token_or_certificate_is_refused(tmp_path: Path) -> None:
    assert "no token for https://box:443" in refusal("https://box", token="")
    for token in ("two words", "line\nbreak", "\u00fc" * 40):
        assert "must consist of ASCII" in refusal("https://box", token)
    missing = str(tmp_path / "ca.pem")
    assert f"no file {missing}" in refusal("https://box", certificate=missing)
    Path(missing).touch()
    assert refusal("https://box", certificate=missing) == ""


def test_remote_tokens_are_separate_by_origin(tmp_path: Path) -> None:
    file = tmp_path / "new" / "addresses.json"
    tokens = RemoteTokens(file)
    tokens.set_token("https://a:443", " secret-a ")
    tokens.allow_unencrypted("http://a:80", True)
    for near in ("http://a:443", "https://a:8443", "https://b:443", "https://a.b:443", ""):
        assert tokens.token_for(near) == "" and not tokens.is_unencrypted_allowed(near)
    again = RemoteTokens(file)
    assert again.token_for("https://a:443") == "secret-a"
    assert again.is_unencrypted_allowed("http://a:80") and not again.is_unencrypted_allowed(
        "https://a:443"
    )
    assert again.other_origins("https://a:443") == ["http://a:80"]
    again.forget_origin("http://a:80")
    again.set_token("https://a:443", "")
    assert json.loads(file.read_text()) == {}


def test_remote_tokens_without_origin_save_nothing(tmp_path: Path) -> None:
    file = tmp_path / "addresses.json"
    RemoteTokens(file).set_token("", "secret")
    assert not file.exists()


def test_remote_tokens_of_two_blenders_are_merged(tmp_path: Path) -> None:
    first, second = (RemoteTokens(tmp_path / "addresses.json") for _ in range(2))
    assert (first.token_for("https://a:443"), second.token_for("https://a:443")) == ("", "")
    first.set_token("https://a:443", "one")
    second.set_token("https://b:443", "two")
    again = RemoteTokens(tmp_path / "addresses.json")
    assert (again.token_for("https://a:443"), again.token_for("https://b:443")) == ("one", "two")


@pytest.mark.skipif(sys.platform == "win32", reason="Permissions of POSIX")
def test_remote_tokens_file_is_readable_by_the_user_only(tmp_path: Path) -> None:
    file = tmp_path / "addresses.json"
    before = os.umask(0)
    try:
        RemoteTokens(file).set_token("https://a:443", "secret")
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["addresses.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"https://a:443": "x"}', "\ufffd"])
def test_remote_tokens_damaged_file_is_reported_and_replaced(tmp_path: Path, text: str) -> None:
    file = tmp_path / "addresses.json"
    file.write_text(text, encoding="utf-8")
    tokens = RemoteTokens(file)
    assert tokens.token_for("https://a:443") == ""
    assert "enter the token again" in tokens.problem
    tokens.set_token("https://a:443", "new")
    assert tokens.problem == ""
    assert RemoteTokens(file).token_for("https://a:443") == "new"


def test_remote_tokens_unwritable_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    tokens = RemoteTokens(tmp_path / "file" / "addresses.json")
    tokens.set_token("https://a:443", "secret")
    assert tokens.token_for("https://a:443") == "secret", "it serves until Blender ends"
    assert "not saved for the next start" in tokens.problem and "secret" not in tokens.problem
