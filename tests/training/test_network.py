"""The network and its first weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torchvision
from discs import Learned

from curation.errors import InputError, SettingsError, TrainingError
from training.checkpoint import load_checkpoint
from training.heads import AgeHead
from training.heads.classes import AdienceHead
from training.heads.gaussian import GaussianHead
from training.model import FaceNetwork
from training.model import build_network as build
from training.weights import load_backbone_weights

SMALL = "shufflenet_v2_x0_5"
BACKBONES = (
    "resnet18", "resnet50", "mobilenet_v2", "resnext50_32x4d", "wide_resnet50_2", "densenet121",
    "swin_s", "efficientnet_v2_s",
)  # fmt: skip


def build_network(name: str, size: int, head: AgeHead | None = None) -> FaceNetwork:
    return build(name, size, head or GaussianHead(5.0))


@pytest.mark.parametrize("name", BACKBONES)
def test_a_torchvision_classifier_becomes_a_network_of_which_all_learns(name: str) -> None:
    # Shapes and gradients' ways are those of real numbers, and of large networks cost nothing.
    with torch.device("meta" if name != "resnet18" else "cpu"):
        network = build_network(name, 32, AdienceHead()).train()
        said = network(torch.randn(2, 3, 32, 32))
        assert said.gender_logit.shape == (2,)
        assert said.age.shape == (2, 8)
        (said.gender_logit.sum() + said.age.square().sum()).backward()
    gradients = {name: one.grad for name, one in network.named_parameters()}
    assert [name for name, one in gradients.items() if one is None] == []
    if name == "resnet18":
        assert all(one is not None and bool(one.isfinite().all()) for one in gradients.values())


@pytest.mark.parametrize("name", ["resnet19", "googlenet", "squeezenet1_0"])
def test_a_backbone_that_cannot_serve_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        build_network(name, 64)


def test_an_image_size_that_the_backbone_cannot_take_is_named() -> None:
    with pytest.raises(SettingsError, match=r"vit_b_32.*64 pixels.*--image-size"):
        build_network("vit_b_32", 64)


def test_the_head_starts_from_the_distribution_of_the_labels() -> None:
    network = build_network(SMALL, 32).eval()
    torch.nn.init.zeros_(network.head.weight)
    # log(age + 5) is 3 and 5 with weights 3 and 1: mean 3.5, variance 0.75; one age is unknown
    ages = torch.tensor([3.0, 5.0, 0.0]).exp() - 5
    network.start_from(0.75, ages, torch.tensor([3.0, 1.0, 0.0]))
    said = network(torch.randn(4, 3, 32, 32))
    torch.testing.assert_close(said.gender_logit.sigmoid(), torch.full((4,), 0.75))
    torch.testing.assert_close(said.age[:, 0], torch.full((4,), 3.5))
    torch.testing.assert_close(said.age[:, 1].exp(), torch.full((4,), 0.75))


def same_backbone(network: FaceNetwork, original: torch.nn.Module) -> bool:
    published = original.state_dict()
    ours = network.backbone.state_dict()
    return all(torch.equal(ours[key], published[key]) for key in ours)


def test_a_state_dict_on_disk_fills_the_backbone(tmp_path: Path) -> None:
    original = torchvision.models.get_model(SMALL, weights=None)
    torch.save(original.state_dict(), tmp_path / "weights.pth")
    network = build_network(SMALL, 32)
    assert not same_backbone(network, original)
    load_backbone_weights(network, SMALL, str(tmp_path / "weights.pth"))
    assert same_backbone(network, original)


def test_a_state_dict_without_its_classifier_does_too(tmp_path: Path) -> None:
    original = torchvision.models.get_model(SMALL, weights=None)
    state = {k: v for k, v in original.state_dict().items() if not k.startswith("fc.")}
    torch.save(state, tmp_path / "weights.pth")
    network = build_network(SMALL, 32)
    load_backbone_weights(network, SMALL, str(tmp_path / "weights.pth"))
    assert same_backbone(network, original)


def test_the_model_of_another_run_does_whatever_its_head_and_size(learned: Learned) -> None:
    network = build_network(SMALL, 64, AdienceHead())
    load_backbone_weights(network, SMALL, str(learned.checkpoint))
    trained = load_checkpoint(learned.checkpoint).network()
    assert same_backbone(network, trained.backbone)


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    other = torchvision.models.get_model("mobilenet_v3_small", weights=None)
    torch.save(other.state_dict(), tmp_path / "weights.pth")
    with pytest.raises(InputError, match=f"does not fit backbone {SMALL}"):
        load_backbone_weights(build_network(SMALL, 32), SMALL, str(tmp_path / "weights.pth"))


@pytest.mark.parametrize("content", [b"", b"not weights", b"PK\x03\x04 not really a zip"])
def test_a_weights_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"weights\.pth is not a PyTorch state dict"):
        load_backbone_weights(build_network(SMALL, 32), SMALL, str(path))


def test_a_missing_weights_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        load_backbone_weights(build_network(SMALL, 32), SMALL, str(tmp_path / "absent.pth"))


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every request goes to a proxy on a port where nobody listens; no weights are cached."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.mark.usefixtures("no_network")
def test_unreachable_imagenet_weights_end_in_the_ways_out() -> None:
    with pytest.raises(TrainingError, match=r"cannot be fetched.*--weights none.*--weights FILE"):
        load_backbone_weights(build_network(SMALL, 32), SMALL, "imagenet")
