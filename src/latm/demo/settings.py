"""What the demo sets."""

from typing import Literal

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from latm.settings import Settings


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
