"""When votes are enough: cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from curation.moderation.consensus.outcomes import (
    UNDECIDED,
    Rules,
    State,
    likeliest,
    majority,
    outcomes,
)
from curation.moderation.overlap import overlap_wanted

RULES = Rules(threshold=0.98, minimum=2, most=5, quorum=2)


def one_face(gender: float, relevant: float, votes: int) -> tuple[State, State, int]:
    """Return how two questions on one face stand, and how many more votes it wants.

    `gender` is the posterior of value 0; `relevant` that of value 0, whose value 1 rules out.
    """
    posteriors = {
        "gender": np.array([[gender, 1 - gender]]),
        "relevant": np.array([[relevant, 1 - relevant]]),
    }
    number = {name: np.array([votes]) for name in posteriors}
    said = {name: likeliest(p, number[name], RULES) for name, p in posteriors.items()}
    found, more = outcomes(said, posteriors, number, {"relevant": [1]}, RULES)
    return (
        State(found["gender"].states[0]),
        State(found["relevant"].states[0]),
        int(more[0]),
    )


@pytest.mark.parametrize(
    ("gender", "relevant", "votes", "expected"),
    [
        (0.99, 0.99, 2, (State.SURE, State.SURE, 0)),
        (0.01, 0.99, 2, (State.SURE, State.SURE, 0)),
        (0.97, 0.99, 2, (State.OPEN, State.SURE, 1)),
        (0.97, 0.99, 4, (State.OPEN, State.SURE, 1)),
        (0.97, 0.99, 5, (State.CONTESTED, State.SURE, 0)),
        (0.60, 0.01, 2, (State.MOOT, State.SURE, 0)),  # not relevant: nobody needs its gender
        (0.60, 0.03, 2, (State.OPEN, State.OPEN, 1)),
        (0.99, 0.99, 1, (State.OPEN, State.OPEN, 1)),  # sure, but of too few
        (0.50, 0.50, 0, (State.OPEN, State.OPEN, 2)),
    ],
)
def test_a_face_wants_votes_until_all_is_sure_or_one_answer_rules_it_out_or_all_are_in(
    gender: float, relevant: float, votes: int, expected: tuple[State, State, int]
) -> None:
    assert one_face(gender, relevant, votes) == expected


def test_a_value_is_said_by_enough_votes_that_make_it_likelier_than_all_others_together() -> None:
    posteriors = np.array([[0.6, 0.3, 0.1], [0.5, 0.5, 0.0], [0.45, 0.3, 0.25], [0.99, 0.01, 0]])
    votes = np.array([2, 2, 3, 1])
    assert likeliest(posteriors, votes, RULES).tolist() == [0, UNDECIDED, UNDECIDED, UNDECIDED]


def test_the_majority_is_more_than_half_and_a_quorum() -> None:
    counts = np.array([[2, 1, 0], [1, 1, 0], [2, 2, 1], [0, 0, 3], [1, 0, 0]])
    assert majority(counts, RULES).tolist() == [0, UNDECIDED, UNDECIDED, 2, UNDECIDED]


@pytest.mark.parametrize(
    ("annotators", "more", "overlap", "wanted"),
    [
        (0, 2, None, None),  # new: the project asks two anyway
        (1, 1, None, None),
        (2, 0, None, None),  # settled by the first two
        (2, 1, None, 3),
        (3, 1, 3, 4),
        (3, 1, None, 4),  # one of three does not count any more
        (3, 0, 3, 3),
        (3, 0, 4, 3),  # settled before the fourth came: out of the stream
        (2, 1, 4, 3),  # an answer was withdrawn
        (0, 0, 3, 1),
    ],
)
def test_a_task_is_shown_to_those_who_answered_and_as_many_more_as_are_wanted(
    annotators: int, more: int, overlap: int | None, wanted: int | None
) -> None:
    assert overlap_wanted(annotators, more, overlap, usual=2) == wanted
