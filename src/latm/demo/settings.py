"""What the demo sets, and the recording that ships with it."""

from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from latm.settings import Settings

QUESTIONS = 1_400
"""A hundred of each kind."""
SEED = 1
RECORDING = Path(__file__).with_name("recording.jsonl")


class DemoSettings(Settings):
    """Settings from the demo's own flags alone.

    A recording answers only the very requests that were recorded, so neither the environment nor a `latm.toml` may
    change what is asked.
    """

    model_config = SettingsConfigDict(toml_file=None)

    grouping: Literal["look-back", "arrival"] = "arrival"
    """The recording that ships was made with grouping on arrival."""
    answer_style: Literal["plain", "reasoned"] = "reasoned"
    """The recording that ships was made with reasoned answers, as its puzzles take them."""

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
