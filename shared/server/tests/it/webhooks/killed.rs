//! The process dies after it has sent and before it has recorded: sent again, under the same id.

use std::process::{Child, Command, Stdio};

use terrace_testkit::{Receiver, TestApp};

use super::support::{Hook, allowing, is_signed_by, quiet, until};

/// A process that does not outlive its test.
struct Worker(Option<Child>);

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// `terrace worker`, allowed to call this receiver.
fn worker(app: &TestApp, receiver: &Receiver) -> Worker {
    let mut env = app.environment();
    env.insert("BESTAYS__OUTBOUND__PERMIT".to_owned(), receiver.address.to_string());
    env.insert("RUST_LOG".to_owned(), "trace".to_owned());
    let child = Command::new(env!("CARGO_BIN_EXE_terrace"))
        .args(["worker", "--product", "bestays"])
        .env_clear()
        .envs(env)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    Worker(Some(child))
}

/// Killed at once; what it has said.
async fn killed(mut worker: Worker) -> String {
    let mut child = worker.0.take().unwrap();
    child.kill().unwrap();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    let output = output.await.unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[tokio::test]
async fn sent_and_not_recorded_is_sent_again() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).with(|profile| profile.jobs.in_server = false).spawn().await;
    let admin = app.admin().await;
    let hook = Hook::make(&admin, &receiver, &[]).await;
    receiver.hold();
    let first = worker(&app, &receiver);
    let _ = admin.post_empty(&hook.at("test")).await.expect(202);
    receiver.wait_for(1).await;
    let said = killed(first).await;
    receiver.release();
    let row = hook.log(&admin, "status=pending").await.remove(0);
    assert_eq!(row["attempts"], 1, "begun, and its end is not known");

    let second = worker(&app, &receiver);
    // Its lease holds; when that has run out, another may take it.
    app.execute(
        "UPDATE webhook_deliveries SET locked_until = now() - interval '1 ms', next_attempt_at = now()",
    )
    .await;
    let received = receiver.wait_for(2).await;
    assert_eq!(received[0].id(), received[1].id());
    assert!(is_signed_by(&received[1], &hook.secret));
    until(&app, "SELECT count(*) FROM webhook_deliveries WHERE status = 'delivered'", 1).await;
    quiet(&app).await;
    let said = said + &killed(second).await;
    assert!(said.contains("working"), "the log is read: {said}");
    assert!(!said.contains(hook.secret.trim_start_matches("whsec_")), "the secret is in the log");
}

/// A sender whose lease ran out while it waited records nothing over whoever took it on.
#[tokio::test]
async fn a_late_sender_records_nothing() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let admin = app.admin().await;
    let hook = Hook::make(&admin, &receiver, &[]).await;
    receiver.hold();
    let _ = admin.post_empty(&hook.at("test")).await.expect(202);
    receiver.wait_for(1).await;
    // Somebody else has it now.
    app.execute("UPDATE webhook_deliveries SET claim = gen_random_uuid(), attempts = 2").await;
    receiver.answer(|_| 500);
    receiver.release();
    // The failure is noted at the endpoint in the transaction that would have changed the row.
    until(&app, "SELECT count(*) FROM webhook_endpoints WHERE failing_since IS NOT NULL", 1).await;
    let row = hook.log(&admin, "").await.remove(0);
    assert_eq!((row["status"].as_str(), row["attempts"].as_i64()), (Some("pending"), Some(2)));
}
