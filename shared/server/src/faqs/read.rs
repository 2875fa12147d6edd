//! `GET /faqs`, `GET /faqs/{id or slug}`, `GET /faqs/categories`.

use actix_web::{HttpRequest, HttpResponse, web};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use terrace_product::Locale;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    input::OfCategory,
    output::{FaqCategory, FaqCategoryList, FaqLink, FaqList, FaqOut, ItemRow},
    statement::{chain, text},
};
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale, page,
        params::Query,
    },
    listings::filters::Conditions,
};

/// Which questions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct FaqQuery {
    /// Those of this category, by its slug.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, max_length = 60)]
    pub category: Option<OfCategory>,
    /// Language of the texts.
    pub locale: Option<String>,
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// The language of an answer.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct FaqLocaleQuery {
    /// Language of the texts.
    pub locale: Option<String>,
}

/// Where a list goes on: the place of the category, its slug, the place within it, the slug.
#[derive(Deserialize, Serialize)]
struct After(i32, String, i32, String);

const COLUMNS: &str = "d.id, d.slug, d.category, t.locale, t.question, t.answer, t.tags, d.updated_at, \
    c.sort_order AS category_order, d.sort_order";

/// Questions with their answers, by category. Texts that are not there in the language asked for
/// are in the nearest one that is.
#[utoipa::path(
    get, path = "/api/v1/faqs", operation_id = "list_faqs", tag = "faqs",
    params(FaqQuery),
    responses((status = 200, body = FaqList)),
    security(()),
)]
pub async fn list_faqs(
    query: Query<FaqQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(FaqQuery { category, locale: asked, limit, cursor }) = query;
    let locale = locale::negotiate(&state.profile, asked.as_deref(), &request)?;
    let size = page::size(limit)?;
    let list = page::fingerprint(&("faqs", &category));
    let after: Option<After> = cursor.map(|cursor| page::decode(&list, &cursor)).transpose()?;
    let mut conditions = Conditions::default();
    conditions.add("d.is_published", []);
    if let Some(OfCategory(category)) = category {
        conditions.add("d.category = {}", [category.into()]);
    }
    if let Some(After(category_order, category, order, slug)) = after {
        // A cursor comes from outside, and the database keeps no such text.
        let [category, slug] = [category, slug].map(|text| text.replace('\0', ""));
        conditions.add(
            "(c.sort_order, c.slug, d.sort_order, d.slug) > ({}, {}, {}, {})",
            [category_order.into(), category.into(), order.into(), slug.into()],
        );
    }
    let chain = conditions.bind(chain(&state.profile.locales, &locale).into());
    let sql = format!(
        "SELECT {COLUMNS} FROM faq_documents d JOIN faq_categories c ON c.slug = d.category {} \
         WHERE {} ORDER BY c.sort_order, c.slug, d.sort_order, d.slug LIMIT {}",
        text(&chain),
        conditions.sql(),
        size + 1
    );
    let rows: Vec<ItemRow> = state.db.search().all(sql, conditions.into_values()).await?;
    let (rows, next_cursor) = page::cut(rows, size, &list, |last| {
        After(last.category_order, last.category.clone(), last.sort_order, last.slug.clone())
    })?;
    let items = rows.into_iter().map(ItemRow::into_item).collect();
    respond(&request, &locale, &FaqList { items, next_cursor })
}

#[derive(FromQueryResult)]
struct Whole {
    #[sea_orm(nested)]
    item: ItemRow,
    languages: Vec<String>,
    related: String,
}

/// One question with its answer, by id or slug.
#[utoipa::path(
    get, path = "/api/v1/faqs/{id}", operation_id = "get_faq", tag = "faqs",
    params(("key" = String, Path, description = "Id or slug"), FaqLocaleQuery),
    responses((status = 200, body = FaqOut)),
    security(()),
)]
pub async fn get_faq(
    key: web::Path<String>,
    query: Query<FaqLocaleQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let locale = locale::negotiate(&state.profile, query.0.locale.as_deref(), &request)?;
    let mut conditions = Conditions::default();
    conditions.add("d.is_published", []);
    match Uuid::parse_str(&key) {
        Ok(id) => conditions.add("d.id = {}", [id.into()]),
        Err(_) => conditions.add("d.slug = {}", [key.replace('\0', "").into()]),
    }
    let chain = conditions.bind(chain(&state.profile.locales, &locale).into());
    let sql = format!(
        "SELECT {COLUMNS}, ARRAY(SELECT x.locale FROM faq_texts x WHERE x.document_id = d.id ORDER BY 1) AS languages, \
            coalesce((SELECT jsonb_agg(jsonb_build_object('id', o.id, 'slug', o.slug, 'question', o.question) \
                ORDER BY o.sort_order, o.id) \
             FROM (SELECT d.id, d.slug, t.question, r.sort_order FROM faq_related r \
                   JOIN faq_documents d ON d.id = r.related_id AND d.is_published {text} \
                   WHERE r.document_id = whole.id) o), '[]')::text AS related \
         FROM faq_documents whole JOIN faq_documents d ON d.id = whole.id \
         JOIN faq_categories c ON c.slug = d.category {text} WHERE {}",
        conditions.sql(),
        text = text(&chain),
    );
    let row: Option<Whole> = state.db.read().one(sql, conditions.into_values()).await?;
    let Whole { item, languages, related } = row.ok_or_else(|| Error::not_found("question"))?;
    let related: Vec<FaqLink> = serde_json::from_str(&related).map_err(Error::internal)?;
    state.faqs.viewed(item.id);
    let item = item.into_item();
    respond(&request, &locale, &FaqOut { item, languages, related })
}

#[derive(FromQueryResult)]
struct CategoryRow {
    slug: String,
    name: Option<String>,
    documents: i64,
}

/// Categories in their order: those with something in them.
#[utoipa::path(
    get, path = "/api/v1/faqs/categories", operation_id = "list_faq_categories", tag = "faqs",
    params(FaqLocaleQuery),
    responses((status = 200, body = FaqCategoryList)),
    security(()),
)]
pub async fn list_faq_categories(
    query: Query<FaqLocaleQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    const SQL: &str = "SELECT c.slug, (SELECT n.name FROM faq_category_names n WHERE n.category = c.slug \
            ORDER BY array_position($1::text[], n.locale) NULLS LAST, n.locale LIMIT 1) AS name, d.documents \
        FROM faq_categories c JOIN (SELECT category, count(*) AS documents FROM faq_documents \
            WHERE is_published GROUP BY category) d ON d.category = c.slug ORDER BY c.sort_order, c.slug";
    let locale = locale::negotiate(&state.profile, query.0.locale.as_deref(), &request)?;
    let chain = chain(&state.profile.locales, &locale);
    let rows: Vec<CategoryRow> = state.db.read().all(SQL, [chain.into()]).await?;
    let items = rows
        .into_iter()
        .map(|CategoryRow { slug, name, documents }| FaqCategory {
            name: name.unwrap_or_else(|| slug.clone()),
            slug,
            documents,
        })
        .collect();
    respond(&request, &locale, &FaqCategoryList { items })
}

fn respond(request: &HttpRequest, locale: &Locale, out: &impl Serialize) -> Result<HttpResponse> {
    let body = serde_json::to_vec(out).map_err(Error::internal)?;
    Ok(answer(request, etag::of_bytes(&body), body, locale, Reuse::AfterAsking))
}
