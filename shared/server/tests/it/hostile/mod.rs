//! Whatever is sent: never a 5xx, and every refusal a problem.

mod lists;
mod messages;
pub(crate) mod nasty;
mod people;
mod writes;

use reqwest::Method;
use terrace_testkit::{Caller, Listing, Reply, TestApp, listing, spawn_app};

const PATH: &str = "/api/v1/properties";

/// Refused as the API refuses, or taken.
#[track_caller]
pub(crate) fn assert_sound(what: &str, reply: &Reply) {
    assert!(reply.status < 500, "{what}: {reply:?}");
    if reply.status >= 400 {
        assert_eq!(reply.header("content-type"), "application/problem+json", "{what}: {reply:?}");
        let problem = reply.json();
        assert!(
            problem["code"].is_string() && problem["request_id"].is_string(),
            "{what}: {reply:?}"
        );
    }
    let text = reply.text();
    for inside in [
        "sqlx",
        "sea_orm",
        "SQLSTATE",
        "serde",
        "panicked",
        "src/",
        "PostgreSQL",
        "postgres://",
        "deserialize",
    ] {
        assert!(!text.contains(inside), "{what}: {inside} leaks in {reply:?}");
    }
}

struct Scene {
    app: TestApp,
    agent: Caller,
    target: Listing,
}

impl Scene {
    async fn set() -> Self {
        let app = spawn_app("bestays").await;
        let agent = app.agent("somchai").await;
        let target = agent.create(listing::rent()).await;
        Self { app, agent, target }
    }

    /// The routes that take a body.
    fn writes(&self) -> [(Method, String); 3] {
        [
            (Method::POST, PATH.to_owned()),
            (Method::PATCH, self.target.path()),
            (Method::PUT, self.target.at("translations/th")),
        ]
    }

    /// The version as it stands: what is sound is taken, and moves it.
    async fn send(&self, method: &Method, path: &str, body: Vec<u8>) -> Reply {
        let version: i32 = self
            .app
            .value(format!("SELECT version FROM properties WHERE id = '{}'", self.target.id))
            .await;
        let call = self.agent.call(method.clone(), path).if_match(format!("\"{version}-en\""));
        call.bytes(body).await
    }
}
