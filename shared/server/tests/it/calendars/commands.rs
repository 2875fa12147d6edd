//! `terrace calendars`.

use std::process::Command;

use serde_json::{Value, json};
use terrace_testkit::{Said, TestApp};

use super::support::{book, connected, sold};

/// What the command prints, and whether it ended well.
async fn terrace(app: &TestApp, arguments: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
    command.args(arguments).env_clear().envs(app.environment());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn an_operator_sees_calendars_reads_them_and_sees_what_overlaps() {
    let it = connected(&[sold("a", 3, 6)]).await;
    let product = ["--product", "bestays"];
    let list = [&["calendars", "list"][..], &product].concat();
    let (well, table, said) = terrace(&it.app, &list).await;
    assert!(well, "{said}");
    assert!(
        table.contains("Airbnb") && table.contains("ok") && !table.contains("a.ics"),
        "{table}"
    );
    let (_, json, _) = terrace(&it.app, &[&list[..], &["--json"]].concat()).await;
    let found: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(found[0]["calendars"][0]["id"], json!(it.calendar));
    assert!(!json.contains("a.ics"), "{json}");

    let (_, none, _) =
        terrace(&it.app, &[&["calendars", "conflicts"][..], &product].concat()).await;
    assert_eq!(none.trim(), "no conflicts");
    // The binary's own profile permits no address of this machine: it says so, and nothing is free.
    let sync = [&["calendars", "sync"][..], &product].concat();
    let (well, table, said) = terrace(&it.app, &sync).await;
    assert!(!well && said.contains("1 of 1 calendars could not be read"), "{table} {said}");
    assert!(table.contains("must begin with https"), "{table}");
    assert_eq!(it.nights().await, ["external 3 6"]);

    let _ = book(&it.app, it.listing.id, 10, 14).await;
    it.channel
        .say("/a.ics", Said::body(super::support::ics(&[sold("a", 3, 6), sold("b", 12, 16)])));
    let _ = super::support::read(&it.agent, &it.calendar).await;
    let conflicts = [&["calendars", "conflicts"][..], &product].concat();
    let (_, table, _) = terrace(&it.app, &conflicts).await;
    assert!(table.contains("booking") && table.contains("open"), "{table}");
    let (_, json, _) = terrace(&it.app, &[&conflicts[..], &["--json"]].concat()).await;
    let found: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(found[0]["conflicts"].as_array().unwrap().len(), 1);
}
