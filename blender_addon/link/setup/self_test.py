"""Whether a Python can run the backend: it is asked to import all and to compute something."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .programs import ProgramRunner
from .state import SetupError

SELF_TEST = """
import json, platform
import fastapi, numpy, safetensors, torch, transformers, uvicorn
if torch.cuda.is_available():
    device, name = "cuda", torch.cuda.get_device_name(0)
elif torch.backends.mps.is_available():
    device, name = "mps", "Apple GPU"
else:
    device, name = "cpu", "processor"
torch.ones(8, 8, device=device).matmul(torch.ones(8, 8, device=device)).sum().item()
print(json.dumps([platform.python_version(), torch.__version__, name]))
"""
"""Fails if the backend cannot run; else says its Python, its PyTorch and what that uses."""


@dataclass(frozen=True)
class SelfTestResult:
    """What the check has found."""

    python: str
    torch: str
    device: str

    @property
    def sentence(self) -> str:
        """For people."""
        return f"It works: Python {self.python}, PyTorch {self.torch}, on {self.device}."


def run_self_test(programs: ProgramRunner, python: Path, source: str) -> SelfTestResult:
    """Run the probe; raises as `Programs.run` does, with SetupError if the backend cannot run."""
    lines = programs.run_python(python, "-c", source, failure="The installed backend does not work")
    try:
        version, torch, device = map(str, json.loads(lines[-1]))
    except (ValueError, IndexError) as error:
        raise SetupError(
            f"The check of the installed backend answered something else: {lines[-1:]}."
        ) from error
    return SelfTestResult(version, torch, device)
