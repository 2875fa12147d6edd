//! Sending one message.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{mailer::Refusal, message::Draft};
use crate::{
    alerts,
    app::State,
    db::{Context, Db, statement},
    error::{Error, Result},
    jobs::{Failure, Job, doubling},
};

/// Send the message of this row.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct SendMail {
    pub(crate) notification_id: Uuid,
}

impl Job for SendMail {
    const KIND: &'static str = "notification.send";
    const MAX_ATTEMPTS: i32 = 12;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("notification:{}", self.notification_id))
    }

    /// From half a minute to two hours: a day of a mail server's absence.
    fn delay(attempts: u32) -> Duration {
        doubling(attempts, Duration::from_secs(30), Duration::from_secs(7200))
    }

    async fn run(self, state: Arc<State>) -> Result<(), Failure> {
        let id = self.notification_id;
        let Some(taken) = take(&state.db, id).await? else {
            // Sent, refused, or erased: there is nothing left to do.
            return Ok(());
        };
        if taken.status == "unknown" {
            return Err(Failure::Final("it may have been sent by a run that died".to_owned()));
        }
        // A letter may have waited for long; what it tells of may be gone.
        let facts = match taken.template.as_str() {
            alerts::letters::TEMPLATE => {
                alerts::letters::without_what_is_gone(&state.db, taken.facts).await?
            }
            _ => Some(taken.facts),
        };
        let Some(facts) = facts else {
            let reason = "what it tells of is gone";
            return Ok(record(&state.db, id, "refused", Some(reason)).await?);
        };
        let draft = Draft {
            id,
            template: &taken.template,
            locale: &taken.locale,
            recipient: &taken.recipient,
            facts: &facts,
        };
        let message = match state.mailer.write(&state.profile, &draft) {
            Ok(message) => message,
            Err(error) => {
                let reason = format!("it cannot be written: {error:#}");
                record(&state.db, id, "refused", Some(&reason)).await?;
                return Err(Failure::Final(reason));
            }
        };
        match state.mailer.deliver(&draft, message).await {
            Ok(()) => Ok(record(&state.db, id, "sent", None).await?),
            Err(Refusal::NotNow(reason)) => {
                record(&state.db, id, "queued", Some(&reason)).await?;
                Err(Failure::Retry(Error::internal(anyhow::anyhow!(reason))))
            }
            Err(Refusal::Never(reason)) => {
                record(&state.db, id, "refused", Some(&reason)).await?;
                Err(Failure::Final(reason))
            }
            Err(Refusal::Unknown(reason)) => {
                record(&state.db, id, "unknown", Some(&reason)).await?;
                Err(Failure::Final(reason))
            }
        }
    }
}

#[derive(FromQueryResult)]
struct Taken {
    status: String,
    template: String,
    locale: String,
    recipient: String,
    facts: serde_json::Value,
}

/// Marks the message as being sent, committed before it leaves.
async fn take(db: &Db, id: Uuid) -> Result<Option<Taken>> {
    const SQL: &str = "UPDATE notifications SET attempts = attempts + 1, \
                           status = CASE status WHEN 'queued' THEN 'sending' ELSE 'unknown' END::notification_status \
                       WHERE id = $1 AND status IN ('queued', 'sending') \
                       RETURNING status::text, template, locale, recipient, facts";
    db.tx(Context::system("notifications"), move |tx| {
        Box::pin(async move {
            let row = tx.query_one_raw(statement(SQL, [id.into()])).await?;
            Ok(row.map(|row| Taken::from_query_result(&row, "")).transpose()?)
        })
    })
    .await
}

/// Writes down how it ended. A run that was thought dead may still tell that it did send.
async fn record(db: &Db, id: Uuid, status: &'static str, reason: Option<&str>) -> Result<()> {
    const SQL: &str = "UPDATE notifications SET status = $2::notification_status, last_error = left($3, 1000), \
                           sent_at = CASE $2 WHEN 'sent' THEN now() END \
                       WHERE id = $1 AND (status = 'sending' OR status = 'unknown' AND $2 = 'sent')";
    let reason = reason.map(str::to_owned);
    db.tx(Context::system("notifications"), move |tx| {
        let values: [Value; 3] = [id.into(), status.into(), reason.clone().into()];
        Box::pin(async move {
            tx.execute_raw(statement(SQL, values)).await?;
            Ok(())
        })
    })
    .await
}
