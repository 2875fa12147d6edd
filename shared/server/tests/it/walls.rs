//! What everything that comes in has to pass: no field but those of the contract, whatever the
//! database has columns of; and what everything that is refused is told: nothing of the inside.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};
use terrace_server::openapi;
use terrace_testkit::{Caller, Reply, TestApp, spawn_app};
use uuid::Uuid;

/// Requests under way at once.
const AT_ONCE: usize = 16;

/// Of the columns that are no guard, each body is given one in so many; which ones differs from
/// body to body. `TERRACE_WALLS=full` gives every body every column.
const ONE_IN: usize = 24;

/// Columns that decide who may do what, or what something is worth: every body is given these.
const GUARDS: [&str; 18] = [
    "id",
    "role",
    "is_active",
    "is_verified",
    "created_by",
    "updated_by",
    "user_id",
    "guest_user_id",
    "owner_id",
    "version",
    "status",
    "state",
    "is_published",
    "deleted_at",
    "total",
    "received",
    "auth_subject",
    "revoked_before",
];

/// Words of the inside.
const INSIDE: [&str; 5] = ["postgres", "sqlx", "panick", "SELECT", "/src/"];

/// An operation of the contract.
struct Operation {
    name: String,
    method: reqwest::Method,
    /// Ids are of nothing.
    path: String,
    /// A JSON body's schema.
    body: Option<Value>,
    queries: Vec<String>,
}

fn document() -> Value {
    serde_json::to_value(openapi::document()).unwrap()
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let queries = parameters.filter(|parameter| parameter["in"] == "query");
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            found.push(Operation {
                name: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                body: (!body.is_null()).then(|| body.clone()),
                queries: queries.map(|query| query["name"].as_str().unwrap().to_owned()).collect(),
            });
        }
    }
    assert!(found.len() > 150, "only {} operations: the walk is broken", found.len());
    found
}

/// The path with something in the place of every parameter.
fn filled(path: &str, with: &str) -> String {
    let mut parts = path.split(['{', '}']);
    let mut out = parts.next().unwrap_or_default().to_owned();
    while let (Some(_), Some(rest)) = (parts.next(), parts.next()) {
        out.push_str(with);
        out.push_str(rest);
    }
    out
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => schema,
    }
}

/// Where objects are in a body, as paths of names (`0` into a list), with the names that each has.
fn objects(document: &Value, schema: &Value) -> Vec<(Vec<String>, BTreeSet<String>)> {
    let mut found = Vec::new();
    collect(document, schema, &mut Vec::new(), &mut found);
    found
}

fn collect(
    document: &Value,
    schema: &Value,
    at: &mut Vec<String>,
    found: &mut Vec<(Vec<String>, BTreeSet<String>)>,
) {
    let schema = resolved(document, schema);
    // A choice between null and something is that something.
    let ways = schema["oneOf"]
        .as_array()
        .map(|ways| ways.iter().filter(|way| way["type"] != "null").collect::<Vec<_>>());
    if let Some([only]) = ways.as_deref() {
        return collect(document, only, at, found);
    }
    if let Some(properties) = schema["properties"].as_object() {
        found.push((at.clone(), properties.keys().cloned().collect()));
        for (name, below) in properties {
            at.push(name.clone());
            collect(document, below, at, found);
            at.pop();
        }
    } else if schema["items"].is_object() {
        at.push("0".to_owned());
        collect(document, &schema["items"], at, found);
        at.pop();
    }
}

/// A body with nothing but this name in it, at this place.
fn body_with(place: &[String], name: &str) -> Value {
    let mut value = json!({ name: "x" });
    for part in place.iter().rev() {
        value = match part.as_str() {
            "0" => json!([value]),
            part => Value::Object(Map::from_iter([(part.to_owned(), value)])),
        };
    }
    value
}

/// Sends many requests, some at a time.
async fn send(calls: impl Iterator<Item = terrace_testkit::Call>) -> Vec<Reply> {
    stream::iter(calls).map(IntoFuture::into_future).buffered(AT_ONCE).collect().await
}

/// Refusals that tell something of the inside, and failures of ours.
fn telling(replies: &[Reply]) -> Vec<String> {
    let tells = |reply: &&Reply| {
        let text = reply.text();
        reply.status >= 500 || reply.status >= 400 && INSIDE.iter().any(|word| text.contains(word))
    };
    replies.iter().filter(tells).map(|reply| format!("{reply:?}")).collect()
}

async fn columns(app: &TestApp) -> Vec<String> {
    let columns = app
        .values(
            "SELECT DISTINCT column_name::text FROM information_schema.columns \
             WHERE table_schema = 'public' ORDER BY 1",
        )
        .await;
    assert!(columns.len() > 250, "only {} columns: the query is broken", columns.len());
    columns
}

/// Who may say a thing is asked first; that there is no such thing is found last.
#[tokio::test]
async fn no_body_takes_a_column_that_is_no_field() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let document = document();
    let columns = columns(&app).await;
    let all = std::env::var("TERRACE_WALLS").is_ok_and(|how| how == "full");
    let mut asked = Vec::new();
    let mut nth = 0;
    for operation in operations(&document) {
        // Not ours to describe: the provider's own words, which are only read.
        if operation.name == "receive_stripe_event" {
            continue;
        }
        let Some(schema) = &operation.body else { continue };
        for (place, fields) in objects(&document, schema) {
            nth += 1;
            for (index, column) in columns.iter().enumerate() {
                let chosen =
                    all || index % ONE_IN == nth % ONE_IN || GUARDS.contains(&column.as_str());
                if chosen && !fields.contains(column) {
                    let path = filled(&operation.path, &Uuid::now_v7().to_string());
                    let call = admin
                        .call(operation.method.clone(), &path)
                        .header("if-match", "\"1\"")
                        .header("idempotency-key", Uuid::now_v7().to_string())
                        .json(&body_with(&place, column));
                    let pointer = place
                        .iter()
                        .chain([column])
                        .fold(String::new(), |at, part| at + "/" + part);
                    asked.push((operation.name.clone(), pointer, call));
                }
            }
        }
    }
    assert!(nth > 60, "only {nth} objects in bodies: the walk is broken");
    let expected: Vec<_> =
        asked.iter().map(|(name, pointer, _)| (name.clone(), pointer.clone())).collect();
    let replies = send(asked.into_iter().map(|(_, _, call)| call)).await;
    let mut taken = Vec::new();
    for ((name, pointer), reply) in expected.iter().zip(&replies) {
        let refused =
            reply.status == 422 && reply.fields().contains(&format!("{pointer} unknown_field"));
        if !refused {
            taken.push(format!("{name} {pointer}: {reply:?}"));
        }
    }
    assert!(
        taken.is_empty(),
        "{} of {}:\n{}",
        taken.len(),
        replies.len(),
        taken[..taken.len().min(20)].join("\n")
    );
    let told = telling(&replies);
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// What is nonsense for one operation: in its path, its parameters, its body, its headers.
fn nonsense(caller: &Caller, operation: &Operation) -> Vec<terrace_testkit::Call> {
    const VALUES: [&str; 8] = [
        "'%20OR%201=1--",
        "%00",
        "..%2F..%2Fetc%2Fpasswd",
        "-9223372036854775809",
        "999999999999-13-45T99:99:99Z",
        "%F0%9F%8F%A0%E2%80%AE",
        "1e400",
        "%FF%FE",
    ];
    let id = Uuid::now_v7().to_string();
    let path = filled(&operation.path, &id);
    let with = |path: &str| {
        let call = caller.call(operation.method.clone(), path);
        let call =
            call.header("if-match", "\"1\"").header("idempotency-key", Uuid::now_v7().to_string());
        if operation.body.is_some() { call.json(&json!({})) } else { call }
    };
    let mut calls = Vec::new();
    for (nth, value) in VALUES.iter().enumerate() {
        if operation.path.contains('{') {
            calls.push(with(&filled(&operation.path, value)));
        }
        if !operation.queries.is_empty() {
            let name = &operation.queries[nth % operation.queries.len()];
            calls.push(with(&format!("{path}?{name}={value}")));
        }
    }
    if operation.queries.is_empty() {
        calls.push(with(&format!("{path}?such=none")));
    }
    if operation.body.is_some() {
        for body in
            ["", "{", "[]", "null", "\"text\"", "{\"\\u0000\": 1}", "{\"a\": 1e999}", "\u{feff}{}"]
        {
            calls.push(
                caller
                    .call(operation.method.clone(), &path)
                    .header("if-match", "\"1\"")
                    .bytes(body),
            );
        }
        calls.push(caller.call(operation.method.clone(), &path).raw("a=1"));
    }
    calls.push(caller.call(operation.method.clone(), &path).header("if-match", "nonsense"));
    calls
        .push(caller.call(operation.method.clone(), &path).header("authorization", "Bearer a.b'c"));
    calls
}

#[tokio::test]
async fn refusals_tell_nothing_of_the_inside() {
    let app = spawn_app("bestays").await;
    let callers = [app.anonymous(), app.agent("somchai").await, app.admin().await];
    let document = document();
    let mut calls = Vec::new();
    for operation in operations(&document) {
        for caller in &callers {
            calls.extend(nonsense(caller, &operation));
        }
    }
    let replies = send(calls.into_iter()).await;
    let refused = replies.iter().filter(|reply| reply.status >= 400).count();
    assert!(refused > 4000, "only {refused} of {} were refused", replies.len());
    let told = telling(&replies);
    assert!(told.is_empty(), "{} tell:\n{}", told.len(), told[..told.len().min(10)].join("\n"));
    let unlike: Vec<_> = replies
        .iter()
        .filter(|reply| {
            reply.status >= 400 && reply.header("content-type") != "application/problem+json"
        })
        .map(|reply| format!("{reply:?}"))
        .collect();
    assert!(
        unlike.is_empty(),
        "{} are no problem document:\n{}",
        unlike.len(),
        unlike[..unlike.len().min(5)].join("\n")
    );
}
