//! From proposals that were kept to chips.

use std::ops::Range;

use crate::{
    output::{Chip, ChipKind, Language, Note, Span, Strength, Understanding},
    places::{Place, Places},
    resolve::Found,
    rest::{rest, settled},
    scope::Scope,
    text::{Token, is_thai},
};

/// Chips and the rest, from what was kept.
pub(crate) fn assemble(
    text: &str,
    tokens: &[Token],
    found: Vec<Found>,
    scope: &Scope<'_>,
) -> Understanding {
    let found: Vec<Found> = found
        .into_iter()
        .filter(|one| one.draft.as_ref().is_none_or(|draft| !scope.without.contains(&draft.id)))
        .collect();
    let places: Vec<&Place> =
        found.iter().filter_map(|one| Places::shared().at(one.draft.as_ref()?.place?)).collect();
    let utf16 = Utf16::of(text);
    let mut chips: Vec<Chip> = Vec::new();
    for one in &found {
        let Some(draft) = &one.draft else { continue };
        if chips.iter().any(|chip| chip.id == draft.id) {
            continue;
        }
        let bytes = bytes(tokens, &one.tokens);
        let draft = draft.clone();
        chips.push(Chip {
            id: draft.id,
            kind: draft.kind,
            params: draft.params,
            span: Span { start: utf16.at(bytes.start), end: utf16.at(bytes.end) },
            text: text.get(bytes).unwrap_or_default().to_owned(),
            label: draft.label,
            strength: draft.strength,
            note: draft.note,
            group: None,
            plainly: None,
        });
    }
    group(&mut chips, &places);
    let rest = settled(rest(text, tokens, &found), scope);
    Understanding { rest, chips, language: language(text) }
}

/// The part of the query that tokens stand in.
pub(crate) fn bytes(tokens: &[Token], range: &Range<usize>) -> Range<usize> {
    let start = tokens.get(range.start).map_or(0, |token| token.span.start);
    let end = range.end.checked_sub(1).and_then(|last| tokens.get(last));
    start..end.map_or(start, |token| token.span.end)
}

/// Byte offsets in UTF-16 code units.
pub(crate) struct Utf16(Vec<(usize, usize)>);

impl Utf16 {
    pub(crate) fn of(text: &str) -> Self {
        let mut units = 0;
        let mut at = Vec::new();
        for (byte, c) in text.char_indices() {
            at.push((byte, units));
            units += c.len_utf16();
        }
        at.push((text.len(), units));
        Self(at)
    }

    pub(crate) fn at(&self, byte: usize) -> usize {
        let row = self.0.partition_point(|(start, _)| *start < byte);
        self.0.get(row).map_or(0, |(_, units)| *units)
    }
}

/// Marks alternatives: chips of one kind that set the same parameters cannot both hold.
fn group(chips: &mut [Chip], places: &[&Place]) {
    let names =
        |chip: &Chip| -> Vec<&'static str> { chip.params.iter().map(|(name, _)| *name).collect() };
    let shape: Vec<_> = chips
        .iter()
        .map(|chip| (chip.strength == Strength::Filter).then(|| (chip.kind, names(chip))))
        .collect();
    for (nth, chip) in chips.iter_mut().enumerate() {
        let Some((kind, names)) = &shape[nth] else { continue };
        let others = || {
            shape
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != nth)
                .filter_map(|(_, s)| s.as_ref())
        };
        let same = others().any(|(other, set)| other == kind && set == names);
        chip.group = match kind {
            ChipKind::Transaction if same => Some("transaction"),
            ChipKind::PropertyType if same => Some("property_type"),
            ChipKind::Price if same => Some("price"),
            ChipKind::Area if same => Some("area"),
            ChipKind::Bedrooms if same => Some("bedrooms"),
            ChipKind::Bathrooms if same => Some("bathrooms"),
            ChipKind::Guests if same => Some("guests"),
            ChipKind::Dates if same => Some("dates"),
            ChipKind::Place if others().any(|(other, _)| *other == ChipKind::Place) => {
                Some("place")
            }
            _ => None,
        };
    }
    // Of places, a unit that another one lies in only says where that is: both must hold.
    let leaves = places.iter().filter(|place| !places.iter().any(|other| other.is_in(place)));
    let leaves: Vec<_> = leaves.map(|place| format!("place:{}", place.key())).collect();
    let alone = leaves.len() < 2;
    for chip in chips.iter_mut().filter(|chip| chip.group == Some("place")) {
        let is_leaf = leaves.contains(&chip.id);
        if alone || !is_leaf {
            chip.group = None;
        }
    }
    // Where one alternative lies elsewhere, the unit of the other would exclude it.
    if !alone {
        chips.iter_mut().for_each(|chip| {
            let place = places.iter().find(|place| chip.id == format!("place:{}", place.key()));
            let Some(unit) = place.filter(|_| !leaves.contains(&chip.id)) else { return };
            let holds = |leaf: &&Place| leaf.is_in(unit);
            let all =
                places.iter().filter(|p| leaves.contains(&format!("place:{}", p.key()))).all(holds);
            if !all {
                chip.strength = Strength::Preference;
                chip.params.clear();
                chip.note = Some(Note::Wider);
            }
        });
    }
}

fn language(text: &str) -> Option<Language> {
    let thai = text.chars().filter(|c| is_thai(*c)).count();
    let latin = text.chars().filter(char::is_ascii_alphabetic).count();
    match (thai, latin) {
        (0, 0) => None,
        // A Thai word has more letters than an English one of the same weight has, marks included.
        _ if thai >= latin => Some(Language::Th),
        _ => Some(Language::En),
    }
}
