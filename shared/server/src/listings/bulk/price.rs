//! Prices that change by per cent, in whole numbers throughout.

use crate::listings::details::MOST;

/// The price after a change by `percent`, half up to the minor unit, then half up to a multiple
/// of `round_to`; none where no listing may cost that.
#[must_use]
pub fn changed(price: i64, percent: i64, round_to: Option<i64>) -> Option<i64> {
    let minor = half_up(i128::from(price) * i128::from(100 + percent), 100);
    let step = i128::from(round_to.unwrap_or(1));
    let rounded = half_up(minor, step) * step;
    i64::try_from(rounded).ok().filter(|price| (1..=MOST).contains(price))
}

/// The whole number nearest to `n / d`; the higher one where two are as near.
fn half_up(n: i128, d: i128) -> i128 {
    (2 * n + d).div_euclid(2 * d)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rounding_is_half_up() {
        for (price, percent, round_to, expected) in [
            (100, 10, None, Some(110)),
            (150, 1, None, Some(152)),
            (149, 1, None, Some(150)),
            (1, -50, None, Some(1)),
            (1, -51, None, None),
            (3, -50, None, Some(2)),
            (1_234_500, 10, Some(10_000), Some(1_360_000)),
            (1_000_000, 5, Some(100_000), Some(1_100_000)),
            (1_000_000, 4, Some(100_000), Some(1_000_000)),
            (40, 0, Some(100), None),
            (50, 0, Some(100), Some(100)),
            (MOST, 0, None, Some(MOST)),
            (MOST, 1, None, None),
        ] {
            assert_eq!(
                changed(price, percent, round_to),
                expected,
                "{price} {percent} {round_to:?}"
            );
        }
    }

    proptest! {
        /// Told a second time, without division: no whole number is nearer, and of two as near
        /// it is the higher one.
        #[test]
        fn the_nearest_and_of_two_the_higher(price in 1..MOST, percent in -50_i64..=100) {
            let exact = i128::from(price) * i128::from(100 + percent);
            let found = changed(price, percent, None);
            prop_assume!(found.is_some());
            let off = i128::from(found.unwrap_or_default()) * 100 - exact;
            prop_assert!(-50 < off && off <= 50, "off by {off} hundredths");
        }

        #[test]
        fn a_rounded_price_is_a_near_multiple(
            price in 1..MOST, percent in -50_i64..=100, step in 1_i64..10_000_000,
        ) {
            let (Some(minor), Some(found)) =
                (changed(price, percent, None), changed(price, percent, Some(step)))
            else { return Ok(()) };
            prop_assert_eq!(found % step, 0);
            let off = 2 * (i128::from(found) - i128::from(minor));
            prop_assert!(-i128::from(step) < off && off <= i128::from(step));
        }

        #[test]
        fn dearer_stays_dearer(a in 1..MOST, b in 1..MOST, percent in -50_i64..=100, step in 1_i64..1_000_000) {
            let (low, high) = (a.min(b), a.max(b));
            if let (Some(low), Some(high)) =
                (changed(low, percent, Some(step)), changed(high, percent, Some(step)))
            {
                prop_assert!(low <= high);
            }
        }
    }
}
