"""What the demo sets, and the recording that ships with it."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from latm.settings import Settings
from latm.task import Instance
from latm.tasks.generators import stream
from latm.tasks.generators.everyday import everyday

QUESTIONS = 1_400
"""A hundred of each kind."""
EVERYDAY_QUESTIONS = 700
SEED = 1
RECORDING = Path(__file__).with_name("recording.jsonl")
EVERYDAY_RECORDING = Path(__file__).with_name("everyday.jsonl")


class Stream(StrEnum):
    """Which questions are asked: fourteen kinds, bare; or eight as they come to a company, with others between."""

    BARE = "bare"
    EVERYDAY = "everyday"

    @property
    def recording(self) -> Path:
        """What ships with latm for it."""
        return RECORDING if self is Stream.BARE else EVERYDAY_RECORDING

    @property
    def length(self) -> int:
        """Questions that its recording has."""
        return QUESTIONS if self is Stream.BARE else EVERYDAY_QUESTIONS

    def instances(self, seed: int, count: int) -> Iterator[Instance]:
        """The questions with their truths."""
        return stream(seed, count) if self is Stream.BARE else everyday(seed, count)


class DemoSettings(Settings):
    """Settings from the demo's own flags alone.

    A recording answers only the very requests that were recorded, so neither the environment nor a `latm.toml` may
    change what is asked.
    """

    grouping: Literal["look-back", "arrival"] = "arrival"
    """The recording of the bare stream was made with grouping on arrival."""
    answer_style: Literal["plain", "reasoned"] = "reasoned"
    """The recordings that ship were made with reasoned answers, as its puzzles take them."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the signature is pydantic's
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the signature is pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing but what is passed in."""
        return (init_settings,)
