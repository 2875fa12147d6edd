//! `terrace payments`.

use std::process::Command;

use serde_json::Value;
use terrace_testkit::TestApp;

use super::Scene;

async fn terrace(app: &TestApp, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
    command.args(arguments).env_clear().envs(app.environment());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn an_operator_sees_what_is_waited_for() {
    let scene = Scene::set().await;
    let list = ["payments", "list", "--product", "bestays"];
    assert_eq!(terrace(&scene.app, &list).await.trim(), "no payments");
    let booking = scene.hold(10).await;
    scene.begin(&booking, "manual").await;
    let table = terrace(&scene.app, &list).await;
    assert!(table.contains(&booking.reference) && table.contains("THB 14,100"), "{table}");
    let json = [&list[..], &["--state", "requires_action", "--json"]].concat();
    let found: Value = serde_json::from_str(&terrace(&scene.app, &json).await).unwrap();
    assert_eq!(found[0]["payments"][0]["booking_reference"], Value::from(booking.reference));
    let none = [&list[..], &["--attention"]].concat();
    assert_eq!(terrace(&scene.app, &none).await.trim(), "no payments");
}
