//! The statement that finds answers.
//!
//! As for listings, two arms look by words and by the distance of vectors, and what they say is
//! added up. There are hundreds of documents and not a hundred thousand, so both look at all of
//! them. Two things differ:
//! - A document counts by all of its languages together. A question mixes them, and its answer is
//!   the same in each; which one is shown is decided afterwards.
//! - Besides a score, which compares the hits of one answer only, there are two absolute numbers: what
//!   share of the question's words a document has, rare ones weighing more, and how far its nearness
//!   stands out from that of the others. They tell whether it is an answer at all.

use sea_orm::Value;
use terrace_product::{Locale, Locales};

use crate::listings::filters::Conditions;

/// What it counts that a text has a word at all; the rest is where it stands.
const HAS: f64 = 0.5;

/// `ts_rank` of a word that stands once in the heaviest place.
const ONCE: f64 = 0.6079;

/// What an answer counts that is not there in the language asked for.
const FOREIGN: f64 = 0.85;

/// Fewer documents than these are no background for anything to stand out from.
pub(super) const FEW: i64 = 8;

/// A question in the database's terms.
#[derive(Clone, Debug)]
pub(super) struct Question<'a> {
    /// Words to look for, in lower case.
    pub(super) words: &'a [String],
    /// Where the model's vectors are, and what lies near to the question.
    pub(super) vector: Option<(i16, pgvector::Vector)>,
    /// How much each arm counts: meaning, words.
    pub(super) weights: (f64, f64),
    /// Only of this category.
    pub(super) category: Option<&'a str>,
    /// Rows to answer with.
    pub(super) limit: u64,
}

/// The languages to take a text from, best first; whatever else there is comes after them.
pub(super) fn chain(locales: &Locales, locale: &Locale) -> Vec<String> {
    let mut chain = vec![locale.to_string()];
    for other in [locale.language(), locales.default.as_str()] {
        if !chain.iter().any(|one| one == other) {
            chain.push(other.to_owned());
        }
    }
    chain
}

/// The best text of document `d` by a chain of languages, as `t`.
pub(super) fn text(chain: &str) -> String {
    format!(
        "CROSS JOIN LATERAL (SELECT x.locale, x.question, x.answer, x.tags FROM faq_texts x \
            WHERE x.document_id = d.id ORDER BY array_position({chain}::text[], x.locale) NULLS LAST, x.locale \
            LIMIT 1) t"
    )
}

/// The statement and its values.
pub(super) fn statement(
    question: &Question<'_>,
    locales: &Locales,
    locale: &Locale,
) -> (String, Vec<Value>) {
    let mut conditions = Conditions::default();
    conditions.add("d.is_published", []);
    if let Some(category) = question.category {
        conditions.add("d.category = {}", [category.into()]);
    }
    let visible = conditions.sql().to_owned();
    let chain = conditions.bind(chain(locales, locale).into());
    let asked = conditions.bind(locale.language().into());
    let words = conditions.bind(question.words.to_vec().into());
    let near = match &question.vector {
        Some((slot, vector)) => {
            let vector = conditions.bind(vector.clone().into());
            format!(
                "SELECT v.document_id, v.locale, v.chunk_no, \
                    1 - (v.embedding <=> {vector}::vector::halfvec) AS similarity \
                 FROM visible JOIN faq_vectors v USING (document_id, locale, chunk_no) WHERE v.slot = {slot}"
            )
        }
        None => {
            "SELECT NULL::uuid AS document_id, NULL::text AS locale, NULL::smallint AS chunk_no, \
                 NULL::double precision AS similarity WHERE false"
                .to_owned()
        }
    };
    let (by_meaning, by_words) = question.weights;
    let sql = format!(
        "WITH visible AS MATERIALIZED (\
            SELECT c.document_id, c.locale, c.chunk_no, c.words FROM faq_chunks c \
            JOIN faq_documents d ON d.id = c.document_id WHERE {visible}), \
         size AS MATERIALIZED (SELECT greatest(count(DISTINCT document_id), 1)::double precision AS documents FROM visible), \
         known AS MATERIALIZED (SELECT a.nth, l.lexeme, (SELECT count(DISTINCT v.document_id) FROM visible v \
                WHERE v.words @@ quote_literal(l.lexeme)::tsquery) AS documents \
            FROM unnest({words}::text[]) WITH ORDINALITY AS a (word, nth) \
            CROSS JOIN LATERAL (SELECT (ts_lexize('english_stem', a.word))[1] AS lexeme) l WHERE l.lexeme <> ''), \
         terms AS MATERIALIZED (SELECT k.nth, c.word AS corrected, \
                quote_literal(coalesce(c.word, k.lexeme))::tsquery AS query, \
                ln(1 + size.documents / (1 + coalesce(c.documents, k.documents))) AS weight \
            FROM size CROSS JOIN known k LEFT JOIN LATERAL (SELECT w.word, w.documents FROM faq_words w \
                WHERE k.documents = 0 AND length(k.lexeme) >= 4 AND w.word % k.lexeme \
                ORDER BY similarity(w.word, k.lexeme) DESC, w.documents DESC, w.word LIMIT 1) c ON true), \
         said AS MATERIALIZED (SELECT m.document_id, sum(m.weight) / all_terms.weight AS share, \
                sum(m.weight * ({HAS:?} + {:?} * least(1, m.rank / {ONCE:?}))) / all_terms.weight AS worth \
            FROM (SELECT v.document_id, t.nth, t.weight, max(ts_rank('{{0.3,0.5,0.8,1.0}}', v.words, t.query)) AS rank \
                  FROM visible v JOIN terms t ON v.words @@ t.query GROUP BY 1, 2, 3) m \
            CROSS JOIN (SELECT nullif(sum(weight), 0) AS weight FROM terms) all_terms \
            GROUP BY m.document_id, all_terms.weight), \
         near AS MATERIALIZED ({near}), \
         nearest AS MATERIALIZED (SELECT document_id, max(similarity) AS similarity FROM near GROUP BY document_id), \
         background AS MATERIALIZED (SELECT CASE WHEN count(*) >= {FEW} THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY similarity) \
                ELSE 0 END AS similarity, \
                count(*) AS documents, max(similarity) AS highest FROM nearest), \
         scored AS MATERIALIZED (SELECT d.id, n.similarity, coalesce(s.share, 0) AS share, b.documents AS compared, \
                (n.similarity - b.similarity) / nullif(1 - b.similarity, 0) AS standing_out, \
                ({by_meaning:?} * coalesce(greatest(n.similarity - b.similarity, 0) / nullif(b.highest - b.similarity, 0), 0) + \
                 {by_words:?} * coalesce(s.worth, 0)) \
                * CASE WHEN EXISTS (SELECT FROM faq_texts x WHERE x.document_id = d.id \
                    AND split_part(x.locale, '-', 1) = {asked}) THEN 1 ELSE {FOREIGN:?} END AS score \
            FROM (SELECT document_id AS id FROM nearest UNION SELECT document_id FROM said) d \
            CROSS JOIN background b LEFT JOIN nearest n ON n.document_id = d.id LEFT JOIN said s ON s.document_id = d.id), \
         page AS MATERIALIZED (SELECT * FROM scored WHERE score > 0 ORDER BY score DESC, id LIMIT {}) \
         SELECT d.id, d.slug, d.category, t.locale, t.question, t.answer, page.score, page.similarity, page.share, \
            page.standing_out, page.compared, p.passage, \
            (SELECT jsonb_object_agg(t.nth, t.corrected) FROM terms t WHERE t.corrected IS NOT NULL)::text AS corrections \
         FROM page JOIN faq_documents d ON d.id = page.id {} \
         LEFT JOIN LATERAL (SELECT c.passage FROM faq_chunks c \
            LEFT JOIN near n ON n.document_id = c.document_id AND n.locale = c.locale AND n.chunk_no = c.chunk_no \
            WHERE c.document_id = d.id AND c.locale = t.locale AND c.chunk_no > 0 \
            ORDER BY coalesce(n.similarity, 0) + (SELECT coalesce(sum(x.weight) FILTER (WHERE c.words @@ x.query) / nullif(sum(x.weight), 0), 0) FROM terms x) DESC, \
                c.chunk_no LIMIT 1) p ON true \
         ORDER BY page.score DESC, d.id",
        1.0 - HAS,
        question.limit,
        text(&chain),
    );
    (sql, conditions.into_values())
}
