"""The preferences of a backend on another machine, and a motion from there, in a real window."""

from pathlib import Path

from tests.service.backend_child import TOKEN, Backend

SESSION = Path(__file__).with_name("sessions") / "remote_session.py"


def test_a_connection_is_tested_and_used(
    run_in_window, addon_zip: Path, pictures: Path, tmp_path: Path
) -> None:
    with Backend(tmp_path) as backend:
        backend.wait(backend.start())
        port = str(backend.greeting["port"])
        found, output = run_in_window(SESSION, addon_zip, port, TOKEN, pictures)
    assert "Traceback" not in output and TOKEN not in output
    assert found["returned"] == ["FINISHED"]
    assert found["busy"], "the window does not wait for the answer"
    assert "nerm 0123abcd · CPU · ready" in found["said"]
    assert found["on_main_thread"] == [False]
    assert not found["watched"], "the timer ends with the test"
    assert found["job"][0] == "done", found["job"]
