"""The models that are installed: whose motion is whose, and how a take tells of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ...motioninr.sampler import Sampler as ActionSampler
from ...motioninr.weights import FILE, load_motioninr
from ...playback.clip import Passage
from ...training.weight_files import WeightsError
from .action_labels import check_action, none_by_action
from .candidates import Option
from .devices import device_name
from .interface import ActionInfo, EngineError, ModelInfo
from .latents import Latent, check_weights, read_latent, read_pieces
from .ranking import Verdict, candidate_seed

if TYPE_CHECKING:
    from ...kinematics.body.take import Take
    from ...nerm.sampler import Sampler
    from ..schema.requests import Block


class Models:
    """NeRM, and MotionINR where its weights are."""

    def __init__(self, nerm: Sampler, assets: Path) -> None:
        """Loads what lies in `assets`; EngineError if a file there is damaged."""
        self.nerm = nerm
        self._by_action: ActionSampler | None = None
        if (assets / FILE).is_file():
            try:
                self._by_action = ActionSampler(load_motioninr(assets), nerm.device)
            except WeightsError as error:
                raise EngineError(str(error)) from error

    @property
    def by_action(self) -> ActionSampler:
        """MotionINR; EngineError if its weights are not there."""
        if self._by_action is None:
            raise none_by_action()
        return self._by_action

    def capabilities(self) -> list[ModelInfo]:
        """NeRM first."""
        weights, device = self.nerm.weights, device_name(self.nerm.device)
        found = [
            ModelInfo("nerm", weights.hash, weights.licence, list(self.nerm.actions), device=device)
        ]
        if self._by_action is not None:
            own = self._by_action.weights
            data = {
                one.label: ActionInfo(one.captures, one.shortest, one.longest, one.median)
                for one in own.actions
            }
            found.append(ModelInfo("motioninr", own.hash, own.licence, list(data), device, data))
        return found

    def check_action(self, model: str, action: str | None) -> None:
        """Raise EngineError unless a model knows an action, or none is asked for."""
        known = self.by_action.actions if model == "motioninr" else self.nerm.actions
        check_action(action, known)

    def origin(self, blocks: Sequence[Block] = ()) -> dict[str, Any]:
        """What a take says of the weights that made it; NeRM's unless all is by action."""
        if blocks and all(block.model == "motioninr" for block in blocks):
            return self.by_action.origin()
        weights = self.nerm.weights
        return {"model": "nerm", "hash": weights.hash, "licence": weights.licence}

    def check_weights(self, info: Mapping[str, Any]) -> None:
        """Raise EngineError unless the weights that made a take are these."""
        made_by = self.by_action.weights if info.get("model") == "motioninr" else self.nerm.weights
        check_weights(info, made_by.hash)

    def read(self, told: Mapping[str, Any]) -> Latent:
        """What a take or a block of one tells of its latent; EngineError if it is damaged."""
        if told.get("model") != "motioninr":
            return read_latent(told, self.nerm.weights.denoiser.config.latent)
        check_weights(told, self.by_action.weights.hash)
        return read_pieces(told, self.by_action.pieces)

    def told(self, latent: Latent) -> dict[str, Any]:
        """The inverse of `read`."""
        origin = self.by_action.origin() if latent.model == "motioninr" else {}
        return {**latent.told(), **origin}

    def passage(self, latent: Latent) -> Passage:
        """A drawn motion, to be looked at."""
        if latent.model == "motioninr":
            return self.by_action.passage(latent.code, latent.seconds)
        return Passage(self.nerm, latent.code, latent.seconds, latent.over)

    def look(self, latent: Latent, fps: float, lock_feet: bool, **part: float) -> Take:
        """The motion of a latent, or `part` of it, as a take; see `nerm.sample.Sampler.look`."""
        if latent.model == "motioninr":
            return self.by_action.look(latent.code, latent.seconds, fps, lock_feet, **part)
        decoded = self.nerm.look(latent.code, latent.seconds, fps, over=latent.over, **part)
        return decoded.take(lock_feet)

    @torch.inference_mode()
    def drawn(
        self, block: Block, span: tuple[float, float], each: int, lock_feet: bool
    ) -> list[Option]:
        """The motions that a block by its action could be.

        Args:
            block: known to name an action.
            span: seconds that a motion lasts at least, and at most; no longer than captures if
                that can be.
            each: how many motions.
            lock_feet: see `Latent`.
        """
        assert block.action is not None  # by `check_model`
        seconds = min(max(self.by_action.longest(block.action), span[0]), span[1])
        latents = [
            self.by_action.draw(block.action, seconds, candidate_seed(block.seed, n))
            for n in range(each)
        ]
        return [
            Option(
                Latent(latent, seconds, lock_feet, model="motioninr"),
                Verdict(info=self.by_action.told(block.action, latent, block.seconds)),
            )
            for latent in latents
        ]


def with_feet(latent: Latent, lock_feet: bool | None) -> Latent:
    """A latent whose feet are held or not; as it was if None."""
    return latent if lock_feet is None else replace(latent, lock_feet=lock_feet)
