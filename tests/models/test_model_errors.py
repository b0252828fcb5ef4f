"""What a caller can tell from an error of a model, whatever its class."""

import pytest

from latm import errors
from latm.errors import ModelError
from latm.ledger import Usage

TREE = {
    "ProviderError": ("provider", True, False),
    "QuotaError": ("quota", True, False),
    "RequestError": ("rejected", False, False),
    "CutOffError": ("cut off", False, False),
    "EmptyError": ("empty", False, False),
    "RefusedError": ("refused", False, False),
    "PassingModelError": ("server", False, True),
    "MalformedError": ("malformed", False, True),
    "ModelTimeoutError": ("timeout", False, True),
    "BudgetError": ("budget", True, False),
    "ReplayMissError": ("replay miss", True, False),
}
"""The usual reason, whether it ends the run, whether it may pass."""


def test_every_model_error_is_in_the_table_and_in_the_drawn_tree() -> None:
    classes = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, ModelError)}
    assert classes == {*TREE, "ModelError"}
    assert errors.__doc__ is not None
    assert all(name in errors.__doc__ for name in classes)


@pytest.mark.parametrize("name", TREE)
def test_its_reason_and_what_it_means_for_the_run_are_attributes(name: str) -> None:
    error: ModelError = getattr(errors, name)("It failed.")
    assert (error.reason, error.ends_run, error.may_pass) == TREE[name]
    assert (error.retry_after, error.usage) == (None, Usage())


def test_a_reason_of_its_own_a_pause_and_a_cost_are_kept() -> None:
    error = errors.RequestError("It is too long.", reason="too long", retry_after=3.0, usage=Usage(1, 2, 3))
    assert (error.reason, error.retry_after, error.usage) == ("too long", 3.0, Usage(1, 2, 3))
