//! What comes back, worked by hand.

use terrace_pricing::{Policy, Quote, Refund, RefundReason, Stay, TaxBase, refund};

use crate::support::{day, monthly, priced, stay, tax, villa, with};

/// Three nights from 1 March: 12,600, cleaning 1,500, service charge 1,260, deposit 20,000.
fn booked() -> (Quote, Stay) {
    let rules = with(villa(), |rules| {
        rules.cleaning_fee = 150_000;
        rules.deposit = 2_000_000;
        rules.taxes = vec![tax("service", 1_000, false, &[TaxBase::Rent])];
    });
    let stay = stay("2027-03-01", "2027-03-04");
    (priced(&rules, &stay), stay)
}

fn on(policy: Policy, (quote, stay): &(Quote, Stay), text: &str) -> Refund {
    refund(policy, day("2026-11-27"), quote, stay, day(text))
}

#[test]
fn by_policy_and_day() {
    // All: 15,360. Half of the rent: 6,300 + 1,500 = 7,800 of 14,100 untaxed, and of the tax
    // 1,260 × 7,800/14,100 = 697.0212…. None of it: 1,500, and 1,260 × 1,500/14,100 = 134.0425….
    const ALL: i64 = 1_536_000;
    const HALF: i64 = 630_000 + 150_000 + 69_702;
    const NONE: i64 = 150_000 + 13_404;
    let table: [(Policy, &[(&str, i64)]); 4] = [
        (
            Policy::Flexible,
            &[("2026-11-27", ALL), ("2027-02-28", ALL), ("2027-03-01", NONE), ("2027-03-02", 0)],
        ),
        (
            Policy::Moderate,
            &[
                ("2027-02-24", ALL),
                ("2027-02-25", HALF),
                ("2027-02-28", HALF),
                ("2027-03-01", NONE),
                ("2027-03-02", 0),
            ],
        ),
        (
            Policy::Firm,
            &[
                ("2027-01-30", ALL),
                ("2027-01-31", HALF),
                ("2027-02-22", HALF),
                ("2027-02-23", NONE),
                ("2027-03-02", 0),
            ],
        ),
        (Policy::Strict, &[("2026-11-27", NONE), ("2027-02-28", NONE), ("2027-03-02", 0)]),
    ];
    let booked = booked();
    for (policy, days) in table {
        for (cancelled, total) in days {
            let back = on(policy, &booked, cancelled);
            assert_eq!(back.total, *total, "{policy:?} on {cancelled}");
            assert_eq!(back.kept, 1_536_000 - total);
            let before = *cancelled <= "2027-03-01";
            assert_eq!(
                back.deposit,
                if before { 2_000_000 } else { 0 },
                "{policy:?} on {cancelled}"
            );
        }
    }
}

#[test]
fn what_was_not_paid_is_not_given_back() {
    let half = on(Policy::Moderate, &booked(), "2027-02-26");
    assert_eq!(half.kept, 686_298);
    assert_eq!(half.of_paid(1_536_000), 849_702);
    assert_eq!(half.of_paid(686_299), 1);
    assert_eq!(half.of_paid(500_000), 0);
}

#[test]
fn months_owe_thirty_days() {
    let stay = stay("2027-03-01", "2027-06-01");
    let three = (priced(&monthly(), &stay), stay);
    assert_eq!(three.0.total, 28_500_000);
    for policy in Policy::ALL {
        // Thirty days before: everything. On the 2nd of February 27 days are left: three nights of
        // March are owed, the first three of 31, which bear what does not divide:
        // 95,000 / 31 = 3,064.51 and 19 satang over, one for each of the first 19 nights.
        assert_eq!(on(policy, &three, "2027-01-30").total, 28_500_000);
        let back = on(policy, &three, "2027-02-02");
        assert_eq!(back.lines[0].reason, RefundReason::MonthlyRent { nights_kept: 3 });
        assert_eq!(back.kept, 3 * 306_452);
        // On the day of arrival: 30 nights of March. 12 × 3,064.51 + …: all but its last night.
        assert_eq!(on(policy, &three, "2027-03-01").kept, 9_500_000 - 306_451);
        // After a month: until the end of April.
        assert_eq!(on(policy, &three, "2027-04-01").kept, 19_000_000);
        assert_eq!(on(policy, &three, "2027-05-20").total, 0);
    }
}

#[test]
fn a_policy_has_its_name() {
    for policy in Policy::ALL {
        assert_eq!(Policy::named(policy.as_str()), Some(policy));
        assert_eq!(policy.terms(day("2026-11-27")).policy, policy);
        // Bookings from before there was a table go by its first row.
        assert_eq!(policy.terms(day("2020-01-01")).policy, policy);
    }
    assert_eq!(Policy::named("lenient"), None);
}
