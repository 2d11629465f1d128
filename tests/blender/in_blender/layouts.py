"""A layout that knows Blender's rules, to draw panels and preferences on where there is no window.

It takes only the functions, arguments, icons and properties that this Blender's own layout has.
"""

from types import SimpleNamespace

import addon
import bpy

LAYOUT = bpy.types.UILayout.bl_rna
ICONS = LAYOUT.functions["label"].parameters["icon"].enum_items.keys()


class Layout:
    """Collects the texts that are drawn; fails on what Blender would complain about."""

    def __init__(self, texts):
        object.__setattr__(self, "texts", texts)

    def __setattr__(self, name, value):
        assert name in LAYOUT.properties, f"UILayout has no {name}"

    def __getattr__(self, name):
        function = LAYOUT.functions[name]

        def call(*arguments, **named):
            known = function.parameters.keys()
            for key, value in named.items():
                assert key in known, f"UILayout.{name} takes no {key}"
                if key == "icon":
                    assert value in ICONS, f"there is no icon {value}"
                if key == "text":
                    self.texts.append(value)
            if name == "prop":
                data, prop = arguments
                assert prop in data.bl_rna.properties, f"{data} has no {prop}"
            if name == "operator":
                self.texts.append(arguments[0])
                room, _, verb = arguments[0].partition(".")
                assert hasattr(bpy.types, f"{room.upper()}_OT_{verb}"), arguments
                return SimpleNamespace()
            return Layout(self.texts) if name in {"row", "column", "box", "split"} else None

        return call


def drawn(cls):
    """All the text that a panel or the preferences show now."""
    texts = []
    context = SimpleNamespace(
        scene=bpy.context.scene,
        view_layer=bpy.context.view_layer,
        window_manager=bpy.context.window_manager,
        region=SimpleNamespace(width=240),
    )
    data = bpy.context.preferences.addons[addon.NAME].preferences
    owner = data if cls.__name__.endswith("Preferences") else SimpleNamespace()
    shown = SimpleNamespace(layout=Layout(texts))
    for name in owner.bl_rna.properties.keys() if hasattr(owner, "bl_rna") else ():
        setattr(shown, name, getattr(owner, name))
    shown.bl_rna = getattr(owner, "bl_rna", None)
    cls.draw(shown, context)
    return " ".join(texts)


def drawn_item(cls, item):
    """All the text that a list shows of an item."""
    texts = []
    self = SimpleNamespace()
    if hasattr(cls, "draw_row"):
        self.draw_row = lambda *arguments: cls.draw_row(self, *arguments)
    cls.draw_item(self, bpy.context, Layout(texts), None, item, 0, None, "")
    return " ".join(filter(None, texts))
