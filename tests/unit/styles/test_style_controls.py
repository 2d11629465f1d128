"""Control tracks from files and from sound."""

from pathlib import Path

import numpy as np
import pytest

from backend.protocol.audio_features import MelProsody, Sound, read_wav
from backend.protocol.control_track import ControlTrack, read_control_track
from backend.protocol.style_file import StyleError
from backend.styles.generator_api import Style, StyleSpec
from backend.styles.learn import label_takes, train_style
from backend.styles.train import LearnSettings
from backend.styles.wavlm import WavLm
from tests.support.motions import swinging_take
from tests.support.sounds import tiny_wavlm, tone, write


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_read_wav_accepts_all_sample_widths(tmp_path: Path, width: int):
    left, right = tone(200).samples, 0.3 * tone(90).samples
    write(tmp_path / "a.wav", np.stack([left, right], axis=1), width)
    sound = read_wav(tmp_path / "a.wav")
    assert sound.rate == 16_000
    assert np.allclose(sound.samples, (left + right) / 2, atol=2.0 ** (2 - 8 * width) + 1e-9)


def test_read_wav_of_invalid_file_raises(tmp_path: Path):
    with pytest.raises(StyleError, match="There is no file"):
        read_wav(tmp_path / "none.wav")
    (tmp_path / "a.wav").write_bytes(b"ID3 not a wave")
    with pytest.raises(StyleError, match=r"no uncompressed \.wav file"):
        read_wav(tmp_path / "a.wav")
    write(tmp_path / "empty.wav", np.zeros((0, 1)))
    with pytest.raises(StyleError, match="holds no sound"):
        read_wav(tmp_path / "empty.wav")


@pytest.mark.parametrize("rate", [8000.0, 16_000.0, 44_100.0])
@pytest.mark.parametrize("seconds", [0.5, 1.01, 2.0])
def test_prosody_has_one_row_per_frame(rate: float, seconds: float):
    features = MelProsody()
    track = features.extract(tone(150, seconds, rate))
    assert track.shape == (int(seconds * 30 + 1e-6) + 1, len(features.columns))
    assert np.isfinite(track).all()
    assert track[:, :-4].min() >= 0
    assert track[:, -2:].min() >= 0
    assert track[:, -2:].max() <= 1


@pytest.mark.parametrize("rate", [8000.0, 44_100.0])
@pytest.mark.parametrize("hertz", [90.0, 150.0, 300.0])
def test_pitch_is_logarithmic_at_any_sample_rate(rate: float, hertz: float):
    track = MelProsody().extract(tone(hertz, 1.0, rate))[3:-3]
    pitch, voice = track[:, -2], track[:, -1]
    expected = np.log2(hertz / 70) / np.log2(400 / 70)
    assert np.allclose(pitch, expected, atol=0.03)
    assert voice.min() > 0.8


def test_prosody_of_noise_has_no_voice_and_silence_is_zero():
    noise = Sound(0.3 * np.random.default_rng(0).normal(size=16_000), 16_000)
    assert MelProsody().extract(noise)[:, -1].mean() < 0.3
    silent = MelProsody().extract(Sound(np.zeros(16_000), 16_000))
    assert np.allclose(silent[:, :-3], 0)
    assert np.allclose(silent[:, -1], 0)


def test_loudness_follows_volume_and_onset():
    samples = np.concatenate([np.zeros(16_000), tone(150).samples])
    track = MelProsody().extract(Sound(samples, 16_000))
    loudness, rise = track[:, -4], track[:, -3]
    assert loudness[:28].max() == 0
    assert loudness[33:58].min() > 0.5
    assert abs(int(rise.argmax()) - 30) <= 1
    quiet = MelProsody().extract(tone(150, size=0.05))
    assert (quiet[5:-5, -4] < MelProsody().extract(tone(150))[5:-5, -4]).all()


def test_prosody_window_is_centred():
    samples = np.zeros(32_000)
    samples[15_990:16_010] = 0.5
    loudness = MelProsody().extract(Sound(samples, 16_000))[:, -4]
    assert np.flatnonzero(loudness).tolist() == [30]


def test_mel_bands_separate_low_and_high_sounds():
    low, high = (MelProsody().extract(tone(f))[10, :-4].argmax() for f in (100, 3000))
    assert low < high


def test_style_learnt_from_sound_follows_control_track(tmp_path: Path):
    takes = [swinging_take(2.0, 30.0, seed=n) for n in (1, 2)]
    for n, hertz in enumerate((120, 220)):
        write(tmp_path / f"{n}.wav", tone(hertz, 2.0).samples[:, None])
    controls = [read_control_track(tmp_path / f"{n}.wav") for n in range(2)]
    style = train_style(
        takes, controls, tmp_path / "s.safetensors", lambda *_: None, lambda: False,
        settings=LearnSettings(steps=1, batch=2, window=9, critic_steps=1),
        config_fields={"levels": 2, "widths": (1, 1)},
    )  # fmt: skip
    assert style is not None
    assert style.labels == MelProsody().columns
    take = Style.load(tmp_path / "s.safetensors").generate_take(StyleSpec(controls[0].values))
    assert len(take) == 61
    preview = np.load(tmp_path / "s.run" / "preview_2.npz")
    assert len(preview["poses"]) == 60


def test_train_style_with_mismatched_control_tracks_raises():
    take = swinging_take(2.0, 60.0)
    fit = ControlTrack(np.random.default_rng(0).random((61, 3)), ("a", "b", "c"))
    config, (made,) = label_takes([take], [fit], ("one",))
    assert config.labels == ("a", "b", "c")
    assert np.allclose(made.track[::2], fit.values[:60])
    assert np.allclose(made.track[1], (fit.values[0] + fit.values[1]) / 2)
    with pytest.raises(
        StyleError, match=r"one must be as long as the take, 1\.98 s \(got 1\.00 s\)"
    ):
        label_takes([take], [ControlTrack(np.ones((31, 3)), fit.columns)], ("one",))
    with pytest.raises(StyleError, match="is for levels"):
        label_takes([take], [ControlTrack(np.ones((7, 61, 3)), fit.columns)], ("one",))
    with pytest.raises(StyleError, match="or all must have control tracks"):
        label_takes([take, take], [fit, "walk"], ("one", "two"))
    with pytest.raises(StyleError, match="the same columns"):
        label_takes([take, take], [fit, ControlTrack(fit.values, ("x", "y", "z"))], ("one", "two"))


def test_read_control_track_of_npz_reads_and_checks_numbers(tmp_path: Path):
    np.savez(tmp_path / "a.npz", control=np.ones((5, 2), dtype=np.int32))
    assert read_control_track(tmp_path / "a.npz").columns == ("column 1", "column 2")
    for bad in (np.ones(3), np.array(["a"]), np.zeros((0, 2))):
        np.savez(tmp_path / "b.npz", control=bad)
        with pytest.raises(StyleError, match="must be numbers"):
            read_control_track(tmp_path / "b.npz")


def test_wavlm_of_local_folder_extracts_or_raises(tmp_path: Path):
    with pytest.raises(StyleError, match=r"must hold config\.json and weights"):
        WavLm(tmp_path)
    tiny_wavlm(tmp_path)
    features = WavLm(tmp_path)
    sound = tone(150, 1.5, 44_100)
    track = features.extract(sound)
    assert track.shape == (46, 16)
    assert len(features.columns) == 16
    assert np.allclose(track.mean(axis=0), 0.5)
    write(tmp_path / "a.wav", tone(150, 1.5).samples[:, None])
    assert read_control_track(tmp_path / "a.wav", features).columns == features.columns
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(StyleError, match="must hold a WavLM model"):
        WavLm(tmp_path)
