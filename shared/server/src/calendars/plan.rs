//! What of what we hold is still so, after a feed was read.
//!
//! The rule by which nights are freed, in one place:
//!
//! 1. An event that the feed **still names** is as the feed says: moved, shortened, cancelled.
//! 2. An event under another name with the same nights is the same event: some channels invent
//!    new names with each answer.
//! 3. An event that is **named no more**:
//!    - is over: it stays as it was; its nights are past.
//!    - is under way: it stays to its end. Channels drop guests from their feeds while they sleep.
//!    - is to come: it goes at once, unless that is **suspicious**. Then it is kept, and goes when
//!      [`ANSWERS`] answers in succession, over at least [`PATIENCE`], have not named it; or when
//!      whoever keeps the listing says so.
//! 4. It is suspicious where the feed names no event at all; where more than one event, and more
//!    than half of those to come, are gone at once; and where an event without a name could not be
//!    read, which may be any of ours.
//! 5. An event that could not be read keeps its nights.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use terrace_ical::{Busy, Feed};
use uuid::Uuid;

/// So many answers in succession have to agree that something suspicious is so.
pub(crate) const ANSWERS: i32 = 3;

/// And they have to do so for so long.
pub(crate) const PATIENCE: TimeDelta = TimeDelta::hours(24);

/// An event that we hold.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) id: Uuid,
    pub(crate) busy: Busy,
    pub(crate) missing_since: Option<DateTime<Utc>>,
    pub(crate) missing_count: i32,
}

/// When it is, and whose word is enough.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    pub(crate) today: NaiveDate,
    pub(crate) now: DateTime<Utc>,
    /// Somebody has looked, and what is gone is gone.
    pub(crate) accept_missing: bool,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// New events.
    pub(crate) insert: Vec<Busy>,
    /// Events that have other nights, another name or another kind now.
    pub(crate) change: Vec<(Uuid, Busy)>,
    /// Events that were missing and are named again.
    pub(crate) found: Vec<Uuid>,
    /// Events that are missing once more, and kept.
    pub(crate) miss: Vec<Uuid>,
    /// Events that are not so any more.
    pub(crate) remove: Vec<Uuid>,
}

impl Plan {
    /// Whether nights change.
    #[cfg(test)]
    fn is_quiet(&self) -> bool {
        self.insert.is_empty() && self.change.is_empty() && self.remove.is_empty()
    }
}

/// Compares.
pub(crate) fn plan(held: &[Held], feed: &Feed, at: Circumstances) -> Plan {
    let mut plan = Plan::default();
    let mut said: BTreeMap<(&str, &str), &Busy> =
        feed.busy.iter().map(|busy| ((busy.uid.as_str(), busy.part.as_str()), busy)).collect();
    let unread: BTreeSet<&str> =
        feed.unread.iter().filter_map(|unread| unread.uid.as_deref()).collect();
    let mut missing = Vec::new();
    for event in held {
        match said.remove(&(event.busy.uid.as_str(), event.busy.part.as_str())) {
            Some(busy) if *busy != event.busy => plan.change.push((event.id, busy.clone())),
            Some(_) if event.missing_since.is_some() => plan.found.push(event.id),
            Some(_) => {}
            None if event.busy.end <= at.today => {}
            None if unread.contains(event.busy.uid.as_str()) => {}
            None if feed.uids.contains(&event.busy.uid) => plan.remove.push(event.id),
            None => missing.push(event),
        }
    }
    rename(&mut missing, &mut said, &mut plan);
    plan.insert = said.into_values().cloned().collect();
    judge(held, &missing, feed, at, &mut plan);
    plan
}

/// The same nights under another name.
fn rename<'a>(
    missing: &mut Vec<&Held>,
    said: &mut BTreeMap<(&'a str, &'a str), &'a Busy>,
    plan: &mut Plan,
) {
    let mut by_nights: HashMap<(NaiveDate, NaiveDate), Vec<&'a Busy>> = HashMap::new();
    for busy in said.values() {
        by_nights.entry((busy.start, busy.end)).or_default().push(busy);
    }
    missing.retain(|event| {
        let same = by_nights.get_mut(&(event.busy.start, event.busy.end)).and_then(Vec::pop);
        if let Some(busy) = same {
            said.remove(&(busy.uid.as_str(), busy.part.as_str()));
            plan.change.push((event.id, busy.clone()));
        }
        same.is_none()
    });
}

fn judge(held: &[Held], missing: &[&Held], feed: &Feed, at: Circumstances, plan: &mut Plan) {
    let is_to_come = |event: &&Held| event.busy.start > at.today;
    let names = |events: &mut dyn Iterator<Item = &Held>| {
        events.map(|event| event.busy.uid.clone()).collect::<BTreeSet<_>>().len()
    };
    let gone = names(&mut missing.iter().copied().filter(is_to_come));
    let known = names(&mut held.iter().filter(is_to_come));
    let is_blind = feed.unread.iter().any(|unread| unread.uid.is_none());
    let is_suspicious = feed.events == 0 || is_blind || (gone > 1 && gone * 2 > known);
    for event in missing {
        let since = event.missing_since.unwrap_or(at.now);
        let is_agreed = event.missing_count + 1 >= ANSWERS && at.now - since >= PATIENCE;
        let goes =
            at.accept_missing || is_to_come(event) && (!is_suspicious || is_agreed && !is_blind);
        if goes {
            plan.remove.push(event.id);
        } else {
            plan.miss.push(event.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use terrace_ical::{Kind, Reason, Unread};

    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 12, day).unwrap()
    }

    fn busy(uid: &str, start: u32, end: u32) -> Busy {
        let (start, end) = (day(start), day(end));
        Busy { uid: uid.to_owned(), part: String::new(), start, end, kind: Kind::Booking }
    }

    fn feed(events: &[Busy]) -> Feed {
        Feed {
            busy: events.to_vec(),
            uids: events.iter().map(|busy| busy.uid.clone()).collect(),
            events: events.len(),
            ..Feed::default()
        }
    }

    fn held(events: &[Busy]) -> Vec<Held> {
        let make = |(n, busy): (usize, &Busy)| Held {
            id: Uuid::from_u128(n as u128),
            busy: busy.clone(),
            missing_since: None,
            missing_count: 0,
        };
        events.iter().enumerate().map(make).collect()
    }

    fn at(today: u32) -> Circumstances {
        let now = day(today).and_hms_opt(8, 0, 0).unwrap().and_utc();
        Circumstances { today: day(today), now, accept_missing: false }
    }

    fn ids(numbers: &[u128]) -> Vec<Uuid> {
        numbers.iter().map(|n| Uuid::from_u128(*n)).collect()
    }

    #[test]
    fn what_is_the_same_is_left_alone() {
        let events = [busy("a", 3, 5), busy("b", 7, 9)];
        assert!(plan(&held(&events), &feed(&events), at(1)).is_quiet());
    }

    #[test]
    fn what_moves_moves_and_what_is_new_comes() {
        let now = [busy("a", 4, 6), busy("b", 7, 9), busy("c", 10, 12)];
        let plan = plan(&held(&[busy("a", 3, 5), busy("b", 7, 9)]), &feed(&now), at(1));
        assert_eq!(plan.change, [(Uuid::from_u128(0), busy("a", 4, 6))]);
        assert_eq!((plan.insert, plan.remove), (vec![busy("c", 10, 12)], vec![]));
    }

    #[test]
    fn one_that_is_gone_is_gone() {
        let before = held(&[busy("a", 3, 5), busy("b", 7, 9)]);
        let plan = plan(&before, &feed(&[busy("b", 7, 9)]), at(1));
        assert_eq!(plan, Plan { remove: ids(&[0]), ..Plan::default() });
    }

    #[test]
    fn most_of_them_at_once_are_not() {
        let before = held(&[busy("a", 3, 5), busy("b", 7, 9), busy("c", 10, 12)]);
        let plan = plan(&before, &feed(&[busy("c", 10, 12)]), at(1));
        assert_eq!(plan, Plan { miss: ids(&[0, 1]), ..Plan::default() });
    }

    #[test]
    fn an_empty_feed_frees_nothing_until_it_is_believed() {
        let mut before = held(&[busy("a", 20, 22)]);
        let empty = feed(&[]);
        assert_eq!(plan(&before, &empty, at(1)).miss, ids(&[0]));
        // Three answers within a day are not enough, nor is a day with two.
        before[0].missing_since = Some(at(1).now);
        before[0].missing_count = 5;
        assert_eq!(plan(&before, &empty, at(1)).miss, ids(&[0]));
        before[0].missing_count = 1;
        assert_eq!(plan(&before, &empty, at(2)).miss, ids(&[0]));
        before[0].missing_count = 2;
        assert_eq!(plan(&before, &empty, at(2)).remove, ids(&[0]));
        before[0].missing_count = 0;
        let accepted = Circumstances { accept_missing: true, ..at(1) };
        assert_eq!(plan(&before, &empty, accepted).remove, ids(&[0]));
    }

    #[test]
    fn what_is_named_again_is_found() {
        let mut before = held(&[busy("a", 3, 5)]);
        before[0].missing_since = Some(at(1).now);
        before[0].missing_count = 2;
        let plan = plan(&before, &feed(&[busy("a", 3, 5)]), at(1));
        assert_eq!(plan, Plan { found: ids(&[0]), ..Plan::default() });
    }

    #[test]
    fn who_is_there_stays_and_who_was_there_was() {
        let before = held(&[busy("past", 1, 3), busy("here", 3, 6), busy("next", 8, 9)]);
        let plan = plan(&before, &feed(&[busy("next", 8, 9)]), at(4));
        assert_eq!(plan, Plan { miss: ids(&[1]), ..Plan::default() });
    }

    #[test]
    fn what_the_feed_itself_takes_back_is_free() {
        let before = held(&[busy("a", 3, 5), busy("b", 7, 9)]);
        let mut cancelled = feed(&[]);
        cancelled.uids = ["a", "b"].map(str::to_owned).into();
        cancelled.events = 2;
        assert_eq!(plan(&before, &cancelled, at(1)).remove, ids(&[0, 1]));
    }

    #[test]
    fn new_names_for_the_same_nights_change_nothing() {
        let before = held(&[busy("a", 3, 5), busy("b", 7, 9)]);
        let plan = plan(&before, &feed(&[busy("x", 7, 9), busy("y", 3, 5)]), at(1));
        assert!(plan.insert.is_empty() && plan.remove.is_empty() && plan.miss.is_empty());
        assert_eq!(plan.change.len(), 2);
    }

    #[test]
    fn what_cannot_be_read_keeps_its_nights() {
        let before = held(&[busy("a", 3, 5), busy("b", 7, 9)]);
        let mut broken = feed(&[busy("b", 7, 9)]);
        broken.events = 2;
        broken.unread = vec![Unread { uid: Some("a".to_owned()), reason: Reason::Start }];
        assert_eq!(plan(&before, &broken, at(1)), Plan::default());
        // Without its name it may be any.
        broken.unread = vec![Unread { uid: None, reason: Reason::Start }];
        assert_eq!(plan(&before, &broken, at(1)).miss, ids(&[0]));
    }
}
