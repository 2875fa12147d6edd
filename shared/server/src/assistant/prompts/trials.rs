//! `POST` and `GET /admin/chat/prompts/{id}/trials`: a prompt against the saved questions.

use std::sync::Arc;

use actix_web::{HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::{Deserialize, Serialize};
use terrace_product::AssistantProvider;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    judge::{TrialAnswer, judge},
    store::{self, QuestionIn, Told},
};
use crate::{
    app::State,
    assistant::turn::{self, Turn},
    db::{Context, statement},
    error::{Code, Error, Result},
    http::{
        answer::private,
        auth::{Admin, Origin},
    },
    jobs::{self, Failure, Job},
};

/// Questions that are asked at the same time.
const AT_ONCE: usize = 3;

/// Trials of a prompt that are shown.
const SHOWN: u64 = 5;

/// A trial that runs after so long has died; the longest takes a quarter of it.
const DEAD_AFTER: &str = "interval '30 minutes'";

/// A prompt that was tried with questions.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrialOut {
    /// Its id.
    pub id: Uuid,
    /// The version that is tried.
    pub prompt_id: Uuid,
    /// `running`, `passed` or `failed`.
    #[schema(example = "passed")]
    pub state: String,
    /// How many questions it is tried with.
    pub questions: usize,
    /// How each went, in order; empty while it runs.
    pub answers: Vec<TrialAnswer>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Trials, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrialList {
    /// The trials.
    pub items: Vec<TrialOut>,
}

#[derive(Debug, FromQueryResult)]
struct Row {
    id: Uuid,
    prompt_id: Uuid,
    questions: serde_json::Value,
    state: String,
    answers: serde_json::Value,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, prompt_id, questions, state, answers, created_at, finished_at";

impl Row {
    fn told(self) -> Result<TrialOut> {
        let Self { id, prompt_id, questions, state, answers, created_at, finished_at } = self;
        let questions = questions.as_array().map_or(0, Vec::len);
        let answers = serde_json::from_value(answers).map_err(Error::internal)?;
        Ok(TrialOut { id, prompt_id, state, questions, answers, created_at, finished_at })
    }
}

/// Tries a prompt with the saved questions, in the background. Visitors notice nothing of it, but for
/// what it costs.
#[utoipa::path(
    post, path = "/api/v1/admin/chat/prompts/{id}/trials", operation_id = "try_prompt", tag = "assistant",
    params(("id" = Uuid, Path)),
    responses((status = 202, body = TrialOut)),
    security(("bearer" = [])),
)]
pub async fn try_prompt(
    admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (prompt, by) = (*id, admin.0.user_id);
    if !store::exists(&state.db, prompt).await? {
        return Err(Error::not_found("prompt"));
    }
    if state.profile.assistant.provider != AssistantProvider::Model || state.model.is_none() {
        return Err(Error::new(Code::NoModel)
            .with_detail("The guide answers here, and no prompt changes what it says."));
    }
    let questions = store::questions(&state.db).await?;
    if questions.is_empty() {
        return Err(Error::new(Code::WrongState).with_detail(
            "No questions are saved that it could be tried with: PUT /admin/chat/questions.",
        ));
    }
    let questions = serde_json::to_value(&questions).map_err(Error::internal)?;
    let trial = Uuid::now_v7();
    let begun = state.db.tx(origin.0, move |tx| {
        let questions = questions.clone();
        Box::pin(async move {
            let dead = format!(
                "UPDATE chat_trials SET state = 'failed', finished_at = now() \
                 WHERE prompt_id = $1 AND state = 'running' AND created_at < now() - {DEAD_AFTER}"
            );
            tx.execute_raw(statement(dead, [prompt.into()])).await?;
            let sql = format!(
                "INSERT INTO chat_trials (id, prompt_id, questions, created_by) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (prompt_id) WHERE state = 'running' DO NOTHING RETURNING {COLUMNS}"
            );
            let values = [trial.into(), prompt.into(), questions.into(), by.into()];
            let Some(row) = tx.query_one_raw(statement(sql, values)).await? else {
                return Err(Error::new(Code::WrongState).with_detail("It is being tried just now."));
            };
            jobs::enqueue(tx, &TryPrompt { trial }).await?;
            Row::from_query_result(&row, "")?.told()
        })
    });
    let begun = begun.await?;
    Ok(HttpResponse::Accepted()
        .insert_header((header::LOCATION, format!("/api/v1/admin/chat/prompts/{prompt}/trials")))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(begun))
}

/// The last trials of a prompt, with what was answered.
#[utoipa::path(
    get, path = "/api/v1/admin/chat/prompts/{id}/trials", operation_id = "list_prompt_trials", tag = "assistant",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = TrialList)),
    security(("bearer" = [])),
)]
pub async fn list_prompt_trials(
    _admin: Admin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    if !store::exists(&state.db, *id).await? {
        return Err(Error::not_found("prompt"));
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM chat_trials WHERE prompt_id = $1 ORDER BY created_at DESC, id DESC LIMIT {SHOWN}"
    );
    let rows: Vec<Row> = state.db.read().all(sql, [(*id).into()]).await?;
    let items = rows.into_iter().map(Row::told).collect::<Result<_>>()?;
    Ok(private(&TrialList { items }))
}

/// Try a prompt.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct TryPrompt {
    trial: Uuid,
}

impl Job for TryPrompt {
    const KIND: &'static str = "prompt_trial";
    const AT_ONCE: Option<usize> = Some(1);

    async fn run(self, state: Arc<State>) -> Result<(), Failure> {
        #[derive(FromQueryResult)]
        struct Begun {
            body: String,
            questions: serde_json::Value,
        }
        const SQL: &str = "SELECT p.body, t.questions FROM chat_trials t JOIN chat_prompts p ON p.id = t.prompt_id \
            WHERE t.id = $1 AND t.state = 'running'";
        let begun: Option<Begun> = state.db.read().one(SQL, [self.trial.into()]).await?;
        let Some(Begun { body, questions }) = begun else { return Ok(()) };
        let questions: Vec<QuestionIn> =
            serde_json::from_value(questions).map_err(|error| Failure::Final(error.to_string()))?;
        let off = store::told(&state).await?.off;
        let told = Told { body: Some(body), off };
        let answers: Vec<TrialAnswer> = stream::iter(questions)
            .map(|question| ask(state.clone(), told.clone(), question))
            .buffered(AT_ONCE)
            .collect()
            .await;
        let is_good = answers.iter().all(|answer| answer.is_good);
        let answers = serde_json::to_value(answers).map_err(Error::internal)?;
        let finished = state.db.tx(Context::system("assistant"), move |tx| {
            let answers = answers.clone();
            Box::pin(async move {
                const SQL: &str = "UPDATE chat_trials SET state = $2, answers = $3, finished_at = clock_timestamp() \
                    WHERE id = $1 AND state = 'running'";
                let state = if is_good { "passed" } else { "failed" };
                tx.execute_raw(statement(SQL, [self.trial.into(), state.into(), answers.into()])).await?;
                Ok(())
            })
        });
        Ok(finished.await?)
    }
}

/// Asks as a visitor whom nobody knows.
async fn ask(state: Arc<State>, told: Told, question: QuestionIn) -> TrialAnswer {
    let locales = &state.profile.locales;
    let spoken =
        locales.enabled.iter().find(|one| Some(one.as_str()) == question.locale.as_deref());
    let locale = spoken.unwrap_or(&locales.default).clone();
    let turn = Turn::alone(web::Data::from(state), told, question.text.clone(), locale);
    judge(&question, turn::try_out(&turn).await)
}
