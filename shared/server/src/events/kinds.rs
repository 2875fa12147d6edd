//! Every kind of event there is. The page for integrators (`shared/docs/WEBHOOKS.md`) shows this
//! very list; a test compares the two, and another one the list with what the database records.

/// A kind of event.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// `listing.published`: what it is about, and what happened to it.
    pub name: &'static str,
    /// When it happens.
    pub when: &'static str,
    /// The fields of its `data`.
    pub fields: &'static [&'static str],
}

/// What is told of every step of a booking.
const BOOKING: &[&str] = &["property_id", "from", "to", "check_in", "check_out", "version"];
/// What is told of an offer.
const OFFER: &[&str] = &["property_id", "offer_id", "kind", "check_in", "check_out", "expires_at"];
/// What every event about money says; `why` is a word, where there is one.
const MONEY: &[&str] = &["booking_id", "provider", "purpose", "amount", "currency", "why"];

/// The list.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "listing.created",
        when: "A listing was made; it is a draft",
        fields: &["price", "currency", "transaction_type", "property_type", "slug", "version"],
    },
    Kind {
        name: "listing.updated",
        when: "Its version rose; comes last of what one change brings about",
        fields: &["slug", "version"],
    },
    Kind {
        name: "listing.price_changed",
        when: "Its price or currency changed",
        fields: &["from", "to", "from_currency", "currency", "slug", "version"],
    },
    Kind { name: "listing.published", when: "Everyone may see it", fields: &["slug", "version"] },
    Kind { name: "listing.unpublished", when: "It is a draft again", fields: &["slug", "version"] },
    Kind { name: "listing.submitted", when: "It waits for review", fields: &["slug", "version"] },
    Kind { name: "listing.rejected", when: "Review sent it back", fields: &["slug", "version"] },
    Kind {
        name: "listing.archived",
        when: "It is no longer offered",
        fields: &["slug", "version"],
    },
    Kind { name: "listing.deleted", when: "It was taken away", fields: &["slug", "version"] },
    Kind { name: "listing.restored", when: "It was brought back", fields: &["slug", "version"] },
    Kind { name: "listing.rates_changed", when: "Its seasons were replaced", fields: &["seasons"] },
    Kind {
        name: "block.created",
        when: "Days of a listing are kept by its host",
        fields: &["property_id", "from", "to"],
    },
    Kind {
        name: "block.deleted",
        when: "They are given back",
        fields: &["property_id", "from", "to"],
    },
    Kind {
        name: "lead.created",
        when: "Somebody enquired",
        fields: &["kind", "status", "property_id", "assigned_agent_id"],
    },
    Kind {
        name: "lead.assigned",
        when: "It was given to an agent, or taken from one",
        fields: &["from", "to"],
    },
    Kind {
        name: "lead.status_changed",
        when: "It went a step on, or ended",
        fields: &["from", "to", "lost_reason"],
    },
    Kind {
        name: "calendar.conflict",
        when: "A channel's calendar says that nights are taken which are ours already",
        fields: &["property_id", "calendar_id", "stay_id", "with"],
    },
    Kind {
        name: "calendar.failing",
        when: "A channel's calendar could not be read for a day",
        fields: &["property_id", "result"],
    },
    Kind {
        name: "booking.requested",
        when: "A guest asks for a stay; the dates are kept until the host answers",
        fields: BOOKING,
    },
    Kind {
        name: "booking.held",
        when: "Dates are kept for a guest until they pay",
        fields: BOOKING,
    },
    Kind { name: "booking.confirmed", when: "The dates are the guest's", fields: BOOKING },
    Kind {
        name: "booking.altered",
        when: "It has other dates, guests or another price",
        fields: BOOKING,
    },
    Kind { name: "booking.declined", when: "The host has refused the request", fields: BOOKING },
    Kind { name: "booking.cancelled", when: "Guest or host have called it off", fields: BOOKING },
    Kind { name: "booking.expired", when: "Nobody paid or answered in time", fields: BOOKING },
    Kind {
        name: "booking.notice_given",
        when: "A stay of a month or longer is to end before the agreed day; `booking.altered` comes with it",
        fields: &["property_id", "by", "ends_on"],
    },
    Kind {
        name: "booking.notice_withdrawn",
        when: "It is to end on the agreed day after all",
        fields: &["property_id", "by", "ends_on"],
    },
    Kind {
        name: "booking.offered",
        when: "A host proposes that a stay goes on (`renewal`) or becomes another one (`change`)",
        fields: OFFER,
    },
    Kind { name: "booking.offer_declined", when: "The guest does not want it", fields: OFFER },
    Kind {
        name: "booking.renewed",
        when: "A stay goes on: the guest has accepted; `booking.altered` comes with it",
        fields: &["property_id", "offer_id", "check_in", "check_out"],
    },
    Kind { name: "booking.completed", when: "The guest has left", fields: BOOKING },
    Kind {
        name: "payment.succeeded",
        when: "The money has come; whether it confirmed the booking, the booking's own events say",
        fields: MONEY,
    },
    Kind { name: "payment.failed", when: "The provider does not take it", fields: MONEY },
    Kind { name: "payment.cancelled", when: "It is not waited for any more", fields: MONEY },
    Kind {
        name: "payment.flagged",
        when: "Money came that is not what was asked for: somebody must look",
        fields: MONEY,
    },
    Kind { name: "payment.refund_due", when: "Money of it goes back", fields: MONEY },
    Kind { name: "payment.refunded", when: "Money of it has gone back", fields: MONEY },
    Kind {
        name: "payment.refund_failed",
        when: "Money of it could not be sent back: somebody must look",
        fields: MONEY,
    },
    Kind {
        name: "webhook.disabled",
        when: "An endpoint was switched off, because it kept failing or answered 410",
        fields: &["reason"],
    },
    Kind {
        name: "webhook.test",
        when: "Somebody asked for a test; sent to that endpoint only, in no feed",
        fields: &[],
    },
];

/// Whether events of this kind, or of this pattern (`listing.*`, `*`), can happen.
#[must_use]
pub fn is_known(pattern: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    KINDS.iter().any(|kind| match pattern.strip_suffix(".*") {
        Some(subject) => kind.name.split('.').next() == Some(subject),
        None => kind.name == pattern,
    })
}
