"""Time and memory of all metrics with clustered intervals: 100,000 predictions, 1,000 resamples.

Run: python benchmarks/bench_metrics.py [FACES [RESAMPLES]]
A made-up test set: about two faces a subject, 2 genders, 7 races, 8 age bins, 20 countries and all
pairs of these (464 groups). Compiling is left out of the time (it is kept between runs). Prints
wall and processor time of the fastest of three rounds, the largest resident memory, and whether
two rounds gave the same JSON to the bit.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import pandas as pd

from training.bench.evaluation import Settings, evaluate
from training.bench.predictions_check import complete
from training.bench.report.plain import all_gaps, figures, groups, worst_groups

ROUNDS = 3
GAMMA = 5.0


def made(faces: int, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the truth and the predictions of a made-up test set."""
    random = np.random.default_rng(seed)
    age = random.integers(0, 90, faces).astype(float)
    female = random.integers(0, 2, faces).astype(float)
    sample_id = [f"face{i}" for i in range(faces)]
    truth = pd.DataFrame(
        {
            "sample_id": sample_id,
            "age": age,
            "age_low": np.nan,
            "age_high": np.nan,
            "female": female,
            "race": random.choice(list("ABCDEFG"), faces),
            "country": random.choice([f"C{i:02}" for i in range(20)], faces),
            "subject": [f"person{i}" for i in random.integers(0, max(1, faces // 2), faces)],
            "fold": None,
        }
    )
    said = pd.DataFrame(
        {
            "sample_id": sample_id,
            "female_probability": 1 / (1 + np.exp(2 - 4 * female + random.normal(0, 2, faces))),
            "log_age_mean": np.log(age + GAMMA) + random.normal(0, 0.2, faces),
            "log_age_sigma": random.uniform(0.15, 0.25, faces),
            "log_age_gamma": GAMMA,
        }
    )
    return truth, complete(said, "the made-up predictions")


def taken(truth: pd.DataFrame, said: pd.DataFrame, resamples: int) -> tuple[str, float, float]:
    """Return everything as JSON, and the wall and processor seconds that it took."""
    wall, processor = time.perf_counter(), time.process_time()
    evaluation = evaluate(truth, said, settings=Settings(resamples))
    content = {
        "figures": figures(evaluation),
        "groups": groups(evaluation),
        "worst": worst_groups(evaluation),
        "gaps": all_gaps(evaluation),
    }
    text = json.dumps(content, sort_keys=True)
    return text, time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    """Print time, memory and sameness."""
    faces = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    resamples = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    taken(*made(300), resamples=10)  # compiles
    truth, said = made(faces)
    rounds = [taken(truth, said, resamples) for _ in range(ROUNDS)]
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    same = len({text for text, _, _ in rounds}) == 1
    count = 1 + len(json.loads(rounds[0][0])["groups"])
    sys.stdout.write(
        f"{faces:,} faces, {resamples:,} resamples of subjects, {count} groups: "
        f"{min(wall for _, wall, _ in rounds):.2f} s wall, "
        f"{min(processor for _, _, processor in rounds):.2f} s of one processor, "
        f"{megabytes:,.0f} MB; same bits {'yes' if same else 'NO'}\n"
    )


if __name__ == "__main__":
    main()
