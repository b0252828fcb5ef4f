"""Answer forms in the words of the command line."""

from latm.errors import SettingsError
from latm.form.dress import Dress
from latm.form.form import Form
from latm.form.shapes import FORMS, SHAPES

_HINT = f"Say one of {FORMS.replace('`', '')}."


def parse_form(words: str) -> Form:
    """The form that a user asks for.

    Args:
        words: the name of a shape, and after a colon its details, as `FORMS` has them.

    Raises:
        SettingsError: no form is called so.
    """
    name, _, detail = words.strip().partition(":")
    shape = SHAPES.get(name.strip().lower())
    if shape is None or not shape.asked_as:
        raise SettingsError(f"No answer form is called {words!r}.", hint=_HINT)
    try:
        asked = shape.asked(detail if shape.is_whole else detail.strip())
    except ValueError as error:
        raise SettingsError(f"No answer form is called {words!r}: {error}.", hint=_HINT) from error
    return Form(asked) if asked.is_whole else Form(asked, Dress())
