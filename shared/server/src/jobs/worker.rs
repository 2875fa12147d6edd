//! Claims jobs and runs them, for as long as the instance is not told to stop.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    task::{self, JoinError, JoinSet},
    time::Instant,
};
use uuid::Uuid;

use super::{
    Failure,
    queue::{self, Claimed},
    table::{KINDS, Kind, PERIODIC, Periodic},
};
use crate::{
    app::State,
    error::{Error, Result},
    search, webhooks,
};

/// How long an idle worker waits before it looks again. A look is one index scan; in return
/// nothing on the write path has to call out (`NOTIFY` makes commits wait for each other).
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Works until the instance is told to stop; then takes no more jobs and lets those under way
/// end. What does not end in time is done again by somebody else when its lease has run out.
pub(crate) async fn work(state: Arc<State>) {
    let name = format!("{}-{}", std::process::id(), Uuid::new_v4().simple());
    let mut periodic = JoinSet::new();
    for task in PERIODIC {
        periodic.spawn(from_time_to_time(task, state.clone()));
    }
    let mut others = JoinSet::new();
    others.spawn(webhooks::sender::work(state.clone()));
    others.spawn(search::index::work(state.clone()));
    let mut running = Running::default();
    while !state.is_draining() {
        let free = state.profile.jobs.concurrency.saturating_sub(running.count());
        if free == 0 {
            running.one_ended().await;
            continue;
        }
        match claim(&state, &name, &mut running, free).await {
            Ok(true) => {}
            // Whatever ends makes room, perhaps for another of its kind.
            Ok(false) => tokio::select! {
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                () = running.one_ended(), if running.count() > 0 => {}
            },
            Err(error) => {
                tracing::warn!(%error, "jobs cannot be claimed; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
    while running.count() > 0 {
        running.one_ended().await;
    }
    while others.join_next().await.is_some() {}
}

/// Claims what there is room for and starts it; says whether there may be more. Kinds that may
/// run only a few at once are asked for one by one.
async fn claim(
    state: &Arc<State>,
    worker: &str,
    running: &mut Running,
    mut free: usize,
) -> Result<bool> {
    let unlimited: Vec<&str> =
        KINDS.iter().filter(|kind| kind.at_once.is_none()).map(|kind| kind.name).collect();
    let limited = KINDS.iter().filter_map(|kind| {
        let room = kind.at_once?.saturating_sub(running.of(kind.name));
        (room > 0).then_some((vec![kind.name], room))
    });
    let mut more = false;
    let turns: Vec<_> = std::iter::once((unlimited, usize::MAX)).chain(limited).collect();
    for (kinds, room) in turns {
        let most = free.min(room);
        if most == 0 || kinds.is_empty() {
            continue;
        }
        let claimed = queue::claim(&state.db, worker, &kinds, most).await?;
        more |= claimed.len() == most;
        free = free.saturating_sub(claimed.len());
        for job in claimed {
            running.start(one(state.clone(), worker.to_owned(), job.clone()), job.kind);
        }
    }
    Ok(more)
}

/// The jobs under way, and their kinds.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    kinds: HashMap<task::Id, String>,
}

impl Running {
    fn start(&mut self, job: impl Future<Output = ()> + Send + 'static, kind: String) {
        let id = self.tasks.spawn(job).id();
        self.kinds.insert(id, kind);
    }

    fn of(&self, kind: &str) -> usize {
        self.kinds.values().filter(|running| *running == kind).count()
    }

    fn count(&mut self) -> usize {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.forget(ended);
        }
        self.tasks.len()
    }

    async fn one_ended(&mut self) {
        if let Some(ended) = self.tasks.join_next_with_id().await {
            self.forget(ended);
        }
    }

    fn forget(&mut self, ended: Result<(task::Id, ()), JoinError>) {
        let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
        self.kinds.remove(&id);
    }
}

async fn one(state: Arc<State>, worker: String, job: Claimed) {
    let Some(kind) = KINDS.iter().find(|kind| kind.name == job.kind) else {
        return;
    };
    let started = Instant::now();
    let result = with_lease(&state, &worker, &job, kind).await;
    let outcome = match &result {
        Ok(()) => "done",
        Err(_) if job.attempts >= job.max_attempts => "dead",
        Err(Failure::Final(_)) => "dead",
        Err(Failure::Retry(_)) => "again",
    };
    metrics::histogram!("terrace_job_duration_seconds", "kind" => kind.name, "outcome" => outcome)
        .record(started.elapsed().as_secs_f64());
    let recorded = match result {
        Ok(()) => queue::done(&state.db, job.id, &worker).await,
        Err(failure) => {
            let reason = reason(&failure);
            tracing::warn!(job = %job.id, kind = kind.name, attempt = job.attempts, outcome, reason, "job failed");
            let attempts = u32::try_from(job.attempts).unwrap_or(1);
            let delay = (outcome == "again").then(|| jittered((kind.delay)(attempts)));
            queue::failed(&state.db, job.id, &worker, &reason, delay).await
        }
    };
    if let Err(error) = recorded {
        tracing::warn!(job = %job.id, %error, "a job's end was not recorded; it will run again");
    }
}

/// Runs the job in a task of its own, so that a panic is a failure like any other, and renews
/// its lease meanwhile.
async fn with_lease(
    state: &Arc<State>,
    worker: &str,
    job: &Claimed,
    kind: &Kind,
) -> Result<(), Failure> {
    let mut task = JoinSet::new();
    task.spawn((kind.run)(job, state.clone()));
    let mut renewals = tokio::time::interval(queue::LEASE / 3);
    renewals.tick().await;
    loop {
        tokio::select! {
            ended = task.join_next() => return match ended {
                Some(Ok(result)) => result,
                Some(Err(error)) => {
                    Err(Failure::Retry(Error::internal(anyhow::anyhow!("the job died: {error}"))))
                }
                None => Ok(()),
            },
            _ = renewals.tick() => {
                // In a task of its own: this arm must not be dropped half-way by the other.
                let (state, id, worker) = (state.clone(), job.id, worker.to_owned());
                tokio::spawn(async move {
                    if let Err(error) = queue::renew(&state.db, id, &worker).await {
                        tracing::warn!(job = %id, %error, "a job's lease was not renewed");
                    }
                });
            }
        }
    }
}

/// The cause is the operator's to see; it never carries row values (see [`crate::error`]).
pub(crate) fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Final(reason) => reason.clone(),
        Failure::Retry(error) => match &error.cause {
            Some(cause) => format!("{error}: {cause:#}"),
            None => error.to_string(),
        },
    }
}

/// Jobs that failed together do not come back together.
fn jittered(delay: Duration) -> Duration {
    let part = f64::from(Uuid::new_v4().as_bytes()[0]) / 255.0;
    delay.mul_f64(0.75 + part / 2.0)
}

async fn from_time_to_time(task: &'static Periodic, state: Arc<State>) {
    let mut tick = tokio::time::interval(task.every);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = (task.run)(state.clone()).await {
            tracing::warn!(task = task.name, %error, "failed; the next round tries again");
        }
    }
}

#[cfg(test)]
mod tests {
    use terrace_product::{Environment, Profiles, process_env};

    use super::*;

    /// A panic is a failure like any other: the worker goes on, and the job is tried again.
    #[tokio::test]
    async fn a_panic_is_a_failure() {
        let products = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../products");
        let mut env = process_env();
        let keys = tempfile::tempdir().unwrap();
        let folder = keys.path().display().to_string();
        env.insert("BESTAYS__IDENTITY__STATE_DIR".to_owned(), folder);
        let profiles = Profiles::discover(&products).unwrap();
        let profile = profiles.load("bestays", Environment::Test, &env).unwrap();
        // Nothing of it is connected to.
        let state = Arc::new(State::new(profile).unwrap());
        let kind = Kind {
            name: "panics",
            at_once: None,
            delay: |_| Duration::ZERO,
            run: |_, _| Box::pin(async { panic!("on purpose") }),
        };
        let job = Claimed {
            id: Uuid::now_v7(),
            kind: "panics".to_owned(),
            payload: serde_json::json!({}),
            attempts: 1,
            max_attempts: 10,
        };
        match with_lease(&state, "worker", &job, &kind).await {
            Err(failure @ Failure::Retry(_)) => assert!(reason(&failure).contains("the job died")),
            other => panic!("{other:?}"),
        }
    }
}
