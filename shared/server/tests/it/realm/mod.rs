//! What the identity provider tells of people, and what it is asked about them.

mod commands;
mod cookies;
mod deliveries;
mod reconcile;
mod revocation;
mod roles;

use std::process::Command;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use terrace_testkit::{Caller, ClerkEvent, ClerkServer, TestApp, clerk_user, setup};

/// A brand that a realm delivers to.
struct Scene {
    app: TestApp,
    clerk: ClerkServer,
    admin: Caller,
}

impl Scene {
    async fn set() -> Self {
        let clerk = ClerkServer::start();
        let app = setup("bestays").with(clerk.serves()).spawn().await;
        let admin = app.admin().await;
        Self { app, clerk, admin }
    }

    /// Delivers, and waits until it is applied.
    async fn hear(&self, event: &ClerkEvent) {
        let _ = event.deliver(&self.app).await.expect(204);
        self.app.settled().await;
    }

    /// A person's row, as its owner sees it.
    async fn row(&self, subject: &str) -> Value {
        self.app
            .value(format!("SELECT to_jsonb(u) FROM users u WHERE auth_subject = '{subject}'"))
            .await
    }

    /// The states of the deliveries so far, in the order of their arrival.
    async fn states(&self) -> Vec<String> {
        self.app.values("SELECT status::text FROM webhook_events ORDER BY created_at").await
    }

    /// What the command prints, and whether it ended well.
    async fn terrace(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
        command.args(arguments).env_clear().envs(self.app.environment());
        for (key, value) in [
            ("API_URL", self.clerk.url()),
            ("SECRET_KEY", self.clerk.key()),
            ("API_TIMEOUT_MS", "400"),
        ] {
            command.env(format!("BESTAYS__IDENTITY__{key}"), value);
        }
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }

    /// What the command prints; it must end well.
    async fn said(&self, arguments: &[&str]) -> String {
        let (well, said) = self.terrace(arguments).await;
        assert!(well, "{arguments:?}: {said}");
        said
    }
}

/// A time of the realm, so many seconds from a fixed one.
fn at(seconds: i64) -> i64 {
    1_750_000_000_000 + seconds * 1000
}

fn moment(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap()
}

/// A person at a time, with a role or none.
fn person(id: &str, seconds: i64, role: Option<&str>) -> Value {
    let mut user = clerk_user(id, at(seconds));
    if let Some(role) = role {
        user["public_metadata"] = json!({"role": role});
    }
    user
}

fn updated(user: &Value) -> ClerkEvent {
    ClerkEvent::new("user.updated", user)
}
