"""Captions of labels, their rewordings, and the captions of mirrored motions."""

import random
import re
from zlib import crc32

from .verb_forms import base_form, imperative_predicate, participle_predicate

ACTION_PHRASES: dict[str, tuple[str, ...]] = {
    "aim": ("aims a pistol", "points a gun ahead"),
    "animal": ("acts like an animal", "imitates an animal"),
    "archery": ("shoots a bow", "shoots an arrow"),
    "balance": ("balances on one leg", "keeps their balance"),
    "baseball": ("swings a baseball bat", "hits a baseball"),
    "basketball": ("plays basketball", "dribbles a basketball"),
    "bend": ("bends down", "bends over"),
    "block": ("blocks an attack", "raises the arms to defend"),
    "bow": ("bows", "takes a bow"),
    "breathe": ("takes a deep breath", "breathes deeply"),
    "burpees": ("does burpees", "does a burpee"),
    "calf_raise": ("rises on the toes", "does calf raises"),
    "carry": ("carries something", "holds something in both hands"),
    "cartwheel": ("does a cartwheel", "performs a cartwheel"),
    "cast": ("casts a spell", "throws a magic spell"),
    "catch": ("catches a ball", "catches something"),
    "cheer": ("cheers", "celebrates with raised arms"),
    "chop": ("chops wood", "swings an axe"),
    "clap": ("claps", "claps the hands"),
    "climb": ("climbs", "climbs up"),
    "conduct": ("conducts an orchestra", "conducts music"),
    "cook": ("cooks", "stirs a pot"),
    "crawl": ("crawls", "crawls on the ground"),
    "crouch": ("crouches", "crouches down low"),
    "dance": ("dances", "is dancing"),
    "dizzy": ("is dizzy", "sways dizzily"),
    "dodge": ("dodges to the side", "dodges something"),
    "door": ("opens a door", "opens the door"),
    "drink": ("drinks", "takes a drink"),
    "drive": ("drives a car", "steers a car"),
    "duck": ("ducks", "ducks under something"),
    "eat": ("eats", "is eating"),
    "exercise": ("exercises", "does exercises"),
    "faint": ("faints", "passes out"),
    "fall": ("falls down", "falls to the ground"),
    "fight_idle": ("stands ready to fight", "stands in a fighting stance"),
    "flip": ("does a flip", "flips through the air"),
    "funny_run": ("runs in a funny way", "runs oddly"),
    "gallop": ("gallops", "gallops like a horse"),
    "gesture": ("gestures with the hands", "makes a gesture"),
    "get_up": ("gets up", "gets up from the floor"),
    "glute_bridges": ("lifts the hips from the floor", "does glute bridges"),
    "golf": ("plays golf", "swings a golf club"),
    "greet": ("greets someone", "greets another person"),
    "grope": ("gropes in the dark", "feels the way forward"),
    "hammer": ("hammers", "hits something with a hammer"),
    "hit_reaction": ("gets hit", "staggers after a blow"),
    "hobble": ("hobbles", "walks bent over, like an old person"),
    "hop": ("hops on one leg", "hops"),
    "hurt": ("is hurt", "is in pain"),
    "idle": ("stands still", "stands around"),
    "jog": ("jogs", "runs slowly"),
    "jump": ("jumps", "jumps up"),
    "juggle": ("juggles", "juggles balls"),
    "jumping_jacks": ("does jumping jacks", "does star jumps"),
    "karate": ("does karate", "does martial arts moves"),
    "kick": ("kicks", "throws a kick"),
    "kick_ball": ("kicks a ball", "kicks a soccer ball"),
    "kneel": ("kneels", "kneels down"),
    "knock": ("knocks on a door", "knocks"),
    "laugh": ("laughs", "laughs out loud"),
    "lean": ("leans over", "leans the upper body"),
    "leg_raises": ("does leg raises", "lies down and raises both legs"),
    "levitate": ("levitates", "floats in the air"),
    "lie": ("lies down", "lies on the ground"),
    "limp": ("limps", "walks with a limp"),
    "look": ("looks around", "looks somewhere"),
    "lunge": ("lunges", "does a lunge"),
    "march": ("marches in place", "marches on the spot"),
    "march_forward": ("marches forward", "marches like a soldier"),
    "meditate": ("meditates", "sits and meditates"),
    "moonwalk": ("does the moonwalk", "glides backwards in a moonwalk"),
    "mountain_climbers": ("does mountain climbers", "pulls the knees to the chest in a plank"),
    "music": ("plays an instrument", "makes music"),
    "nod": ("nods", "nods the head"),
    "patrol": ("patrols with a rifle", "is on patrol"),
    "phone": ("talks on the phone", "makes a phone call"),
    "pick_up": ("picks something up", "picks something up from the floor"),
    "plank": ("holds a plank", "does a plank"),
    "point": ("points", "points at something"),
    "pose": ("poses", "strikes a pose"),
    "power_up": ("powers up", "gathers power"),
    "pray": ("prays", "is praying"),
    "press": ("presses a button", "pushes a button"),
    "pull": ("pulls something", "pulls hard"),
    "punch": ("punches", "throws a punch"),
    "push": ("pushes", "pushes something"),
    "push_ups": ("does push-ups", "is doing push-ups"),
    "put_down": ("puts something down", "puts something on the floor"),
    "reach": ("reaches out", "reaches for something"),
    "read": ("reads", "reads a book"),
    "robot": ("moves like a robot", "imitates a robot"),
    "roll": ("rolls", "rolls over the ground"),
    "run": ("runs", "is running"),
    "run_low": ("runs bent over", "runs crouched"),
    "salute": ("salutes", "gives a salute"),
    "saw": ("saws", "saws wood"),
    "shake_head": ("shakes the head", "says no with the head"),
    "shiver": ("shivers", "shivers from cold"),
    "shrug": ("shrugs", "shrugs the shoulders"),
    "side_step": ("steps to the side", "sidesteps"),
    "sit": ("sits down", "sits"),
    "sit_on_floor": ("sits on the floor", "sits down on the floor"),
    "sit_ups": ("does sit-ups", "is doing sit-ups"),
    "skip": ("skips", "skips along"),
    "sleep": ("sleeps", "is asleep"),
    "sneak": ("sneaks", "creeps along quietly"),
    "sprint": ("sprints", "runs at full speed"),
    "squat": ("squats", "does squats"),
    "stagger": ("staggers", "walks unsteadily"),
    "stairs": ("walks up or down stairs", "takes the stairs"),
    "stand_up": ("stands up", "stands up from a chair"),
    "step": ("takes a step", "steps forward and back"),
    "stomp": ("stomps", "stamps the feet while walking"),
    "stretch": ("stretches", "does stretches"),
    "stroll": ("strolls", "walks at ease"),
    "strut": ("struts", "walks confidently"),
    "surrender": ("surrenders", "puts the hands up"),
    "sweep": ("sweeps the floor", "sweeps with a broom"),
    "swim": ("swims", "makes swimming movements"),
    "swordplay": ("fights with a sword", "swings a sword"),
    "talk": ("talks", "stands and talks"),
    "tennis": ("plays tennis", "swings a tennis racket"),
    "think": ("thinks", "is thinking"),
    "throw": ("throws something", "throws a ball"),
    "tie_shoe": ("ties a shoe", "kneels down and ties a shoe"),
    "tilt_head": ("tilts the head", "cocks the head"),
    "tiptoe": ("tiptoes", "walks on tiptoe"),
    "tired": ("is tired", "rests, out of breath"),
    "trudge": ("trudges", "walks slowly and heavily"),
    "turn": ("turns around", "turns on the spot"),
    "twist": ("twists at the waist", "twists from side to side"),
    "type": ("types on a keyboard", "is typing"),
    "waddle": ("waddles", "waddles like a penguin"),
    "walk": ("walks", "is walking"),
    "walk_backwards": ("walks backwards", "steps back"),
    "walk_in_pain": ("walks in pain", "walks, holding a hurt arm"),
    "wash": ("washes something", "wipes a surface"),
    "wave": ("waves", "waves a hand"),
    "write": ("writes", "writes on a board"),
    "yoga": ("does yoga", "is doing yoga"),
    "zombie": ("walks like a zombie", "lurches like a zombie"),
}
"""Predicates of "a person ...", for each label of the shipped data."""

_SUBJECT = re.compile(
    r"^(?:(?:(?:a|an|the|this) )?"
    r"(?:person|man|woman|figure|human being|human|character|guy|individual|being|sim)"
    r"|someone|somebody|he|she) ",
    re.IGNORECASE,
)
_SUBJECTS = (
    *("a man", "the man", "a woman", "the woman", "the person", "the character", "a character"),
    *("a guy", "a girl", "he", "she", "somebody"),
)
_PARTICIPLE_SUBJECTS = ("a person is ", "someone is ", "a man is ", "she is ", "he is ", "", "", "")
_POSSESSIVES = {"he": "his", "man": "his", "guy": "his", "she": "her"} | {
    "woman": "her",
    "girl": "her",
}
_COMPARISON = re.compile(
    r" like (an? (?:old (?:man|woman|person)|zombie|robot|monkey|gorilla|soldier|ghost|penguin|cat"
    r"|dog|bear|boxer|ballerina|ninja|drunk|puppet))\b",
    re.IGNORECASE,
)
"""Whom a person may be called, where the caption compares them."""
_NOUNS = """bow cartwheel dance handstand hop jog jump kick lunge nod punch run salute shrug squat
stretch throw turn walk wave"""
"""Verbs that are nouns as well."""
_SIDE = re.compile(r"(?:with the (?:left|right) \w+)?")

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


def caption_predicate(text: str) -> str | None:
    """Return a caption without its subject, as "waves" of "a person waves"; None without one."""
    predicate, count = _SUBJECT.subn("", text)
    return predicate if count else None


def reword_caption(text: str) -> tuple[str, ...]:
    """Return at most five wordings of a caption; none if it has no subject.

    The first has the subject "someone", the last none: people also type just "waves". Between them
    are another subject, a participle ("she is waving", "waving") or noun ("a wave"), and an
    imperative ("wave"). Which subject and participle is random, but always the same of a text.
    """
    predicate = caption_predicate(text)
    if predicate is None:
        return ()
    rng = random.Random(crc32(text.encode()))  # noqa: S311
    wordings = [f"someone {predicate}", _with_subject(text, predicate, rng)]
    participle = participle_predicate(predicate)
    if participle is not None:
        noun = _noun_form(predicate)
        subject = rng.choice(_PARTICIPLE_SUBJECTS)
        wordings.append(noun if noun and rng.random() < 0.5 else subject + participle)
    imperative = imperative_predicate(predicate)
    if imperative is not None:
        wordings.append(imperative)
    return (*wordings, predicate)


def _with_subject(text: str, predicate: str, rng: random.Random) -> str:
    comparison = _COMPARISON.search(predicate)
    if comparison and rng.random() < 0.6:
        return f"{comparison[1]} {_COMPARISON.sub('', predicate)}"
    base = imperative_predicate(predicate)
    if base is not None and rng.random() < 0.1:
        return f"they {base}"
    subject = rng.choice([s for s in _SUBJECTS if not text.lower().startswith(s)])
    possessive = _POSSESSIVES.get(subject.split()[-1], "their")
    return f"{subject} " + re.sub(r"\btheir\b", possessive, predicate)


def _noun_form(predicate: str) -> str | None:
    """Return "a wave with the left hand" of "waves with the left hand"; None if it is no noun."""
    verb, _, rest = predicate.partition(" ")
    noun = base_form(verb.lower())
    if noun not in _NOUNS.split() or not _SIDE.fullmatch(rest):
        return None
    return f"a {noun} {rest}".strip()


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
