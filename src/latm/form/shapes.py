"""All shapes. A new one is a subclass of `Shape`, and a name in `SHAPES`."""

from collections.abc import Mapping

from latm.form.amounts import Number
from latm.form.documents import Json, Lines
from latm.form.options import Option
from latm.form.shape import Shape, folded
from latm.form.texts import Code, Exact, Folded, Label, labels_of

SHAPES: Mapping[str, type[Shape]] = {
    shape.name: shape for shape in (Exact, Folded, Label, Lines, Json, Number, Option, Code)
}
"""By name, in the order in which they are looked for in answers."""

FORMS = ", ".join(way for shape in SHAPES.values() for way in shape.asked_as)
"""How a user asks for each."""

__all__ = [
    "FORMS", "SHAPES", "Code", "Exact", "Folded", "Json", "Label", "Lines", "Number", "Option", "Shape", "folded",
    "labels_of",
]  # fmt: skip
