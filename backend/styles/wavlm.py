"""WavLM's features as a control track: a plug-in, whose weights the user has on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError

from ..kinematics.math.rotations import Array
from ..protocol.audio_features import Sound
from .errors import StyleError
from .skeleton_graph import STYLE_FPS

_SAMPLE_RATE = 16_000
"""Samples per second that WavLM hears."""
_STDS_PER_UNIT = 6.0
"""Spreads of a column that come to lie between 0 and 1."""


class WavLm:
    """The last hidden states of a WavLM model in a local folder; nothing is downloaded."""

    def __init__(self, folder: Path) -> None:
        """Read the model.

        Raises:
            StyleError: the folder holds none that can be read.
        """
        if not (folder / "config.json").is_file():
            raise StyleError(
                f"{folder} holds no WavLM model: name a folder with its config.json and weights."
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
                f"The model in {folder} cannot be read as WavLM with weights in .safetensors."
            ) from error

    @property
    def columns(self) -> tuple[str, ...]:
        """As `speech.Features` has it."""
        return tuple(f"WavLM {n + 1}" for n in range(self._size))

    @torch.inference_mode()
    def extract(self, sound: Sound) -> Array:
        """As `speech.Features` has it."""
        seconds = len(sound.samples) / sound.rate
        places = np.arange(round(seconds * _SAMPLE_RATE)) * (sound.rate / _SAMPLE_RATE)
        heard = np.interp(places, np.arange(len(sound.samples)), sound.samples)
        heard = (heard - heard.mean()) / max(float(heard.std()), 1e-7)
        states = self._model(torch.from_numpy(heard).float()[None]).last_hidden_state[0]
        rows = states.double().numpy()
        middle = (np.arange(len(rows)) + 0.5) * (seconds / len(rows))
        times = np.arange(sound.row_count) / STYLE_FPS
        track = np.stack([np.interp(times, middle, column) for column in rows.T], axis=1)
        spread = np.maximum(track.std(axis=0), 1e-6)
        return 0.5 + (track - track.mean(axis=0)) / (_STDS_PER_UNIT * spread)
