import numpy as np

from backend.authored.body.base_clips import BaseClips
from backend.authored.draws import count_phrase, draw_base, draw_count, draw_tempo


def test_draw_tempo_words_fit_the_duration() -> None:
    tempos = [draw_tempo(np.random.default_rng(seed)) for seed in range(60)]
    quick = [t.duration for t in tempos if t.word == "quickly"]
    slow = [t.duration for t in tempos if t.word == "slowly"]
    assert max(quick) < 0.85
    assert min(slow) > 1.2


def test_draw_tempo_slowest_is_not_exceeded() -> None:
    durations = [draw_tempo(np.random.default_rng(seed), 0.9).duration for seed in range(30)]
    assert max(durations) <= 0.9


def test_draw_count_covers_one_to_most() -> None:
    rng = np.random.default_rng(0)
    assert {draw_count(rng, 3) for _ in range(60)} == {1, 2, 3}


def test_count_phrase_once_is_mostly_left_out() -> None:
    rng = np.random.default_rng(0)
    phrases = [count_phrase(rng, 1) for _ in range(40)]
    assert phrases.count("") > 20
    assert count_phrase(rng, 3) == "three times"


def test_draw_base_without_captures_stands() -> None:
    base = draw_base(np.random.default_rng(0), BaseClips([]), 2.0)
    assert base.phrase == ""
    assert base.motion.length_seconds >= 2.0
