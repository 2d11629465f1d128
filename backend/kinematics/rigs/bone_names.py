"""Compare bone names: as a preset spells them, or with sides and numbers in any spelling.

Importers and pipelines add namespaces, prefixes and suffixes: `Hero:LeftArm`, `Armature_LeftArm`,
`LeftArm.001`, `Arm_L` and `arm.left` are the same bone.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_PREFIX_FRACTION = 0.75
"""Fraction of the bones that have to start with a prefix."""
_MAX_PREFIX_WORDS = 3
"""Words of a prefix, as in "Armature_Hero_Rig_"."""
_SIDES = {"l": "left", "left": "left", "r": "right", "right": "right"}
_CENTER_WORDS = {"c", "m", "x"}
_IGNORED_WORDS = {"jnt", "joint", "bone", "bn", "def"}


def normalize_bone_name(name: str, prefixes: Iterable[str] = ()) -> str:
    """Remove namespace, prefix, case and punctuation from a bone name: 'm:Left_Leg' -> 'leftleg'.

    'spine_01' becomes 'spine1'; 'spine.001' stays, because Blender numbers copies in this form.
    """
    name = _without_namespace(name)
    for prefix in prefixes:
        name = name.removeprefix(prefix)
    return re.sub(r"[^a-z0-9]", "", re.sub(r"(?<!\d)0(?=\d(?!\d))", "", name.lower()))


def common_prefix(names: Sequence[str]) -> str:
    """Prefix of most names in whole words, without namespaces: 'Armature_' or ''."""
    plain = [_without_namespace(name) for name in names]
    prefix = ""
    for _ in range(_MAX_PREFIX_WORDS):
        endings = [name.removeprefix(prefix) for name in plain if name.startswith(prefix)]
        first_words = Counter(
            m[0] for ending in endings if (m := re.match(r"[A-Za-z0-9]+[_\-. ]+", ending))
        )
        word, count = first_words.most_common(1)[0] if first_words else ("", 0)
        if count < _PREFIX_FRACTION * len(plain) or not word:
            break
        prefix += word
    return prefix


def split_side(name: str, prefix: str = "") -> tuple[str, str]:
    """Split a bone name into its side and the rest, in any spelling of both.

    Args:
        prefix: Common prefix of all names of the rig.

    Returns:
        'left', 'right' or '', and the rest: 'Hero:Upper_Arm.L.001' -> ('left', 'upperarm').
    """
    name = _without_namespace(name).removeprefix(prefix)
    name = re.sub(r"[._]\d{3}$", "", name)
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)
    words = [str(int(word)) if word.isdigit() else word.lower() for word in words]
    words = [word for word in words if word not in _IGNORED_WORDS]
    sides = [n for n, word in enumerate(words) if word in _SIDES]
    if sides:
        side = _SIDES[words.pop(sides[-1])]
    else:
        side, words = _side_without_separator(words)
    for end in (0, -1):
        if len(words) > 1 and words[end] in _CENTER_WORDS:
            words.pop(end)
    return side, "".join(words)


def _side_without_separator(words: list[str]) -> tuple[str, list[str]]:
    """Find a side that is written without a separator, as in 'leftarm' and 'ARMRIGHT'."""
    for n, word in enumerate(words):
        for side in ("left", "right"):
            if word.startswith(side):
                return side, [*words[:n], word.removeprefix(side), *words[n + 1 :]]
            if word.endswith(side):
                return side, [*words[:n], word.removesuffix(side), *words[n + 1 :]]
    return "", words


def _without_namespace(name: str) -> str:
    return re.split(r"[:|]", name)[-1]
