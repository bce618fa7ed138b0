"""The bootstrap: its kernels against brute force, its intervals against simulation and SciPy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from bench_world import make_truth, predict
from scipy import stats
from sklearn.metrics import roc_auc_score

from training.bench.evaluation import Settings, evaluate
from training.bench.predictions_check import complete
from training.bench.resampling import LANES, draw_weights, percentile_bounds


def repeated(truth, predictions, weights):  # type: ignore[no-untyped-def]
    """The resampled data as plain rows: each sample as often as its subject was drawn."""
    codes = truth["subject"].astype("category").cat.codes
    order = dict(zip(dict.fromkeys(truth["subject"]), range(10**6), strict=False))
    times = weights[[order[subject] for subject in truth["subject"]]]
    rows = np.repeat(np.arange(len(codes)), times)
    return truth.iloc[rows], predictions.iloc[rows]


def test_the_first_lane_is_the_data_and_each_other_draws_all_subjects_anew() -> None:
    chunks = list(draw_weights(50, 100, seed=4))
    assert [count for count, _ in chunks] == [LANES, 101 - LANES]
    assert (chunks[0][1][:, 0] == 1).all()
    assert (chunks[0][1].sum(axis=0) == 50).all()
    assert (chunks[1][1][:, 101 - LANES :] == 0).all()


def test_every_resample_of_every_metric_is_what_its_own_rows_give() -> None:
    truth = make_truth(60)
    predictions = predict(truth)
    predictions["age"] = predictions["age"].round()  # ties among the errors
    predictions["female_probability"] = predictions["female_probability"].round(1)
    evaluation = evaluate(truth, predictions, settings=Settings(resamples=70, seed=9))
    weights = np.concatenate([w[:, :n] for n, w in draw_weights(60, 70, seed=9)], axis=1)
    for lane in (0, 1, 33, 66, 70):
        rows, said = repeated(truth, predictions, weights[:, lane])
        error = np.abs(said["age"].to_numpy() - rows["age"].to_numpy())
        female = rows["female"].to_numpy()
        right = (said["gender"] == "female").to_numpy() == (female == 1)
        group = evaluation.index[
            next(g for g in evaluation.groups if g.attributes == (("race", "Black"),))
        ]
        black = (rows["race"] == "Black").to_numpy()
        for name, place, value in (
            ("mae", 0, error.mean()),
            ("median_error", 0, np.median(error)),
            ("median_error", group, np.median(error[black])),
            ("gender_accuracy", 0, right.mean()),
            ("auc", 0, roc_auc_score(female, said["female_probability"])),
            ("auc", group, roc_auc_score(female[black], said["female_probability"][black])),
            ("cs5", group, (error[black] <= 5).mean()),
        ):
            found = evaluation.draws[name][place, lane]
            assert found == pytest.approx(value, rel=1e-6), (name, lane)


def test_the_interval_is_that_of_scipys_bootstrap_where_each_face_is_a_subject() -> None:
    truth = make_truth(400, most_faces=1)
    predictions = predict(truth)
    estimate = evaluate(truth, predictions, settings=Settings(4000)).estimate("mae")
    error = np.abs(predictions["age"] - truth["age"]).to_numpy()
    expected = stats.bootstrap(
        (error,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    assert estimate is not None
    width = expected.high - expected.low
    assert estimate.low == pytest.approx(expected.low, abs=0.05 * width)
    assert estimate.high == pytest.approx(expected.high, abs=0.05 * width)


def test_intervals_hold_the_truth_as_often_as_they_say_and_unclustered_ones_do_not() -> None:
    """Faces of one subject err alike: 100 worlds in which the true bias is 0."""
    random = np.random.default_rng(12)
    held, held_alone = 0, 0
    worlds = 100
    for world in range(worlds):
        truth = make_truth(80, seed=world, most_faces=9)
        person = truth["subject"].map({s: i for i, s in enumerate(truth["subject"].unique())})
        shared = random.normal(0, 4, 80)[person]
        truth["age"] = random.uniform(30, 60, len(truth))
        ages = truth["age"] + shared + random.normal(0, 1, len(truth))
        said = {"sample_id": truth["sample_id"], "age": ages}
        predictions = complete(pd.DataFrame(said), "the world")
        settings = Settings(resamples=190, seed=world)
        clustered = evaluate(truth, predictions, settings=settings, attributes=())
        alone = evaluate(
            truth.assign(subject=truth["sample_id"]), predictions, settings=settings, attributes=()
        )
        one, other = clustered.estimate("bias"), alone.estimate("bias")
        assert one is not None and other is not None
        held += one.low <= 0 <= one.high
        held_alone += other.low <= 0 <= other.high
    assert 0.88 <= held / worlds <= 0.99
    assert held_alone / worlds < 0.75


def test_percentiles_are_numpys_and_undefined_resamples_are_left_out() -> None:
    random = np.random.default_rng(2)
    draws = random.normal(size=(3, 1000)).astype(np.float32)
    expected = np.quantile(draws.astype(float), [0.025, 0.975], axis=1).T
    assert percentile_bounds(draws) == pytest.approx(expected, abs=1e-6)
    draws[0, 5] = np.nan
    draws[1, :100] = np.nan
    bounds = percentile_bounds(draws)
    assert np.isfinite(bounds[0]).all()
    assert np.isnan(bounds[1]).all()  # a tenth undefined: no interval
