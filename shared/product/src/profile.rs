//! The profile: everything an instance knows about the product it serves.

use std::path::PathBuf;

use serde::Deserialize;

use crate::{
    Environment, ExplainedKey,
    embedding::Embedding,
    identity::{Identity, RawIdentity},
    locale::{Locales, LocalisedText},
    mail::Mail,
    market::Market,
    media::Media,
    payments::Payments,
    quotes::Quotes,
    sections::{
        Assistant, Bookings, Cache, Contact, Import, Jobs, Leads, Limits, Listings, Log, Model,
        Outbound, Privacy, Search, Seo, Server, Visitors,
    },
    stores::{Database, Redis},
    text::{Line, ProductId},
    theme::Theme,
};

/// One product in one environment. Made by [`Profiles::load`](crate::Profiles::load) only:
/// what stands here has been checked.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Name of the product's folder.
    pub id: ProductId,
    /// The environment the profile was loaded for.
    pub environment: Environment,
    /// The brand as people say it.
    pub name: Line,
    /// One sentence under the name.
    pub tagline: LocalisedText,
    /// Where it listens.
    pub server: Server,
    /// Its database.
    pub database: Database,
    /// Its Redis.
    pub redis: Redis,
    /// Who may sign tokens for it.
    pub identity: Identity,
    /// Its languages.
    pub locales: Locales,
    /// What it trades in.
    pub market: Market,
    /// Its look.
    pub theme: Theme,
    /// How to reach it.
    pub contact: Contact,
    /// How search engines see it.
    pub seo: Seo,
    /// How long answers may be reused.
    pub cache: Cache,
    /// What it writes down.
    pub log: Log,
    /// How it writes to people.
    pub mail: Mail,
    /// How it does its background work.
    pub jobs: Jobs,
    /// Where its pictures are, and how many there may be.
    pub media: Media,
    /// How it is paid.
    pub payments: Payments,
    /// How many requests a client may send it.
    pub limits: Limits,
    /// How it knows people without an account.
    pub visitors: Visitors,
    /// How long it knows people.
    pub privacy: Privacy,
    /// How long it keeps stays for guests, and how many.
    pub bookings: Bookings,
    /// What becomes of its enquiries.
    pub leads: Leads,
    /// What its listings need before everyone sees them.
    pub listings: Listings,
    /// How the prices of its stays are reckoned.
    pub quotes: Quotes,
    /// Which addresses that people give it may call.
    pub outbound: Outbound,
    /// Who writes its drafts.
    pub model: Model,
    /// What turns its texts into vectors.
    pub embedding: Embedding,
    /// How it searches.
    pub search: Search,
    /// Who answers in conversations.
    pub assistant: Assistant,
    /// How it reads listings from files.
    pub import: Import,
    /// The product's folder.
    pub folder: PathBuf,
    pub(crate) sources: Vec<ExplainedKey>,
}

/// The merged keys as they stand in the layers, before the realm is decided.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawProfile {
    pub(crate) id: ProductId,
    pub(crate) name: Line,
    pub(crate) tagline: LocalisedText,
    pub(crate) server: Server,
    pub(crate) database: Database,
    pub(crate) redis: Redis,
    pub(crate) identity: RawIdentity,
    pub(crate) locales: Locales,
    pub(crate) market: Market,
    pub(crate) theme: Theme,
    pub(crate) contact: Contact,
    pub(crate) seo: Seo,
    pub(crate) cache: Cache,
    pub(crate) log: Log,
    pub(crate) mail: Mail,
    pub(crate) jobs: Jobs,
    pub(crate) media: Media,
    pub(crate) payments: Payments,
    pub(crate) limits: Limits,
    pub(crate) visitors: Visitors,
    pub(crate) privacy: Privacy,
    pub(crate) bookings: Bookings,
    pub(crate) leads: Leads,
    pub(crate) listings: Listings,
    pub(crate) quotes: Quotes,
    pub(crate) outbound: Outbound,
    pub(crate) model: Model,
    pub(crate) embedding: Embedding,
    pub(crate) search: Search,
    pub(crate) assistant: Assistant,
    pub(crate) import: Import,
}
