//! Documents as files and tables have them: known by their slugs, made where they are missing and
//! corrected where they differ.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use uuid::Uuid;

use super::{
    input::FaqText,
    store::{put_texts, refused, relate},
};
use crate::{
    db::statement,
    error::{Code, Error, Result},
};

/// A document as a file has it: known by its slug.
#[derive(Clone, Debug)]
pub(super) struct Filed {
    pub(super) slug: String,
    pub(super) category: String,
    /// None: a new one is published, and one that is there stays as it is.
    pub(super) is_published: Option<bool>,
    pub(super) sort_order: i32,
    /// None: stays as it is.
    pub(super) review_on: Option<Option<NaiveDate>>,
    pub(super) texts: BTreeMap<String, FaqText>,
    /// Slugs of related documents; none: they stay as they are.
    pub(super) related: Option<Vec<String>>,
}

/// What became of a document of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Created,
    Updated,
    Unchanged,
}

/// Makes a document, or corrects what differs; related ones are for [`relate_filed`].
pub(super) async fn put_filed(tx: &DatabaseTransaction, filed: &Filed) -> Result<(Uuid, Outcome)> {
    #[derive(FromQueryResult)]
    struct Put {
        id: Uuid,
        is_new: bool,
    }
    const PUT: &str = "INSERT INTO faq_documents AS old (id, slug, category, is_published, sort_order, review_on) \
        VALUES ($1, $2, $3, coalesce($4::boolean, true), $5, $6) \
        ON CONFLICT (slug) DO UPDATE SET category = excluded.category, \
            is_published = coalesce($4::boolean, old.is_published), sort_order = excluded.sort_order, \
            review_on = CASE WHEN $7::boolean THEN excluded.review_on ELSE old.review_on END, version = old.version + 1 \
        WHERE (old.category, old.is_published, old.sort_order, old.review_on) IS DISTINCT FROM (excluded.category, \
            coalesce($4::boolean, old.is_published), excluded.sort_order, \
            CASE WHEN $7::boolean THEN excluded.review_on ELSE old.review_on END) \
        RETURNING id, version = 1 AS is_new";
    const FIND: &str = "SELECT id, false AS is_new FROM faq_documents WHERE slug = $1 FOR UPDATE";
    let values: [Value; 7] = [
        Uuid::now_v7().into(),
        filed.slug.as_str().into(),
        filed.category.as_str().into(),
        filed.is_published.into(),
        filed.sort_order.into(),
        filed.review_on.flatten().into(),
        filed.review_on.is_some().into(),
    ];
    let row = tx.query_one_raw(statement(PUT, values)).await.map_err(refused)?;
    let (row, was_put) = match row {
        Some(row) => (Some(row), true),
        None => (tx.query_one_raw(statement(FIND, [filed.slug.as_str().into()])).await?, false),
    };
    let row = row.ok_or_else(|| Error::new(Code::Conflict))?;
    let Put { id, is_new } = Put::from_query_result(&row, "")?;
    let texts = put_texts(tx, id, &filed.texts).await?;
    let outcome = match (is_new, was_put || texts > 0) {
        (true, _) => Outcome::Created,
        (false, true) => Outcome::Updated,
        (false, false) => Outcome::Unchanged,
    };
    if outcome == Outcome::Updated && !was_put {
        touch(tx, id).await?;
    }
    Ok((id, outcome))
}

/// Relates a document of a file to others, which are all there by now.
///
/// # Errors
/// `422` where there is none of such a slug.
pub(super) async fn relate_filed(
    tx: &DatabaseTransaction,
    id: Uuid,
    slugs: &[String],
) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Option<Uuid>,
        slug: String,
    }
    const FIND: &str = "SELECT d.id, n.slug FROM unnest($1::text[]) WITH ORDINALITY AS n (slug, nth) \
        LEFT JOIN faq_documents d ON d.slug = n.slug ORDER BY n.nth";
    let rows = tx.query_all_raw(statement(FIND, [slugs.to_vec().into()])).await?;
    let mut ids = Vec::new();
    for row in &rows {
        let Found { id, slug } = Found::from_query_result(row, "")?;
        ids.push(id.ok_or_else(|| {
            Error::field("/related", "unknown", format!("There is no question {slug}."))
        })?);
    }
    let changed = relate(tx, id, &ids).await? > 0;
    if changed {
        touch(tx, id).await?;
    }
    Ok(changed)
}

async fn touch(tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    const SQL: &str = "UPDATE faq_documents SET version = version + 1 WHERE id = $1";
    tx.execute_raw(statement(SQL, [id.into()])).await?;
    Ok(())
}
