//! Every read is explained: there is a moment while it was under way at which the booking stood
//! so. A booking is held, then perhaps confirmed, then perhaps over, and never goes back.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Anomalies, Asked, Entry, Moment, Record, Status, Told};

/// When a booking may first have stood so, and by when it certainly did.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    earliest: Option<Moment>,
    certain: Option<Moment>,
}

impl Step {
    /// A request for it was sent; it may have been done unless it was refused.
    fn asked(&mut self, entry: &Entry) {
        if matches!(entry.told, Told::Refused(_)) {
            return;
        }
        let sooner = |moment: Option<Moment>, than: Moment| {
            Some(moment.map_or(than, |moment| moment.min(than)))
        };
        self.earliest = sooner(self.earliest, entry.invoked);
        if matches!(entry.told, Told::Done { .. }) {
            self.certain = sooner(self.certain, entry.ended);
        }
    }
}

#[derive(Default)]
struct Life {
    made: Option<Moment>,
    confirmed: Step,
    over: Step,
}

pub(super) fn check(record: &Record, anomalies: &mut Anomalies) {
    let mut lives: HashMap<Uuid, Life> = HashMap::new();
    for entry in &record.entries {
        match (&entry.asked, &entry.told) {
            (Asked::Book { .. }, Told::Done { booking, .. }) => {
                lives.entry(*booking).or_default().made = Some(entry.ended);
            }
            (Asked::Confirm(id), _) => lives.entry(*id).or_default().confirmed.asked(entry),
            (Asked::Cancel(id), _) => lives.entry(*id).or_default().over.asked(entry),
            _ => {}
        }
    }
    for entry in &record.entries {
        let Asked::Read(id) = entry.asked else { continue };
        let life = lives.entry(id).or_default();
        let wrong = match &entry.told {
            Told::Done { status, .. } => misread(life, *status, entry),
            // Whoever was told of the booking before they asked must find it.
            Told::Refused(why) => life
                .made
                .filter(|made| *made < entry.invoked)
                .map(|_| format!("is not found ({why}) after it was made")),
            Told::Unknown => None,
        };
        anomalies.misread.extend(wrong.map(|why| format!("{id} {why}")));
    }
}

fn misread(life: &Life, status: Status, read: &Entry) -> Option<String> {
    let before = |moment: Option<Moment>| moment.is_some_and(|moment| moment < read.invoked);
    let possible = |step: &Step| step.earliest.is_some_and(|moment| moment <= read.ended);
    match status {
        Status::Held if before(life.confirmed.certain) => {
            Some("is read as held after it was confirmed".to_owned())
        }
        Status::Held | Status::Confirmed if before(life.over.certain) => {
            Some("is read as living after it was over".to_owned())
        }
        Status::Confirmed if !possible(&life.confirmed) => {
            Some("is read as confirmed before anybody asked for it".to_owned())
        }
        Status::Over if !possible(&life.over) => {
            Some("is read as over before anybody asked for it".to_owned())
        }
        _ => None,
    }
}
