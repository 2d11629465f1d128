"""Prompts of the whole body: walks, runs, jumps, turns, floor and exercise."""

from .arms import (
    circles_arms,
    elbows_hang,
    hand_above_head,
    hand_at,
    hand_low,
    hands_ahead,
    hands_on_hips,
    raises_arm,
    works_elbow,
)
from .check import part
from .gait import (
    alternates,
    goes,
    has_cadence,
    has_speed,
    hops,
    jumps,
    keeps_heading,
    lifts_knees,
    limps,
    moves,
    runs,
    shuffles,
    skips,
    spins,
    staggers,
    stands_still,
    stays,
    steps,
    turns,
    walks_on_tiptoe,
)
from .posture import (
    bends,
    crouches,
    ends_lying,
    hand_reaches_down,
    hands_on_floor,
    hangs_head,
    is_upside_down,
    jumping_jacks,
    kneels,
    leans,
    lies,
    lifts_knee,
    looks,
    lunges,
    nods,
    on_all_fours,
    planks,
    pushes_up,
    rises,
    rolls,
    shakes_head,
    sits,
    sits_on_floor,
    sits_up,
    squats,
    stands,
    stands_on_one_leg,
    starts_upright,
    stays_bent,
    stays_low,
    twists,
)
from .prompts import PromptSet, prompts, sided

WALKS = goes("forward", 1.0) & alternates(2) & has_speed(0.3, 2.0)
WALKS_SOMEHOW = moves(0.8) & alternates(2) & has_speed(0.15, 2.2)
RUNS = goes("forward", 2.0) & has_speed(1.3) & runs()
IN_PLACE = stays(0.7)

GAITS: tuple[PromptSet, ...] = (
    prompts(4, WALKS, "a person walks forward", "someone is walking", "the man walks"),
    prompts(
        4,
        goes("backward", 0.8) & alternates(2),
        "a person walks backwards",
        "she steps backward a few paces",
        "someone walking in reverse",
    ),
    *sided(
        4,
        lambda side: goes(side, 0.5, drift=0.8) & steps(2),
        "a person sidesteps to the {side}",
        "side steps to the {side}",
        "someone shuffles sideways to the {side}",
    ),
    prompts(
        5,
        goes("forward", 0.5) & alternates(2) & has_speed(0.1, 0.95),
        "a person walks slowly",
        "a slow walk",
    ),
    prompts(
        4, WALKS & has_speed(1.3), "a person walks quickly", "walks briskly", "the man power walks"
    ),
    prompts(
        6,
        moves(2.0) & spins(250) & steps(4),
        "a person walks in a circle",
        "someone walks around in circles",
    ),
    *sided(
        4,
        lambda side: moves(1.5) & turns(side, 40, 200) & steps(3),
        "a person walks in a curve to the {side}",
        "walks and turns {side}",
    ),
    prompts(
        5,
        part(0.0, 0.6, moves(0.7)) & stands_still(),
        "a person walks forward and stops",
        "walks a few steps, then stands still",
    ),
    prompts(
        5,
        moves(2.0) & turns("either", 120, 240) & steps(4),
        "a person walks forward, turns around and walks back",
        "someone paces back and forth",
    ),
)

GAIT_STYLES: tuple[PromptSet, ...] = (
    prompts(
        5,
        goes("forward", 0.7) & steps(3) & limps(),
        "a person limps",
        "walks with a limp",
        "someone limping with an injured leg",
    ),
    prompts(
        5,
        goes("forward", 0.4) & steps(3) & walks_on_tiptoe() & ~runs(0.05),
        "a person tiptoes",
        "walks on tiptoe",
        "the woman walks on her toes",
    ),
    prompts(
        5,
        moves(0.4) & steps(2) & (stays_low(0.93) | stays_bent(15)) & has_speed(0.0, 1.2),
        "a person sneaks",
        "sneaks forward quietly",
        "someone creeping up on somebody",
    ),
    prompts(
        5,
        moves(0.6) & steps(3) & staggers(),
        "a person walks drunk",
        "a drunk man staggers",
        "someone stumbles around dizzily",
    ),
    prompts(
        5,
        lifts_knees(50, 4) & alternates(3),
        "a person marches",
        "marches like a soldier",
        "someone marching",
    ),
    prompts(
        5,
        moves(0.4) & has_speed(0.0, 1.0) & stays_bent(13),
        "an old man walks",
        "a person walks like an old person",
        "walks hunched over",
    ),
    prompts(
        5,
        moves(0.5) & steps(2) & stays_low(0.88),
        "a person walks crouched",
        "walks in a low crouch",
        "someone moving forward while crouching",
    ),
    prompts(
        5,
        moves(0.4) & steps(2) & (hangs_head(25) | stays_bent(14)) & has_speed(0.0, 1.1),
        "a person walks sadly",
        "a sad walk with the head down",
        "walks dejectedly",
    ),
    prompts(
        5,
        moves(0.4) & hands_ahead("either", 0.6, 0.5, -0.35),
        "a person walks like a zombie",
        "a zombie walk with the arms stretched out in front",
    ),
    prompts(
        5,
        goes("forward", 0.4) & steps(2) & shuffles(),
        "a person shuffles forward",
        "drags the feet while walking",
    ),
    prompts(
        5, moves(1.0) & skips(), "a person skips", "skips along happily", "the girl is skipping"
    ),
    prompts(
        5,
        moves(0.8) & steps(3) & hands_on_hips("both", 0.5),
        "a person walks with hands on hips",
    ),
)

RUN_PROMPTS: tuple[PromptSet, ...] = (
    prompts(3, RUNS, "a person runs", "the man runs forward", "someone running"),
    prompts(
        4,
        goes("forward", 2.5) & has_speed(1.3, 3.8) & runs(0.02),
        "a person jogs",
        "jogging slowly",
        "a light jog",
    ),
    prompts(3, RUNS & has_speed(3.0), "a person sprints", "runs as fast as possible"),
    prompts(
        4,
        IN_PLACE & alternates(5) & has_cadence(2.0),
        "a person runs in place",
        "jogs on the spot",
        "someone running on the spot",
    ),
    prompts(4, goes("backward", 1.2) & has_speed(0.9), "a person runs backwards", "jogs backward"),
    prompts(
        5,
        moves(4) & spins(220) & has_speed(1.3),
        "a person runs in a circle",
        "runs around in circles",
    ),
    prompts(
        5,
        part(0.0, 0.6, has_speed(1.3) & moves(1.0)) & stands_still(),
        "a person runs and then stops",
        "runs forward and comes to a stop",
    ),
    *sided(
        4,
        lambda side: moves(3) & turns(side, 35, 300) & has_speed(1.3),
        "runs in a curve to the {side}",
    ),
)

JUMPS: tuple[PromptSet, ...] = (
    prompts(3, jumps(1), "a person jumps", "jumps up", "the boy is jumping"),
    prompts(4, jumps(2, height=0.12) & IN_PLACE, "a person jumps up and down", "jumps on the spot"),
    prompts(
        3,
        jumps(1) & goes("forward", 0.6),
        "a person jumps forward",
        "leaps forward",
        "a long jump",
    ),
    prompts(3, jumps(1, height=0.4), "a person jumps very high", "a high jump straight up"),
    prompts(3, jumps(1) & goes("backward", 0.3), "a person jumps backwards", "hops back"),
    *sided(
        4,
        lambda side: hops(side, 2),
        "a person hops on the {side} leg",
        "hopping on one foot, the {side} one",
    ),
    prompts(4, hops("either", 2), "a person hops on one leg", "someone hops on one foot"),
    prompts(
        4,
        jumps(1) & moves(1.0),
        "a person jumps over an obstacle",
        "runs and jumps",
        "takes a run-up and leaps",
    ),
    *sided(
        3, lambda side: jumps(1, height=0.1) & goes(side, 0.25, drift=1.2), "jumps to the {side}"
    ),
    prompts(3, jumps(1) & spins(140), "a person jumps and spins in the air", "a jump with a turn"),
)

TURNS: tuple[PromptSet, ...] = (
    *sided(
        3,
        lambda side: turns(side, 40, 220) & stays(0.9),
        "a person turns {side}",
        "turns to the {side} on the spot",
        "makes a {side} turn",
    ),
    prompts(
        3,
        turns("either", 120, 250) & stays(1.0),
        "a person turns around",
        "turns around to look behind",
        "the man does an about-face",
    ),
    prompts(4, spins(300) & stays(1.2), "a person spins around", "twirls", "does a full 360 turn"),
    *sided(
        3,
        lambda side: looks(side, 25) & stays(0.5) & keeps_heading(45),
        "a person looks to the {side}",
        "turns the head to the {side}",
    ),
    prompts(
        4,
        looks("left", 22) & looks("right", 22) & stays(0.6) & keeps_heading(60),
        "a person looks around",
        "looks left and right",
        "someone stands and looks around",
    ),
    prompts(3, looks("up", 18) & stays(0.5) & stands(), "a person looks up", "looks up at the sky"),
    prompts(
        3,
        looks("down", 25) & stays(0.5) & stands(),
        "a person looks down",
        "looks down at the ground",
    ),
    prompts(
        3,
        (looks("left", 55) | looks("right", 55)) & stays(0.7),
        "a person looks behind",
        "looks over the shoulder",
    ),
    prompts(
        3,
        nods(2) & stays(0.4) & stands(0.6) & keeps_heading(40),
        "a person nods",
        "nods the head in agreement",
        "someone nodding yes",
    ),
    prompts(
        3,
        shakes_head(3) & stays(0.4) & keeps_heading(30),
        "a person shakes the head",
        "shakes her head no",
        "someone shaking their head in disagreement",
    ),
)

FLOOR: tuple[PromptSet, ...] = (
    prompts(
        3,
        starts_upright() & sits(0.15),
        "a person sits down",
        "sits down on a chair",
        "the woman takes a seat",
    ),
    prompts(
        3, rises(0.2), "a person stands up", "stands up from a chair", "someone gets up from a seat"
    ),
    prompts(4, sits(0.6) & stays(0.4), "a person sits on a chair", "someone is sitting"),
    prompts(
        4, sits_on_floor(), "a person sits down on the floor", "sits on the ground cross-legged"
    ),
    prompts(4, kneels(1), "a person kneels", "kneels down on one knee", "gets down on their knees"),
    prompts(
        4, lies(), "a person lies down", "lies down on the floor", "someone lying on the ground"
    ),
    prompts(
        5,
        part(0.0, 0.5, lies(0.2) | sits_on_floor(0.2)) & rises(0.35),
        "a person gets up from the floor",
        "stands up after lying on the ground",
        "gets back up off the ground",
    ),
    prompts(
        5,
        on_all_fours(),
        "a person crawls",
        "crawls on hands and knees",
        "someone crawling like a baby",
    ),
    prompts(4, rolls(), "a person rolls on the ground", "does a forward roll", "a somersault"),
    prompts(
        4,
        crouches(0.78) & stays(1.0),
        "a person crouches",
        "crouches down",
        "ducks down low and stays there",
    ),
    prompts(
        3,
        starts_upright() & ends_lying(),
        "a person falls down",
        "falls to the ground",
        "someone collapses",
    ),
    prompts(4, lies(0.9), "a person sleeps on the floor", "lies still on the back"),
)

EXERCISE: tuple[PromptSet, ...] = (
    prompts(
        5,
        squats(2) & stays(0.6),
        "a person does squats",
        "squatting up and down",
        "does deep squats",
    ),
    prompts(5, pushes_up(2), "a person does push-ups", "push ups", "the man is doing pushups"),
    prompts(5, sits_up(1), "a person does sit-ups", "doing crunches on the floor"),
    prompts(
        4,
        jumping_jacks(2),
        "a person does jumping jacks",
        "jumping jacks",
        "someone doing star jumps",
    ),
    prompts(
        5, lunges(1) & stays(1.5), "a person does lunges", "lunges forward", "does a side lunge"
    ),
    prompts(
        4,
        hand_above_head("both", 0.2) & stays(0.6),
        "a person stretches",
        "stretches the arms up above the head",
        "reaches up high with both arms to stretch",
    ),
    prompts(
        4,
        bends(60)
        & (hand_at("own foot", "either", 0.05, 0.3) | hand_reaches_down(0.35))
        & stays(0.6),
        "a person touches their toes",
        "bends down to touch the toes",
    ),
    prompts(
        4,
        circles_arms("either", 1.5) & stays(0.6),
        "a person circles the arms",
        "makes arm circles",
    ),
    prompts(
        4,
        lifts_knees(65, 4) & IN_PLACE & alternates(3),
        "a person does high knees",
        "high knees on the spot",
    ),
    prompts(
        4, twists(3) & stays(0.5), "a person twists the torso from side to side", "torso twists"
    ),
    prompts(4, planks(), "a person holds a plank", "planking"),
    prompts(
        4,
        leans("either", 18) & stays(0.5) & stands(0.9) & ~bends(35),
        "a person does side bends",
        "bends sideways at the waist",
    ),
    prompts(
        4,
        jumps(3, height=0.06) & IN_PLACE & hand_low("both", 0.6),
        "a person jumps rope",
        "skipping rope",
    ),
    prompts(
        4,
        stands_on_one_leg("either", 1.2) & stays(0.6),
        "a person balances on one leg",
        "stands on one foot",
        "someone balancing on one leg",
    ),
    *sided(
        4,
        lambda side: stands_on_one_leg(side, 1.0) & stays(0.6),
        "stands on the {side} leg only",
    ),
    prompts(
        4,
        works_elbow("either", 3, 45)
        & elbows_hang(0.7)
        & stays(0.5)
        & ~hand_above_head("either", 0.2),
        "a person lifts dumbbells",
        "does biceps curls",
    ),
    *sided(
        3,
        lambda side: raises_arm(side, "sideways", 60) & stays(0.5),
        "a person raises the {side} arm sideways",
        "lifts the {side} arm out to the side",
    ),
    *sided(
        3,
        lambda side: lifts_knee(side, 60) & stays(0.5) & stands(0.5),
        "lifts the {side} knee",
        "a person raises the {side} leg in front",
    ),
)

GYMNASTICS: tuple[PromptSet, ...] = (
    prompts(
        4,
        is_upside_down() & rolls(250) & hands_on_floor(),
        "a person does a cartwheel",
        "cartwheels",
    ),
    prompts(
        3,
        jumps(1) & rolls(270),
        "a person does a backflip",
        "does a flip",
        "a somersault in the air",
    ),
    prompts(4, is_upside_down(0.5), "a person does a handstand", "stands on the hands"),
)
