"""The installed models, and which of them made a motion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ...motioninr.sampler import MotionInrSampler
from ...motioninr.weights import MOTIONINR_FILE, load_motioninr
from ...playback.clip import MotionClip
from ...training.weight_files import WeightsError
from ..schema.replies import LabelInfo, ModelInfo
from .candidates import GeneratedCandidate
from .devices import device_name
from .interface import EngineError, check_action_label, missing_label_model_error
from .latents import Latent, check_weights_hash, latent_from_dict
from .ranking import CandidateScore, candidate_seed

if TYPE_CHECKING:
    from ...kinematics.body.take import Take
    from ...nerm.sampler import NermSampler
    from ..schema.requests import Block


class ModelRegistry:
    """NeRM, and MotionINR if its weights are installed."""

    def __init__(self, nerm: NermSampler, assets: Path) -> None:
        """Load MotionINR from the folder `assets`; EngineError if its file is damaged."""
        self.nerm = nerm
        self._motioninr: MotionInrSampler | None = None
        if (assets / MOTIONINR_FILE).is_file():
            try:
                self._motioninr = MotionInrSampler(load_motioninr(assets), nerm.device)
            except WeightsError as error:
                raise EngineError(str(error)) from error

    @property
    def motioninr(self) -> MotionInrSampler:
        """MotionINR; EngineError if its weights are not installed."""
        if self._motioninr is None:
            raise missing_label_model_error()
        return self._motioninr

    def list_models(self) -> list[ModelInfo]:
        """Return NeRM first."""
        weights, device = self.nerm.weights, device_name(self.nerm.device)
        labels = list(self.nerm.action_labels)
        models = [ModelInfo("nerm", weights.digest, weights.licence, labels, device)]
        if self._motioninr is not None:
            weights = self._motioninr.weights
            data = {
                stats.label: LabelInfo(stats.captures, stats.shortest, stats.longest, stats.median)
                for stats in weights.actions
            }
            models.append(
                ModelInfo("motioninr", weights.digest, weights.licence, list(data), device, data)
            )
        return models

    def check_model_label(self, model: str, action: str | None) -> None:
        """Raise EngineError if a model does not know a label."""
        known = self.motioninr.known_labels if model == "motioninr" else self.nerm.action_labels
        check_action_label(action, known)

    def weights_metadata(self, blocks: Sequence[Block] = ()) -> dict[str, Any]:
        """Return the metadata of the weights: MotionINR's if all blocks are from labels alone."""
        if blocks and all(block.model == "motioninr" for block in blocks):
            return self.motioninr.model_metadata()
        weights = self.nerm.weights
        return {"model": "nerm", "hash": weights.digest, "licence": weights.licence}

    def check_take_weights(self, metadata: Mapping[str, Any]) -> None:
        """Raise EngineError unless the installed weights made a take."""
        is_motioninr = metadata.get("model") == "motioninr"
        weights = self.motioninr.weights if is_motioninr else self.nerm.weights
        check_weights_hash(metadata, weights.digest)

    def parse_latent(self, metadata: Mapping[str, Any]) -> Latent:
        """Return the latent of a take or a block; EngineError if it is damaged."""
        if metadata.get("model") != "motioninr":
            return latent_from_dict(metadata, self.nerm.weights.denoiser.config.latent)
        check_weights_hash(metadata, self.motioninr.weights.digest)
        return latent_from_dict(metadata, split_code=self.motioninr.latent_segments)

    def latent_to_dict(self, latent: Latent) -> dict[str, Any]:
        """Return the metadata that `parse_latent` reads."""
        weights = self.motioninr.model_metadata() if latent.model == "motioninr" else {}
        return {**latent.to_dict(), **weights}

    def make_clip(self, latent: Latent) -> MotionClip:
        if latent.model == "motioninr":
            return self.motioninr.motion_clip(latent.code, latent.seconds)
        return MotionClip(self.nerm, latent.code, latent.seconds, latent.layers)

    def decode_latent(
        self, latent: Latent, fps: float, lock_feet: bool, **time_range: float
    ) -> Take:
        """Decode a motion, or a range of it, as a take; see `NermSampler.decode_poses`."""
        if latent.model == "motioninr":
            return self.motioninr.decode_take(
                latent.code, latent.seconds, fps, lock_feet, **time_range
            )
        decoded = self.nerm.decode_poses(
            latent.code, latent.seconds, fps, layers=latent.layers, **time_range
        )
        return decoded.to_take(lock_feet)

    @torch.inference_mode()
    def sample_block_candidates(
        self, block: Block, seconds_range: tuple[float, float], count: int, lock_feet: bool
    ) -> list[GeneratedCandidate]:
        """Sample candidates for a block with a label that MotionINR knows.

        Within `seconds_range`, the motion is no longer than the label's longest capture.
        """
        assert block.action is not None  # checked by `check_generate`
        model, (shortest, longest) = self.motioninr, seconds_range
        seconds = min(max(model.longest_seconds(block.action), shortest), longest)
        candidates = []
        for n in range(count):
            code = model.sample_latent(block.action, seconds, candidate_seed(block.seed, n))
            metadata = model.motion_metadata(block.action, code, block.seconds)
            latent = Latent(code, seconds, lock_feet, model="motioninr")
            score = CandidateScore(metadata=metadata)
            candidates.append(GeneratedCandidate(latent, score, block.seed, n))
        return candidates
