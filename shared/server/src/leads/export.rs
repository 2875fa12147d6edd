//! `GET /leads/export`: a table, written while it is read.

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    http::header::{self, ContentDisposition, DispositionParam, DispositionType},
    web,
};
use futures_util::{Stream, stream};
use uuid::Uuid;

use super::{
    output::ItemRow,
    query::{ExportQuery, Filters, Scope},
    read::{self, After},
};
use crate::{
    app::State,
    db::{Context, Db},
    error::{Error, Result},
    http::{
        auth::{Agent, Origin},
        csv_safe,
        params::Query,
    },
};

/// Leads read at a time.
const PAGE: u64 = 500;

const HEADINGS: [&str; 20] = [
    "reference",
    "created_at",
    "status",
    "lost_reason",
    "kind",
    "name",
    "email",
    "phone",
    "line_id",
    "locale",
    "source",
    "property_slug",
    "property_title",
    "assigned_agent",
    "wished_times",
    "open_tasks",
    "overdue_tasks",
    "next_due_at",
    "updated_at",
    "id",
];

/// Leads as a table (RFC 4180), newest first: an agent's own, or all of them for an admin. A cell
/// that a spreadsheet would run has an apostrophe before it.
#[utoipa::path(
    get, path = "/api/v1/leads/export", operation_id = "export_leads", tag = "leads",
    params(ExportQuery),
    responses((status = 200, body = String, content_type = "text/csv")),
    security(("bearer" = [])),
)]
pub async fn export_leads(
    agent: Agent,
    origin: Origin,
    query: Query<ExportQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let filters = query.0.filters();
    filters.check()?;
    let name = format!("{}-leads.csv", state.profile.id);
    let export = Export {
        filters,
        scope: Scope::of(&agent.0),
        country: state.profile.market.country.to_string(),
        context: origin.0,
        bom: query.0.bom,
    };
    // The first page before the first byte: a refusal is still an answer then.
    let first = export.first(&state.db).await?;
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(name)],
    };
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header(disposition)
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .streaming(pages(state.into_inner(), export, first)))
}

/// What is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Export {
    filters: Filters,
    scope: Scope,
    country: String,
    context: Context,
    bom: bool,
}

/// A piece of the table, and where the next one begins.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Bytes.
    pub(crate) text: Vec<u8>,
    /// Leads in it.
    pub(crate) rows: usize,
    next: Option<After>,
}

impl Export {
    /// All leads, for an operator.
    pub(crate) fn everything(country: String, bom: bool) -> Self {
        Self {
            filters: Filters::default(),
            scope: Scope::All,
            country,
            context: Context::system("leads export"),
            bom,
        }
    }

    /// The first piece, with the headings.
    pub(crate) async fn first(&self, db: &Db) -> Result<Piece> {
        self.page(db, None).await
    }

    async fn page(&self, db: &Db, after: Option<&After>) -> Result<Piece> {
        let is_first = after.is_none();
        let (wanted, after) = (self.clone(), after.cloned());
        let rows = db
            .tx(self.context.clone(), move |tx| {
                let (wanted, after) = (wanted.clone(), after.clone());
                Box::pin(async move {
                    let Self { filters, scope, country, .. } = &wanted;
                    read::rows(tx, filters, scope, country, after.as_ref(), PAGE).await
                })
            })
            .await?;
        let next = match rows.last() {
            Some(last) if rows.len() as u64 == PAGE => Some(After::row(last)),
            _ => None,
        };
        let mut text = Vec::new();
        if is_first && self.bom {
            text.extend_from_slice("\u{feff}".as_bytes());
        }
        let mut table =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(text);
        if is_first {
            table.write_record(HEADINGS).map_err(Error::internal)?;
        }
        let count = rows.len();
        for row in rows {
            table.write_record(cells(row)).map_err(Error::internal)?;
        }
        let text = table.into_inner().map_err(|_| {
            Error::internal(anyhow::anyhow!("a table in memory cannot fail to be written"))
        })?;
        Ok(Piece { text, rows: count, next })
    }

    /// The pieces after the first.
    pub(crate) async fn after(&self, db: &Db, piece: &Piece) -> Result<Option<Piece>> {
        match &piece.next {
            Some(next) => self.page(db, Some(next)).await.map(Some),
            None => Ok(None),
        }
    }
}

fn pages(
    state: Arc<State>,
    export: Export,
    first: Piece,
) -> impl Stream<Item = Result<web::Bytes>> + 'static {
    let begin = (state, export, Some(first));
    stream::try_unfold(begin, |(state, export, piece)| async move {
        let Some(piece) = piece else { return Ok(None) };
        let next = export.after(&state.db, &piece).await?;
        Ok(Some((web::Bytes::from(piece.text), (state, export, next))))
    })
}

fn cells(row: ItemRow) -> [String; 20] {
    let text = |text: Option<String>| csv_safe::cell(&text.unwrap_or_default());
    let time = |time: chrono::DateTime<chrono::Utc>| time.to_rfc3339();
    let ItemRow {
        id,
        reference,
        kind,
        status,
        lost_reason,
        name,
        email,
        phone,
        line_id,
        locale,
        source,
        property_id: _,
        property_slug,
        property_title,
        assigned_agent_id,
        agent_name,
        wished_times,
        open_tasks,
        overdue_tasks,
        next_due_at,
        version: _,
        created_at,
        updated_at,
    } = row;
    let agent = agent_name.or_else(|| assigned_agent_id.as_ref().map(Uuid::to_string));
    let wished: Vec<_> = wished_times.into_iter().map(time).collect();
    [
        csv_safe::cell(&reference),
        time(created_at),
        status,
        lost_reason.unwrap_or_default(),
        kind,
        text(name),
        text(email),
        text(phone),
        text(line_id),
        text(locale),
        csv_safe::cell(&source),
        text(property_slug),
        text(property_title),
        text(agent),
        wished.join(" "),
        open_tasks.to_string(),
        overdue_tasks.to_string(),
        next_due_at.map(time).unwrap_or_default(),
        time(updated_at),
        id.to_string(),
    ]
}
