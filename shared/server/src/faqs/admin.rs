//! `GET /admin/faqs`, `POST`, `GET`, `PATCH` and `DELETE /admin/faqs/{id}`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag},
    web,
};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    input::{FaqIn, FaqPatch, OfCategory, known_locales},
    output::{DocumentRow, FaqDocument, FaqDocumentList},
    store,
};
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        auth::{Admin, Origin},
        body::Body,
        etag,
        idempotency::{Answer, AnswerHeaders, IdempotencyKey},
        page,
        params::Query,
    },
    listings::filters::Conditions,
};

/// Which documents.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct FaqDocumentQuery {
    /// Words of a question, in any language.
    #[param(max_length = 100)]
    pub q: Option<String>,
    /// Those of this category.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, max_length = 60)]
    pub category: Option<OfCategory>,
    /// Whether everyone sees them.
    pub is_published: Option<bool>,
    /// Those that have no text in this language.
    pub missing: Option<String>,
    /// Those that somebody should have read again by today.
    pub is_due: Option<bool>,
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Documents by slug, drafts too, with all their texts.
#[utoipa::path(
    get, path = "/api/v1/admin/faqs", operation_id = "list_faq_documents", tag = "faqs",
    params(FaqDocumentQuery),
    responses((status = 200, body = FaqDocumentList)),
    security(("bearer" = [])),
)]
pub async fn list_faq_documents(
    _admin: Admin,
    query: Query<FaqDocumentQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let Query(FaqDocumentQuery { q, category, is_published, missing, is_due, limit, cursor }) =
        query;
    let size = page::size(limit)?;
    let list = page::fingerprint(&("faqs", &q, &category, is_published, &missing, is_due));
    let after: Option<String> = cursor.map(|cursor| page::decode(&list, &cursor)).transpose()?;
    let mut conditions = Conditions::default();
    if let Some(q) = q {
        let sql =
            "EXISTS (SELECT FROM faq_texts t WHERE t.document_id = d.id AND t.question ILIKE {})";
        conditions.add(sql, [crate::people::pattern(&q)?.into()]);
    }
    if let Some(OfCategory(category)) = category {
        conditions.add("d.category = {}", [category.into()]);
    }
    if let Some(is_published) = is_published {
        conditions.add("d.is_published = {}", [is_published.into()]);
    }
    if let Some(missing) = missing {
        known_locales(&state.profile.locales, "", [&missing])
            .map_err(|_| Error::parameter("missing", "Must be a language of the brand."))?;
        let sql =
            "NOT EXISTS (SELECT FROM faq_texts t WHERE t.document_id = d.id AND t.locale = {})";
        conditions.add(sql, [missing.into()]);
    }
    if let Some(is_due) = is_due {
        let sql = "coalesce(d.review_on <= (now() AT TIME ZONE 'UTC')::date, false) = {}";
        conditions.add(sql, [is_due.into()]);
    }
    if let Some(after) = after {
        // A cursor comes from outside, and the database keeps no such text.
        conditions.add("d.slug > {}", [after.replace('\0', "").into()]);
    }
    let (sql, values) = store::page(conditions, Some(size + 1));
    let rows: Vec<DocumentRow> = state.db.search().all(sql, values).await?;
    let (rows, next_cursor) = page::cut(rows, size, &list, |last| last.slug.clone())?;
    let items = rows.into_iter().map(DocumentRow::into_document).collect::<Result<_>>()?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(FaqDocumentList { items, next_cursor }))
}

fn tag(document: &FaqDocument) -> EntityTag {
    EntityTag::new_strong(document.version.to_string())
}

fn shown(document: &FaqDocument) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ETag(tag(document)))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(document)
}

/// Makes a document.
#[utoipa::path(
    post, path = "/api/v1/admin/faqs", operation_id = "create_faq", tag = "faqs",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same answer, and the effect once")),
    request_body = FaqIn,
    responses((status = 201, body = FaqDocument)),
    security(("bearer" = [])),
)]
pub async fn create_faq(
    admin: Admin,
    origin: Origin,
    key: IdempotencyKey,
    body: Body<FaqIn>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let claim = key.claim("create_faq", &admin.0, body.digest);
    let input = body.value;
    let locales = state.profile.locales.clone();
    let answer = state
        .db
        .tx(origin.0, move |tx| {
            let (claim, input, locales) = (claim.clone(), input.clone(), locales.clone());
            Box::pin(async move {
                if let Some(claim) = &claim
                    && let Some(answer) = claim.take(tx).await?
                {
                    return Ok(answer);
                }
                let document = store::insert(tx, &locales, input).await?;
                let answer = created(&document, locales.default.to_string())?;
                if let Some(claim) = &claim {
                    claim.keep(tx, &answer).await?;
                }
                Ok(answer)
            })
        })
        .await?;
    Ok(answer.into())
}

pub(super) fn created(document: &FaqDocument, language: String) -> Result<Answer> {
    Ok(Answer {
        status: 201,
        body: serde_json::to_string(document).map_err(Error::internal)?,
        headers: AnswerHeaders {
            etag: tag(document).to_string(),
            location: format!("/api/v1/admin/faqs/{}", document.id),
            language,
        },
        replayed: false,
    })
}

/// One document, drafts too, with all its texts.
#[utoipa::path(
    get, path = "/api/v1/admin/faqs/{id}", operation_id = "get_faq_document", tag = "faqs",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = FaqDocument)),
    security(("bearer" = [])),
)]
pub async fn get_faq_document(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let id = *id;
    let document =
        state.db.tx(origin.0, move |tx| Box::pin(async move { store::get(tx, id).await })).await?;
    Ok(shown(&document))
}

/// Changes a document. What is published is found by its new words within a second.
#[utoipa::path(
    patch, path = "/api/v1/admin/faqs/{id}", operation_id = "update_faq", tag = "faqs",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    request_body = FaqPatch,
    responses((status = 200, body = FaqDocument)),
    security(("bearer" = [])),
)]
pub async fn update_faq(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<FaqPatch>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, seen, patch) = (*id, etag::seen_version(&request)?, body.value);
    let locales = state.profile.locales.clone();
    let document = state
        .db
        .tx(origin.0, move |tx| {
            let (patch, locales) = (patch.clone(), locales.clone());
            Box::pin(async move { store::change(tx, &locales, id, seen, patch).await })
        })
        .await?;
    Ok(shown(&document))
}

/// Takes a document away, with what was counted of it.
#[utoipa::path(
    delete, path = "/api/v1/admin/faqs/{id}", operation_id = "delete_faq", tag = "faqs",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 204)),
    security(("bearer" = [])),
)]
pub async fn delete_faq(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, seen) = (*id, etag::seen_version(&request)?);
    state
        .db
        .tx(origin.0, move |tx| Box::pin(async move { store::delete(tx, id, seen).await }))
        .await?;
    Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}
