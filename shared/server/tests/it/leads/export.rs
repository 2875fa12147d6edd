//! The table.

use std::process::Command;

use serde_json::json;
use terrace_testkit::{TestApp, spawn_app};

use super::{LEADS, enquiry};

const TRIGGERS: &[char] = &['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n', '\0'];

/// What is run by a spreadsheet, in every dress.
fn payloads() -> Vec<String> {
    let mut all = Vec::new();
    for before in ["", " ", "\t", "\r\n", "\u{a0}", "\u{3000}", "\u{feff}", "\u{200b}"] {
        for trigger in ["=", "+", "-", "@", "＝", "＋", "－", "＠"] {
            for rest in [
                "1+1",
                "cmd|' /C calc'!A0",
                "HYPERLINK(\"http://evil.example\",\"x\")",
                "\",=1+1,\"",
                "x",
            ] {
                all.push(format!("{before}{trigger}{rest}"));
            }
        }
    }
    assert!(all.len() >= 300);
    all
}

async fn fill(app: &TestApp, rows: usize) {
    app.execute(format!(
        "SET app.role = 'system'; INSERT INTO leads (name, email, created_at) \
         SELECT 'Guest ' || n, 'guest' || n || '@example.com', now() - n * interval '1 second' FROM generate_series(1, {rows}) n"
    ))
    .await;
}

fn read(text: &[u8]) -> Vec<csv::StringRecord> {
    let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(text);
    reader.records().collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn no_cell_is_a_formula() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    for (nth, payload) in payloads().into_iter().enumerate() {
        let body = json!({"name": payload, "line_id": payload, "email": format!("g{nth}@example.com"), "message": payload});
        let reply = app.anonymous().post(LEADS, body).await;
        // Nothing but blanks before it was cut off is nobody's name.
        assert!(matches!(reply.status, 202 | 422), "{reply:?}");
    }
    // As an older version or an import may have stored them.
    app.execute("SET app.role = 'system'; INSERT INTO leads (name, email, source) VALUES (E'\\t=1+1', '=cmd@example.com', 'website'), ('+66', '+x@example.com', 'website')").await;
    let reply = admin.get(&format!("{LEADS}/export")).await.expect(200);
    assert!(reply.header("content-type").starts_with("text/csv"), "{reply:?}");
    assert_eq!(reply.header("content-disposition"), "attachment; filename=\"bestays-leads.csv\"");
    let rows = read(&reply.body);
    assert!(rows.len() > 300, "only {} rows", rows.len());
    for row in &rows {
        for cell in row {
            let seen = cell.trim_start_matches(|c: char| {
                c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}')
            });
            assert!(!cell.starts_with(TRIGGERS) && !seen.starts_with(TRIGGERS), "{cell:?}");
        }
    }
}

#[tokio::test]
async fn the_table_has_every_lead_once_over_all_its_pages() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    fill(&app, 1203).await;
    let plain = admin.get(&format!("{LEADS}/export")).await.expect(200);
    assert!(!plain.body.starts_with("\u{feff}".as_bytes()));
    let emails: std::collections::BTreeSet<_> =
        read(&plain.body).iter().map(|row| row[6].to_owned()).collect();
    assert_eq!((emails.len(), read(&plain.body).len()), (1203, 1203));
    assert!(plain.text().contains("\r\n"), "RFC 4180 ends a line with CRLF");
    let marked = admin.get(&format!("{LEADS}/export?bom=true")).await.expect(200);
    assert!(marked.body.starts_with("\u{feff}reference,".as_bytes()));
    assert_eq!(marked.body[3..], plain.body[..]);
    let none = admin.get(&format!("{LEADS}/export?status=won")).await.expect(200);
    assert_eq!(read(&none.body).len(), 0);
    admin.get(&format!("{LEADS}/export?q=x")).await.problem(400, "invalid_parameter");
}

#[tokio::test]
async fn an_operator_lists_and_exports() {
    let app = spawn_app("bestays").await;
    let _ = app.anonymous().post(LEADS, enquiry("g@example.com")).await.expect(202);
    fill(&app, 501).await;
    let terrace = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
        command
            .arg("leads")
            .args(args)
            .args(["--product", "bestays"])
            .env_clear()
            .envs(app.environment());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let listed: serde_json::Value =
        serde_json::from_slice(&terrace(&["list", "--json", "--limit", "3"])).unwrap();
    assert_eq!(listed[0]["product"], "bestays");
    assert_eq!(listed[0]["leads"].as_array().unwrap().len(), 3);
    assert_eq!(listed[0]["leads"][0]["email"], "g@example.com");
    let table = String::from_utf8(terrace(&["list"])).unwrap();
    assert!(table.contains(listed[0]["leads"][0]["reference"].as_str().unwrap()), "{table}");
    assert_eq!(read(&terrace(&["export"])).len(), 502);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("leads.csv");
    let _ = terrace(&["export", "--bom", "--out", file.to_str().unwrap()]);
    let written = std::fs::read(&file).unwrap();
    assert_eq!(read(&written[3..]).len(), 502);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "a half-written file stays behind"
    );
}
