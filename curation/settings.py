"""One typed settings object: evenface.toml, then EVENFACE_* environment, then flags.

`TEMPLATE` is the commented file that `curate init` writes; a test holds it against the defaults.
An environment variable names section and setting: `EVENFACE_DATABASE__URL`.
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
    suspend_below: float = Field(default=0.0, ge=0, le=1)
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


TEMPLATE = """\
# Settings of this Evenface workspace. What stands here as a comment is the default.
# An environment variable goes first: EVENFACE_DATABASE__URL for [database] url.

[database]
# SQLite needs no set-up. For PostgreSQL: "postgresql://user:password@host/name",
# better given as EVENFACE_DATABASE__URL than written here. Then run `curate db upgrade`.
# url = "sqlite:///evenface.db"

[store]
# Images and face crops: a folder beside this file, or an fsspec URL (s3://bucket/prefix).
# url = "store"

[run]
# Worker processes of a stage; 0 takes one per core.
# workers = 0
# Where they run: "local" (this machine) or "ray" (a Ray cluster; docs/ray.md).
# engine = "local"
# The cluster: "auto" (the one that this machine belongs to), "local" (one started for the run, on
# this machine), or "host:port" of its head node.
# ray_address = "auto"
# What one worker on the cluster takes; a part of a GPU may be given, such as 0.25.
# ray_cpus = 1.0
# ray_gpus = 0.0

[ingest]
# Posts without a stated age, in hashtags or by the source, are set aside and not fetched.
# require_age = true
# max_bytes = 50000000
# max_pixels = 100000000
# Seconds to wait for a server to answer, or to go on sending; and the bytes per second that it
# must send on average after that time.
# timeout = 30.0
# min_rate = 5000.0
# Pictures fetched at the same time, in all and from one host; and requests to one host in a
# second (0: as many as it answers).
# connections = 64
# per_host = 8
# requests_per_second = 20.0
# An address that servers are shown, where their owners can ask you to stop: a page or e-mail.
# contact = ""
# What owners say about their pictures, in robots.txt, in headers and in tdmrep.json, is obeyed;
# a picture that may not be used is set aside with the words that say so. Setting one of these to
# false takes pictures against their owner's stated will: only do so if you have their permission.
# respect_robots = true
# respect_x_robots_tag = true
# respect_tdm_reservation = true
# respect_content_usage = true
# Whether addresses of this machine and its network may be asked. A post could name any of them:
# leave this as it is unless you wrote the posts yourself.
# allow_private_addresses = false

[detect]
# The smallest face that is looked for, in pixels, and the lowest score that counts (0 to 1).
# min_face = 40
# min_score = 0.95
# Pictures with several faces: "reject" (whose age is it?), or take the "largest", the most
# "central", or the "prominent" one, whose area is at least prominent_ratio times the second's.
# several_faces = "reject"
# prominent_ratio = 2.0
# A main face turned further than this to the side or up and down, in degrees, is set aside, and
# one that is less sharp (0 to 1; good photographs have about 0.55).
# max_yaw = 60.0
# max_pitch = 40.0
# min_sharpness = 0.25
# Look for faces in JPEGs decoded at a fraction of their size, where min_face allows it. Several
# times faster for large pictures; boxes move a little (docs/faces.md). Crops stay as sharp.
# fast = false

[dedup]
# Images whose 64-bit perceptual hashes differ in at most this many bits are looked at again.
# radius = 10
# The same for a whole picture and a window of another, which finds crops, frames and captions.
# Unset, it is the widest up to 8 that the number of pictures allows (docs/duplicates.md); -1 leaves
# windows out.
# window_radius = 8
# Copies whose stated ages differ by more years than this contradict each other.
# age_tolerance = 1.0

[label_studio]
# Empty: the server that `curate label-studio up` runs for this workspace. For a server of your
# own give its URL here and the key as EVENFACE_LABEL_STUDIO__API_KEY (never in this file).
# url = ""
# api_key = ""
# How that server reaches the pictures: {key} is the place in the store. "s3://bucket/prefix/{key}"
# names a bucket that holds a copy of the store; a store that is in a bucket needs no word here.
# image_url = "/data/local-files/?d={key}"
# The store as that server sees it, when it serves local files from another path.
# document_root = ""
# Whether the workspace's own server may call programs of this machine, for `curate pull --webhook`.
# Then whoever has an account on it can make it ask any address of this machine.
# hooks = false
# Of pictures in a bucket (s3://…) it gives out addresses that are good for so many minutes, signed
# with a key that may read there: EVENFACE_LABEL_STUDIO__S3_ACCESS_KEY and __S3_SECRET_KEY, else
# that of the AWS_ environment; s3_endpoint names a server that is not Amazon's.
# s3_access_key = ""
# s3_secret_key = ""
# s3_endpoint = ""
# s3_minutes = 60
# Where Label Studio is installed; empty: the user's cache folder.
# home = ""

[moderation]
# Languages of the questions: "en", "ru", "es". With several, each text stands in all of them.
# They may change at any time: votes are the same in all (docs/moderation.md).
# languages = ["en"]
# Whether the perceived group (the seven of FairFace) and the age in years are asked for as well.
# Other questions are another project, where every face is asked about anew.
# ask_race = false
# ask_age = false
# Whether moderators see what `curate push --predictions` sent along, filled in. Blind votes say
# more: people agree with what they are shown.
# show_predictions = false
# What makes votes a verdict: "dawid-skene" weighs each moderator by how often they are right, as
# their votes show; "majority" counts (docs/moderation-verdicts.md).
# method = "dawid-skene"
# Moderators asked about every face; then one more at a time, up to max_votes in all, until the
# probability of each answer reaches the threshold.
# votes = 2
# max_votes = 5
# threshold = 0.98
# Votes that there must be for a verdict ("majority": that must agree).
# quorum = 2
# How often one vote is taken to be right while nothing is known of who gave it, and how many votes
# of a moderator weigh as much as that belief (0: none, and three votes make an oracle).
# vote_accuracy = 0.8
# prior_votes = 10.0
# `curate moderators` proposes to suspend whose accuracy is surely below this (docs/moderators.md);
# below suspend_below it is done by itself (0: never).
# accuracy_bar = 0.7
# suspend_below = 0.0
# The share of answers that go to faces whose right answers are known (0: none), and the votes, all
# of one mind, and the probability from which such gold faces grow.
# gold_rate = 0.05
# gold_votes = 3
# gold_probability = 0.99
# What one answer to one face costs, and in what, for the campaign's view (0: not told).
# price_per_vote = 0.0
# currency = ""

[balance]
# "draw" takes the largest dataset that keeps the targets; "weights" keeps everything and writes
# what each sample counts for, from the lowest to the highest of weight_limits (the mean is 1).
# mode = "draw"
# weight_limits = [0.1, 10.0]
# The largest dataset that keeps the targets, or a number of photographs.
# size = "max"
# Within a cell "best" (new subjects, sure verdicts, good pictures first) or "random".
# order = "best"
# Photographs of one subject, and of one author, at the most; 0 is as many as there are.
# max_per_subject = 0
# max_per_author = 0
# What tells the race of a face: its "label", or where it has none the people of its "country".
# race_from = "label"
# Bins of age in tables and plots, where no target names its own.
# age_bins = ["0-2", "3-6", "7-12", "13-19", "20-32", "33-47", "48-59", "60+"]
# Targets: `shares` that add up to 1 or name a table ("social", "uniform", "mine.csv"), `floors`,
# `ceilings` or `equal`; of gender, age, country or race, or of two of them ("Black/female"); in the
# dataset, or `within` each value of another attribute. docs/balance.md shows more.
# targets = [{attributes = ["gender"], within = "country", equal = true}]
# At least so many photographs of somebody; docs/balance.md shows how.
# minima = []

[dataset]
# Every draw follows from this number.
# seed = 1
# Shares of subjects; the rest is for training.
# validation = 0.1
# test = 0.2
# Samples in one shard.
# shard_size = 10000
# With --identity-weights: how alike two faces are that are taken for one person (a cosine).
# likeness = 0.7

[papers]
# What the papers of a dataset (datasheet, Croissant, provenance) say of you and of its use. What is
# not given they call unknown.
# Who issues it, and where questions and requests to be removed go.
# issuer = ""
# contact = ""
# Where it is published, and the licence of the collection (an address; photographs keep theirs).
# url = ""
# licence = ""
# A paragraph before what the papers say by themselves, and how to cite the dataset.
# description = ""
# citation = ""
# Where consents, or the terms that people agreed to, can be read.
# consent = ""
# Countries (ISO 3166-1) in which it may be processed and stored; none named: no limit is known.
# processed_in = []
# stored_in = []
"""
