//! What somebody writes stays between them and the staff: a word that occurs nowhere else is
//! looked for in everything that is kept or sent.

use std::process::{Command, Stdio};

use serde_json::json;
use terrace_testkit::{listing, spawn_app};

use super::{LEADS, Lead, about, find};

const CANARY: &str = "kanarek";

#[tokio::test]
async fn neither_events_nor_the_audit_trail_nor_the_log_know_people() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let villa = agent.create_published(listing::rent()).await;

    // The real binary, to have its log.
    let mut env = app.environment();
    env.insert("BESTAYS__SERVER__PORT".to_owned(), "0".to_owned());
    env.insert("BESTAYS__SERVER__PUBLIC_URL".to_owned(), app.profile.server.public_url.to_string());
    env.insert("BESTAYS__LOG__FORMAT".to_owned(), "json".to_owned());
    env.insert("RUST_LOG".to_owned(), "trace".to_owned());
    let server = Command::new(env!("CARGO_BIN_EXE_terrace"))
        .args(["serve", "--product", "bestays"])
        .env_clear()
        .envs(env)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut server = Stopped(server);
    let (base, log) = listening(&mut server.0);

    let client = reqwest::Client::new();
    let send = |body: serde_json::Value| {
        let call = client.post(format!("{base}{LEADS}")).json(&body);
        async move { call.send().await.unwrap().status().as_u16() }
    };
    let email = format!("{CANARY}@example.com");
    let body = listing::with(
        about(&villa, &email),
        json!({"name": format!("{CANARY} name"), "phone": "0898877665",
        "line_id": format!("{CANARY}-line"), "message": format!("{CANARY} message")}),
    );
    assert_eq!(send(body.clone()).await, 202);
    assert_eq!(send(body).await, 202);
    // Refusals are where values slip out.
    assert_eq!(send(json!({"name": CANARY, "email": format!("{CANARY} no address")})).await, 422);
    assert_eq!(send(json!({CANARY: 1})).await, 422);

    let lead = find(&admin, &email).await;
    let lead = Lead::of(
        &admin
            .patch(&lead.path, json!({"name": format!("{CANARY} two"), "status": "contacted"}))
            .if_match(&lead.etag)
            .await
            .expect(200),
    );
    let _ = agent
        .post(&lead.at("events"), json!({"kind": "note", "note": format!("{CANARY} note")}))
        .await
        .expect(201);
    let _ =
        agent.post(&lead.at("tasks"), json!({"title": format!("{CANARY} task")})).await.expect(201);
    app.settled().await;

    let known: i64 =
        app.value(format!("SELECT count(*) FROM leads l WHERE l::text LIKE '%{CANARY}%'")).await;
    assert_eq!(known, 1, "the canary is not where it belongs");
    for table in ["events", "audit_log", "idempotency_keys", "jobs"] {
        let found: Vec<String> = app
            .values(format!("SELECT t::text FROM {table} t WHERE t::text ~* '{CANARY}|898877665'"))
            .await;
        assert!(found.is_empty(), "{table}: {found:?}");
    }
    drop(server);
    let lines = log.join().unwrap();
    assert!(lines.iter().any(|line| line.contains("create_lead")), "{lines:?}");
    for line in lines {
        assert!(!line.contains(CANARY) && !line.contains("898877665"), "{line}");
    }
}

/// Stopped whatever becomes of the test.
struct Stopped(std::process::Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

type Log = std::thread::JoinHandle<Vec<String>>;

/// Where it listens, and everything that it says until it ends.
fn listening(server: &mut std::process::Child) -> (String, Log) {
    use std::io::{BufRead, BufReader};
    let (told, address) = std::sync::mpsc::channel();
    let output = server.stderr.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut lines = Vec::new();
        for line in BufReader::new(output).lines() {
            let line = line.unwrap();
            if let Ok(json) = serde_json::from_str::<serde_json::Value>(&line)
                && let Some(address) = json["address"].as_str()
            {
                let _ = told.send(address.to_owned());
            }
            lines.push(line);
        }
        lines
    });
    let address = address.recv_timeout(std::time::Duration::from_secs(20)).expect("it listens");
    (format!("http://{address}"), log)
}
