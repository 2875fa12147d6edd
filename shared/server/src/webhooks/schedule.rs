//! When a delivery that failed is tried again.

use std::time::Duration;

use uuid::Uuid;

/// The wait before each attempt, seconds: 24 hours from the first to the last.
pub const SCHEDULE: [u64; 11] = [0, 5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800];

/// An endpoint that has done nothing but fail for so long is switched off, days.
pub const PATIENCE_DAYS: i32 = 5;

/// The wait after this many attempts, a tenth more or less so that what failed together does not
/// come back together; none after the last.
#[must_use]
pub fn wait(attempts: i32) -> Option<Duration> {
    let seconds = SCHEDULE.get(usize::try_from(attempts).ok()?)?;
    let part = f64::from(Uuid::new_v4().as_bytes()[0]) / 255.0;
    Some(Duration::from_secs(*seconds).mul_f64(0.9 + part / 5.0))
}

#[cfg(test)]
mod tests {
    use super::{SCHEDULE, wait};

    #[test]
    fn a_day_of_attempts_and_no_more() {
        let total: u64 = SCHEDULE.iter().sum();
        assert!((23 * 3600..=25 * 3600).contains(&total), "{total} s");
        for (attempts, seconds) in SCHEDULE.iter().enumerate().skip(1) {
            let waited = wait(i32::try_from(attempts).unwrap()).unwrap().as_secs_f64();
            let seconds = Duration::from_secs(*seconds).as_secs_f64();
            assert!((seconds * 0.89..=seconds * 1.11).contains(&waited), "{attempts}: {waited}");
        }
        assert_eq!((wait(11), wait(12)), (None, None));
    }

    use std::time::Duration;
}
