//! Listings whose titles have what has been typed, in whichever language.
//!
//! How many titles have the letters is not known before they are looked for, and an index of
//! trigrams hands out all of them before the first is seen: a word of every title would cost as
//! much as the whole table. So the statement goes in steps, and the later ones are not taken
//! where the earlier have found enough:
//!
//! 1. titles that begin so, in the order of an index;
//! 2. the listings that a list would show first, of which a common word finds enough. `OFFSET 0`
//!    holds the planner to that order: it takes a common word for a rare one, and would begin with
//!    every title that has it;
//! 3. all titles by their trigrams: a word that step 2 did not find often is none of many;
//! 4. where nothing was found, the words that may have been misspelt, by the words of the index.

use std::fmt::Write;

use sea_orm::{FromQueryResult, Value};
use terrace_product::{Locale, Locales};
use terrace_understanding::Language;

use super::{
    letters::{Fit, fit, marks},
    names::property_type,
    output::{Kind, Proposal, Suggestion},
};
use crate::listings::{
    filters::Conditions,
    query::{VISIBLE, chain, translated},
};

/// Words that are looked for; whoever has typed more has typed enough.
const MOST_WORDS: usize = 6;

/// Listings of the second step.
const FOREMOST: u32 = 300;

/// Titles that a step brings.
const MOST_TITLES: u32 = 60;

/// Documents with a corrected word that are looked at.
const MOST_CORRECTED: u32 = 2_000;

/// Below so many letters a mistake is indistinguishable from another word.
const CORRECTED_FROM: u32 = 4;

/// What parts the words of a title, beside the space.
const SIGNS: &str = "-/(),.:;&+\"'";

/// Ranks: as for names, and last what was found only by correcting it.
const BEGINS: u8 = 1;
const WITHIN: u8 = 2;
const CORRECTED: u8 = 4;

#[derive(Debug, FromQueryResult)]
pub(super) struct Row {
    title: String,
    slug: String,
    property_type: String,
    province: Option<String>,
    district: Option<String>,
    corrected: Option<String>,
}

/// The statement and its values; none where there is no letter to look for.
pub(super) fn statement(
    typed: &str,
    words: &[String],
    limit: usize,
    locales: &Locales,
    locale: &Locale,
) -> Option<(String, Vec<Value>)> {
    let words = words.get(..words.len().min(MOST_WORDS)).filter(|words| !words.is_empty())?;
    let mut values = Conditions::default();
    let begins = values.bind(format!("{}%", literal(&typed.to_lowercase())).into());
    let language = values.bind(locale.as_str().into());
    let has_all = has(&mut values, words);
    // Two letters have no trigram, and the index would be read whole.
    let by_trigrams = words.iter().any(|word| word.chars().count() >= 3);
    let holding = if by_trigrams { "(SELECT count(*) FROM foremost) < {limit}" } else { "false" };
    let holding = holding.replace("{limit}", &limit.to_string());
    let corrected = correcting(&mut values, words);
    // Several may be called alike.
    let rows = limit * 3;
    let translated = translated(
        &mut values,
        chain(locales, locale),
        &["location_province", "location_district"],
    );
    let order = "p.listing_priority DESC, p.published_at DESC, p.id DESC";
    let sql = format!(
        "WITH beginning AS MATERIALIZED (\
            SELECT property_id, locale, title FROM search_documents WHERE lower(title) COLLATE \"C\" LIKE {begins} \
            ORDER BY lower(title) COLLATE \"C\" LIMIT {MOST_TITLES}), \
        foremost AS MATERIALIZED (\
            SELECT d.property_id, d.locale, d.title FROM (\
                SELECT p.id FROM properties p WHERE {VISIBLE} ORDER BY {order} LIMIT {FOREMOST}) p \
            CROSS JOIN LATERAL (SELECT * FROM search_documents d WHERE d.property_id = p.id OFFSET 0) d \
            WHERE {has_all} LIMIT {MOST_TITLES}), \
        holding AS MATERIALIZED (\
            SELECT d.property_id, d.locale, d.title FROM search_documents d WHERE {holding} AND {has_all}), \
        found AS MATERIALIZED (\
            SELECT * FROM beginning UNION ALL SELECT * FROM foremost \
            UNION ALL (SELECT * FROM holding LIMIT {MOST_TITLES})), \
        {corrected}, \
        titles AS (\
            SELECT DISTINCT ON (property_id) property_id, title, lower(title) COLLATE \"C\" LIKE {begins} AS begins \
            FROM (SELECT * FROM found UNION ALL SELECT * FROM nearly) t \
            ORDER BY property_id, begins DESC, locale = {language} DESC, locale), \
        page AS MATERIALIZED (\
            SELECT p.id, t.title, t.begins FROM titles t JOIN properties p ON p.id = t.property_id WHERE {VISIBLE} \
            ORDER BY t.begins DESC, {order} LIMIT {rows}) \
        SELECT page.title, p.slug, p.property_type::text, coalesce(t.location_province, p.province) AS province, \
            coalesce(t.location_district, p.district) AS district, (SELECT words FROM meant) AS corrected \
        FROM page JOIN properties p ON p.id = page.id {translated} ORDER BY page.begins DESC, {order}"
    );
    Some((sql, values.into_values()))
}

/// A text that stands for itself in a pattern.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// A title has every word; those of scripts with spaces from the beginning of one of its own on.
/// The first half is what the index knows.
fn has(values: &mut Conditions, words: &[String]) -> String {
    let mut sql = String::from("(true");
    for word in words {
        let inside = values.bind(format!("%{word}%").into());
        // Writing to a String cannot fail.
        let _ = write!(sql, " AND lower(d.title) LIKE {inside}");
        if word.is_ascii() {
            let spaces = " ".repeat(SIGNS.len());
            let signs = SIGNS.replace('\'', "''");
            let begun = values.bind(format!("% {word}%").into());
            let _ = write!(
                sql,
                " AND translate(' ' || lower(d.title), '{signs}', '{spaces}') LIKE {begun}"
            );
        }
    }
    sql + ")"
}

/// Where nothing has been found: the words of the index that are most similar to those typed, and
/// the titles that have them. `%` asks for three trigrams in ten, which one letter amiss in a word
/// of eight leaves. The last word may be unfinished.
fn correcting(values: &mut Conditions, words: &[String]) -> String {
    let last = words.len();
    let words = values.bind(words.to_vec().into());
    format!(
        "known AS MATERIALIZED (\
            SELECT a.nth, coalesce(own.word, near.word) AS word FROM unnest({words}::text[]) WITH ORDINALITY AS a (word, nth) \
            CROSS JOIN LATERAL (SELECT coalesce((ts_lexize('english_stem', a.word))[1], '') AS lexeme) l \
            LEFT JOIN search_words own ON own.word = l.lexeme \
            LEFT JOIN LATERAL (SELECT v.word FROM search_words v \
                WHERE own.word IS NULL AND length(a.word) >= {CORRECTED_FROM} AND v.word % a.word \
                ORDER BY similarity(v.word, a.word) DESC, v.documents DESC, v.word LIMIT 1) near ON true \
            WHERE l.lexeme <> '' AND NOT EXISTS (SELECT FROM found)), \
        meant AS MATERIALIZED (\
            SELECT string_agg(quote_literal(word) || CASE WHEN nth = {last} THEN ':*' ELSE '' END, ' & ')::tsquery AS anywhere, \
                string_agg(quote_literal(word) || ':' || CASE WHEN nth = {last} THEN '*A' ELSE 'A' END, ' & ')::tsquery AS in_title, \
                string_agg(word, ' ' ORDER BY nth) AS words \
            FROM known HAVING bool_and(word IS NOT NULL)), \
        nearly AS MATERIALIZED (\
            SELECT d.property_id, d.locale, d.title FROM (\
                SELECT property_id, locale, title, words FROM search_documents \
                WHERE words @@ (SELECT anywhere FROM meant) LIMIT {MOST_CORRECTED}) d \
            WHERE d.words @@ (SELECT in_title FROM meant) LIMIT {MOST_TITLES})"
    )
}

impl Row {
    pub(super) fn into_proposal(
        self,
        nth: usize,
        typed: &str,
        words: &[String],
        language: Language,
    ) -> Proposal {
        let (rank, highlight) = match (&self.corrected, fit(&self.title, typed)) {
            (Some(corrected), _) => {
                let meant: Vec<String> = corrected.split(' ').map(str::to_owned).collect();
                (CORRECTED, marks(&self.title, &meant))
            }
            (None, Some((Fit::Whole | Fit::Beginning, mark))) => (BEGINS, vec![mark]),
            (None, _) => (WITHIN, marks(&self.title, words)),
        };
        let kind = self.property_type.parse().ok().map(|kind| {
            let named = property_type(kind);
            match language {
                Language::En => named.one,
                Language::Th => named.thai,
            }
        });
        let place = [self.district, self.province].into_iter().flatten();
        let detail: Vec<String> = kind.map(str::to_owned).into_iter().chain(place).collect();
        let suggestion = Suggestion {
            highlight,
            detail: Some(detail.join(" · ")),
            slug: Some(self.slug),
            ..Suggestion::new(Kind::Listing, self.title)
        };
        Proposal { rank, nth, suggestion }
    }
}
