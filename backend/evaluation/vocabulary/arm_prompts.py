"""Prompts of arms and hands: signals, hands beside the body, and acts of every day."""

from .arms import (
    arms_spread,
    claps,
    crosses_arms,
    hand_above_head,
    hand_at,
    hand_low,
    hand_raised,
    hand_rubs,
    hand_stays_raised,
    hand_visits,
    hands_ahead,
    hands_behind_back,
    hands_calm,
    hands_near,
    hands_on_hips,
    hands_together,
    other_hand_low,
    points,
    pumps,
    swings_arm,
    waves,
    works_elbow,
)
from .gait import (
    goes,
    moves,
    stays,
    steps,
)
from .posture import (
    bends,
    climbs_up,
    crouches,
    hand_reaches_down,
    kneels,
    looks,
    shrugs,
    sits,
    stands,
    stays_bent,
    stays_calm,
    straightens,
)
from .prompts import PromptSet, prompts, sided

_HERE = stays(0.7)
_STANDS_HERE = stays(0.5) & stands(0.6)
_TO_MOUTH = hand_visits("mouth", "either", 0.24) & hands_calm(0.6)

SIGNALS: tuple[PromptSet, ...] = (
    prompts(4, waves() & _HERE, "a person waves", "waves hello", "someone waving goodbye"),
    *sided(
        4,
        lambda side: waves(side) & other_hand_low(side) & _HERE,
        "a person waves with the {side} hand",
        "waves the {side} hand in greeting",
    ),
    prompts(
        4,
        hand_raised("both", 0.3) & waves("left", 2) & waves("right", 2),
        "a person waves with both hands",
        "waves both arms above the head",
    ),
    prompts(
        3,
        points("forward") & _HERE,
        "a person points forward",
        "points straight ahead",
        "someone pointing at something in front of them",
    ),
    prompts(3, points("up") & _HERE, "a person points up", "points at the sky"),
    *sided(
        3,
        lambda side: points(side) & _HERE,
        "a person points to the {side}",
        "points {side} with an arm",
    ),
    prompts(
        4,
        hands_ahead("either", 0.3, 0.3, -0.5) & pumps("either", 3, 0.06) & _STANDS_HERE,
        "a person beckons",
        "beckons someone to come closer",
        "makes a come here gesture",
    ),
    *sided(
        3,
        lambda side: hand_stays_raised(side, 0.6) & other_hand_low(side) & _HERE,
        "a person raises the {side} hand",
        "lifts the {side} arm up",
        "puts the {side} hand in the air",
    ),
    prompts(
        3,
        hand_stays_raised("left", 0.5) & hand_stays_raised("right", 0.5) & _HERE,
        "a person raises both hands",
        "puts both hands up",
        "surrenders with the hands in the air",
    ),
    prompts(
        3,
        (points("forward", 0.4) | hands_ahead("either", 0.4, 0.5, -0.2)) & _STANDS_HERE,
        "a person holds out a hand to stop someone",
        "makes a stop sign with the hand",
    ),
    prompts(
        3,
        hand_at("forehead", "either", 0.12, 0.2) & hand_visits("forehead") & _STANDS_HERE,
        "a person salutes",
        "gives a military salute",
        "the soldier salutes",
    ),
    prompts(
        3,
        shrugs() & _STANDS_HERE,
        "a person shrugs",
        "shrugs the shoulders",
        "an I don't know shrug",
    ),
    prompts(4, claps(2) & _HERE, "a person claps", "claps the hands", "someone applauding"),
    prompts(
        4,
        bends(25) & stays(0.6) & straightens(20) & ~hand_reaches_down(0.35),
        "a person bows",
        "takes a bow",
        "the man bows politely",
    ),
    prompts(
        3,
        hand_at("mouth", "either", 0.08, 0.2) & hands_ahead("either", 0.1, 0.55, -0.5) & _HERE,
        "a person blows a kiss",
        "blows kisses",
    ),
    prompts(
        3,
        hands_ahead("either", 0.25, 0.35, -0.6) & _STANDS_HERE,
        "a person gives a thumbs up",
        "holds out a hand for a handshake",
    ),
    prompts(
        4,
        arms_spread(0.2) & _HERE,
        "a person spreads the arms wide",
        "holds the arms out to both sides",
    ),
)

HANDS: tuple[PromptSet, ...] = (
    prompts(
        4,
        hand_at("head", "either", 0.2, 0.22) & hand_rubs("head", 3, 0.02, 0.24) & _HERE,
        "a person scratches their head",
        "scratches his head in confusion",
        "someone scratching the head",
    ),
    prompts(
        4,
        hand_at("eyes", "both", 0.2, 0.2) & _HERE,
        "a person covers their face with both hands",
        "hides the face in the hands",
    ),
    prompts(
        4,
        hand_at("forehead", "either", 0.12) & hand_visits("forehead") & _HERE,
        "a person wipes the forehead",
        "wipes sweat off the brow",
        "facepalms",
    ),
    prompts(
        4,
        hand_at("own ear", "both", 0.2) & _HERE,
        "a person covers their ears",
        "holds both hands over the ears",
    ),
    prompts(
        4,
        hand_at("mouth", "either", 0.1, 0.24)
        & hand_visits("mouth", "either", 0.24)
        & hands_calm(0.6),
        "a person drinks",
        "drinks from a cup",
        "someone taking a sip",
    ),
    prompts(
        4,
        hand_at("mouth", "either", 0.08, 0.24)
        & hand_visits("mouth", "either", 0.24)
        & hands_calm(0.6),
        "a person eats",
        "eats an apple",
    ),
    prompts(
        5,
        hand_at("own ear", "either", 0.35),
        "a person talks on the phone",
        "makes a phone call",
        "someone answers the phone",
    ),
    prompts(
        4,
        hands_ahead("both", 0.25, 0.3, -0.3) & hands_together(0.25, 0.3) & hands_calm() & _HERE,
        "a person takes a photo",
        "takes a picture with a camera",
    ),
    prompts(
        4,
        crosses_arms(0.3) & _HERE,
        "a person crosses their arms",
        "folds the arms over the chest",
        "stands with crossed arms",
    ),
    prompts(
        4,
        hands_on_hips("both", 0.3) & _HERE,
        "a person puts their hands on their hips",
        "stands with hands on hips",
        "hands on the waist",
    ),
    prompts(
        4,
        hands_behind_back(0.3) & _HERE,
        "a person puts the hands behind the back",
        "stands with the hands behind the back",
    ),
    prompts(
        4,
        (hand_at("nape", "both", 0.25, 0.22) | hand_at("head", "both", 0.25, 0.22)) & _HERE,
        "a person puts the hands behind the head",
        "hands on the head",
    ),
    prompts(
        3,
        hand_at("chest", "either", 0.2, 0.16) & _HERE,
        "a person puts a hand on the heart",
        "lays a hand on the chest",
    ),
    prompts(
        4,
        hand_at("chin", "either", 0.25, 0.18) & _HERE,
        "a person thinks",
        "rubs the chin while thinking",
        "a thoughtful pose with a hand on the chin",
    ),
    prompts(
        4,
        hand_at("mouth", "either", 0.12, 0.18) & hand_visits("mouth") & _HERE,
        "a person yawns",
        "coughs into the hand",
    ),
    prompts(
        4,
        hands_together(0.35, 0.2),
        "a person prays",
        "puts the palms together in prayer",
    ),
    prompts(
        4,
        hand_at("other elbow", "both", 0.25, 0.22) | crosses_arms(0.3),
        "a person hugs themselves",
        "shivers with cold",
    ),
    prompts(
        4,
        hand_at("belly", "either", 0.25, 0.17) & _HERE,
        "a person holds their belly",
        "rubs the stomach",
    ),
    prompts(
        4,
        hand_at("low back", "either", 0.2, 0.2),
        "a person holds their aching back",
    ),
)

_PICKS_UP = (bends(40) | crouches(0.8, 0.15) | kneels(1, 0.1)) & hand_reaches_down(0.5)

DAILY: tuple[PromptSet, ...] = (
    prompts(
        4,
        _PICKS_UP & straightens(25),
        "a person picks something up",
        "picks up a box from the floor",
        "bends down and picks up a coin",
    ),
    prompts(4, _PICKS_UP, "a person puts something down", "puts a bag on the floor"),
    prompts(
        4,
        hands_ahead("either", 0.12, 0.6, -0.7) & stays(2.0) & ~hands_ahead("both", 0.5),
        "a person opens a door",
        "reaches out and opens a door",
    ),
    prompts(
        4,
        hands_ahead("both", 0.35, 0.35, -0.55),
        "a person pushes something",
        "pushes a heavy box",
        "someone pushing a shopping cart",
    ),
    prompts(
        4,
        hands_ahead("both", 0.25, 0.3, -0.75)
        & hands_together(0.25, 0.55)
        & (pumps("both", 3, 0.15, "ahead") | goes("backward", 0.4)),
        "a person pulls something",
        "pulls on a rope",
        "someone pulling a heavy load",
    ),
    prompts(
        4,
        moves(0.8) & hands_ahead("both", 0.6, 0.25, -0.85),
        "a person carries a box",
        "walks while carrying something heavy",
    ),
    prompts(
        5,
        hands_near(0.6, 0.45)
        & stays_bent(10, 0.5)
        & hand_low("both", 0.8)
        & pumps("either", 3, 0.12),
        "a person sweeps the floor",
        "sweeping with a broom",
    ),
    prompts(
        4,
        hands_ahead("either", 0.35, 0.3, -0.35) & pumps("either", 4, 0.12) & _HERE,
        "a person washes a window",
        "cleans the window with a cloth",
    ),
    prompts(
        5,
        climbs_up(0.4),
        "a person climbs a ladder",
        "someone climbing up",
    ),
    prompts(5, climbs_up(0.35) & steps(2), "a person walks up stairs", "goes up the stairs"),
    prompts(
        4,
        hands_ahead("both", 0.5, 0.25, -0.95)
        & hand_low("both", 0.8)
        & pumps("either", 4, 0.01)
        & hands_calm()
        & _HERE,
        "a person types on a keyboard",
        "someone playing the piano",
    ),
    prompts(
        4,
        hands_ahead("either", 0.5, 0.25, -0.85) & pumps("either", 4, 0.05) & _HERE,
        "a person stirs a pot",
        "cooks, stirring with a spoon",
    ),
    prompts(
        4,
        hands_ahead("either", 0.4, 0.25, -0.9)
        & works_elbow("either", 3, 30)
        & swings_arm("either", 1.2),
        "a person hammers a nail",
        "hits something with a hammer",
    ),
    prompts(
        5,
        stays_bent(20, 0.3)
        & pumps("both", 3, 0.15)
        & hands_ahead("both", 0.3, 0.1, -1.0)
        & ~moves(3.0),
        "a person digs with a shovel",
        "shovelling snow",
    ),
    prompts(
        4,
        hand_stays_raised("either", 0.3, 0.15) & hand_above_head("either", 0.08) & stays(1.2),
        "a person reaches for a high shelf",
        "takes something from the top shelf",
    ),
    prompts(
        4,
        hand_reaches_down(0.35) & (bends(50) | kneels(1, 0.2) | crouches()),
        "a person ties their shoes",
        "kneels down to tie a shoelace",
    ),
    prompts(
        3,
        hands_ahead("either", 0.2, 0.15, -0.75) & looks("down", 15) & _STANDS_HERE,
        "a person looks at their watch",
        "checks the time on a wristwatch",
    ),
    prompts(
        4,
        hands_ahead("either", 0.25, 0.3, -0.5) & pumps("either", 4, 0.06) & _STANDS_HERE,
        "a person knocks on a door",
        "knocking at the door",
    ),
    prompts(
        4,
        hands_ahead("either", 0.3, 0.35, -0.8) & pumps("either", 3, 0.04) & _STANDS_HERE,
        "a person shakes hands",
        "shakes somebody's hand",
    ),
    prompts(
        4,
        (hand_visits("head", "either", 0.24) | hand_at("head", "either", 0.15, 0.24)) & _HERE,
        "a person puts on a hat",
        "brushes their hair",
    ),
    prompts(
        4,
        sits(0.4) & hands_ahead("either", 0.3, 0.25, -0.9),
        "a person sits and reads a book",
        "drives a car",
    ),
    prompts(
        4,
        _HERE & pumps("either", 4, 0.06) & stands(0.7) & hands_ahead("either", 0.2, 0.2, -0.9),
        "a person talks and gestures",
        "someone explaining something with their hands",
    ),
    prompts(
        4,
        stands(0.9) & stays(0.3) & stays_calm(),
        "a person stands still",
        "someone waiting",
        "stands idle",
    ),
)
