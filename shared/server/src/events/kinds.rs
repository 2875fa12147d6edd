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
