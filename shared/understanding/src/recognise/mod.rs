//! The recognisers: each finds one kind of thing, and knows nothing of the others.

pub(crate) mod amenity;

mod area;
mod dates;
mod deal;
mod furnished;
mod guards;
mod guests;
mod price;
mod property;
mod rooms;

use crate::{places, resolve::Found, scope::Scope, text::Token};

/// Everything that anything proposes; of proposals of one length the earlier wins.
pub(crate) fn all(tokens: &[Token], scope: &Scope<'_>) -> Vec<Found> {
    let mut found = guards::find(tokens);
    found.extend(price::find(tokens, scope));
    found.extend(rooms::find(tokens));
    found.extend(area::find(tokens));
    found.extend(guests::find(tokens, scope));
    found.extend(dates::find(tokens, scope));
    found.extend(property::find(tokens));
    found.extend(deal::find(tokens, scope));
    found.extend(amenity::find(tokens, scope));
    found.extend(furnished::find(tokens));
    found.extend(places::find(tokens));
    found
}

/// The Thai words of all of them.
pub(crate) fn thai() -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut add = |word: &str| words.push(word.to_owned());
    price::WORDS.thai().for_each(&mut add);
    rooms::UNITS.thai().for_each(&mut add);
    area::UNITS.thai().chain(area::TOPICS.thai()).for_each(&mut add);
    guests::PEOPLE.thai().chain(guests::LEADS.thai()).for_each(&mut add);
    dates::MONTHS.thai().chain(dates::WORDS.thai()).for_each(&mut add);
    property::TYPES.thai().for_each(&mut add);
    deal::DEALS.thai().for_each(&mut add);
    furnished::DEGREES.thai().for_each(&mut add);
    guards::BEFORE.thai().chain(guards::AFTER.thai()).for_each(&mut add);
    for (phrases, _) in amenity::SYNONYMS {
        let pieces = phrases.split(|c| !crate::text::is_thai(c));
        pieces.filter(|piece| !piece.is_empty()).for_each(&mut add);
    }
    words
}

/// Whether the words before say that it is not wanted: what they deny is no filter.
pub(crate) fn is_denied(tokens: &[Token], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return false };
    let skip =
        usize::from(crate::lexicon::is_any(tokens, before, &["a", "any", "the", "มี", "เอา"]));
    let Some(before) = before.checked_sub(skip) else { return false };
    crate::lexicon::is_any(
        tokens,
        before,
        &[
            "no",
            "not",
            "without",
            "non",
            "except",
            "dont",
            "isnt",
            "ไม่มี",
            "ไม่เอา",
            "ไม่",
            "ไม่ใช่",
            "ยกเว้น",
        ],
    )
}
