"""The saving: what the run spent against what answering every question directly would have."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from latm.demo.running import Course
from latm.demo.scoring import Score
from latm.errors import SettingsError
from latm.ledger import Usage
from latm.models.address import parse_name
from latm.models.metering import price


@dataclass(frozen=True, slots=True)
class Saving:
    """Tokens as the recorded model reported them. What answering all directly would have taken is an estimate.

    The estimate is, for every question, the mean of the direct answers that its kind got in this very run.

    Attributes:
        spent: all that the run's models spent, makings included.
        all_direct: tokens that answering everything directly would have taken: the estimate.
        priced_as: `provider:model` whose list price turns tokens into money; None: no price was asked for.
        spent_usd: the tokens of `spent` at that price, whatever the recorded model cost.
        all_direct_usd: the tokens of `all_direct` at that price.
        style: how direct answers were asked for: the setting `answer_style`.
    """

    spent: Usage
    all_direct: Usage
    priced_as: str | None = None
    spent_usd: Decimal | None = None
    all_direct_usd: Decimal | None = None
    style: str = "reasoned"

    @property
    def share(self) -> float:
        """The share of tokens saved; negative if the run spent more."""
        return 1 - self.spent.tokens / self.all_direct.tokens if self.all_direct.tokens else 0.0


def saving_of(course: Course, score: Score, priced_as: str | None) -> Saving:
    """The saving of a run.

    Raises:
        SettingsError: the model has no known list price.
    """
    all_direct = all_direct_usage(score)
    if priced_as is None:
        return Saving(course.usage, all_direct, style=course.style)
    spent_usd, all_direct_usd = list_price(priced_as, course.usage), list_price(priced_as, all_direct)
    return Saving(course.usage, all_direct, priced_as, spent_usd, all_direct_usd, course.style)


def all_direct_usage(score: Score) -> Usage:
    """The estimate: every question at the mean of its kind's direct answers."""
    means = [(score.direct[kind], tally.questions) for kind, tally in score.kinds.items()]
    sent = round(sum(mean.input_tokens * count for mean, count in means))
    received = round(sum(mean.output_tokens * count for mean, count in means))
    return Usage(calls=len(score.scored), input_tokens=sent, output_tokens=received, cost=None)


def list_price(model: str, usage: Usage) -> Decimal:
    """US dollars for tokens at a model's list price.

    Args:
        model: `provider:model`.
        usage: whose tokens are priced.

    Raises:
        SettingsError: it is not the name of a model, or no price is known.
    """
    from genai_prices import Usage as Counts

    address = parse_name(model)
    counts = Counts(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)
    dollars = price(address.provider, address.model, counts)
    if dollars is None:
        raise SettingsError(f"{model!r} has no known list price.", hint="Name another model, as in openai:gpt-5.")
    return dollars


def spent_so_far(course: Course) -> list[int]:
    """Tokens that latm had spent after each question; a making counts from the question after it."""
    spent = [answer.usage.tokens for answer in course.answers]
    for at in course.makings:
        spent[min(at.place, len(spent) - 1)] += at.making.usage.tokens
    return list(accumulate(spent))


def direct_so_far(score: Score) -> Sequence[int]:
    """Tokens that answering everything directly would have taken after each question: the estimate."""
    return [round(total) for total in accumulate(score.direct[one.kind].tokens for one in score.scored)]
