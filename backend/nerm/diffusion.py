"""Noise processes of training and sampling, and classifier-free guidance.

`Diffusion` has 1000 scaled-linear steps and samples by DDIM; the network predicts the noise, as in
the paper, or the clean code. `RectifiedFlow` follows the straight line between noise and code while
the network predicts the code, which is more stable on little data.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor

NoiseProcessName = Literal["epsilon", "clean", "flow"]

Predictor = Callable[[Tensor, Tensor], Tensor]
"""(noisy codes (B, latent), noise level (B,)) -> prediction (B, latent), guidance included."""

StepCallback = Callable[[int], None]
"""Function called before each denoising step with its number, from 0; may raise to stop."""


def make_noise_process(name: NoiseProcessName) -> "Diffusion | RectifiedFlow":
    """Return a process between codes and noise.

    Its `loss` takes codes and standard normal noise (B, latent), and levels (B,) in [0, 1).
    """
    if name == "flow":
        return RectifiedFlow()
    return Diffusion("epsilon" if name == "epsilon" else "sample")


class Diffusion:
    """DDPM training, DDIM sampling (the paper's setting with MLD's numbers)."""

    level_count = 1000

    def __init__(self, predicts: Literal["epsilon", "sample"]) -> None:
        # Importing the library takes longer than torch, and the shipped weights use the flow.
        from diffusers.schedulers.scheduling_ddim import DDIMScheduler

        self.predicts_codes = predicts == "sample"
        self._scheduler = DDIMScheduler(
            num_train_timesteps=self.level_count,
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            clip_sample=False,
            set_alpha_to_one=False,
            prediction_type=predicts,
        )

    def loss(self, predict: Predictor, codes: Tensor, level: Tensor, noise: Tensor) -> Tensor:
        """Return the mean squared error of the predicted noise or code."""
        step = (level * self.level_count).long()
        noisy = self._scheduler.add_noise(codes, noise, step)  # pyright: ignore[reportArgumentType]
        target = codes if self.predicts_codes else noise
        return (predict(noisy, step / self.level_count) - target).square().mean()

    def denoise(
        self, predict: Predictor, noise: Tensor, steps: int, on_step: StepCallback
    ) -> Tensor:
        """Sample by deterministic DDIM."""
        self._scheduler.set_timesteps(steps)
        x = noise
        for n, step in enumerate(self._scheduler.timesteps):
            on_step(n)
            level = (step / self.level_count).expand(len(x)).to(x)
            x = self._scheduler.step(predict(x, level), int(step), x).prev_sample  # pyright: ignore
        return x


class RectifiedFlow:
    """x_s = (1 - s) code + s noise for s in [0, 1]; the network predicts the code."""

    predicts_codes = True

    def loss(self, predict: Predictor, codes: Tensor, level: Tensor, noise: Tensor) -> Tensor:
        """Return the squared error of the predicted code, weighted by 1 / (s + 0.1)."""
        s = level[:, None]
        error = (predict((1 - s) * codes + s * noise, level) - codes).square().mean(-1)
        return (error / (level + 0.1)).mean()

    def denoise(
        self, predict: Predictor, noise: Tensor, steps: int, on_step: StepCallback
    ) -> Tensor:
        """Sample by Euler steps along the velocity (x - code) / s."""
        levels = torch.cat([torch.linspace(1, 1 / steps, steps), torch.zeros(1)])
        x = noise
        for n, (now, after) in enumerate(pairwise(levels)):
            on_step(n)
            level = now.expand(len(x)).to(x)
            velocity = (x - predict(x, level)) / level[:, None]
            x = x + (after - now).to(x) * velocity
        return x


GUIDANCE_MIN_LEVEL = 0.6
"""Noise level above which guidance is applied.

Above it the prompt decides the kind of motion. Below it guidance would pull each motion towards the
mean of all that fit the prompt, in which the phases of their steps cancel: strides of "walks
forward" shrank from 0.5 m to 0.3 m (limited intervals: Kynkäänniemi et al., NeurIPS 2024).
"""


def guided_predictor(
    predict: Callable[[Tensor, Tensor, bool], Tensor],
    guidance_scale: float,
    min_level: float = GUIDANCE_MIN_LEVEL,
) -> Predictor:
    """Return the predictor of classifier-free guidance r·f(c) + (1 - r)·f(∅), r being the scale.

    ``predict(noisy, level, both)`` returns the conditional predictions, followed by the
    unconditional ones if `both`. Below the noise level `min_level` only f(c) is used.
    """

    def combined(noisy: Tensor, level: Tensor) -> Tensor:
        if guidance_scale == 1.0 or float(level[0]) < min_level:
            return predict(noisy, level, False)
        conditional, unconditional = predict(noisy, level, True).chunk(2)
        return guidance_scale * conditional + (1 - guidance_scale) * unconditional

    return combined
