//! The statements that write documents.

use std::collections::BTreeMap;

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QuerySelect, Value,
};
use serde::Serialize;
use terrace_entity::faq_documents;
use terrace_product::Locales;
use uuid::Uuid;

use super::{
    input::{FaqIn, FaqPatch, FaqText, known_locales, says_something},
    output::{DocumentRow, FaqDocument},
};
use crate::{
    db::statement,
    error::{Code, Error, FieldError, Result},
    http::etag,
    listings::filters::Conditions,
};

const SELECT: &str = "SELECT d.id, d.slug, d.category, d.is_published, d.sort_order, d.review_on, \
        coalesce((SELECT jsonb_object_agg(t.locale, jsonb_build_object('question', t.question, 'answer', t.answer, \
            'tags', t.tags)) FROM faq_texts t WHERE t.document_id = d.id), '{}')::text AS texts, \
        ARRAY(SELECT r.related_id FROM faq_related r WHERE r.document_id = d.id ORDER BY r.sort_order, r.related_id) AS related, \
        d.version, d.created_at, d.updated_at FROM faq_documents d";

/// Documents by slug.
pub(super) fn page(conditions: Conditions, limit: Option<u64>) -> (String, Vec<Value>) {
    let filter = match conditions.sql() {
        "" => String::new(),
        sql => format!(" WHERE {sql}"),
    };
    let limit = limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
    (format!("{SELECT}{filter} ORDER BY d.slug{limit}"), conditions.into_values())
}

pub(super) async fn get(tx: &DatabaseTransaction, id: Uuid) -> Result<FaqDocument> {
    let sql = format!("{SELECT} WHERE d.id = $1");
    let row = tx.query_one_raw(statement(sql, [id.into()])).await?;
    let row = row.ok_or_else(|| Error::not_found("question"))?;
    DocumentRow::from_query_result(&row, "")?.into_document()
}

/// Makes a document.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    locales: &Locales,
    input: FaqIn,
) -> Result<FaqDocument> {
    known_locales(locales, "/texts", input.texts.keys())?;
    says_something(input.is_published, input.texts.len())?;
    let id = Uuid::now_v7();
    let FaqIn { slug, category, is_published, sort_order, review_on, texts, related } = input;
    let row = faq_documents::ActiveModel {
        id: Set(id),
        slug: Set(slug.unwrap_or_else(|| format!("faq-{}", id.simple()))),
        category: Set(category),
        is_published: Set(is_published),
        sort_order: Set(sort_order),
        review_on: Set(review_on),
        ..Default::default()
    };
    faq_documents::Entity::insert(row).exec_without_returning(tx).await.map_err(refused)?;
    put_texts(tx, id, &texts).await?;
    relate(tx, id, &related).await?;
    get(tx, id).await
}

/// Changes a document.
pub(super) async fn change(
    tx: &DatabaseTransaction,
    locales: &Locales,
    id: Uuid,
    seen: i32,
    patch: FaqPatch,
) -> Result<FaqDocument> {
    const REMOVE: &str =
        "DELETE FROM faq_texts WHERE document_id = $1 AND locale = ANY($2::text[])";
    let row = lock(tx, id, seen).await?;
    let FaqPatch { slug, category, is_published, sort_order, review_on, texts, related } = patch;
    let stays_published = is_published.unwrap_or(row.is_published);
    if let Some(texts) = texts {
        let added: BTreeMap<String, FaqText> = texts
            .iter()
            .filter_map(|(locale, text)| Some((locale.clone(), text.clone()?)))
            .collect();
        known_locales(locales, "/texts", added.keys())?;
        let gone: Vec<String> = texts
            .into_iter()
            .filter(|(_, text)| text.is_none())
            .map(|(locale, _)| locale)
            .collect();
        put_texts(tx, id, &added).await?;
        tx.execute_raw(statement(REMOVE, [id.into(), gone.into()])).await?;
    }
    if let Some(related) = related {
        relate(tx, id, &related).await?;
    }
    let change = faq_documents::ActiveModel {
        slug: slug.map_or(NotSet, Set),
        category: category.map_or(NotSet, Set),
        is_published: is_published.map_or(NotSet, Set),
        sort_order: sort_order.map_or(NotSet, Set),
        review_on: review_on.map_or(NotSet, Set),
        version: Set(row.version + 1),
        ..row.into()
    };
    change.update(tx).await.map_err(refused)?;
    let document = get(tx, id).await?;
    says_something(stays_published, document.texts.len())?;
    Ok(document)
}

/// Takes a document away.
pub(super) async fn delete(tx: &DatabaseTransaction, id: Uuid, seen: i32) -> Result<()> {
    lock(tx, id, seen).await?;
    faq_documents::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

async fn lock(tx: &DatabaseTransaction, id: Uuid, seen: i32) -> Result<faq_documents::Model> {
    let row = faq_documents::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let row = row.ok_or_else(|| Error::not_found("question"))?;
    if row.version == seen { Ok(row) } else { Err(etag::stale()) }
}

pub(super) fn refused(error: sea_orm::DbErr) -> Error {
    Error::from(error)
        .on_constraint("faq_documents_slug_key", || {
            let detail = "Another question has this slug.";
            let mut error = Error::new(Code::SlugTaken).with_detail(detail);
            error.fields.push(FieldError::new("/slug", "taken", detail));
            error
        })
        .on_constraint("faq_documents_category_fkey", || {
            Error::field("/category", "unknown", "There is no such category: make it first.")
        })
}

#[derive(Serialize)]
struct TextRow<'a> {
    locale: &'a str,
    question: &'a str,
    answer: &'a str,
    tags: &'a [String],
}

/// Writes texts where they differ from those that are there.
pub(super) async fn put_texts(
    tx: &DatabaseTransaction,
    id: Uuid,
    texts: &BTreeMap<String, FaqText>,
) -> Result<u64> {
    const SQL: &str = "INSERT INTO faq_texts AS old (document_id, locale, question, answer, tags) \
        SELECT $1, n.locale, n.question, n.answer, n.tags \
        FROM jsonb_to_recordset($2::text::jsonb) AS n (locale text, question text, answer text, tags text[]) \
        ON CONFLICT (document_id, locale) DO UPDATE SET question = excluded.question, answer = excluded.answer, \
            tags = excluded.tags \
        WHERE (old.question, old.answer, old.tags) IS DISTINCT FROM (excluded.question, excluded.answer, excluded.tags)";
    if texts.is_empty() {
        return Ok(0);
    }
    let rows: Vec<TextRow<'_>> = texts
        .iter()
        .map(|(locale, FaqText { question, answer, tags })| TextRow {
            locale,
            question,
            answer,
            tags,
        })
        .collect();
    let rows = serde_json::to_string(&rows).map_err(Error::internal)?;
    Ok(tx.execute_raw(statement(SQL, [id.into(), rows.into()])).await?.rows_affected())
}

/// Relates a document to these and no others, in this order; how many rows that changed.
pub(super) async fn relate(tx: &DatabaseTransaction, id: Uuid, related: &[Uuid]) -> Result<u64> {
    const REMOVE: &str =
        "DELETE FROM faq_related WHERE document_id = $1 AND related_id <> ALL($2::uuid[])";
    const ADD: &str = "INSERT INTO faq_related AS old (document_id, related_id, sort_order) \
        SELECT $1, n.id, min(n.nth)::integer FROM unnest($2::uuid[]) WITH ORDINALITY AS n (id, nth) GROUP BY n.id \
        ON CONFLICT (document_id, related_id) DO UPDATE SET sort_order = excluded.sort_order \
        WHERE old.sort_order <> excluded.sort_order";
    if let Some(nth) = related.iter().position(|other| *other == id) {
        let detail = "A question is not related to itself.";
        return Err(Error::field(format!("/related/{nth}"), "invalid", detail));
    }
    let values: [Value; 2] = [id.into(), related.to_vec().into()];
    let removed = tx.execute_raw(statement(REMOVE, values.clone())).await?.rows_affected();
    let added = tx.execute_raw(statement(ADD, values)).await.map_err(|error| {
        Error::from(error).on_constraint("faq_related_related_id_fkey", || {
            Error::field("/related", "unknown", "There is no such question.")
        })
    })?;
    Ok(removed + added.rows_affected())
}

/// Makes a category, or corrects it; whether anything changed. Names in languages that are not given
/// go with `whole`.
pub(super) async fn put_category(
    tx: &DatabaseTransaction,
    slug: &str,
    sort_order: i32,
    names: &BTreeMap<String, String>,
    whole: bool,
) -> Result<bool> {
    const PUT: &str = "INSERT INTO faq_categories AS old (slug, sort_order) VALUES ($1, $2) \
        ON CONFLICT (slug) DO UPDATE SET sort_order = excluded.sort_order \
        WHERE old.sort_order <> excluded.sort_order";
    const NAME: &str = "INSERT INTO faq_category_names AS old (category, locale, name) \
        SELECT $1, n.locale, n.name FROM unnest($2::text[], $3::text[]) AS n (locale, name) \
        ON CONFLICT (category, locale) DO UPDATE SET name = excluded.name WHERE old.name <> excluded.name";
    const FORGET: &str =
        "DELETE FROM faq_category_names WHERE category = $1 AND locale <> ALL($2::text[])";
    let (locales, texts): (Vec<String>, Vec<String>) =
        names.iter().map(|(locale, name)| (locale.clone(), name.trim().to_owned())).unzip();
    let put = tx.execute_raw(statement(PUT, [slug.into(), sort_order.into()])).await?;
    let values = [slug.into(), locales.clone().into(), texts.into()];
    let named = tx.execute_raw(statement(NAME, values)).await?;
    let mut changed = put.rows_affected() + named.rows_affected();
    if whole {
        let forgotten = tx.execute_raw(statement(FORGET, [slug.into(), locales.into()])).await?;
        changed += forgotten.rows_affected();
    }
    Ok(changed > 0)
}
