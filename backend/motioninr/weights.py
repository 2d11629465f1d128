"""Read MotionINR's weight file: decoder, codes, mixtures and known motions."""

from dataclasses import dataclass
from pathlib import Path

from ..training.codes import SequenceCodes
from ..training.weight_files import (
    ASSETS,
    find_weights_folder,
    load_network,
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
"""Default folder of `train motioninr-export`."""


@dataclass(frozen=True)
class ActionStats:
    """Training data of a label."""

    label: str
    sequences: int
    """Number of sequences, with mirrored ones."""
    captures: int
    """Number of different captures, without mirrored ones."""
    shortest: float
    """Seconds of the shortest sequence."""
    longest: float
    """Seconds of the longest sequence."""
    median: float
    """Median length in seconds."""


@dataclass(frozen=True)
class MotionInrWeights:
    """The content of a weight file, in evaluation mode and fp32."""

    decoder: MotionInrDecoder
    action_codes: SequenceCodes
    mixtures: MixtureSet
    known_motions: KnownMotions
    actions: tuple[ActionStats, ...]
    """Training data of each label, in the order of their codes."""
    digest: str
    """First 16 hexadecimal digits of the file's SHA-256."""
    licence: str


def default_motioninr_folder() -> Path:
    """Return the assets, or the default export folder, whichever has the weights.

    Raises:
        WeightsError: neither has them.
    """
    return find_weights_folder(
        MOTIONINR_FILE,
        MOTIONINR_EXPORT,
        "MotionINR needs weights, but there are none: train them (`python -m backend train "
        "motioninr DATA`) and export them (`python -m backend train motioninr-export DATA`).",
    )


def load_motioninr(folder: Path = ASSETS) -> MotionInrWeights:
    """Load the weights.

    Raises:
        WeightsError: the file is missing, damaged, of another version, or not the one that the
            manifest lists.
    """
    manifest = read_manifest(folder)
    tensors, settings = read_weights(folder, MOTIONINR_FILE, manifest)
    try:
        decoder = MotionInrDecoder(MotionInrConfig.model_validate(settings["config"]))
        arrays = {
            key: value.double().numpy() if value.is_floating_point() else value.numpy()
            for key, value in strip_key_prefix(tensors, "mixtures/").items()
        }
        mixtures = MixtureSet(tuple(MixtureBin(**stored) for stored in settings["spans"]), **arrays)
        clips: list[str] = settings["clips"]
        known = KnownMotions(
            tensors["known/poses"].float().numpy(),
            tuple(clips[n] for n in tensors["known/clips"].tolist()),
            float(settings["typical"]),
        )
        return MotionInrWeights(
            load_network(decoder, strip_key_prefix(tensors, "decoder/")),
            SequenceCodes(tensors["actions/mean"].float(), tensors["actions/log_variance"].float()),
            mixtures,
            known,
            tuple(ActionStats(**data) for data in settings["actions"]),
            manifest[MOTIONINR_FILE]["sha256"][:16],
            manifest[MOTIONINR_FILE]["licence"],
        )
    except (ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        # The digest is right, so another version of the networks wrote the file.
        raise version_mismatch_error() from error
