//! At no moment are there two stays on one day in one place, and in the end every booking that
//! lives has its dates, and no other.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Anomalies, Day, Record, Status};

pub(super) fn check(record: &Record, anomalies: &mut Anomalies) {
    let mut living: HashMap<Uuid, HashMap<Uuid, (Day, Day)>> = HashMap::new();
    for change in &record.changes {
        let here = living.entry(change.property).or_default();
        here.remove(&change.stay);
        let Some((from, to)) = change.now else { continue };
        for (other, (begins, ends)) in &*here {
            if from < *ends && *begins < to {
                anomalies.overlaps.push(format!(
                    "{}: {} [{from}, {to}) while {other} [{begins}, {ends})",
                    change.property, change.stay
                ));
            }
        }
        here.insert(change.stay, (from, to));
    }
    for booking in &record.bookings {
        let wanted = (booking.status != Status::Over).then_some((booking.from, booking.to));
        if booking.stay != wanted {
            anomalies.adrift.push(format!(
                "{} is {:?} and occupies {:?}",
                booking.id, booking.status, booking.stay
            ));
        }
    }
}
