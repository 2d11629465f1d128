"""The text–motion embedder: motions and prompts as points of one space, near where they match.

It scores how well a motion fits its prompt, finds the training motion nearest to a generated one,
and is what every table about generated motion measures in. Trained on the training split only
(`train`), after TMR (Petrovich et al., ICCV 2023). May import text, data and kinematics; its
training borrows nerm's training loop.
"""

from .embedder import (
    Embedder,
    EmbeddingNovelty,
    default_embedder_folder,
    load_embedder,
    pose_rows_of_take,
)

__all__ = [
    "Embedder",
    "EmbeddingNovelty",
    "default_embedder_folder",
    "load_embedder",
    "pose_rows_of_take",
]
