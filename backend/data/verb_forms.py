"""Forms of the verbs of a predicate, such as "walks and waves": imperative and participle.

Captions are short and alike, so rules of spelling and a few exceptions do; a predicate that they do
not understand has no other forms.
"""

import re
from collections.abc import Callable

_EXCEPTIONS = {"does": "do", "goes": "go", "lies": "lie", "dies": "die", "ties": "tie"}
"""Base forms that no rule gives."""
_NO_ACTIONS = frozenset(("is", "was", "has", "seems", "appears", "this"))
"""Words of the third person that have no imperative."""
_NO_VERBS = """arms legs hands knees elbows palms fingers heels hips shoulders toes thighs wrists
fists backwards forwards upwards downwards sideways his its as across jacks ups downs times always
circles sides"""
"""Words in s after "and" that are no verbs."""
_VERBS = """aim balance bend block bow box bounce brush carry cast catch celebrate cheer clap clean
climb crawl crouch cross dance do dodge drink dribble drop duck eat exercise fall fight float gallop
gesture go greet grab hold hop jog jump juggle jab kick kneel laugh lean leap lie lift limp listen
look lower lunge march meditate move nod pick play point pose prance pray pull punch push raise
reach rest roll row run salute scratch shake shoot shrug shuffle sit skip slide sneak spin sprint
squat stagger stand step stomp stop stretch stroll stumble sway sweep swim swing talk tap throw
tiptoe touch turn twirl twist type wait walk wash wave wipe wobble yawn"""
"""Verbs of which the participle is recognised."""
_VOWELS = "aeiou"


def base_form(verb: str) -> str:
    """Return the base of a third person: "waves" gives "wave"."""
    if verb in _EXCEPTIONS:
        return _EXCEPTIONS[verb]
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    return verb[:-2] if re.search(r"(?:sh|ch|ss|x|zz)es$", verb) else verb[:-1]


def participle(verb: str) -> str:
    """Return the present participle of a base form: "wave" gives "waving"."""
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    sounds = verb.replace("qu", "q")
    vowels = re.findall(r"[aeiouy]+", sounds)
    is_short = len(vowels) == 1 and re.search(rf"[^{_VOWELS}][{_VOWELS}][^{_VOWELS}wxy]$", sounds)
    starts_with_vowel = re.fullmatch(rf"[{_VOWELS}][^{_VOWELS}wxy]", sounds)
    return verb + (verb[-1] if is_short or starts_with_vowel else "") + "ing"


_BASES = {participle(verb): verb for verb in _VERBS.split()}


def imperative_predicate(predicate: str) -> str | None:
    """Return a predicate in base forms, or None: "walks and waves" gives "walk and wave"."""
    first, _, rest = predicate.partition(" ")
    if first == "is":
        return _convert_verbs(rest, _BASES.get)
    return _convert_verbs(predicate, _third_person_base)


def participle_predicate(predicate: str) -> str | None:
    """Return a predicate in participles, or None: "walks" and "is walking" give "walking"."""
    first, _, rest = predicate.partition(" ")
    if first == "is":
        return rest if rest.split(" ")[0].endswith("ing") else None

    def convert(word: str) -> str | None:
        base = _third_person_base(word)
        return None if base is None else participle(base)

    return _convert_verbs(predicate, convert)


def _third_person_base(word: str) -> str | None:
    """Return the base form of a word that may be a verb in the third person."""
    is_verb = word.endswith("s") and not word.endswith("ss") and word not in _NO_VERBS.split()
    return base_form(word) if is_verb and word not in _NO_ACTIONS else None


def _convert_verbs(predicate: str, convert: Callable[[str], str | None]) -> str | None:
    """Convert the first verb and those after "and", "then" or a comma; None if the first is none.

    `convert` returns None for a word that is no verb.
    """
    words = predicate.split(" ")
    head = next((n for n, word in enumerate(words) if not word.endswith("ly")), 0)
    expects_verb = True
    for n, word in enumerate(words):
        bare = word.strip(",.;").lower()
        converted = convert(bare) if expects_verb else None
        if converted is not None:
            words[n] = word.lower().replace(bare, converted)
        elif n == head:
            return None
        goes_on = bare in ("and", "then", "or") or word.endswith((",", ";"))
        expects_verb = goes_on or (expects_verb and bare.endswith("ly"))
    return " ".join(words)
