//! Who changed what, as the database's own trail has it.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Admin, Origin},
        etag, locale, page,
        params::{Moment, Query},
    },
};

/// Which part of the trail.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Who did it.
    pub actor: Option<Uuid>,
    /// In which table.
    #[param(example = "properties")]
    pub table_name: Option<String>,
    /// To which row: its id; for a row of a listing's texts `id/locale`.
    pub row_id: Option<String>,
    /// insert, update or delete.
    pub action: Option<Action>,
    /// From this moment on (RFC 3339).
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Moment>,
    /// Before this moment (RFC 3339).
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Moment>,
    /// Entries at once, 1..100.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What was done to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AuditAction)]
pub enum Action {
    /// Made.
    Insert,
    /// Changed.
    Update,
    /// Taken away.
    Delete,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Actor {
    /// `users.id`.
    pub id: Uuid,
    /// What they are called, if they still have a name here.
    pub name: Option<String>,
}

/// An entry of the trail.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditItem {
    /// Its number.
    pub id: i64,
    /// When the change's transaction began.
    pub at: DateTime<Utc>,
    /// Who did it; none for the platform itself.
    pub actor: Option<Actor>,
    /// The request that did it, or the name of the command.
    pub request_id: Option<String>,
    /// In which table.
    pub table_name: String,
    /// To which row.
    pub row_id: String,
    /// What.
    #[schema(value_type = Action)]
    pub action: String,
    /// The row before; of an update what was changed. Personal data is `[redacted]`.
    #[schema(value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    /// The row after; of an update what was changed. Personal data is `[redacted]`.
    #[schema(value_type = Option<Object>)]
    pub after: Option<serde_json::Value>,
}

/// A page of the trail, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditOut {
    /// Its entries.
    pub items: Vec<AuditItem>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
}

#[derive(Debug, FromQueryResult)]
struct Row {
    id: i64,
    at: DateTime<Utc>,
    actor: Option<Uuid>,
    name: Option<String>,
    request_id: Option<String>,
    table_name: String,
    row_id: String,
    action: String,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
}

/// Who changed what, the newest first.
#[utoipa::path(
    get, path = "/api/v1/admin/audit", operation_id = "list_audit", tag = "platform",
    params(AuditQuery),
    responses((status = 200, body = AuditOut)),
    security(("bearer" = [])),
)]
pub async fn list_audit(
    _admin: Admin,
    origin: Origin,
    query: Query<AuditQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(query) = query;
    let size = page::size(query.limit)?;
    let AuditQuery { actor, table_name, row_id, action, from, to, .. } = &query;
    let list = page::fingerprint(&(actor, table_name, row_id, action, from, to));
    let (sql, values) = audit_statement(&query)?;
    let rows: Vec<Row> = state
        .db
        .tx(origin.0, move |tx| {
            let statement = statement(sql.clone(), values.clone());
            Box::pin(async move {
                let rows = tx.query_all_raw(statement).await?;
                Ok(rows
                    .iter()
                    .map(|row| Row::from_query_result(row, ""))
                    .collect::<Result<_, _>>()?)
            })
        })
        .await?;
    let (rows, next_cursor) = page::cut(rows, size, &list, |row| row.id)?;
    let items = rows.into_iter().map(Row::into_item).collect();
    let body = serde_json::to_vec(&AuditOut { items, next_cursor }).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// The one statement behind a page; public so that a test can look at its plan.
///
/// # Errors
/// `400` for a page size or a cursor that cannot be.
#[doc(hidden)]
pub fn audit_statement(query: &AuditQuery) -> Result<(String, Vec<Value>)> {
    let AuditQuery { actor, table_name, row_id, action, from, to, limit, cursor } = query;
    let size = page::size(*limit)?;
    let list = page::fingerprint(&(actor, table_name, row_id, action, from, to));
    let before: Option<i64> =
        cursor.as_deref().map(|cursor| page::decode(&list, cursor)).transpose()?;
    let mut values: Vec<Value> = Vec::new();
    let mut sql = String::from("true");
    let mut narrow = |condition: &str, value: Option<Value>| {
        if let Some(value) = value {
            values.push(value);
            sql = format!("{sql} AND {condition} ${}", values.len());
        }
    };
    narrow("a.actor =", actor.map(Into::into));
    narrow("a.table_name =", table_name.as_deref().map(Into::into));
    narrow("a.row_id =", row_id.as_deref().map(Into::into));
    narrow("a.action =", action.map(|action| action.name().into()));
    narrow("a.at >=", from.map(|Moment(from)| from.into()));
    narrow("a.at <", to.map(|Moment(to)| to.into()));
    narrow("a.id <", before.map(Into::into));
    let sql = format!(
        "WITH page AS (SELECT a.* FROM audit_log a WHERE {sql} ORDER BY a.id DESC LIMIT {}) \
         SELECT a.id, a.at, a.actor, u.display_name AS name, a.request_id, a.table_name, a.row_id, \
           a.action, a.before, a.after \
         FROM page a LEFT JOIN users u ON u.id = a.actor ORDER BY a.id DESC",
        size + 1
    );
    Ok((sql, values))
}

impl Row {
    fn into_item(self) -> AuditItem {
        let Self { id, at, actor, name, request_id, table_name, row_id, action, before, after } =
            self;
        AuditItem {
            id,
            at,
            actor: actor.map(|id| Actor { id, name }),
            request_id,
            table_name,
            row_id,
            action,
            before,
            after,
        }
    }
}
