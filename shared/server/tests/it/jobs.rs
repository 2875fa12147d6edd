//! The queue itself, with a real kind of job: `webhook_replay`, which writes deliveries.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use terrace_testkit::{Caller, Setup, TestApp, listing, setup};
use uuid::Uuid;

const WEBHOOKS: &str = "/api/v1/admin/webhooks";

/// A product whose server does no work itself.
fn idle() -> Setup {
    setup("bestays").with(|profile| profile.jobs.in_server = false)
}

/// An endpoint that is switched off: a replay writes its deliveries, and nobody sends them.
async fn endpoint(admin: &Caller) -> String {
    let made = admin.post(WEBHOOKS, json!({"url": "https://93.184.216.34/"})).await.expect(201);
    let path = format!("{WEBHOOKS}/{}", made.text_at("/id"));
    let _ = admin.patch(&path, json!({"is_active": false})).await.expect(200);
    path
}

async fn queue_replay(admin: &Caller, endpoint: &str, from_seq: i64) {
    let body = json!({"from_seq": from_seq});
    let _ = admin.post(&format!("{endpoint}/replay"), body).await.expect(202);
}

/// Replays fail from now on.
async fn break_replays(app: &TestApp) {
    app.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'canary-value' USING ERRCODE = 'P0099'; END $$; \
         CREATE TRIGGER refuse BEFORE INSERT ON webhook_deliveries FOR EACH ROW EXECUTE FUNCTION refuse()",
    )
    .await;
}

/// Waits until a query says true.
async fn until(app: &TestApp, sql: &str) {
    let pool = app.sql().await;
    let said_so = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            let sql = sqlx::AssertSqlSafe(format!("SELECT coalesce(({sql}), false)"));
            if sqlx::query_scalar::<_, bool>(sql).fetch_one(&pool).await.unwrap() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert!(said_so.await.is_ok(), "not within 60 seconds: {sql}");
    pool.close().await;
}

fn command(app: &TestApp, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
    command.args(arguments).env_clear().envs(app.environment());
    command
}

/// What a command prints; it must end well.
async fn terrace(app: &TestApp, arguments: &[&str]) -> String {
    let mut command = command(app, arguments);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

async fn listed(app: &TestApp) -> Vec<Value> {
    let said = terrace(app, &["jobs", "list", "--product", "bestays", "--json"]).await;
    let said: Value = serde_json::from_str(&said).unwrap();
    said[0]["jobs"].as_array().cloned().unwrap()
}

/// `terrace worker`; killed when it is dropped.
struct Worker(Child);

impl Worker {
    fn start(app: &TestApp) -> Self {
        let mut command = command(app, &["worker", "--product", "bestays"]);
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_failing_job_is_tried_later_and_later_then_set_aside() {
    let app = setup("bestays").spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let _ = agent.create(listing::rent()).await;
    // What the listing itself has caused is done.
    app.settled().await;
    let endpoint = endpoint(&admin).await;
    break_replays(&app).await;
    queue_replay(&admin, &endpoint, 1).await;
    for attempt in 1..10 {
        until(&app, &format!("SELECT attempts = {attempt} AND locked_at IS NULL FROM jobs")).await;
        let wait: f64 =
            app.value("SELECT extract(epoch FROM run_at - updated_at)::float8 FROM jobs").await;
        let expected = 2_f64.powi(attempt).min(3600.0);
        assert!((expected * 0.74..=expected * 1.26).contains(&wait), "{attempt}: {wait} s");
        let row = listed(&app).await.remove(0);
        assert_eq!((&row["kind"], &row["attempts"]), (&json!("webhook_replay"), &json!(attempt)));
        assert_eq!(row["state"], "waiting");
        app.execute("UPDATE jobs SET run_at = now()").await;
    }
    until(&app, "SELECT dead_at IS NOT NULL FROM jobs").await;
    let row = listed(&app).await.remove(0);
    assert_eq!((&row["state"], &row["attempts"]), (&json!("dead"), &json!(10)));
    let error = row["last_error"].as_str().unwrap();
    assert!(error.contains("P0099") && !error.contains("canary-value"), "{error}");
    app.execute("UPDATE jobs SET run_at = now()").await;
    app.settled().await;
    assert_eq!(listed(&app).await[0]["attempts"], 10, "dead is dead");

    // The operator sees it, and lets it begin anew once the cause is gone.
    let table = terrace(&app, &["jobs", "list", "--dead", "--product", "bestays"]).await;
    assert!(table.contains("webhook_replay") && table.contains("10/10"), "{table}");
    app.execute("DROP TRIGGER refuse ON webhook_deliveries").await;
    let said = terrace(&app, &["jobs", "retry", "--product", "bestays"]).await;
    assert_eq!(said.trim(), "bestays: 1 to be run again");
    app.settled().await;
    assert!(listed(&app).await.is_empty());
    let rows: i64 = app.value("SELECT count(*) FROM webhook_deliveries").await;
    assert_eq!(rows, 1, "its work is done");
}

#[tokio::test]
async fn an_operator_throws_dead_jobs_away_and_no_others() {
    let app = idle().spawn().await;
    let admin = app.admin().await;
    let endpoint = endpoint(&admin).await;
    for from in 1..=3 {
        queue_replay(&admin, &endpoint, from).await;
    }
    app.execute(
        "UPDATE jobs SET dead_at = now(), attempts = 10 WHERE payload ->> 'from_seq' <> '3'",
    )
    .await;
    let one: Uuid = app.value("SELECT id FROM jobs WHERE payload ->> 'from_seq' = '1'").await;
    let one = one.to_string();
    let discard = ["jobs", "discard", "--product", "bestays"];
    let mut unasked = command(&app, &discard);
    let refused = tokio::task::spawn_blocking(move || unasked.output().unwrap()).await.unwrap();
    assert!(!refused.status.success(), "without --yes it asks");
    let said = terrace(&app, &[&discard[..], &["--yes", "--job", &one]].concat()).await;
    assert_eq!(said.trim(), "bestays: 1 thrown away");
    assert_eq!(listed(&app).await.len(), 2);
    let said = terrace(&app, &[&discard[..], &["--yes"]].concat()).await;
    assert_eq!(said.trim(), "bestays: 1 thrown away");
    let left = listed(&app).await;
    assert_eq!((left.len(), &left[0]["state"]), (1, &json!("due")));
}

/// Asked for ten times before it has begun: one job. Once it has begun, another.
#[tokio::test]
async fn the_same_work_is_queued_once() {
    let app = idle().spawn().await;
    let admin = app.admin().await;
    let endpoint = endpoint(&admin).await;
    let asking: Vec<_> = (0..10).map(|_| queue_replay(&admin, &endpoint, 1)).collect();
    futures_util::future::join_all(asking).await;
    assert_eq!(listed(&app).await.len(), 1);
    app.execute("UPDATE jobs SET attempts = 1, locked_at = now(), locked_by = 'somebody', run_at = now() + interval '1 min'").await;
    queue_replay(&admin, &endpoint, 1).await;
    queue_replay(&admin, &endpoint, 1).await;
    let mut states: Vec<_> = listed(&app).await.iter().map(|job| job["state"].clone()).collect();
    states.sort_by_key(ToString::to_string);
    assert_eq!(states, ["due", "running"]);
}

/// A worker is killed in the middle of a job. While its lease holds nobody touches the job;
/// afterwards somebody else does it.
#[tokio::test]
async fn a_dead_workers_job_is_done_by_another() {
    let app = idle().spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let _ = agent.create(listing::rent()).await;
    // Of what the listing queued nothing is of interest here.
    app.execute("DELETE FROM jobs").await;
    let endpoint = endpoint(&admin).await;
    // Whoever works waits here.
    let pool = app.sql().await;
    let mut gate = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE webhook_deliveries IN SHARE MODE").execute(&mut *gate).await.unwrap();
    queue_replay(&admin, &endpoint, 1).await;
    let first = Worker::start(&app);
    until(&app, "SELECT locked_by IS NOT NULL FROM jobs").await;
    drop(first);
    gate.rollback().await.unwrap();
    let row = listed(&app).await.remove(0);
    assert_eq!((&row["state"], &row["attempts"]), (&json!("running"), &json!(1)));
    let lease: bool = app
        .value(
            "SELECT run_at BETWEEN now() + interval '30 s' AND now() + interval '61 s' FROM jobs",
        )
        .await;
    assert!(lease, "the lease is a minute");

    let _second = Worker::start(&app);
    // It works, and leaves that job alone: another one that is due goes first.
    queue_replay(&admin, &endpoint, 2).await;
    until(&app, "SELECT count(*) = 1 FROM jobs").await;
    assert_eq!(listed(&app).await[0]["state"], "running");
    let rows: i64 = app.value("SELECT count(*) FROM webhook_deliveries").await;
    assert_eq!(rows, 0);
    app.execute("UPDATE jobs SET run_at = now()").await;
    until(&app, "SELECT count(*) = 0 FROM jobs").await;
    let rows: i64 = app.value("SELECT count(*) FROM webhook_deliveries").await;
    assert_eq!(rows, 1);
}

/// Three workers and a hundred jobs: each is run once.
#[tokio::test]
async fn no_job_is_run_by_two() {
    const JOBS: i64 = 100;
    let app = idle().spawn().await;
    let admin = app.admin().await;
    endpoint(&admin).await;
    // One delivery of its own for each: every run of a job leaves a line.
    app.execute(format!(
        "INSERT INTO events (kind, subject_type, subject_id) \
             SELECT 'listing.updated', 'listing', gen_random_uuid() FROM generate_series(1, {JOBS}); \
         SELECT sequence_events(1000); \
         CREATE TABLE runs (message_id text, at timestamptz DEFAULT clock_timestamp()); \
         CREATE FUNCTION note_run() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS \
             $$ BEGIN INSERT INTO public.runs VALUES (NEW.message_id); PERFORM pg_sleep(0.01); RETURN NEW; END $$; \
         CREATE TRIGGER note_run AFTER INSERT OR UPDATE ON webhook_deliveries FOR EACH ROW EXECUTE FUNCTION note_run(); \
         INSERT INTO jobs (kind, payload) SELECT 'webhook_replay', jsonb_build_object( \
             'endpoint_id', (SELECT id FROM webhook_endpoints), 'from_seq', n, 'to_seq', n, 'failed_only', false) \
             FROM generate_series(1, {JOBS}) n"
    ))
    .await;
    let _workers = [Worker::start(&app), Worker::start(&app), Worker::start(&app)];
    until(&app, "SELECT count(*) = 0 FROM jobs").await;
    let runs: Vec<String> = app.values("SELECT message_id FROM runs").await;
    let distinct: std::collections::BTreeSet<_> = runs.iter().collect();
    assert_eq!((runs.len(), distinct.len()), (100, 100));
}
