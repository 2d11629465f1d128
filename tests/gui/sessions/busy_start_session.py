"""A first motion while all cores are busy, in a Blender window; run by test_busy_start.py.

Arguments: the add-on's zip, the Python of the real backend, the folder for pictures, the file for
findings.
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import window
from window import press, wait_for

ZIP, PYTHON, PICTURES, FINDINGS = sys.argv[sys.argv.index("--") + 1 :]
found = {"messages": []}


def picture(name):
    window.picture(Path(PICTURES, f"{name}.png"))


def play():
    yield 1.0
    window.install(ZIP)
    session = window.module("link.session")
    session.preferences().python = PYTHON
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    yield from window.show_sidebar(window.module("ui.main").ANYFRAME_PT_main)
    press(bpy.ops.anyframe.add_character)
    window.look_at_selection()
    settings = bpy.context.scene.anyframe
    settings.prompt, settings.seconds = "a person walks forward", 2.0
    press(bpy.ops.anyframe.generate)
    job = session.queue.current

    def message_is(start):
        if job.message not in found["messages"]:
            found["messages"].append(job.message)
        return job.ended or job.message.startswith(start)

    yield from wait_for(lambda: message_is("Loading"), 600.0)
    yield 0.5
    picture("loading")
    yield from wait_for(lambda: message_is("nothing"), 600.0)
    yield 0.5
    picture("landed")
    found["job"] = [job.state.name, job.error]
    session.queue.stop()


window.run(play(), found, FINDINGS)
