"""The names that settings choose between; in a file without torch, so that `--help` is quick."""

from __future__ import annotations

from enum import StrEnum


class OptimizerName(StrEnum):
    """How weights follow gradients."""

    sgd = "sgd"
    adamw = "adamw"


class ScheduleName(StrEnum):
    """How the learning rate moves through a stage."""

    cosine = "cosine"
    sgdr = "sgdr"
    one_cycle = "one-cycle"


class Precision(StrEnum):
    """Arithmetic of the forward pass."""

    auto = "auto"  # bf16 where the hardware multiplies it, else fp32
    bf16 = "bf16"
    fp16 = "fp16"
    fp32 = "fp32"


class Compile(StrEnum):
    """Whether torch.compile makes code of its own for the network."""

    auto = "auto"  # on CUDA, for long runs
    on = "on"
    off = "off"


class Sampling(StrEnum):
    """How often an epoch shows each sample."""

    as_is = "as-is"  # once
    weights = "weights"  # in proportion to the manifest's `weight`
    uniform_age = "uniform-age"  # so that each year of age comes up equally often


class Augment(StrEnum):
    """How training pictures are varied."""

    natural = "natural"  # mirrored, a little turned, zoomed and shifted
    hard = "hard"  # further, and colour, blur, JPEG artefacts and erased parts
    trivial = "trivial"  # TrivialAugment: one operation of any strength
    none = "none"  # not at all


class Tta(StrEnum):
    """Over which views of a face a finished network's answer is the mean."""

    none = "none"  # one view
    mirror = "mirror"  # it and its mirror image
    ten_crop = "ten-crop"  # the centre, four corners, and their mirror images


class Objective(StrEnum):
    """What a trial of `train tune` is scored by, lower being better."""

    both = "both"  # the mean of the next two
    gender = "gender"  # share of wrong genders, over that of always saying the commoner one
    age = "age"  # MAE, over that of always saying the median age


class Estimate(StrEnum):
    """Which point stands for a distribution over ages."""

    median = "median"  # least expected absolute error (MAE)
    mean = "mean"  # least expected squared error
    mape = "mape"  # least expected relative error (MAPE)


class Reported(StrEnum):
    """Which points figures are taken at."""

    by_metric = "by-metric"  # the one that is best for each: MAPE at its own, others at the median
    median = "median"
    mean = "mean"
    mape = "mape"
