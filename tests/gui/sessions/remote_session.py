"""A backend on another machine, in a window; run by test_remote.py.

Arguments: the zip, the port of a running backend, its token, the folder for pictures, the file for
findings.
"""

import sys
import threading
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import window

ZIP, PORT, TOKEN, PICTURES, FINDINGS = sys.argv[sys.argv.index("--") + 1 :]
found = {}


def picture(name):
    window.picture(Path(PICTURES, f"{name}.png"))


def play():
    yield 1.0
    window.install(ZIP)
    probe = window.module("link.http.connection_test")
    session = window.module("link.session")

    window.show_preferences()
    settings = session.preferences()
    settings.place = "REMOTE"
    settings.remote_url = f"http://127.0.0.1:{PORT}"
    settings.remote_token = TOKEN
    threads = []
    words = probe._describe_backend

    def noted(*arguments):
        threads.append(threading.current_thread() is threading.main_thread())
        return words(*arguments)

    probe._describe_backend = noted
    found["returned"] = list(bpy.ops.anyframe.test_backend())
    found["busy"] = session.connection_test.status.busy
    while session.connection_test.status.busy:
        yield 0.05
    found["said"] = session.connection_test.status.message
    found["on_main_thread"] = threads
    yield 0.5
    found["watched"] = bpy.app.timers.is_registered(session._on_timer)
    picture("remote_tested")

    settings.remote_url = "http://192.0.2.7:5000"
    yield 0.5
    picture("remote_unencrypted")

    settings.remote_url = f"http://127.0.0.1:{PORT}"
    bpy.ops.anyframe.add_character()
    bpy.ops.anyframe.generate(prompt="a person walks", seconds=1.0)
    while session.queue.busy:
        yield 0.05
    found["job"] = [session.queue.last.state.value, session.queue.last.message]


window.run(play(), found, FINDINGS)
