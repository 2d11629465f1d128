"""Files in the user's folder, as version 0.1.0 wrote them, are read."""

import json
from dataclasses import asdict
from pathlib import Path

from blender_addon.link.files.remote_tokens import RemoteTokens
from blender_addon.link.setup.environments import read_stamp

ADDRESSES = (
    '{"https://motion.example.com:443": {"token": "secret"}, "http://box:8750": '
    '{"token": "other", "unencrypted": true}}'
)
STAMP = {
    "folder": "/home/user/env1",
    "requirements": "0123456789abcdef",
    "accelerator": "CUDA",
    "python": "3.11.7",
    "torch": "2.13.0+cu126",
    "device": "NVIDIA H200",
    "size": 6500000000,
}


def test_address_book_of_first_version_read_has_its_tokens(tmp_path: Path) -> None:
    file = tmp_path / "addresses.json"
    file.write_text(ADDRESSES, encoding="utf-8")
    book = RemoteTokens(file)
    assert book.token_for("https://motion.example.com:443") == "secret"
    assert not book.is_unencrypted_allowed("https://motion.example.com:443")
    assert book.token_for("http://box:8750") == "other"
    assert book.is_unencrypted_allowed("http://box:8750")
    assert book.problem == ""


def test_stamp_of_first_version_read_has_all_facts(tmp_path: Path) -> None:
    (tmp_path / ".version").write_text(json.dumps(STAMP), encoding="utf-8")
    facts = read_stamp(tmp_path)
    assert facts is not None
    assert facts.folder == Path(str(STAMP["folder"]))
    saved = {**asdict(facts), "folder": facts.folder.as_posix()}
    assert sorted(map(str, saved.values())) == sorted(map(str, STAMP.values()))
