//! What each operation costs, and out of which allowance.

use std::time::Duration;

use terrace_product::Limits;

use crate::router::{Access, ROUTES};

/// An allowance that a client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Policy {
    /// Everything without a rule of its own, by a client without a token.
    Client,
    /// The same, by a person.
    User,
    /// What anyone may write.
    PublicWrites,
    /// Tokens that were refused.
    FailedTokens,
}

impl Policy {
    pub(super) const ALL: [Self; 4] =
        [Self::Client, Self::User, Self::PublicWrites, Self::FailedTokens];

    /// The name in the headers and in the keys.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::User => "user",
            Self::PublicWrites => "public_writes",
            Self::FailedTokens => "failed_tokens",
        }
    }

    pub(super) fn quota(self, limits: &Limits) -> Quota {
        const MINUTE: Duration = Duration::from_secs(60);
        let (points, window) = match self {
            Self::Client => (limits.client_per_minute, MINUTE),
            Self::User => (limits.user_per_minute, MINUTE),
            Self::PublicWrites => (limits.public_writes_per_hour, MINUTE * 60),
            Self::FailedTokens => (limits.failed_tokens_per_minute, MINUTE),
        };
        Quota { points, window }
    }
}

/// So many points in so much time; unspent, all of them at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quota {
    pub(super) points: u32,
    pub(super) window: Duration,
}

impl Quota {
    /// Until one point is there again.
    pub(super) fn interval(self) -> Duration {
        self.window / self.points.max(1)
    }
}

/// What a request draws on, and how much it draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charge {
    /// Never counted: whoever watches an instance must see it when it is busiest.
    Free,
    /// Points of what clients and people have for everything.
    Common(u32),
    /// Points of what there is for public writes.
    PublicWrite(u32),
}

/// Operations that cost something else than their method says.
const COSTS: &[(&str, Charge)] = &[
    ("health_live", Charge::Free),
    ("health_ready", Charge::Free),
    ("health_db", Charge::Free),
    ("get_metrics", Charge::Free),
    ("export_leads", Charge::Common(50)),
    // Both look everywhere.
    ("export_me", Charge::Common(50)),
    ("delete_me", Charge::Common(50)),
    ("get_occupancy", Charge::Common(10)),
    // Binds nobody, and is asked for each time somebody moves a date.
    ("create_quote", Charge::Common(10)),
    // Writes nothing, for all that it is a POST: a question does not fit into an address.
    ("search", Charge::Common(3)),
    ("search_faqs", Charge::Common(3)),
    // Searches twice, and may ask a model several times.
    ("create_message", Charge::Common(10)),
    ("get_message_events", Charge::Common(2)),
    // A thumb up or down: of one client one a day counts for each answer.
    ("rate_faq", Charge::Common(2)),
    ("export_faqs", Charge::Common(50)),
    ("import_faqs", Charge::Common(50)),
    // One of many for each search, and no round trip to the database.
    ("click_search", Charge::Common(1)),
    // Mail programs post for many people from few addresses, and the link is the right.
    ("unsubscribe_alerts", Charge::Common(2)),
    // Asks somebody else, and reads what they say.
    ("sync_calendar", Charge::Common(10)),
    // Its signature is the right, and a delivery that is refused comes again hours later.
    ("receive_stripe_event", Charge::Free),
    ("receive_clerk_event", Charge::Free),
    // Another's server may be asked.
    ("begin_payment", Charge::Common(5)),
    // As dear as the dearest question that it passes on.
    ("call_mcp", Charge::Common(10)),
    // Becomes what anyone may write.
    ("confirm_draft", Charge::PublicWrite(1)),
    // An enquiry by another door, with a letter to an address that somebody typed.
    ("hand_over_conversation", Charge::PublicWrite(1)),
    // Whoever has a ticket had a token when they asked for it.
    ("put_media_upload", Charge::Common(2)),
];

/// Reads cost one point, writes two; what anyone may write is counted apart.
pub(super) fn charge(operation: &str) -> Charge {
    if let Some((_, charge)) = COSTS.iter().find(|(name, _)| *name == operation) {
        return *charge;
    }
    match ROUTES.iter().find(|route| route.operation == operation) {
        Some(route) if route.method == "GET" => Charge::Common(1),
        Some(route) if route.access == Access::Public => Charge::PublicWrite(1),
        Some(_) => Charge::Common(2),
        None => Charge::Common(1),
    }
}

/// Whether an operation may be answered with `429`.
#[must_use]
pub fn is_limited(operation: &str) -> bool {
    charge(operation) != Charge::Free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_is_that_of_a_route() {
        for (name, _) in COSTS {
            assert!(ROUTES.iter().any(|route| route.operation == *name), "{name} is no operation");
        }
    }

    #[test]
    fn what_anyone_may_write_is_counted_apart() {
        for enquiry in ["create_lead", "confirm_draft", "hand_over_conversation"] {
            assert_eq!(charge(enquiry), Charge::PublicWrite(1), "{enquiry}");
        }
        assert_eq!(charge("create_property"), Charge::Common(2));
        assert_eq!(charge("list_properties"), Charge::Common(1));
        assert_eq!(charge("unmatched"), Charge::Common(1));
        assert_eq!(charge("health_live"), Charge::Free);
    }
}
