//! The statement that finds.
//!
//! Two arms look for candidates, each with every filter inside: `near` by the distance of vectors,
//! `said` by words, where a rare word weighs more than a common one and a misspelt one stands for
//! its nearest neighbour. Distances and word scores do not compare, so each is brought to a scale
//! from 0 to 1 before they are added: how near between the farthest and the nearest candidate, and
//! what share of the best one's words. Ranks alone would hide that one hit is far ahead of the next
//! (decision 21).
//!
//! Both arms have two ways, and `narrow` opens one of them. Where few listings match the filters,
//! all of them are compared: an index of vectors would stop before it has found them. Where many
//! do, the index is asked and goes on until enough have passed the filters.

use sea_orm::Value;
use terrace_product::{Locale, Locales};

use crate::listings::{
    filters::{Conditions, ListQuery},
    query::{VISIBLE, cards, chain},
};

/// As many matches are compared one by one; above it the indexes are faster.
pub const NARROW: u64 = 2_500;

/// Candidates that each arm brings.
const CANDIDATES: u64 = 150;

/// Documents with any of the words that are ranked, where the filters are wide.
const RANKED: u64 = 4_000;

/// Characters of a description in which words are shown.
const SHOWN: u32 = 4_000;

/// What it counts that a text has a word at all, beside how often and where.
const HAS: f64 = 0.3;

/// Each arm's scores from 0 to 1. Where all candidates are as far away, each is the nearest.
const NEARNESS: &str = "coalesce((max(distance) OVER () - distance) / \
    nullif(max(distance) OVER () - min(distance) OVER (), 0), 1)";
const SHARE: &str = "coalesce(worth / nullif(max(worth) OVER (), 0), 0)";
const PLACE: &str = "1.0 / nth";

/// A question in the database's terms.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Filters as the list has them.
    pub filters: &'a ListQuery,
    /// What was understood: of each group one must hold.
    pub understood: &'a [Vec<ListQuery>],
    /// Words to look for, in lower case.
    pub words: &'a [String],
    /// Where the model's vectors are, and what lies near to the question.
    pub vector: Option<(i16, pgvector::Vector)>,
    /// How much each arm counts: meaning, words.
    pub weights: (f64, f64),
    /// Rows to answer with.
    pub limit: u64,
    /// Rows to leave out first.
    pub offset: u64,
}

/// Everything that must hold of listings `p`.
fn conditions(question: &Question<'_>) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.add(VISIBLE, []);
    question.filters.apply(&mut conditions);
    for group in question.understood {
        conditions.any_of(group);
    }
    conditions
}

/// How many listings match each of these, counted to the last, in one statement: columns `n0`,
/// `n1` and so on.
#[must_use]
pub fn counts(questions: &[(&ListQuery, &[Vec<ListQuery>])]) -> (String, Vec<Value>) {
    let mut values = Conditions::default();
    let columns: Vec<String> = questions
        .iter()
        .enumerate()
        .map(|(nth, (filters, groups))| {
            let mut parts = vec![VISIBLE.to_owned(), values.aside(std::slice::from_ref(filters))];
            parts.extend(groups.iter().map(|group| values.aside(group)));
            format!("(SELECT count(*) FROM properties p WHERE {}) AS n{nth}", parts.join(" AND "))
        })
        .collect();
    (format!("SELECT {}", columns.join(", ")), values.into_values())
}

/// The statement and its values.
#[must_use]
pub fn statement(
    question: &Question<'_>,
    locales: &Locales,
    locale: &Locale,
) -> (String, Vec<Value>) {
    let mut conditions = conditions(question);
    let filters = conditions.sql().to_owned();
    let candidates = CANDIDATES + question.limit + question.offset;
    let mut arms = Vec::new();
    let mut parts = vec![format!(
        "matching AS MATERIALIZED (SELECT p.id FROM properties p WHERE {filters} LIMIT {}), \
         narrow AS MATERIALIZED (SELECT count(*) AS found, count(*) <= {NARROW} AS yes FROM matching)",
        NARROW + 1
    )];
    let (by_meaning, by_words) = question.weights;
    // What counts nothing is not looked for.
    let vector = question.vector.as_ref().filter(|_| by_meaning > 0.0);
    let words = if by_words > 0.0 { question.words } else { &[] };
    if let Some((slot, vector)) = vector {
        let vector = conditions.bind(vector.clone().into());
        parts.push(near(*slot, &format!("{vector}::vector::halfvec"), &filters, candidates));
        arms.push(("near", NEARNESS, by_meaning));
    }
    let has_words = !words.is_empty();
    let words = if words.is_empty() {
        "NULL::text".to_owned()
    } else {
        let words = conditions.bind(words.to_vec().into());
        parts.push(said(&words, &filters, candidates));
        arms.push(("said", SHARE, by_words));
        "(SELECT array_agg(DISTINCT t.nth ORDER BY t.nth) FROM terms t JOIN search_documents d ON d.property_id = page.id \
          WHERE d.words @@ t.query)::text"
            .to_owned()
    };
    if arms.is_empty() {
        parts.push(format!(
            "listed AS MATERIALIZED (SELECT p.id AS property_id, \
                row_number() OVER (ORDER BY p.listing_priority DESC, p.published_at DESC, p.id DESC) AS nth \
             FROM properties p WHERE {filters} \
             ORDER BY p.listing_priority DESC, p.published_at DESC, p.id DESC LIMIT {candidates})"
        ));
        arms.push(("listed", PLACE, 1.0));
    }
    parts.push(fused(&arms));
    let description = description(&mut conditions, locales, locale);
    let (columns, joins) = cards(&mut conditions, locales, locale);
    let similarity = if vector.is_some() {
        "(SELECT 1 - n.distance FROM near n WHERE n.property_id = page.id)"
    } else {
        "NULL::double precision"
    };
    let corrections = if has_words {
        "(SELECT jsonb_object_agg(t.nth, t.corrected) FROM terms t WHERE t.corrected IS NOT NULL)::text"
    } else {
        "NULL::text"
    };
    let sql = format!(
        "WITH {}, page AS MATERIALIZED (\
            SELECT f.property_id AS id, f.score \
            FROM fused f JOIN properties p ON p.id = f.property_id WHERE {VISIBLE} \
            ORDER BY 2 DESC, p.is_featured DESC, p.listing_priority DESC, p.published_at DESC, p.id \
            LIMIT {} OFFSET {}) \
         SELECT n.found, {corrections} AS corrections, c.* FROM narrow n LEFT JOIN (\
            SELECT {columns}, page.score, {similarity} AS similarity, {words} AS words, \
                {description} AS description \
            FROM page JOIN properties p ON p.id = page.id {joins}) c ON true \
         ORDER BY c.score DESC, c.is_featured DESC, c.listing_priority DESC, c.published_at DESC, c.id",
        parts.join(", "),
        question.limit,
        question.offset,
    );
    (sql, conditions.into_values())
}

/// By meaning. A listing counts once, by its best language.
fn near(slot: i16, vector: &str, filters: &str, candidates: u64) -> String {
    // Twice as many rows: a listing has one in each language.
    let rows = candidates * 2;
    format!(
        "near AS MATERIALIZED (SELECT property_id, min(distance) AS distance FROM (\
            (SELECT v.property_id, v.embedding <=> {vector} AS distance \
             FROM matching m JOIN search_vectors v ON v.slot = {slot} AND v.property_id = m.id \
             WHERE (SELECT yes FROM narrow) ORDER BY 2 LIMIT {rows}) \
            UNION ALL \
            (SELECT v.property_id, v.embedding <=> {vector} AS distance \
             FROM search_vectors v JOIN properties p ON p.id = v.property_id \
             WHERE v.slot = {slot} AND NOT (SELECT yes FROM narrow) AND {filters} \
             ORDER BY v.embedding <=> {vector} LIMIT {rows})) v \
         GROUP BY property_id ORDER BY 2 LIMIT {candidates})"
    )
}

/// By words. A word that no document has is taken for the most similar one that some have. What a
/// word is worth falls with the number of documents that have it; those that very many have find
/// nothing by themselves where the filters are wide, but still count.
fn said(words: &str, filters: &str, candidates: u64) -> String {
    let worth = format!(
        "(SELECT sum(t.weight * ({HAS:?} * (d.words @@ t.query)::int + \
            ts_rank('{{0.2,0.4,0.6,1.0}}', d.words, t.query))) FROM terms t)"
    );
    format!(
        "size AS MATERIALIZED (SELECT greatest(reltuples, 1)::double precision AS documents FROM pg_class \
            WHERE oid = 'public.search_documents'::regclass), \
         lexemes AS MATERIALIZED (SELECT a.nth, (ts_lexize('english_stem', a.word))[1] AS lexeme \
            FROM unnest({words}::text[]) WITH ORDINALITY AS a (word, nth)), \
         terms AS MATERIALIZED (SELECT l.nth, c.word AS corrected, known.documents, \
                (quote_literal(coalesce(c.word, l.lexeme)))::tsquery AS query, \
                ln(1 + size.documents / (1 + coalesce(known.documents, 0))) AS weight \
            FROM size CROSS JOIN lexemes l LEFT JOIN search_words own ON own.word = l.lexeme \
            LEFT JOIN LATERAL (SELECT v.word, v.documents FROM search_words v \
                WHERE own.word IS NULL AND length(l.lexeme) >= 4 AND v.word % l.lexeme \
                ORDER BY similarity(v.word, l.lexeme) DESC, v.documents DESC, v.word LIMIT 1) c ON true \
            CROSS JOIN LATERAL (SELECT coalesce(own.documents, c.documents) AS documents) known \
            WHERE l.lexeme <> ''), \
         question AS MATERIALIZED (SELECT string_agg(query::text, ' | ')::tsquery AS every, \
                string_agg(query::text, ' | ') FILTER (WHERE sofar <= {RANKED} OR place = 1)::tsquery AS rare \
            FROM (SELECT query, row_number() OVER rarest AS place, \
                    sum(coalesce(documents, 0)) OVER rarest AS sofar \
                  FROM terms WINDOW rarest AS (ORDER BY coalesce(documents, 0), nth)) t), \
         said AS MATERIALIZED (SELECT property_id, max(worth) AS worth FROM (\
            (SELECT d.property_id, {worth} AS worth \
             FROM matching m JOIN search_documents d ON d.property_id = m.id \
             WHERE (SELECT yes FROM narrow) AND d.words @@ (SELECT every FROM question)) \
            UNION ALL \
            (SELECT d.property_id, {worth} AS worth FROM (\
                SELECT d.property_id, d.words FROM search_documents d JOIN properties p ON p.id = d.property_id \
                WHERE NOT (SELECT yes FROM narrow) AND d.words @@ (SELECT rare FROM question) AND {filters} \
                LIMIT {RANKED}) d)) d \
         GROUP BY property_id ORDER BY 2 DESC LIMIT {candidates})"
    )
}

/// Adds up what the arms say: each its column from 0 to 1.
fn fused(arms: &[(&str, &str, f64)]) -> String {
    let scores: Vec<String> = arms
        .iter()
        .map(|(arm, score, weight)| {
            format!(
                "SELECT property_id, {weight:?}::double precision * ({score}) AS score FROM {arm}"
            )
        })
        .collect();
    format!(
        "fused AS MATERIALIZED (SELECT property_id, sum(score) AS score FROM ({}) r GROUP BY property_id)",
        scores.join(" UNION ALL ")
    )
}

/// The beginning of a listing's description, in the language asked for where it is there.
fn description(conditions: &mut Conditions, locales: &Locales, locale: &Locale) -> String {
    let chain = chain(locales, locale);
    if chain.is_empty() {
        return format!("left(p.description, {SHOWN})");
    }
    let chain = conditions.bind(chain.into());
    format!(
        "left(coalesce((SELECT x.value FROM property_translations x WHERE x.property_id = p.id \
            AND x.field = 'description' AND x.locale = ANY({chain}::text[]) \
            ORDER BY array_position({chain}::text[], x.locale) LIMIT 1), p.description), {SHOWN})"
    )
}
