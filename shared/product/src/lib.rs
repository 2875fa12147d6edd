//! The product profile: what makes one brand differ from the next, as data.
//!
//! A product is a folder under `products/`. Its profile is read in layers
//! (defaults, `product.toml`, `<environment>.toml`, environment variables,
//! files named by `*_FILE` variables), each one checked against the table of
//! keys before it is laid over the one below. `defaults.toml` describes every key.

mod check;
mod derive;
mod embedding;
mod environment;
mod explain;
mod identity;
mod layer;
mod load;
mod locale;
mod mail;
mod market;
mod media;
mod merge;
mod net;
mod payments;
mod problem;
mod profile;
mod profiles;
mod quotes;
mod rules;
mod schema;
mod sections;
mod stores;
mod text;
mod theme;
mod variables;
mod view;

pub use check::{Clash, check_all};
pub use embedding::{Embedding, EmbeddingProvider};
pub use environment::{Env, Environment, process_env};
pub use explain::ExplainedKey;
pub use identity::{Identity, Provider, Realm};
pub use locale::{Locale, Locales, LocalisedText};
pub use mail::{Mail, MailTransport, SmtpUrl};
pub use market::{CurrencyCode, Market, TransactionType};
pub use media::{Media, StorageProvider};
pub use net::{HttpUrl, ListedPort, LoopbackAddress, Network, Origin, Port, ServerUrl};
pub use payments::{PaymentProvider, Payments, PromptPayId};
pub use problem::{Problem, ProfileError};
pub use profile::Profile;
pub use profiles::Profiles;
pub use quotes::{Quotes, TaxName, TaxRule, TaxedPart};
pub use sections::{
    Assistant, AssistantProvider, Bookings, Cache, Contact, Import, Jobs, LeadRouting, Leads,
    Limits, Listings, Log, LogFormat, LogLevel, Model, ModelProvider, Outbound, Privacy, Review,
    Search, Seo, Server, Visitors,
};
pub use stores::{Database, DatabaseAccess, Redis};
pub use text::{
    AssetPath, BucketName, CountryCode, DatabaseHost, Email, FontFamily, Invalid, Line,
    ObjectPrefix, Phone, ProductId, PublishableKey, RedisPrefix, SqlName, TimeZone,
};
pub use theme::{AA_TEXT, Color, Colors, ContrastFailure, Fonts, Theme};
pub use view::{ProductSummary, PublicContact, PublicProfile, PublicSeo};
