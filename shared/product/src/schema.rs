//! The table of keys: name, form, range, secrecy, and where a missing one
//! belongs. Files, variables, messages and `config show` all go by it.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    embedding::EmbeddingProvider,
    identity::Provider,
    locale::Locale,
    mail::{MailTransport, SmtpUrl},
    market::{CurrencyCode, TransactionType},
    media::StorageProvider,
    net::{HttpUrl, ListedPort, LoopbackAddress, Network, Origin, ServerUrl},
    payments::{PaymentProvider, PromptPayId},
    quotes::TaxRule,
    sections::{AssistantProvider, LeadRouting, LogFormat, LogLevel, ModelProvider, Review},
    text::{
        AssetPath, BucketName, CountryCode, DatabaseHost, Email, FontFamily, Line, ListenAddress,
        ObjectPrefix, Phone, ProductId, PublishableKey, RedisPrefix, SqlName, TimeZone,
    },
    theme::Color,
};

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    /// The smallest and the largest number allowed.
    Integer(i64, i64),
    Boolean,
    /// A list of texts; in a variable, separated by commas.
    List,
}

/// What of a value people may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrecy {
    Open,
    /// A URL: its password is a secret, the rest is not.
    Url,
    Secret,
}

/// Where the operator is told to write a key that no layer sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// It need not be set.
    Nowhere,
    ProductFile,
    EnvironmentFile,
}

pub(crate) struct Key {
    /// `section.key`; a last part of `*` stands for any locale.
    pub(crate) path: &'static str,
    pub(crate) form: Form,
    pub(crate) secrecy: Secrecy,
    pub(crate) home: Home,
    /// Parses one value (of a list: each) and says what is wrong with it.
    pub(crate) check: fn(&Value) -> Result<(), String>,
}

fn parses<T: DeserializeOwned>(value: &Value) -> Result<(), String> {
    serde_json::from_value::<T>(value.clone()).map(drop).map_err(|error| error.to_string())
}

impl Key {
    const fn new<T: DeserializeOwned>(path: &'static str, form: Form) -> Self {
        Self { path, form, secrecy: Secrecy::Open, home: Home::Nowhere, check: parses::<T> }
    }

    const fn text<T: DeserializeOwned>(path: &'static str) -> Self {
        Self::new::<T>(path, Form::Text)
    }

    const fn list<T: DeserializeOwned>(path: &'static str) -> Self {
        Self::new::<T>(path, Form::List)
    }

    const fn int(path: &'static str, least: i64, most: i64) -> Self {
        Self::new::<i64>(path, Form::Integer(least, most))
    }

    const fn secret(path: &'static str) -> Self {
        Self { secrecy: Secrecy::Secret, ..Self::text::<SecretString>(path) }
    }

    const fn url(path: &'static str) -> Self {
        Self { secrecy: Secrecy::Url, ..Self::text::<ServerUrl>(path) }
    }

    const fn in_product(self) -> Self {
        Self { home: Home::ProductFile, ..self }
    }

    const fn in_environment(self) -> Self {
        Self { home: Home::EnvironmentFile, ..self }
    }
}

pub(crate) static KEYS: &[Key] = &[
    Key::text::<ProductId>("id").in_product(),
    Key::text::<Line>("name").in_product(),
    Key::text::<Line>("tagline.*"),
    Key::text::<ListenAddress>("server.host"),
    Key::int("server.port", 0, 65_535).in_product(),
    Key::text::<Origin>("server.public_url"),
    Key::list::<Origin>("server.origins").in_environment(),
    Key::int("server.body_limit_bytes", 1_024, 104_857_600),
    Key::int("server.drain_seconds", 0, 600),
    Key::int("server.workers", 1, 256),
    Key::list::<Network>("server.trusted_proxies"),
    Key::int("server.max_in_flight", 1, 100_000),
    Key::text::<DatabaseHost>("database.host"),
    Key::int("database.port", 1, 65_535),
    Key::text::<SqlName>("database.name").in_environment(),
    Key::text::<SqlName>("database.owner_role"),
    Key::secret("database.owner_password"),
    Key::text::<SqlName>("database.app_role"),
    Key::secret("database.app_password"),
    Key::url("database.replica_url"),
    Key::int("database.max_connections", 1, 500),
    Key::int("database.search_connections", 1, 500),
    Key::int("database.acquire_timeout_ms", 10, 60_000),
    Key::url("redis.url"),
    Key::text::<RedisPrefix>("redis.prefix"),
    Key::text::<SqlName>("redis.user"),
    Key::secret("redis.password"),
    Key::int("redis.budget_ms", 1, 5_000),
    Key::int("redis.pool_size", 1, 256),
    Key::text::<Provider>("identity.provider"),
    Key::text::<HttpUrl>("identity.issuer"),
    Key::text::<PublishableKey>("identity.publishable_key"),
    Key::text::<HttpUrl>("identity.jwks_url"),
    Key::list::<Origin>("identity.authorized_parties"),
    Key::text::<PathBuf>("identity.state_dir"),
    Key::int("identity.user_cache_seconds", 0, 3_600),
    Key::new::<bool>("identity.session_cookie", Form::Boolean),
    Key::new::<bool>("identity.native_clients", Form::Boolean),
    Key::text::<Line>("identity.organization"),
    Key::secret("identity.webhook_secret"),
    Key::secret("identity.previous_webhook_secret"),
    Key::text::<HttpUrl>("identity.api_url"),
    Key::secret("identity.secret_key"),
    Key::int("identity.api_timeout_ms", 100, 60_000),
    Key::text::<Locale>("locales.default").in_product(),
    Key::list::<Locale>("locales.enabled").in_product(),
    Key::text::<CurrencyCode>("market.currency").in_product(),
    Key::text::<CountryCode>("market.country").in_product(),
    Key::text::<TimeZone>("market.timezone").in_product(),
    Key::list::<TransactionType>("market.transaction_types").in_product(),
    Key::text::<Color>("theme.colors.background").in_product(),
    Key::text::<Color>("theme.colors.surface").in_product(),
    Key::text::<Color>("theme.colors.border").in_product(),
    Key::text::<Color>("theme.colors.text").in_product(),
    Key::text::<Color>("theme.colors.text_muted").in_product(),
    Key::text::<Color>("theme.colors.primary").in_product(),
    Key::text::<Color>("theme.colors.on_primary").in_product(),
    Key::text::<Color>("theme.colors.primary_soft").in_product(),
    Key::text::<Color>("theme.colors.accent").in_product(),
    Key::text::<Color>("theme.colors.on_accent").in_product(),
    Key::text::<Color>("theme.colors.success").in_product(),
    Key::text::<Color>("theme.colors.danger").in_product(),
    Key::list::<FontFamily>("theme.fonts.heading").in_product(),
    Key::list::<FontFamily>("theme.fonts.body").in_product(),
    Key::int("theme.radius_px", 0, 64),
    Key::text::<AssetPath>("theme.logo"),
    Key::text::<AssetPath>("theme.favicon"),
    Key::text::<Email>("contact.email").in_product(),
    Key::text::<Phone>("contact.phone"),
    Key::text::<Line>("contact.line_id"),
    Key::text::<Line>("contact.address.*"),
    Key::text::<Line>("contact.hours.*"),
    Key::text::<Line>("seo.title.*"),
    Key::text::<Line>("seo.description.*"),
    Key::text::<AssetPath>("seo.image"),
    Key::new::<bool>("seo.index", Form::Boolean),
    Key::int("cache.max_age_seconds", 0, 86_400),
    Key::int("cache.ttl_seconds", 0, 86_400),
    Key::int("cache.stale_seconds", 0, 86_400),
    Key::int("cache.entries", 0, 10_000_000),
    Key::text::<LogFormat>("log.format"),
    Key::text::<LogLevel>("log.level"),
    Key::text::<MailTransport>("mail.transport"),
    Key::text::<Email>("mail.from_address"),
    Key::text::<Line>("mail.from_name"),
    Key::text::<Email>("mail.reply_to"),
    Key { secrecy: Secrecy::Url, ..Key::text::<SmtpUrl>("mail.smtp_url") },
    Key::int("mail.timeout_seconds", 1, 120),
    Key::text::<PathBuf>("mail.capture_dir"),
    Key::new::<bool>("jobs.in_server", Form::Boolean),
    Key::int("jobs.concurrency", 1, 64),
    Key::text::<StorageProvider>("media.provider"),
    Key::text::<PathBuf>("media.folder"),
    Key::text::<HttpUrl>("media.endpoint"),
    Key::text::<Line>("media.region"),
    Key::text::<BucketName>("media.bucket"),
    Key::text::<ObjectPrefix>("media.prefix"),
    Key::secret("media.access_key_id"),
    Key::secret("media.secret_access_key"),
    Key::text::<HttpUrl>("media.public_url"),
    Key::int("media.ticket_seconds", 1, 600),
    Key::int("media.timeout_ms", 10, 60_000),
    Key::int("media.max_bytes", 1_024, 104_857_600),
    Key::int("media.max_megapixels", 1, 25),
    Key::int("media.per_listing", 1, 100),
    Key::int("media.per_user_day", 1, 1_000_000),
    Key::int("media.orphan_hours", 1, 8_760),
    Key::list::<PaymentProvider>("payments.providers"),
    Key::text::<PromptPayId>("payments.promptpay_id"),
    Key::text::<Line>("payments.bank_account.*"),
    Key::text::<HttpUrl>("payments.stripe_url"),
    Key::secret("payments.stripe_secret_key"),
    Key::secret("payments.stripe_webhook_secret"),
    Key::secret("payments.stripe_previous_webhook_secret"),
    Key::int("payments.stripe_timeout_ms", 100, 60_000),
    Key::new::<bool>("limits.enabled", Form::Boolean),
    Key::int("limits.client_per_minute", 1, 100_000_000),
    Key::int("limits.user_per_minute", 1, 100_000_000),
    Key::int("limits.public_writes_per_hour", 1, 100_000_000),
    Key::int("limits.failed_tokens_per_minute", 1, 100_000_000),
    Key::secret("visitors.secret"),
    Key::int("visitors.retention_days", 1, 3_650),
    Key::text::<PathBuf>("privacy.ledger_dir"),
    Key::int("privacy.letter_days", 1, 3_650),
    Key::int("privacy.inbox_days", 1, 3_650),
    Key::int("privacy.expired_hold_days", 1, 3_650),
    Key::int("privacy.enquiry_days", 1, 3_650),
    Key::int("bookings.hold_minutes", 1, 1_440),
    Key::int("bookings.request_hours", 1, 168),
    Key::int("bookings.payment_hours", 1, 168),
    Key::int("bookings.live_holds", 1, 100),
    Key::int("bookings.holds_per_day", 1, 1_000),
    Key::int("bookings.live_holds_per_address", 1, 1_000),
    Key::int("bookings.holds_per_address_day", 1, 10_000),
    Key::int("bookings.link_days", 1, 3_650),
    Key::int("bookings.offer_days", 1, 30),
    Key::int("bookings.renewal_days", 0, 180),
    Key::text::<LeadRouting>("leads.routing"),
    Key::text::<Review>("listings.review"),
    Key::int("listings.min_photos", 0, 50),
    Key::int("listings.min_description", 0, 10_000),
    Key::list::<Locale>("listings.required_locales"),
    Key::int("quotes.valid_minutes", 1, 10_080),
    Key::int("quotes.keep_days", 1, 3_650),
    Key::int("quotes.now_percent", 1, 100),
    Key::int("quotes.balance_days", 0, 365),
    Key::int("quotes.round_to", 1, 100_000),
    Key::list::<TaxRule>("quotes.taxes"),
    Key::list::<ListedPort>("outbound.ports"),
    Key::list::<LoopbackAddress>("outbound.permit"),
    Key::text::<ModelProvider>("model.provider"),
    Key::text::<HttpUrl>("model.base_url"),
    Key::secret("model.api_key"),
    Key::text::<Line>("model.name"),
    Key::text::<Line>("model.fallback_name"),
    Key::int("model.timeout_seconds", 1, 600),
    Key::int("model.retries", 0, 5),
    Key::text::<EmbeddingProvider>("embedding.provider"),
    Key::text::<HttpUrl>("embedding.base_url"),
    Key::secret("embedding.api_key"),
    Key::text::<Line>("embedding.name"),
    Key::int("embedding.dimensions", 1, 1_536),
    Key::int("embedding.batch", 1, 2_048),
    Key::int("embedding.timeout_seconds", 1, 600),
    Key::int("embedding.query_timeout_ms", 10, 10_000),
    Key::int("embedding.retries", 0, 5),
    Key::text::<PathBuf>("embedding.folder"),
    Key::int("search.refine_ms", 0, 400),
    Key::int("search.history_days", 0, 3_650),
    Key::text::<AssistantProvider>("assistant.provider"),
    Key::int("assistant.turns_per_day", 1, 10_000),
    Key::int("assistant.person_tokens_per_day", 0, 1_000_000_000),
    Key::int("assistant.tokens_per_day", 0, 1_000_000_000),
    Key::int("assistant.million_tokens_cost", 0, 1_000_000_000),
    Key::int("assistant.history_days", 1, 3_650),
    Key::int("search.meaning_weight", 0, 1_000),
    Key::int("search.words_weight", 0, 1_000),
    Key::int("import.batch_rows", 1, 10_000),
    Key::int("import.max_row_bytes", 1_024, 104_857_600),
];

/// Texts that must be written in the default locale at least.
pub(crate) const NEEDED_TEXTS: [&str; 3] = ["tagline", "seo.title", "seo.description"];

/// The key that `path` names, `tagline.th` included.
pub(crate) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| match key.path.strip_suffix(".*") {
        None => key.path == path,
        Some(section) => path
            .strip_prefix(section)
            .and_then(|rest| rest.strip_prefix('.'))
            .is_some_and(|locale| Locale::parse(locale).is_ok()),
    })
}

/// Whether `path` is a table: a section, or a text in several languages.
pub(crate) fn is_section(path: &str) -> bool {
    KEYS.iter().any(|key| key.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

/// The known key closest to a mistaken one, if any is close.
pub(crate) fn closest(path: &str) -> Option<String> {
    let last = path.rsplit('.').next();
    let locale = last.filter(|last| Locale::parse(last).is_ok()).unwrap_or("en");
    nearest(path, KEYS.iter().map(|key| key.path.replace('*', locale)))
}

/// The known section closest to a mistaken one, if any is close.
pub(crate) fn closest_section(path: &str) -> Option<String> {
    let sections = |key: &Key| {
        key.path.match_indices('.').map(|(dot, _)| key.path[..dot].to_owned()).collect::<Vec<_>>()
    };
    nearest(path, KEYS.iter().flat_map(sections))
}

fn nearest(path: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let close = (path.len() / 3).clamp(1, 3);
    // A key under the wrong section is far in letters and near in meaning.
    let same_name = |known: &str| known.rsplit('.').next() == path.rsplit('.').next();
    known
        .map(|known| (strsim::damerau_levenshtein(&known, path), known))
        .map(|(distance, known)| {
            (if same_name(&known) { distance.min(close) } else { distance }, known)
        })
        .filter(|(distance, _)| *distance <= close)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests;
