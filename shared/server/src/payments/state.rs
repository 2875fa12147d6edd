//! How far a payment has come, as data: every step that there is.

use terrace_entity::enums::PaymentState;

use PaymentState::{Cancelled, Failed, Pending, Refunded, RequiresAction, Succeeded};

/// The table. Money is never taken back by news that come late: nothing leads from "it has come"
/// to "it has not", and from every other state money may still come.
pub const STEPS: &[(PaymentState, &[PaymentState])] = &[
    (Pending, &[RequiresAction, Succeeded, Failed, Cancelled]),
    (RequiresAction, &[Succeeded, Failed, Cancelled]),
    (Failed, &[Pending, Succeeded]),
    (Cancelled, &[Succeeded]),
    (Succeeded, &[Refunded]),
    (Refunded, &[]),
];

/// Whether a payment in this state may come into that one.
#[must_use]
pub fn may_become(from: PaymentState, to: PaymentState) -> bool {
    STEPS.iter().any(|(state, next)| *state == from && next.contains(&to))
}

/// Whether it is still waited for.
#[must_use]
pub fn is_open(state: PaymentState) -> bool {
    matches!(state, Pending | RequiresAction)
}

/// Whether the whole of it has come, whatever became of it then.
#[must_use]
pub fn has_come(state: PaymentState) -> bool {
    matches!(state, Succeeded | Refunded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_that_has_come_stays_come_and_may_come_from_anywhere() {
        for from in PaymentState::ALL {
            for to in PaymentState::ALL {
                if has_come(*from) {
                    assert!(!may_become(*from, *to) || has_come(*to), "{from} {to}");
                } else {
                    assert!(may_become(*from, Succeeded), "{from}");
                }
                assert!(from != to || !may_become(*from, *to), "{from}");
            }
        }
        assert_eq!(STEPS.len(), PaymentState::ALL.len());
    }
}
