"""From an action and a length to a take: draw a code, then look at it at any times."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..kinematics.limits import DEFAULT_BLEND
from ..kinematics.rotations import Array
from ..kinematics.take import Take
from ..nerm.arrange import SLACK, begun, following, halves
from ..nerm.layers import Layer
from ..nerm.passage import Passage
from ..nerm.performance import Performance
from ..nerm.placing import Decoded, Moments
from ..nerm.sample import Sampler as NermSampler
from ..nerm.weights import default_device
from .novelty import MOMENTS, Novelty
from .weights import ActionData, MotionInrWeights

DEFAULT_SPREAD = 0.5
"""How far codes are drawn from their components, as a share of the fitted spread. Ours: drawn in
full, motions are farther from captures than captures of other people are (`evaluate
action-to-motion`, MMS)."""

_DECODE_FRAMES = 2048
_SLACK = 0.05
"""Seconds that a motion may last beyond what was seen without a word of it."""


@dataclass(frozen=True)
class Drawn:
    """A code, and for how long it is known to last."""

    code: Tensor
    """(strides + sequence_code + action_code,)."""
    seconds: float
    """Of the longest sequence that it stands for."""


class Sampler:
    """MotionINR, loaded and ready on one device."""

    def __init__(
        self,
        weights: MotionInrWeights,
        device: torch.device | None = None,
        spread: float = DEFAULT_SPREAD,
    ) -> None:
        """On a device, the best there is unless named; `spread` is 1 in the paper."""
        self.weights = weights
        self.spread = spread
        self.device = default_device() if device is None else device
        self._decoder = weights.decoder.to(self.device)
        self._numbers = {data.label: n for n, data in enumerate(weights.actions)}

    @property
    def actions(self) -> tuple[str, ...]:
        """Action labels that the weights know."""
        return tuple(self._numbers)

    def data(self, action: str) -> ActionData:
        """How much was learnt of an action that is known."""
        return self.weights.actions[self._numbers[action]]

    def draw(self, action: str, seconds: float, seed: int, part: int = 0) -> Drawn:
        """The code of an action that is known, for a length; the same seed gives the same code.

        `part` tells codes of one seed apart.
        """
        chance = np.random.default_rng([seed, part])
        number, mixtures = self._numbers[action], self.weights.mixtures
        span = mixtures.for_length(number, seconds)
        own = mixtures.draw(span, chance, self.spread)
        mean = self.weights.action_codes.mean[number].detach()
        spread = torch.exp(0.5 * self.weights.action_codes.log_variance[number].detach())
        away = torch.from_numpy(chance.standard_normal(len(mean))).float()
        shared = mean + self.spread * spread * away
        return Drawn(torch.cat([torch.from_numpy(own).float(), shared]), span.high)

    @torch.inference_mode()
    def decode(
        self,
        code: Tensor,
        seconds: float,  # noqa: ARG002
        times: Array,
        over: Sequence[Layer] = (),  # noqa: ARG002
    ) -> tuple[Tensor, Tensor]:
        """Pose rows (T, 135) and contact probabilities (T, 4) at `times` (T,) in seconds.

        What `nerm.passage.Passage` asks. The decoder does not see how long the motion is, and there
        is nothing to lay over.
        """
        z = code.to(self.device, torch.float32).reshape(1, -1)
        rows, touching = [], []
        for part in torch.from_numpy(np.asarray(times, dtype=np.float32)).split(_DECODE_FRAMES):
            row, logits = self._decoder(part[None].to(self.device), z)
            rows.append(row[0].cpu())
            touching.append(torch.sigmoid(logits[0]).cpu())
        return torch.cat(rows), torch.cat(touching)

    def look(
        self,
        code: Tensor,
        seconds: float,
        fps: float,
        *,
        start: float = 0.0,
        end: float | None = None,
        speed: float = 1.0,
    ) -> Decoded:
        """The motion of a code (C,), or a part of it, decoded where a take needs it.

        Arguments as of `nerm.sample.Sampler.look`.
        """
        moments = Moments.of(seconds, fps, start, end, speed)
        return Decoded.at(moments, lambda times: self.decode(code, seconds, times))

    def take(
        self, action: str, seconds: float, fps: float, seed: int, lock_feet: bool = True
    ) -> Take:
        """A new motion of an action that is known, as a take of ``round(seconds * fps)`` frames.

        A length that was never seen is made nevertheless: of a shorter one the beginning of a
        longer, and a longer one of several, each passing into the next. The take has a note then.
        """
        begun_at = time.perf_counter()
        data, number = self.data(action), self._numbers[action]
        several = seconds > self.weights.mixtures.longest(number) + _SLACK
        parts = self._pieces(action, seconds) if several else [seconds]
        drawn = [self.draw(action, length, seed, n) for n, length in enumerate(parts)]
        timings = {"draw": time.perf_counter() - begun_at}
        begun_at = time.perf_counter()
        if several:
            take, shown = self._chain(drawn, seconds, fps, lock_feet)
            told: dict[str, Any] = {
                "parts": [
                    {"latent": one.code.tolist(), "seconds": length}
                    for one, length in zip(drawn, shown, strict=True)
                ]
            }
        else:
            take = self.look(drawn[0].code, seconds, fps).take(lock_feet)
            told = {"latent": drawn[0].code.tolist()}
        timings["decode"] = time.perf_counter() - begun_at
        novelties = [self.novelty(one.code, min(seconds, one.seconds)) for one in drawn]
        take.info = {
            "model": "motioninr",
            "hash": self.weights.hash,
            "licence": self.weights.licence,
            "prompt": "",
            "action": action,
            "seed": seed,
            "seconds": seconds,
            "lock_feet": lock_feet,
            "novelty": vars(min(novelties, key=lambda n: n.distance)),
            "timings": timings,
            **told,
        }
        if note := _note(data, seconds, several):
            take.info["note"] = note
        return take

    def between(
        self, first: Take, second: Take, share: float, fps: float, lock_feet: bool = True
    ) -> Take:
        """The motion `share` of the way from one take to another, by the codes that both tell of.

        Raises:
            ValueError: if one of them is not a single motion of these weights.
        """
        for take in (first, second):
            if take.info.get("hash") != self.weights.hash or "latent" not in take.info:
                raise ValueError(
                    "Only takes of one motion each, made by these weights, can be blended: "
                    "generate both again, no longer than the action's captures."
                )
        codes = [torch.tensor(take.info["latent"]) for take in (first, second)]
        code = NermSampler.between(codes[0], codes[1], share)
        lengths = [float(take.info["seconds"]) for take in (first, second)]
        seconds = (1 - share) * lengths[0] + share * lengths[1]
        begun_at = time.perf_counter()
        take = self.look(code, seconds, fps).take(lock_feet)
        take.info = {
            "model": "motioninr",
            "hash": self.weights.hash,
            "licence": self.weights.licence,
            "between": [first.info["action"], second.info["action"]],
            "share": share,
            "seconds": seconds,
            "lock_feet": lock_feet,
            "latent": code.tolist(),
            "novelty": vars(self.novelty(code, seconds)),
            "timings": {"decode": time.perf_counter() - begun_at},
        }
        return take

    def novelty(self, code: Tensor, seconds: float) -> Novelty:
        """How far the first `seconds` of a code's motion are from all that was learnt."""
        rows, _ = self.decode(code, seconds, np.linspace(0, seconds, MOMENTS))
        return self.weights.known.novelty(rows)

    def _pieces(self, action: str, seconds: float) -> list[float]:
        """For how long each of several motions is drawn that last `seconds` together."""
        longest = self.weights.mixtures.longest(self._numbers[action])
        shown = max(longest - DEFAULT_BLEND - SLACK, 0.5 * longest)
        count = max(int(np.ceil(seconds / shown)), 2)
        return [min(seconds / count + DEFAULT_BLEND + SLACK, longest)] * count

    def _chain(
        self, drawn: list[Drawn], seconds: float, fps: float, lock_feet: bool
    ) -> tuple[Take, list[float]]:
        """Several motions, each passing into the next, and for how long each lasts."""
        shown = seconds / len(drawn)
        blend = min(DEFAULT_BLEND, 0.5 * shown)
        reach = halves([blend] * len(drawn), loops=False)
        passages = [Passage(self, one.code, one.seconds) for one in drawn]
        played = [begun(passages[0], shown, reach[0])]
        for passage, ends in zip(passages[1:], reach[1:], strict=True):
            part = begun(passage, shown, ends)
            played.append(following(played[-1], part)[0])
        performance = Performance(played)
        return performance.take(fps, lock_feet), [one.seconds for one in passages]


def _note(data: ActionData, seconds: float, several: bool) -> str:
    """What the animator must know of a motion; "" if nothing."""
    said = []
    if several:
        said.append(
            f'Captures of "{data.label}" last {data.longest:.1f} s at most, so this is several '
            "motions, each passing into the next."
        )
    elif seconds < data.shortest - _SLACK:
        said.append(
            f'Captures of "{data.label}" last {data.shortest:.1f} s at least, so this is the '
            "beginning of a longer motion."
        )
    if data.captures == 1:
        said.append(f'There is one capture of "{data.label}" alone, so motions stay close to it.')
    return " ".join(said)
