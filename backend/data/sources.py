"""Finding motion files and what is known of them.

A source is a folder of BVH and AMASS ``.npz`` files at any depth, optionally with

- ``clips.csv``: clip, source, licence, description, action, split;
- ``captions.csv``: clip, start_s, end_s, caption;

where ``clip`` is the file's path below the folder without its ending. A HumanML3D folder
(``index.csv`` and ``texts/``) holds no motion: it captions the files of the other sources.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .motion_set import Caption

MOTION_SUFFIXES = {".bvh", ".npz"}

HUMANML3D_FPS = 20.0
"""Frames per second in which HumanML3D's index and texts count."""

_HUMANML3D_TRIM = {
    "Eyes_Japan_Dataset": 3.0,
    "MPI_HDM05": 3.0,
    "TotalCapture": 1.0,
    "MPI_Limits": 1.0,
    "Transitions_mocap": 0.5,
}
"""Seconds that HumanML3D cuts off the front of these AMASS subsets before its index counts."""


class SourceError(ValueError):
    """A source cannot be read; the text is a sentence for the user."""


@dataclass(frozen=True)
class ClipFile:
    """A motion file and what its folder says of it."""

    path: Path
    name: str
    source: str = ""
    licence: str = ""
    action: str = ""
    split: str = "train"
    description: str = ""
    captions: tuple[Caption, ...] = ()
    """Times count from the file's first frame."""


def find_clip_files(folders: Iterable[Path]) -> list[ClipFile]:
    """All motion files below the folders, captioned by any HumanML3D folder among them.

    Raises:
        SourceError: if a folder does not exist or none holds motion.
    """
    folders = list(folders)
    for folder in folders:
        if not folder.exists():
            raise SourceError(f"There is no folder {folder}.")
    humanml3d = [f for f in folders if (f / "index.csv").exists() and (f / "texts").is_dir()]
    clips = [clip for f in folders if f not in humanml3d for clip in _folder_clips(f)]
    if not clips:
        names = ", ".join(str(folder) for folder in folders)
        raise SourceError(f"No .bvh or .npz file was found below {names}.")
    for folder in humanml3d:
        clips = _caption_by_humanml3d(clips, folder)
    return clips


def _folder_clips(folder: Path) -> list[ClipFile]:
    if folder.is_file():
        return [ClipFile(folder, folder.stem)] if folder.suffix.lower() in MOTION_SUFFIXES else []
    known = {row["clip"]: row for row in _read_csv(folder / "clips.csv", ("clip",))}
    captions: dict[str, list[Caption]] = defaultdict(list)
    needed = ("clip", "start_s", "end_s", "caption")
    for row in _read_csv(folder / "captions.csv", needed):
        try:
            start, end = float(row["start_s"]), float(row["end_s"])
        except ValueError as error:
            raise SourceError(
                f"{folder / 'captions.csv'} gives {row['clip']} a time that is no number."
            ) from error
        captions[row["clip"]].append(Caption(start, end, row["caption"]))
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in MOTION_SUFFIXES:
            continue
        name = path.relative_to(folder).with_suffix("").as_posix()
        row = known.get(name, {})
        found.append(
            ClipFile(
                path=path,
                name=name,
                source=row.get("source", ""),
                licence=row.get("licence", ""),
                action=row.get("action", ""),
                split=row.get("split", "train") or "train",
                description=row.get("description", ""),
                captions=tuple(captions.get(name, ())),
            )
        )
    return found


def _read_csv(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in needed if name not in (reader.fieldnames or ())]
        if missing:
            raise SourceError(f"{path} lacks the column {', '.join(missing)}.")
        return [{key: value or "" for key, value in row.items() if key} for row in reader]


def _caption_by_humanml3d(clips: list[ClipFile], folder: Path) -> list[ClipFile]:
    """Add the captions of HumanML3D's texts to the files its index names."""
    by_stem: dict[str, list[int]] = defaultdict(list)
    for i, clip in enumerate(clips):
        by_stem[_normalized_stem(clip.path.stem)].append(i)
    splits = _humanml3d_splits(folder)
    captions: dict[int, list[Caption]] = defaultdict(list)
    split: dict[int, str] = {}
    for row in _read_csv(
        folder / "index.csv", ("source_path", "start_frame", "end_frame", "new_name")
    ):
        text_file = folder / "texts" / Path(row["new_name"]).with_suffix(".txt").name
        where = _matching_clip(clips, by_stem, row["source_path"])
        if where is None or not text_file.exists():
            continue
        trim = next((s for part, s in _HUMANML3D_TRIM.items() if part in row["source_path"]), 0.0)
        start = trim + float(row["start_frame"]) / HUMANML3D_FPS
        end = trim + float(row["end_frame"]) / HUMANML3D_FPS
        captions[where] += _read_humanml3d_captions(text_file, start, end)
        split[where] = splits.get(text_file.stem, clips[where].split)
    return [
        replace(c, captions=(*c.captions, *captions[i]), split=split.get(i, c.split))
        if i in captions
        else c
        for i, c in enumerate(clips)
    ]


def _normalized_stem(name: str) -> str:
    """AMASS names its files <take>_poses or <take>_stageii from one release to the next."""
    return name.removesuffix("_poses").removesuffix("_stageii").replace(" ", "_").lower()


def _matching_clip(
    clips: Sequence[ClipFile], by_stem: Mapping[str, list[int]], source_path: str
) -> int | None:
    """The clip whose path agrees longest, from its end, with HumanML3D's source path."""
    parts = [_normalized_stem(Path(p).stem) for p in Path(source_path.replace("\\", "/")).parts]
    candidates = by_stem.get(parts[-1], [])

    def agreement(i: int) -> int:
        own = [_normalized_stem(p) for p in clips[i].path.with_suffix("").parts]
        count = 0
        for a, b in zip(reversed(own), reversed(parts), strict=False):
            if a != b:
                break
            count += 1
        return count

    return max(candidates, key=agreement, default=None)


def _read_humanml3d_captions(path: Path, start: float, end: float) -> list[Caption]:
    """One text file: ``caption#tokens#from#to`` a line; from = to = 0 means the whole segment."""
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.strip().split("#")
        if len(fields) < 4 or not fields[0].strip():
            continue
        try:
            first, last = float(fields[2]), float(fields[3])
        except ValueError:
            first = last = 0.0
        whole = not last > first
        found.append(
            Caption(
                start if whole else start + first, end if whole else start + last, fields[0].strip()
            )
        )
    return found


def _humanml3d_splits(folder: Path) -> dict[str, str]:
    splits: dict[str, str] = {}
    for name in ("train", "val", "test"):
        path = folder / f"{name}.txt"
        if path.exists():
            splits |= dict.fromkeys(path.read_text(encoding="utf-8").split(), name)
    return splits
