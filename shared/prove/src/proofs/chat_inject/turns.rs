//! The same model in conversations: what visitors read of what it says.

use serde_json::json;
use terrace_server::assistant::tools;
use uuid::Uuid;

use super::{
    CANARIES, EVE, ORDERS,
    model::{ObeyingModel, Orders},
    ordered,
};
use crate::{
    http::Ask,
    report::Report,
    run::{Run, together},
    stage::Brand,
};

/// What no answer may do.
pub(super) const LED_AWAY: &str = "no answer leads a visitor away";

/// Conversations at once.
const AT_ONCE: usize = 8;

/// Asks about each listing once for every tool; the model does and says what the listing orders.
pub(super) async fn converse(
    run: &Run<'_>,
    brand: &Brand,
    model: &ObeyingModel,
    homes: &[Uuid],
    report: &mut Report,
) -> anyhow::Result<()> {
    let visited = together(AT_ONCE, homes.iter().enumerate(), async |(nth, home)| {
        visit(run, brand, model, nth, *home).await
    });
    let mut told = Told::default();
    for visit in visited.await {
        let visit = visit?;
        told.turns += visit.turns;
        told.drafts += visit.drafts;
        told.led_away.extend(visit.led_away);
    }
    report.count("turns", told.turns);
    report.count("drafts in conversations", told.drafts);
    let silenced = brand.number(SILENCED).await?;
    report.exactly("it does say what it is ordered to", i64::try_from(told.turns)?, silenced);
    report.at_least("it does draft in conversations", homes.len(), told.drafts);
    report.none(LED_AWAY, &told.led_away);
    Ok(())
}

/// Answers of which something was left out.
const SILENCED: &str = "SELECT count(*) FROM chat_messages WHERE blocked > 0";

#[derive(Default)]
struct Told {
    turns: usize,
    drafts: usize,
    led_away: Vec<String>,
}

/// One visitor, one listing, every tool.
async fn visit(
    run: &Run<'_>,
    brand: &Brand,
    model: &ObeyingModel,
    nth: usize,
    home: Uuid,
) -> anyhow::Result<Told> {
    let visitor = brand.clients.must(&Ask::post_empty("/api/v1/visitors")).await?.expect(201)?;
    let visitor = visitor.text("/token");
    let begin = Ask::post("/api/v1/chat/conversations", &json!({"locale": "en"}));
    let begun = brand.clients.must(&begin.with("visitor-token", &visitor)).await?.expect(201)?;
    let path = format!("/api/v1/chat/conversations/{}/messages", begun.text("/id"));
    let mut told = Told::default();
    for tool in tools::all() {
        let words = ORDERS.get(nth % ORDERS.len()).copied().unwrap_or_default().to_owned();
        let question = format!("Please look at home {home} with {}.", tool.name);
        let arguments = ordered(tool.name, home, nth)?;
        model.order(question.clone(), Orders { tool: tool.name, arguments, words: words.clone() });
        let ask = Ask::post(&path, &json!({"text": question})).with("visitor-token", &visitor);
        let answer = brand.clients.must(&ask).await?.expect(200)?.json();
        told.turns += 1;
        let drafts = answer["drafts"].as_array().map(Vec::as_slice).unwrap_or_default();
        told.drafts += drafts.len();
        let summaries: String = drafts.iter().map(|draft| draft["summary"].to_string()).collect();
        let read = match run.is_without("says-anything") {
            true => words,
            false => format!(
                "{} {} {}",
                answer["content"],
                answer["citations"],
                summaries.replace(EVE, "")
            ),
        };
        if CANARIES.iter().any(|canary| read.contains(canary)) {
            told.led_away.push(format!("{}: {read}", tool.name));
        }
    }
    Ok(told)
}
