"""Verdicts from losses of paired runs."""

from __future__ import annotations

import math

import pytest

from trainlint.probe.statistics import WORST, Next, after, decide, enough, paired


class TestPaired:
    def test_mean_and_interval_are_those_of_the_t_test(self) -> None:
        effects = paired([0.5, 0.6, 0.7, 0.8, 0.9], [0.1] * 5)
        assert effects.mean == pytest.approx(0.6)
        assert effects.half == pytest.approx(2.776 * 0.158114 / math.sqrt(5), rel=1e-4)
        assert effects.agree == 5

    def test_what_is_not_finite_counts_as_worst(self) -> None:
        assert paired([math.nan, math.inf], [0.5, 0.5]).effects == (WORST - 0.5, WORST - 0.5)
        assert paired([math.inf], [math.nan]).effects == (0.0,)

    def test_lists_must_belong_together(self) -> None:
        with pytest.raises(ValueError, match="no seeds"):
            paired([], [])
        with pytest.raises(ValueError, match="shorter"):
            paired([1.0, 1.0], [1.0])


class TestVerdict:
    def test_large_and_unanimous_is_confirmed(self) -> None:
        assert decide([1.0, 0.9, 1.0], [0.1, 0.1, 0.2]).verdict == "confirmed"

    def test_exchanged_it_is_not_reproduced(self) -> None:
        assert decide([0.1, 0.1, 0.2], [0.8, 0.8, 0.8]).verdict == "not reproduced"

    def test_equal_variants_that_learn_are_not_reproduced(self) -> None:
        assert decide([0.1] * 5, [0.1] * 5).verdict == "not reproduced"

    def test_equal_variants_that_do_not_learn_tell_nothing(self) -> None:
        decision = decide([1.0] * 5, [1.0] * 5)
        assert decision.verdict == "inconclusive" and "does not learn" in decision.why

    def test_a_mean_that_one_seed_makes_is_no_confirmation(self) -> None:
        decision = decide([0.1, 0.1, 0.1, 0.1, 1.9], [0.2, 0.2, 0.2, 0.2, 0.1])
        assert decision.verdict == "inconclusive" and "seeds disagree (1 of 5)" in decision.why

    def test_a_small_but_certain_difference_is_not_enough(self) -> None:
        assert decide([0.14] * 5, [0.10] * 5).verdict == "inconclusive"
        assert decide([0.12] * 5, [0.10] * 5).verdict == "not reproduced"

    def test_one_that_will_catch_up_is_not_reproduced(self) -> None:
        now = ([0.2] * 5, [0.1] * 5)
        assert decide(*now).verdict == "confirmed"
        assert decide(*now, expected=([0.1] * 5, [0.1] * 5)).verdict == "not reproduced"

    def test_one_that_is_far_behind_is_not_believed_to(self) -> None:
        decision = decide([0.8] * 5, [0.1] * 5, expected=([0.1] * 5, [0.1] * 5))
        assert decision.verdict == "inconclusive" and "still learning" in decision.why

    def test_nine_of_ten_suffice_and_eight_do_not(self) -> None:
        assert decide([1.0] * 9 + [0.1], [0.2] * 10).verdict == "confirmed"
        assert decide([1.0] * 8 + [0.1] * 2, [0.2] * 10).verdict == "inconclusive"
        assert (enough(3), enough(5), enough(10)) == (3, 5, 9)


class TestEarlyStopping:
    @pytest.mark.parametrize(
        ("flagged", "mended", "expected"),
        [
            ([1.0, 1.0], [0.1, 0.1], Next.GO_ON),
            ([1.0, 1.0, 1.0], [0.1, 0.1, 0.1], Next.STOP),
            ([0.1, 0.1, 0.1], [0.1, 0.1, 0.1], Next.STOP),
            ([0.3, 0.3, 0.3], [0.2, 0.2, 0.2], Next.GO_ON),
            ([0.3] * 5, [0.2] * 5, Next.STOP),
            ([0.4] * 4 + [0.1], [0.2] * 5, Next.GO_ON),
            ([0.4] * 8 + [0.1] * 2, [0.2] * 10, Next.STOP),
        ],
        ids=["two", "three clear", "three alike", "three unclear", "five agree", "five split", "ten"],
    )
    def test_seeds_end_when_more_would_not_tell_more(
        self, flagged: list[float], mended: list[float], expected: Next
    ) -> None:
        assert after(flagged, mended) is expected
