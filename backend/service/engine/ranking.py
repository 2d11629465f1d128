"""What is thought of drawn motions: how they match their words, how feet slip, how new they are.

The seed decides which motions are drawn, so the same request gives the same one again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...data.features import CONTACT_JOINTS, joint_positions
from ...embedding import Embedder
from ...protocol.limits import LIMITS

FOOT_SKATE_COST = 0.5
"""What 1 m/s of slipping feet takes from a match, which is at most 1."""


@dataclass(frozen=True)
class CandidateMotion:
    """A drawn motion as it is judged: sampled at a low rate, feet as the decoder gives them."""

    rows: Tensor
    """(T, 135) pose rows, T >= 2."""
    contacts: Tensor
    """(T, 4) contact probabilities of the feet."""
    times: Tensor
    """(T,) seconds, increasing."""


@dataclass(frozen=True)
class CandidateScore:
    """What is thought of one motion."""

    total: float = 0.0
    """The match, less what slipping feet cost."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """What its take says of it: novelty, score and, if that is low, a note."""


def score_candidates(
    embedder: Embedder, candidates: Sequence[CandidateMotion], scoring_text: str | None
) -> list[CandidateScore]:
    """A verdict on each motion.

    Args:
        embedder: compares them with the words, and with the training clips.
        candidates: the motions.
        words: prompt or action label, not blank; None if there are none, and feet alone count.
    """
    vectors = embedder.embed_motions([c.rows for c in candidates], [c.times for c in candidates])
    matches, known = [None] * len(vectors), True
    if scoring_text is not None:
        text = embedder.embed_prompts([scoring_text])[0]
        matches = np.clip(vectors @ text, -1.0, 1.0).tolist()
        known = embedder.knows_prompt(text)
    verdicts = []
    for slipped, vector, match in zip(foot_skate_speeds(candidates), vectors, matches, strict=True):
        info: dict[str, Any] = {"novelty": vars(embedder.measure_novelty(vector))}
        if match is not None:
            info["score"] = match
            if not embedder.is_match(match):
                info["note"] = _low_score_note(match, known)
        verdicts.append(CandidateScore((match or 0.0) - FOOT_SKATE_COST * slipped, info))
    return verdicts


def _low_score_note(match: float, is_known: bool) -> str:
    """The remark on a low score: what the user can do depends on whether the words are known."""
    if is_known:
        return (
            f"The motion may not show all of the prompt (score {match:.2f}): try another seed, or "
            "choose from several variations."
        )
    return (
        f"The model learned no motion like this prompt (score {match:.2f}): describe in plain "
        "English what one person does."
    )


def foot_skate_speeds(candidates: Sequence[CandidateMotion]) -> list[float]:
    """Mean horizontal speeds in m/s of feet while the decoder says that they are planted."""
    # All motions are posed at once: it is many small steps.
    feet = joint_positions(torch.cat([one.rows for one in candidates]))[:, list(CONTACT_JOINTS), :2]
    tracks = feet.split([len(one.rows) for one in candidates])
    return [_foot_skate_speed(one, track) for one, track in zip(candidates, tracks, strict=True)]


def _foot_skate_speed(candidate: CandidateMotion, feet: Tensor) -> float:
    step = torch.diff(candidate.times)[:, None]
    speed = torch.linalg.vector_norm(torch.diff(feet, dim=0), dim=-1) / step
    planted = torch.minimum(candidate.contacts[1:], candidate.contacts[:-1])
    return float((planted * speed).sum() / planted.sum().clamp(min=1e-6))


def candidate_seed(seed: int, candidate: int) -> int:
    """The seed of a candidate: the request's own for the first, and far from it for others."""
    if candidate == 0:
        return seed
    drawn = np.random.SeedSequence([seed, candidate]).generate_state(1, np.uint64)
    return int(drawn[0]) & LIMITS.seed_max
