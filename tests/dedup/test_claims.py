"""What copies claim together, and which copies contradict each other."""

from __future__ import annotations

from curation.dedup.claims import StatedLabel, contradiction, merge


def label(
    post: str, attribute: str, value: str, confidence: float = 0.9, origin: str = "hashtag"
) -> StatedLabel:
    return StatedLabel(post, attribute, value, origin, confidence)


def values(*labels: StatedLabel) -> dict[str, str]:
    return {claim.attribute: claim.value for claim in merge(labels)}


def test_each_attribute_comes_from_its_most_confident_label() -> None:
    claims = merge(
        [
            label("p1", "age", "7", 0.8),
            label("p2", "age", "8", 0.95, "source"),
            label("p2", "country", "NG", 0.95, "source"),
        ]
    )
    assert [(c.attribute, c.value, c.origin, c.confidence) for c in claims] == [
        ("age", "8", "source", 0.95),
        ("country", "NG", "source", 0.95),
    ]


def test_of_equally_confident_labels_the_source_goes_before_the_hashtag() -> None:
    assert values(label("p1", "age", "7"), label("p2", "age", "8", origin="source")) == {"age": "8"}


def test_of_equal_labels_the_value_of_more_posts_wins_and_then_the_smaller() -> None:
    three = [label("p1", "age", "8"), label("p2", "age", "9"), label("p3", "age", "9")]
    assert values(*three) == {"age": "9"}
    assert values(*three[:2]) == {"age": "8"}
    assert values(label("p1", "age", "10"), label("p2", "age", "9")) == {"age": "9"}


def test_months_refine_the_same_age_in_years() -> None:
    assert values(label("p1", "age", "1", 0.95), label("p2", "age", "1.5", 0.6)) == {"age": "1.5"}
    assert values(label("p1", "age", "2", 0.95), label("p2", "age", "1.5", 0.6)) == {"age": "2"}


def test_nothing_stated_is_nothing_claimed_and_no_contradiction() -> None:
    assert merge([]) == []
    assert contradiction([], 1.0) is None


def test_ages_contradict_each_other_beyond_the_tolerance_only() -> None:
    ages = [label("p1", "age", "7"), label("p2", "age", "8")]
    assert contradiction(ages, 1.0) is None
    found = contradiction(ages, 0.5)
    assert found is not None
    assert found.reason == "contradictory-copies"
    assert found.detail == "2 posts state ages 7 to 8 years"


def test_the_whole_span_counts_and_not_the_steps_between() -> None:
    ages = [label("p1", "age", "7"), label("p2", "age", "8"), label("p3", "age", "9")]
    assert contradiction(ages, 1.0) is not None


def test_different_genders_contradict_each_other() -> None:
    found = contradiction([label("p1", "gender", "male"), label("p2", "gender", "female")], 1.0)
    assert found is not None
    assert found.detail == "2 posts state genders female and male"


def test_different_countries_do_not() -> None:
    assert contradiction([label("p1", "country", "NG"), label("p2", "country", "GH")], 1.0) is None


def test_one_post_that_contradicts_itself_is_told_apart() -> None:
    found = contradiction([label("p1", "age", "7"), label("p1", "age", "30")], 1.0)
    assert found is not None
    assert found.reason == "contradictory-labels"
