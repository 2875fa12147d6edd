//! `terrace webhooks`.

use std::process::Command;

use serde_json::{Value, json};
use terrace_testkit::{Receiver, TestApp, listing};

use super::support::{Hook, allowing, quiet};

/// What the command prints; it must end well.
async fn terrace(app: &TestApp, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
    command.args(arguments).env_clear().envs(app.environment());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn an_operator_sees_and_sends_again() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let none = terrace(&app, &["webhooks", "list", "--product", "bestays"]).await;
    assert_eq!(none.trim(), "no webhooks");
    let hook = Hook::make(&admin, &receiver, &["listing.created"]).await;
    receiver.answer(|_| 500);
    let _ = agent.create(listing::rent()).await;
    receiver.wait_for(1).await;
    quiet(&app).await;

    let product = ["--product", "bestays"];
    let list = [&["webhooks", "list"][..], &product].concat();
    let table = terrace(&app, &list).await;
    assert!(table.contains("failing") && !table.contains(&hook.secret), "{table}");
    let listed: Value =
        serde_json::from_str(&terrace(&app, &[&list[..], &["--json"]].concat()).await).unwrap();
    assert_eq!(listed[0]["product"], "bestays");
    let row = &listed[0]["webhooks"][0];
    assert_eq!((&row["id"], &row["state"]), (&json!(hook.id), &json!("failing")));
    assert_eq!((&row["waiting"], &row["dead"]), (&json!(1), &json!(0)));

    let log = [&["webhooks", "deliveries"][..], &product].concat();
    let table = terrace(&app, &log).await;
    assert!(table.contains("listing.created") && table.contains("500"), "{table}");
    let narrow = [&log[..], &["--webhook", &hook.id, "--status", "failed", "--json"]].concat();
    let rows: Value = serde_json::from_str(&terrace(&app, &narrow).await).unwrap();
    assert_eq!(rows[0]["deliveries"][0]["last_error"], "answered 500 Internal Server Error");
    let dead = [&log[..], &["--status", "dead"]].concat();
    assert_eq!(terrace(&app, &dead).await.trim(), "no deliveries");

    receiver.answer(|_| 200);
    let again = [&["webhooks", "replay"][..], &product, &["--webhook", &hook.id]].concat();
    let said = terrace(&app, &[&again[..], &["--failed"]].concat()).await;
    assert_eq!(said.trim(), "bestays: events 1 to 1 are sent again");
    app.settled().await;
    receiver.wait_for(2).await;
    quiet(&app).await;
    let said = terrace(&app, &[&again[..], &["--from-seq", "1", "--json"]].concat()).await;
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said, json!({"product": "bestays", "from_seq": 1, "to_seq": 1}));
    app.settled().await;
    receiver.wait_for(3).await;
}
