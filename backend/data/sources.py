"""Find motion files and their annotations.

A source is a folder of BVH and AMASS ``.npz`` files at any depth, optionally with

- ``clips.csv``: clip, source, licence, description, action, split;
- ``captions.csv``: clip, start_s, end_s, caption;

where ``clip`` is the path of the file in the folder, without its suffix. A HumanML3D folder
(``index.csv`` and ``texts/``) holds no motion: it captions the files of the other sources.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from .motion_set import Caption

MOTION_SUFFIXES = {".bvh", ".npz"}

HUMANML3D_FPS = 20.0
"""Frame rate of HumanML3D's index."""

_HUMANML3D_TRIM = {
    "Eyes_Japan_Dataset": 3.0,
    "MPI_HDM05": 3.0,
    "TotalCapture": 1.0,
    "MPI_Limits": 1.0,
    "Transitions_mocap": 0.5,
}
"""Seconds that HumanML3D cuts from the start of these AMASS subsets."""


class SourceError(ValueError):
    """A source that cannot be read; the text is shown to users."""


@dataclass(frozen=True)
class ClipFile:
    """A motion file with the annotations of its folder."""

    path: Path
    name: str
    source: str = ""
    licence: str = ""
    action: str = ""
    split: str = "train"
    description: str = ""
    captions: tuple[Caption, ...] = ()
    """Captions, with seconds from the first frame of the file."""


def find_clip_files(folders: Iterable[Path]) -> list[ClipFile]:
    """Find all motion files below the folders, with the captions of any HumanML3D folder.

    Raises:
        SourceError: a folder does not exist, or none holds motion.
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
                f"{folder / 'captions.csv'}: start_s and end_s of {row['clip']} must be numbers."
            ) from error
        captions[row["clip"]].append(Caption(start, end, row["caption"]))
    clips = []
    for path in (p for p in sorted(folder.rglob("*")) if p.suffix.lower() in MOTION_SUFFIXES):
        name = path.relative_to(folder).with_suffix("").as_posix()
        row = known.get(name, {})
        clips.append(
            ClipFile(
                path=path,
                name=name,
                split=row.get("split") or "train",
                captions=tuple(captions.get(name, ())),
                **{key: row.get(key, "") for key in ("source", "licence", "action", "description")},
            )
        )
    return clips


def _read_csv(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in needed if name not in (reader.fieldnames or ())]
        if missing:
            raise SourceError(f"{path} must have the column {', '.join(missing)}.")
        return [{key: value or "" for key, value in row.items() if key} for row in reader]


def _caption_by_humanml3d(clips: list[ClipFile], folder: Path) -> list[ClipFile]:
    """Add HumanML3D's captions to the files in its index."""
    by_stem: dict[str, list[int]] = defaultdict(list)
    for i, clip in enumerate(clips):
        by_stem[_normalized_stem(clip.path.stem)].append(i)
    splits = _humanml3d_splits(folder)
    captions: dict[int, list[Caption]] = defaultdict(list)
    split: dict[int, str] = {}
    needed = ("source_path", "start_frame", "end_frame", "new_name")
    for row in _read_csv(folder / "index.csv", needed):
        text_file = folder / "texts" / Path(row["new_name"]).with_suffix(".txt").name
        index = _matching_clip(clips, by_stem, row["source_path"])
        if index is None or not text_file.exists():
            continue
        trim = next((s for part, s in _HUMANML3D_TRIM.items() if part in row["source_path"]), 0.0)
        start = trim + float(row["start_frame"]) / HUMANML3D_FPS
        end = trim + float(row["end_frame"]) / HUMANML3D_FPS
        captions[index] += _read_humanml3d_captions(text_file, start, end)
        split[index] = splits.get(text_file.stem, clips[index].split)
    return [
        replace(c, captions=(*c.captions, *captions[i]), split=split.get(i, c.split))
        for i, c in enumerate(clips)
    ]


def _normalized_stem(name: str) -> str:
    """Return the name without the suffix _poses or _stageii, which depends on AMASS's release."""
    return name.removesuffix("_poses").removesuffix("_stageii").replace(" ", "_").lower()


def _matching_clip(
    clips: Sequence[ClipFile], by_stem: Mapping[str, list[int]], source_path: str
) -> int | None:
    """Return the clip that has most path components, from the end, in common with the source."""
    parts = [_normalized_stem(Path(p).stem) for p in Path(source_path.replace("\\", "/")).parts]
    candidates = by_stem.get(parts[-1], [])

    def agreement(i: int) -> int:
        clip_parts = [_normalized_stem(p) for p in clips[i].path.with_suffix("").parts]
        pairs = zip(reversed(clip_parts), reversed(parts), strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    return max(candidates, key=agreement, default=None)


def _read_humanml3d_captions(path: Path, start: float, end: float) -> list[Caption]:
    """Read lines ``caption#tokens#from#to``; from = to = 0 means the whole segment."""
    captions = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.strip().split("#")
        if len(fields) < 4 or not fields[0].strip():
            continue
        try:
            first, last = float(fields[2]), float(fields[3])
        except ValueError:
            first = last = 0.0
        segment = (start + first, start + last) if last > first else (start, end)
        captions.append(Caption(*segment, fields[0].strip()))
    return captions


def _humanml3d_splits(folder: Path) -> dict[str, str]:
    files = [(name, folder / f"{name}.txt") for name in ("train", "val", "test")]
    return {
        clip: name
        for name, path in files
        if path.exists()
        for clip in path.read_text(encoding="utf-8").split()
    }
