//! What was acknowledged is so, what was refused is not, and what nobody knows is one of both.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Anomalies, Asked, Booking, Record, Status, Told};

pub(super) fn check(record: &Record, anomalies: &mut Anomalies) {
    let mut by_key: HashMap<&str, Vec<&Booking>> = HashMap::new();
    for booking in &record.bookings {
        by_key.entry(&booking.key).or_default().push(booking);
    }
    for (key, bookings) in &by_key {
        if bookings.len() > 1 {
            anomalies.unasked.push(format!("{key} made {} bookings", bookings.len()));
        }
    }
    for entry in &record.entries {
        match &entry.asked {
            Asked::Book { key, property, from, to } => {
                let made = by_key.get(key.as_str()).and_then(|bookings| bookings.first()).copied();
                let as_asked = |booking: &Booking| {
                    (booking.property, booking.from, booking.to) == (*property, *from, *to)
                };
                let told = match &entry.told {
                    Told::Unknown => settled(record, key, anomalies),
                    told => Some(told),
                };
                match (told, made) {
                    (Some(Told::Done { booking, .. }), Some(made)) if made.id != *booking => {
                        anomalies.lost.push(format!("{key}: told {booking}, made {}", made.id));
                    }
                    (Some(Told::Done { booking, .. }), None) => {
                        anomalies.lost.push(format!("{key}: {booking} is not there"));
                    }
                    (Some(Told::Done { .. }), Some(made)) if !as_asked(made) => {
                        anomalies.lost.push(format!("{key}: made for other dates"));
                    }
                    (Some(Told::Refused(why)), Some(made)) => {
                        anomalies.unasked.push(format!("{key}: refused ({why}), made {}", made.id));
                    }
                    _ => {}
                }
            }
            Asked::Cancel(id) if is_done(&entry.told) => {
                expect(record, *id, &[Status::Over], "cancelled", anomalies);
            }
            Asked::Confirm(id) if is_done(&entry.told) => {
                let cancelled = record.entries.iter().any(|other| {
                    other.asked == Asked::Cancel(*id) && !matches!(other.told, Told::Refused(_))
                });
                let allowed: &[Status] = match cancelled {
                    true => &[Status::Confirmed, Status::Over],
                    false => &[Status::Confirmed],
                };
                expect(record, *id, allowed, "confirmed", anomalies);
            }
            _ => {}
        }
    }
}

/// What a request without an answer came to, if that is one thing.
fn settled<'r>(record: &'r Record, key: &str, anomalies: &mut Anomalies) -> Option<&'r Told> {
    let told = record.resolved.get(key).map(Vec::as_slice).unwrap_or_default();
    match told {
        [first, rest @ ..]
            if !rest.is_empty()
                && *first != Told::Unknown
                && rest.iter().all(|other| other == first) =>
        {
            Some(first)
        }
        _ => {
            anomalies.unresolved.push(format!("{key}: {told:?}"));
            None
        }
    }
}

fn is_done(told: &Told) -> bool {
    matches!(told, Told::Done { .. })
}

fn expect(record: &Record, id: Uuid, allowed: &[Status], what: &str, anomalies: &mut Anomalies) {
    let found = record.bookings.iter().find(|booking| booking.id == id);
    if !found.is_some_and(|booking| allowed.contains(&booking.status)) {
        let is = found.map(|booking| booking.status);
        anomalies.lost.push(format!("{id} was {what}, and is {is:?}"));
    }
}
