"""From a prompt to a motion: sample a code, then decode it at any times.

A motion is its code and its duration. Decoded at another frame rate it has the same poses at the
same times.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..kinematics.body.take import Take
from ..kinematics.math.rotations import Array
from ..playback.clip import BodyPartLayer, overlay_part
from ..playback.pose_sampling import DecodedPoses, PoseTimes, decode_in_chunks
from ..protocol.generation_fields import GUIDANCE, ORIGINALITY, STEPS
from ..text.encoder import TOKEN_WIDTH, TextEncoder
from ..training.weight_files import default_device
from .denoiser import Condition
from .diffusion import StepCallback, guided_predictor, make_noise_process
from .mkldnn import pack_linear_layers
from .weights import NermWeights

DEFAULT_GUIDANCE_SCALE: float = GUIDANCE.fallback
DEFAULT_STEPS: int = STEPS.fallback

EmbedTexts = Callable[[Sequence[str]], Array]
"""Function from texts to (B, D) unit vectors in the space of a retrieval prior's embeddings."""


@dataclass(frozen=True)
class MotionDescription:
    """Prompt, label and length of one motion: what a sampler's condition is made from."""

    prompt: str
    label: str | None
    seconds: float


@dataclass(frozen=True)
class MotionRequest(MotionDescription):
    """A motion to sample, with the seed to pass to `NermSampler.sample_codes`."""

    seed: int


class NermSampler:
    """NeRM's two stages on one device."""

    def __init__(
        self,
        weights: NermWeights,
        device: torch.device | None = None,
        text_encoder: TextEncoder | None = None,
        embed_texts: EmbedTexts | None = None,
    ) -> None:
        """Move the networks to a device; None for the best available.

        Without a `text_encoder` one is loaded; without `embed_texts`, which embeds prompts,
        retrieval does not use them.
        """
        self.weights = weights
        self._embed_texts = embed_texts
        self.device = default_device() if device is None else device
        self.text_encoder = TextEncoder(self.device) if text_encoder is None else text_encoder
        self._decoder = pack_linear_layers(weights.decoder.to(self.device))
        self._denoiser = pack_linear_layers(weights.denoiser.to(self.device))

    @property
    def action_labels(self) -> tuple[str, ...]:
        return self._denoiser.config.actions

    @torch.inference_mode()
    def condition(self, requests: Sequence[MotionDescription]) -> Condition:
        """Return the condition (B) of requests, whose prompts and labels may be missing."""
        prompts = [request.prompt for request in requests]
        if any(prompt.strip() for prompt in prompts):
            encoded = self.text_encoder.encode(prompts)
            tokens, mask = encoded.tokens, encoded.mask
        else:
            tokens = torch.zeros(len(prompts), 0, TOKEN_WIDTH, device=self.device)
            mask = torch.zeros(len(prompts), 0, dtype=torch.bool, device=self.device)
        has_text = torch.tensor([bool(prompt.strip()) for prompt in prompts], device=self.device)
        labels = [-1 if r.label is None else self.action_labels.index(r.label) for r in requests]
        return Condition(
            text=tokens,
            text_mask=mask & has_text[:, None],
            label_index=torch.tensor(labels, device=self.device),
            durations=torch.tensor([r.seconds for r in requests], device=self.device),
            similarity=self._similarity(requests),
        )

    def _similarity(self, requests: Sequence[MotionDescription]) -> Tensor | None:
        prior = self.weights.retrieval
        texts = [request.prompt.strip() or request.label or "" for request in requests]
        if prior is None or not any(texts):
            return None
        vectors = None
        if self._embed_texts is not None:
            has_text = torch.tensor([bool(text) for text in texts])
            vectors = torch.from_numpy(self._embed_texts(texts)) * has_text[:, None]
        return prior.similarity(vectors, [request.label for request in requests]).to(self.device)

    @torch.inference_mode()
    def sample_codes(
        self,
        condition: Condition,
        seeds: Sequence[int],
        guidance_scale: float = DEFAULT_GUIDANCE_SCALE,
        steps: int = DEFAULT_STEPS,
        on_step: StepCallback = lambda _: None,
        originality: float = ORIGINALITY.default,
    ) -> Tensor:
        """Sample codes (B, latent) for a condition; the same seed gives the same code.

        `on_step` is called before each of the denoising steps. `originality` is from 0, near the
        training codes, to 1, without retrieval (`RetrievalPrior`). Weights without a prior, or that
        predict noise, never retrieve.
        """
        latent = self._denoiser.config.latent
        # Sampled on the CPU one by one: a seed gives the same motion on any device, in any batch.
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        noise = torch.stack([torch.randn(latent, generator=g) for g in generators])
        noise = noise.to(self.device)
        process = make_noise_process(self.weights.noise_process)  # pyright: ignore[reportArgumentType]
        mean, std = self._denoiser.code_mean, self._denoiser.code_std
        predict = guided_predictor(self._denoiser.guidance_predictor(condition), guidance_scale)
        prior = self.weights.retrieval
        if prior is not None and process.predicts_codes:
            gumbel = torch.stack([prior.gumbel_noise(generator) for generator in generators])
            predict = prior.retrieval_guided(
                predict, mean, std, originality, condition.similarity, gumbel
            )
        return process.denoise(predict, noise, steps, on_step) * std + mean

    @torch.inference_mode()
    def decode_rows(
        self, code: Tensor, seconds: float, times: Array, layers: Sequence[BodyPartLayer] = ()
    ) -> tuple[Tensor, Tensor]:
        """Decode pose rows and contacts; see `ClipDecoder.decode_rows`."""
        rows, contacts = self._decode_code(code, seconds, times)
        for layer in layers:
            rows = overlay_part(rows, self._decode_code(layer.code, seconds, times)[0], layer.part)
        return rows, contacts

    def _decode_code(self, code: Tensor, seconds: float, times: Array) -> tuple[Tensor, Tensor]:
        duration = torch.tensor([seconds], device=self.device, dtype=torch.float32)
        z = code.to(self.device, torch.float32).reshape(1, -1)
        return decode_in_chunks(
            lambda part: self._decoder(part[None].to(self.device), z, duration), times
        )

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
        """Decode the poses that a take of a motion, or of a part of it, needs.

        `code` (latent,) lasts `seconds`; `layers` move parts of the body in its place. Other
        arguments as of `PoseTimes.for_take`.
        """
        pose_times = PoseTimes.for_take(seconds, fps, start, end, speed)
        return DecodedPoses.from_decoder(
            pose_times, lambda times: self.decode_rows(code, seconds, times, layers)
        )

    def decode_take(self, code: Tensor, seconds: float, fps: float, lock_feet: bool = True) -> Take:
        """Decode a whole motion (latent,) to a take of ``round(seconds * fps)`` frames."""
        return self.decode_poses(code, seconds, fps).to_take(lock_feet)
