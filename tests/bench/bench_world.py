"""A test set of made-up people, and predictors of known quality on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from training.bench.predictions_check import complete

RACES, COUNTRIES = ("Asian", "Black", "White"), ("BR", "IN", "NG")
GAMMA = 5.0  # years


def make_truth(people: int, seed: int = 0, most_faces: int = 4) -> pd.DataFrame:
    """People with one to `most_faces` faces each, all of one gender, race and country."""
    random = np.random.default_rng(seed)
    faces = random.integers(1, most_faces + 1, people)
    person = np.repeat(np.arange(people), faces)
    gender = random.integers(0, 2, people)[person]
    return pd.DataFrame(
        {
            "sample_id": [f"face{i:06d}" for i in range(len(person))],
            "age": random.integers(0, 90, len(person)).astype(float),
            "age_low": np.nan,
            "age_high": np.nan,
            "female": gender.astype(float),
            "race": random.choice(RACES, people)[person],
            "country": random.choice(COUNTRIES, people)[person],
            "subject": [f"person{i}" for i in person],
            "fold": None,
        }
    )


def predict(truth: pd.DataFrame, seed: int = 1, sigma: float = 0.2, **more: Any) -> pd.DataFrame:
    """Predictions whose errors are those that they state: log(age + γ) is off by N(0, σ²)."""
    random = np.random.default_rng(seed)
    count = len(truth)
    odds = (truth["female"] * 2 - 1) * 1.5 + random.normal(0, 1.5, count)
    said = {
        "sample_id": truth["sample_id"],
        "female_probability": 1 / (1 + np.exp(-odds)),
        "log_age_mean": np.log(truth["age"] + GAMMA) + random.normal(0, sigma, count),
        "log_age_sigma": sigma,
        "log_age_gamma": GAMMA,
    }
    return complete(pd.DataFrame({**said, **more}), "the made-up predictions")
