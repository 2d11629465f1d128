"""Figures that others published, named as theirs: never measured here, only shown beside ours."""

from __future__ import annotations

from .tables import Cell

NERM = "NeRM (Wei et al., ICLR 2024)"
EMBEDDER_NOTE = (
    "As published in NeRM's slides: on HumanML3D, by that benchmark's own embedder. Distances of "
    "another embedder on other data do not compare with ours; shares of the real row do."
)

TEXT_TO_MOTION_COLUMNS = ("model", "FID ↓", "R@3 ↑", "MM-Dist ↓", "Diversity →", "MultiModality ↑")
TEXT_TO_MOTION_ROWS: tuple[tuple[Cell, ...], ...] = (
    ("Real", "0.002 ± 0.000", "0.797 ± 0.002", "2.974 ± 0.008", "9.503 ± 0.065", None),
    ("JL2P", "11.02 ± 0.046", "0.486 ± 0.002", "5.296 ± 0.008", "7.676 ± 0.058", None),
    ("Hier", "6.532 ± 0.024", "0.552 ± 0.004", "5.012 ± 0.018", "8.332 ± 0.042", None),
    ("T2M", "1.067 ± 0.002", "0.740 ± 0.003", "3.340 ± 0.008", "9.188 ± 0.002", "2.090 ± 0.083"),
    ("MoFusion", None, "0.492", None, "8.82", "2.521"),
    ("MDM", "0.544 ± 0.044", "0.611 ± 0.007", "5.566 ± 0.027", "9.559 ± 0.086", "2.799 ± 0.072"),
    ("PhysDiff", "0.433", "0.631", None, None, None),
    ("MLD", "0.473 ± 0.013", "0.772 ± 0.002", "3.196 ± 0.010", "9.724 ± 0.082", "2.413 ± 0.079"),
    (
        "NeRM, fixed rate",
        "0.489 ± 0.013",
        "0.774 ± 0.003",
        "3.186 ± 0.015",
        "9.692 ± 0.082",
        "2.330 ± 0.075",
    ),
    (
        "NeRM, native rates",
        "0.389 ± 0.011",
        "0.779 ± 0.003",
        "3.178 ± 0.016",
        "9.547 ± 0.073",
        "2.193 ± 0.081",
    ),
)
