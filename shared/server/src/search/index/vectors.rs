//! The vectors of documents.

use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use terrace_embedding::{Embedding, Failure};
use uuid::Uuid;

use super::{
    embed,
    queue::{Claimed, LISTINGS},
};
use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// A text that has no vector yet, or one of another text.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Lacking {
    property_id: Uuid,
    locale: String,
    content_hash: Vec<u8>,
    content: String,
}

/// Asks the model. Nothing is held meanwhile: no transaction, no lock.
///
/// # Errors
/// Those of the model.
pub(super) async fn make(
    state: &State,
    lacking: Vec<Lacking>,
) -> Result<Vec<(Lacking, Embedding)>, Failure> {
    let texts: Vec<String> = lacking.iter().map(|text| text.content.clone()).collect();
    let vectors = embed(state, &texts).await?;
    Ok(lacking.into_iter().zip(vectors).collect())
}

/// Keeps vectors and takes their listings out of the queue. A vector of a text that has changed
/// meanwhile is dropped: its listing is in the queue anew.
///
/// # Errors
/// Those of the database.
pub(super) async fn write(
    state: &State,
    slot: i16,
    vectors: Vec<(Lacking, Embedding)>,
    claimed: &[Claimed],
) -> Result<()> {
    let claimed = claimed.to_vec();
    let rows: Vec<(Lacking, Value)> = vectors
        .into_iter()
        .map(|(text, vector)| (text, pgvector::Vector::from(vector.into_vec()).into()))
        .collect();
    state
        .db
        .tx(Context::system("search"), move |tx| {
            let (claimed, rows) = (claimed.clone(), rows.clone());
            Box::pin(async move {
                let held = LISTINGS.hold(tx, slot, &claimed).await?;
                if !rows.is_empty() {
                    let (sql, values) = insert(slot, rows);
                    tx.execute_raw(statement(sql, values)).await?;
                }
                LISTINGS.done(tx, slot, held).await
            })
        })
        .await
}

fn insert(slot: i16, rows: Vec<(Lacking, Value)>) -> (String, Vec<Value>) {
    let mut values: Vec<Value> = vec![slot.into()];
    let mut places = Vec::new();
    for (text, vector) in rows {
        let first = values.len() + 1;
        places.push(format!(
            "(${first}::uuid, ${}::text, ${}::bytea, ${}::vector::halfvec)",
            first + 1,
            first + 2,
            first + 3
        ));
        values.extend([
            text.property_id.into(),
            text.locale.into(),
            text.content_hash.into(),
            vector,
        ]);
    }
    let sql = format!(
        "INSERT INTO search_vectors (slot, property_id, locale, content_hash, embedding) \
         SELECT $1, n.property_id, n.locale, n.content_hash, n.embedding \
         FROM (VALUES {}) AS n (property_id, locale, content_hash, embedding) \
         JOIN search_documents d USING (property_id, locale, content_hash) \
         ORDER BY n.property_id, n.locale \
         ON CONFLICT (slot, property_id, locale) DO UPDATE \
            SET content_hash = excluded.content_hash, embedding = excluded.embedding",
        places.join(", ")
    );
    (sql, values)
}
