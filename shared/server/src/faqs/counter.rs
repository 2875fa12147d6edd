//! What becomes of answers, and which questions have none: added up in the process and written from
//! time to time in one statement, so that a read costs no write. A process that dies loses some
//! seconds' worth.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use actix_web::HttpRequest;
use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use terrace_product::Locale;
use uuid::Uuid;

use super::{find::Found, words};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Error, Result},
    search::{
        history::{
            LONGEST,
            buffer::Askers,
            has_opted_out, is_kept,
            personal::{is_personal, normalise},
        },
        index::segment::spaced,
    },
};

/// Questions without an answer that wait at most; of more, the first ones are enough to see what is
/// missing.
const MOST_GAPS: usize = 1_000;

/// What one document has been.
#[derive(Clone, Copy, Debug, Default)]
struct Document {
    matched: i32,
    viewed: i32,
    helpful: i32,
    unhelpful: i32,
}

/// Questions of one language.
#[derive(Clone, Copy, Debug, Default)]
struct Searches {
    searches: i32,
    no_answer: i32,
}

/// A question that nothing answers: as it was asked, and its words with spaces between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Gap {
    locale: String,
    question: String,
    words: String,
}

#[derive(Debug, Default)]
struct Waiting {
    documents: HashMap<Uuid, Document>,
    searches: HashMap<String, Searches>,
    gaps: HashMap<Gap, i32>,
}

impl Waiting {
    fn miss(&mut self, gap: Gap, asked: i32) {
        if self.gaps.len() < MOST_GAPS || self.gaps.contains_key(&gap) {
            add(self.gaps.entry(gap).or_default(), asked);
        }
    }
}

/// What this process has counted and not written down yet.
#[derive(Debug, Default)]
pub struct FaqCounter {
    waiting: Mutex<Waiting>,
    raters: Askers,
}

impl FaqCounter {
    /// Somebody has opened a document.
    pub(super) fn viewed(&self, id: Uuid) {
        add(&mut self.waiting().documents.entry(id).or_default().viewed, 1);
    }

    /// Somebody says whether an answer helped; once a day for each client and document.
    pub(super) fn rated(&self, day: NaiveDate, id: Uuid, client: Option<String>, helpful: bool) {
        if self.raters.is_repeat(day, &(id, client)) {
            return;
        }
        let mut waiting = self.waiting();
        let document = waiting.documents.entry(id).or_default();
        add(if helpful { &mut document.helpful } else { &mut document.unhelpful }, 1);
    }

    fn searched(&self, locale: &Locale, answer: Option<Uuid>, gap: Option<Gap>) {
        let mut waiting = self.waiting();
        let counted = waiting.searches.entry(locale.to_string()).or_default();
        add(&mut counted.searches, 1);
        add(&mut counted.no_answer, i32::from(answer.is_none()));
        if let Some(id) = answer {
            add(&mut waiting.documents.entry(id).or_default().matched, 1);
        }
        if let Some(gap) = gap {
            waiting.miss(gap, 1);
        }
    }

    fn take(&self) -> Waiting {
        std::mem::take(&mut *self.waiting())
    }

    /// Takes back what could not be written.
    fn put_back(&self, taken: Waiting) {
        let mut waiting = self.waiting();
        for (id, counted) in taken.documents {
            let sum = waiting.documents.entry(id).or_default();
            add(&mut sum.matched, counted.matched);
            add(&mut sum.viewed, counted.viewed);
            add(&mut sum.helpful, counted.helpful);
            add(&mut sum.unhelpful, counted.unhelpful);
        }
        for (locale, counted) in taken.searches {
            let sum = waiting.searches.entry(locale).or_default();
            add(&mut sum.searches, counted.searches);
            add(&mut sum.no_answer, counted.no_answer);
        }
        for (gap, asked) in taken.gaps {
            waiting.miss(gap, asked);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(sum: &mut i32, more: i32) {
    *sum = sum.saturating_add(more);
}

/// Counts a search. Its words are kept only where nothing answers it, where the brand remembers
/// searches at all, and where they say nothing of anybody.
pub(super) fn searched(
    state: &State,
    request: &HttpRequest,
    query: &str,
    locale: &Locale,
    found: &Found,
) {
    let answer = found.rows.first().filter(|_| found.confident).map(|row| row.id);
    metrics::counter!("terrace_faq_searches_total",
        "answered" => if answer.is_some() { "yes" } else { "no" })
    .increment(1);
    // While the model is away, more seems to be missing than is.
    let is_telling = answer.is_none()
        && !found.degraded
        && is_kept(state)
        && !has_opted_out(request.headers())
        && query.chars().count() <= LONGEST
        && !is_personal(query);
    let gap = is_telling.then(|| Gap {
        locale: locale.to_string(),
        question: query.split_whitespace().collect::<Vec<_>>().join(" "),
        words: spaced(&words::of(&normalise(query)).join(" ")),
    });
    state.faqs.searched(locale, answer, gap);
}

#[derive(Serialize)]
struct DocumentRow {
    id: Uuid,
    matched: i32,
    viewed: i32,
    helpful: i32,
    unhelpful: i32,
}

#[derive(Serialize)]
struct SearchesRow {
    locale: String,
    searches: i32,
    no_answer: i32,
}

#[derive(Serialize)]
struct GapRow {
    id: Uuid,
    locale: String,
    question: String,
    words: String,
    asked: i32,
}

/// In the order of their keys: instances that write at once do not wait for each other in a circle.
/// Questions of the same stems are one; one that was set aside stays so, and goes on being counted.
const SQL: &str = "WITH days AS (\
        INSERT INTO faq_days AS old (document_id, day, matched, viewed, helpful, unhelpful) \
        SELECT d.id, (now() AT TIME ZONE 'UTC')::date, n.matched, n.viewed, n.helpful, n.unhelpful \
        FROM jsonb_to_recordset($1::text::jsonb) AS n (id uuid, matched integer, viewed integer, helpful integer, unhelpful integer) \
        JOIN faq_documents d ON d.id = n.id ORDER BY d.id \
        ON CONFLICT (document_id, day) DO UPDATE SET matched = old.matched + excluded.matched, \
            viewed = old.viewed + excluded.viewed, helpful = old.helpful + excluded.helpful, \
            unhelpful = old.unhelpful + excluded.unhelpful), \
    searches AS (\
        INSERT INTO faq_search_days AS old (day, locale, searches, no_answer) \
        SELECT (now() AT TIME ZONE 'UTC')::date, n.locale, n.searches, n.no_answer \
        FROM jsonb_to_recordset($2::text::jsonb) AS n (locale text, searches integer, no_answer integer) ORDER BY n.locale \
        ON CONFLICT (day, locale) DO UPDATE SET searches = old.searches + excluded.searches, \
            no_answer = old.no_answer + excluded.no_answer) \
    INSERT INTO faq_gaps AS old (id, locale, words, question, asked) \
    SELECT (array_agg(n.id ORDER BY n.id DESC))[1], n.locale, n.stems, (array_agg(n.question ORDER BY n.id DESC))[1], sum(n.asked)::integer \
    FROM (SELECT g.*, left(array_to_string(tsvector_to_array(to_tsvector('english', g.words)), ' '), 400) AS stems \
          FROM jsonb_to_recordset($3::text::jsonb) AS g (id uuid, locale text, question text, words text, asked integer)) n \
    WHERE n.stems <> '' GROUP BY n.locale, n.stems ORDER BY n.locale, n.stems \
    ON CONFLICT (locale, words) DO UPDATE SET asked = old.asked + excluded.asked, question = excluded.question, last_at = now()";

/// Writes down what has been counted since the last time.
///
/// # Errors
/// Those of the database; what could not be written waits for the next round.
pub async fn flush(state: &State) -> Result<()> {
    let taken = state.faqs.take();
    if taken.documents.is_empty() && taken.searches.is_empty() {
        return Ok(());
    }
    let written = write(state, &taken).await;
    if written.is_err() {
        state.faqs.put_back(taken);
    }
    written
}

async fn write(state: &State, taken: &Waiting) -> Result<()> {
    let documents = taken.documents.iter().map(|(id, counted)| {
        let Document { matched, viewed, helpful, unhelpful } = *counted;
        DocumentRow { id: *id, matched, viewed, helpful, unhelpful }
    });
    let searches = taken.searches.iter().map(|(locale, counted)| {
        let Searches { searches, no_answer } = *counted;
        SearchesRow { locale: locale.clone(), searches, no_answer }
    });
    let gaps = taken.gaps.iter().map(|(gap, asked)| {
        let Gap { locale, question, words } = gap.clone();
        GapRow { id: Uuid::now_v7(), locale, question, words, asked: *asked }
    });
    let values = [
        json(documents.collect::<Vec<_>>())?,
        json(searches.collect::<Vec<_>>())?,
        json(gaps.collect::<Vec<_>>())?,
    ];
    state
        .db
        .tx(Context::system("faq counts"), move |tx| {
            let values = values.clone().map(sea_orm::Value::from);
            Box::pin(async move { Ok(tx.execute_raw(statement(SQL, values)).await.map(drop)?) })
        })
        .await
}

fn json(rows: impl Serialize) -> Result<String> {
    serde_json::to_string(&rows).map_err(Error::internal)
}
