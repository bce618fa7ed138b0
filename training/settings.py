"""The settings of a training run, what they mean, and what they are when nobody says.

One table serves everybody: `train fit` and its sisters make their options from it, with the help
that stands here.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from curation.errors import SettingsError
from training.choices import (
    Augment,
    Compile,
    OptimizerName,
    Precision,
    Sampling,
    ScheduleName,
    Tta,
)
from training.loading import Decode

RESIDUAL_MLP = "residual_mlp"  # stands where a backbone's name does
SMALL_DATASET = 2000  # training samples
VIEWS_AT_MOST = 8  # of each picture, for stage 1
VIEWS_IN_ALL = 50_000  # more than these a head needs no longer


@dataclass(frozen=True)
class Plan:
    """The choices that depend on first weights, optimizer and dataset, made."""

    epochs_head: int  # at most
    epochs: int
    batch_size: int
    learning_rate: float  # peak of stage 2
    learning_rate_head: float  # peak of stage 1
    weight_decay: float
    head_views: int
    learning_rate_low: float | None = None  # the first of one cycle, where a range test found it

    @property
    def total_epochs(self) -> int:
        """Epochs of both stages, if neither stops early."""
        return self.epochs_head + self.epochs


@dataclass(frozen=True)
class Setting:
    """What is said of a setting: its help, the panel it stands in, the limits that it has."""

    help: str
    panel: str
    min: float | None = None
    max: float | None = None


NETWORK, RECIPE, TASK, MACHINE = "Network", "Recipe", "What is learnt", "Machine"


@dataclass(frozen=True)
class FitSettings:
    """All settings of a training run; None leaves a choice to `plan`."""

    backbone: Annotated[
        str, Setting("A torchvision classification model; resnet18 on small machines.", NETWORK)
    ] = "resnet50"
    weights: Annotated[
        str,
        Setting(
            "First weights: imagenet, none (random), or a file: a state dict, or another run's "
            "model.pt.",
            NETWORK,
        ),
    ] = "imagenet"
    image_size: Annotated[
        int, Setting("Pixels per side that the network sees.", NETWORK, min=16, max=1024)
    ] = 224
    embeddings: Annotated[
        str | None,
        Setting(
            "Learn from face embeddings instead of pictures: FILE.parquet (sample_id, embedding), "
            "or FILE.npy with FILE.parquet (sample_id) beside it. --backbone, --weights and what "
            "pictures need do not matter then.",
            NETWORK,
        ),
    ] = None
    view: Annotated[
        float,
        Setting(
            "Share of the crop's side that the network sees; less is a closer look at the face.",
            NETWORK,
            min=0.3,
            max=1.0,
        ),
    ] = 224 / 256
    tta: Annotated[
        Tta,
        Setting(
            "Test-time augmentation: wherever the finished network is used, its answer is the mean "
            "over a face and its mirror image (mirror, twice the work), or over the centre, four "
            "corners and their mirror images (ten-crop, ten times the work).",
            NETWORK,
        ),
    ] = Tta.none
    gamma: Annotated[float, Setting("γ in years: ages are learnt as log(age + γ).", TASK)] = 5.0
    gender_weight: Annotated[
        float, Setting("k: the gender loss counts k times the age loss.", TASK)
    ] = 1.0
    age_head: Annotated[
        str, Setting("How ages are said: gaussian, adience (8 bins), years or dldl.", TASK)
    ] = "gaussian"
    beta: Annotated[
        float, Setting("β of the β-NLL of the gaussian head; 0 is the plain likelihood.", TASK)
    ] = 0.0
    epochs_head: Annotated[
        int | None,
        Setting(
            "Most epochs of stage 1, head only, on features kept from one pass.  "
            "[default: 100; 0 with --weights none]",
            RECIPE,
            min=0,
        ),
    ] = None
    head_views: Annotated[
        int | None,
        Setting(
            "Augmented views of each picture for stage 1.  [default: 8; fewer of large datasets]",
            RECIPE,
            min=1,
        ),
    ] = None
    epochs: Annotated[
        int | None,
        Setting(
            "Epochs of stage 2, all layers.  [default: 20; 40 with --weights none]", RECIPE, min=0
        ),
    ] = None
    batch_size: Annotated[
        int | None,
        Setting(
            "Pictures per step, over all processes.  [default: 32; 16 below 2,000 "
            "training samples]",
            RECIPE,
            min=2,
        ),
    ] = None
    optimizer: Annotated[
        OptimizerName, Setting("sgd (with Nesterov momentum) or adamw.", RECIPE)
    ] = OptimizerName.sgd
    schedule: Annotated[
        ScheduleName,
        Setting(
            "cosine, sgdr (cosines with warm restarts) or one-cycle (super-convergence).", RECIPE
        ),
    ] = ScheduleName.cosine
    learning_rate: Annotated[
        float | None,
        Setting(
            "Peak learning rate.  [default: sgd 0.01, adamw 0.0003; without first "
            "weights 0.05, 0.001]",
            RECIPE,
        ),
    ] = None
    learning_rate_head: Annotated[
        float | None,
        Setting("Peak learning rate of stage 1.  [default: sgd 0.01, adamw 0.001]", RECIPE),
    ] = None
    warmup: Annotated[
        float,
        Setting("Share of a stage's steps that warm up (cosine, sgdr).", RECIPE, min=0.0, max=0.9),
    ] = 0.1
    cycles: Annotated[
        int, Setting("Cycles of sgdr; the last one ends with the stage.", RECIPE, min=1)
    ] = 3
    cycle_growth: Annotated[
        float,
        Setting(
            "How many times longer each cycle of sgdr is than the one before.", RECIPE, min=1.0
        ),
    ] = 2.0
    momentum: Annotated[
        float, Setting("Momentum; β₁ of adamw. one-cycle moves it itself.", RECIPE)
    ] = 0.9
    dropout: Annotated[
        float, Setting("Share of the head's inputs left out at random.", RECIPE, min=0.0, max=0.95)
    ] = 0.0
    weight_decay: Annotated[
        float | None, Setting("Weight decay.  [default: sgd 0.0005, adamw 0.05]", RECIPE, min=0.0)
    ] = None
    gradient_clip: Annotated[
        float, Setting("Largest norm of the gradient; 0 does not limit it.", RECIPE, min=0.0)
    ] = 1.0
    ema: Annotated[
        float,
        Setting("Decay of the weights' moving average, such as 0.999; 0 is none.", RECIPE, min=0.0),
    ] = 0.0
    patience: Annotated[
        int | None,
        Setting(
            "Stop stage 2 after so many epochs without a better validation loss.  [default: never]",
            RECIPE,
            min=1,
        ),
    ] = None
    patience_head: Annotated[int, Setting("The same for stage 1.", RECIPE, min=1)] = 10
    seed: Annotated[int, Setting("Seed of every random draw.", RECIPE)] = 0
    device: Annotated[
        str, Setting("auto (CUDA where there is one), cpu, cuda, cuda:1, …", MACHINE)
    ] = "auto"
    precision: Annotated[
        Precision,
        Setting("Arithmetic; auto is bf16 where the hardware multiplies it, else fp32.", MACHINE),
    ] = Precision.auto
    augment: Annotated[
        Augment,
        Setting("How training pictures are varied; hard and trivial go beyond nature.", RECIPE),
    ] = Augment.natural
    mixup: Annotated[
        float,
        Setting("α of Mixup, such as 0.2: pictures over each other; 0 is none.", RECIPE, min=0.0),
    ] = 0.0
    sampler: Annotated[
        Sampling,
        Setting(
            "How often an epoch shows each sample: as-is (once), weights, uniform-age.", RECIPE
        ),
    ] = Sampling.as_is
    max_repeats: Annotated[
        float, Setting("How often uniform-age shows one sample per epoch at most.", RECIPE, min=1.0)
    ] = 4.0
    auto_lr: Annotated[
        bool,
        Setting("Find the learning rate by a range test first (see `train lr-range`).", RECIPE),
    ] = False
    compile: Annotated[
        Compile, Setting("torch.compile: auto takes it on CUDA, for long runs.", MACHINE)
    ] = Compile.auto
    save_minutes: Annotated[
        float,
        Setting(
            "Minutes between saved states within an epoch; each epoch ends with one.",
            MACHINE,
            min=0.0,
        ),
    ] = 10.0
    tensorboard: Annotated[bool, Setting("Write the epochs for TensorBoard, too.", MACHINE)] = False
    accumulate: Annotated[
        int, Setting("Work on each batch in so many parts, to save memory.", MACHINE, min=1)
    ] = 1
    decode: Annotated[
        Decode, Setting("How JPEGs are decoded: exact, fast, or scaled (fastest).", MACHINE)
    ] = Decode.exact
    workers: Annotated[
        int | None,
        Setting("Threads that decode pictures.  [default: one per core, to 8]", MACHINE, min=1),
    ] = None

    def __post_init__(self) -> None:
        """Refuse numbers that no training can use.

        Raises:
            SettingsError: which setting, and what it must be.
        """
        for name in ("learning_rate", "learning_rate_head", "gamma", "batch_size", "image_size"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise SettingsError(f"--{name.replace('_', '-')} must be greater than 0")
        if not self.gender_weight >= 0:
            raise SettingsError("--gender-weight must not be negative")
        for name in ("ema", "momentum"):
            if not 0 <= getattr(self, name) < 1:
                raise SettingsError(f"--{name} must be at least 0 and below 1")
        if self.embeddings is not None and (self.epochs_head or self.mixup):
            raise SettingsError(
                "--epochs-head and --mixup are for pictures; leave them out with --embeddings"
            )
        if self.optimizer == OptimizerName.sgd and not self.momentum > 0:
            raise SettingsError("--momentum must be greater than 0: Nesterov's method needs it")

    @property
    def network_name(self) -> str:
        """What is trained: the backbone's name, or that of the network over embeddings."""
        return self.backbone if self.embeddings is None else RESIDUAL_MLP

    def plan(self, samples: int) -> Plan:
        """Return the settings' own choices, and the usual ones for `samples` training samples.

        Random features have nothing to teach a head, so without pretrained weights stage 1 is
        left out; in exchange the network needs more epochs and a higher rate. A small dataset
        gets smaller batches, and so more steps per epoch.

        Raises:
            SettingsError: there is no epoch at all.
        """
        scratch = self.weights == "none" or self.embeddings is not None
        adamw = self.optimizer == OptimizerName.adamw
        rates = (0.001, 0.0003) if adamw else (0.05, 0.01)  # from scratch, from trained weights
        views = min(VIEWS_AT_MOST, max(1, VIEWS_IN_ALL // max(1, samples)))
        plan = Plan(
            epochs_head=_or(self.epochs_head, 0 if scratch else 100),
            epochs=_or(self.epochs, 40 if scratch else 20),
            batch_size=_or(self.batch_size, 16 if samples < SMALL_DATASET else 32),
            learning_rate=_or(self.learning_rate, rates[0] if scratch else rates[1]),
            learning_rate_head=_or(self.learning_rate_head, 0.001 if adamw else 0.01),
            weight_decay=_or(self.weight_decay, 0.05 if adamw else 5e-4),
            head_views=_or(self.head_views, views),
        )
        if plan.total_epochs < 1:
            raise SettingsError("--epochs-head and --epochs are both 0: there is nothing to do")
        return plan

    def as_dict(self, plan: Plan) -> dict[str, Any]:
        """Return settings and plan as plain values, for the checkpoint and the run folder."""
        merged = {**asdict(self), **asdict(plan)}
        return {k: v.value if isinstance(v, StrEnum) else v for k, v in merged.items()}


Number = TypeVar("Number", int, float)


def _or(value: Number | None, default: Number) -> Number:
    return default if value is None else value
