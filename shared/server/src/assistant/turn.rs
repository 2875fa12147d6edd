//! Making one answer.
//!
//! A turn runs in a task of its own, so that a connection that breaks loses nothing, and ends when
//! nobody has been reading for a while. However it ends, the answer is closed in the database and a
//! last event is written.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::web::Data;
use terrace_product::{AssistantProvider, Locale};
use uuid::Uuid;

use super::{
    events::Event,
    guide,
    log::Log,
    memory::{self, Remembered},
    messages::shown,
    model::{self, Heard, Saying},
    output::{Citation, OfferedDraft},
    phrases::{OFFER, WITH_SOMEBODY, asks_for_a_person, say},
    pieces,
    prompts::{self, Told},
    receipts::Checker,
    store::{self, Finished, Message, Parts},
    tools::{self, Answer as Found, Asker, Draft, Refusal},
};
use crate::{app::State, error::Result, http::auth::Caller, jobs, listings::read, quotes};

/// Calls of tools within one answer.
const MOST_CALLS: usize = 6;

/// Nobody looks longer at an answer in which nothing happens, however busy the model may be.
const IDLE: Duration = Duration::from_secs(7);

/// However long a model goes on, the guide takes over after so long,
const PATIENCE: Duration = Duration::from_secs(25);
/// and an answer ends.
const LONGEST: Duration = Duration::from_secs(40);

/// Listings that an answer shows.
const MOST_CARDS: usize = 6;

/// What an answer is made of.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) answer: Uuid,
    /// The question.
    pub(super) text: String,
    /// What was said before, the oldest first.
    pub(super) before: Vec<Message>,
    pub(super) is_handed_over: bool,
    pub(super) state: Data<State>,
    pub(super) caller: Option<Caller>,
    pub(super) visitor: Option<Uuid>,
    /// What the model is told, and may do.
    pub(super) told: Told,
    /// The language of the answer.
    pub(super) locale: Locale,
    pub(super) log: Arc<Log>,
}

impl Turn {
    /// A question that nobody asks: of nobody's, in no conversation, read by none.
    pub(super) fn alone(state: Data<State>, told: Told, text: String, locale: Locale) -> Self {
        Self {
            answer: Uuid::nil(),
            text,
            before: Vec::new(),
            is_handed_over: false,
            state,
            caller: None,
            visitor: None,
            told,
            locale,
            log: Arc::new(Log::new()),
        }
    }

    fn asker(&self) -> Asker<'_> {
        Asker { caller: self.caller.as_ref(), visitor: self.visitor, locale: self.locale.clone() }
    }
}

/// The event of an answer that ended in the midst.
pub(super) fn lost(message_id: Uuid) -> Event {
    Event::Error {
        message_id,
        code: "unavailable",
        detail: "The answer could not be made. Please ask again.",
    }
}

/// Makes the answer and closes it.
pub(super) async fn make(turn: Turn) {
    let begun = Instant::now();
    let mut answer = Answer::new(&turn);
    let made = tokio::select! {
        made = tokio::time::timeout(LONGEST, answer.make()) => made.is_ok(),
        () = turn.log.deserted() => false,
    };
    let finished = answer.finished(made);
    metrics::counter!("terrace_assistant_answers_total", "by" => answer.by(), "state" => finished.state).increment(1);
    metrics::histogram!("terrace_assistant_answer_seconds").record(begun.elapsed().as_secs_f64());
    if let Some(first) = answer.first {
        metrics::histogram!("terrace_assistant_first_token_seconds", "by" => answer.by())
            .record(first.as_secs_f64());
    }
    let tokens = u64::try_from(finished.tokens).unwrap_or_default();
    metrics::counter!("terrace_assistant_tokens_total").increment(tokens);
    let event = match close(&turn, finished).await {
        Ok(event) => event,
        Err(error) => {
            tracing::warn!(%error, "an answer could not be closed");
            lost(turn.answer)
        }
    };
    turn.log.push(event);
}

/// An answer that nobody asked for, as far as it is judged.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) content: String,
    /// The tools that were called, in order.
    pub(super) tools: Vec<&'static str>,
    /// Whether the model made all of it.
    pub(super) is_by_model: bool,
    pub(super) blocked: i32,
    pub(super) tokens: i32,
    pub(super) first_ms: Option<i32>,
}

/// Makes an answer that is kept nowhere.
pub(super) async fn try_out(turn: &Turn) -> Tried {
    let mut answer = Answer::new(turn);
    let made = tokio::time::timeout(LONGEST, answer.make()).await.is_ok();
    let is_by_model = made && answer.by() == "model" && !answer.parts.degraded;
    let finished = answer.finished(made);
    let Finished { content, tokens, blocked, first_ms, .. } = finished;
    Tried { content, tools: answer.called, is_by_model, blocked, tokens, first_ms }
}

/// Closes an answer whose making died.
pub(super) async fn died(state: &State, log: &Log, answer: Uuid) {
    tracing::error!("the making of an answer died");
    let failed = Finished { state: "failed", ..Finished::default() };
    if let Err(error) = store::finish(state, answer, failed).await {
        tracing::warn!(%error, "an answer could not be closed");
    }
    log.push(lost(answer));
}

async fn close(turn: &Turn, finished: Finished) -> Result<Event> {
    let state = &turn.state;
    let is_done = finished.state == "done";
    let message = store::finish(state, turn.answer, finished).await?;
    if !is_done {
        return Ok(lost(turn.answer));
    }
    let told = shown(state, vec![message], &turn.locale).await?.pop();
    Ok(told.map_or_else(|| lost(turn.answer), |message| Event::Done(Box::new(message))))
}

/// An answer in the making.
struct Answer<'t> {
    turn: &'t Turn,
    checker: Checker,
    content: String,
    parts: Parts,
    tokens: i32,
    made_by: String,
    begun: Instant,
    /// When the asker last saw something happen.
    seen: Instant,
    /// How long it took until there was something to read.
    first: Option<Duration>,
    called: Vec<&'static str>,
    tool_errors: i32,
    /// Whether all that was looked up is the same for everybody.
    is_common: bool,
}

impl<'t> Answer<'t> {
    fn new(turn: &'t Turn) -> Self {
        let known: Vec<Parts> = turn.before.iter().map(Message::parts).collect();
        let known = known.iter().flat_map(|parts| &parts.looked_up);
        let before = turn.before.iter().filter(|message| message.author == "visitor");
        let asked = before.map(|message| message.content.as_str()).chain([turn.text.as_str()]);
        Self {
            checker: Checker::new(turn.locale.as_str(), known, asked),
            turn,
            content: String::new(),
            parts: Parts::default(),
            tokens: 0,
            made_by: "guide".to_owned(),
            begun: Instant::now(),
            seen: Instant::now(),
            first: None,
            called: Vec::new(),
            tool_errors: 0,
            is_common: true,
        }
    }

    fn by(&self) -> &'static str {
        match self.made_by.as_str() {
            "guide" => "guide",
            "platform" => "platform",
            _ => "model",
        }
    }

    async fn make(&mut self) {
        let locale = self.turn.locale.as_str().to_owned();
        if self.turn.is_handed_over {
            self.made_by = "platform".to_owned();
            return self.say(say(WITH_SOMEBODY, &locale));
        }
        if asks_for_a_person(&self.turn.text) {
            self.made_by = "platform".to_owned();
            self.parts.offers_handoff = true;
            return self.say(say(OFFER, &locale));
        }
        let state = &self.turn.state;
        if state.profile.assistant.provider != AssistantProvider::Model || state.model.is_none() {
            return self.by_guide().await;
        }
        let place = memory::place(self.turn).await;
        if let Some(place) = &place
            && let Some(answer) = memory::recall(&self.turn.state, place).await
        {
            return self.repeat(answer).await;
        }
        let is_answered = self.may_spend().await
            && match tokio::time::timeout(PATIENCE, self.by_model()).await {
                Ok(is_answered) => is_answered,
                Err(_) => self.broke_off(),
            };
        if !is_answered {
            return self.by_guide().await;
        }
        if let Some(place) = place
            && self.is_common
            && self.checker.blocked() == 0
        {
            let answer = Remembered {
                content: self.content.clone(),
                parts: self.parts.clone(),
                made_by: self.made_by.clone(),
            };
            memory::keep(&self.turn.state, place, &answer).await;
        }
    }

    /// Says again what was said to somebody else.
    async fn repeat(&mut self, answer: Remembered) {
        let Turn { state, locale, log, .. } = self.turn;
        let Remembered { content, parts, made_by } = answer;
        let cards = read::cards(state, parts.properties.clone(), locale).await;
        let mut cards = cards.unwrap_or_default();
        for card in parts.properties.iter().filter_map(|id| cards.remove(id)) {
            log.push(Event::Property(Box::new(card)));
        }
        for citation in &parts.citations {
            log.push(Event::Citation(citation.clone()));
        }
        (self.parts, self.made_by) = (parts, made_by);
        for sentence in pieces::sentences(&content) {
            self.say(&sentence);
        }
    }

    /// Whether there are tokens left. Where that cannot be told there are none.
    async fn may_spend(&mut self) -> bool {
        let Turn { state, caller, visitor, .. } = self.turn;
        let person = caller.as_ref().map(|caller| caller.user_id).or(*visitor);
        let limits = &state.profile.assistant;
        let may = store::spent(state, person).await.is_ok_and(|spent| {
            spent.brand < i64::from(limits.tokens_per_day)
                && spent.person < i64::from(limits.person_tokens_per_day)
        });
        self.parts.degraded = !may;
        may
    }

    /// Lets the model answer; says whether there is an answer by then.
    async fn by_model(&mut self) -> bool {
        let state = self.turn.state.clone();
        let Some(model) = state.model.as_ref() else { return false };
        let today = quotes::today(&state);
        let locale = self.turn.locale.as_str();
        let own = self.turn.told.body.as_deref();
        let mut said = vec![Saying::system(prompts::of(&state.profile, locale, today, own))];
        said.extend(self.turn.before.iter().map(Saying::before));
        said.push(Saying::visitor(&self.turn.text));
        let mut calls = 0;
        loop {
            let may_call = calls < MOST_CALLS;
            let heard = self.listen(model, &said, may_call).await;
            let Some(heard) = heard else {
                return self.broke_off();
            };
            self.tokens = self.tokens.saturating_add(heard.cost(&said));
            let Heard { text, calls: wanted, is_whole, .. } = heard;
            if !is_whole {
                return self.broke_off();
            }
            if wanted.is_empty() {
                break;
            }
            said.push(Saying::calling(text, &wanted));
            for call in wanted {
                calls += 1;
                let content = match calls > MOST_CALLS {
                    true => "No more can be looked up for this answer.".into(),
                    false => self.look_up(&call.name, &call.arguments).await,
                };
                said.push(Saying::looked_up(&call.id, &content));
            }
        }
        if let Some(rest) = self.checker.rest() {
            self.say(&rest);
        }
        !self.content.trim().is_empty()
    }

    /// Listens to the model; what it says is said as far as it may be.
    async fn listen(
        &mut self,
        model: &crate::language_model::LanguageModel,
        said: &[Saying],
        may_call: bool,
    ) -> Option<Heard> {
        let mut pieces =
            match model::ask(model, said, may_call.then(|| model::tools(&self.turn.told))).await {
                Ok(pieces) => pieces,
                Err(failure) => {
                    tracing::warn!(
                        reason = jobs::worker::reason(&failure),
                        "the model does not answer; the guide does"
                    );
                    return None;
                }
            };
        self.made_by.clone_from(&pieces.by);
        let mut heard = Heard::default();
        loop {
            let until = tokio::time::Instant::from_std(self.seen + IDLE);
            let Ok(piece) = tokio::time::timeout_at(until, pieces.next()).await else {
                tracing::warn!("the model says nothing that could be read");
                return Some(heard);
            };
            let Some(piece) = piece else { break };
            match piece {
                Ok(piece) => {
                    for sentence in heard.take(piece, &mut self.checker) {
                        self.say(&sentence);
                    }
                    if heard.is_too_long() {
                        tracing::warn!("the model does not come to an end");
                        return Some(heard);
                    }
                }
                Err(failure) => {
                    tracing::warn!(reason = jobs::worker::reason(&failure), "the model broke off");
                    return Some(heard);
                }
            }
        }
        heard.is_whole = pieces.is_whole();
        Some(heard)
    }

    /// What the model left unfinished is finished by the guide.
    fn broke_off(&mut self) -> bool {
        self.parts.degraded = true;
        metrics::counter!("terrace_assistant_degraded_total").increment(1);
        false
    }

    async fn look_up(&mut self, name: &str, arguments: &str) -> String {
        self.seen = Instant::now();
        let is_on = self.turn.told.may_call(name);
        if let Some(tool) = tools::all().iter().find(|tool| tool.name == name && is_on) {
            self.turn.log.push(Event::Tool { name: tool.name });
            self.called.push(tool.name);
        }
        let looked_up = match (is_on, serde_json::from_str(arguments)) {
            (false, _) => Err(Refusal("This tool is switched off.".to_owned())),
            (true, Err(_)) => Err(Refusal("The arguments are no JSON.".to_owned())),
            (true, Ok(arguments)) => {
                self.is_common &= memory::is_common(name, &arguments);
                tools::call(&self.turn.state, &self.turn.asker(), name, &arguments).await
            }
        };
        match looked_up {
            Ok(found) => {
                let content = found.content.to_string();
                self.take(found);
                content
            }
            Err(Refusal(why)) => {
                metrics::counter!("terrace_assistant_tool_errors_total").increment(1);
                self.tool_errors = self.tool_errors.saturating_add(1);
                // What could not be looked up for one may be for the next.
                self.is_common = false;
                why
            }
        }
    }

    async fn by_guide(&mut self) {
        if self.content.is_empty() {
            self.made_by = "guide".to_owned();
        } else {
            self.say("\n");
        }
        let turn = self.turn;
        let said = guide::answer(&turn.state, &turn.asker(), &turn.told, &turn.text).await;
        for found in said.found {
            self.take(found);
        }
        self.parts.offers_handoff |= said.offers_handoff;
        for sentence in pieces::sentences(&said.text) {
            self.say(&sentence);
        }
    }

    /// Takes what was found: as ground for claims, and to be shown.
    fn take(&mut self, found: Found) {
        let Found { content, properties, citations, draft } = found;
        self.checker.know(&content);
        let answers = content["passages"].as_array().into_iter().flatten();
        let is_answer: HashMap<String, bool> = answers
            .filter_map(|one| Some((one["faq_id"].as_str()?.to_owned(), one["answers_it"] == true)))
            .collect();
        for cited in citations.into_iter().filter(|cited| cited.kind == "faq") {
            let is_new = !self.parts.citations.iter().any(|known| known.id == cited.id);
            if is_new && is_answer.get(&cited.id.to_string()).copied().unwrap_or_default() {
                let citation = Citation { id: cited.id, question: cited.title, url: cited.url };
                self.turn.log.push(Event::Citation(citation.clone()));
                self.parts.citations.push(citation);
            }
        }
        for card in properties {
            let shown = &mut self.parts.properties;
            if shown.len() < MOST_CARDS && !shown.contains(&card.id) {
                shown.push(card.id);
                self.turn.log.push(Event::Property(Box::new(card)));
            }
        }
        if let Some(Draft { token, action, summary, expires_at }) = draft {
            let draft = OfferedDraft { token, action: action.to_owned(), summary, expires_at };
            self.turn.log.push(Event::Draft(draft.clone()));
            self.parts.drafts.push(draft);
        }
        self.parts.looked_up.push(content);
    }

    fn say(&mut self, text: &str) {
        self.seen = Instant::now();
        self.first.get_or_insert_with(|| self.begun.elapsed());
        self.content.push_str(text);
        self.turn.log.push(Event::Token { text: text.to_owned() });
    }

    fn finished(&self, is_made: bool) -> Finished {
        let mut parts = self.parts.clone();
        // Kept as the ground of later answers; more than the database takes nobody needs.
        while serde_json::to_string(&parts).map_or(0, |text| text.len()) > 150_000 {
            if parts.looked_up.is_empty() {
                break;
            }
            parts.looked_up.remove(0);
        }
        if self.checker.blocked() > 0 {
            tracing::info!(
                blocked = self.checker.blocked(),
                "sentences without a receipt were left out"
            );
        }
        Finished {
            state: if is_made { "done" } else { "failed" },
            content: self.content.clone(),
            parts,
            tokens: self.tokens,
            made_by: self.made_by.clone(),
            first_ms: self.first.map(|first| i32::try_from(first.as_millis()).unwrap_or(i32::MAX)),
            blocked: i32::try_from(self.checker.blocked()).unwrap_or(i32::MAX),
            tool_errors: self.tool_errors,
        }
    }
}
