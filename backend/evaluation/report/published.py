"""Figures from published papers, in tables that name their source."""

from .tables import Cell, ResultTable


def _parse_rows(text: str) -> tuple[tuple[Cell, ...], ...]:
    """Split a row of each line, in cells between "|"; "–" is not published."""
    lines = text.strip().splitlines()
    return tuple(tuple(None if c == "–" else c for c in line.split(" | ")) for line in lines)


ACTION_ORDER = 30
"""Position of the action-to-motion tables on the results page."""

CLIP_FID = (
    ("T2M", 1.067, 2.831, 6.442, 9.182, 11.264),
    ("MDM", 0.544, 1.882, 4.605, 5.966, 8.401),
    ("MLD", 0.473, 1.465, 3.816, 5.138, 7.878),
    ("NeRM", 0.389, 0.493, 0.680, 0.903, 1.315),
)
"""clip-FID at 20, 40, 60, 100 and 120 fps on HumanML3D (Wei et al., 2024)."""

TEXT_TO_MOTION = ResultTable(
    title="Text-to-motion, as others published",
    columns=("model", "FID ↓", "R@3 ↑", "MM-Dist ↓", "Diversity →", "MultiModality ↑"),
    rows=_parse_rows("""
Real | 0.002 ± 0.000 | 0.797 ± 0.002 | 2.974 ± 0.008 | 9.503 ± 0.065 | –
JL2P | 11.02 ± 0.046 | 0.486 ± 0.002 | 5.296 ± 0.008 | 7.676 ± 0.058 | –
Hier | 6.532 ± 0.024 | 0.552 ± 0.004 | 5.012 ± 0.018 | 8.332 ± 0.042 | –
T2M | 1.067 ± 0.002 | 0.740 ± 0.003 | 3.340 ± 0.008 | 9.188 ± 0.002 | 2.090 ± 0.083
MoFusion | – | 0.492 | – | 8.82 | 2.521
MDM | 0.544 ± 0.044 | 0.611 ± 0.007 | 5.566 ± 0.027 | 9.559 ± 0.086 | 2.799 ± 0.072
PhysDiff | 0.433 | 0.631 | – | – | –
MLD | 0.473 ± 0.013 | 0.772 ± 0.002 | 3.196 ± 0.010 | 9.724 ± 0.082 | 2.413 ± 0.079
NeRM, fixed rate | 0.489 ± 0.013 | 0.774 ± 0.003 | 3.186 ± 0.015 | 9.692 ± 0.082 | 2.330 ± 0.075
NeRM, native rates | 0.389 ± 0.011 | 0.779 ± 0.003 | 3.178 ± 0.016 | 9.547 ± 0.073 | 2.193 ± 0.081
"""),
    command="python -m backend evaluate text-to-motion DATA",
    order=20,
    notes=(
        "As published in NeRM's slides: on HumanML3D, with that benchmark's own embedder. "
        "Distances of another embedder on other data do not compare with ours; ratios to the real "
        "row do.",
    ),
)

_ACTION_METRICS = ("accuracy ↑", "diversity →", "multimodality →")
_UESTC = _parse_rows("""
2.92 ± .26 | 2.79 ± .29 | 0.988 ± .001 | 33.34 ± .320 | 14.16 ± .06
20.5 ± 2.3 | 23.43 ± 2.20 | 0.911 ± .003 | 31.96 ± .33 | 14.52 ± .09
9.98 ± 1.33 | 12.81 ± 1.46 | 0.950 ± .000 | 33.02 ± .28 | 14.26 ± .12
12.89 ± .109 | 15.79 ± .079 | 0.954 ± .001 | 33.52 ± .14 | 13.57 ± .06
9.55 ± .06 | 15.00 ± .09 | 0.941 ± .001 | 31.59 ± .19 | 14.68 ± .07
11.75 ± .31 | 14.23 ± .174 | 0.956 ± .001 | 33.20 ± .21 | 14.41 ± .06
""")
_HUMANACT12 = _parse_rows("""
Real | 0.020 ± .010 | 0.997 ± .001 | 6.850 ± .050 | 2.450 ± .040
ACTOR (Petrovich et al., 2021) | 0.120 ± .000 | 0.955 ± .008 | 6.840 ± .030 | 2.530 ± .020
MDM (Tevet et al., 2023) | 0.100 ± .000 | 0.990 ± .000 | 6.680 ± .050 | 2.520 ± .010
MLD (Chen et al., 2023) | 0.077 ± .004 | 0.964 ± .002 | 6.831 ± .050 | 2.824 ± .038
INR-MLP (Cervantes et al., 2022) | 0.114 ± .001 | 0.970 ± .001 | 6.786 ± .057 | 2.507 ± .034
NeRM (Wei et al., 2024) | 0.106 ± .000 | 0.977 ± .001 | 6.866 ± .032 | 2.492 ± .048
""")

ACTION_TO_MOTION = ResultTable(
    title="Action-to-motion as published (theirs: UESTC and HumanAct12)",
    columns=(
        "method",
        *(f"UESTC {m}" for m in ("FID train ↓", "FID test ↓", *_ACTION_METRICS)),
        *(f"HumanAct12 {m}" for m in ("FID train ↓", *_ACTION_METRICS)),
    ),
    rows=tuple(
        (name, *uestc, *human) for uestc, (name, *human) in zip(_UESTC, _HUMANACT12, strict=True)
    ),
    command="python -m backend evaluate action-to-motion DATA",
    order=ACTION_ORDER,
    notes=(
        "Figures of the NeRM paper (ICLR 2024) on data and with classifiers of their own: only "
        "how far a method is from its real row compares with the table above.",
    ),
)
