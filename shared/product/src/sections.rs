//! The sections of a profile that are plain values.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    locale::{Locale, LocalisedText},
    net::{HttpUrl, ListedPort, LoopbackAddress, Network, Origin, Port},
    text::{AssetPath, Email, Line, Phone},
};

/// Where the HTTP server listens and what it accepts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on.
    pub port: Port,
    /// Where the API is reached from outside.
    pub public_url: Origin,
    /// Front ends that may call from a browser (CORS).
    pub origins: Vec<Origin>,
    /// Largest request body, bytes.
    pub body_limit_bytes: usize,
    /// How long requests in flight may go on after a stop was asked for.
    #[serde(rename = "drain_seconds", deserialize_with = "seconds")]
    pub drain: Duration,
    /// Threads that serve requests.
    pub workers: usize,
    /// Proxies whose forwarded client address is believed.
    pub trusted_proxies: Vec<Network>,
    /// Requests served at the same time; the next one is told to come back.
    pub max_in_flight: usize,
}

/// How people reach the brand.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Address for mail.
    pub email: Email,
    /// Telephone.
    pub phone: Option<Phone>,
    /// LINE account.
    pub line_id: Option<Line>,
    /// Postal address.
    #[serde(default)]
    pub address: LocalisedText,
    /// When somebody answers.
    #[serde(default)]
    pub hours: LocalisedText,
}

/// What search engines and link previews show.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seo {
    /// Title of the front page.
    pub title: LocalisedText,
    /// Description of the front page.
    pub description: LocalisedText,
    /// Picture of link previews.
    pub image: Option<AssetPath>,
    /// Whether search engines are let in.
    pub index: bool,
}

/// How long answers may be reused.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// How long a browser or proxy may reuse a public answer unasked.
    #[serde(rename = "max_age_seconds", deserialize_with = "seconds")]
    pub max_age: Duration,
    /// How long the server reuses a public answer.
    #[serde(rename = "ttl_seconds", deserialize_with = "seconds")]
    pub ttl: Duration,
    /// How old a public answer may be when the database is away.
    #[serde(rename = "stale_seconds", deserialize_with = "seconds")]
    pub stale: Duration,
    /// Answers kept in the process.
    pub entries: u64,
}

/// What the instance writes to its standard output.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// For machines or for people.
    pub format: LogFormat,
    /// The least important line that is written.
    pub level: LogLevel,
}

/// Form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Json,
    Pretty,
}

/// Importance of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    /// The name that log filters understand.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// How background work is done.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    /// Whether the server does it too; otherwise `terrace worker` must run.
    pub in_server: bool,
    /// Jobs under way at once, in each process.
    pub concurrency: usize,
}

/// How many requests a client may send.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Whether clients are held to them.
    pub enabled: bool,
    /// Of one address without a token.
    pub client_per_minute: u32,
    /// Of one person with a token.
    pub user_per_minute: u32,
    /// Writes that anyone may send.
    pub public_writes_per_hour: u32,
    /// Requests with a token that is refused, of one address.
    pub failed_tokens_per_minute: u32,
}

/// People without an account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visitors {
    /// What their tokens and the links in letters are signed with.
    pub secret: SecretString,
    /// Days after which who has not been seen is forgotten, and a token ends.
    pub retention_days: u32,
}

/// How long what is known of people is kept, and who was erased.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    /// The folder of the ledger of those who were erased: outside of what is backed up with the
    /// database.
    pub ledger_dir: PathBuf,
    /// Days after which letters are forgotten.
    pub letter_days: u32,
    /// Days after which what the identity provider delivered loses its content.
    pub inbox_days: u32,
    /// Days after which guests of holds that came to nothing are forgotten.
    pub expired_hold_days: u32,
    /// Days after which people of closed enquiries are forgotten.
    pub enquiry_days: u32,
}

/// How long stays are kept for guests, and how many.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bookings {
    /// How long dates are held for a guest who books at once, until they pay.
    #[serde(rename = "hold_minutes", deserialize_with = "minutes")]
    pub hold: Duration,
    /// How long a host has to answer a request.
    #[serde(rename = "request_hours", deserialize_with = "hours")]
    pub request: Duration,
    /// How long a guest has to pay once their request was granted.
    #[serde(rename = "payment_hours", deserialize_with = "hours")]
    pub payment: Duration,
    /// Holds and requests that one guest may have at once.
    pub live_holds: u32,
    /// Holds and requests that one guest may make in 24 hours.
    pub holds_per_day: u32,
    /// Holds and requests from one address, of guests without an account, at once.
    pub live_holds_per_address: u32,
    /// The same in 24 hours.
    pub holds_per_address_day: u32,
    /// Days after the day of leaving for which the link in a guest's letters opens the booking.
    pub link_days: u32,
    /// Days for which what a host offers a guest stands.
    pub offer_days: u32,
    /// Days before the end of a stay of a month or longer on which another month is offered by
    /// itself; 0 for never.
    pub renewal_days: u32,
}

/// What becomes of enquiries.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leads {
    /// Who gets a new one.
    pub routing: LeadRouting,
}

/// Who gets a new enquiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadRouting {
    /// The agent of the listing that it is about; where there is none, the next in turn.
    ListingAgentThenRoundRobin,
    /// The next in turn.
    RoundRobin,
    /// Nobody: an admin hands them out.
    None,
}

/// What a listing needs before everyone sees it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listings {
    /// Whose listings an admin looks at first.
    pub review: Review,
    /// Pictures, the cover included.
    pub min_photos: usize,
    /// Characters of the description.
    pub min_description: usize,
    /// Languages that its texts must be in, besides the default one.
    pub required_locales: Vec<Locale>,
}

/// Whose listings an admin looks at before everyone sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// Those of agents who are not verified.
    Unverified,
    /// Every agent's.
    Always,
    /// Nobody's.
    Never,
}

/// How a product searches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// How much the model's vectors count in the order of hits, percent.
    pub meaning_weight: u32,
    /// How much the words of the question count, percent. One of the two is more than 0.
    pub words_weight: u32,
    /// Milliseconds that a search waits for the language model to say in plainer words what was not
    /// understood; 0: it is not asked.
    pub refine_ms: u32,
    /// Days for which it is known what was asked; 0: nothing is kept.
    pub history_days: u32,
}

/// Who answers in conversations, and how much of it there may be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assistant {
    /// Who answers.
    pub provider: AssistantProvider,
    /// Questions that one person, or visitor, may ask within 24 hours.
    pub turns_per_day: u32,
    /// Tokens that the model may spend on one person, or visitor, within 24 hours; then the guide answers
    /// them.
    pub person_tokens_per_day: u32,
    /// Tokens that the model may spend within 24 hours; then the guide answers.
    pub tokens_per_day: u32,
    /// What a million tokens costs, minor units of the market's currency; for the admins' summary.
    pub million_tokens_cost: u32,
    /// Days for which a conversation is kept after its last word.
    pub history_days: u32,
}

/// Who answers in conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssistantProvider {
    /// Search, and the brand's own answers: built in, needs nothing.
    Guide,
    /// The language model of `[model]`, held to what it looked up; where it fails, the guide.
    Model,
}

/// Which addresses that people give (of webhooks, say) may be called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbound {
    /// Ports of public addresses.
    pub ports: Vec<ListedPort>,
    /// Addresses of this machine that may be called besides, without TLS.
    pub permit: Vec<LoopbackAddress>,
}

/// What writes drafts, and helps search: a model behind an interface like OpenAI's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Whether there is one.
    pub provider: ModelProvider,
    /// Where it is reached; `/chat/completions` follows.
    pub base_url: HttpUrl,
    /// What opens it; a model of one's own may need none.
    pub api_key: Option<SecretString>,
    /// Its name there; needed where there is a provider.
    pub name: Option<Line>,
    /// Another one there, which answers in conversations where the first is away.
    pub fallback_name: Option<Line>,
    /// How long one answer may take.
    #[serde(rename = "timeout_seconds", deserialize_with = "seconds")]
    pub timeout: Duration,
    /// How often a request that was refused for the moment is sent again before the job waits.
    pub retries: u32,
}

/// The interface that a model is spoken to by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelProvider {
    /// There is no model.
    None,
    /// OpenAI's chat completions, or another's that are like them.
    Openai,
}

/// How listings are read from files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// Rows written in one transaction.
    pub batch_rows: usize,
    /// Longest row, bytes.
    pub max_row_bytes: usize,
}

fn minutes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(|minutes| Duration::from_secs(minutes * 60))
}

fn hours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(|hours| Duration::from_secs(hours * 3_600))
}

pub(crate) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_secs)
}

pub(crate) fn milliseconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}
