//! `terrace quote`.

use std::process::{Command, Output};

use serde_json::{Value, json};
use terrace_testkit::{TestApp, listing, spawn_app};

use crate::quotes::{day, nights, price};

async fn terrace(app: &TestApp, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
    command.arg("quote").args(["--product", "bestays"]).args(arguments);
    command.env_clear().envs(app.environment());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test]
async fn an_operator_reckons_what_a_guest_is_told() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = listing::with(listing::rent(), json!({"slug": "sea-view"}));
    let home = agent.create_published(home).await;
    let (from, to) = (day(60).to_string(), day(63).to_string());
    let asked = ["--property", "sea-view", "--from", &from, "--to", &to, "--guests", "2"];

    let told = terrace(&app, &asked).await;
    let table = String::from_utf8_lossy(&told.stdout);
    assert!(told.status.success(), "{told:?}");
    for part in
        ["3 nights at THB 4,200", "THB 12,600", "Cleaning", "THB 14,100", "THB 20,000", "due now"]
    {
        assert!(table.contains(part), "no {part} in {table}");
    }
    assert_eq!(app.value::<i64>("SELECT count(*) FROM quotes").await, 0, "nothing is stored");

    let told = terrace(&app, &[&asked[..], &["--json"]].concat()).await;
    let json: Value = serde_json::from_slice(&told.stdout).unwrap();
    let given = price(&app.anonymous(), &home, nights(60, 3)).await.expect(201);
    assert_eq!((&json["lines"], &json["total"]), (&given.at("/lines"), &given.at("/total")));

    for (arguments, said) in [
        (
            ["--property", "no-such", "--from", &from, "--to", &to],
            "There is no such listing as no-such.",
        ),
        (["--property", "sea-view", "--from", &to, "--to", &from], "Must be after check_in."),
        (
            ["--property", "sea-view", "--from", "tomorrow", "--to", &to],
            "invalid value 'tomorrow' for '--from <DAY>'",
        ),
    ] {
        let told = terrace(&app, &arguments).await;
        let error = String::from_utf8_lossy(&told.stderr);
        assert!(!told.status.success() && error.contains(said), "{error}");
    }
}
