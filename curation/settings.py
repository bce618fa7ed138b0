"""One typed settings object: evenface.toml, then EVENFACE_* environment, then flags.

`curation.settings_template` is the commented file that shows every one of them. An environment
variable names section and setting: `EVENFACE_DATABASE__URL`.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from curation.errors import SettingsError

FILE_NAME = "evenface.toml"


class Section(BaseModel):
    """A section of the file; an unknown name in it is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(Section):
    """Where the tables are."""

    url: str = "sqlite:///evenface.db"


class StoreSettings(Section):
    """Where the images are."""

    url: str = "store"


class RunSettings(Section):
    """How stages run."""

    workers: int = Field(default=0, ge=0)
    engine: Literal["local", "ray"] = "local"
    ray_address: str = "auto"
    ray_cpus: float = Field(default=1.0, gt=0)
    ray_gpus: float = Field(default=0.0, ge=0)


class IngestSettings(Section):
    """What is taken in."""

    require_age: bool = True
    max_bytes: int = Field(default=50_000_000, gt=0)
    max_pixels: int = Field(default=100_000_000, gt=0)
    timeout: float = Field(default=30.0, gt=0)
    min_rate: float = Field(default=5_000.0, ge=0)
    connections: int = Field(default=64, ge=1)
    per_host: int = Field(default=8, ge=1)
    requests_per_second: float = Field(default=20.0, ge=0)
    contact: str = ""
    respect_robots: bool = True
    respect_x_robots_tag: bool = True
    respect_tdm_reservation: bool = True
    respect_content_usage: bool = True
    allow_private_addresses: bool = False


class DetectSettings(Section):
    """What counts as a face."""

    min_face: int = Field(default=40, ge=12)
    min_score: float = Field(default=0.95, ge=0, le=1)
    several_faces: Literal["reject", "largest", "central", "prominent"] = "reject"
    prominent_ratio: float = Field(default=2.0, ge=1)
    max_yaw: float = Field(default=60.0, ge=0, le=180)
    max_pitch: float = Field(default=40.0, ge=0, le=180)
    min_sharpness: float = Field(default=0.25, ge=0, le=1)
    fast: bool = False


class DedupSettings(Section):
    """What counts as a copy."""

    radius: int = Field(default=10, ge=0, le=31)
    window_radius: int | None = Field(default=None, ge=-1, le=31)
    age_tolerance: float = Field(default=1.0, ge=0)


class LabelStudioSettings(Section):
    """Which Label Studio the moderators use."""

    url: str = ""
    api_key: str = ""
    image_url: str = "/data/local-files/?d={key}"
    document_root: str = ""
    hooks: bool = False
    s3_access_key: str = ""
    s3_secret_key: str = ""
    s3_endpoint: str = ""
    s3_minutes: int = Field(default=60, ge=1)
    home: str = ""


class ModerationSettings(Section):
    """What moderators are asked, and how votes become verdicts."""

    languages: list[Literal["en", "ru", "es"]] = Field(default=["en"], min_length=1)
    ask_race: bool = False
    ask_age: bool = False
    show_predictions: bool = False
    method: Literal["dawid-skene", "majority"] = "dawid-skene"
    votes: int = Field(default=2, ge=1)
    max_votes: int = Field(default=5, ge=1)
    threshold: float = Field(default=0.98, gt=0.5, lt=1)
    quorum: int = Field(default=2, ge=1)
    vote_accuracy: float = Field(default=0.8, gt=0.5, lt=1)
    prior_votes: float = Field(default=10.0, ge=0)
    accuracy_bar: float = Field(default=0.7, ge=0, le=1)
    suspend_below: float = Field(default=0.6, ge=0, le=1)
    gold_rate: float = Field(default=0.05, ge=0, le=0.5)
    gold_votes: int = Field(default=3, ge=2)
    gold_probability: float = Field(default=0.99, gt=0.5, le=1)
    price_per_vote: float = Field(default=0.0, ge=0)
    currency: str = ""


class BalanceTarget(Section):
    """One target: the shares of an attribute's values, in the dataset or within another's values.

    One of `shares`, `floors`, `ceilings` and `equal` is given. `shares` may name a table: "social"
    or "uniform", or a CSV of value and share or number; `also` gives some values shares of their
    own, and the table the rest. `no_race_above` weighs a table of countries until no race is
    expected to have a larger share.
    """

    attributes: list[str]
    within: str | None = None
    shares: dict[str, float] | str | None = None
    floors: dict[str, float] | None = None
    ceilings: dict[str, float] | None = None
    equal: bool = False
    also: dict[str, float] = {}
    no_race_above: float | None = Field(default=None, gt=0, le=1)
    tolerance: float = Field(default=0.0, ge=0, lt=1)
    relative_tolerance: float = Field(default=0.0, ge=0, lt=1)


class BalanceMinimum(Section):
    """At least `number` photographs of people with these values ({"gender": "female"})."""

    of: dict[str, str]
    number: int = Field(ge=1)


class BalanceSettings(Section):
    """What the dataset shall look like."""

    mode: Literal["draw", "weights"] = "draw"
    size: Literal["max"] | Annotated[int, Field(ge=1)] = "max"
    order: Literal["best", "random"] = "best"
    max_per_subject: int = Field(default=0, ge=0)
    max_per_author: int = Field(default=0, ge=0)
    race_from: Literal["label", "country"] = "label"
    weight_limits: tuple[
        Annotated[float, Field(gt=0, le=1)], Annotated[float, Field(ge=1, le=1e6)]
    ] = (0.1, 10.0)
    age_bins: list[str] = ["0-2", "3-6", "7-12", "13-19", "20-32", "33-47", "48-59", "60+"]
    targets: list[BalanceTarget] = [
        BalanceTarget(attributes=["gender"], within="country", equal=True)
    ]
    minima: list[BalanceMinimum] = []


class DatasetSettings(Section):
    """How a dataset version is drawn and split."""

    seed: int = 1
    validation: float = Field(default=0.1, ge=0, lt=1)
    test: float = Field(default=0.2, ge=0, lt=1)
    shard_size: int = Field(default=10_000, ge=1)
    likeness: float = Field(default=0.7, gt=0, le=1)


class PapersSettings(Section):
    """What only you can know of a dataset, for the papers that travel with it."""

    issuer: str = ""
    contact: str = ""
    url: str = ""
    licence: str = ""
    description: str = ""
    citation: str = ""
    consent: str = ""
    processed_in: list[str] = []
    stored_in: list[str] = []


class Settings(BaseSettings):
    """All settings of one workspace."""

    model_config = SettingsConfigDict(
        env_prefix="EVENFACE_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    database: DatabaseSettings = DatabaseSettings()
    store: StoreSettings = StoreSettings()
    run: RunSettings = RunSettings()
    ingest: IngestSettings = IngestSettings()
    detect: DetectSettings = DetectSettings()
    dedup: DedupSettings = DedupSettings()
    label_studio: LabelStudioSettings = LabelStudioSettings()
    moderation: ModerationSettings = ModerationSettings()
    balance: BalanceSettings = BalanceSettings()
    dataset: DatasetSettings = DatasetSettings()
    papers: PapersSettings = PapersSettings()


def load_settings(
    file: Path | None, overrides: dict[str, dict[str, Any]] | None = None
) -> Settings:
    """Read the settings: defaults, then `file`, then the environment, then `overrides`.

    Raises:
        SettingsError: the file is not TOML, or a setting is unknown or of the wrong kind.
    """

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file))

    try:
        found = FromFile(**(overrides or {}))  # type: ignore[arg-type]
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise SettingsError(
                f"there is no setting {name}; `curate init --help` names the sections, "
                "and a new workspace's evenface.toml shows every setting"
            ) from None
        raise SettingsError(
            f"setting {name} is {first['input']!r}: {first['msg'].lower()} "
            f"(see {FILE_NAME} and the EVENFACE_ environment)"
        ) from None
    return Settings.model_construct(**dict(found))
