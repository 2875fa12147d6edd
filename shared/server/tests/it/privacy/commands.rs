//! `terrace subject`.

use std::process::{Command, Output};

use serde_json::{Value, json};
use terrace_testkit::{TestApp, spawn_app};

use super::{idle, tables_with};

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

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// An enquiry of somebody without an account.
async fn asked(app: &TestApp, word: &str) {
    let lead = json!({"name": word, "email": format!("{word}@Mail.example"), "message": format!("{word} asks")});
    let _ = app.anonymous().post("/api/v1/leads", lead).await.expect(202);
}

#[tokio::test]
async fn a_guest_without_an_account_is_found_by_their_address() {
    let app = idle().spawn().await;
    asked(&app, "kanarekone").await;
    asked(&app, "kanarektwo").await;
    let of = ["--product", "bestays", "--email", "Kanarekone@mail.example"];
    let command = |what: &'static str, more: &[&'static str]| {
        [&["subject", what][..], &of[..], more].concat()
    };

    let export = json_of(&said(&app, &command("export", &[])).await);
    let places: Vec<_> =
        export["places"].as_array().unwrap().iter().map(|place| &place["place"]).collect();
    assert!(places.contains(&&json!("leads")), "{export:#}");
    let table = said(&app, &command("export", &["--dry-run"])).await;
    assert!(table.contains("leads") && !table.contains("kanarek"), "{table}");

    // Nothing happens unless it is meant.
    let refused = terrace(&app, &command("erase", &[])).await;
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && error.contains("--yes"), "{error}");
    let table = said(&app, &command("erase", &["--dry-run"])).await;
    assert!(table.contains("would be") && table.contains("leads"), "{table}");
    assert!(!tables_with(&app, "kanarekone").await.is_empty());
    assert!(!app.profile.privacy.ledger_dir.join("erasures.jsonl").exists());

    let erased = json_of(&said(&app, &command("erase", &["--yes", "--json"])).await);
    assert!(erased["places"].as_array().unwrap().iter().any(|place| place["place"] == "leads"));
    assert_eq!(tables_with(&app, "kanarekone").await, Vec::<String>::new());
    assert!(!tables_with(&app, "kanarektwo").await.is_empty());
    // Again: there is nobody any more.
    let again = said(&app, &command("erase", &["--yes"])).await;
    assert!(again.contains("nothing is known"), "{again}");
}

#[tokio::test]
async fn a_restored_backup_does_not_bring_people_back() {
    let app = idle().spawn().await;
    asked(&app, "kanarekone").await;
    // As a backup has them.
    app.execute(
        "CREATE TABLE saved_leads AS SELECT * FROM leads; \
         CREATE TABLE saved_letters AS SELECT * FROM notifications",
    )
    .await;
    let erase =
        ["subject", "erase", "--product", "bestays", "--email", "kanarekone@mail.example", "--yes"];
    let _ = said(&app, &erase).await;
    // The restore, and somebody who came back of their own accord after it was done.
    app.execute(
        "UPDATE leads l SET name = s.name, email = s.email, message = s.message, erased_at = NULL \
           FROM saved_leads s WHERE s.id = l.id; \
         UPDATE notifications n SET recipient = s.recipient, facts = s.facts FROM saved_letters s WHERE s.id = n.id; \
         DROP TABLE saved_leads; DROP TABLE saved_letters",
    )
    .await;
    let later = json!({"name": "kanarekone", "email": "kanarekone@mail.example", "message": "kanareklater"});
    let _ = app.anonymous().post("/api/v1/leads", later).await.expect(202);

    let replay = ["subject", "replay", "--product", "bestays", "--json"];
    let first = json_of(&said(&app, &replay).await);
    assert_eq!(first[0]["erasures"], 1);
    assert_eq!(first[0]["again"], 1);
    let old: i64 = app.value("SELECT count(*) FROM leads WHERE message = 'kanarekone asks'").await;
    assert_eq!(old, 0);
    assert!(!tables_with(&app, "kanareklater").await.is_empty(), "who came back is somebody");
    let second = json_of(&said(&app, &replay).await);
    assert_eq!((&second[0]["again"], &second[0]["rows"]), (&json!(0), &json!(0)));

    // A ledger that cannot be read is no reason to open.
    std::fs::write(app.profile.privacy.ledger_dir.join("erasures.jsonl"), "{torn\n").unwrap();
    let torn = terrace(&app, &["subject", "replay", "--product", "bestays"]).await;
    let error = String::from_utf8_lossy(&torn.stderr).into_owned();
    assert!(!torn.status.success() && error.contains("line 1"), "{error}");
}

#[tokio::test]
async fn a_visitor_is_known_by_their_id() {
    let app = idle().spawn().await;
    for word in ["kanarekone", "kanarektwo"] {
        let token =
            app.anonymous().post_empty("/api/v1/visitors").await.expect(201).text_at("/token");
        let search = json!({"name": word});
        let saved = app.anonymous().post("/api/v1/saved-searches", search);
        let _ = saved.header("visitor-token", &token).await.expect(201);
    }
    let visitor: uuid::Uuid =
        app.value("SELECT visitor_id FROM saved_searches WHERE name = 'kanarekone'").await;
    let visitor = visitor.to_string();
    let of = ["--product", "bestays", "--visitor", &visitor];
    let export = said(&app, &[&["subject", "export"][..], &of].concat()).await;
    assert!(export.contains("kanarekone") && !export.contains("kanarektwo"), "{export}");
    let _ = said(&app, &[&["subject", "erase"][..], &of, &["--yes"]].concat()).await;
    assert_eq!(tables_with(&app, "kanarekone").await, Vec::<String>::new());
    assert_eq!(tables_with(&app, "kanarektwo").await, ["saved_searches"]);
    let left: i64 =
        app.value(format!("SELECT count(*) FROM visitors WHERE id = '{visitor}'")).await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn who_it_is_about_must_be_said() {
    let app = spawn_app("bestays").await;
    for (arguments, why) in [
        (&["subject", "erase", "--product", "bestays", "--yes"][..], "--user"),
        (&["subject", "erase", "--product", "bestays", "--email", "nobody", "--yes"], "@"),
        (
            &[
                "subject",
                "export",
                "--product",
                "bestays",
                "--user",
                "019abc00-0000-7000-8000-000000000000",
            ],
            "no such person",
        ),
    ] {
        let output = terrace(&app, arguments).await;
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(why), "{arguments:?}: {error}");
    }
    // An operator may hand the file on: nobody else on the machine reads it.
    let person = app.user("nok").await.user_id.unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nok.json");
    let path = file.display().to_string();
    let export = ["subject", "export", "--product", "bestays", "--user", &person, "--out", &path];
    let _ = said(&app, &export).await;
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let output = terrace(&app, &export).await;
    assert!(!output.status.success(), "a file that is there is not overwritten");
}
