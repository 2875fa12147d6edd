//! The checker is given broken histories, and must see what is wrong with each.

use uuid::Uuid;

use super::*;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn entry(asked: Asked, invoked: Moment, ended: Moment, told: Told) -> Entry {
    Entry { asked, invoked, ended, told }
}

fn book(key: &str) -> Asked {
    Asked::Book { key: key.to_owned(), property: id(1), from: 10, to: 14 }
}

fn done(booking: u128, status: Status) -> Told {
    Told::Done { booking: id(booking), status }
}

fn booking(n: u128, key: &str, status: Status) -> Booking {
    let stay = (status != Status::Over).then_some((10, 14));
    Booking { id: id(n), key: key.to_owned(), property: id(1), from: 10, to: 14, status, stay }
}

fn change(stay: u128, now: Option<(Day, Day)>) -> Change {
    Change { stay: id(stay), property: id(1), now }
}

/// One booked and cancelled, the next booked and confirmed, a third refused, a fourth without an
/// answer that turns out to be refused; everything read as it stood.
fn sound() -> Record {
    Record {
        entries: vec![
            entry(book("a"), 0, 10, done(100, Status::Held)),
            entry(Asked::Read(id(100)), 11, 12, done(100, Status::Held)),
            entry(Asked::Cancel(id(100)), 20, 30, done(100, Status::Over)),
            entry(Asked::Read(id(100)), 31, 32, done(100, Status::Over)),
            entry(book("b"), 40, 50, done(200, Status::Held)),
            entry(Asked::Confirm(id(200)), 60, 70, done(200, Status::Confirmed)),
            entry(Asked::Read(id(200)), 65, 80, done(200, Status::Held)),
            entry(Asked::Read(id(200)), 65, 80, done(200, Status::Confirmed)),
            entry(book("c"), 90, 95, Told::Refused("dates_taken".to_owned())),
            entry(book("d"), 90, 99, Told::Unknown),
        ],
        changes: vec![
            change(1, Some((10, 14))),
            change(1, None),
            change(2, Some((10, 14))),
            change(2, Some((10, 14))),
        ],
        bookings: vec![booking(100, "a", Status::Over), booking(200, "b", Status::Confirmed)],
        resolved: [("d".to_owned(), vec![Told::Refused("dates_taken".to_owned()); 2])].into(),
    }
}

/// What the checker says of a sound history with one thing broken.
fn broken(break_it: impl FnOnce(&mut Record)) -> Anomalies {
    let mut record = sound();
    break_it(&mut record);
    check(&record)
}

#[test]
fn a_sound_history_is_sound() {
    assert_eq!(check(&sound()), Anomalies::default());
}

#[test]
fn an_acknowledged_booking_that_is_not_there_is_lost() {
    let found = broken(|record| {
        record.bookings.remove(1);
    });
    assert_eq!(found.lost.len(), 2, "the booking and its confirmation: {found:?}");
}

#[test]
fn an_acknowledged_booking_that_is_another_is_lost() {
    assert_eq!(broken(|record| record.bookings[0].id = id(101)).lost.len(), 2);
    assert_eq!(broken(|record| record.bookings[1].to = 15).lost.len(), 1);
}

#[test]
fn a_cancellation_that_did_not_last_is_lost() {
    let found = broken(|record| record.bookings[0] = booking(100, "a", Status::Held));
    assert_eq!(found.lost.len(), 1, "{found:?}");
}

#[test]
fn a_confirmation_may_be_undone_by_a_cancellation_only() {
    let undone = |record: &mut Record| record.bookings[1] = booking(200, "b", Status::Over);
    assert_eq!(broken(undone).lost.len(), 1);
    let asked = broken(|record| {
        undone(record);
        record.entries.push(entry(Asked::Cancel(id(200)), 100, 110, Told::Unknown));
    });
    assert_eq!(asked, Anomalies::default());
    let refused = broken(|record| {
        undone(record);
        let no = Told::Refused("wrong_state".to_owned());
        record.entries.push(entry(Asked::Cancel(id(200)), 100, 110, no));
    });
    assert_eq!(refused.lost.len(), 1);
}

#[test]
fn what_was_refused_must_not_be_there() {
    let found = broken(|record| record.bookings.push(booking(300, "c", Status::Over)));
    assert_eq!(found.unasked.len(), 1, "{found:?}");
}

#[test]
fn one_key_makes_one_booking() {
    let found = broken(|record| record.bookings.push(booking(201, "b", Status::Over)));
    assert_eq!(found.unasked.len(), 1, "{found:?}");
}

#[test]
fn a_request_without_an_answer_has_one_outcome() {
    let resolved = |told: Vec<Told>| {
        broken(|record| drop(record.resolved.insert("d".to_owned(), told))).unresolved.len()
    };
    let no = || Told::Refused("dates_taken".to_owned());
    assert_eq!(resolved(vec![no(), no()]), 0);
    assert_eq!(resolved(vec![no()]), 1, "asked once only");
    assert_eq!(resolved(vec![no(), done(300, Status::Held)]), 1, "two outcomes");
    assert_eq!(resolved(vec![Told::Unknown, Told::Unknown]), 1, "still unknown");
    assert_eq!(broken(|record| record.resolved.clear()).unresolved.len(), 1);
}

#[test]
fn a_request_that_turns_out_done_must_be_done() {
    let told = || vec![done(300, Status::Held); 2];
    let found = broken(|record| drop(record.resolved.insert("d".to_owned(), told())));
    assert_eq!(found.lost.len(), 1, "{found:?}");
    let made = broken(|record| {
        record.resolved.insert("d".to_owned(), told());
        record.bookings.push(booking(300, "d", Status::Over));
    });
    assert_eq!(made, Anomalies::default());
}

#[test]
fn two_stays_on_one_day_are_seen_even_if_they_are_gone_in_the_end() {
    let found = broken(|record| {
        record.changes.insert(1, change(9, Some((13, 15))));
        record.changes.insert(2, change(9, None));
    });
    assert_eq!(found.overlaps.len(), 1, "{found:?}");
}

#[test]
fn a_stay_that_is_moved_onto_another_is_seen() {
    let found = broken(|record| {
        record.changes.push(change(9, Some((14, 16))));
        record.changes.push(change(9, Some((12, 14))));
    });
    assert_eq!(found.overlaps.len(), 1, "{found:?}");
}

#[test]
fn neighbours_and_other_places_are_no_overlap() {
    let found = broken(|record| {
        record.changes.push(change(9, Some((14, 16))));
        record.changes.push(change(10, Some((8, 10))));
        record.changes.push(Change { property: id(2), ..change(11, Some((10, 14))) });
    });
    assert_eq!(found, Anomalies::default());
}

#[test]
fn a_booking_lives_where_its_dates_are() {
    assert_eq!(broken(|record| record.bookings[1].stay = None).adrift.len(), 1);
    assert_eq!(broken(|record| record.bookings[1].stay = Some((10, 13))).adrift.len(), 1);
    assert_eq!(broken(|record| record.bookings[0].stay = Some((10, 14))).adrift.len(), 1);
}

#[test]
fn a_read_sees_the_past_no_more_once_it_is_over() {
    let read = |invoked, status| {
        broken(|record| {
            record.entries.push(entry(
                Asked::Read(id(100)),
                invoked,
                invoked + 1,
                done(100, status),
            ));
        })
        .misread
        .len()
    };
    assert_eq!(read(31, Status::Held), 1, "cancelled at 30 at the latest");
    assert_eq!(read(29, Status::Held), 0, "the cancellation was under way");
    assert_eq!(read(18, Status::Over), 1, "nobody had asked for it");
    assert_eq!(read(19, Status::Over), 0, "it was asked for while the read was under way");
    assert_eq!(read(25, Status::Confirmed), 1, "nobody ever asked for that");
}

#[test]
fn a_read_sees_the_confirmation_that_was_told() {
    let read = |invoked, status| {
        broken(|record| {
            record.entries.push(entry(
                Asked::Read(id(200)),
                invoked,
                invoked + 1,
                done(200, status),
            ));
        })
        .misread
        .len()
    };
    assert_eq!(read(71, Status::Held), 1);
    assert_eq!(read(71, Status::Confirmed), 0);
    assert_eq!(read(58, Status::Confirmed), 1);
}

#[test]
fn whoever_was_told_of_a_booking_finds_it() {
    let read = |invoked| {
        broken(|record| {
            let no = Told::Refused("not_found".to_owned());
            record.entries.push(entry(Asked::Read(id(100)), invoked, invoked + 1, no));
        })
        .misread
        .len()
    };
    assert_eq!(read(5), 0);
    assert_eq!(read(11), 1);
}
