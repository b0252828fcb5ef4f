"""The coin that decides which served answers are audited."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

_SECRET_BYTES = 32
_SIDES = 2**64


@dataclass(frozen=True, slots=True)
class Coin:
    """Falls for each answer with a chance of its own, the same whenever and wherever it is asked.

    It is known before anyone looks at the answer, and the same after a crash, because it is an HMAC of the answer's id.
    Without the secret nobody can tell it from chance. An id must never be given to two answers: they would share
    one coin.

    Attributes:
        secret: of the store, the same for all its processes; never shown.
    """

    secret: bytes = field(repr=False)

    @classmethod
    def minted(cls) -> "Coin":
        """A coin with a new secret."""
        return cls(secrets.token_bytes(_SECRET_BYTES))

    def falls(self, answer_id: str, share: float, *, purpose: str = "audit") -> bool:
        """Whether it falls for an answer. If it does at one share, it does at every larger one.

        Args:
            answer_id: unique among all answers of the store, and not the caller's to choose.
            share: the chance, from 0 to 1.
            purpose: coins for different purposes are independent; without a NUL character.
        """
        text = f"{purpose}\0{answer_id}".encode(errors="surrogatepass")
        side = int.from_bytes(hmac.digest(self.secret, text, hashlib.sha256)[:8])
        return side < share * _SIDES
