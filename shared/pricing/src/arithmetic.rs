//! Whole numbers, and the three ways to round them. In 128 bits, where nothing that the bounds
//! let through can overflow; the result is held to [`MOST`] where it leaves.

use crate::{error::Error, rules::MOST};

/// A whole is ten thousand hundredths of a percent.
pub(crate) const WHOLE: i128 = 10_000;

/// `amount × numerator ÷ denominator`, up to the next multiple of `step`.
pub(crate) fn up(amount: i128, numerator: i128, denominator: i128, step: i128) -> i128 {
    let divisor = denominator * step;
    (amount * numerator + divisor - 1).div_euclid(divisor) * step
}

/// The same, to the nearest multiple of `step`; half goes up.
pub(crate) fn nearest(amount: i128, numerator: i128, denominator: i128, step: i128) -> i128 {
    let divisor = denominator * step;
    (2 * amount * numerator + divisor).div_euclid(2 * divisor) * step
}

/// The same, down to the smallest unit.
pub(crate) fn down(amount: i128, numerator: i128, denominator: i128) -> i128 {
    (amount * numerator).div_euclid(denominator)
}

/// An amount as it is kept.
///
/// # Errors
/// Where it is more than any price may be.
pub(crate) fn bounded(amount: i128) -> Result<i64, Error> {
    let most = i128::from(MOST);
    match i64::try_from(amount) {
        Ok(kept) if (-most..=most).contains(&amount) => Ok(kept),
        _ => Err(Error::TooMuch),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ways_to_round() {
        // 9,500,000 × 10 / 31 = 3,064,516.129…
        assert_eq!(up(9_500_000, 10, 31, 1), 3_064_517);
        assert_eq!(nearest(9_500_000, 10, 31, 1), 3_064_516);
        assert_eq!(down(9_500_000, 10, 31), 3_064_516);
        assert_eq!(up(9_500_000, 10, 31, 100), 3_064_600);
        assert_eq!(nearest(9_500_000, 10, 31, 100), 3_064_500);
        // Half of a unit goes up, and what is whole stays.
        assert_eq!(nearest(1, 1, 2, 1), 1);
        assert_eq!(nearest(3, 1, 2, 1), 2);
        assert_eq!(up(100, 1, 2, 1), 50);
        assert_eq!(nearest(150, 1, 1, 100), 200);
        assert_eq!(nearest(149, 1, 1, 100), 100);
    }
}
