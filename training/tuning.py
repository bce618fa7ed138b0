"""Searching for a better recipe: Optuna's tree of Parzen estimators over training runs.

Every trial is a run folder named after its settings, and the study is a SQLite file beside them:
a trial that was killed is put to the study again and goes on in its folder. Trials that do worse
at the same epoch than half of those before them are stopped (Optuna's median pruner).

Losses of different k and γ cannot be compared, so trials are scored by what is reported in the
end, on the validation split: errors as shares of those of an answer that looks at no picture.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curation import console
from curation.errors import InputError, SettingsError
from training.choices import Augment, Objective, OptimizerName
from training.data import true_ages, true_genders
from training.epoch_log import EpochLog
from training.files import write_atomically
from training.fit import fit_manifest
from training.manifest import Manifest, open_manifest
from training.packages import TRAINING_EXTRA, needed_package
from training.settings import FitSettings
from training.step import NotANumberError

if TYPE_CHECKING:
    import optuna

STARTUP_TRIALS = 5  # that are drawn at random, and that nothing is stopped before
STARTUP_EPOCHS = 2  # that no trial is stopped in

# How far each setting is searched, from and to; all but dropout on a log scale.
RANGES = {
    "weight_decay": (1e-6, 0.3),
    "gender_weight": (0.1, 10.0),
    "gamma": (0.5, 50.0),  # years
    "dropout": (0.0, 0.6),
}
RATES = {OptimizerName.sgd: (1e-3, 0.5), OptimizerName.adamw: (1e-5, 1e-2)}
TUNED = ("learning_rate", *RANGES, "augment")


def tune(
    path: Path,
    settings: FitSettings,
    out: Path,
    trials: int,
    objective: Objective = Objective.both,
    only: Sequence[str] = (),
) -> optuna.Study:
    """Run trials until the study in `out` has `trials` of them; write `best.json` as it goes.

    `only` names the settings to search (of `TUNED`; none: all); all others stay as in `settings`.

    Raises:
        InputError: Optuna is not installed, the manifest cannot be used, the study is of another
            dataset or objective, or validation lacks the labels for the objective.
        SettingsError: `only` names what is not tuned.
        TrainingError: training fails, other than by a loss that is no number.
        KeyboardInterrupt: Ctrl-C; the same call goes on.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise SettingsError("`train tune` is one process; start it without torchrun")
    needed_package("optuna", "`train tune`", TRAINING_EXTRA)
    import optuna

    for name in only:
        if name not in TUNED:
            known = ", ".join(name.replace("_", "-") for name in TUNED)
            raise SettingsError(f"--only {name.replace('_', '-')}: tuned can be {known}")
    names = tuple(only) or TUNED
    manifest = open_manifest(path)
    score = Score(manifest, objective)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    out.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{out / 'study.db'}",
        study_name="tune",
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(STARTUP_TRIALS, STARTUP_EPOCHS + 1),
    )
    study.sampler = optuna.samplers.TPESampler(
        n_startup_trials=STARTUP_TRIALS, seed=settings.seed + len(study.trials)
    )
    _same_study(study, out, about(manifest, settings, objective, names))
    put_again(study)
    while count_done(study) < trials:
        console.err().print(f"trial {count_done(study) + 1} of {trials}")
        trial = study.ask()
        chosen = replace(settings, **suggest(trial, names, settings.optimizer))
        value, state = None, optuna.trial.TrialState.PRUNED
        try:
            value = run_trial(trial, manifest, chosen, score, out / folder_name(trial.params))
            state = optuna.trial.TrialState.COMPLETE
        except (optuna.TrialPruned, NotANumberError) as stopped:
            reason = "worse than half" if isinstance(stopped, optuna.TrialPruned) else str(stopped)
            trial.set_user_attr("stopped", reason)
            (out / folder_name(trial.params) / "state.pt").unlink(missing_ok=True)
        study.tell(trial, value, state)
        write_best(study, out)
    return study


def run_trial(
    trial: optuna.Trial, manifest: Manifest, settings: FitSettings, score: Score, folder: Path
) -> float:
    """Train with a trial's settings; return the best score of its epochs."""
    import optuna

    scores: list[float] = []

    def on_epoch(epoch: EpochLog) -> None:
        scores.append(score(epoch))
        trial.report(min(scores), len(scores))
        if trial.should_prune():
            raise optuna.TrialPruned

    result = fit_manifest(manifest, settings, folder, on_epoch=on_epoch)
    if result.interrupted:
        raise KeyboardInterrupt
    return score(result.best)


class Score:
    """Turns an epoch's figures into one number; 1 is what needs no picture, 0 is perfect."""

    def __init__(self, manifest: Manifest, objective: Objective) -> None:
        """Take the answers that need no picture from the labels.

        Raises:
            InputError: validation lacks the labels, or leaves nothing to be wrong about.
        """
        self.objective = objective
        train, validation = manifest.split("train"), manifest.split("validation")
        ages, genders = true_ages(train), true_genders(train)
        median = np.median(ages[np.isfinite(ages)]) if np.isfinite(ages).any() else np.nan
        common = np.round(np.nanmean(genders)) if np.isfinite(genders).any() else np.nan
        judged_ages, judged = true_ages(validation), true_genders(validation)
        errors = np.abs(judged_ages[np.isfinite(judged_ages)] - median)
        wrong = judged[np.isfinite(judged)] != common
        self.age = float(errors.mean()) if len(errors) else 0.0
        self.gender = float(wrong.mean()) if len(wrong) else 0.0
        for kind, value in ((Objective.age, self.age), (Objective.gender, self.gender)):
            if objective in (kind, Objective.both) and not value > 0:
                raise InputError(
                    f"{manifest.path} has no {kind} in its validation split to score by; "
                    "say another --objective"
                )

    def __call__(self, epoch: EpochLog) -> float:
        """Return the score of an epoch."""
        if self.objective is Objective.age:
            return epoch.mae / self.age
        gender = (1 - epoch.gender_accuracy) / self.gender
        if self.objective is Objective.gender:
            return gender
        return 0.5 * (gender + epoch.mae / self.age)


def suggest(trial: optuna.Trial, names: Sequence[str], optimizer: OptimizerName) -> dict[str, Any]:
    """Return a trial's choice for each of the named settings."""
    chosen: dict[str, Any] = {}
    for name in names:
        if name == "augment":
            chosen[name] = Augment(trial.suggest_categorical(name, [a.value for a in Augment]))
        else:
            low, high = RATES[optimizer] if name == "learning_rate" else RANGES[name]
            chosen[name] = trial.suggest_float(name, low, high, log=name != "dropout")
    return chosen


def put_again(study: optuna.Study) -> None:
    """Put trials that were killed to the study again, with the same settings."""
    import optuna

    state = optuna.trial.TrialState
    for trial in study.get_trials(states=(state.RUNNING,)):
        study.tell(trial.number, state=state.FAIL)
        study.enqueue_trial(trial.params)


def count_done(study: optuna.Study) -> int:
    """Return how many trials came to an end, good or bad."""
    import optuna

    state = optuna.trial.TrialState
    return len(study.get_trials(deepcopy=False, states=(state.COMPLETE, state.PRUNED)))


def folder_name(params: dict[str, Any]) -> str:
    """Return the name of a trial's run folder, which follows from its settings."""
    known = json.dumps(params, sort_keys=True).encode()
    return f"trial-{hashlib.sha256(known).hexdigest()[:12]}"


def about(
    manifest: Manifest, settings: FitSettings, objective: Objective, names: Sequence[str]
) -> dict[str, Any]:
    """Return what all trials of a study have in common."""
    fixed = {k: v for k, v in asdict(settings).items() if k not in (*names, "workers", "device")}
    return {
        "dataset": manifest.version.sha256,
        "objective": objective.value,
        "tuned": list(names),
        "settings": fixed,
    }


def _same_study(study: optuna.Study, out: Path, mine: dict[str, Any]) -> None:
    """Note what a new study is about; refuse to mix trials of another one with it."""
    mine = json.loads(json.dumps(mine))
    known = study.user_attrs.get("about")
    if known is None:
        study.set_user_attr("about", mine)
        return
    for name, value in mine.items():
        if known.get(name) != value:
            raise InputError(
                f"{out} holds a study with other {name} ({known.get(name)}, not {value}); choose "
                "another --out, or say the same"
            )


def write_best(study: optuna.Study, out: Path) -> None:
    """Write the best trial so far, and `trials.csv` with all of them."""
    import optuna

    state = optuna.trial.TrialState
    table = study.trials_dataframe(attrs=("number", "value", "params", "state", "user_attrs"))
    write_atomically(out / "trials.csv", table.to_csv(index=False).encode())
    if study.get_trials(deepcopy=False, states=(state.COMPLETE,)):
        best = study.best_trial
        content = {"score": best.value, "settings": best.params, "run": folder_name(best.params)}
        write_atomically(out / "best.json", json.dumps(content, indent=2).encode())


def as_options(params: dict[str, Any]) -> str:
    """Return a trial's settings as options of `train fit`."""
    shown = {k: f"{v:.3g}" if isinstance(v, float) else str(v) for k, v in params.items()}
    return " ".join(f"--{name.replace('_', '-')} {value}" for name, value in shown.items())
