"""Code as users write it: every line that ends in `# wrong` must be found by a type checker, and no other."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

from latm import Answer, AsyncLatm, Example, Latm, Making, Question, Scope, Settings
from latm.models import Completion, Request
from latm.observing import Answered, Notice


async def own(messages: list[dict[str, str]]) -> str:
    return messages[-1]["content"]


async def silent(messages: list[dict[str, str]]) -> int:
    return len(messages)


class Object:
    async def complete(self, request: Request) -> Completion | str:
        return request.purpose


class Watching:
    def on_event(self, event: Notice, /) -> None:
        match event:
            case Answered(answer):
                answer.text.upper()
            case _:
                pass


class Deaf:
    def on_events(self, event: Notice, /) -> None:
        del event


def right() -> None:
    Latm()
    Latm(Settings(), maker="openai:gpt-5", user=None, observer=Watching())
    Latm(maker=own, direct=Object(), concurrency=8, budget_usd=Decimal(5), isolation="call", sandbox="jail")
    with Latm(maker=own) as latm:
        answer: Answer = latm.ask("Who?")
        latm.ask(Question("Who?", Scope(project="acme"), id="7"))
        texts: list[str] = [one.text for one in latm.run(["Who?"], length=1)]
        many: list[Answer] = latm.ask_many(text for text in texts)
        making: Making = latm.make("poets", [Example("Who?", "Goethe")])
        row: str | None = answer.to_dict()["usage"]["cost"]
        cost: Decimal | None = many[0].cost
        print(making.outcome, row, cost, latm.health().ok)


async def right_in_a_loop() -> None:
    async def questions() -> AsyncIterator[str]:
        await asyncio.sleep(0)
        yield "Who?"

    latm = await AsyncLatm(maker=own).open()
    answers: list[Answer] = [answer async for answer in latm.run(questions())]
    print(answers, (await latm.ask("Who?")).ok, latm.health().reason)
    await latm.close(wait=False)


def wrong(latm: Latm) -> None:
    Latm("openai:gpt-5")  # wrong
    Latm(makr="openai:gpt-5")  # wrong
    Latm(maker=5)  # wrong
    Latm(maker=silent)  # wrong
    Latm(concurrency="many")  # wrong
    Latm(making="sometimes")  # wrong
    Latm(sandbox="none")  # wrong
    Latm(observer=Deaf())  # wrong
    AsyncLatm(models="openai:gpt-5")  # wrong
    latm.ask(5)  # wrong
    latm.ask(None)  # wrong
    latm.ask(b"Who?")  # wrong
    latm.ask([{"role": "user", "content": "Who?"}])  # wrong
    latm.ask_many(5)  # wrong
    latm.run(None)  # wrong
    latm.make("poets", ["Goethe"])  # wrong
    latm.make(None, [])  # wrong
    latm.ask("Who?").txt  # wrong
    latm.ask("Who?").to_dict()["price"]  # wrong


async def wrong_in_a_loop(latm: AsyncLatm) -> None:
    latm.ask("Who?").text  # wrong
    await latm.ask(5)  # wrong
    async for answer in latm.run([1, 2]):  # wrong
        print(answer)
