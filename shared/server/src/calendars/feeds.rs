//! What reading feeds takes: a client, the right to parse, and the time.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, NaiveDate, Utc};
use terrace_outbound::{Client, Limits, Lookup, Permit, Redirects, Rules};
use terrace_product::{Outbound, Profile};
use tokio::sync::Semaphore;

/// What reading feeds takes.
#[derive(Debug)]
pub struct Feeds {
    /// Follows redirects, each checked: channels move their addresses.
    pub(crate) client: Client,
    /// One feed is parsed at a time in a process: what that may cost is bounded by one feed.
    pub(crate) parsing: Arc<Semaphore>,
    zone: chrono_tz::Tz,
    pretended: Mutex<Option<DateTime<Utc>>>,
}

impl Feeds {
    /// # Errors
    /// Where TLS cannot be set up.
    pub(crate) fn new(profile: &Profile, names: Arc<dyn Lookup>) -> anyhow::Result<Self> {
        let Outbound { ports, permit, .. } = &profile.outbound;
        let permitted: Vec<SocketAddr> = permit.iter().map(|address| address.get()).collect();
        let rules = Rules::new(ports.iter().map(|port| port.get()), Permit::loopback(permitted));
        Ok(Self {
            client: Client::new(rules, Redirects::Checked, Limits::default(), names)?,
            parsing: Arc::new(Semaphore::new(1)),
            zone: profile.market.timezone.tz(),
            pretended: Mutex::new(None),
        })
    }

    /// The time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let pretended = *self.pretended.lock().unwrap_or_else(PoisonError::into_inner);
        pretended.unwrap_or_else(Utc::now)
    }

    /// The day at the listings.
    pub(crate) fn today(&self) -> NaiveDate {
        self.now().with_timezone(&self.zone).date_naive()
    }

    /// The zone of the listings.
    pub(crate) fn zone(&self) -> chrono_tz::Tz {
        self.zone
    }

    /// Lets feeds be read as if it were another time, for proofs that replay a year.
    #[doc(hidden)]
    pub fn pretend(&self, at: DateTime<Utc>) {
        *self.pretended.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }
}
