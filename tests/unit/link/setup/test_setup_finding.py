"""What a set-up finds in a computer: Pythons, graphics cards; and what it makes of pip's words."""

import sys
import threading
from pathlib import Path

import pytest

from blender_addon.link.setup import accelerators
from blender_addon.link.setup.accelerators import (
    Accelerator,
    AcceleratorDetection,
    DetectedAccelerator,
    parse_nvidia_smi,
)
from blender_addon.link.setup.pip import DownloadProgress
from blender_addon.link.setup.programs import failure_reason
from blender_addon.link.setup.pythons import find_pythons, inspect_python


@pytest.mark.parametrize(
    ("output", "accelerator", "words"),
    [
        ("NVIDIA H100 PCIe, 580.65.06, 9.0\n", Accelerator.CUDA, ""),
        ("NVIDIA GeForce RTX 5090, 590.10, 12.0\n", Accelerator.CUDA, ""),
        ("Tesla T4, 580.1, 7.5\nNVIDIA A100, 580.1, 8.0\n", Accelerator.CUDA, ""),
        ("NVIDIA H100 PCIe, 550.54, 9.0\n", Accelerator.CUDA_12, ""),
        ("NVIDIA GeForce GTX 1080, 580.65.06, 6.1\n", Accelerator.CUDA_12, ""),
        ("NVIDIA GeForce RTX 5090, 570.10, 12.0", Accelerator.CPU, "install version 580 or newer"),
        ("NVIDIA GeForce GTX 1080, 470.10, 6.1", Accelerator.CPU, "install version 528 or newer"),
        ("Tesla K80, 470.10, 3.7", Accelerator.CPU, "too old for PyTorch"),
    ],
)
def test_parse_nvidia_smi_selects_the_build(
    output: str, accelerator: Accelerator, words: str
) -> None:
    found = parse_nvidia_smi(output)
    assert found is not None
    assert found.accelerator is accelerator
    assert words in found.advice
    assert bool(found.advice) is (accelerator is Accelerator.CPU)


@pytest.mark.parametrize("output", ["", "No devices were found\n", "a, b, c", "x, 580"])
def test_parse_nvidia_smi_without_card_is_none(output: str) -> None:
    assert parse_nvidia_smi(output) is None


def write_tool(folder: Path, answer: str, status: int = 0) -> None:
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\necho '{answer}'\nexit {status}\n")
    tool.chmod(0o755)


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Linux computer without cards; its programs are in this folder."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(accelerators, "_KFD_NODES", tmp_path / "nodes")
    monkeypatch.setattr(accelerators, "_SYSTEM_TOOLS", ())
    return tmp_path


def test_detect_accelerator_without_card_is_cpu(computer: Path) -> None:
    assert accelerators.detect_accelerator() == DetectedAccelerator(Accelerator.CPU)


def test_detect_accelerator_reads_nvidia_smi(computer: Path) -> None:
    write_tool(computer, "NVIDIA H100 PCIe, 580.65.06, 9.0")
    found = accelerators.detect_accelerator()
    assert found.description == "NVIDIA, CUDA 13: NVIDIA H100 PCIe"


def test_detect_accelerator_failing_nvidia_smi_is_cpu(computer: Path) -> None:
    write_tool(computer, "NVIDIA H100 PCIe, 580.65.06, 9.0", status=9)
    assert accelerators.detect_accelerator() == DetectedAccelerator(Accelerator.CPU)


def test_detect_accelerator_amd_driver_with_card_is_rocm(computer: Path) -> None:
    for number, units in (("0", 0), ("1", 96)):
        node = computer / "nodes" / number
        node.mkdir(parents=True)
        (node / "properties").write_text(f"cpu_cores_count 8\nsimd_count {units}\n")
    assert accelerators.detect_accelerator() == DetectedAccelerator(Accelerator.ROCM)
    (computer / "nodes" / "1" / "properties").write_text("simd_count 0\n")
    assert accelerators.detect_accelerator() == DetectedAccelerator(Accelerator.CPU)


def test_detect_accelerator_old_nvidia_beside_amd_is_rocm(computer: Path) -> None:
    write_tool(computer, "Tesla K80, 470.10, 3.7")
    assert accelerators.detect_accelerator().advice
    node = computer / "nodes" / "0"
    node.mkdir(parents=True)
    (node / "properties").write_text("simd_count 96\n")
    assert accelerators.detect_accelerator().accelerator is Accelerator.ROCM


def test_detect_accelerator_on_macs_is_metal_or_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(accelerators.platform, "machine", lambda: "arm64")
    assert accelerators.detect_accelerator() == DetectedAccelerator(Accelerator.MPS)
    monkeypatch.setattr(accelerators.platform, "machine", lambda: "x86_64")
    assert accelerators.detect_accelerator() == DetectedAccelerator(Accelerator.CPU)


def test_accelerator_detection_runs_once_on_a_thread() -> None:
    go = threading.Event()
    calls = []

    def look() -> DetectedAccelerator:
        go.wait(60)
        calls.append(1)
        return DetectedAccelerator(Accelerator.CUDA, "A card")

    detection = AcceleratorDetection(look)
    assert not detection.is_running
    detection.start_detection()
    detection.start_detection()
    assert detection.is_running
    assert detection.result is None
    go.set()
    assert detection.wait_for_result().name == "A card"
    assert not detection.is_running
    assert detection.wait_for_result() is detection.result
    assert calls == [1]


def test_find_pythons_finds_one_here() -> None:
    python = next(iter(find_pythons()))
    assert inspect_python(python.path) == python
    assert (3, 11) <= python.target.python[:2] <= (3, 13)
    assert python.target.system == sys.platform


@pytest.mark.parametrize(
    "answer",
    [
        '["linux", "x86_64", [3, 10, 1], true]',
        '["linux", "x86_64", [3, 14, 0], true]',
        '["linux", "x86_64", [3, 11, 0], false]',
        "[2, 7]",
        "hello",
    ],
)
def test_inspect_python_unsuitable_is_none(tmp_path: Path, answer: str) -> None:
    program = tmp_path / "python3"
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    program.chmod(0o755)
    assert inspect_python(str(program)) is None


def test_inspect_python_other_program_is_none(tmp_path: Path) -> None:
    assert inspect_python(str(tmp_path / "missing")) is None
    assert inspect_python("/bin/false") is None


def test_download_progress_counts_packages_and_bytes() -> None:
    progress = DownloadProgress(4, 1)
    assert progress.description == "1 of 4 packages"
    lines = [
        "Collecting torch==2.13.0 (from -r wanted.txt (line 1))",
        "Downloading torch-2.13.0-cp311-cp311-win_amd64.whl (200 MB)",
    ]
    assert all(progress.read_line(line) for line in lines)
    assert not progress.read_line("Progress 100000000 of 200000000")
    assert progress.description == "1 of 4 packages · torch · 100 of 200 MB"
    assert progress.fraction == pytest.approx(1.5 / 4)
    assert progress.read_line("Collecting numpy==1.26.4")
    assert progress.description == "2 of 4 packages"
    assert progress.read_line("Processing /wheels/numpy-1.26.4-cp311-cp311-win_amd64.whl")
    assert progress.description == "2 of 4 packages · numpy"
    progress.set_done(4)
    assert progress.fraction == 1.0
    progress.set_done(13)
    assert progress.fraction == 1.0
    assert not DownloadProgress(0).read_line("Progress 0 of 0")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["ERROR: Could not install: [Errno 28] No space left on device"], "disk of /user is full"),
        (["WARNING: NewConnectionError(x)", "ERROR: No matching"], "online?"),
        (["ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM"], "not the one that this version"),
        (["Collecting a", "ERROR: first.", "ERROR: second"], "ERROR: first"),
        (["Traceback", "ValueError: it is so."], "ValueError: it is so"),
        ([], "it printed nothing"),
    ],
)
def test_failure_reason_explains_known_errors(lines: list[str], words: str) -> None:
    sentence = failure_reason(lines, Path("/user"))
    assert words in sentence
    assert not sentence.endswith(".")
