"""Sounds that tests make for themselves, and what hears them."""

import wave
from pathlib import Path

import numpy as np

from backend.protocol.audio_features import Sound


def tone(hertz: float, seconds: float = 1.0, rate: float = 16_000, size: float = 0.5) -> Sound:
    """A buzz with overtones, as a voice has."""
    times = np.arange(round(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * n * hertz * times) / n for n in range(1, 6))
    return Sound(size * wave / np.abs(wave).max(), rate)


def write(path: Path, samples: np.ndarray, width: int = 2, rate: int = 16_000) -> None:
    """(N, channels) from -1 to 1 as PCM."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        whole = np.round(samples * (2.0 ** (8 * width - 1) - 1)).astype("<i8")
        if width == 1:
            whole = whole + 128
        file.writeframes(whole[..., None].view(np.uint8)[..., :width].tobytes())


def tiny_wavlm(folder: Path, columns: int = 16) -> None:
    """A WavLM model of random weights."""
    from transformers import WavLMConfig, WavLMModel

    config = WavLMConfig(
        hidden_size=columns, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        conv_dim=(8,) * 7, num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=2,
    )  # fmt: skip
    WavLMModel(config).save_pretrained(folder)
