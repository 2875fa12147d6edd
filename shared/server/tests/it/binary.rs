//! The real binary: what it refuses to start on, what it logs, how it stops.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use terrace_product::Env;
use terrace_testkit::{TestApp, listing, spawn_app};

pub(crate) fn serve(app: &TestApp, change: impl FnOnce(&mut Env)) -> Command {
    let mut env = app.environment();
    let prefix = app.product.to_uppercase();
    env.insert(format!("{prefix}__SERVER__PORT"), "0".to_owned());
    // Follows from the port unless it is said.
    env.insert(format!("{prefix}__SERVER__PUBLIC_URL"), app.profile.server.public_url.to_string());
    env.insert("RUST_LOG".to_owned(), "info".to_owned());
    change(&mut env);
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
    command.args(["serve", "--product", &app.product]).env_clear().envs(env);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// It must end by itself; a server that starts after all is stopped, and told of.
fn refuses(mut command: Command) -> String {
    let mut child = command.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("it serves: {:?}", child.wait_with_output().unwrap());
        }
        std::thread::yield_now();
    }
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&stderr).into_owned();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.starts_with("error: "), "{said}");
    assert!(!said.contains("testkit"), "the password is told: {said}");
    said
}

#[tokio::test]
async fn another_products_database_is_refused() {
    let (bestays, realestate) = (spawn_app("bestays").await, spawn_app("realestate").await);
    let theirs = realestate.environment();
    let said = refuses(serve(&bestays, |env| {
        for key in ["DATABASE__NAME", "DATABASE__APP_ROLE", "DATABASE__APP_PASSWORD"] {
            env.insert(format!("BESTAYS__{key}"), theirs[&format!("REALESTATE__{key}")].clone());
        }
    }));
    assert!(said.contains("belongs to product realestate, not bestays"), "{said}");
    assert!(said.contains(&realestate.database), "{said}");
}

/// The roles of a brand cannot even enter another's database.
#[tokio::test]
async fn another_products_database_lets_nobody_in() {
    let (bestays, realestate) = (spawn_app("bestays").await, spawn_app("realestate").await);
    let said = refuses(serve(&bestays, |env| {
        env.insert("BESTAYS__DATABASE__NAME".to_owned(), realestate.database.clone());
    }));
    assert!(
        said.contains("cannot reach database") && said.contains(&realestate.database),
        "{said}"
    );
}

#[tokio::test]
async fn a_schema_that_is_behind_or_ahead_is_refused() {
    let app = spawn_app("bestays").await;
    let last: String = app.value("SELECT max(version) FROM seaql_migrations").await;
    app.execute(format!("DELETE FROM seaql_migrations WHERE version = '{last}'")).await;
    let behind = refuses(serve(&app, |_| {}));
    assert!(
        behind.contains("1 to apply") && behind.contains("terrace migrate up --product bestays"),
        "{behind}"
    );
    app.execute(format!(
        "INSERT INTO seaql_migrations VALUES ('{last}', 0), ('m29990101_000001_from_the_future', 0)"
    ))
    .await;
    let ahead = refuses(serve(&app, |_| {}));
    assert!(ahead.contains("1 unknown"), "{ahead}");
}

#[tokio::test]
async fn a_database_that_is_away_is_named() {
    let app = spawn_app("bestays").await;
    let said = refuses(serve(&app, |env| {
        env.insert("BESTAYS__DATABASE__HOST".to_owned(), "127.0.0.1".to_owned());
        env.insert("BESTAYS__DATABASE__PORT".to_owned(), "1".to_owned());
    }));
    assert!(said.contains("cannot reach database") && said.contains("127.0.0.1:1"), "{said}");
    assert!(said.contains("is it running"), "{said}");
}

#[tokio::test]
async fn a_wrong_setting_is_named_with_its_place() {
    let app = spawn_app("bestays").await;
    let unknown = refuses(serve(&app, |env| {
        env.insert("BESTAYS__SERVER__COLOUR".to_owned(), "red".to_owned());
    }));
    assert!(unknown.contains("BESTAYS__SERVER__COLOUR"), "{unknown}");
    let shared = refuses(serve(&app, |env| {
        env.insert("BESTAYS__SERVER__ORIGINS".to_owned(), "http://localhost:5274".to_owned());
    }));
    assert!(shared.contains("http://localhost:5274") && shared.contains("realestate"), "{shared}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let app = spawn_app("bestays").await;
    let port = app.address().port().to_string();
    let said = refuses(serve(&app, |env| {
        env.insert("BESTAYS__SERVER__PORT".to_owned(), port.clone());
    }));
    assert!(said.contains("cannot listen on") && said.contains(&port), "{said}");
}

pub(crate) struct Running {
    pub(crate) child: Child,
    lines: std::sync::mpsc::Receiver<String>,
    pub(crate) base: String,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut running = Self { child, lines, base: String::new() };
        let serving = running.line(|line| line["message"] == "serving");
        running.base = format!("http://{}", serving["address"].as_str().unwrap());
        running
    }

    /// The next line that is asked for; every line before it is JSON.
    fn line(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line =
                self.lines.recv_timeout(Duration::from_secs(20)).expect("the line is logged");
            let line: Value =
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if wanted(&line) {
                return line;
            }
        }
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn each_request_has_one_line_and_a_signal_stops_it_cleanly() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    for signal in ["TERM", "INT"] {
        let mut running = Running::start(serve(&app, |_| {}));
        let http = reqwest::Client::new();
        let get = |path: &str, id: &str| {
            http.get(format!("{}{path}", running.base))
                .header("x-request-id", id)
                .bearer_auth(agent.token.as_deref().unwrap())
                .send()
        };
        let secret = "tags=secret-7261";
        let sent = [
            ("request-one", format!("/api/v1/properties?{secret}"), "list_properties", 200),
            ("request-two", "/api/v1/properties/secret-7261".to_owned(), "get_property", 404),
            ("request-three", "/secret-7261".to_owned(), "unmatched", 404),
        ];
        for (id, path, operation, status) in sent {
            let reply = get(&path, id).await.unwrap();
            assert_eq!(reply.status().as_u16(), status);
            let line = running.line(|line| line["target"] == "terrace::request");
            assert_eq!(line["request_id"], id, "one line for each request, in order: {line}");
            assert_eq!(line["operation"], operation);
            assert_eq!(line["status"], status);
            assert_eq!(line["product"], "bestays");
            assert_eq!(line["method"], "GET");
            assert_eq!(line["role"], "agent");
            assert_eq!(line["user_id"], agent.user_id.unwrap().to_string());
            assert!(line["duration_ms"].as_f64().unwrap() > 0.0, "{line}");
            for told in ["secret-7261", agent.token.as_deref().unwrap()] {
                assert!(!line.to_string().contains(told), "{told} in {line}");
            }
        }
        let made = http
            .post(format!("{}/api/v1/properties", running.base))
            .bearer_auth(agent.token.as_deref().unwrap());
        assert_eq!(made.json(&listing::rent()).send().await.unwrap().status().as_u16(), 201);
        drop(http);
        running.signal(signal);
        running.line(|line| line["message"] == "stopped");
        let status = running.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{signal}");
    }
}
