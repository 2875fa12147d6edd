//! Claims jobs and runs them, for as long as the instance is not told to stop.

use std::{sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::Instant};
use uuid::Uuid;

use super::{
    Failure,
    queue::{self, Claimed},
    table::{KINDS, Kind, PERIODIC, Periodic},
};
use crate::{app::State, error::Error};

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
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let most = state.profile.jobs.concurrency;
    let mut running = JoinSet::new();
    while !state.is_draining() {
        while running.try_join_next().is_some() {}
        let free = most.saturating_sub(running.len());
        if free == 0 {
            running.join_next().await;
            continue;
        }
        let claimed = match queue::claim(&state.db, &name, &names, free).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, "jobs cannot be claimed; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let found_all = claimed.len() < free;
        for job in claimed {
            running.spawn(one(state.clone(), name.clone(), job));
        }
        if found_all {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
    while running.join_next().await.is_some() {}
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
fn reason(failure: &Failure) -> String {
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
