"""Sound as a control track: how loud, how high and of which colour speech is, 30 times a second.

Log-mel bands and prosody need nothing but numpy and are the default. Any other features will do
that have rows at `RATE`: `wavlm.py` is one. No weights that were trained on speech come with
Anyframe; a style is learnt from takes and their sound first.
"""

from __future__ import annotations

import math
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .style_file import STYLE_FPS, StyleError

Array = NDArray[np.floating]

MEL_BANDS = 24
PROSODY_COLUMNS = ("loudness", "rise of loudness", "pitch", "voice")
_LOWEST, _HIGHEST = 60.0, 7600.0
"""Hz, of the mel bands."""
_WINDOW = 0.05
"""Seconds that a row looks at."""
_PITCHES = (70.0, 400.0)
"""Hz between which a voice is looked for."""
_VOICED = 0.35
"""Autocorrelation above which a sound has a pitch."""
_AS_HIGH = 0.9
"""Share of the highest autocorrelation that counts as being as high."""
_QUIET = 1e-6


@dataclass(frozen=True)
class Sound:
    """One channel of sound."""

    samples: Array
    """(N,) from -1 to 1."""
    rate: float
    """Samples per second."""

    @property
    def row_count(self) -> int:
        """Rows at `RATE`, the first at 0 s."""
        return int(len(self.samples) / self.rate * STYLE_FPS + 1e-6) + 1


class AudioFeatures(Protocol):
    """What makes a control track of a sound."""

    @property
    def columns(self) -> tuple[str, ...]:
        """What each column is."""
        ...

    def extract(self, sound: Sound) -> Array:
        """(T, K) at `RATE`, T as `Sound.frames` says, about 0 to 1."""
        ...


def read_wav(path: Path) -> Sound:
    """An uncompressed ``.wav`` file, its channels as one.

    Raises:
        StyleError: there is none, or it is of another kind.
    """
    try:
        with wave.open(str(path), "rb") as file:
            count, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            raw = file.readframes(file.getnframes())
    except FileNotFoundError as error:
        raise StyleError(f"There is no file {path}.") from error
    except (wave.Error, EOFError, OSError) as error:
        raise StyleError(
            f"{path.name} is no uncompressed .wav file: write the sound as PCM."
        ) from error
    raw = raw[: len(raw) // (width * count) * width * count]
    if not raw or not rate:
        raise StyleError(f"{path.name} holds no sound.")
    return Sound(_numbers(raw, width).reshape(-1, count).mean(axis=1), float(rate))


def _numbers(raw: bytes, width: int) -> Array:
    """PCM of 1 to 4 bytes as numbers from -1 to 1."""
    if width == 1:
        return (np.frombuffer(raw, np.uint8) - 128.0) / 128.0
    # The bytes of a sample go to the top of 32 bits, so that its sign is theirs.
    padded = np.zeros((len(raw) // width, 4), np.uint8)
    padded[:, 4 - width :] = np.frombuffer(raw, np.uint8).reshape(-1, width)
    return padded.view("<i4")[:, 0] / 2.0**31


@dataclass(frozen=True)
class MelProsody:
    """Log-mel bands, loudness and its rise, pitch, and how much voice there is."""

    bands: int = MEL_BANDS

    @property
    def columns(self) -> tuple[str, ...]:
        """As `Features` has it."""
        return (*(f"mel {n + 1}" for n in range(self.bands)), *PROSODY_COLUMNS)

    def extract(self, sound: Sound) -> Array:
        """As `Features` has it."""
        windows = _windows(sound)
        tapered = windows * np.hanning(windows.shape[1])
        power = np.abs(np.fft.rfft(tapered, axis=1)) ** 2 / windows.shape[1]
        mel = np.log10(power @ _mel_filters(windows.shape[1], sound.rate, self.bands).T + _QUIET)
        loudness = np.log10((windows**2).mean(axis=1) + _QUIET)
        rise = np.gradient(loudness) if len(loudness) > 1 else np.zeros_like(loudness)
        pitch, voice = _pitch(windows, sound.rate)
        bottom = np.log10(_QUIET)
        prosody = [1 - loudness / bottom, 0.5 + rise, pitch, voice]
        return np.column_stack([1 - mel / bottom, *prosody])


def _windows(sound: Sound) -> Array:
    """(T, W) samples about each row's moment, silence beyond the ends."""
    size = max(round(_WINDOW * sound.rate), 8)
    padded = np.pad(sound.samples, size)
    first = (
        np.round(np.arange(sound.row_count) * (sound.rate / STYLE_FPS)).astype(int)
        + size
        - size // 2
    )
    return padded[np.minimum(first[:, None] + np.arange(size), len(padded) - 1)]


def _mel_filters(size: int, rate: float, bands: int) -> Array:
    """(bands, F) triangles on the mel scale."""
    lowest, highest = _mel(_LOWEST), _mel(min(_HIGHEST, rate / 2))
    centres = 700 * (10 ** (np.linspace(lowest, highest, bands + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(size, 1 / rate)
    below = (hertz - centres[:-2, None]) / np.diff(centres)[:-1, None]
    above = (centres[2:, None] - hertz) / np.diff(centres)[1:, None]
    return np.clip(np.minimum(below, above), 0, None)


def _mel(hertz: float) -> float:
    return 2595 * math.log10(1 + hertz / 700)


def _pitch(windows: Array, rate: float) -> tuple[Array, Array]:
    """(T,) pitch from 0 to 1 over its range, in octaves, held where there is none; and voice."""
    size = windows.shape[1]
    spectrum = np.fft.rfft(windows - windows.mean(axis=1, keepdims=True), 2 * size, axis=1)
    echo = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, :size]
    # Fewer samples meet the later ones are: without this every pitch would seem high.
    echo = echo / np.maximum(echo[:, :1], _QUIET) * (size / np.arange(size, 0, -1))
    shortest, longest = int(rate / _PITCHES[1]), min(int(rate / _PITCHES[0]), size // 2)
    part = echo[:, shortest : longest + 1]
    # Of peaks about as high the first: two periods are as much alike as one.
    inner = (part[:, 1:-1] >= part[:, :-2]) & (part[:, 1:-1] >= part[:, 2:])
    peaks = np.pad(inner, [(0, 0), (1, 1)], constant_values=True)
    high = peaks & (part >= _AS_HIGH * part.max(axis=1, keepdims=True))
    lag = shortest + high.argmax(axis=1)
    voice = np.clip(part.max(axis=1), 0, 1)
    octaves = np.log2(rate / lag / _PITCHES[0]) / np.log2(_PITCHES[1] / _PITCHES[0])
    sure = np.flatnonzero(voice > _VOICED)
    if not len(sure):
        return np.full(len(windows), 0.5), voice
    return np.clip(np.interp(np.arange(len(windows)), sure, octaves[sure]), 0, 1), voice
