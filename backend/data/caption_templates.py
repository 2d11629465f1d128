"""Captions of labels, their rewordings, and the captions of mirrored motions."""

import re

ACTION_PHRASES: dict[str, tuple[str, ...]] = {
    "aim": ("aims a pistol", "points a gun ahead"),
    "animal": ("acts like an animal", "imitates an animal"),
    "balance": ("balances on one leg", "keeps their balance"),
    "basketball": ("plays basketball", "dribbles a basketball"),
    "bend": ("bends down", "bends over"),
    "block": ("blocks an attack", "raises the arms to defend"),
    "bow": ("bows", "takes a bow"),
    "cartwheel": ("does a cartwheel", "performs a cartwheel"),
    "cast": ("casts a spell", "throws a magic spell"),
    "cheer": ("cheers", "celebrates with raised arms"),
    "climb": ("climbs", "climbs up"),
    "crawl": ("crawls", "crawls on the ground"),
    "crouch": ("crouches", "crouches down low"),
    "dance": ("dances", "is dancing"),
    "dizzy": ("is dizzy", "sways dizzily"),
    "drink": ("drinks", "takes a drink"),
    "duck": ("ducks", "ducks under something"),
    "exercise": ("exercises", "does exercises"),
    "fall": ("falls down", "falls to the ground"),
    "fight_idle": ("stands ready to fight", "stands in a fighting stance"),
    "flip": ("does a flip", "flips through the air"),
    "gesture": ("gestures with the hands", "makes a gesture"),
    "idle": ("stands still", "stands around"),
    "jump": ("jumps", "jumps up"),
    "karate": ("does karate", "does martial arts moves"),
    "kick": ("kicks", "throws a kick"),
    "kick_ball": ("kicks a ball", "kicks a soccer ball"),
    "kneel": ("kneels", "kneels down"),
    "laugh": ("laughs", "laughs out loud"),
    "levitate": ("levitates", "floats in the air"),
    "lie": ("lies down", "lies on the ground"),
    "meditate": ("meditates", "sits and meditates"),
    "nod": ("nods", "nods the head"),
    "power_up": ("powers up", "gathers power"),
    "punch": ("punches", "throws a punch"),
    "push": ("pushes", "pushes something"),
    "reach": ("reaches out", "reaches for something"),
    "roll": ("rolls", "rolls over the ground"),
    "run": ("runs", "is running"),
    "sit": ("sits down", "sits"),
    "sweep": ("sweeps the floor", "sweeps with a broom"),
    "swim": ("swims", "makes swimming movements"),
    "swordplay": ("fights with a sword", "swings a sword"),
    "talk": ("talks", "stands and talks"),
    "throw": ("throws something", "throws a ball"),
    "tired": ("is tired", "rests, out of breath"),
    "turn": ("turns around", "turns on the spot"),
    "walk": ("walks", "is walking"),
    "wash": ("washes something", "wipes a surface"),
    "wave": ("waves", "waves a hand"),
}
"""Predicates of "a person ...", for each label of the shipped data."""

_SUBJECT = re.compile(
    r"^(?:a|the|this) (?:person|man|woman|figure|human|character) ", re.IGNORECASE
)
_OTHER_SUBJECTS = ("someone ", "a man ", "the person ", "")

_MIRRORED_WORDS = {
    "left": "right",
    "leftward": "rightward",
    "leftwards": "rightwards",
    "clockwise": "counterclockwise",
    "counterclockwise": "clockwise",
    "counter-clockwise": "clockwise",
    "anticlockwise": "clockwise",
    "anti-clockwise": "clockwise",
} | {"right": "left", "rightward": "leftward", "rightwards": "leftwards"}
_MIRRORED_PATTERN = re.compile(
    r"(?<![\w-])(" + "|".join(sorted(_MIRRORED_WORDS, key=len, reverse=True)) + r")(?![\w-])",
    re.IGNORECASE,
)


def action_captions(action: str) -> tuple[str, ...]:
    """Return the captions of a label: those written for it, or one made from its name."""
    if not action:
        return ()
    phrases = ACTION_PHRASES.get(action, (f"does: {re.sub('[-_]', ' ', action)}",))
    return tuple(f"a person {phrase}" for phrase in phrases)


def reword_caption(text: str) -> tuple[str, ...]:
    """Return the caption with other subjects, and without: people also type just "waves"."""
    predicate, count = _SUBJECT.subn("", text)
    return tuple(subject + predicate for subject in _OTHER_SUBJECTS) if count else ()


def mirror_caption(text: str) -> str:
    """Exchange left and right, and clockwise and counterclockwise."""

    def swap(match: re.Match[str]) -> str:
        word = match[0]
        mirrored = _MIRRORED_WORDS[word.lower()]
        return mirrored.capitalize() if word[0].isupper() else mirrored

    return _MIRRORED_PATTERN.sub(swap, text)


def mirror_label(action: str) -> str:
    """Exchange the sides in a label ("wave-left-hand")."""
    return "".join(_MIRRORED_WORDS.get(part, part) for part in re.split(r"([-_ ])", action))
