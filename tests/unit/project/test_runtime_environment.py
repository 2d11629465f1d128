"""Installation of `make demo`: progress, sentences for failures, and what it goes on from."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e import pip_runs, runtime_environment
from tests.e2e.pip_runs import InstallError, PipAction, failure_message

pytestmark = pytest.mark.process

LOG = Path("install.log")


def actions(*lines: str) -> list[str]:
    action = PipAction()
    found = []
    for line in lines:
        action.update(line)
        found.append(action.action + action.detail)
    return found


def test_pip_action_shows_bytes_of_large_downloads_alone() -> None:
    assert actions(
        "Collecting rich==15.0.0",
        "Downloading rich-15.0.0-py3-none-any.whl (243 kB)",
        "Progress 1000 of 243000",
        "Collecting bpy==4.5.15",
        "Downloading bpy-4.5.15-cp311-cp311-manylinux_2_28_x86_64.whl (372.8 MB)",
        "Progress 70778880 of 372767766",
        "Installing collected packages: rich, bpy",
    ) == [
        "collecting packages",
        "collecting packages",
        "collecting packages",
        "collecting packages",
        "collecting packages",
        "downloading bpy-4.5.15, 373 MB: 71 MB",
        "unpacking 2 packages",
    ]


def test_failure_message_without_network_names_it() -> None:
    lines = [
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)'",
        "ERROR: Could not find a version that satisfies the requirement torch==2.13.0",
        "ERROR: No matching distribution found for torch==2.13.0",
    ]
    assert failure_message("PyTorch", lines, LOG) == (
        "The package index cannot be reached: check the Internet connection or the proxy."
    )


def test_failure_message_with_full_disk_names_it() -> None:
    lines = [
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
    ]
    assert failure_message("PyTorch", lines, LOG).startswith("The disk is full: make room in ")


def test_failure_without_a_build_keeps_the_errors_of_pip() -> None:
    lines = ["WARNING: noise", "ERROR: No matching distribution found for bpy==4.5.15"]
    sentence = failure_message("Blender", lines, LOG)
    assert sentence.startswith("There is no build of Blender for this computer and Python.")
    assert lines[1] in sentence
    assert "noise" not in sentence


def test_install_from_an_empty_folder_fails_and_logs(tmp_path: Path, capsys) -> None:
    log = tmp_path / "install.log"
    arguments = ("--no-index", "--find-links", str(tmp_path), "no-such-package==1.0")
    with pytest.raises(InstallError, match="There is no build of the package"):
        pip_runs.install(Path(sys.executable), *arguments, log=log, package="the package")
    assert "no-such-package" in log.read_text()
    assert "WARNING" not in capsys.readouterr().out


def test_remove_interrupted_forgets_half_unpacked_packages(tmp_path: Path, monkeypatch) -> None:
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    whole, half = packages / "a-1.0.dist-info", packages / "b-1.0.dist-info"
    replaced, code = packages / "~etuptools", packages / "b"
    for folder in (whole, half, replaced, code):
        folder.mkdir(parents=True)
    (whole / "INSTALLER").write_text("pip\n")
    (half / "METADATA").write_text("Name: b\n")
    monkeypatch.setattr(runtime_environment, "VENV", tmp_path)
    runtime_environment.remove_interrupted()
    assert sorted(path.name for path in packages.iterdir()) == ["a-1.0.dist-info", "b"]


def test_make_venv_refuses_a_python_of_another_version(tmp_path: Path, monkeypatch) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 3.12\n")
    python.chmod(0o755)
    monkeypatch.setattr(runtime_environment, "PYTHON", python)
    with pytest.raises(
        InstallError, match=r"must hold Python 3\.11 \(got 3\.12\): delete the folder"
    ):
        runtime_environment.make_venv()


def test_plan_with_too_little_disk_names_what_is_needed(monkeypatch, capsys) -> None:
    found = {"torch": "2.13.0", "nvidia-cublas": "13.1"}, {"bpy": "4.5.15"}
    answers = iter(found)
    monkeypatch.setattr(runtime_environment, "packages_to_install", lambda *_: next(answers))
    usage = runtime_environment.shutil.disk_usage("/")._replace(free=int(5e9))
    monkeypatch.setattr(runtime_environment.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(InstallError, match=r"needs 9\.8 GB of free disk space.*has 5\.0 GB"):
        runtime_environment.print_plan("torch==2.13.0", "bpy==4.5.15")
    assert "About 3.3 GB to download and 6.5 GB on disk" in capsys.readouterr().out


def test_pins_names_what_the_steps_install() -> None:
    pins = runtime_environment.pinned_requirements()
    assert {"torch", "bpy", "pip", "pillow", "rich"} <= set(pins)
    assert re.fullmatch(r"bpy==4\.5\.\d+", pins["bpy"])


@pytest.mark.skipif(sys.platform != "linux", reason="LIBRARIES is about Linux")
def test_libraries_are_those_that_bpy_is_linked_against() -> None:
    spec = importlib.util.find_spec("bpy")
    assert spec is not None
    assert spec.origin is not None
    listed = subprocess.run(["ldd", spec.origin], capture_output=True, text=True, check=True)
    needed = {line.split()[0] for line in listed.stdout.splitlines() if "site-packages" not in line}
    graphical = {name for name in needed if re.match(r"lib(GL|ICE|SM|X\w+|xkbcommon)\.so", name)}
    indirect = {"libXau.so.6", "libXdmcp.so.6"}
    assert graphical - indirect == set(runtime_environment.LIBRARIES)
