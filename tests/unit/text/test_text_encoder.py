"""The cache of the text encoder."""

import pytest
import torch

from backend.text.encoder import TextEncoder


def test_encode_of_same_prompts_is_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = TextEncoder()
    read: list[tuple[str, ...]] = []
    encode = encoder._encode

    def count(prompts: tuple[str, ...]) -> object:
        read.append(prompts)
        return encode(prompts)

    monkeypatch.setattr(encoder, "_encode", count)
    first = encoder.encode(["A person walks."])
    again = encoder.encode(["a person  walks"])
    other = encoder.encode(["a person runs"])
    back = encoder.encode(["A person walks."])
    assert read == [("a person walks",), ("a person runs",), ("a person walks",)]
    assert again is first
    torch.testing.assert_close(back.tokens, first.tokens)
    assert not torch.equal(other.tokens, first.tokens)
