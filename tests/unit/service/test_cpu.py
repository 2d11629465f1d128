"""Threads, wait policy and priority of a process on a user's workstation."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from backend.cpu import BACKGROUND_NICENESS, run_in_background, usable_cores
from backend.service.engine.devices import parallel_map

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[3]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="niceness of a thread is Linux's")


def run_python(source: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", source],
        cwd=ROOT,
        env={**{k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@linux_only
def test_usable_cores_with_affinity_counts_allowed_ones() -> None:
    source = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
        "from backend.cpu import usable_cores; print(usable_cores())"
    )
    assert run_python(source) == "1"
    assert usable_cores() >= 1


@pytest.mark.parametrize(
    ("set_by_user", "policy"), [({}, "passive"), ({"OMP_WAIT_POLICY": "active"}, "active")]
)
def test_set_passive_wait_policy_preserves_user_setting(
    set_by_user: dict[str, str], policy: str
) -> None:
    source = (
        "import os; from backend.cpu import set_passive_wait_policy as set; set();"
        "print(os.environ['OMP_WAIT_POLICY'])"
    )
    assert run_python(source, **set_by_user) == policy


def test_command_line_sets_passive_wait_policy() -> None:
    source = (
        "import os, sys; sys.argv = ['backend', 'generate', '--fps', '0'];"
        "from backend.__main__ import app\n"
        "try: app()\n"
        "except SystemExit: print(os.environ['OMP_WAIT_POLICY'])"
    )
    assert run_python(source).endswith("passive")


@linux_only
def test_run_in_background_lowers_its_own_thread_alone() -> None:
    own = threading.get_native_id()
    before = os.getpriority(os.PRIO_PROCESS, own)

    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert run_in_background(niceness) == max(BACKGROUND_NICENESS, before)
    assert os.getpriority(os.PRIO_PROCESS, own) == before


def test_run_in_background_raises_error_of_function() -> None:
    class Stopped(BaseException):
        pass

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        run_in_background(stop)


def test_parallel_map_with_any_cores_preserves_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for cores in (1, 2, 5):
        monkeypatch.setattr("backend.service.engine.devices.usable_cores", lambda n=cores: n)
        assert list(parallel_map(lambda n: n * n, range(7))) == [n * n for n in range(7)]
