"""Generated requests, valid and invalid, against the published schema."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from .backend_child import TOKEN, Backend

AUTHORISED = {"Authorization": f"Bearer {TOKEN}"}
JOBS = "POST /v1/jobs"
OPERATIONS = (
    JOBS,
    "GET /v1/jobs/{job_id}",
    "DELETE /v1/jobs/{job_id}",
    "GET /v1/jobs/{job_id}/take",
    "GET /v1/jobs/{job_id}/preview",
    "GET /v1/capabilities",
    "GET /v1/health",
    "GET /v1/body",
    "POST /v1/release",
)
OF_WHAT_IS_THERE = ("{job_id}", "/body")
"""Operations on a job or a folder, which generated names never match."""


@pytest.fixture(scope="module")
def operations(backend: Backend) -> dict[str, Any]:
    port = backend.greeting["port"]
    schema = schemathesis.openapi.from_url(
        f"http://127.0.0.1:{port}/v1/openapi.json", headers=AUTHORISED
    )
    return {
        found.ok().label: found.ok()
        for found in schema.get_all_operations()
        if isinstance(found, Ok)
    }


def test_openapi_lists_every_operation(operations: dict[str, Any]) -> None:
    assert sorted(operations) == sorted(OPERATIONS)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("label", OPERATIONS)
def test_replies_match_openapi(
    operations: dict[str, Any], label: str, mode: GenerationMode
) -> None:
    codes: list[int] = []
    positive = mode is GenerationMode.POSITIVE

    @given(case=operations[label].as_strategy(generation_mode=mode))
    @settings(
        max_examples=20 if label == JOBS else 5,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    def check(case: schemathesis.Case) -> None:
        generates = positive and label == JOBS and _heal(case.body)
        reply = case.call(headers=AUTHORISED)
        codes.append(reply.status_code)
        # Whether a decode job comes with a take that can be read is not in a schema.
        case.validate_response(reply, excluded_checks=[positive_data_acceptance])
        assert reply.status_code == 202 or not generates, reply.text

    check()
    if positive and not any(part in label for part in OF_WHAT_IS_THERE):
        assert {200, 202} & set(codes)


def _heal(body: Any) -> bool:
    """Repair contradictions between fields of a generate job; False for another kind."""
    request = body["request"]
    if request["kind"] != "generate":
        return False
    # A blank prompt needs an action, and a short length at a low rate has no frame.
    request.update(prompt=request.get("prompt", "").strip() or "x", seconds=2.0)
    if request.get("model") == "motioninr":  # goes by the action alone
        request.update(prompt="", action=request.get("action") or "x")
    # All variations together have their limits too.
    if request["fps"] > 600 or request.get("seed", 0) > 2**62:
        request.pop("variations", None)
    for file in ("take", "take_b", "takes", "style", "controls"):
        body.pop(file, None)
    return True
