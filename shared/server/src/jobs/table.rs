//! Every kind of job, and everything that is done from time to time, in one view.

use std::{pin::Pin, sync::Arc, time::Duration};

use super::{Failure, Job, queue::Claimed};
use crate::{
    alerts::{digest, follow},
    app::State,
    assistant::prompts::trials::TryPrompt,
    bookings::{offers::due as renewals, sweep as sweep_bookings},
    calendars::schedule::{self as calendars, SyncCalendar},
    clerk::inbox as clerk,
    error::{Error, Result},
    events::feed,
    listings::{draft::DraftTranslation, duplicates::FindDuplicates},
    media::{process::ProcessMedia, remove::RemoveMedia, sweep},
    notifications::SendMail,
    payments,
    platform::retention,
    privacy::retention as privacy,
    search::{history, index::vocabulary},
    webhooks,
};

type Running<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Run = fn(&Claimed, Arc<State>) -> Running<Result<(), Failure>>;

/// A kind of job, with its type forgotten.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) at_once: Option<usize>,
    pub(super) delay: fn(u32) -> Duration,
    pub(super) run: Run,
}

macro_rules! kinds {
    ($($job:ty),* $(,)?) => {
        /// The kinds that this binary knows.
        pub(super) const KINDS: &[Kind] = &[$(Kind {
            name: <$job>::KIND,
            at_once: <$job>::AT_ONCE,
            delay: <$job>::delay,
            run: |claimed, state| run::<$job>(claimed, state),
        }),*];
    };
}

kinds![
    SendMail,
    ProcessMedia,
    RemoveMedia,
    webhooks::replay::Replay,
    FindDuplicates,
    DraftTranslation,
    SyncCalendar,
    payments::ApplyDelivery,
    payments::SendRefund,
    payments::SettleBooking,
    payments::CancelPayment,
    clerk::ApplyClerkEvent,
    TryPrompt,
];

/// Something that is done from time to time, by every process that works. Several may do it at
/// once: each finds what the others have left.
pub(super) struct Periodic {
    pub(super) name: &'static str,
    pub(super) every: Duration,
    pub(super) run: fn(Arc<State>) -> Running<Result<()>>,
}

macro_rules! periodic {
    ($($name:literal, every $seconds:literal s => $run:path;)*) => {
        pub(super) const PERIODIC: &[Periodic] = &[$(Periodic {
            name: $name,
            every: Duration::from_secs($seconds),
            run: |state| Box::pin(async move { $run(&state).await }),
        }),*];
    };
}

periodic! {
    "retention",    every 600 s => retention::sweep;
    "privacy",      every 3600 s => privacy::sweep;
    "media",        every 600 s => sweep::rows;
    "media_strays", every 21600 s => sweep::strays;
    "event_feed",   every 1 s   => feed::advance;
    "webhook_log",  every 600 s => webhooks::retention::sweep;
    "search_words", every 120 s => vocabulary::count;
    "search_popular", every 600 s => history::popular::refresh;
    "alerts",       every 1 s   => follow::follow;
    "payments_open", every 60 s => payments::expire_now;
    "payments_asked", every 60 s => payments::reconcile_now;
    "payment_inbox", every 60 s => payments::sweep_now;
    "realm_inbox", every 60 s   => clerk::sweep;
    "digests",      every 30 s  => digest::send;
    "expired_holds", every 10 s => sweep_bookings::expire;
    "completed_stays", every 600 s => sweep_bookings::complete;
    "renewals",     every 3600 s => renewals::offer;
    "calendars",    every 30 s  => calendars::due;
}

fn run<J: Job>(claimed: &Claimed, state: Arc<State>) -> Running<Result<(), Failure>> {
    let job: Result<J, _> = serde_json::from_value(claimed.payload.clone());
    Box::pin(async move {
        match job {
            Ok(job) => job.run(state).await,
            // Written by another version of this binary, which may still be there to do it.
            Err(error) => Err(Failure::Retry(Error::internal(anyhow::anyhow!(
                "the job cannot be read: {error}"
            )))),
        }
    })
}
