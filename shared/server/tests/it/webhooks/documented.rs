//! The page for integrators, the list in the code and what the database records say the same.

use std::collections::{BTreeMap, BTreeSet};

use terrace_server::{events::kinds::KINDS, webhooks::schedule::SCHEDULE};
use terrace_testkit::{listing, spawn_app};

use super::support::reprice;
use crate::sources;

const PAGE: &str = include_str!("../../../../docs/WEBHOOKS.md");

#[test]
fn the_page_shows_every_kind() {
    let shown: Vec<&str> = PAGE
        .lines()
        .skip_while(|line| !line.starts_with("| event |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let listed: Vec<String> = KINDS
        .iter()
        .map(|kind| {
            let fields: Vec<_> = kind.fields.iter().map(|field| format!("`{field}`")).collect();
            format!("| `{}` | {} | {} |", kind.name, kind.when, fields.join(", "))
        })
        .collect();
    assert_eq!(shown, listed, "write the table of shared/docs/WEBHOOKS.md as events::kinds has it");
}

#[test]
fn the_page_shows_the_schedule() {
    let shown = PAGE.lines().find(|line| line.starts_with("0 s, ")).expect("the schedule");
    let unit = |seconds: u64| match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    };
    let waits: Vec<String> = SCHEDULE.iter().map(|seconds| unit(*seconds)).collect();
    assert_eq!(shown, waits.join(", "));
}

/// Quoted `subject.happened` in a text.
fn kinds_in(text: &str, quote: char) -> BTreeSet<String> {
    let is_kind = |part: &&str| {
        part.split_once('.').is_some_and(|(subject, happened)| {
            let word = |text: &str| {
                !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            };
            word(subject) && word(happened)
        })
    };
    text.split(quote).skip(1).step_by(2).filter(is_kind).map(str::to_owned).collect()
}

#[tokio::test]
async fn what_is_recorded_is_in_the_list() {
    let app = spawn_app("bestays").await;
    let known: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
    // The functions of the database that write events.
    let sources: Vec<String> = app
        .values(
            "SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace \
             AND prosrc ~* 'insert\\s+into\\s+(public\\.)?events\\M'",
        )
        .await;
    assert!(!sources.is_empty());
    let mut recorded: BTreeSet<String> =
        sources.iter().flat_map(|source| kinds_in(source, '\'')).collect();
    // Names of settings look alike.
    recorded.retain(|kind| !kind.starts_with("app."));
    // The code that records them.
    for (_, text) in sources::files() {
        let ends_a_name =
            |place: usize| text[..place].ends_with(|before: char| before.is_alphanumeric());
        let events = text
            .match_indices("Event {")
            .filter(|(place, _)| !ends_a_name(*place))
            .filter_map(|(place, _)| text[place..].split('}').next());
        recorded.extend(events.flat_map(|event| kinds_in(event, '"')));
    }
    assert!(recorded.len() > 7 && recorded.contains("webhook.disabled"), "{recorded:?}");
    let missing: Vec<_> = recorded.iter().filter(|kind| !known.contains(kind.as_str())).collect();
    assert!(missing.is_empty(), "recorded, and not in events::kinds::KINDS: {missing:?}");
}

/// The fields are those that the events have.
#[tokio::test]
async fn the_fields_are_those_of_the_list() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let made = agent.create_published(listing::rent()).await;
    let made = reprice(&agent, &made, 1_000_001).await;
    let hidden = agent.post_empty(&made.at("unpublish")).if_match(&made.etag).await.expect(200);
    let _ = agent.delete(&made.path()).if_match(hidden.etag()).await.expect(204);
    let _ = agent.post_empty(&made.at("restore")).if_match("\"5-en\"").await.expect(200);
    let feed = admin.get("/api/v1/admin/events?limit=1000").await.expect(200);
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for event in feed.at("/items").as_array().unwrap() {
        let fields = event["data"].as_object().unwrap().keys().cloned().collect();
        seen.insert(event["kind"].as_str().unwrap().to_owned(), fields);
    }
    for kind in KINDS.iter().filter(|kind| seen.contains_key(kind.name)) {
        let fields: BTreeSet<String> =
            kind.fields.iter().map(|field| (*field).to_owned()).collect();
        assert_eq!(seen.get(kind.name), Some(&fields), "{}", kind.name);
    }
    assert!(seen.len() >= 7, "{seen:?}");
}
