"""The noun `Form`: how the answers of a task look, and when two of them are the same."""

import json
from dataclasses import dataclass, replace
from enum import StrEnum

from latm.errors import SettingsError
from latm.form.dress import Dress
from latm.form.lexicon import REFUSAL
from latm.form.rulings import Pair, Ruling, may_be_dress, pair_class, taught
from latm.form.shape import Content
from latm.form.shapes import SHAPES, Folded, Json, Number, Shape, folded
from latm.form.storing import built, plain

_FOLDED = Folded()
_BARE = Dress()
_BEGINNING = 300
"""Characters in which a refusal says that it is one."""
_REMEDY = "It was written by another release, or damaged; find the form again from the examples."


class Sameness(StrEnum):
    """How two answers to one question compare."""

    SAME = "same"
    REWRITTEN = "same, written differently"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Form:
    """How the answers of a task look, and when two of them are the same.

    Attributes:
        shape: the kind of content that its answers have.
        dress: what stands around it; None if an answer is content from end to end.
        is_stable: False if enough answers were seen and show no content that could be compared: opinions, refusals.
        rulings: what a model has said of wordings if the examples do not tell.
    """

    shape: Shape = _FOLDED
    dress: Dress | None = None
    is_stable: bool = True
    rulings: tuple[Ruling, ...] = ()

    def compare(self, one: str, other: str) -> Sameness:
        """How two answers compare. White space at their ends tells apart only if the form is `exact`."""
        if one == other or (self.shape.name != "exact" and one.strip() == other.strip()):
            return Sameness.SAME
        is_same = self._equal(one, other) or (bool(self.rulings) and self._is_ruled_same(one, other))
        return Sameness.REWRITTEN if is_same else Sameness.DIFFERENT

    def same(self, one: str, other: str) -> bool:
        """Whether two answers say the same, however they are written."""
        return self.compare(one, other) is not Sameness.DIFFERENT

    def _equal(self, one: str, other: str) -> bool:
        if self.shape.is_worded and folded(one) == folded(other):
            return True
        content, wanted = self._read(one), self._read(other)
        if content is None or wanted is None or content.note != wanted.note:
            return False
        return self.shape.equal(content.value, wanted.value)

    def differing(self, one: str, other: str) -> list[str]:
        """The fields in which two answers in JSON differ; none if they are not such answers."""
        contents = [self._read(text) for text in (one, other)]
        values = [content.value for content in contents if content is not None]
        return self.shape.differing(*values) if isinstance(self.shape, Json) and len(values) > 1 else []

    def _read(self, text: str) -> Content | None:
        if self.dress:
            return self.dress.read(self.shape, text)
        value = self.shape.read(text)
        return None if value is None else Content(value, "", text, text)

    def _is_ruled_same(self, one: str, other: str) -> bool:
        pair = pair_class(self.shape, self.dress or _BARE, one, other)
        return any((ruling.one, ruling.other) == pair and ruling.same for ruling in self.rulings)

    def open_pair(self, one: str, other: str, question: str) -> Pair | None:
        """The class of two answers that differ, if mining cannot tell and no model was asked yet; else None."""
        dress = self.dress or _BARE
        pair = pair_class(self.shape, dress, one, other)
        if pair is None or any((ruling.one, ruling.other) == pair for ruling in self.rulings):
            return None
        return pair if all(may_be_dress(wording, dress, question) for wording in pair) else None

    def taught(self, ruling: Ruling) -> "Form":
        """The form with what a model said of a class of pairs."""
        dress = taught(self.dress or _BARE, ruling) if ruling.same else self.dress
        return replace(self, dress=dress, rulings=(*self.rulings, ruling))

    def valid(self, text: str) -> bool:
        """Whether a text looks like an answer of this form."""
        if (
            (self.dress is None or self.dress == _BARE)
            and text.isdecimal()
            and isinstance(self.shape, Number)
            and not self.shape.unit
        ):
            return True  # most answers of numbers are plain ones, and tools' answers are looked at on their way out
        if not text.strip() or (content := self._read(text)) is None:
            return False
        return not self.shape.is_free or not REFUSAL.match(content.raw[:_BEGINNING])

    def rendered(self, text: str) -> str:
        """An answer of equal content in the form's commonest dress; a text that it cannot read comes back unchanged."""
        content = self._read(text)
        if content is None or content.note:
            return text
        printed = self.shape.printed(content.value)
        if self.dress:
            printed = f"{self.dress.opened}{printed}{self.dress.closed}"
        return printed if self._says(printed, content) else text

    def _says(self, printed: str, content: Content) -> bool:
        """Whether a printed answer is read as the content that it was printed from, and printed again just so."""
        again = self._read(printed)
        if again is None or again.note or not self.shape.equal(again.value, content.value):
            return False
        return self.shape.printed(again.value) == self.shape.printed(content.value)

    def described(self) -> str:
        """How answers are to be printed, in one or two plain sentences; empty if there is nothing to say."""
        sentences = [self.shape.described()]
        if self.dress and (self.dress.opened or self.dress.closed):
            around = (("before", self.dress.opened), ("after", self.dress.closed))
            fixed = " and ".join(f"{text!r} {place} it" for place, text in around if text)
            sentences.append(f"It is given with {fixed}.")
        return " ".join(filter(None, sentences))

    def told(self) -> str:
        """What a maker is told beside the examples: the digits to print, which few examples show; empty otherwise."""
        is_evident = not isinstance(self.shape, Number) or self.shape.digits.is_evident
        return "" if is_evident else self.described()

    def dump(self) -> str:
        """The form as JSON text, always the same for equal forms, in ASCII."""
        data = {
            "name": self.shape.name,
            "shape": plain(self.shape),
            "dress": plain(self.dress),
            "is_stable": self.is_stable,
        }
        if self.rulings:
            data["rulings"] = plain(self.rulings)
        return json.dumps(data, sort_keys=True)

    @classmethod
    def load(cls, text: str) -> "Form":
        """The form of a text that `dump` gave.

        Raises:
            SettingsError: no form has this text.
        """
        try:
            data = json.loads(text)
            shape = built(SHAPES[data["name"]], data["shape"])
            rulings = built(tuple[Ruling, ...], data.get("rulings", []))
            return cls(shape, built(Dress | None, data["dress"]), built(bool, data["is_stable"]), rulings)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise SettingsError(f"No answer form has the text {text[:200]!r}: {error}.", hint=_REMEDY) from error
