"""MotionINR's weight file as it is read: decoder, codes, mixtures, what novelty is told from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..training.codes import SequenceCodes
from ..training.weight_files import (
    ASSETS,
    find_weights_folder,
    read_manifest,
    read_weights,
    strip_key_prefix,
    version_mismatch_error,
)
from .gmm import MixtureBin, MixtureSet
from .model import MotionInrConfig, MotionInrDecoder
from .novelty import KnownMotions

MOTIONINR_FILE = "motioninr.safetensors"
MOTIONINR_EXPORT = Path("runs/motioninr_export")
"""Where `train motioninr-export` writes unless told otherwise."""


@dataclass(frozen=True)
class ActionStats:
    """How much was learnt of an action."""

    label: str
    sequences: int
    """Mirrored ones among them."""
    captures: int
    """Different captures, mirror images not counted."""
    shortest: float
    """Seconds of the shortest sequence, and"""
    longest: float
    """of the longest;"""
    median: float
    """and of the one between."""


@dataclass(frozen=True)
class MotionInrWeights:
    """Everything that generation needs, in evaluation mode and fp32."""

    decoder: MotionInrDecoder
    action_codes: SequenceCodes
    mixtures: MixtureSet
    known_motions: KnownMotions
    actions: tuple[ActionStats, ...]
    """In the order of their codes."""
    digest: str
    """First 16 hexadecimal digits of the file's digest."""
    licence: str


def default_motioninr_folder() -> Path:
    """The folder of the weights in use: the assets, or what was exported last.

    Raises:
        WeightsError: if neither has them.
    """
    return find_weights_folder(
        MOTIONINR_FILE,
        MOTIONINR_EXPORT,
        "There are no weights of MotionINR: train them (`python -m backend train motioninr DATA`) "
        "and export them (`python -m backend train motioninr-export DATA`).",
    )


def load_motioninr(folder: Path = ASSETS) -> MotionInrWeights:
    """Load the weights.

    Raises:
        WeightsError: if the file is missing, cut short, of another version, or not the one the
            manifest lists.
    """
    manifest = read_manifest(folder)
    tensors, settings = read_weights(folder, MOTIONINR_FILE, manifest)
    try:
        decoder = MotionInrDecoder(MotionInrConfig.model_validate(settings["config"]))
        own = strip_key_prefix(tensors, "decoder/")
        decoder.load_state_dict({key: value.float() for key, value in own.items()})
        arrays = {
            key: value.double().numpy() if value.is_floating_point() else value.numpy()
            for key, value in strip_key_prefix(tensors, "mixtures/").items()
        }
        mixtures = MixtureSet(tuple(MixtureBin(**span) for span in settings["spans"]), **arrays)
        clips: list[str] = settings["clips"]
        known = KnownMotions(
            tensors["known/poses"].float().numpy(),
            tuple(clips[n] for n in tensors["known/clips"].tolist()),
            float(settings["typical"]),
        )
        return MotionInrWeights(
            decoder.eval().requires_grad_(False),
            SequenceCodes(tensors["actions/mean"].float(), tensors["actions/log_variance"].float()),
            mixtures,
            known,
            tuple(ActionStats(**data) for data in settings["actions"]),
            manifest[MOTIONINR_FILE]["sha256"][:16],
            manifest[MOTIONINR_FILE]["licence"],
        )
    except (ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        # The file is whole, but was written by a program whose networks are built otherwise.
        raise version_mismatch_error() from error
