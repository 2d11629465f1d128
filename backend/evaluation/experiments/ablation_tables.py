"""Measurements of the ablations, and their tables beside NeRM's (Wei et al., 2024, slides)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from ..metrics.clips import CLIP_FID_RATES, CLIP_FRAMES
from ..report.tables import Cell, ResultTable, format_mean


@dataclass(frozen=True)
class AblationProtocol:
    """Settings that all variants share."""

    captures: int = 100
    """Captures; each is also trained on mirrored."""
    steps: int = 2000
    diffusion_steps: int = 1000
    batch: int = 64
    reconstruction_sequences: int = 100
    """Sequences whose MRE is measured."""
    seed: int = 0


class AblationMeasures(BaseModel):
    """Measurements of one variant; tuples are ordered by `CLIP_FID_RATES`."""

    model_config = ConfigDict(frozen=True)

    sequences: int
    mre: tuple[float, ...]
    """Mean reconstruction error (mm)."""
    mre_spread: tuple[float, ...]
    """± 95 % of MRE over sequences (mm)."""
    pose: tuple[float, ...]
    """MRE relative to the root (mm)."""
    clip_fid: tuple[tuple[float, ...], ...] = ()
    """clip-FID of each repeat at each rate; empty without an embedder."""
    diversity: tuple[float, ...] = ()
    """Diversity of clips at the lowest rate, in each repeat."""
    embedder: str = ""
    """Embedder that measured clip-FID, see `embedder_digest`."""


_RATE_COLUMNS = (
    *(f"MRE {fps:g} m ↓" for fps in CLIP_FID_RATES),
    *(f"clip-FID {fps:g} ↓" for fps in CLIP_FID_RATES),
)
_EMPTY_CELLS: tuple[Cell, ...] = (None,) * len(CLIP_FID_RATES)


@dataclass(frozen=True)
class _Table:
    """Texts, rows and published figures of one table."""

    file: str
    title: str
    order: int
    rows: Mapping[str, str]
    """Name of a variant -> name of its row."""
    paper: Mapping[str, tuple[Cell, ...]] = field(default_factory=dict)
    """NeRM's published figures: name of a row -> its cells."""
    notes: tuple[str, ...] = ()
    short: bool = False
    """Whether only MRE, clip-FID and diversity at the lowest rate are shown, as in the paper."""


_TABLES = (
    _Table(
        "ablation_time_encoding",
        "Time encodings",
        50,
        {
            "none": "none",
            "simple": "simple",
            "codebook": "codebook",
            "linear": "simple, linear start (ours)",
        },
        {
            "none": (0.134, 0.141, 0.164, 0.094, 0.091, 0.471, 0.803, 1.070, 1.769, 2.944),
            "simple": (0.053, 0.049, 0.039, 0.057, 0.043, 0.397, 0.519, 0.701, 1.142, 1.717),
            "codebook": (0.041, 0.036, 0.034, 0.035, 0.038, 0.389, 0.493, 0.680, 0.903, 1.315),
        },
        ("The slides print 0.142 for the paper's simple encoding at 100 fps, here read as 1.142.",),
    ),
    _Table(
        "ablation_variational",
        "Variational against plain codes",
        60,
        {"plain": "plain codes", "simple": "variational codes"},
        {
            "plain": (0.032, 0.030, 0.031, 0.036, 0.027, 1.280, 2.924, 7.012, 10.482, 14.654),
            "variational": (0.041, 0.036, 0.034, 0.035, 0.038, 0.389, 0.493, 0.680, 0.903, 1.315),
        },
        ("Plain codes have no noise, no KL and no other prior.",),
    ),
    _Table(
        "ablation_time_normalisation",
        "Time normalisation",
        70,
        {"seconds": "seconds", "simple": "normalised"},
        {"not normalised": (0.118, 0.958, 9.892), "normalised": (0.041, 0.389, 9.547)},
        ("The paper's FID is of whole motions.",),
        short=True,
    ),
    _Table(
        "ablation_training_rates",
        "Frame rates of training",
        80,
        {
            "fixed": "fixed, 20 fps",
            "progressive": "20 fps first, then native",
            "simple": "native",
        },
        {
            "fixed": (*_EMPTY_CELLS, 0.489, *_EMPTY_CELLS[1:]),
            "native": (*_EMPTY_CELLS, 0.389, *_EMPTY_CELLS[1:]),
        },
        ("The paper's figures are FID of whole motions, not of clips.",),
    ),
    _Table(
        "ablation_codes_and_root",
        "Initial codes, and layers of the root",
        80,
        {
            "alone": "codes start near zero (the paper's auto-decoder)",
            "simple": "encoder proposes, root from the body's layers",
            "root": "encoder proposes, root from separate layers",
        },
    ),
)


def ablation_tables(
    measured: Mapping[str, AblationMeasures],
    real: AblationMeasures | None,
    protocol: AblationProtocol,
    command: str,
) -> dict[str, ResultTable]:
    """Make tables of all measured variants, by the names of their files.

    `real` are the measurements of the captures; None without an embedder.
    """
    tables = {}
    for table in _TABLES:
        rows = [
            _row(label, measured[name], table.short)
            for name, label in table.rows.items()
            if name in measured
        ]
        if not rows:
            continue
        if real is not None:
            rows.append(_row("real motion, other clips", real, table.short))
        columns = ("MRE 20 m ↓", "clip-FID 20 ↓", "Diversity →") if table.short else _RATE_COLUMNS
        tables[table.file] = ResultTable(
            title=table.title,
            columns=("", *columns),
            rows=(*rows, *((f"NeRM (paper): {row}", *cells) for row, cells in table.paper.items())),
            command=command,
            order=table.order,
            notes=(*_notes(measured, protocol), *table.notes),
        )
    return tables


def _row(label: str, measures: AblationMeasures, short: bool) -> tuple[Cell, ...]:
    mre = tuple(f"{error / 1000:.3f}" for error in measures.mre) or _EMPTY_CELLS
    fid = tuple(format_mean(list(repeats)) for repeats in measures.clip_fid) or _EMPTY_CELLS
    if not short:
        return (label, *mre, *fid)
    spread = format_mean(list(measures.diversity)) if measures.diversity else None
    return (label, mre[0], fid[0], spread)


def _notes(measured: Mapping[str, AblationMeasures], protocol: AblationProtocol) -> tuple[str, ...]:
    sequences = next(iter(measured.values())).sequences
    largest = max(error for m in measured.values() for error in m.mre_spread)
    return (
        f"{sequences} sequences ({protocol.captures} captures at 120 fps and their mirror "
        f"images), width 256 × 5 blocks, {protocol.steps} steps, no linear start unless named; "
        f"then {protocol.diffusion_steps} steps of latent diffusion on labels.",
        f"MRE: {protocol.reconstruction_sequences} sequences, ± {largest / 1000:.3f} m or less. "
        f"clip-FID: one random clip of {CLIP_FRAMES} frames of each motion, generated and real, in "
        "the text–motion embedder's unit vectors.",
        "The paper's rows: HumanML3D and its own embedder; compare only differences.",
    )
