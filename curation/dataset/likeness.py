"""Likeness: which faces look like one person, by a network whose weights the user has.

The vectors that the network makes of faces (identity embeddings) are biometric data. They live in
the memory of `alike` and nowhere else: what leaves it is which photographs belong together.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from curation.errors import InputError
from curation.pictures import decode

if TYPE_CHECKING:
    import torch
    from torch import Tensor

# What the network is shown of a crop of 256 pixels: left, top, right, bottom. It was trained on
# MTCNN's boxes with some margin, drawn to a square (D. Sandberg's facenet; facenet-pytorch). In
# our crops such a box is 134 x 176 pixels around (128, 133), the median of 94 photographs; this is
# that and 15 % more.
REGION = (51, 32, 205, 234)
SIDE = 160  # pixels, of what the network sees
CROPS_AT_ONCE = 32
ROWS_AT_ONCE = 2048  # faces compared with all others at once
NEIGHBOURS = 32  # of one face that are kept, the likest
SAMPLED = 200_000  # pairs of strangers, to see whether the network tells anybody apart
# Of those pairs, the share beyond which it does not; each face may have ten look-alikes besides,
# which matters only where there are few faces.
STRANGERS_ALIKE = 0.01
LOOK_ALIKES = 10


def load_network(weights: Path) -> torch.nn.Module:
    """Return facenet-pytorch's InceptionResnetV1 with the weights of a state-dict file.

    Raises:
        InputError: the file is missing, or is not such a state dict.
    """
    import pickle

    import torch
    from facenet_pytorch import InceptionResnetV1

    try:
        with warnings.catch_warnings():
            # A plain pickle makes torch warn of its protocol, and then refuse it.
            warnings.filterwarnings("ignore", message="Detected pickle protocol")
            state = torch.load(weights, map_location="cpu", weights_only=True)
    except OSError as error:
        raise InputError(f"{weights} cannot be read: {error.strerror or error}") from None
    except (
        pickle.UnpicklingError, RuntimeError, EOFError, LookupError, ValueError, TypeError,
        AttributeError, AssertionError,
    ):  # fmt: skip  # what PyTorch's reader meets in bytes that are something else
        raise InputError(f"{weights} is no PyTorch weights file, or is cut short") from None
    network: torch.nn.Module = InceptionResnetV1(pretrained=None, classify=False).eval()
    try:
        # The last layer, which names the people of the training set, is not needed.
        network.load_state_dict(
            {name: value for name, value in state.items() if not name.startswith("logits.")}
        )
    except (RuntimeError, AttributeError, TypeError):
        raise InputError(
            f"{weights} does not fit InceptionResnetV1 of facenet-pytorch; give the state dict "
            "of that network, such as 20180402-114759-vggface2.pt"
        ) from None
    finite = all(bool(value.isfinite().all()) for value in network.parameters())
    if not finite:
        raise InputError(f"{weights} holds numbers that are not finite")
    return network


def alike(
    network: torch.nn.Module,
    crop_keys: Sequence[str],
    read: Callable[[str], bytes],
    known: NDArray[np.int64],
    threshold: float,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> NDArray[np.int64]:
    """Return one number per crop, equal where crops show the same person by their looks.

    Pairs whose vectors have a cosine of at least `threshold` are joined, the likest first, and
    two groups only if their mean vectors have it too: so a chain of doubtful likenesses, each of
    which would pass alone, does not grow into one giant person. Of each face the 32 likest
    others are considered.

    Args:
        network: of `load_network`.
        crop_keys: the aligned crops, 256 pixels.
        read: returns the JPEG of a crop key.
        known: (N,) int64, the subject of each crop by all other relations; crops of different
            ones are strangers, most of whom must look different.
        threshold: cosine, -1 to 1.
        on_progress: called with the number of crops looked at, and of all.

    Raises:
        InputError: the network takes far too many strangers (1 % of all pairs) for the same
            person, so its weights tell nobody apart.
    """
    vectors = _embed(network, crop_keys, read, on_progress)
    share = _strangers_alike(vectors, known, threshold)
    if share > STRANGERS_ALIKE + LOOK_ALIKES / max(len(vectors), 1):
        raise InputError(
            f"of pairs of faces by different authors the identity weights take {share:.0%} for "
            f"the same person at a likeness of {threshold:g} (dataset.likeness): they do not tell "
            "people apart, so nothing can be joined by them"
        )
    return _link(vectors, threshold)


def _embed(
    network: torch.nn.Module,
    crop_keys: Sequence[str],
    read: Callable[[str], bytes],
    on_progress: Callable[[int, int], None],
) -> Tensor:
    """Return (N, 512) float32 vectors of length 1."""
    import torch

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = network.to(device)
    parts = [torch.empty(0, 512)]
    done = 0
    with torch.inference_mode():
        for start in range(0, len(crop_keys), CROPS_AT_ONCE):
            keys = crop_keys[start : start + CROPS_AT_ONCE]
            views = torch.stack([_view(read(key)) for key in keys])
            parts.append(network(views.to(device)).cpu())
            done += len(keys)
            on_progress(done, len(crop_keys))
    return torch.cat(parts)


def _view(jpeg: bytes) -> Tensor:
    """Return what the network sees of a crop: (3, 160, 160) float32, about -1 to 1."""
    import cv2
    import torch

    left, top, right, bottom = REGION
    face = decode(jpeg)[top:bottom, left:right]
    small = cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return (torch.from_numpy(small).permute(2, 0, 1).float() - 127.5) / 128.0


def _strangers_alike(vectors: Tensor, known: NDArray[np.int64], threshold: float) -> float:
    """Return the share of strangers, a sample of them, whose likeness reaches the threshold."""
    rng = np.random.default_rng(0)
    pairs = rng.integers(0, max(len(known), 1), (2, SAMPLED if len(known) else 0))
    one, other = pairs[:, known[pairs[0]] != known[pairs[1]]]
    if not len(one):
        return 0.0
    reached = 0
    for start in range(0, len(one), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        cosines = (vectors[one[part]] * vectors[other[part]]).sum(1)
        reached += int((cosines >= threshold).sum())
    return reached / len(one)


def _link(vectors: Tensor, threshold: float) -> NDArray[np.int64]:
    """Join pairs from the likest on, groups only while their mean vectors are alike too."""
    group = np.arange(len(vectors), dtype=np.int64)  # a tree: towards the group's first face
    sums: dict[int, NDArray[np.float32]] = {}

    def first(face: int) -> int:
        while group[face] != face:
            group[face] = group[group[face]]
            face = int(group[face])
        return face

    def total(face: int) -> NDArray[Any]:
        return sums[face] if face in sums else vectors[face].numpy()

    pairs = sorted(_near(vectors, threshold), key=lambda pair: (-pair[0], pair[1], pair[2]))
    for _, one, other in pairs:
        a, b = sorted((first(one), first(other)))
        if a == b:
            continue
        x, y = total(a), total(b)
        if float(x @ y) >= threshold * float(np.linalg.norm(x) * np.linalg.norm(y)):
            sums[a] = x + y
            sums.pop(b, None)
            group[b] = a
    return np.array([first(face) for face in range(len(group))], dtype=np.int64)


def _near(vectors: Tensor, threshold: float) -> Iterator[tuple[float, int, int]]:
    """Yield the pairs (cosine, earlier, later) that reach the threshold, each once."""
    import torch

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    everybody = vectors.to(device).T
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        block = vectors[start : start + ROWS_AT_ONCE].to(device)
        cosines = block @ everybody
        own = torch.arange(len(block), device=device)
        cosines[own, start + own] = -2.0  # not with itself
        best, where = cosines.topk(min(NEIGHBOURS, len(vectors)), dim=1)
        rows, columns = torch.nonzero(best >= threshold, as_tuple=True)
        likeness = best[rows, columns].tolist()
        partners = where[rows, columns].tolist()
        for cosine, row, partner in zip(likeness, (rows + start).tolist(), partners, strict=True):
            # A pair may be among the likest of only one of the two.
            yield cosine, min(row, partner), max(row, partner)
