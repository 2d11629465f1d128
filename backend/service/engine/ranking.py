"""Candidate ranking: text score less foot skate, and novelty.

The seed decides which candidates are sampled, so the same request gives the same motion. Foot skate
is the speed of feet weighted by contact probability; tables use `evaluation.metrics.movement`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...data.features import CONTACT_JOINTS, joint_positions
from ...embedding.embedder import Embedder
from ...protocol.limits import LIMITS

FOOT_SKATE_COST = 0.5
"""Part of the score, which is at most 1, that is subtracted for each m/s of foot skate."""


@dataclass(frozen=True)
class CandidateMotion:
    """A sampled motion for scoring, at a low rate and without foot lock."""

    rows: Tensor
    """Pose rows (T, 135), T >= 2."""
    contacts: Tensor
    """Contact probabilities (T, 4) of the feet."""
    times: Tensor
    """Seconds (T,), increasing."""


@dataclass(frozen=True)
class CandidateScore:
    """Score of one motion."""

    total: float = 0.0
    """Text score less the cost of foot skate."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """Metadata of its take: novelty, score and, if that is low, a note."""


def score_candidates(
    embedder: Embedder, candidates: Sequence[CandidateMotion], scoring_text: str | None
) -> list[CandidateScore]:
    """Score motions by foot skate and by a prompt or a label, if it is not None."""
    embeddings = embedder.embed_motions([c.rows for c in candidates], [c.times for c in candidates])
    text_scores, is_known = [None] * len(embeddings), True
    if scoring_text is not None:
        text = embedder.embed_prompts([scoring_text])[0]
        text_scores = np.clip(embeddings @ text, -1.0, 1.0).tolist()
        is_known = embedder.knows_prompt(text)
    scores = []
    for skate, embedding, text_score in zip(
        foot_skate_speeds(candidates), embeddings, text_scores, strict=True
    ):
        metadata: dict[str, Any] = {"novelty": vars(embedder.measure_novelty(embedding))}
        if text_score is not None:
            metadata["score"] = text_score
            if not embedder.is_match(text_score):
                metadata["note"] = _low_score_note(text_score, is_known)
        scores.append(CandidateScore((text_score or 0.0) - FOOT_SKATE_COST * skate, metadata))
    return scores


def _low_score_note(score: float, is_known: bool) -> str:
    """Return a note for the user; the remedy depends on whether the model knows such prompts."""
    if is_known:
        return (
            f"The motion may not show all of the prompt (score {score:.2f}): try another seed, or "
            "choose from several variations."
        )
    return (
        f"The model learned no motion like this prompt (score {score:.2f}): describe in plain "
        "English what one person does."
    )


def foot_skate_speeds(candidates: Sequence[CandidateMotion]) -> list[float]:
    """Return mean horizontal speeds of planted feet in m/s, weighted by contact probability."""
    # All motions are posed at once: posing consists of many small operations.
    feet = joint_positions(torch.cat([c.rows for c in candidates]))[:, list(CONTACT_JOINTS), :2]
    tracks = feet.split([len(candidate.rows) for candidate in candidates])
    return [_foot_skate_speed(c, track) for c, track in zip(candidates, tracks, strict=True)]


def _foot_skate_speed(candidate: CandidateMotion, feet: Tensor) -> float:
    step = torch.diff(candidate.times)[:, None]
    speed = torch.linalg.vector_norm(torch.diff(feet, dim=0), dim=-1) / step
    planted = torch.minimum(candidate.contacts[1:], candidate.contacts[:-1])
    return float((planted * speed).sum() / planted.sum().clamp(min=1e-6))


def candidate_seed(seed: int, candidate: int) -> int:
    """Return the seed of a candidate: `seed` itself for the first, unrelated ones for others."""
    if candidate == 0:
        return seed
    state = np.random.SeedSequence([seed, candidate]).generate_state(1, np.uint64)
    return int(state[0]) & LIMITS.seed_max
