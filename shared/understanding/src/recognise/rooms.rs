//! Bedrooms and bathrooms.

use std::sync::LazyLock;

use crate::{
    bounds::{self, Bound},
    label,
    lexicon::{Lexicon, is_any},
    numbers::{self, Numbers},
    output::ChipKind,
    resolve::{Draft, Found},
    text::Token,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Bed,
    Bath,
    Studio,
}

pub(crate) static UNITS: LazyLock<Lexicon<Room>> = LazyLock::new(|| {
    Lexicon::of(&[
        (
            "bed|beds|bedroom|bedrooms|bed room|bed rooms|bedrom|bedroon|br|brs|bdr|bdrm|bdrms|bd|bhk|bedder|ห้องนอน|นอน",
            Room::Bed,
        ),
        (
            "bath|baths|bathroom|bathrooms|bath room|bath rooms|ba|bathrom|toilet|ห้องน้ำ|น้ำ|ห้องอาบน้ำ",
            Room::Bath,
        ),
        ("studio|studios|studio room|studio unit|สตูดิโอ|ห้องสตูดิโอ", Room::Studio),
    ])
});

/// As many as a listing may have.
const MOST: f64 = 500.0;

/// The rooms that a query counts.
pub(crate) fn find(tokens: &[Token]) -> Vec<Found> {
    (0..tokens.len())
        .flat_map(|at| [counted(tokens, at), named_first(tokens, at), studio(tokens, at)])
        .flatten()
        .collect()
}

fn studio(tokens: &[Token], at: usize) -> Option<Found> {
    let (room, next) = UNITS.find(tokens, at)?;
    (*room == Room::Studio).then(|| {
        let params = vec![("bedrooms", "0".to_owned())];
        Draft::filter(ChipKind::Bedrooms, "bedrooms:0", params, ("Studio", "สตูดิโอ")).at(at..next)
    })
}

/// "2 bed", "at least 2 bath", "2-3 bedrooms", "3 ห้องนอนขึ้นไป".
fn counted(tokens: &[Token], at: usize) -> Option<Found> {
    let (before, number) = match bounds::before(tokens, at) {
        Some((bound, next)) => (Some(bound), next),
        None => (None, at),
    };
    let numbers = numbers::range(tokens, number, numbers::plain)?;
    let plus = bounds::after(tokens, numbers.next).filter(|(bound, _)| *bound == Bound::Min);
    let mut unit = plus.map_or(numbers.next, |(_, next)| next);
    // "2-bed".
    if tokens.get(unit).is_some_and(|token| token.glued && token.is_mark("-")) {
        unit += 1;
    }
    let (room, next) = UNITS.find(tokens, unit)?;
    // "3 ห้องนอนเดี่ยว" counts rooms, "2 นอน" too; "2 น้ำ" only behind bedrooms.
    if is_any(tokens, unit, &["น้ำ"]) && !tokens[..at].iter().any(|token| token.norm.contains("นอน"))
    {
        return None;
    }
    let behind = bounds::after(tokens, next).filter(|_| before.is_none() && plus.is_none());
    let next = behind.map_or(next, |(_, next)| next);
    let bound = before.or(plus.map(|(bound, _)| bound)).or(behind.map(|(bound, _)| bound));
    Some(draft(*room, &numbers, bound)?.at(at..next))
}

/// "ห้องนอน 3 ห้อง", "bedrooms: 3".
fn named_first(tokens: &[Token], at: usize) -> Option<Found> {
    let (room, mut number) = UNITS.find(tokens, at)?;
    let is_listed = tokens.get(number).is_some_and(|token| token.is_mark(":="));
    number += usize::from(is_listed);
    let is_thai = tokens[at].kind == crate::text::Kind::Thai;
    if !is_thai && !is_listed {
        return None;
    }
    let numbers = numbers::range(tokens, number, numbers::plain)?;
    let ends_in = is_any(tokens, numbers.next, &["ห้อง"]);
    // Another unit behind the number: it is not ours.
    let counts = UNITS.find(tokens, numbers.next);
    if !ends_in && counts.is_some_and(|(unit, _)| *unit != Room::Studio) {
        return None;
    }
    Some(draft(*room, &numbers, None)?.at(at..numbers.next + usize::from(ends_in)))
}

fn draft(room: Room, numbers: &Numbers, bound: Option<Bound>) -> Option<Draft> {
    let (kind, name, en, th) = match room {
        Room::Bed => (ChipKind::Bedrooms, "bedrooms", "bedroom", "ห้องนอน"),
        Room::Bath => (ChipKind::Bathrooms, "bathrooms", "bathroom", "ห้องน้ำ"),
        Room::Studio => return None,
    };
    let step = if room == Room::Bath { 0.5 } else { 1.0 };
    let (first, last) = numbers.ends();
    let fits = |count: f64| (0.5..=MOST).contains(&count) && (count / step).fract() == 0.0;
    if !fits(first) || !fits(last) {
        return None;
    }
    // "Around three bedrooms" is three.
    let bound = bound.filter(|bound| *bound != Bound::Around);
    let (low, high) = bounds::limits(numbers, bound, Bound::Between);
    let params = match (low, high) {
        (Some(low), Some(high)) if numbers.either || high == low => {
            let both = if high == low { vec![low] } else { vec![low, high] };
            let list: Vec<_> = both.into_iter().map(label::number).collect();
            vec![(name, list.join(","))]
        }
        _ => {
            let (min, max) = if room == Room::Bed {
                ("bedrooms_min", "bedrooms_max")
            } else {
                ("bathrooms_min", "bathrooms_max")
            };
            let low = low.map(|low| (min, label::number(low)));
            low.into_iter().chain(high.map(|high| (max, label::number(high)))).collect()
        }
    };
    let labels = label::range(
        low,
        high,
        &|count| format!("{count} {en}{}", if count == "1" { "" } else { "s" }),
        &|count| format!("{count} {th}"),
    );
    Some(Draft::filter(kind, label::id(name, low, high), params, labels))
}
