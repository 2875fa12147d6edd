//! The events of the turns of this process, from which any number of readers read.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;
use uuid::Uuid;

use super::events::Event;

/// How long a reader may come back after the last event.
const KEPT: Duration = Duration::from_secs(300);
const MOST: u64 = 10_000;

/// How long a turn goes on with nobody reading: somebody whose train is in a tunnel comes back.
const DESERTED: Duration = Duration::from_secs(10);

/// The turns of this process.
#[derive(Debug)]
pub(crate) struct Turns(moka::sync::Cache<Uuid, Arc<Log>>);

impl Default for Turns {
    fn default() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(MOST).time_to_idle(KEPT).build())
    }
}

impl Turns {
    /// A log for the answer with this id.
    pub(super) fn open(&self, message: Uuid) -> Arc<Log> {
        let log = Arc::new(Log::new());
        self.0.insert(message, log.clone());
        log
    }

    /// The log of an answer, if it is of this process and not long ended.
    pub(super) fn get(&self, message: Uuid) -> Option<Arc<Log>> {
        self.0.get(&message)
    }
}

/// What has happened in a turn.
#[derive(Debug)]
pub(super) struct Log {
    events: Mutex<Vec<Arc<Event>>>,
    grown: watch::Sender<usize>,
    readers: AtomicUsize,
    left: watch::Sender<()>,
}

impl Log {
    /// One that nothing has been written to.
    pub(super) fn new() -> Self {
        Self {
            events: Mutex::default(),
            grown: watch::Sender::new(0),
            readers: AtomicUsize::new(0),
            left: watch::Sender::new(()),
        }
    }

    /// Adds what has happened. After the last event nothing happens any more.
    pub(super) fn push(&self, event: Event) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.last().is_some_and(|last| last.is_last()) {
            return;
        }
        events.push(Arc::new(event));
        self.grown.send_replace(events.len());
    }

    /// Whether nothing comes after the first `seen` events any more.
    pub(super) fn is_over(&self, seen: usize) -> bool {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        seen >= events.len() && events.last().is_some_and(|last| last.is_last())
    }

    /// What has happened after the first `seen` events.
    fn after(&self, seen: usize) -> Vec<Arc<Event>> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.get(seen..).map(<[_]>::to_vec).unwrap_or_default()
    }

    /// Ends once nobody has been reading for a while.
    pub(super) async fn deserted(&self) {
        let mut left = self.left.subscribe();
        loop {
            if self.readers.load(Ordering::SeqCst) > 0 {
                // The sender lives as long as this does.
                let _ = left.changed().await;
                continue;
            }
            tokio::time::sleep(DESERTED).await;
            if self.readers.load(Ordering::SeqCst) == 0 {
                return;
            }
        }
    }
}

/// Somebody who reads a turn.
#[derive(Debug)]
pub(super) struct Reader {
    log: Arc<Log>,
    seen: usize,
    grown: watch::Receiver<usize>,
}

impl Reader {
    /// Reads what comes after the first `seen` events.
    pub(super) fn new(log: Arc<Log>, seen: usize) -> Self {
        log.readers.fetch_add(1, Ordering::SeqCst);
        let grown = log.grown.subscribe();
        Self { log, seen, grown }
    }

    /// What has happened since, with the number of the first; waits until something has.
    pub(super) async fn next(&mut self) -> (usize, Vec<Arc<Event>>) {
        loop {
            let events = self.log.after(self.seen);
            if !events.is_empty() {
                let first = self.seen + 1;
                self.seen += events.len();
                return (first, events);
            }
            // Said before it is waited for: the receiver remembers what it has seen.
            let _ = self.grown.changed().await;
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.log.readers.fetch_sub(1, Ordering::SeqCst);
        self.log.left.send_replace(());
    }
}
