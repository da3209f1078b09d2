# SPDX-License-Identifier: Apache-2.0
"""What the command line makes of a sentence that plug-ins and engine share: in English, with its own options in it."""

from __future__ import annotations

from functools import cache

from protocol.edits import EDITS, EditModel, messages
from protocol.plugin.strings import own_texts
from protocol.sentences import QUOTE, Sentence, fill, sentences
from server.cli.editing.options import field_options

OWN = {
    QUOTE: "{name}",
    "move.nothing": "Nothing moves yet: give --by or --scale.",
    "drags.still": "Nothing is pulled yet: give at least one --drag, from where to where.",
    "drags.many": "There are {count} drags and pins, and {most} are possible. Leave some out.",
    "drags.same": "Two drags or pins begin at the same place, {x},{y}. Leave one --drag out.",
    "drags.reach": "--drag: that place lies more than {reach} px beside the picture.",
    "points.count": "--drag has 1 to {most} points, not {count}.",
    "points.still": "--drag leads nowhere: all its points are the same. One point is a pin.",
    "points.number": "--drag takes pixels, not {value}.",
    "points.reach": "--drag: a point lies at {value} px, and at most {reach} px beside the picture are possible.",
    "drag.begins_masked": "--drag begins at {x},{y}, outside the mask. Move its beginning, or paint more white.",
    "drag.ends_masked": "--drag ends at {x},{y}, outside the mask. Move its end, or paint more white.",
    "drag.begins_outside": "--drag begins at {x},{y}, outside the picture. Both count from its upper left corner.",
    "drag.ends_outside": "--drag ends at {x},{y}, outside the picture. Both count from its upper left corner.",
    "gan.beside": "--drag: {x},{y} lies outside the square the model sees. Bring it closer, or give a larger --mask.",
    "kind.frames": "{edit} shows its own frames instead of a quick preview.",
    "mask.empty": "The mask is empty: nothing in it is white. Paint white what should be edited.",
    "mask.object": "Nothing is selected: say which object, with --mask.",
    "mask.elsewhere": "The mask holds no pixel of this layer. Paint the object white.",
    "gan.no_arrow": "There is nothing to pull yet: give a --drag.",
    "gan.frames": "The stored frames do not belong to these drags or this model. Leave --frame out to make new ones.",
    "layer.empty": "“{name}” has no pixels there. Choose another --layer.",
    "region.grew": "The edit reaches farther than what was read. Try again.",
    "result.incomplete": "The result did not arrive whole. Try again.",
    "result.unusable": "The result cannot be used. Try again, and report it if it happens twice.",
    "session.stopped": "The edit was stopped.",
    "model.none": (
        "No StyleGAN2 network is installed. Convert a checkpoint of yours: pullbrush models convert FILE.pkl"
    ),
    "model.path": "A model is named, or its file given, with --model.",
    "worker.broken": (
        "The computing process keeps stopping right after it starts. `pullbrush doctor` names its log; try again "
        "in a minute."
    ),
}
"""Sentences that have buttons of the panel in them, or its selection, as the command line says them."""


def in_words(text: str) -> str:
    """The text for a terminal; labels of the panel become options."""
    if not isinstance(text, Sentence):
        return text
    return fill(OWN.get(text.id) or sentences()["en"].get(text.id, text), text.values, _named)


def _named(message: str) -> str:
    """An option for the label of a field, a plain word for one of a choice, a text of our own, else the label."""
    if message in OWN:
        return OWN[message]
    if found := _options().get(message):
        return found
    known = (sentences()["en"], messages()["en"], own_texts()["en"])
    return next((texts[message] for texts in known if message in texts), "")


@cache
def _options() -> dict[str, str]:
    """Options and words by the message id of the label that stands on a panel."""
    found: dict[str, str] = {}
    for edit in EDITS.values():
        model = EditModel.of(edit)
        found[model.label] = f"“{model.kind}”"
        flags = {name: option.flag for option in field_options(model) for name in option.fields}
        for name, field in model.fields.items():
            found[field.label] = flags.get(name, name)
            for key, column in getattr(field, "columns", {}).items():
                found.setdefault(column.label, key)
            for word in getattr(field, "choices", ()):
                found[f"{field.label}.{word}"] = word
        for role in model.roles:
            found[role.label] = f"--{role.role}" if role.kind == "mask" else "a picture"
    return found
