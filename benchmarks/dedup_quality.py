"""How many copies of real photographs dedup finds, and how many of its pairs are copies.

Run: python benchmarks/dedup_quality.py FOLDER [--no-faces] [--peer PYTHON] [--window-radius N …]
For every picture of FOLDER the copies of benchmarks/photo_copies.py are made. For each variant
apart, the originals and their copies are compared at the default setting: recall is the share of
copies grouped with their original, precision the share of pairs that are of one photograph.
The peer is imagededup with its hashing methods at their defaults, in an environment of its own:
    python3 -m venv ENV && ENV/bin/pip install imagededup      # then --peer ENV/bin/python
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from photo_copies import COPIES, KINDS, write_copies

from curation.dedup.duplicates import Shelf, group_files, read_all
from curation.faces.crops import MainFaceCrop
from curation.settings import DedupSettings

Outcome = dict[tuple[str, str], tuple[int, int, int, int]]  # found, copies, true pairs, pairs

PEER = """
import json, sys
from pathlib import Path
from imagededup.methods import AHash, DHash, PHash, WHash
folder, out = Path(sys.argv[1]), {}
for method in (PHash, DHash, AHash, WHash):
    hasher = method(verbose=False)
    codes = hasher.encode_images(folder)
    out[method.__name__] = {}
    for variant in json.loads(sys.argv[2]):
        chosen = {name: code for name, code in codes.items()
                  if "__original" in name or name.rsplit(".", 1)[0].endswith("__" + variant)}
        near = hasher.find_duplicates(encoding_map=chosen)
        out[method.__name__][variant] = sorted(
            {tuple(sorted((one, two))) for one, twos in near.items() for two in twos})
print(json.dumps(out))
"""


def ours(files: list[Path], faces: bool, window_radii: list[int]) -> dict[str, Outcome]:
    """Compare the originals with each variant of copies, at the default and at other settings."""
    settings = DedupSettings()
    names = [str(path) for path in files]
    shelf = Shelf(len(names))
    read, _ = read_all(names, shelf, MainFaceCrop() if faces else None, 2, lambda *_: None)
    columns: dict[str, int | None] = {"evenface": settings.window_radius}
    columns |= {f"windows {radius}": radius for radius in window_radii}
    outcomes: dict[str, Outcome] = {name: {} for name in columns}
    for kind, variant, *_ in COPIES:
        chosen = [
            file
            for file in read
            if "__original" in file.facts.path
            or Path(file.facts.path).stem.endswith(f"__{kind}-{variant}")
        ]
        for name, window_radius in columns.items():
            groups, _ = group_files(chosen, shelf, settings.radius, window_radius, lambda *_: None)
            pairs = [
                (Path(pair.first), Path(pair.second)) for each in groups for pair in each.pairs
            ]
            outcomes[name][kind, variant] = _counted(pairs, len(chosen))
    shelf.close()
    return outcomes


def peers(folder: Path, python: Path) -> dict[str, Outcome]:
    """Do the same with imagededup."""
    variants = [f"{kind}-{variant}" for kind, variant, *_ in COPIES]
    done = subprocess.run(
        [python, "-c", PEER, folder, json.dumps(variants)],
        capture_output=True,
        text=True,
        check=True,
    )
    originals = sum("__original" in path.name for path in folder.iterdir())
    return {
        method: {
            (kind, variant): _counted(
                [(Path(one), Path(two)) for one, two in found[f"{kind}-{variant}"]], 2 * originals
            )
            for kind, variant, *_ in COPIES
        }
        for method, found in json.loads(done.stdout.splitlines()[-1]).items()
    }


def _counted(pairs: list[tuple[Path, Path]], files: int) -> tuple[int, int, int, int]:
    true = [pair for pair in pairs if _photograph(pair[0]) == _photograph(pair[1])]
    for one, two in pairs:
        if _photograph(one) != _photograph(two):
            sys.stderr.write(f"different photographs: {one.name} {two.name}\n")
    return len(true), files // 2, len(true), len(pairs)


def _photograph(path: Path) -> str:
    return path.name.split("__")[0]


def table(outcomes: dict[str, Outcome]) -> str:
    """Return recall per kind and variant, and precision over all, one column per method."""
    lines = [f"{'recall':<22}" + "".join(f"{name:>11}" for name in outcomes)]
    for kind in KINDS:
        rows = {name: [0, 0] for name in outcomes}
        inner = []
        for one, variant, *_ in COPIES:
            if one != kind:
                continue
            cells = ""
            for name, outcome in outcomes.items():
                found, copies, *_ = outcome[kind, variant]
                rows[name][0] += found
                rows[name][1] += copies
                cells += f"{found / copies:>11.3f}"
            inner.append(f"{'  ' + variant:<22}{cells}")
        lines.append(f"{kind:<22}" + "".join(f"{a / b:>11.3f}" for a, b in rows.values()))
        lines += inner if len(inner) > 1 else []
    cells = ""
    for outcome in outcomes.values():
        true, pairs = (sum(row[k] for row in outcome.values()) for k in (2, 3))
        cells += f"{true / max(1, pairs):>11.4f}"
    lines.append(f"{'precision':<22}{cells}")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--no-faces", action="store_true")
    parser.add_argument("--peer", type=Path, help="a Python that has imagededup")
    parser.add_argument("--window-radius", type=int, nargs="*", default=[], help="columns more")
    parser.add_argument("--limit", type=int, help="only so many photographs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        number = write_copies(arguments.folder, folder, arguments.limit)
        # Originals first, so that equals are told as copies of them.
        files = sorted(folder.iterdir(), key=lambda path: ("__original" not in path.name, path))
        started = time.monotonic()
        outcomes = ours(files, not arguments.no_faces, arguments.window_radius)
        seconds = time.monotonic() - started
        if arguments.peer:
            outcomes |= peers(folder, arguments.peer)
    sys.stdout.write(f"{number} photographs, {len(COPIES)} copies of each; {seconds:.0f} s\n")
    sys.stdout.write(table(outcomes) + "\n")


if __name__ == "__main__":
    main()
