//! What channels mean by their words. No standard says it, so it is kept here as data.

/// What an event says about its nights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Somebody has booked.
    Booking,
    /// They cannot be had, for whatever reason: a booking, or the owner's wish. Some channels say
    /// no more than that.
    Closed,
}

/// What is made of an event by its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Busy(Kind),
    /// The edge of what a channel sells: days beyond its booking window, days too short for its
    /// minimum stay. It moves by itself from day to day and is nobody's stay.
    Window,
}

struct Habit {
    /// Part of `PRODID`, or the end of the `UID`, in lower case.
    product: &'static str,
    domain: &'static str,
    /// What `SUMMARY` begins with, in lower case, and what that means.
    words: &'static [(&'static str, Meaning)],
    /// What everything else means.
    otherwise: Meaning,
}

const BOOKING: Meaning = Meaning::Busy(Kind::Booking);
const CLOSED: Meaning = Meaning::Busy(Kind::Closed);

const HABITS: &[Habit] = &[
    Habit {
        product: "airbnb",
        domain: "@airbnb.com",
        words: &[
            ("reserved", BOOKING),
            ("airbnb (not available)", Meaning::Window),
            ("not available", CLOSED),
        ],
        otherwise: CLOSED,
    },
    Habit {
        product: "homeaway",
        domain: "@homeaway.com",
        words: &[("reserved", BOOKING), ("reservation", BOOKING), ("blocked", CLOSED)],
        otherwise: CLOSED,
    },
    Habit {
        product: "vrbo",
        domain: "@vrbo.com",
        words: &[("reserved", BOOKING), ("reservation", BOOKING), ("blocked", CLOSED)],
        otherwise: CLOSED,
    },
    // "CLOSED - Not available" is what it says of sold nights as well.
    Habit { product: "booking.com", domain: "@booking.com", words: &[], otherwise: CLOSED },
    Habit { product: "agoda", domain: "@agoda.com", words: &[], otherwise: CLOSED },
];

/// What an event means. An unknown channel is believed where it says that somebody has booked, and
/// its nights are taken as closed where it says anything else.
pub(crate) fn meaning(product: &str, uid: &str, summary: &str) -> Meaning {
    let (product, uid) = (product.to_ascii_lowercase(), uid.to_ascii_lowercase());
    let summary = summary.trim().to_lowercase();
    let habit = HABITS
        .iter()
        .find(|habit| uid.ends_with(habit.domain))
        .or_else(|| HABITS.iter().find(|habit| product.contains(habit.product)));
    match habit {
        Some(habit) => habit
            .words
            .iter()
            .find(|(words, _)| summary.starts_with(words))
            .map_or(habit.otherwise, |(_, meaning)| *meaning),
        None if ["reserved", "reservation", "booked", "booking"]
            .iter()
            .any(|word| summary.starts_with(word)) =>
        {
            BOOKING
        }
        None => CLOSED,
    }
}

#[cfg(test)]
mod tests {
    use super::{BOOKING, CLOSED, Meaning, meaning};

    #[test]
    fn channels_are_understood_by_their_habits() {
        const AIRBNB: &str = "-//Airbnb Inc//Hosting Calendar 1.0//EN";
        for (product, uid, summary, expected) in [
            (AIRBNB, "a@airbnb.com", "Reserved", BOOKING),
            (AIRBNB, "a@airbnb.com", "Reserved: John Doe", BOOKING),
            (AIRBNB, "a@airbnb.com", "Airbnb (Not available)", Meaning::Window),
            (AIRBNB, "", "airbnb (not AVAILABLE)", Meaning::Window),
            ("", "a@airbnb.com", "Airbnb (Not available)", Meaning::Window),
            (AIRBNB, "a@airbnb.com", "Not available", CLOSED),
            (AIRBNB, "a@airbnb.com", "Maria (HMRDN4521)", CLOSED),
            ("-//HomeAway//NONSGML ICS//EN", "v@vrbo.com", "Reserved - Bob", BOOKING),
            ("-//HomeAway//NONSGML ICS//EN", "v", "Blocked", CLOSED),
            ("", "x@booking.com", "CLOSED - Not available", CLOSED),
            ("", "x@example.com", "Booked", BOOKING),
            // Whoever copies those words without being Airbnb means what they say.
            ("", "x@example.com", "Airbnb (Not available)", CLOSED),
            ("", "", "", CLOSED),
        ] {
            assert_eq!(meaning(product, uid, summary), expected, "{product} {uid} {summary}");
        }
    }
}
