//! The door for writes and for personal data.

use std::{future::Future, pin::Pin, time::Duration};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, FromQueryResult, TransactionTrait,
    Value,
};
use uuid::Uuid;

use super::{Db, Protection, read::statement};
use crate::error::{Error, Result, unavailable};

/// Deadlocks and serialisation failures are the database's way of saying "again, please".
const ATTEMPTS: u32 = 3;

/// How long somebody who asked waits for their transaction. The role's own timeouts (locks 2 s,
/// statements 5 s) end whatever a living server does; beyond them it is frozen.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who acts and for which request. Row-level security and the audit trail read it from the
/// transaction's settings.
#[derive(Clone, Debug)]
pub struct Context {
    /// The acting person; none for visitors and for the platform itself.
    pub user_id: Option<Uuid>,
    /// The visitor whose lists it is about, if it is about any.
    pub visitor_id: Option<Uuid>,
    /// The booking that whoever has no account holds the link to.
    pub booking_id: Option<Uuid>,
    /// `anonymous`, `user`, `agent`, `admin` or `system`.
    pub role: &'static str,
    /// The request's id, or the name of the command.
    pub request_id: String,
    /// Whether nobody waits for the outcome: such work may be long. A request stays a request,
    /// also where it acts with the platform's rights.
    pub is_background: bool,
}

impl Context {
    /// The platform itself: commands of an operator, background work.
    pub fn system(request_id: impl Into<String>) -> Self {
        Self {
            user_id: None,
            visitor_id: None,
            booking_id: None,
            role: "system",
            request_id: request_id.into(),
            is_background: true,
        }
    }
}

/// The future of one run of a transaction's work.
pub type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 't>>;

impl Db {
    /// Runs `work` in one transaction: commits what it did if it returns Ok, rolls back if not.
    ///
    /// The work may run more than once: after a deadlock or a serialisation failure it is tried
    /// again, up to three times. It therefore keeps its hands off the outside world.
    ///
    /// # Errors
    /// What `work` returned; `503` when the database is away, stays busy, or answers nothing for
    /// ten seconds.
    pub async fn tx<T, F>(&self, context: Context, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T> + Send + Sync + 'static,
    {
        let connection = self.transactions.clone();
        let is_background = context.is_background;
        let run = async move { with_retries(&connection, &context, &work).await };
        match self.protection {
            Protection::Spawned => {
                let task = tokio::spawn(tracing::Instrument::in_current_span(run));
                // Background work has nobody waiting, and may be long.
                let ended = match is_background {
                    true => task.await,
                    // The task goes on: it ends with the connection, one way or the other.
                    false => {
                        tokio::time::timeout(PATIENCE, task).await.map_err(|_| unanswered())?
                    }
                };
                ended.map_err(|error| {
                    Error::internal(anyhow::anyhow!("a transaction died: {error}"))
                })?
            }
            Protection::None => run.await,
        }
    }
}

impl Db {
    /// The rows of a query by which the platform looks at what is its own and under row-level
    /// security: its queue, the addresses that it knows by a secret. It asks with the platform's
    /// rights, so what somebody is to see of it is for the caller to decide.
    ///
    /// # Errors
    /// Those of [`Db::tx`].
    pub(crate) async fn platform_rows<T: FromQueryResult + Send + 'static>(
        &self,
        asking: &str,
        sql: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>> {
        // Somebody waits for it.
        let context = Context { is_background: false, ..Context::system(asking) };
        let statement = statement(sql, values);
        self.tx(context, move |tx| {
            let statement = statement.clone();
            Box::pin(async move {
                let rows = tx.query_all_raw(statement).await?;
                Ok(rows
                    .iter()
                    .map(|row| T::from_query_result(row, ""))
                    .collect::<Result<_, _>>()?)
            })
        })
        .await
    }
}

/// Whether it was done is not known: only the same request, with the same key, finds out.
fn unanswered() -> Error {
    unavailable("the database does not answer").with_detail(
        "The database does not answer, and whether the change was made is not known. Repeat the \
         request with the same Idempotency-Key, or read before you repeat it.",
    )
}

async fn with_retries<T, F>(
    connection: &DatabaseConnection,
    context: &Context,
    work: &F,
) -> Result<T>
where
    F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T>,
{
    let mut attempt = 1;
    loop {
        let result = once(connection, context, work).await;
        match &result {
            Err(error) if attempt < ATTEMPTS && is_transient(error) => {
                metrics::counter!("terrace_db_transaction_retries_total").increment(1);
                // Spread the contenders; the wait is far below the budget of a request.
                let jitter = u64::from(Uuid::new_v4().as_bytes()[0]) % 20;
                tokio::time::sleep(Duration::from_millis(u64::from(attempt) * 10 + jitter)).await;
                attempt += 1;
            }
            _ => return result,
        }
    }
}

fn is_transient(error: &Error) -> bool {
    error
        .database
        .as_ref()
        .is_some_and(|refusal| matches!(refusal.sqlstate.as_str(), "40P01" | "40001"))
}

async fn once<T, F>(connection: &DatabaseConnection, context: &Context, work: &F) -> Result<T>
where
    F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T>,
{
    let transaction = connection.begin().await?;
    identify(&transaction, context).await?;
    match work(&transaction).await {
        Ok(value) => {
            transaction.commit().await?;
            Ok(value)
        }
        Err(error) => {
            // Awaited, not left to Drop: the connection goes back clean. Where even the rollback
            // fails the connection is broken and the pool throws it away.
            if let Err(rollback) = transaction.rollback().await {
                tracing::warn!(error = %Error::from(rollback), "rollback failed");
            }
            Err(error)
        }
    }
}

/// Settings local to the transaction: they end with it, so that the pool's next borrower never
/// inherits an identity.
async fn identify(transaction: &DatabaseTransaction, context: &Context) -> Result<()> {
    let user_id = context.user_id.map(|id| id.to_string()).unwrap_or_default();
    let visitor_id = context.visitor_id.map(|id| id.to_string()).unwrap_or_default();
    let booking_id = context.booking_id.map(|id| id.to_string()).unwrap_or_default();
    let sql = "SELECT set_config('app.user_id', $1, true), set_config('app.role', $2, true), \
               set_config('app.request_id', $3, true), set_config('app.visitor_id', $4, true), \
               set_config('app.booking_id', $5, true)";
    let values = [
        user_id.into(),
        context.role.into(),
        context.request_id.clone().into(),
        visitor_id.into(),
        booking_id.into(),
    ];
    transaction.execute_raw(statement(sql, values)).await?;
    Ok(())
}
