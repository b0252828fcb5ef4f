"""Dispatching by similarity alone, for comparison: the nearest known example, if it is near enough."""

import importlib
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from latm.errors import SettingsError
from latm_bench.statistics import quantile

Vector = Mapping[str, float]
Embed = Callable[[Sequence[str]], Sequence[Vector]]

_GRAM = 4
_LEFT_OUT = 0.05


class Nearest:
    """Takes a question for the task of its nearest example.

    The threshold comes from the examples themselves: each is left out in turn, and the similarity to its nearest fellow
    is what a question of its task may be expected to have; one in twenty of the examples lies below the threshold.

    Args:
        embed: texts to vectors; all of them are called for at once, so that it can weigh them against each other.
        examples: by task.
    """

    def __init__(self, embed: Embed, examples: Mapping[str, Sequence[str]]) -> None:
        self._embed = embed
        self._tasks = [task for task, texts in examples.items() for _ in texts]
        self._texts = [text for texts in examples.values() for text in texts]

    def choose(self, questions: Sequence[str]) -> list[str | None]:
        """The task of each question, or None if it is new."""
        vectors = [_unit(vector) for vector in self._embed([*self._texts, *questions])]
        known, asked = vectors[: len(self._texts)], vectors[len(self._texts) :]
        threshold = self._threshold(known)
        return [self._nearest(vector, known, threshold) for vector in asked]

    def _nearest(self, vector: Vector, known: Sequence[Vector], threshold: float) -> str | None:
        similarities = [_dot(vector, one) for one in known]
        best = max(range(len(known)), key=similarities.__getitem__)
        return self._tasks[best] if similarities[best] >= threshold else None

    def _threshold(self, known: Sequence[Vector]) -> float:
        fellows = [
            max(
                (_dot(one, other) for place, other in enumerate(known) if self._tasks[place] == task and place != own),
                default=0.0,
            )
            for own, (one, task) in enumerate(zip(known, self._tasks, strict=True))
        ]
        return quantile(fellows, _LEFT_OUT)


def tf_idf(texts: Sequence[str]) -> list[Vector]:
    """Character n-grams, weighed by how rare they are among the texts (Spärck Jones, J. of Documentation 28, 1972)."""
    counts = [Counter(_grams(text)) for text in texts]
    frequency = Counter(gram for count in counts for gram in count)
    rarity = {gram: math.log(len(texts) / seen) for gram, seen in frequency.items()}
    return [{gram: number * rarity[gram] for gram, number in count.items()} for count in counts]


def _grams(text: str) -> list[str]:
    padded = f" {' '.join(text.lower().split())} "
    return [padded[place : place + _GRAM] for place in range(max(1, len(padded) - _GRAM + 1))]


def sentence_embedding(model: str) -> Embed:
    """Embeddings of a model of `sentence-transformers`, which is not installed with latm.

    Raises:
        SettingsError: it is not installed.
    """
    try:
        library = importlib.import_module("sentence_transformers")
    except ImportError as error:
        raise SettingsError(
            f"Embeddings by {model!r} need the package sentence-transformers.", hint="pip install sentence-transformers"
        ) from error
    encoder = library.SentenceTransformer(model)

    def embed(texts: Sequence[str]) -> list[Vector]:
        return [{str(place): float(value) for place, value in enumerate(row)} for row in encoder.encode(list(texts))]

    return embed


def _unit(vector: Vector) -> Vector:
    length = math.sqrt(math.fsum(value * value for value in vector.values())) or 1.0
    return {name: value / length for name, value in vector.items()}


def _dot(one: Vector, other: Vector) -> float:
    few, many = (one, other) if len(one) < len(other) else (other, one)
    return sum(value * many[name] for name, value in few.items() if name in many)
