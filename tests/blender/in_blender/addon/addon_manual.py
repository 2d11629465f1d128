"""Runs the Python that the manual's pages show, each on a character that plays a motion.

Arguments: the zip, the backend's Python, a folder for files, the pages.
"""

import re
import sys
import wave
from pathlib import Path

import addon
import bpy
import numpy as np

ZIP, PYTHON, FOLDER, *PAGES = sys.argv[1:]
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)

with wave.open(f"{FOLDER}/speech.wav", "wb") as speech:
    speech.setparams((1, 2, 16000, 0, "NONE", ""))
    speech.writeframes(np.full(16000 * 10, 1000, "<i2").tobytes())
np.savez(f"{FOLDER}/beat.npz", control=np.zeros((90, 2)))
addon.install(ZIP)
addon.use_python(PYTHON)
ran = 0
for page in map(Path, PAGES):
    addon.empty_scene()
    bpy.ops.anyframe.add_character()
    character = bpy.context.view_layer.objects.active
    character.data.bones["left_wrist"].name = "Hand.L"
    for prompt in ("a person runs", "a person walks"):
        bpy.ops.anyframe.generate(prompt=prompt)
    bpy.ops.anyframe.export_take(filepath=f"{FOLDER}/take.npz")
    for example in EXAMPLE.findall(page.read_text(encoding="utf-8")):
        code = compile(example.replace("/path", FOLDER), page.name, "exec")
        exec(code, {"bpy": bpy})
        ran += 1
print(f"{ran} examples ran")
addon.finish()
