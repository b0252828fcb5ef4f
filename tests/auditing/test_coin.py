"""The coin: fixed before anyone looks, with the chance that was asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm.auditing import Coin

COIN = Coin(b"a secret of a store")
IDS = [f"{number:08x}" for number in range(20_000)]


def test_a_coin_falls_the_same_after_a_crash() -> None:
    again = Coin(b"a secret of a store")
    assert [COIN.falls(one, 0.05) for one in IDS[:500]] == [again.falls(one, 0.05) for one in IDS[:500]]


@pytest.mark.parametrize("share", [0.0, 0.001, 0.05, 0.5, 1.0])
def test_it_falls_as_often_as_it_should(share: float) -> None:
    fallen = sum(COIN.falls(one, share) for one in IDS)
    assert abs(fallen - share * len(IDS)) <= 4 * (share * (1 - share) * len(IDS)) ** 0.5


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_whatever_falls_at_one_share_falls_at_a_larger_one(answer_id: str, share: float, other: float) -> None:
    low, high = sorted((share, other))
    assert COIN.falls(answer_id, low) <= COIN.falls(answer_id, high)


@pytest.mark.parametrize("other", [{"purpose": "reference"}, {"coin": Coin.minted()}])
def test_secrets_and_purposes_are_independent(other: dict[str, object]) -> None:
    coin = other.pop("coin", COIN)
    assert isinstance(coin, Coin)
    both = sum(COIN.falls(one, 0.5) and coin.falls(one, 0.5, **other) for one in IDS)  # type: ignore[arg-type]
    assert abs(both - len(IDS) / 4) <= 4 * (len(IDS) * 3 / 16) ** 0.5


def test_the_secret_is_never_shown() -> None:
    assert "secret of a store" not in repr(COIN)
