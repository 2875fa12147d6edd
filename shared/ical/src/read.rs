//! A feed, read: which nights it says are taken.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use crate::{
    Reason, Refusal,
    event::{End, Event, event},
    frame::Frame,
    habits::{Kind, Meaning, meaning},
    nights::{Horizon, Moment, nights, parts},
    recur,
};

/// How much of a feed is read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes.
    pub bytes: usize,
    /// Events, whatever becomes of them.
    pub events: usize,
    /// Dates of one event, within the horizon.
    pub occurrences: usize,
    /// Ranges of nights of the whole feed.
    pub ranges: usize,
    /// Dates named one by one (`RDATE`, `EXDATE`) in the whole feed.
    pub dates: usize,
    /// How long it may take.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 5 << 20,
            events: 5000,
            occurrences: 1000,
            ranges: 5000,
            dates: 20_000,
            time: Duration::from_secs(2),
        }
    }
}

/// Where and when a feed is read.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The listing's zone.
    pub zone: Tz,
    /// The day there. Nights before it are over; those two years later can wait.
    pub today: NaiveDate,
    /// How much is read.
    pub limits: Limits,
}

/// Nights that an event takes: `start` to the day before `end`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Busy {
    /// The event's name; of the same feed the same event has the same.
    pub uid: String,
    /// Which occurrence of a repeated event, which part of a long one; empty for all of it.
    pub part: String,
    /// The first night.
    pub start: NaiveDate,
    /// The day of leaving.
    pub end: NaiveDate,
    /// What is said of them.
    pub kind: Kind,
}

/// An event that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its name, if it has one.
    pub uid: Option<String>,
    /// Why.
    pub reason: Reason,
}

/// Events that take no nights, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    /// `STATUS:CANCELLED`.
    pub cancelled: usize,
    /// `TRANSP:TRANSPARENT`.
    pub transparent: usize,
    /// The edge of what a channel sells, which moves by itself.
    pub window: usize,
    /// Over, or too far away.
    pub outside: usize,
}

/// What a feed says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    /// Whose feed it says it is.
    pub product: String,
    /// The nights that are taken, by event.
    pub busy: Vec<Busy>,
    /// The name of every event that could be read, whatever became of it.
    pub uids: BTreeSet<String>,
    /// Events that could not be read.
    pub unread: Vec<Unread>,
    /// Events that take no nights.
    pub ignored: Ignored,
    /// Events there are.
    pub events: usize,
}

/// Reads a feed.
///
/// # Errors
/// [`Refusal`] where it tells nothing that could be relied on.
pub fn read(bytes: &[u8], options: &Options) -> Result<Feed, Refusal> {
    let limits = options.limits;
    if bytes.len() > limits.bytes {
        return Err(Refusal::TooLarge);
    }
    let clock = Clock { began: Instant::now(), limit: limits.time };
    let mut frame = Frame::open(bytes)?;
    let (mut feed, mut groups, mut dates) = (Feed::default(), BTreeMap::new(), 0);
    while let Some(text) = frame.next()? {
        clock.check()?;
        feed.events += 1;
        if feed.events > limits.events {
            return Err(Refusal::TooManyEvents);
        }
        match event(&text) {
            Err(failed) => {
                feed.unread.push(Unread { uid: failed.uid, reason: failed.reason });
            }
            Ok(event) => {
                dates += event.added.len() + event.left_out.len();
                if dates > limits.dates {
                    return Err(Refusal::TooManyDates);
                }
                feed.uids.insert(event.uid.clone());
                groups.entry(event.uid.clone()).or_insert_with(Group::default).add(event);
            }
        }
    }
    feed.product = std::mem::take(&mut frame.product);
    let horizon = Horizon::from(options.today);
    for (uid, group) in groups {
        clock.check()?;
        group.tell(&uid, &mut feed, horizon, options)?;
    }
    name_apart(&mut feed.busy);
    // An event that cannot be read makes its name one of those that may not be missed.
    for unread in &feed.unread {
        if let Some(uid) = &unread.uid {
            feed.uids.remove(uid);
        }
    }
    Ok(feed)
}

/// Gives ranges of one event and one name names of their own; the same range twice is one.
fn name_apart(busy: &mut Vec<Busy>) {
    busy.sort_unstable();
    busy.dedup();
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for busy in busy {
        let count = counts.entry((busy.uid.clone(), busy.part.clone())).or_default();
        *count += 1;
        if *count > 1 {
            busy.part = format!("{}#{count}", busy.part);
        }
    }
}

struct Clock {
    began: Instant,
    limit: Duration,
}

impl Clock {
    fn check(&self) -> Result<(), Refusal> {
        if self.began.elapsed() > self.limit { Err(Refusal::TooSlow) } else { Ok(()) }
    }
}

/// The events of one name.
#[derive(Default)]
struct Group {
    masters: Vec<Event>,
    replacements: Vec<Event>,
}

impl Group {
    fn add(&mut self, event: Event) {
        if event.replaces.is_some() {
            self.replacements.push(event);
        } else {
            self.masters.push(event);
        }
    }

    /// Adds what the events take to the feed.
    fn tell(
        mut self,
        uid: &str,
        feed: &mut Feed,
        horizon: Horizon,
        options: &Options,
    ) -> Result<(), Refusal> {
        // Versions of one event: the newest counts. Some give one name to all their events, in one
        // version: all of them count.
        let newest = self.masters.iter().map(|event| event.sequence).max().unwrap_or_default();
        self.masters.retain(|event| event.sequence == newest);
        let is_shared = self.masters.len() > 1;
        let (replacements, masters) =
            (std::mem::take(&mut self.replacements), std::mem::take(&mut self.masters));
        for master in &masters {
            let name = match is_shared {
                true => format!("={}", master.start.at.format("%Y%m%dT%H%M")),
                false => String::new(),
            };
            match occurrences(master, &replacements, horizon, options) {
                Ok(all) => {
                    for (at, first, last) in all {
                        let name = match at {
                            Some(at) => format!("{name}@{}", at.format("%Y%m%dT%H%M")),
                            None => name.clone(),
                        };
                        take(master, uid, &name, (first, last), feed, horizon);
                    }
                }
                Err(reason) => {
                    feed.unread.push(Unread { uid: Some(uid.to_owned()), reason });
                }
            }
            if feed.busy.len() > options.limits.ranges {
                return Err(Refusal::TooManyDates);
            }
        }
        for event in newest_of(&replacements) {
            let Some(replaces) = event.replaces else { continue };
            match span(event, event.start.at, options.zone) {
                Ok((first, last)) => {
                    let name = format!("@{}", replaces.at.format("%Y%m%dT%H%M"));
                    take(event, uid, &name, (first, last), feed, horizon);
                }
                Err(reason) => {
                    feed.unread.push(Unread { uid: Some(uid.to_owned()), reason });
                }
            }
        }
        if feed.busy.len() > options.limits.ranges {
            return Err(Refusal::TooManyDates);
        }
        Ok(())
    }
}

/// Of two that replace the same occurrence the newer one.
fn newest_of(replacements: &[Event]) -> impl Iterator<Item = &Event> {
    let mut newest: BTreeMap<NaiveDateTime, &Event> = BTreeMap::new();
    for event in replacements {
        let Some(replaces) = event.replaces else { continue };
        let held = newest.entry(replaces.at).or_insert(event);
        if event.sequence >= held.sequence {
            *held = event;
        }
    }
    newest.into_values()
}

/// An occurrence: which one it is of a repeated event, and its nights.
type Occurrence = (Option<NaiveDateTime>, NaiveDate, NaiveDate);

/// The occurrences of an event that nothing replaces and nothing leaves out.
fn occurrences(
    event: &Event,
    replacements: &[Event],
    horizon: Horizon,
    options: &Options,
) -> Result<Vec<Occurrence>, Reason> {
    if event.rule.is_none() && event.added.is_empty() {
        let is_left_out = event.left_out.iter().any(|out| is_at(event, *out, event.start.at));
        let (first, last) = span(event, event.start.at, options.zone)?;
        return Ok(if is_left_out { Vec::new() } else { vec![(None, first, last)] });
    }
    let starts = match &event.rule {
        Some(rule) => recur::starts(event, rule, horizon, options.zone)?,
        None => vec![event.start.at],
    };
    let mut out = Out::of(event, replacements, options.zone);
    let mut found = Vec::new();
    for at in starts {
        let (first, last) = span(event, at, options.zone)?;
        if last > horizon.today && first < horizon.end && !out.has(at) {
            found.push((Some(at), first, last));
        }
    }
    for (added, end) in &event.added {
        let at = added.on(event.start.zone, options.zone);
        let until = end.unwrap_or(event.end);
        let zone = if added.is_day { event.start.zone } else { added.zone };
        let start = Moment { zone, is_day: event.start.is_day, ..*added };
        let (first, last) = range(start, until, event.start, options.zone)?;
        if last > horizon.today && first < horizon.end && !out.has(at) {
            found.push((Some(at), first, last));
        }
    }
    found.sort_unstable();
    found.dedup();
    if found.len() > options.limits.occurrences {
        return Err(Reason::Occurrences);
    }
    Ok(found)
}

/// Occurrences that do not take place as the rule says, on the event's clock.
struct Out {
    times: BTreeSet<NaiveDateTime>,
    /// Left out by day alone.
    days: BTreeSet<NaiveDate>,
}

impl Out {
    fn of(event: &Event, replacements: &[Event], here: Tz) -> Self {
        let replaced = replacements.iter().filter_map(|event| event.replaces);
        let (mut times, mut days) = (BTreeSet::new(), BTreeSet::new());
        for out in event.left_out.iter().copied().chain(replaced) {
            if out.is_day || event.start.is_day {
                days.insert(out.at.date());
            } else {
                times.insert(out.on(event.start.zone, here));
            }
        }
        Self { times, days }
    }

    fn has(&mut self, at: NaiveDateTime) -> bool {
        self.times.contains(&at) || self.days.contains(&at.date())
    }
}

fn is_at(event: &Event, out: Moment, at: NaiveDateTime) -> bool {
    if out.is_day || event.start.is_day { out.at.date() == at.date() } else { out.at == at }
}

/// The nights of the occurrence that begins at this time of the event's clock.
fn span(event: &Event, at: NaiveDateTime, here: Tz) -> Result<(NaiveDate, NaiveDate), Reason> {
    range(Moment { at, ..event.start }, event.end, event.start, here)
}

/// From a start to an end that was given for `first`.
fn range(
    start: Moment,
    end: End,
    first: Moment,
    here: Tz,
) -> Result<(NaiveDate, NaiveDate), Reason> {
    let begins = start.here(here);
    let ends = match end {
        End::At(end) if end.is_day == first.is_day => {
            let lasts = end.here(here) - first.here(here);
            begins.checked_add_signed(lasts)
        }
        // A day and a time of day do not go together.
        End::At(_) => return Err(Reason::End),
        End::After(lasts) => begins.checked_add_signed(lasts),
        End::Open if start.is_day => {
            begins.date().succ_opt().map(|next| next.and_time(begins.time()))
        }
        End::Open => Some(begins),
    };
    let ends = ends.ok_or(Reason::End)?;
    nights(begins, ends, start.is_day).ok_or(Reason::Backwards)
}

fn take(
    event: &Event,
    uid: &str,
    name: &str,
    (first, last): (NaiveDate, NaiveDate),
    feed: &mut Feed,
    horizon: Horizon,
) {
    if event.is_cancelled {
        feed.ignored.cancelled += 1;
        return;
    }
    if event.is_transparent {
        feed.ignored.transparent += 1;
        return;
    }
    let kind = match meaning(&feed.product, uid, &event.summary) {
        Meaning::Busy(kind) => kind,
        Meaning::Window => {
            feed.ignored.window += 1;
            return;
        }
    };
    let parts = parts(first, last, horizon);
    feed.ignored.outside += usize::from(parts.is_empty());
    for (part, start, end) in parts {
        let part = format!("{name}{part}");
        feed.busy.push(Busy { uid: uid.to_owned(), part, start, end, kind });
    }
}
