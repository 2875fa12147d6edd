//! What was sent, and what was not: for those who run the brand.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use terrace_entity::enums::NotificationStatus;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::SendMail;
use crate::{
    app::State,
    db::statement,
    error::{Code, Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Admin, Origin},
        etag, locale, page,
        params::{AnyOf, Query},
    },
    jobs,
};

/// Which messages.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct NotificationQuery {
    /// queued, sending, sent, refused, unknown; any of them, separated by commas.
    #[param(value_type = Option<String>, example = "refused,unknown")]
    pub status: AnyOf<NotificationStatus>,
    /// Rows of a page, 1..100.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A message.
#[derive(Debug, FromQueryResult, Serialize, ToSchema)]
pub struct NotificationOut {
    /// Its id, which is in its Message-ID too.
    pub id: Uuid,
    /// What it is for.
    #[schema(example = "lead.created:0193b0f6-0000-7000-8000-000000000000:auto_reply")]
    pub key: String,
    /// Its template.
    #[schema(example = "lead_auto_reply")]
    pub template: String,
    /// Its language.
    pub locale: String,
    /// Whom it is to; none once the person is erased.
    pub recipient: Option<String>,
    /// What it is about.
    pub subject_id: Uuid,
    /// queued, sending, sent, refused or unknown (it may have been sent).
    pub status: String,
    /// How often it was tried.
    pub attempts: i32,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was handed over.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it was caused.
    pub created_at: DateTime<Utc>,
}

/// A page of messages, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationList {
    /// The messages.
    pub items: Vec<NotificationOut>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
}

/// Messages to people, newest first.
#[utoipa::path(
    get, path = "/api/v1/admin/notifications", operation_id = "list_notifications", tag = "platform",
    params(NotificationQuery),
    responses((status = 200, body = NotificationList)),
    security(("bearer" = [])),
)]
pub async fn list_notifications(
    _admin: Admin,
    origin: Origin,
    query: Query<NotificationQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    const SQL: &str = "SELECT id, key, template, locale, recipient, subject_id, status::text, attempts, \
                           last_error, sent_at, created_at FROM notifications \
                       WHERE ($1::text[] = '{}' OR status::text = ANY($1)) \
                         AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3)) \
                       ORDER BY created_at DESC, id DESC LIMIT $4";
    let Query(NotificationQuery { status, limit, cursor }) = query;
    let size = page::size(limit)?;
    let list = page::fingerprint(&status);
    let after: Option<(DateTime<Utc>, Uuid)> =
        cursor.map(|cursor| page::decode(&list, &cursor)).transpose()?;
    let names: Vec<String> = status.0.iter().map(|status| status.as_str().to_owned()).collect();
    let (at, id) = after.unzip();
    let values: [Value; 4] = [names.into(), at.into(), id.into(), (size + 1).into()];
    let rows = state
        .db
        .tx(origin.0, move |tx| {
            let statement = statement(SQL, values.clone());
            Box::pin(async move { Ok(tx.query_all_raw(statement).await?) })
        })
        .await?;
    let items: Vec<NotificationOut> = rows
        .iter()
        .map(|row| NotificationOut::from_query_result(row, ""))
        .collect::<Result<_, _>>()?;
    let (items, next_cursor) = page::cut(items, size, &list, |last| (last.created_at, last.id))?;
    let body =
        serde_json::to_vec(&NotificationList { items, next_cursor }).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// Sends a message that was refused, or of which nobody knows, again.
#[utoipa::path(
    post, path = "/api/v1/admin/notifications/{id}/resend", operation_id = "resend_notification",
    tag = "platform",
    params(("id" = Uuid, Path)),
    responses((status = 202)),
    security(("bearer" = [])),
)]
pub async fn resend_notification(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    const UPDATE: &str = "UPDATE notifications SET status = 'queued', last_error = NULL \
                          WHERE id = $1 AND status IN ('refused', 'unknown') AND recipient IS NOT NULL";
    const SELECT: &str = "SELECT status::text AS status FROM notifications WHERE id = $1";
    let id = *id;
    state
        .db
        .tx(origin.0, move |tx| {
            Box::pin(async move {
                if tx.execute_raw(statement(UPDATE, [id.into()])).await?.rows_affected() == 1 {
                    return jobs::enqueue(tx, &SendMail { notification_id: id }).await;
                }
                match tx.query_one_raw(statement(SELECT, [id.into()])).await? {
                    None => Err(Error::not_found("notification")),
                    Some(row) => {
                        let status: String = row.try_get("", "status")?;
                        Err(Error::new(Code::Conflict).with_detail(format!(
                            "It is {status}; only what was refused or is unknown is sent again."
                        )))
                    }
                }
            })
        })
        .await?;
    Ok(HttpResponse::Accepted().finish())
}
