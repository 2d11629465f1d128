"""The layers of a style's networks, and their resolutions."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backend.styles.features import FeatureLayout
from backend.styles.networks import (
    Critic,
    Film,
    Generator,
    Projection,
    StyleConfig,
    StyleNetwork,
    set_normalization,
)
from backend.styles.pyramid import Pyramid, interpolate_frames, resize_frames
from backend.styles.skeletal_conv import SkeletalConvolution, node_adjacency, unfold_windows
from backend.styles.skeleton_graph import SMPL_BODY

SMALL = StyleConfig(labels=("walk", "run"), levels=4, widths=(1, 2))
LAYOUT = FeatureLayout(SMPL_BODY)


@st.composite
def trees(draw: st.DrawFn) -> list[int]:
    count = draw(st.integers(1, 12))
    return [-1] + [draw(st.integers(0, joint - 1)) for joint in range(1, count)]


@given(trees(), st.data())
def test_node_adjacency_is_symmetric_and_reflexive(parents: list[int], data: st.DataObject):
    owners = data.draw(st.lists(st.integers(0, len(parents) - 1), min_size=1, max_size=15))
    near = node_adjacency(parents, owners)
    assert torch.equal(near, near.T)
    assert near.diagonal().all()
    for one, a in enumerate(owners):
        for other, b in enumerate(owners):
            assert bool(near[one, other]) == (bones(parents, a, b) <= 2)


def bones(parents: list[int], a: int, b: int) -> int:
    up = []
    while a >= 0:
        up.append(a)
        a = parents[a]
    steps = 0
    while b not in up:
        b = parents[b]
        steps += 1
    return steps + up.index(b)


def test_node_adjacency_of_contact_equals_that_of_joint():
    near = node_adjacency(SMPL_BODY.skeleton.parents, LAYOUT.node_joints)
    joints = len(SMPL_BODY)
    for number, foot in enumerate(SMPL_BODY.feet):
        assert torch.equal(near[joints + number], near[foot])


def test_skeletal_convolution_ignores_unconnected_nodes():
    near = node_adjacency([-1, 0, 1, 2], range(4))
    layer = SkeletalConvolution(near, [2] * 4, [3] * 4, 5)
    x = torch.randn(1, 12, 8)
    changed = x.clone()
    changed[:, 6, 6:] += 1  # the last joint, one frame
    away = (layer(changed) - layer(x)).abs().sum(dim=0)
    assert torch.equal(away[:, :3], torch.zeros(12, 3))  # three bones off
    assert (away[4:9, 3:] > 0).all()
    assert torch.equal(away[:4], torch.zeros_like(away[:4]))  # too far in time
    assert torch.equal(away[9:], torch.zeros_like(away[9:]))


def test_unfold_windows_reflects_or_wraps_at_ends():
    x = torch.arange(6.0)[None, :, None]
    assert unfold_windows(x, 5)[0, 0].tolist() == [2, 1, 0, 1, 2]
    assert unfold_windows(x, 5)[0, -1].tolist() == [3, 4, 5, 4, 3]
    assert unfold_windows(x, 5, loop=True)[0, 0].tolist() == [4, 5, 0, 1, 2]


def test_convolution_of_loop_is_shift_equivariant():
    torch.manual_seed(0)
    generator = Generator(SMALL, LAYOUT)
    noise, before = torch.randn(2, 1, 15, LAYOUT.channel_count)
    conditioning = torch.rand(1, 15, 2)
    made = generator(noise, before, conditioning, True)
    rolled = generator(*(t.roll(4, 1) for t in (noise, before, conditioning)), True)
    assert torch.allclose(rolled, made.roll(4, 1), atol=1e-5)


def test_film_is_identity_at_first_and_then_depends_on_labels():
    film = Film(3, 5, 8, 2)
    tracks = torch.randn(2, 4, 7, 5)
    conditioning = torch.rand(4, 7, 3)
    for track, out in zip(tracks, film(conditioning, *tracks), strict=True):
        assert torch.equal(track, out)
    torch.nn.init.normal_(film.modulate.weight)
    one, other = film(conditioning, *tracks)
    assert not torch.allclose(one - tracks[0], other - tracks[1])
    again, _ = film(conditioning.flip(1), *tracks)
    assert not torch.allclose(again, one)


def test_film_applies_labels_frame_by_frame():
    torch.manual_seed(0)
    fits = Projection(2, 4)
    features = torch.randn(1, 5, 4)
    conditioning = torch.tensor([[[1.0, 0], [1, 0], [0, 1], [0.5, 0.5], [0, 0]]])
    found = fits(features, conditioning)[0]
    assert found[4] == 0
    both = (
        fits(features, torch.tensor([[[1.0, 0]] * 5])),
        fits(features, torch.tensor([[[0.0, 1]] * 5])),
    )
    assert torch.allclose(found[3], (both[0] + both[1])[0, 3] / 2)


def test_set_normalization_makes_signal_equal_to_standardized_one():
    torch.manual_seed(0)
    film, fits = Film(2, 4, 8, 1), Projection(2, 4)
    torch.nn.init.normal_(film.modulate.weight)
    track, plain = torch.randn(1, 5, 4), torch.randn(1, 5, 2)
    expected = film(plain, track)[0], fits(track, plain)
    middle, spread = torch.tensor([0.7, -2.0]), torch.tensor([0.1, 5.0])
    for networks in (film, fits):
        set_normalization(networks, middle, spread)
    signal = middle + spread * plain
    assert torch.allclose(film(signal, track)[0], expected[0], atol=1e-5)
    assert torch.allclose(fits(track, signal), expected[1], atol=1e-5)
    assert not torch.allclose(film(plain, track)[0], expected[0], atol=0.1)


def test_fold_normalization_leaves_output_unchanged():
    torch.manual_seed(0)
    network = StyleNetwork(SMALL, LAYOUT)
    for number in range(SMALL.levels):
        film = network.level_generator(number).film
        assert film is not None
        torch.nn.init.normal_(film.modulate.weight, std=0.1)
    set_normalization(network, torch.tensor([0.7, -2.0]), torch.tensor([0.1, 5.0]))
    assert not [name for name in network.state_dict() if "heard" in name]  # files have none
    lengths = SMALL.pyramid.lengths(40)
    noise = [torch.randn(1, n, LAYOUT.channel_count) for n in lengths]
    conditioning = [torch.rand(1, n, 2) for n in lengths]
    made = network(noise, conditioning)[-1]
    network.fold_normalization()
    unheard = StyleNetwork(SMALL, LAYOUT)
    unheard.load_state_dict(network.state_dict())
    for again in (network, unheard):  # as it is, and as it comes from a file
        assert torch.allclose(
            again(noise, conditioning)[-1], made, atol=1e-3 * made.abs().max().item()
        )


def test_networks_without_film_ignore_labels():
    torch.manual_seed(0)
    deaf = SMALL.model_copy(update={"film": False})
    generator, critic = Generator(deaf, LAYOUT), Critic(deaf, LAYOUT)
    noise, before = torch.randn(2, 1, 9, LAYOUT.channel_count)
    labels = torch.rand(2, 1, 9, 2)
    assert torch.equal(generator(noise, before, labels[0]), generator(noise, before, labels[1]))
    assert torch.equal(critic(noise, labels[0]), critic(noise, labels[1]))


def test_zero_last_layer_makes_detail_zero():
    generator = Generator(SMALL, LAYOUT)
    generator.zero_last_layer()
    noise, before = torch.randn(2, 1, 9, LAYOUT.channel_count)
    assert not generator(noise, before, torch.rand(1, 9, 2)).any()


@given(
    st.integers(2, 9), st.sampled_from([5 / 4, 4 / 3, 3 / 2, 2.0]), st.integers(10, 4000),
    st.booleans(),
)  # fmt: skip
def test_pyramid_rates_differ_by_factor(levels: int, factor: float, frames: int, loop: bool):
    pyramid = Pyramid(levels, factor)
    lengths = pyramid.lengths(frames, loop)
    assert lengths[-1] == frames
    assert len(lengths) == levels
    assert list(lengths) == sorted(lengths)
    assert pyramid.rates[-1] == 30
    for rate, other in zip(pyramid.rates, pyramid.rates[1:], strict=False):
        assert other == pytest.approx(rate * factor)
    gaps = [length - (not loop) for length in lengths]
    for gap, rate in zip(gaps, pyramid.rates, strict=True):
        assert abs(gap - max(gaps[-1] * rate / 30, 1)) <= 0.5 + 1e-9


def test_default_pyramid_starts_at_a_fifth_of_the_rate():
    rates = Pyramid().rates
    assert len(rates) == 7
    assert 5 < rates[-1] / rates[0] < 6


def test_resize_frames_is_linear_and_preserves_ends():
    line = torch.linspace(0, 1, 9)[None, :, None]
    assert torch.allclose(resize_frames(line, 33)[0, :, 0], torch.linspace(0, 1, 33))
    assert torch.equal(resize_frames(line, 9), line)
    round_ = torch.tensor([[0.0, 2.0]])[..., None]
    assert resize_frames(round_, 4, loop=True)[0, :, 0].tolist() == [0, 1, 2, 1]
    assert interpolate_frames(line, torch.tensor([0.5]))[0, 0, 0] == pytest.approx(1 / 16)


def test_patch_frames_equal_receptive_field_of_critic():
    torch.manual_seed(0)
    critic = Critic(SMALL, LAYOUT)
    assert SMALL.patch_frames == 13
    frames = 41
    motion = torch.randn(1, frames, LAYOUT.channel_count, requires_grad=True)
    found = motion
    for layer in critic.layers:
        found = torch.nn.functional.leaky_relu(layer(found), 0.2)
    patch = critic.last(unfold_windows(found, SMALL.kernel))[0, 20, 0]
    patch.backward()
    assert motion.grad is not None
    seen = motion.grad[0].abs().sum(-1) > 0
    assert seen.nonzero()[:, 0].tolist() == list(range(20 - 6, 20 + 7))


def test_network_runs_levels_in_order():
    torch.manual_seed(0)
    network = StyleNetwork(SMALL, LAYOUT)
    lengths = SMALL.pyramid.lengths(40)
    noise = [torch.randn(1, n, LAYOUT.channel_count) for n in lengths]
    conditioning = [torch.rand(1, n, 2) for n in lengths]
    made = network(noise, conditioning)
    assert [m.shape[1] for m in made] == list(lengths)
    for generator in network.generators[1:]:
        generator.zero_last_layer()
    assert torch.equal(network(noise, conditioning)[1], resize_frames(made[0], lengths[1]))
