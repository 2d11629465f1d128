"""Weight file of the network that corrects splines."""

from pathlib import Path

from ..training.weight_files import (
    ASSETS,
    load_network,
    read_manifest,
    read_run_state,
    read_weights,
    strip_key_prefix,
    version_mismatch_error,
    write_weights,
)
from .spline_network import InbetweenConfig, Inbetweener

INBETWEEN_FILE = "inbetween.safetensors"


def export_inbetween(run: Path, folder: Path, licence: str) -> None:
    """Write the weight file of a run and its entry in the folder's manifest.

    Raises:
        WeightsError: The folder holds no run.
    """
    tensors, state = read_run_state(run)
    settings, network = (
        {"config": state["settings"]["config"]},
        strip_key_prefix(tensors, "network/"),
    )
    write_weights(folder, INBETWEEN_FILE, network, settings, state, licence)


def load_inbetween(folder: Path = ASSETS) -> Inbetweener:
    """Load the network from a folder of weights.

    Raises:
        WeightsError: The file is missing, damaged or of another version.
    """
    tensors, settings = read_weights(folder, INBETWEEN_FILE, read_manifest(folder))
    try:
        config = InbetweenConfig.model_validate(settings["config"])
        return load_network(Inbetweener(config), tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise version_mismatch_error() from error
