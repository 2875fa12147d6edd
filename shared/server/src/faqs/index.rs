//! Keeps chunks, their words and their vectors in step with what is published.

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use terrace_embedding::Embedding;
use uuid::Uuid;

use super::chunks::cut;
use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
    search::index::{
        Round, embed, failed,
        queue::{Claimed, FAQS},
        segment::spaced,
        vocabulary,
    },
};

/// Part of every hash: another number indexes everything anew.
const FORM: &str = "1";

/// Indexes one batch of documents.
///
/// # Errors
/// Those of the database.
pub(crate) async fn round(state: &State, slot: i16) -> Result<Round> {
    let claimed = FAQS.claim(state, slot).await?;
    if claimed.is_empty() {
        return Ok(Round::Idle);
    }
    let lacking = write(state, slot, &claimed).await?;
    // Few texts: their words are counted at once, so that a misspelt one finds them at once.
    vocabulary::FAQS.recount(state).await?;
    let texts: Vec<String> = lacking.iter().map(|chunk| chunk.content.clone()).collect();
    match embed(state, &texts).await {
        Ok(vectors) => {
            keep(state, slot, lacking.into_iter().zip(vectors), &claimed).await?;
            Ok(Round::Done)
        }
        Err(failure) => failed(state, FAQS, slot, &claimed, failure).await,
    }
}

#[derive(FromQueryResult)]
struct Text {
    document_id: Uuid,
    locale: String,
    question: String,
    answer: String,
    tags: Vec<String>,
}

/// A chunk that has no vector in this slot, or one of another text.
#[derive(Clone, Debug, FromQueryResult)]
struct Lacking {
    document_id: Uuid,
    locale: String,
    chunk_no: i16,
    content_hash: Vec<u8>,
    content: String,
}

/// Writes the chunks of claimed documents, takes away those that are no more, and answers which
/// lack their vector.
async fn write(state: &State, slot: i16, claimed: &[Claimed]) -> Result<Vec<Lacking>> {
    const READ: &str = "SELECT t.document_id, t.locale, t.question, t.answer, t.tags \
        FROM faq_texts t JOIN faq_documents d ON d.id = t.document_id \
        WHERE d.id = ANY($1::uuid[]) AND d.is_published AND t.locale = ANY($2::text[]) \
        ORDER BY t.document_id, t.locale";
    let locales: Vec<String> =
        state.profile.locales.enabled.iter().map(ToString::to_string).collect();
    let claimed = claimed.to_vec();
    state
        .db
        .tx(Context::system("search"), move |tx| {
            let (claimed, locales) = (claimed.clone(), locales.clone());
            Box::pin(async move {
                let held = FAQS.hold(tx, slot, &claimed).await?;
                let values = [held.clone().into(), locales.into()];
                let rows = tx.query_all_raw(statement(READ, values)).await?;
                let texts = rows
                    .iter()
                    .map(|row| Text::from_query_result(row, ""))
                    .collect::<Result<_, _>>()?;
                store(tx, slot, held, texts).await
            })
        })
        .await
}

/// Columns of chunks, side by side.
#[derive(Default)]
struct Columns {
    ids: Vec<Uuid>,
    locales: Vec<String>,
    numbers: Vec<i16>,
    passages: Vec<String>,
    contents: Vec<String>,
    /// Words by weight: question, tags, answer. The question's own are in every chunk's content,
    /// but count once.
    words: [Vec<String>; 3],
}

impl Columns {
    fn of(texts: Vec<Text>) -> Self {
        let mut all = Self::default();
        for Text { document_id, locale, question, answer, tags } in texts {
            for (chunk, number) in cut(&question, &tags, &answer).into_iter().zip(0_i16..) {
                let is_question = number == 0;
                all.ids.push(document_id);
                all.locales.push(locale.clone());
                all.numbers.push(number);
                let [asked, tagged, answered] = &mut all.words;
                asked.push(if is_question { spaced(&question) } else { String::new() });
                tagged.push(if is_question { spaced(&tags.join(" ")) } else { String::new() });
                answered.push(spaced(&chunk.passage));
                all.passages.push(chunk.passage);
                all.contents.push(chunk.content);
            }
        }
        all
    }
}

async fn store(
    tx: &DatabaseTransaction,
    slot: i16,
    held: Vec<Uuid>,
    texts: Vec<Text>,
) -> Result<Vec<Lacking>> {
    const REMOVE: &str = "DELETE FROM faq_chunks c WHERE c.document_id = ANY($1::uuid[]) \
        AND NOT EXISTS (SELECT FROM unnest($2::uuid[], $3::text[], $4::smallint[]) AS n (id, locale, chunk_no) \
            WHERE (n.id, n.locale, n.chunk_no) = (c.document_id, c.locale, c.chunk_no))";
    const WRITE: &str = "WITH new AS (\
            SELECT n.*, sha256(convert_to($10 || concat_ws(E'\\n', n.content, n.a, n.b, n.d), 'UTF8')) AS content_hash \
            FROM unnest($2::uuid[], $3::text[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[]) \
                AS n (document_id, locale, chunk_no, passage, content, a, b, d)), \
        written AS (\
            INSERT INTO faq_chunks AS old (document_id, locale, chunk_no, passage, content, content_hash, words) \
            SELECT document_id, locale, chunk_no, passage, content, content_hash, \
                setweight(to_tsvector('english', a), 'A') || setweight(to_tsvector('english', b), 'B') || \
                setweight(to_tsvector('english', d), 'D') \
            FROM new ORDER BY document_id, locale, chunk_no \
            ON CONFLICT (document_id, locale, chunk_no) DO UPDATE SET passage = excluded.passage, \
                content = excluded.content, content_hash = excluded.content_hash, words = excluded.words \
            WHERE old.content_hash <> excluded.content_hash) \
        SELECT n.document_id, n.locale, n.chunk_no, n.content_hash, n.content FROM new n \
        WHERE NOT EXISTS (SELECT FROM faq_vectors v WHERE v.slot = $1 AND v.document_id = n.document_id \
            AND v.locale = n.locale AND v.chunk_no = n.chunk_no AND v.content_hash = n.content_hash) \
        ORDER BY n.document_id, n.locale, n.chunk_no";
    let Columns { ids, locales, numbers, passages, contents, words } = Columns::of(texts);
    let key: [Value; 3] = [ids.into(), locales.into(), numbers.into()];
    let [asked, tagged, answered] = words;
    let values = std::iter::once(Value::from(held)).chain(key.clone());
    tx.execute_raw(statement(REMOVE, values)).await?;
    let rest: [Value; 6] = [
        passages.into(),
        contents.into(),
        asked.into(),
        tagged.into(),
        answered.into(),
        FORM.into(),
    ];
    let values = std::iter::once(Value::from(slot)).chain(key).chain(rest);
    let rows = tx.query_all_raw(statement(WRITE, values)).await?;
    Ok(rows.iter().map(|row| Lacking::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

/// Keeps vectors and takes their documents out of the queue. A vector of a text that has changed
/// meanwhile is dropped: its document is in the queue anew.
async fn keep(
    state: &State,
    slot: i16,
    made: impl Iterator<Item = (Lacking, Embedding)>,
    claimed: &[Claimed],
) -> Result<()> {
    let (sql, values) = insert(slot, made);
    let claimed = claimed.to_vec();
    state
        .db
        .tx(Context::system("search"), move |tx| {
            let (claimed, sql, values) = (claimed.clone(), sql.clone(), values.clone());
            Box::pin(async move {
                let held = FAQS.hold(tx, slot, &claimed).await?;
                if let Some(sql) = sql {
                    tx.execute_raw(statement(sql, values)).await?;
                }
                FAQS.done(tx, slot, held).await
            })
        })
        .await
}

fn insert(
    slot: i16,
    made: impl Iterator<Item = (Lacking, Embedding)>,
) -> (Option<String>, Vec<Value>) {
    let mut values: Vec<Value> = vec![slot.into()];
    let mut places = Vec::new();
    for (chunk, vector) in made {
        let first = values.len() + 1;
        places.push(format!(
            "(${first}::uuid, ${}::text, ${}::smallint, ${}::bytea, ${}::vector::halfvec)",
            first + 1,
            first + 2,
            first + 3,
            first + 4
        ));
        values.extend([
            chunk.document_id.into(),
            chunk.locale.into(),
            chunk.chunk_no.into(),
            chunk.content_hash.into(),
            pgvector::Vector::from(vector.into_vec()).into(),
        ]);
    }
    if places.is_empty() {
        return (None, values);
    }
    let sql = format!(
        "INSERT INTO faq_vectors (slot, document_id, locale, chunk_no, content_hash, embedding) \
         SELECT $1, n.document_id, n.locale, n.chunk_no, n.content_hash, n.embedding \
         FROM (VALUES {}) AS n (document_id, locale, chunk_no, content_hash, embedding) \
         JOIN faq_chunks c USING (document_id, locale, chunk_no, content_hash) \
         ORDER BY n.document_id, n.locale, n.chunk_no \
         ON CONFLICT (slot, document_id, locale, chunk_no) DO UPDATE \
            SET content_hash = excluded.content_hash, embedding = excluded.embedding",
        places.join(", ")
    );
    (Some(sql), values)
}
