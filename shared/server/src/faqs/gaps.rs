//! `GET /admin/faqs/gaps`, `POST` and `DELETE /admin/faqs/gaps/{id}`: questions that nothing answers.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use garde::Validate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use terrace_product::Locales;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    admin::created,
    input::{FaqIn, FaqText},
    output::FaqDocument,
    store,
};
use crate::{
    app::State,
    db::{Db, statement},
    error::{Code, Error, Result},
    http::{
        auth::{Admin, Origin},
        body::Body,
        page,
        params::Query,
    },
};

/// What a draft says before somebody has written it.
const UNWRITTEN: &str = "…";

/// Which questions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct FaqGapQuery {
    /// Those that were asked in this language.
    pub locale: Option<String>,
    /// Rows at most, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
}

/// A question that nothing answers.
#[derive(Debug, Serialize, FromQueryResult, ToSchema)]
pub struct FaqGap {
    /// Id.
    pub id: Uuid,
    /// The language of the answer that there was none of.
    pub locale: String,
    /// As somebody asked it last; those of the same words are one.
    pub question: String,
    /// How often it was asked.
    pub asked: i32,
    /// When first.
    pub first_at: DateTime<Utc>,
    /// When last.
    pub last_at: DateTime<Utc>,
}

/// Questions that nothing answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqGapList {
    /// Most asked first.
    pub items: Vec<FaqGap>,
}

/// How a question becomes a document.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaqGapIn {
    /// The category of the draft, by its slug.
    #[garde(length(chars, min = 2, max = 60))]
    #[schema(min_length = 2, max_length = 60)]
    pub category: String,
}

/// Questions that nothing answers, most asked first. One that became a draft or was set aside is
/// not among them.
#[utoipa::path(
    get, path = "/api/v1/admin/faqs/gaps", operation_id = "list_faq_gaps", tag = "faqs",
    params(FaqGapQuery),
    responses((status = 200, body = FaqGapList)),
    security(("bearer" = [])),
)]
pub async fn list_faq_gaps(
    _admin: Admin,
    query: Query<FaqGapQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let Query(FaqGapQuery { locale, limit }) = query;
    let items = gaps(&state.db, locale, page::size(limit)?).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(FaqGapList { items }))
}

/// The questions that nothing answers.
///
/// # Errors
/// Those of the database.
pub(crate) async fn gaps(db: &Db, locale: Option<String>, limit: u64) -> Result<Vec<FaqGap>> {
    let sql = format!(
        "SELECT id, locale, question, asked, first_at, last_at FROM faq_gaps \
         WHERE document_id IS NULL AND dismissed_at IS NULL AND ($1::text IS NULL OR locale = $1) \
         ORDER BY asked DESC, id LIMIT {limit}"
    );
    db.read().all(sql, [locale.into()]).await
}

/// Makes a draft of a question that nothing answers, for somebody to write the answer to.
#[utoipa::path(
    post, path = "/api/v1/admin/faqs/gaps/{id}", operation_id = "draft_faq_gap", tag = "faqs",
    params(("id" = Uuid, Path)),
    request_body = FaqGapIn,
    responses((status = 201, body = FaqDocument)),
    security(("bearer" = [])),
)]
pub async fn draft_faq_gap(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<FaqGapIn>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (id, FaqGapIn { category }) = (*id, body.value);
    let locales = state.profile.locales.clone();
    let document = state
        .db
        .tx(origin.0, move |tx| {
            let (locales, category) = (locales.clone(), category.clone());
            Box::pin(async move { draft(tx, &locales, id, category).await })
        })
        .await?;
    Ok(created(&document, state.profile.locales.default.to_string())?.into())
}

async fn draft(
    tx: &DatabaseTransaction,
    locales: &Locales,
    id: Uuid,
    category: String,
) -> Result<FaqDocument> {
    #[derive(FromQueryResult)]
    struct Asked {
        locale: String,
        question: String,
        is_open: bool,
    }
    const LOCK: &str = "SELECT locale, question, document_id IS NULL AND dismissed_at IS NULL AS is_open \
        FROM faq_gaps WHERE id = $1 FOR UPDATE";
    const DRAFTED: &str = "UPDATE faq_gaps SET document_id = $2 WHERE id = $1";
    let row = tx.query_one_raw(statement(LOCK, [id.into()])).await?;
    let row = row.ok_or_else(|| Error::not_found("question"))?;
    let Asked { locale, question, is_open } = Asked::from_query_result(&row, "")?;
    if !is_open {
        return Err(Error::new(Code::WrongState)
            .with_detail("There is a draft of this question already, or it was set aside."));
    }
    let text = FaqText { question, answer: UNWRITTEN.to_owned(), tags: Vec::new() };
    let input = FaqIn {
        slug: None,
        category,
        is_published: false,
        sort_order: 0,
        review_on: None,
        texts: BTreeMap::from([(locale, text)]),
        related: Vec::new(),
    };
    let document = store::insert(tx, locales, input).await?;
    tx.execute_raw(statement(DRAFTED, [id.into(), document.id.into()])).await?;
    Ok(document)
}

/// Sets a question aside: nothing has to answer it.
#[utoipa::path(
    delete, path = "/api/v1/admin/faqs/gaps/{id}", operation_id = "dismiss_faq_gap", tag = "faqs",
    params(("id" = Uuid, Path)),
    responses((status = 204)),
    security(("bearer" = [])),
)]
pub async fn dismiss_faq_gap(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    const SQL: &str =
        "UPDATE faq_gaps SET dismissed_at = coalesce(dismissed_at, now()) WHERE id = $1";
    let id = *id;
    let found = state
        .db
        .tx(origin.0, move |tx| {
            let dismiss = statement(SQL, [id.into()]);
            Box::pin(async move { Ok(tx.execute_raw(dismiss).await?.rows_affected() == 1) })
        })
        .await?;
    if !found {
        return Err(Error::not_found("question"));
    }
    Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}
