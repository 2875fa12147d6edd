//! Pictures: from the ticket to the page, through the front door.

mod command;
mod faults;
mod hostile;
mod life;
mod many;
mod memory;
mod order;
pub(crate) mod pictures;
mod quotas;
mod sweep;
mod tickets;

use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, Reply, TestApp, listing};

/// The body that asks for a ticket for this file.
fn asking(file: &[u8], kind: &str) -> Value {
    json!({"filename": "terrace.jpg", "content_type": kind, "bytes": file.len(), "sha256": sha256(file)})
}

fn sha256(file: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, file);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn ask(caller: &Caller, listing: &Listing, file: &[u8], kind: &str) -> Reply {
    caller.post(&listing.at("media"), asking(file, kind)).await
}

/// Where a ticket leads, on the port that the test's server really has.
fn address(app: &TestApp, ticket: &Value) -> String {
    let url = ticket["url"].as_str().unwrap();
    url.replace(app.profile.server.public_url.as_str(), &app.base)
}

/// Sends a file as a ticket says, with a change to its headers.
async fn send_with(
    app: &TestApp,
    ticket: &Value,
    file: &[u8],
    headers: &[(&str, &str)],
) -> (u16, Value) {
    let mut request = reqwest::Client::new().put(address(app, ticket)).body(file.to_vec());
    for (name, value) in ticket["headers"].as_object().unwrap() {
        let value = value.as_str().unwrap();
        let changed = headers.iter().find(|(changed, _)| changed == name);
        // The client counts for itself.
        if name != "content-length" {
            request = request.header(name, changed.map_or(value, |(_, value)| value));
        }
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.text().await.unwrap();
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

async fn send(app: &TestApp, ticket: &Value, file: &[u8]) -> (u16, Value) {
    send_with(app, ticket, file, &[]).await
}

/// Ticket, file, completion; answers the upload's id.
async fn upload(
    app: &TestApp,
    caller: &Caller,
    listing: &Listing,
    file: &[u8],
    kind: &str,
) -> String {
    let ticket = ask(caller, listing, file, kind).await.expect(201).json();
    let (status, said) = send(app, &ticket, file).await;
    assert!(matches!(status, 200 | 204), "{status} {said}");
    let id = ticket["id"].as_str().unwrap().to_owned();
    let _ = caller.post_empty(&format!("/api/v1/media/{id}/complete")).await.expect(202);
    id
}

/// The same, and waits for what becomes of it.
pub(crate) async fn uploaded(
    app: &TestApp,
    caller: &Caller,
    listing: &Listing,
    file: &[u8],
    kind: &str,
) -> Value {
    let id = upload(app, caller, listing, file, kind).await;
    app.settled().await;
    caller.get(&format!("/api/v1/media/{id}")).await.expect(200).json()
}

/// A listing without pictures.
fn bare() -> Value {
    listing::with(listing::rent(), json!({"cover_image": null}))
}

/// The same where everyone sees it: what is published keeps no cover for ever.
async fn bare_published(agent: &Caller) -> Listing {
    let made = agent.create_published(listing::rent()).await;
    let change = agent.patch(&made.path(), json!({"cover_image": null})).if_match(&made.etag);
    Listing::of(&change.await.expect(200))
}

/// Every file below the product's folder of pictures, by path.
fn stored(app: &TestApp) -> Vec<(String, Vec<u8>)> {
    fn walk(folder: &std::path::Path, found: &mut Vec<(String, Vec<u8>)>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                walk(&entry.path(), found);
            } else if let Ok(bytes) = std::fs::read(entry.path()) {
                found.push((entry.path().display().to_string(), bytes));
            }
        }
    }
    let mut found = Vec::new();
    walk(&app.profile.media.folder.join("files"), &mut found);
    found
}
