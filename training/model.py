"""The network: a torchvision backbone, and what it says of one aligned face."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torchvision
from torch import Tensor, nn

from curation.errors import SettingsError
from training.heads import AgeHead
from training.tta import Tta, views_of

# What torchvision's own weights were trained with, per channel, for images scaled to 0 … 1.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

# They return auxiliary outputs while they train, which a single head cannot use.
WITH_AUXILIARY_OUTPUTS = frozenset({"googlenet", "inception_v3"})


@dataclass(frozen=True)
class FaceOutputs:
    """What the network says about a batch, float."""

    gender_logit: Tensor  # (B,), positive = female
    age: Tensor  # (B, width of the age head); the head knows what it means

    def to_cpu(self) -> FaceOutputs:
        """Return the same as float32 on the CPU, detached from the graph."""
        return FaceOutputs(
            self.gender_logit.detach().float().cpu(),
            self.age.detach().float().cpu(),
        )


class FaceNetwork(nn.Module):
    """A backbone without its classifier, and one linear layer: the gender's logit, then the age's
    numbers, which `age_head` reads.
    """

    def __init__(self, backbone: nn.Module, feature_count: int, age_head: AgeHead) -> None:
        super().__init__()
        self.backbone, self.feature_count = backbone, feature_count
        self.age_head = age_head
        self.dropout = nn.Dropout(0.0)  # training sets its share
        self.tta = Tta.none  # over which views its answers are means
        self.head = nn.Linear(feature_count, 1 + age_head.width)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> FaceOutputs:
        """Return the outputs for normalised images (B, 3, S, S), float; or what else the backbone
        takes.
        """
        return self.outputs(self.features(images))

    def features(self, images: Tensor) -> Tensor:
        """Return the features (B, F) of the same images.

        A network that is not training gives the mean over the views of `tta`. The head is linear,
        so what it says is the mean of what it would say of each.
        """
        if self.training or self.tta is Tta.none:
            seen: Tensor = self.backbone(images)
            return seen
        return torch.stack([self.backbone(view) for view in views_of(images, self.tta)]).mean(0)

    def outputs(self, features: Tensor) -> FaceOutputs:
        """Return the outputs for backbone features (B, F)."""
        # The loss needs float32: bfloat16 has no digits left for a likelihood.
        said = self.head(self.dropout(features)).float()
        return FaceOutputs(said[:, 0], said[:, 1:])

    def start_from(self, female_share: float, ages: Tensor, weights: Tensor) -> None:
        """Set the head's biases to what is known without looking: the labels' distribution.

        `female_share` in 0 … 1; `ages` (N,) in years with their `weights` (N,), 0 where unknown.
        The first steps then learn faces instead of the average age.
        """
        share = min(max(female_share, 0.01), 0.99)
        with torch.no_grad():
            self.head.bias[0] = math.log(share / (1 - share))
            if bool(weights.sum() > 0):
                self.head.bias[1:] = self.age_head.start(ages, weights)


def build_network(name: str, image_size: int, age_head: AgeHead) -> FaceNetwork:
    """Build the network on the torchvision classification model `name`, with random weights.

    Raises:
        SettingsError: there is no such backbone, it has no linear classifier, or it cannot take
            images of `image_size` pixels.
    """
    backbone = bare_backbone(name)
    classifier = classifier_name(name, backbone)
    parent_name, _, attribute = classifier.rpartition(".")
    linear = backbone.get_submodule(classifier)
    feature_count = int(linear.in_features)  # type: ignore[arg-type]
    setattr(backbone.get_submodule(parent_name), attribute, nn.Identity())
    _check_image_size(name, backbone, feature_count, image_size)
    return FaceNetwork(backbone, feature_count, age_head)


def bare_backbone(name: str) -> nn.Module:
    """Return the torchvision classification model `name` as published, with random weights."""
    known = torchvision.models.list_models(module=torchvision.models)
    if name not in known or name in WITH_AUXILIARY_OUTPUTS:
        raise SettingsError(
            f"there is no backbone {name!r}; torchvision has for example resnet18, resnet50, "
            "mobilenet_v2, efficientnet_v2_s, swin_s (see torchvision.models.list_models())"
        )
    model: nn.Module = torchvision.models.get_model(name, weights=None)
    return model


def classifier_name(name: str, backbone: nn.Module) -> str:
    """Return the dotted name of the last linear layer, the one that gives the ImageNet classes."""
    linear = [key for key, module in backbone.named_modules() if isinstance(module, nn.Linear)]
    if not linear:
        raise SettingsError(f"backbone {name!r} has no linear classifier to replace; take another")
    return str(linear[-1])


def _check_image_size(name: str, backbone: nn.Module, feature_count: int, size: int) -> None:
    """Try one empty image: some backbones take one size only, some need a smallest size."""
    backbone.eval()
    try:
        with torch.no_grad():
            features = backbone(torch.zeros(1, 3, size, size))
    except (RuntimeError, ValueError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise SettingsError(
            f"backbone {name!r} cannot take images of {size} pixels ({reason}); "
            "choose another --image-size"
        ) from error
    if features.shape != (1, feature_count):
        raise SettingsError(f"backbone {name!r} does not end in one linear classifier")
