//! `terrace bookings`.

use std::process::{Command, Output};

use serde_json::{Value, json};
use terrace_testkit::TestApp;

use super::{confirmed, idle, placed, villa};

async fn terrace(app: &TestApp, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
    command.args(arguments).env_clear().envs(app.environment());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

async fn said(app: &TestApp, arguments: &[&str]) -> String {
    let output = terrace(app, arguments).await;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn an_operator_sees_bookings() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let list = ["bookings", "list", "--product", "bestays"];
    assert_eq!(said(&app, &list).await.trim(), "no bookings");
    let villa = villa(&agent).await;
    let booking = placed(&user, &villa, 30, 3).await;
    let reference = booking.json["reference"].as_str().unwrap();

    let table = said(&app, &list).await;
    assert!(table.contains(reference) && table.contains("held"), "{table}");
    // A list on a screen names stays, not guests.
    assert!(!table.contains("Malee") && !table.contains("example.com"), "{table}");
    let held = [&list[..], &["--status", "held", "--json"]].concat();
    let rows: Value = serde_json::from_str(&said(&app, &held).await).unwrap();
    assert_eq!(rows[0]["bookings"][0]["id"], json!(booking.id));
    let none = [&list[..], &["--status", "cancelled"]].concat();
    assert_eq!(said(&app, &none).await.trim(), "no bookings");

    let misread = reference.to_lowercase().replace('-', " ");
    let show = ["bookings", "show", "--product", "bestays", &misread];
    let shown = said(&app, &show).await;
    for part in [reference, "held", "3 nights", "THB 14,100", "Cleaning", "kept until"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let whole: Value =
        serde_json::from_str(&said(&app, &[&show[..], &["--json"]].concat()).await).unwrap();
    assert_eq!(whole["price"]["total"], 3 * 420_000 + 150_000);

    for (wrong, why) in [("7K2DM-4XPT9", "reference"), ("nonsense", "reference")] {
        let output = terrace(&app, &["bookings", "show", "--product", "bestays", wrong]).await;
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(why), "{error}");
    }
}

#[tokio::test]
async fn an_operator_sees_what_is_offered() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let offers = ["bookings", "offers", "--product", "bestays"];
    assert_eq!(said(&app, &offers).await.trim(), "no offers");
    let villa = villa(&agent).await;
    let booking = confirmed(&user, &agent, &villa, 30, 3).await;
    let alter = agent.post(&booking.at("alter"), json!({"guests": 4})).if_match(&booking.etag);
    let offer = alter.await.expect(202);
    let table = said(&app, &offers).await;
    for part in [booking.json["reference"].as_str().unwrap(), "change", "THB 14,100"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    let rows: Value =
        serde_json::from_str(&said(&app, &[&offers[..], &["--json"]].concat()).await).unwrap();
    assert_eq!(rows[0]["offers"][0]["id"], offer.at("/id"));
    app.execute("UPDATE booking_offers SET expires_at = now()").await;
    assert_eq!(said(&app, &offers).await.trim(), "no offers");
}
