"""Audio features as a control track: loudness, pitch and spectrum of speech, 30 times a second.

Log-mel bands and prosody need only numpy and are the default; `styles/wavlm.py` has features of a
network. Anyframe contains no weights that were trained on speech: a style is learnt from takes with
their sound.
"""

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
_MIN_FREQUENCY, _MAX_FREQUENCY = 60.0, 7600.0
"""Hz, range of the mel bands."""
_WINDOW_SECONDS = 0.05
"""Length of the window of a row."""
_PITCH_RANGE = (70.0, 400.0)
"""Hz, range of voices."""
_VOICED_THRESHOLD = 0.35
"""Autocorrelation above which a window has a pitch."""
_PEAK_FRACTION = 0.9
"""Fraction of the highest autocorrelation that the peak of the pitch has at least."""
_EPSILON = 1e-6


@dataclass(frozen=True)
class Sound:
    """Samples of one audio channel."""

    samples: Array
    """(N,) from -1 to 1."""
    rate: float
    """Samples per second."""

    @property
    def row_count(self) -> int:
        """Number of feature rows, the first at 0 s."""
        return int(len(self.samples) / self.rate * STYLE_FPS + 1e-6) + 1


class AudioFeatures(Protocol):
    """A method that computes features of a sound."""

    @property
    def columns(self) -> tuple[str, ...]: ...

    def extract(self, sound: Sound) -> Array:
        """Compute features (T, K), about 0 to 1, with T rows as `Sound.row_count`."""
        ...


def read_wav(path: Path) -> Sound:
    """Read an uncompressed ``.wav`` file and mix its channels.

    Raises:
        StyleError: The file does not exist or has another format.
    """
    try:
        with wave.open(str(path), "rb") as file:
            count, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            raw = file.readframes(file.getnframes())
    except FileNotFoundError as error:
        raise StyleError(f"There is no file {path}.") from error
    except (wave.Error, EOFError, OSError) as error:
        raise StyleError(
            f"{path.name} is no uncompressed .wav file: save the sound as PCM."
        ) from error
    raw = raw[: len(raw) // (width * count) * width * count]
    if not raw or not rate:
        raise StyleError(f"{path.name} holds no sound.")
    return Sound(_parse_pcm(raw, width).reshape(-1, count).mean(axis=1), float(rate))


def _parse_pcm(raw: bytes, width: int) -> Array:
    """PCM samples of 1 to 4 bytes as numbers from -1 to 1."""
    if width == 1:
        return (np.frombuffer(raw, np.uint8) - 128.0) / 128.0
    # Shift each sample to the top of 32 bits to extend its sign.
    padded = np.zeros((len(raw) // width, 4), np.uint8)
    padded[:, 4 - width :] = np.frombuffer(raw, np.uint8).reshape(-1, width)
    return padded.view("<i4")[:, 0] / 2.0**31


@dataclass(frozen=True)
class MelProsody:
    """Log-mel bands, loudness and its rise, pitch, and voicing."""

    bands: int = MEL_BANDS

    @property
    def columns(self) -> tuple[str, ...]:
        return (*(f"mel {n + 1}" for n in range(self.bands)), *PROSODY_COLUMNS)

    def extract(self, sound: Sound) -> Array:
        """Compute features (T, K) as `AudioFeatures` defines them."""
        windows = _windows(sound)
        tapered = windows * np.hanning(windows.shape[1])
        power = np.abs(np.fft.rfft(tapered, axis=1)) ** 2 / windows.shape[1]
        mel = np.log10(power @ _mel_filters(windows.shape[1], sound.rate, self.bands).T + _EPSILON)
        loudness = np.log10((windows**2).mean(axis=1) + _EPSILON)
        rise = np.gradient(loudness) if len(loudness) > 1 else np.zeros_like(loudness)
        pitch, voice = _pitch(windows, sound.rate)
        bottom = np.log10(_EPSILON)
        prosody = [1 - loudness / bottom, 0.5 + rise, pitch, voice]
        return np.column_stack([1 - mel / bottom, *prosody])


def _windows(sound: Sound) -> Array:
    """(T, W) samples around each row's time, zero beyond the ends."""
    size = max(round(_WINDOW_SECONDS * sound.rate), 8)
    padded = np.pad(sound.samples, size)
    first = (
        np.round(np.arange(sound.row_count) * (sound.rate / STYLE_FPS)).astype(int)
        + size
        - size // 2
    )
    return padded[np.minimum(first[:, None] + np.arange(size), len(padded) - 1)]


def _mel_filters(size: int, rate: float, bands: int) -> Array:
    """(bands, F) triangular filters on the mel scale."""
    lowest, highest = _mel(_MIN_FREQUENCY), _mel(min(_MAX_FREQUENCY, rate / 2))
    centres = 700 * (10 ** (np.linspace(lowest, highest, bands + 2) / 2595) - 1)
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    rising = (frequencies - centres[:-2, None]) / np.diff(centres)[:-1, None]
    falling = (centres[2:, None] - frequencies) / np.diff(centres)[1:, None]
    return np.clip(np.minimum(rising, falling), 0, None)


def _mel(hertz: float) -> float:
    return 2595 * math.log10(1 + hertz / 700)


def _pitch(windows: Array, rate: float) -> tuple[Array, Array]:
    """Pitch (T,) from 0 to 1 over its range in octaves, and voicing (T,), by autocorrelation.

    Unvoiced rows interpolate the pitch of their neighbours.
    """
    size = windows.shape[1]
    spectrum = np.fft.rfft(windows - windows.mean(axis=1, keepdims=True), 2 * size, axis=1)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, :size]
    # Autocorrelation relative to lag 0, corrected for the smaller overlap at longer lags.
    correlation = (
        correlation / np.maximum(correlation[:, :1], _EPSILON) * (size / np.arange(size, 0, -1))
    )
    shortest, longest = int(rate / _PITCH_RANGE[1]), min(int(rate / _PITCH_RANGE[0]), size // 2)
    part = correlation[:, shortest : longest + 1]
    # The first of similar peaks: two periods correlate as well as one.
    is_peak = (part[:, 1:-1] >= part[:, :-2]) & (part[:, 1:-1] >= part[:, 2:])
    peaks = np.pad(is_peak, [(0, 0), (1, 1)], constant_values=True)
    is_candidate = peaks & (part >= _PEAK_FRACTION * part.max(axis=1, keepdims=True))
    lag = shortest + is_candidate.argmax(axis=1)
    voice = np.clip(part.max(axis=1), 0, 1)
    octaves = np.log2(rate / lag / _PITCH_RANGE[0]) / np.log2(_PITCH_RANGE[1] / _PITCH_RANGE[0])
    voiced = np.flatnonzero(voice > _VOICED_THRESHOLD)
    if not len(voiced):
        return np.full(len(windows), 0.5), voice
    return np.clip(np.interp(np.arange(len(windows)), voiced, octaves[voiced]), 0, 1), voice
