"""The models that are installed: whose motion is whose, and how a take tells of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ...motioninr.sampler import MotionInrSampler as ActionSampler
from ...motioninr.weights import MOTIONINR_FILE, load_motioninr
from ...playback.clip import MotionClip
from ...training.weight_files import WeightsError
from ..schema.replies import LabelInfo, ModelInfo
from .action_labels import check_action_label, missing_label_model_error
from .candidates import GeneratedCandidate
from .devices import device_name
from .interface import EngineError
from .latents import Latent, chained_latent_from_dict, check_weights_hash, latent_from_dict
from .ranking import CandidateScore, candidate_seed

if TYPE_CHECKING:
    from ...kinematics.body.take import Take
    from ...nerm.sampler import NermSampler
    from ..schema.requests import Block


class ModelRegistry:
    """NeRM, and MotionINR where its weights are."""

    def __init__(self, nerm: NermSampler, assets: Path) -> None:
        """Loads what lies in `assets`; EngineError if a file there is damaged."""
        self.nerm = nerm
        self._motioninr: ActionSampler | None = None
        if (assets / MOTIONINR_FILE).is_file():
            try:
                self._motioninr = ActionSampler(load_motioninr(assets), nerm.device)
            except WeightsError as error:
                raise EngineError(str(error)) from error

    @property
    def motioninr(self) -> ActionSampler:
        """MotionINR; EngineError if its weights are not there."""
        if self._motioninr is None:
            raise missing_label_model_error()
        return self._motioninr

    def list_models(self) -> list[ModelInfo]:
        """NeRM first."""
        weights, device = self.nerm.weights, device_name(self.nerm.device)
        found = [
            ModelInfo(
                "nerm",
                weights.digest,
                weights.licence,
                list(self.nerm.action_labels),
                device=device,
            )
        ]
        if self._motioninr is not None:
            own = self._motioninr.weights
            data = {
                one.label: LabelInfo(one.captures, one.shortest, one.longest, one.median)
                for one in own.actions
            }
            found.append(ModelInfo("motioninr", own.digest, own.licence, list(data), device, data))
        return found

    def check_model_label(self, model: str, action: str | None) -> None:
        """Raise EngineError unless a model knows an action, or none is asked for."""
        known = self.motioninr.known_labels if model == "motioninr" else self.nerm.action_labels
        check_action_label(action, known)

    def weights_metadata(self, blocks: Sequence[Block] = ()) -> dict[str, Any]:
        """What a take says of the weights that made it; NeRM's unless all is by action."""
        if blocks and all(block.model == "motioninr" for block in blocks):
            return self.motioninr.model_metadata()
        weights = self.nerm.weights
        return {"model": "nerm", "hash": weights.digest, "licence": weights.licence}

    def check_take_weights(self, info: Mapping[str, Any]) -> None:
        """Raise EngineError unless the weights that made a take are these."""
        made_by = self.motioninr.weights if info.get("model") == "motioninr" else self.nerm.weights
        check_weights_hash(info, made_by.digest)

    def parse_latent(self, metadata: Mapping[str, Any]) -> Latent:
        """What a take or a block of one tells of its latent; EngineError if it is damaged."""
        if metadata.get("model") != "motioninr":
            return latent_from_dict(metadata, self.nerm.weights.denoiser.config.latent)
        check_weights_hash(metadata, self.motioninr.weights.digest)
        return chained_latent_from_dict(metadata, self.motioninr.latent_segments)

    def latent_to_dict(self, latent: Latent) -> dict[str, Any]:
        """The inverse of `read`."""
        origin = self.motioninr.model_metadata() if latent.model == "motioninr" else {}
        return {**latent.to_dict(), **origin}

    def make_clip(self, latent: Latent) -> MotionClip:
        """A drawn motion, to be looked at."""
        if latent.model == "motioninr":
            return self.motioninr.motion_clip(latent.code, latent.seconds)
        return MotionClip(self.nerm, latent.code, latent.seconds, latent.layers)

    def decode_latent(self, latent: Latent, fps: float, lock_feet: bool, **part: float) -> Take:
        """The motion of a latent, or `part` of it, as a take; see `nerm.sample.Sampler.look`."""
        if latent.model == "motioninr":
            return self.motioninr.decode_take(latent.code, latent.seconds, fps, lock_feet, **part)
        decoded = self.nerm.decode_poses(
            latent.code, latent.seconds, fps, layers=latent.layers, **part
        )
        return decoded.to_take(lock_feet)

    @torch.inference_mode()
    def sample_block_candidates(
        self, block: Block, seconds_range: tuple[float, float], count: int, lock_feet: bool
    ) -> list[GeneratedCandidate]:
        """The motions that a block by its action could be.

        Args:
            block: known to name an action.
            span: seconds that a motion lasts at least, and at most; no longer than captures if
                that can be.
            each: how many motions.
            lock_feet: see `Latent`.
        """
        assert block.action is not None  # by `check_model`
        seconds = min(
            max(self.motioninr.longest_seconds(block.action), seconds_range[0]), seconds_range[1]
        )
        latents = [
            self.motioninr.sample_latent(block.action, seconds, candidate_seed(block.seed, n))
            for n in range(count)
        ]
        return [
            GeneratedCandidate(
                Latent(latent, seconds, lock_feet, model="motioninr"),
                CandidateScore(
                    metadata=self.motioninr.motion_metadata(block.action, latent, block.seconds)
                ),
            )
            for latent in latents
        ]


def with_foot_lock(latent: Latent, lock_feet: bool | None) -> Latent:
    """A latent whose feet are held or not; as it was if None."""
    return latent if lock_feet is None else replace(latent, lock_feet=lock_feet)
