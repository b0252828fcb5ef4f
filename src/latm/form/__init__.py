"""Form: how the answers of a task look, and when two of them are the same.

The one place that decides sameness, for gates, reuse, disagreement of tools, labels, scoring and audits. Everything
here is pure and frozen: no input, no output, and no text makes it raise or take more than about linear time.
"""

from latm.form.finding import find_form, fit_form
from latm.form.form import Form, Sameness
from latm.form.own import Compares, OwnForm, Same, ruled_by, same_of
from latm.form.rulings import Ruling
from latm.form.stability import is_doubtful, is_refusal
from latm.form.words import parse_form

FOLDED = Form()
"""The form if nothing better is known: letter case, white space and a final full stop do not count."""

__all__ = [
    "FOLDED",
    "Compares",
    "Form",
    "OwnForm",
    "Ruling",
    "Same",
    "Sameness",
    "find_form",
    "fit_form",
    "is_doubtful",
    "is_refusal",
    "parse_form",
    "ruled_by",
    "same_of",
]
