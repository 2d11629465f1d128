"""How bone names are compared: as a preset spells them, or with sides and numbers in any spelling.

Rigs of one kind come with namespaces, prefixes and suffixes that importers and pipelines add:
`Hero:LeftArm`, `Armature_LeftArm`, `LeftArm.001`, `Arm_L` and `arm.left` are one bone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_COMMON = 0.75
"""Share of the bones that have to begin alike for that beginning to be a prefix."""
_LONGEST_PREFIX = 3
"""Words in it."""
_SIDES = {"l": "left", "left": "left", "r": "right", "right": "right"}
_CENTRE = {"c", "m", "x"}
_SAYS_NOTHING = {"jnt", "joint", "bone", "bn", "def"}


def normalize_bone_name(name: str, prefixes: Iterable[str] = ()) -> str:
    """A bone name without namespace, prefix, case and punctuation: 'm:Left_Leg' -> 'leftleg'.

    'spine_01' is 'spine1'; 'spine.001' is not, for so Blender numbers copies.
    """
    name = _without_namespace(name)
    for prefix in prefixes:
        name = name.removeprefix(prefix)
    return re.sub(r"[^a-z0-9]", "", re.sub(r"(?<!\d)0(?=\d(?!\d))", "", name.lower()))


def common_prefix(names: Sequence[str]) -> str:
    """What most names begin with, in whole words, less namespaces: 'Armature_' or ''."""
    plain = [_without_namespace(name) for name in names]
    prefix = ""
    for _ in range(_LONGEST_PREFIX):
        rests = [name.removeprefix(prefix) for name in plain if name.startswith(prefix)]
        heads = Counter(m[0] for rest in rests if (m := re.match(r"[A-Za-z0-9]+[_\-. ]+", rest)))
        word, count = heads.most_common(1)[0] if heads else ("", 0)
        if count < _COMMON * len(plain) or not word:
            break
        prefix += word
    return prefix


def split_side(name: str, prefix: str = "") -> tuple[str, str]:
    """A bone name as its side and what is left of it, however both are spelt.

    Args:
        prefix: what all names of the rig begin with.

    Returns:
        'left', 'right' or '', and the rest: 'Hero:Upper_Arm.L.001' -> ('left', 'upperarm').
    """
    name = _without_namespace(name).removeprefix(prefix)
    name = re.sub(r"[._]\d{3}$", "", name)
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)
    words = [str(int(word)) if word.isdigit() else word.lower() for word in words]
    words = [word for word in words if word not in _SAYS_NOTHING]
    sides = [n for n, word in enumerate(words) if word in _SIDES]
    if sides:
        side = _SIDES[words.pop(sides[-1])]
    else:
        side, words = _glued_side(words)
    for end in (0, -1):
        if len(words) > 1 and words[end] in _CENTRE:
            words.pop(end)
    return side, "".join(words)


def _glued_side(words: list[str]) -> tuple[str, list[str]]:
    """A side that is written together with the word beside it, as in 'leftarm' and 'ARMRIGHT'."""
    for n, word in enumerate(words):
        for side in ("left", "right"):
            if word.startswith(side):
                return side, [*words[:n], word.removeprefix(side), *words[n + 1 :]]
            if word.endswith(side):
                return side, [*words[:n], word.removesuffix(side), *words[n + 1 :]]
    return "", words


def _without_namespace(name: str) -> str:
    return re.split(r"[:|]", name)[-1]
