//! `GET /admin/faqs/export`, `POST /admin/faqs/import`: all documents as a table, a row for each
//! language, and back.

use actix_web::{
    HttpRequest, HttpResponse,
    dev::Payload,
    http::header::{self, ContentDisposition, DispositionParam, DispositionType},
    web,
};
use sea_orm::DatabaseTransaction;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    filed::put_filed,
    files::FaqImport,
    input::FaqText,
    lines::{HEADINGS, Table, read},
    output::{DocumentRow, FaqDocument},
    store,
};
use crate::{
    app::State,
    db::{Context, Db},
    error::{Code, Error, Result},
    http::{
        auth::{Admin, Origin},
        body, csv_safe,
        params::Query,
    },
    listings::filters::Conditions,
};

/// Bytes of a table.
const LARGEST: usize = 8 << 20;

/// How to write the table.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct FaqExportQuery {
    /// Whether to begin with the mark by which Excel knows UTF-8.
    pub bom: bool,
}

/// How to take the table.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct FaqImportQuery {
    /// Only say what would change.
    pub dry_run: bool,
}

/// All documents as a table (RFC 4180), a row for each language. A cell that a spreadsheet would run
/// has an apostrophe before it, which an import takes off again.
#[utoipa::path(
    get, path = "/api/v1/admin/faqs/export", operation_id = "export_faqs", tag = "faqs",
    params(FaqExportQuery),
    responses((status = 200, body = String, content_type = "text/csv")),
    security(("bearer" = [])),
)]
pub async fn export_faqs(
    _admin: Admin,
    query: Query<FaqExportQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let table = export(&state.db, query.0.bom).await?;
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(format!("{}-faqs.csv", state.profile.id))],
    };
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header(disposition)
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(table))
}

/// All documents, with their texts.
///
/// # Errors
/// Those of the database.
pub(crate) async fn all(db: &Db) -> Result<Vec<FaqDocument>> {
    let (sql, values) = store::page(Conditions::default(), None);
    let rows: Vec<DocumentRow> = db.search().all(sql, values).await?;
    rows.into_iter().map(DocumentRow::into_document).collect()
}

/// The table.
///
/// # Errors
/// Those of the database.
pub(crate) async fn export(db: &Db, bom: bool) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    if bom {
        text.extend_from_slice("\u{feff}".as_bytes());
    }
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(text);
    table.write_record(HEADINGS).map_err(Error::internal)?;
    for document in all(db).await? {
        for (locale, text) in &document.texts {
            let FaqText { question, answer, tags } = text;
            let row = [
                document.slug.clone(),
                document.category.clone(),
                locale.clone(),
                csv_safe::cell(question),
                csv_safe::cell(answer),
                csv_safe::cell(&tags.join(", ")),
                document.is_published.to_string(),
                document.sort_order.to_string(),
                document.review_on.map(|day| day.to_string()).unwrap_or_default(),
            ];
            table.write_record(row).map_err(Error::internal)?;
        }
    }
    table.into_inner().map_err(|_| {
        Error::internal(anyhow::anyhow!("a table in memory cannot fail to be written"))
    })
}

/// Takes such a table: makes what is missing and changes what differs, all of it or nothing.
/// Documents that it does not have stay.
#[utoipa::path(
    post, path = "/api/v1/admin/faqs/import", operation_id = "import_faqs", tag = "faqs",
    params(FaqImportQuery),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = FaqImport)),
    security(("bearer" = [])),
)]
pub async fn import_faqs(
    _admin: Admin,
    origin: Origin,
    query: Query<FaqImportQuery>,
    payload: web::Payload,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let media_type = request.headers().get(header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/csv") {
        return Err(Error::new(Code::UnsupportedMediaType)
            .with_detail("Send the table as `Content-Type: text/csv`."));
    }
    let payload: Payload = payload.into_inner();
    let bytes = body::read(payload, LARGEST).await?;
    let documents = read(&bytes, &state.profile.locales)?;
    let report = import(&state.db, origin.0, documents, query.0.dry_run).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(report))
}

/// Puts documents of a table where they belong.
///
/// # Errors
/// Those of the database.
pub(crate) async fn import(
    db: &Db,
    context: Context,
    documents: Table,
    dry_run: bool,
) -> Result<FaqImport> {
    let imported = db
        .tx(context, move |tx| {
            let documents = documents.clone();
            Box::pin(async move {
                let report = put(tx, &documents).await?;
                // What is only tried is rolled back: the database has judged all of it by then.
                if dry_run { Err(Tried::refusal(report)) } else { Ok(report) }
            })
        })
        .await;
    imported.or_else(Tried::report)
}

/// The report of an import that was only tried, on its way past the rollback.
#[derive(Debug)]
struct Tried(FaqImport);

impl std::fmt::Display for Tried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("only tried")
    }
}

impl std::error::Error for Tried {}

impl Tried {
    fn refusal(report: FaqImport) -> Error {
        Error::internal(Self(report))
    }

    fn report(error: Error) -> Result<FaqImport> {
        match error.cause.as_ref().and_then(|cause| cause.downcast_ref::<Self>()) {
            Some(Self(report)) => Ok(*report),
            None => Err(error),
        }
    }
}

async fn put(tx: &DatabaseTransaction, table: &Table) -> Result<FaqImport> {
    let mut report = FaqImport::default();
    for (line, document) in &table.0 {
        let (_, outcome) = put_filed(tx, document).await.map_err(|error| at_line(*line, error))?;
        report.count(outcome);
    }
    Ok(report)
}

/// The same refusal, of a line.
fn at_line(line: u64, mut error: Error) -> Error {
    for field in &mut error.fields {
        field.pointer = format!("/{line}{}", field.pointer);
    }
    error
}
