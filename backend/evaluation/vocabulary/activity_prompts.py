"""Prompts of sports, fights, dances, moods, several acts at once or in a row, and counts."""

from .arms import (
    circles_arms,
    claps,
    hand_above_head,
    hand_at,
    hand_low,
    hand_raised,
    hand_stays_raised,
    hands_ahead,
    hands_together,
    other_hand_low,
    points,
    pumps,
    strikes,
    strikes_more,
    swings_across,
    swings_arm,
    throws,
    uppercuts,
    waves,
    works_elbow,
)
from .body_prompts import IN_PLACE, RUNS, WALKS_SOMEHOW
from .check import part, then
from .gait import (
    goes,
    has_speed,
    hops,
    jumps,
    lifts_knees,
    moves,
    runs,
    spins,
    stands_still,
    stays,
    steps,
    turns,
)
from .posture import (
    bends,
    crouches,
    ends_lying,
    hand_reaches_down,
    hangs_head,
    is_active,
    kicks,
    kicks_more,
    kneels,
    leans,
    lifts_knee,
    looks,
    nods,
    rises,
    sits,
    squats,
    stands,
    stays_bent,
    stays_low,
    sways,
    twists,
)
from .prompts import PromptSet, prompts, sided

_NO_TRAVEL = stays(1.2)

SPORTS: tuple[PromptSet, ...] = (
    prompts(
        3,
        kicks("either", 0.15, 2.5),
        "a person kicks a ball",
        "kicks a soccer ball",
        "a football kick",
    ),
    *sided(
        3,
        lambda side: kicks(side, 0.15, 2.5) & kicks_more(side=side),
        "kicks a ball with the {side} foot",
    ),
    prompts(
        3,
        throws() & stays(2.0),
        "a person throws a ball",
        "throws something",
        "someone throwing a stone",
    ),
    *sided(
        3,
        lambda side: throws(side) & strikes_more(side=side),
        "throws a ball with the {side} hand",
    ),
    prompts(
        3,
        hands_ahead("both", 0.15, 0.3, -0.6)
        & hands_together(0.08, 0.3)
        & ~hand_above_head("either", 0.3)
        & ~hands_together(0.85, 0.35)
        & stays(1.2),
        "a person catches a ball",
        "catches something with both hands",
    ),
    prompts(
        4,
        swings_across(3.0, 0.6) & _NO_TRAVEL,
        "a person swings a golf club",
        "a golf swing",
        "the golfer hits the ball",
    ),
    prompts(
        4,
        swings_across(3.0, 0.6) & _NO_TRAVEL,
        "a person swings a baseball bat",
        "hits a baseball",
    ),
    prompts(
        4,
        swings_arm("either", 4.0) & stays(2.0) & stands(0.5),
        "a person plays tennis",
        "a tennis serve",
        "hits a forehand with a racket",
    ),
    prompts(
        4,
        hand_above_head("both", 0.1) & stays(2.0),
        "a person shoots a basketball",
        "shoots hoops",
    ),
    prompts(
        4,
        works_elbow("either", 5, 35)
        & pumps("either", 4, 0.12, "up")
        & hand_low("either", 0.8)
        & stands(0.3),
        "a person dribbles a basketball",
        "dribbling a ball",
    ),
    prompts(
        4,
        pumps("both", 3, 0.3) & (circles_arms("both", 1.0) | stays_bent(40)),
        "a person swims",
        "swimming strokes",
    ),
    prompts(
        4,
        (bends(35) | crouches(0.85)) & throws("either", 2.5) & stays(3.0),
        "a person bowls",
        "rolls a bowling ball",
    ),
    prompts(
        3,
        hand_above_head("either", 0.08) & swings_arm("either", 4.0) & stays(2.5),
        "a volleyball spike",
    ),
    prompts(4, sits(0.5) & pumps("both", 4, 0.25), "a person rows a boat"),
)

FIGHTS: tuple[PromptSet, ...] = (
    prompts(3, strikes() & stays(1.5), "a person punches", "throws a punch", "someone punching"),
    *sided(
        3,
        lambda side: strikes(side) & strikes_more(side=side) & stays(1.5),
        "punches with the {side} hand",
        "a {side} punch",
    ),
    prompts(
        4,
        strikes("either", 2) & stays(2.0),
        "a person boxes",
        "shadow boxing",
        "the boxer throws jabs",
    ),
    prompts(
        3,
        kicks("either", 0.35, 2.5),
        "a person kicks",
        "a karate kick",
        "someone kicking",
    ),
    *sided(
        3,
        lambda side: kicks(side, 0.35, 2.5) & kicks_more(side=side),
        "kicks with the {side} leg",
        "does a {side} kick",
    ),
    prompts(3, kicks("either", 0.75, 2.5), "a high kick", "kicks high at head level"),
    prompts(3, uppercuts() & stays(1.5), "a person does an uppercut", "an uppercut"),
    prompts(
        3,
        (hands_ahead("both", 0.15, 0.2, -0.25) | hand_raised("either", 0.2, -0.05)) & stays(1.2),
        "a person blocks an attack",
        "raises the arms to defend",
    ),
    prompts(3, crouches(0.85, 0.1) | bends(35), "a person ducks", "ducks under a punch"),
    prompts(
        3,
        (leans("either", 18) | stays_low(0.85, 0.2)) & stays(2.0),
        "a person dodges",
        "dodges to the side",
    ),
    prompts(
        4,
        swings_arm("either", 3.0) & stays(3.0) & ~runs(0.3),
        "a person swings a sword",
        "fights with a sword",
        "slashes with a blade",
    ),
    prompts(
        4,
        hands_ahead("both", 0.4, 0.2, -0.55) & stays(1.0),
        "a person stands in a fighting stance",
        "a boxing guard",
    ),
    prompts(
        3,
        lifts_knee("either", 70) & stays(1.5) & stands(0.7),
        "a knee strike",
        "a person hits with the knee",
    ),
    prompts(
        4,
        hands_ahead("both", 0.3, 0.35, -0.4) & _NO_TRAVEL & stands(0.4),
        "a person aims a gun",
        "points a rifle",
    ),
    prompts(
        4,
        (points("left", 0.4) | points("right", 0.4) | points("forward", 0.4))
        & hand_raised("either", 0.25, -0.1)
        & _NO_TRAVEL,
        "a person shoots a bow",
        "an archer draws the bow",
    ),
)

_DANCES = (
    is_active(0.5)
    & ~RUNS
    & pumps("either", 4, 0.12)
    & (sways(4, 10.0) | twists(4, 30.0) | (spins(200) & hand_raised("either", 0.15, -0.2)))
)

_CHEERS = (
    hand_above_head("both", 0.12)
    | (hand_above_head("either", 0.2) & pumps("either", 3, 0.12, "up"))
    | (hand_raised("both", 0.25, 0.05) & pumps("either", 2, 0.1, "up"))
)

MOODS: tuple[PromptSet, ...] = (
    prompts(6, _DANCES, "a person dances", "someone dancing", "dances happily to music"),
    prompts(6, _DANCES, "disco dancing", "dances salsa", "hip hop dance"),
    prompts(5, spins(270) & stays(3.0), "a ballet pirouette", "a ballerina twirls"),
    prompts(
        4,
        _CHEERS,
        "a person cheers",
        "celebrates a victory with raised arms",
        "someone cheering",
    ),
    prompts(3, jumps(1) & hand_raised("either", 0.1), "a person jumps for joy"),
    prompts(
        5,
        (hangs_head(28, 0.5) | stays_bent(15, 0.5)) & has_speed(0.0, 1.0) & stands(0.5),
        "a person is sad",
        "hangs the head sadly",
    ),
    prompts(
        4,
        (hand_at("eyes", "either", 0.2) | hand_at("mouth", "either", 0.2)) & stays(0.8),
        "a person cries",
        "weeps into the hands",
    ),
    prompts(
        4,
        lifts_knees(40, 3) & stays(1.2) & is_active(0.4),
        "a person stomps angrily",
        "stamps the feet",
    ),
    prompts(4, bends(22) & stays(0.8), "laughs out loud, bending over"),
    prompts(
        4,
        (stays_low(0.88, 0.3) | stays_bent(18, 0.3))
        & hands_ahead("either", 0.2, 0.1, -0.5)
        & stays(1.5),
        "a person cowers in fear",
        "someone is scared and cowers",
    ),
    prompts(
        4,
        stays_bent(25, 0.35) & stays(0.8),
        "a tired person catches their breath",
        "is out of breath, with the hands on the knees",
    ),
    prompts(
        6,
        moves(2.0) & spins(120, 900) & steps(4) & ~runs(),
        "someone paces nervously",
    ),
    prompts(
        4,
        sways(3, 8.0) & stays(0.8),
        "a person sways from side to side",
        "rocks from one foot to the other",
    ),
)

_WALKS_AND = WALKS_SOMEHOW & moves(1.0)

_PICKS_UP = hand_reaches_down(0.55) & (bends(35) | crouches(0.85, 0.1))

COMPOSITIONS: tuple[PromptSet, ...] = (
    prompts(
        5,
        _WALKS_AND & waves(),
        "a person walks and waves",
        "walks while waving a hand",
        "waves while walking",
    ),
    prompts(
        5,
        then(moves(0.7), sits(0.25)),
        "a person walks and sits down",
        "walks to a chair, then sits",
    ),
    prompts(
        5,
        part(0.0, 0.7, has_speed(1.5) & moves(1.0)) & jumps(1),
        "a person runs and jumps",
        "runs, then jumps",
    ),
    prompts(
        5,
        then(_PICKS_UP, throws()),
        "a person picks something up and throws it",
    ),
    prompts(4, sits(0.5) & waves(), "a person sits and waves", "waves while sitting"),
    prompts(5, then(jumps(1), turns("either", 60)), "a person jumps, then turns around"),
    prompts(4, jumps(1, height=0.3), "a person squats and jumps"),
    prompts(5, _WALKS_AND & claps(2), "a person claps while walking", "walks and claps"),
    prompts(
        5,
        then(rises(0.2), moves(0.6)),
        "a person stands up and walks away",
        "gets up from a chair and walks",
    ),
    prompts(
        5,
        _WALKS_AND & looks("left", 18) & looks("right", 18),
        "a person walks while looking around",
    ),
    prompts(5, then(waves(strokes=2), bends(22)), "a person waves and then bows"),
    prompts(5, _WALKS_AND & hand_at("own ear", "either", 0.35), "walks while talking on the phone"),
    prompts(5, then(turns("left", 40), waves(strokes=2)), "turns left and waves"),
    prompts(
        5,
        then(strikes(), kicks("either", 0.3)),
        "a person punches and then kicks",
        "a punch followed by a kick",
    ),
    prompts(
        5, then(moves(0.8) & has_speed(0.5), kicks("either", 0.2, 2.2)), "walks up and kicks a ball"
    ),
    prompts(5, then(crouches(0.8, 0.15), jumps(1)), "crouches and then leaps up"),
    prompts(
        5,
        then(moves(0.6), points("forward") | points("left") | points("right")),
        "walks, stops and points at something",
    ),
    prompts(
        5,
        then(moves(0.6), part(0.2, 1.0, turns("either", 110)) & moves(0.4)),
        "walks, turns around and walks away",
    ),
    prompts(5, then(moves(0.8), ends_lying()), "walks and falls down"),
    prompts(5, then(kneels(1, 0.2), rises(0.25)), "kneels down and stands up again"),
    prompts(5, WALKS_SOMEHOW & hand_at("mouth", "either", 0.08, 0.24), "walks while drinking"),
    prompts(6, then(RUNS, stands_still() & bends(20)), "runs, stops and catches their breath"),
)

COUNTS: tuple[PromptSet, ...] = (
    prompts(4, jumps(3, 3, 0.1), "a person jumps three times", "three jumps in a row"),
    prompts(4, jumps(2, 2, 0.1), "a person jumps twice", "jumps two times"),
    prompts(4, claps(3, 3), "claps three times"),
    *sided(4, lambda side: hops(side, 3, 3), "a person hops three times on the {side} leg"),
    *sided(4, lambda side: kicks(side, 0.25, 2.0, 2, 2), "kicks twice with the {side} leg"),
    *sided(4, lambda side: strikes(side, 2, 2), "punches twice with the {side} hand"),
    prompts(
        3,
        goes("forward", 0.5, 2.2) & steps(2, 3),
        "takes two steps forward",
        "a person takes two steps",
    ),
    prompts(4, goes("backward", 0.4) & steps(3, 4), "takes three steps back"),
    prompts(4, squats(2, 2, 0.22), "squats twice", "a person does two squats"),
    prompts(6, squats(3, 3, 0.22), "squats three times"),
    prompts(4, nods(3, 3) & IN_PLACE, "nods three times"),
    *sided(
        3,
        lambda side: turns(side, 65, 120) & stays(1.0),
        "turns 90 degrees to the {side}",
        "a quarter turn to the {side}",
    ),
    *sided(3, lambda side: turns(side, 140, 220) & stays(1.0), "turns 180 degrees to the {side}"),
    prompts(6, spins(600, 850) & stays(2.0), "spins around twice"),
    prompts(
        5,
        then(
            hand_stays_raised("left", 0.4) & other_hand_low("left"),
            hand_stays_raised("right", 0.4) & other_hand_low("right"),
        ),
        "raises the left hand, then the right hand",
    ),
    prompts(
        5, then(looks("left", 22), looks("right", 22)) & stays(0.6), "looks left and then right"
    ),
    prompts(5, then(kicks("left", 0.25), kicks("right", 0.25)), "kicks left, then right"),
    prompts(5, goes("forward", 1.5) & steps(3, 7) & stands_still(), "walks four steps and stops"),
)
