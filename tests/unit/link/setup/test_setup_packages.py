"""Packages for one computer: markers, wheel tags, builds of PyTorch, and the lists."""

import hashlib
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from packaging import tags

import build_addon
from blender_addon.link.setup.accelerators import Accelerator
from blender_addon.link.setup.packages import available_accelerators, download_batches, packages_for
from blender_addon.link.setup.pins import (
    MARKERS,
    Pin,
    delete_damaged_wheels,
    describe_pins,
    missing_pins,
    pins_for_target,
    read_pins,
)
from blender_addon.link.setup.state import SetupError
from blender_addon.link.setup.targets import InstallTarget, parse_wheel_name
from tools.lock_requirements import is_marker_true, write_markers

LISTS = build_addon.ROOT / build_addon.REQUIREMENTS
DEPENDENCIES = build_addon.read_project()["dependencies"]
LINUX = InstallTarget("linux", "x86_64", (3, 11, 7))
LINUX_ARM = InstallTarget("linux", "aarch64", (3, 12, 0))
WINDOWS = InstallTarget("win32", "AMD64", (3, 11, 9))
WINDOWS_13 = InstallTarget("win32", "AMD64", (3, 13, 0))
MAC = InstallTarget("darwin", "arm64", (3, 13, 1))
INTEL_MAC = InstallTarget("darwin", "x86_64", (3, 11, 0))
TARGETS = (LINUX, LINUX_ARM, WINDOWS, WINDOWS_13, MAC)


@pytest.mark.parametrize(
    ("marker", "target", "is_true"),
    [
        ("sys_platform == 'win32'", WINDOWS, True),
        ("sys_platform == 'win32'", LINUX, False),
        ("sys_platform != 'emscripten'", LINUX, True),
        ("python_full_version < '3.13'", LINUX, True),
        ("python_full_version >= '3.13'", WINDOWS_13, True),
        ("python_full_version < '3.9'", LINUX, False),
        ("python_version == '3.11'", LINUX, True),
        ("python_full_version == '3.11.*'", LINUX, True),
        ("python_full_version == '3.1.*'", LINUX, False),
        ("python_full_version != '3.11.*'", LINUX, False),
        ("platform_machine == 'aarch64' or platform_machine == 'arm64'", MAC, True),
        (
            "(platform_machine == 'aarch64' or platform_machine == 'x86_64') "
            "and sys_platform == 'linux'",
            LINUX_ARM,
            True,
        ),
        (
            "(platform_machine == 'aarch64' or platform_machine == 'x86_64') "
            "and sys_platform == 'linux'",
            MAC,
            False,
        ),
    ],
)
def test_is_marker_true_depends_on_target(
    marker: str, target: InstallTarget, is_true: bool
) -> None:
    assert is_marker_true(marker, target) is is_true


@pytest.mark.parametrize(
    "marker",
    [
        "sys_platform",
        "sys_platform = 'x'",
        "python_full_version > '3.11.4'",
        "__import__('os')",
        "machine == 'x86_64'",
    ],
)
def test_is_marker_true_bad_marker_is_an_error(marker: str) -> None:
    with pytest.raises(build_addon.BuildError, match="The marker"):
        is_marker_true(marker, LINUX)


def test_markers_of_the_lists_are_in_the_table(tmp_path: Path) -> None:
    for path in LISTS.glob("*.txt"):
        shutil.copy(path, tmp_path)
    write_markers(tmp_path)
    assert (tmp_path / MARKERS).read_bytes() == (LISTS / MARKERS).read_bytes(), "run make lock"


def test_pins_for_target_unknown_marker_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "packages.txt"
    path.write_text("a==1 ; os_name == 'nt' \\\n    --hash=sha256:" + "0" * 64)
    (tmp_path / MARKERS).write_text("{}")
    with pytest.raises(SetupError, match=r"markers\.json lacks os_name"):
        packages_for(tmp_path, Accelerator.CPU, LINUX)


def test_packages_for_unsupported_processor_is_an_error() -> None:
    target = InstallTarget("linux", "riscv64", (3, 11, 0))
    with pytest.raises(SetupError, match="another processor than riscv64"):
        packages_for(LISTS, Accelerator.CPU, target)


@pytest.mark.parametrize("target", TARGETS)
def test_supports_wheel_agrees_with_packaging(target: InstallTarget) -> None:
    python, platforms = target.python[:2], [*target.platform_tags, "any"]
    interpreter = "cp{}{}".format(*python)
    supported = {
        *map(str, tags.cpython_tags(python, [interpreter], platforms)),
        *map(str, tags.compatible_tags(python, interpreter, target.platform_tags)),
    }
    pythons = [f"{kind}3{minor}" for kind in ("py", "cp") for minor in range(2, 15)]
    for python_tag in ("py3", "py2", *pythons):
        for abi in ("none", "abi3", "cp311", "cp313", "cp313t"):
            for platform in ("any", "win_amd64", "manylinux_2_28_x86_64", "manylinux_2_34_x86_64"):
                tag = f"{python_tag}-{abi}-{platform}"
                assert target.supports_wheel(tag) is (tag in supported), tag


@pytest.mark.parametrize(
    ("name", "runs_on"),
    [
        ("a-1.0-py3-none-any", TARGETS),
        ("a-1.0-py2.py3-none-any", TARGETS),
        ("a-1.0-cp311-cp311-win_amd64", (WINDOWS,)),
        ("a-1.0-cp313-cp313-win_amd64", (WINDOWS_13,)),
        ("a-1.0-cp313-cp313t-win_amd64", ()),
        ("a-1.0-cp314-cp314-win_amd64", ()),
        ("a-1.0-cp39-abi3-win_amd64", (WINDOWS, WINDOWS_13)),
        ("a-1.0-cp312-abi3-win_amd64", (WINDOWS_13,)),
        ("a-1.0-cp310-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64", (LINUX,)),
        ("a-1.0-py3-none-manylinux_2_28_aarch64", (LINUX_ARM,)),
        ("a-1.0-py3-none-manylinux_2_18_x86_64", (LINUX,)),
        ("a-1.0-py3-none-manylinux_2_34_x86_64", ()),
        ("a-1.0-cp311-cp311-musllinux_1_2_x86_64", ()),
        ("a-1.0-cp313-cp313-macosx_14_0_arm64", (MAC,)),
        ("a-1.0-cp313-cp313-macosx_10_9_universal2", (MAC,)),
        ("a-1.0-py3-cp311-any", ()),
        ("a-1.0-pp311-pypy311_pp73-win_amd64", ()),
        ("a-1.0-1-py3-none-any", TARGETS),
    ],
)
def test_supports_wheel_depends_on_tags(name: str, runs_on: tuple[InstallTarget, ...]) -> None:
    parts = parse_wheel_name(name)
    assert parts is not None
    assert parts[:2] == ("a", "1.0")
    assert tuple(target for target in TARGETS if target.supports_wheel(parts[2])) == runs_on


def test_parse_wheel_name_normalizes_the_name() -> None:
    assert parse_wheel_name("Foo_Bar.x-1.0+cpu-py3-none-any") == (
        "foo-bar-x",
        "1.0+cpu",
        "py3-none-any",
    )
    assert parse_wheel_name("readme") is None


def test_lists_have_hashes_and_one_version_per_target() -> None:
    for target in TARGETS:
        for name in ("packages.txt", "torch.txt"):
            pins = pins_for_target(LISTS / name, target)
            names = [pin.name for pin in pins]
            assert len(names) == len(set(names))
            assert all(re.fullmatch("[0-9a-f]{64}", hash) for pin in pins for hash in pin.hashes)
    versions = {pin.version for pin in pins_for_target(LISTS / "packages.txt", MAC)}
    assert versions
    numpy = [
        next(
            pin.version
            for pin in pins_for_target(LISTS / "packages.txt", target)
            if pin.name == "numpy"
        )
        for target in (WINDOWS, WINDOWS_13)
    ]
    assert numpy[0] != numpy[1], "which pyproject.toml says"


def test_read_pins_reads_every_entry() -> None:
    for path in sorted(LISTS.glob("*.txt")):
        text = path.read_text()
        pins = read_pins(path)
        assert len(pins) == len(re.findall(r"^[^\s#]", text, re.M))
        assert sum(len(pin.hashes) for pin in pins) == text.count("--hash=")


def test_read_pins_without_hash_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "packages.txt").write_text("a==1\nb==2 --hash=sha256:" + "0" * 64)
    with pytest.raises(ValueError, match="a has no hash"):
        read_pins(tmp_path / "packages.txt")
    with pytest.raises(SetupError, match=r"cannot be read \(packages.txt: a has no hash\)"):
        packages_for(tmp_path, Accelerator.CPU, LINUX)


GPU_LIBRARIES = ("nvidia-", "cuda-", "triton")


@pytest.mark.parametrize(
    ("accelerator", "target", "version", "index", "is_hashed", "has_libraries"),
    [
        (Accelerator.CPU, LINUX, "+cpu", "whl/cpu", True, False),
        (Accelerator.CPU, LINUX_ARM, "+cpu", "whl/cpu", True, False),
        (Accelerator.CPU, WINDOWS, "", "", True, False),
        (Accelerator.CPU, MAC, "", "", True, False),
        (Accelerator.MPS, MAC, "", "", True, False),
        (Accelerator.CUDA, LINUX, "", "", True, True),
        (Accelerator.CUDA, WINDOWS, "+cu130", "whl/cu130", False, False),
        (Accelerator.CUDA_12, LINUX, "+cu126", "whl/cu126", False, False),
        (Accelerator.CUDA_12, WINDOWS, "+cu126", "whl/cu126", False, False),
        (Accelerator.ROCM, LINUX, "+rocm7.2", "whl/rocm7.2", False, False),
    ],
)
def test_torch_build_depends_on_accelerator_and_target(
    accelerator: Accelerator,
    target: InstallTarget,
    version: str,
    index: str,
    is_hashed: bool,
    has_libraries: bool,
) -> None:
    pinned = next(pin for pin in read_pins(LISTS / "torch.txt") if pin.name == "torch").version
    packages = packages_for(LISTS, accelerator, target)
    common, torch = packages.groups
    assert [pin.version for pin in torch.pins if pin.name == "torch"] == [pinned + version]
    assert torch.index.endswith(index)
    assert torch.index.startswith("https://download.pytorch.org/") or not index
    assert torch.is_hashed is is_hashed
    assert common.is_hashed
    assert packages.pip.is_hashed
    assert ("--require-hashes" in torch.pip_arguments) is is_hashed
    libraries = [pin.name for pin in torch.pins if pin.name.startswith(GPU_LIBRARIES)]
    assert bool(libraries) is has_libraries
    assert not any(pin.name.startswith(GPU_LIBRARIES) for pin in common.pins)
    # What PyTorch's own index alone has is looked up by pip, where there is any.
    looked_up = target.system == "linux" and not is_hashed
    assert ("--no-deps" not in torch.pip_arguments) is looked_up


def test_torch_build_unavailable_is_an_error() -> None:
    with pytest.raises(SetupError, match="Macs with Intel processors"):
        packages_for(LISTS, Accelerator.CPU, INTEL_MAC)
    with pytest.raises(SetupError, match=r"no build for “AMD, ROCm” on Windows with Python 3\.11"):
        packages_for(LISTS, Accelerator.ROCM, WINDOWS)
    with pytest.raises(SetupError, match="x86-64"):
        packages_for(LISTS, Accelerator.CUDA_12, LINUX_ARM)
    assert Accelerator.ROCM in available_accelerators("linux")
    assert Accelerator.ROCM not in available_accelerators("win32")
    assert available_accelerators("darwin") == (Accelerator.MPS,)


def test_download_batches_separate_large_packages() -> None:
    pins = [Pin(f"p{number}", "1") for number in range(20)]
    pins[3] = Pin("nvidia-cublas", "13")
    portions = list(download_batches(pins))
    assert sorted(pin.name for portion in portions for pin in portion) == sorted(
        pin.name for pin in pins
    )
    assert [len(portion) for portion in portions] == [8, 8, 3, 1]


def write_wheel(folder: Path, name: str, text: str = "x") -> str:
    path = folder / name
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("a.py", text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_missing_pins_checks_hashes_and_tags(tmp_path: Path) -> None:
    good = write_wheel(tmp_path, "a-1.0-py3-none-any.whl")
    for_windows = write_wheel(tmp_path, "b-1.0-cp311-cp311-win_amd64.whl")
    write_wheel(tmp_path, "c-1.0-py3-none-any.whl", "changed")
    write_wheel(tmp_path, "torch-2.0+cu126-py3-none-any.whl")
    (tmp_path / "d-1.0-py3-none-any.whl").write_bytes(b"PK\x03\x04 cut off")
    (tmp_path / "notes.whl").write_text("no wheel")
    pins = [
        Pin("a", "1.0", frozenset({good})),
        Pin("b", "1.0", frozenset({for_windows})),
        Pin("c", "1.0", frozenset({"0" * 64})),
        Pin("torch", "2.0+cu126"),
        Pin("d", "1.0"),
        Pin("e", "1.0"),
    ]
    assert [pin.name for pin in missing_pins(pins, tmp_path, LINUX)] == ["b", "c", "d", "e"]
    assert [pin.name for pin in missing_pins(pins, tmp_path, WINDOWS)] == ["c", "d", "e"]
    assert len(missing_pins(pins, tmp_path, WINDOWS, is_cancelled=lambda: True)) == 6
    assert missing_pins(pins, tmp_path / "nowhere", LINUX) == pins
    delete_damaged_wheels(pins, tmp_path)
    assert sorted(path.name[0] for path in tmp_path.iterdir()) == ["a", "b", "n", "t"]


def test_describe_pins_shortens_long_lists() -> None:
    pins = [Pin(f"p{number}", "1") for number in range(9)]
    assert describe_pins(pins[:2]) == "p0 1, p1 1"
    assert describe_pins(pins).endswith("p5 1 and 3 more")
