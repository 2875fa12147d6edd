//! Places in a query.
//!
//! Names are short and many are words of a language: a name counts alone only where it is hardly
//! anything else, and otherwise beside its marker ("tambon", "เขต", "BTS") or the unit that it is
//! in. Of several places of one name the exact spelling wins, then what lies in another place
//! named, then the larger.

use std::{ops::Range, sync::LazyLock};

use super::{
    Number, Place, PlaceKind, Places, fold,
    names::{COMMON, OUTSHONE, SHORT},
};
use crate::{
    lexicon::Lexicon,
    output::{ChipKind, Note},
    resolve::{Draft, Found},
    text::{Kind, Token},
    vocabulary,
};

/// More letters than a name has.
const LONGEST: usize = 40;
/// More tokens than a name has.
const MOST_WORDS: usize = 7;

/// What a word beside a name says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    Unit(PlaceKind),
    Line(&'static str),
    Beach,
}

static MARKERS: LazyLock<Lexicon<Marker>> = LazyLock::new(|| {
    Lexicon::of(&[
        ("province|changwat|จังหวัด|จ", Marker::Unit(PlaceKind::Province)),
        ("amphoe|amphur|amper|khet|district|อำเภอ|เขต|อ", Marker::Unit(PlaceKind::District)),
        (
            "tambon|tumbon|khwaeng|subdistrict|sub district|ตำบล|แขวง|ต",
            Marker::Unit(PlaceKind::Subdistrict),
        ),
        (
            "bts|bts station|bts skytrain|skytrain|บีทีเอส|รถไฟฟ้าบีทีเอส|สถานีบีทีเอส|bts สถานี",
            Marker::Line("BTS"),
        ),
        ("mrt|mrt station|เอ็มอาร์ที|รถไฟฟ้าใต้ดิน|รถไฟฟ้ามหานคร|mrt สถานี", Marker::Line("MRT")),
        ("arl|airport link|airport rail link|แอร์พอร์ตลิงก์|แอร์พอร์ตลิงค์", Marker::Line("ARL")),
        ("station|train station|สถานี|รถไฟฟ้า|สถานีรถไฟฟ้า", Marker::Line("")),
        ("beach|หาด|ชายหาด", Marker::Beach),
    ])
});

/// The words beside names.
pub(crate) fn markers() -> &'static Lexicon<Marker> {
    &MARKERS
}

/// Words before a station that belong to it: "near BTS Asok" is not "near the BTS" and a name.
static NEAR: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[("near|near the|close to|close to the|next to|by|by the|ใกล้|ใกล้ๆ", ())])
});

#[derive(Clone)]
struct Name {
    tokens: Range<usize>,
    /// Whether `numbers` are of a name spelt exactly so.
    is_exact: bool,
    numbers: Vec<Number>,
    marker: Option<Marker>,
    letters: usize,
    plain: String,
}

/// The places that a query names.
pub(crate) fn find(tokens: &[Token]) -> Vec<Found> {
    let places = Places::shared();
    let names: Vec<Name> = (0..tokens.len()).flat_map(|at| names_at(tokens, at)).collect();
    let context = context(places, &names);
    names.iter().filter_map(|name| choose(places, name, &context)).collect()
}

/// Names that begin at a token, with and without a marker before or behind.
fn names_at(tokens: &[Token], at: usize) -> Vec<Name> {
    let mut found = Vec::new();
    if let Some((_, next)) = NEAR.find(tokens, at) {
        let stations = names_at(tokens, next).into_iter();
        found.extend(
            stations
                .filter(|name| matches!(name.marker, Some(Marker::Line(_) | Marker::Beach)))
                .map(|name| Name { tokens: at..name.tokens.end, ..name }),
        );
    }
    let before =
        MARKERS.find(tokens, at).filter(|(marker, next)| is_marked(tokens, **marker, *next));
    if let Some((marker, next)) = before {
        // "Amphoe Mueang Phuket", "สถานี BTS อโศก".
        let next = MARKERS.find(tokens, next).map_or(next, |(_, next)| next);
        for mut name in spelt(tokens, next) {
            name.tokens.start = at;
            // "BTS Bang Na station".
            if let (Marker::Line(_), Some((Marker::Line(_), end))) =
                (marker, MARKERS.find(tokens, name.tokens.end))
            {
                name.tokens.end = end;
            }
            name.marker = Some(*marker);
            found.push(name);
        }
    }
    for name in spelt(tokens, at) {
        // The marker stands behind in English: "Watthana district", "Asok BTS station".
        if let Some((marker, mut next)) = MARKERS.find(tokens, name.tokens.end) {
            if let Some((Marker::Line(""), end)) = MARKERS.find(tokens, next) {
                next = end;
            }
            if tokens.get(name.tokens.end).is_some_and(|token| token.kind == Kind::Word) {
                found.push(Name { tokens: at..next, marker: Some(*marker), ..name.clone() });
            }
        }
        found.push(name);
    }
    found
}

/// "จ." is a marker and "จ" is none.
fn is_marked(tokens: &[Token], marker: Marker, next: usize) -> bool {
    let last = next.checked_sub(1).and_then(|last| tokens.get(last));
    let is_stop = last.is_some_and(|token| token.is_mark("."));
    is_stop
        || !matches!(marker, Marker::Unit(_))
        || last.is_some_and(|token| token.norm.chars().count() > 1)
}

/// Names spelt by the tokens from one on.
fn spelt(tokens: &[Token], at: usize) -> Vec<Name> {
    let places = Places::shared();
    let mut found = Vec::new();
    let mut plain = String::new();
    let mut next = at;
    // "Jump on" is no other spelling of Chumphon.
    let mut has_filler = false;
    for _ in 0..MOST_WORDS {
        let Some(token) = tokens.get(next) else { break };
        let fits = match token.kind {
            Kind::Word | Kind::Thai => true,
            Kind::Number(_) => !plain.is_empty(),
            Kind::Mark(_) => false,
        };
        if !fits {
            break;
        }
        // A token's normal form is plain, but for the point of a number.
        plain.extend(token.norm.chars().filter(|c| *c != '.'));
        has_filler |= vocabulary::FILLERS.find(tokens, next).is_some();
        next += 1;
        let letters = plain.chars().count();
        if letters > LONGEST {
            break;
        }
        let mut propose = |is_exact: bool, numbers: &Vec<Number>| {
            let tokens = at..next;
            let (numbers, plain) = (numbers.clone(), plain.clone());
            found.push(Name { tokens, is_exact, numbers, marker: None, letters, plain });
        };
        let exact = places.exact.get(&plain);
        if let Some(numbers) = exact {
            propose(true, numbers);
        }
        // Among so many subdistricts there is one of nearly every spelling.
        let is_hardly_known = exact.is_none_or(|numbers| {
            let mut kinds = numbers.iter().filter_map(|number| places.at(*number));
            kinds.all(|place| place.kind == PlaceKind::Subdistrict)
        });
        if is_hardly_known
            && letters >= 4
            && plain.is_ascii()
            && !has_filler
            && let Some(numbers) = places.folded.get(&fold::folded(&plain))
        {
            propose(false, numbers);
        }
        // A hyphen or a stop within a name: "Cha-am", "กทม."
        if tokens.get(next).is_some_and(|mark| mark.glued && mark.is_mark("-")) {
            next += 1;
        }
    }
    found
}

/// Whether a name may be this place.
fn may_be(place: &Place, name: &Name, context: &[Unit]) -> bool {
    let is_common = COMMON.contains(&name.plain.as_str());
    match name.marker {
        Some(Marker::Unit(kind)) => return place.kind == kind,
        Some(Marker::Line(line)) => {
            return place.kind == PlaceKind::Station && place.line.contains(line);
        }
        Some(Marker::Beach) => return place.kind == PlaceKind::Beach,
        None => {}
    }
    let places = Places::shared();
    let is_beside_parent = || units(places, name, context).any(|unit| place.is_in(unit));
    let is_listed = || place.spellings.iter().any(|other| fold::plain(other) == name.plain);
    let is_thai = !name.plain.is_ascii();
    let enough = |latin: usize, thai: usize| name.letters >= if is_thai { thai } else { latin };
    match place.kind {
        PlaceKind::District if OUTSHONE.contains(&place.code.as_str()) => is_beside_parent(),
        PlaceKind::Province => !is_common && (name.is_exact || enough(6, 1)),
        PlaceKind::District if name.is_exact => {
            SHORT.contains(&name.plain.as_str())
                || is_listed()
                || (enough(6, 5) && !is_common)
                || (enough(4, 3) && !is_common && is_beside_parent())
        }
        PlaceKind::District => enough(if name.tokens.len() > 1 { 8 } else { 7 }, 1) && !is_common,
        PlaceKind::Neighbourhood | PlaceKind::Beach if name.is_exact => {
            !is_common || is_beside_parent()
        }
        PlaceKind::Neighbourhood | PlaceKind::Beach => enough(6, 1) && !is_common,
        PlaceKind::Station => name.is_exact && enough(5, 4) && !is_common,
        PlaceKind::Subdistrict => name.is_exact && enough(4, 3) && !is_common && is_beside_parent(),
    }
}

/// A unit that is named beyond doubt, and where.
struct Unit {
    number: Number,
    tokens: Range<usize>,
}

/// The units that are named elsewhere than a name stands.
fn units<'a>(
    places: &'a Places,
    name: &'a Name,
    context: &'a [Unit],
) -> impl Iterator<Item = &'a Place> {
    let apart =
        |unit: &&Unit| name.tokens.end <= unit.tokens.start || unit.tokens.end <= name.tokens.start;
    context.iter().filter(apart).filter_map(|unit| places.at(unit.number))
}

/// Units that are named beyond doubt.
fn context(places: &Places, names: &[Name]) -> Vec<Unit> {
    let mut units: Vec<(&Name, Vec<Number>)> = names
        .iter()
        .map(|name| {
            let fits = |number: &&Number| {
                places.at(**number).is_some_and(|place| {
                    matches!(place.kind, PlaceKind::Province | PlaceKind::District)
                        && may_be(place, name, &[])
                })
            };
            (name, name.numbers.iter().filter(fits).copied().collect())
        })
        .collect();
    units.retain(|(_, numbers)| !numbers.is_empty());
    units.sort_by_key(|(name, _)| std::cmp::Reverse(name.tokens.len()));
    let mut taken: Vec<Range<usize>> = Vec::new();
    let mut context = Vec::new();
    for (name, numbers) in units {
        let overlaps =
            |other: &Range<usize>| name.tokens.start < other.end && other.start < name.tokens.end;
        if !taken.iter().any(overlaps) {
            taken.push(name.tokens.clone());
            // A district of a name that others have says nothing of where it is.
            let provinces = numbers
                .iter()
                .filter(|n| places.at(**n).is_some_and(|p| p.kind == PlaceKind::Province));
            let provinces: Vec<Number> = provinces.copied().collect();
            match (provinces.as_slice(), numbers.as_slice()) {
                ([], [one]) => context.push(Unit { number: *one, tokens: name.tokens.clone() }),
                ([], _) => {}
                (some, _) => context.extend(
                    some.iter().map(|one| Unit { number: *one, tokens: name.tokens.clone() }),
                ),
            }
        }
    }
    context
}

fn choose(places: &Places, name: &Name, context: &[Unit]) -> Option<Found> {
    let place = |number: &Number| places.at(*number);
    let mut left: Vec<Number> = name.numbers.clone();
    left.retain(|number| place(number).is_some_and(|place| may_be(place, name, context)));
    let largest = left.iter().filter_map(place).map(|place| place.kind).min()?;
    let is_placed = |number: &Number| {
        place(number)
            .is_some_and(|place| units(places, name, context).any(|unit| place.is_in(unit)))
    };
    // A province is not doubted: "Phuket" beside "Phuket Old Town".
    if largest != PlaceKind::Province && left.iter().any(is_placed) {
        left.retain(is_placed);
    }
    let largest = left.iter().filter_map(place).map(|place| place.kind).min()?;
    left.retain(|number| place(number).is_some_and(|place| place.kind == largest));
    let first = place(left.first()?)?;
    let draft = match (left.as_slice(), largest) {
        ([number], _) => chip(first, *number),
        // Districts of one name: any of them, since nothing says which.
        (_, PlaceKind::District) => Draft {
            params: first.params().into_iter().filter(|(name, _)| *name == "district").collect(),
            ..chip(first, left[0])
        },
        _ => {
            let label = first.label();
            let id = format!("place:{}:{}", largest.name(), name.plain);
            Draft::preference(ChipKind::Place, id, Note::Ambiguous, (label.en, label.th))
        }
    };
    Some(draft.at(name.tokens.clone()))
}

fn chip(place: &Place, number: Number) -> Draft {
    let label = place.label();
    let mut draft = Draft::filter(
        ChipKind::Place,
        format!("place:{}", place.key()),
        place.params(),
        (label.en, label.th),
    );
    draft.place = Some(number);
    draft.note = (place.kind == PlaceKind::Subdistrict).then_some(Note::Wider);
    draft
}
