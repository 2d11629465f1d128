"""WavLM's hidden states as audio features, with weights that the user has on disk."""

from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError

from ..kinematics.math.rotations import Array
from ..protocol.audio_features import Sound
from ..protocol.style_file import STYLE_FPS, StyleError
from .pyramid import interpolate_columns

_SAMPLE_RATE = 16_000
"""Samples per second that WavLM expects."""
_STDS_PER_UNIT = 6.0
"""Standard deviations of a column that are mapped to the range from 0 to 1."""


class WavLm:
    """A WavLM model in a local folder, as `AudioFeatures`; nothing is downloaded."""

    def __init__(self, folder: Path) -> None:
        """Read the model; StyleError if the folder holds none."""
        if not (folder / "config.json").is_file():
            raise StyleError(
                f"A WavLM folder must hold config.json and weights, but {folder} does not."
            )
        from transformers import AutoModel  # takes seconds
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            self._model = AutoModel.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, use_safetensors=True
            ).eval()
            self._size = int(self._model.config.hidden_size)
        except (OSError, ValueError, KeyError, AttributeError, SafetensorError) as error:
            raise StyleError(
                f"{folder} must hold a WavLM model with weights in .safetensors, but it cannot be "
                "read as one."
            ) from error

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(f"WavLM {n + 1}" for n in range(self._size))

    @torch.inference_mode()
    def extract(self, sound: Sound) -> Array:
        seconds = len(sound.samples) / sound.rate
        positions = np.arange(round(seconds * _SAMPLE_RATE)) * (sound.rate / _SAMPLE_RATE)
        samples = np.interp(positions, np.arange(len(sound.samples)), sound.samples)
        samples = (samples - samples.mean()) / max(float(samples.std()), 1e-7)
        states = self._model(torch.from_numpy(samples).float()[None]).last_hidden_state[0]
        rows = states.double().numpy()
        centres = (np.arange(len(rows)) + 0.5) * (seconds / len(rows))
        times = np.arange(sound.row_count) / STYLE_FPS
        track = interpolate_columns(times, centres, rows)
        std = np.maximum(track.std(axis=0), 1e-6)
        return 0.5 + (track - track.mean(axis=0)) / (_STDS_PER_UNIT * std)
