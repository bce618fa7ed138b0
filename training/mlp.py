"""A residual network over face embeddings, for faces that a recognition network has seen before."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from training.heads import AgeHead
from training.model import FaceNetwork

WIDTH = 512
BLOCKS = 3
DROPOUT = 0.2


class ResidualMlp(nn.Module):
    """From embeddings (B, D) to features (B, width), float.

    Blocks x + W₂·dropout(GELU(W₁·norm(x))), as Y. Gorishniy et al., "Revisiting deep learning
    models for tabular data", NeurIPS 2021, section 3.2, with layer normalisation in place of that
    over the batch, so that a face's answer does not depend on its neighbours. Recognition
    networks put a face into the direction of its embedding, so the length is taken out first.
    """

    def __init__(self, size: int, width: int = WIDTH, blocks: int = BLOCKS) -> None:
        super().__init__()
        self.size = size
        self.enter = nn.Linear(size, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(width),
                nn.Linear(width, 2 * width),
                nn.GELU(),
                nn.Dropout(DROPOUT),
                nn.Linear(2 * width, width),
            )
            for _ in range(blocks)
        )
        self.leave = nn.LayerNorm(width)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Return the features of embeddings of any length."""
        # Entries of about 1 suit the first layer; those of a unit vector are about 1 / √D.
        found: Tensor = self.enter(functional.normalize(embeddings, dim=1) * self.size**0.5)
        for block in self.blocks:
            found = found + block(found)
        left: Tensor = self.leave(found)
        return left


def build_embedding_network(size: int, age_head: AgeHead) -> FaceNetwork:
    """Build the network on embeddings of `size` numbers, with random weights."""
    return FaceNetwork(ResidualMlp(size), WIDTH, age_head)
