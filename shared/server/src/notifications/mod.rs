//! Messages to people: queued in the transaction that causes them, written in the reader's
//! language and the brand's look, sent once.
//!
//! A mail server cannot be asked whether it has a message already. So the row says `sending`
//! before the message leaves; whoever finds it so later does not know whether it left, and marks
//! it `unknown` instead of sending it again. An admin sees it and decides.

pub mod admin;
mod job;
mod mailer;
mod message;
mod recipient;
mod templates;

use sea_orm::ConnectionTrait;
use terrace_product::Profile;
use uuid::Uuid;

pub(crate) use job::SendMail;
pub use mailer::Mailer;
pub(crate) use recipient::Recipient;

use crate::{db::statement, error::Result, jobs, privacy::Private};

/// A message that something causes. What it tells is between us and its reader.
#[derive(Clone)]
pub struct Mail {
    /// The template's name, as in the folder `mail/`.
    pub template: &'static str,
    /// What it is for, such as `lead.created:<id>:auto_reply`: of two messages with one key the
    /// second is not sent.
    pub key: String,
    /// The recipient's address.
    pub to: Private,
    /// The recipient's language; the brand's default where it does not speak it.
    pub locale: String,
    /// The id of what it is about.
    pub about: Uuid,
    /// What the template tells: its variables. `url`, where there is one, becomes the button;
    /// `unsubscribe_url` the address at which a mail program ends such letters.
    pub facts: serde_json::Value,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { template, key, to, locale, about, facts: _ } = self;
        f.debug_struct("Mail")
            .field("template", template)
            .field("key", key)
            .field("to", to)
            .field("locale", locale)
            .field("about", about)
            .finish_non_exhaustive()
    }
}

/// Queues a message in the caller's transaction; says whether it was new.
///
/// # Errors
/// Those of the database.
pub async fn queue(tx: &impl ConnectionTrait, mail: &Mail) -> Result<bool> {
    // Without a conflict target: with one, PostgreSQL wants to read the row that is there, which
    // nobody but staff may.
    const SQL: &str = "INSERT INTO notifications (id, key, template, locale, recipient, subject_id, facts) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    let Mail { template, key, to, locale, about, facts } = mail;
    let id = Uuid::now_v7();
    let values = [
        id.into(),
        key.as_str().into(),
        (*template).into(),
        locale.as_str().into(),
        to.expose().as_str().into(),
        (*about).into(),
        facts.clone().into(),
    ];
    let is_new = tx.execute_raw(statement(SQL, values)).await?.rows_affected() == 1;
    if is_new {
        jobs::enqueue(tx, &SendMail { notification_id: id }).await?;
    }
    Ok(is_new)
}

/// An address of the brand's front end, for links in messages.
#[must_use]
pub fn front_end(profile: &Profile, path: &str) -> String {
    let origin = profile.server.origins.first().map(|origin| origin.as_str()).unwrap_or_default();
    format!("{origin}{path}")
}
