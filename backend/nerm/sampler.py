"""From words to a motion: draw a code, then look at it at any times.

A motion is its code and its duration; `decode` may be asked for the same motion at any rate, and
gives the same poses at the same times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..kinematics.body.take import Take
from ..kinematics.math.rotations import Array
from ..playback.clip import BodyPartLayer, overlay_part
from ..playback.pose_sampling import DecodedPoses, PoseTimes
from ..protocol.limits import DEFAULT_ORIGINALITY
from ..text.encoder import TOKEN_WIDTH, TextEncoder
from ..training.weight_files import default_device
from .denoiser import Condition
from .diffusion import StepCallback, guided_predictor, make_noise_process
from .mkldnn import pack_linear_layers
from .weights import NermWeights

DEFAULT_GUIDANCE_SCALE = 3.0
DEFAULT_STEPS = 10

_FRAMES_PER_CHUNK = 2048

EmbedTexts = Callable[[Sequence[str]], Array]
"""Words -> (B, D) unit vectors in the space of a memory's embeddings."""


def _ignore_step(step: int) -> None:
    """No one asked to be told of steps."""


@dataclass(frozen=True)
class MotionRequest:
    """What one motion shall be."""

    prompt: str
    label: str | None
    seconds: float
    seed: int


class NermSampler:
    """NeRM's two stages, loaded and ready on one device."""

    def __init__(
        self,
        weights: NermWeights,
        device: torch.device | None = None,
        text_encoder: TextEncoder | None = None,
        embed_texts: EmbedTexts | None = None,
    ) -> None:
        """On a device, the best there is unless named.

        Args:
            weights: of both stages.
            device: where both run.
            text: a text encoder that is loaded already.
            read_words: lets the words, too, choose what is near in the memory of the weights.
        """
        self.weights = weights
        self._embed_texts = embed_texts
        self.device = default_device() if device is None else device
        self.text_encoder = TextEncoder(self.device) if text_encoder is None else text_encoder
        self._decoder = pack_linear_layers(weights.decoder.to(self.device))
        self._denoiser = pack_linear_layers(weights.denoiser.to(self.device))

    @property
    def action_labels(self) -> tuple[str, ...]:
        """Action labels that the weights know."""
        return self._denoiser.config.actions

    @torch.inference_mode()
    def condition(self, requests: Sequence[MotionRequest]) -> Condition:
        """The condition (B) of a batch of requests; a blank prompt or no action says nothing."""
        prompts = [request.prompt for request in requests]
        if any(prompt.strip() for prompt in prompts):
            encoded = self.text_encoder.encode(prompts)
            tokens, mask = encoded.tokens, encoded.mask
        else:
            tokens = torch.zeros(len(prompts), 0, TOKEN_WIDTH, device=self.device)
            mask = torch.zeros(len(prompts), 0, dtype=torch.bool, device=self.device)
        spoken = torch.tensor([bool(prompt.strip()) for prompt in prompts], device=self.device)
        labels = [-1 if r.label is None else self.action_labels.index(r.label) for r in requests]
        return Condition(
            text=tokens,
            text_mask=mask & spoken[:, None],
            label_index=torch.tensor(labels, device=self.device),
            durations=torch.tensor([r.seconds for r in requests], device=self.device),
            similarity=self._similarity(requests),
        )

    def _similarity(self, requests: Sequence[MotionRequest]) -> Tensor | None:
        memory = self.weights.retrieval
        words = [request.prompt.strip() or request.label or "" for request in requests]
        if memory is None or not any(words):
            return None
        vectors = None
        if self._embed_texts is not None:
            said = torch.tensor([bool(word) for word in words])
            vectors = torch.from_numpy(self._embed_texts(words)) * said[:, None]
        return memory.similarity(vectors, [request.label for request in requests]).to(self.device)

    @torch.inference_mode()
    def sample_codes(
        self,
        condition: Condition,
        seeds: Sequence[int],
        guidance_scale: float = DEFAULT_GUIDANCE_SCALE,
        steps: int = DEFAULT_STEPS,
        on_step: StepCallback = _ignore_step,
        originality: float = DEFAULT_ORIGINALITY,
    ) -> Tensor:
        """Codes (B, latent) for a condition, one seed each; the same seed gives the same code.

        `originality` runs from 0, near what was learnt, to 1, drawn freely (`Memory.near`); weights
        without a memory, or that predict noise, always draw freely.
        """
        latent = self._denoiser.config.latent
        # Drawn on the CPU one by one: a seed means the same motion on any device, in any batch.
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        noise = torch.stack([torch.randn(latent, generator=g) for g in generators])
        noise = noise.to(self.device)
        process = make_noise_process(self.weights.noise_process)  # pyright: ignore[reportArgumentType]
        mean, std = self._denoiser.code_mean, self._denoiser.code_std
        drawn = guided_predictor(self._denoiser.guidance_predictor(condition), guidance_scale)
        memory = self.weights.retrieval
        if memory is not None and process.predicts_codes:
            chance = torch.stack([memory.gumbel_noise(generator) for generator in generators])
            drawn = memory.retrieval_guided(
                drawn, mean, std, originality, condition.similarity, chance
            )
        return process.denoise(drawn, noise, steps, on_step) * std + mean

    @torch.inference_mode()
    def decode_rows(
        self, code: Tensor, seconds: float, times: Array, layers: Sequence[BodyPartLayer] = ()
    ) -> tuple[Tensor, Tensor]:
        """Pose rows (T, 135) and contact probabilities (T, 4) at `times` (T,) in seconds.

        Layers in `over` move parts of the body in place of `code`.
        """
        rows, touching = self._decode_code(code, seconds, times)
        for layer in layers:
            rows = overlay_part(rows, self._decode_code(layer.code, seconds, times)[0], layer.part)
        return rows, touching

    def _decode_code(self, code: Tensor, seconds: float, times: Array) -> tuple[Tensor, Tensor]:
        duration = torch.tensor([seconds], device=self.device, dtype=torch.float32)
        z = code.to(self.device, torch.float32).reshape(1, -1)
        rows, touching = [], []
        for part in torch.from_numpy(np.asarray(times, dtype=np.float32)).split(_FRAMES_PER_CHUNK):
            row, logits = self._decoder(part[None].to(self.device), z, duration)
            rows.append(row[0].cpu())
            touching.append(torch.sigmoid(logits[0]).cpu())
        return torch.cat(rows), torch.cat(touching)

    def decode_poses(
        self,
        code: Tensor,
        seconds: float,
        fps: float,
        *,
        start: float = 0.0,
        end: float | None = None,
        speed: float = 1.0,
        layers: Sequence[BodyPartLayer] = (),
    ) -> DecodedPoses:
        """The motion of a code, or a part of it, decoded where a take needs it.

        Args:
            code: (latent,).
            seconds: duration of the whole motion.
            fps: frames per second of the take.
            start: seconds into the motion at which the take begins.
            end: seconds into the motion before which it ends; None for the whole rest.
            speed: how many seconds of the motion pass in one second of the take.
            over: see `decode`.
        """
        moments = PoseTimes.for_take(seconds, fps, start, end, speed)
        return DecodedPoses.from_decoder(
            moments, lambda times: self.decode_rows(code, seconds, times, layers)
        )

    def decode_take(self, code: Tensor, seconds: float, fps: float, lock_feet: bool = True) -> Take:
        """The whole motion of a code (latent,) as a take of ``round(seconds * fps)`` frames."""
        return self.decode_poses(code, seconds, fps).to_take(lock_feet)
