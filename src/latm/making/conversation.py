"""The tool maker's conversation, with the log of its tries."""

from dataclasses import dataclass, field

from latm.ledger import Usage
from latm.models import Message, Model, Request
from latm.provenance import Attempt


@dataclass(slots=True)
class Conversation:
    """One conversation with the tool maker, whose history is kept from stage to stage.

    Attributes:
        model: the tool maker's.
        temperature: of every request; None leaves it to the provider.
        messages: so far.
        attempts: so far.
        usage: spent so far.
        model_name: which model answered last.
    """

    model: Model
    temperature: float | None
    messages: list[Message] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    model_name: str = ""

    async def say(self, stage: str, prompt: str) -> str:
        """Say one more thing; the completion.

        Raises:
            ModelError: the model could not answer.
        """
        self.messages.append(Message("user", prompt))
        request = Request(tuple(self.messages), purpose=stage, temperature=self.temperature)
        completion = await self.model.complete(request)
        self.messages.append(Message("assistant", completion.text))
        self.usage += completion.usage
        self.model_name = completion.model
        return completion.text
