//! Usable area, and land in Thai and other measures.

use std::sync::LazyLock;

use crate::{
    bounds::{self, Bound},
    label,
    lexicon::Lexicon,
    numbers,
    output::ChipKind,
    resolve::{Draft, Found},
    text::{Kind, Token},
};

/// A measure, in square metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Unit {
    sqm: f64,
    is_land: bool,
}

const fn floor(sqm: f64) -> Unit {
    Unit { sqm, is_land: false }
}

const fn land(sqm: f64) -> Unit {
    Unit { sqm, is_land: true }
}

const RAI: f64 = 1600.0;
const NGAN: f64 = 400.0;
const WAH: f64 = 4.0;

pub(crate) static UNITS: LazyLock<Lexicon<Unit>> = LazyLock::new(|| {
    Lexicon::of(&[
        (
            "sqm|sq m|sq mt|sqmt|sq mtr|sqmtr|sq metre|sq meter|square metre|square meter|square metres|square meters|m2|ตรม|ตร ม|ตารางเมตร|ตร เมตร",
            floor(1.0),
        ),
        ("sqft|sq ft|sq feet|square foot|square feet|ft2|sf|ตารางฟุต|ตร ฟุต", floor(0.092_903_04)),
        ("rai|rais|ไร่", land(RAI)),
        ("ngan|ngaan|งาน", land(NGAN)),
        (
            "wah|wa|sq wah|sq wa|sqw|sqwah|square wah|square wa|talang wah|tarang wah|วา|ตรว|ตร ว|ตารางวา|ตร วา",
            land(WAH),
        ),
        ("hectare|hectares|ha|เฮกตาร์", land(10_000.0)),
        ("acre|acres|เอเคอร์", land(4_046.856)),
    ])
});

/// Words that announce a measure.
pub(crate) static TOPICS: LazyLock<Lexicon<bool>> = LazyLock::new(|| {
    Lexicon::of(&[
        (
            "size|area|living area|floor area|usable area|internal area|ขนาด|พื้นที่|พื้นที่ใช้สอย|เนื้อที่ใช้สอย",
            false,
        ),
        ("land size|land area|plot size|on|เนื้อที่|ขนาดที่ดิน|ที่ดิน", true),
    ])
});

/// As large as a listing may be, square metres.
const MOST: f64 = 1e9;

/// The areas that a query names.
pub(crate) fn find(tokens: &[Token]) -> Vec<Found> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        found.extend(measured(tokens, at));
        found.extend(deed(tokens, at));
    }
    found
}

/// "100 sqm", "ขนาด 35 ตร.ม. ขึ้นไป", "at least 2 rai", "1 ไร่ 2 งาน".
fn measured(tokens: &[Token], at: usize) -> Option<Found> {
    let topic = TOPICS.find(tokens, at).filter(|_| tokens[at].norm != "on");
    let is_land = topic.is_some_and(|(is_land, _)| *is_land);
    // "ที่ดิน" is a kind of property and not only the announcement of a size.
    let is_kind = tokens[at].norm == "ที่ดิน";
    let mut next = topic.filter(|_| !is_kind).map_or(at, |(_, next)| next);
    let before = bounds::before(tokens, next);
    next = before.map_or(next, |(_, next)| next);
    let numbers = numbers::range(tokens, next, numbers::plain)?;
    let hyphen = tokens.get(numbers.next).is_some_and(|token| token.glued && token.is_mark("-+"));
    let is_plus = hyphen && tokens[numbers.next].is_mark("+");
    let (unit, mut next) = unit(tokens, numbers.next + usize::from(hyphen))?;
    let scaled = |value: Option<f64>| value.map(|value| value * unit.sqm);
    let mut extra = 0.0;
    // The smaller measures of a deed.
    let mut smaller = unit.sqm;
    while unit.is_land
        && numbers.second.is_none()
        && let Some(part) = numbers::plain(tokens, next)
        && let Some((measure, end)) = UNITS.find(tokens, part.next)
        && measure.is_land
        && measure.sqm < smaller
    {
        extra += part.value * measure.sqm;
        smaller = measure.sqm;
        next = end;
    }
    let behind = bounds::after(tokens, next).filter(|_| before.is_none());
    next = behind.map_or(next, |(_, next)| next);
    let bound = before.map(|(bound, _)| bound).or(behind.map(|(bound, _)| bound));
    let bound = bound.or(is_plus.then_some(Bound::Min));
    let (low, high) = bounds::limits(&numbers, bound, Bound::Min);
    let (low, high) = (scaled(low).map(|v| v + extra), scaled(high).map(|v| v + extra));
    Some(draft(unit.is_land || is_land, low, high)?.at(at..next))
}

/// The measure at a token; `m²` is a word and a mark.
fn unit(tokens: &[Token], at: usize) -> Option<(Unit, usize)> {
    if let Some((unit, next)) = UNITS.find(tokens, at) {
        return Some((*unit, next));
    }
    let squared = tokens.get(at + 1).is_some_and(|token| token.glued && token.is_mark("²"));
    let unit = match tokens.get(at)?.norm.as_str() {
        "m" => floor(1.0),
        "ft" => floor(0.092_903_04),
        _ => return None,
    };
    squared.then_some((unit, at + 2))
}

/// "1-2-50": rai, ngan and square wah, as a title deed writes them.
fn deed(tokens: &[Token], at: usize) -> Option<Found> {
    let figure = |at: usize| match tokens.get(at)?.kind {
        Kind::Number(value) => Some(value),
        _ => None,
    };
    let joined = |at: usize| tokens.get(at).is_some_and(|token| token.glued && token.is_mark("-"));
    let (rai, ngan, wah) = (figure(at)?, figure(at + 2)?, figure(at + 4)?);
    let is_cut = joined(at + 1) && joined(at + 3) && tokens[at + 2].glued && tokens[at + 4].glued;
    let is_longer = joined(at + 5) || (at > 0 && tokens[at].glued && tokens[at - 1].is_mark("-"));
    let fits =
        rai.fract() == 0.0 && rai < 10_000.0 && [0.0, 1.0, 2.0, 3.0].contains(&ngan) && wah < 100.0;
    let unit = UNITS.find(tokens, at + 5).filter(|(unit, _)| unit.is_land);
    // A date could be written so, too: "1-2-26".
    let is_about_land = || {
        tokens.iter().any(|token| {
            ["land", "plot", "rai"].contains(&token.stem.as_str())
                || ["ที่ดิน", "ไร่", "เนื้อที่"].contains(&token.norm.as_str())
        })
    };
    let is_date = wah <= 31.0 && (1.0..=31.0).contains(&rai) && ngan > 0.0;
    let starts_with_zero = tokens[at].norm.len() > 1 && tokens[at].norm.starts_with('0');
    if !is_cut
        || is_longer
        || !fits
        || starts_with_zero
        || (unit.is_none() && is_date && !is_about_land())
    {
        return None;
    }
    let sqm = rai * RAI + ngan * NGAN + wah * WAH;
    Some(draft(true, Some(sqm), None)?.at(at..unit.map_or(at + 5, |(_, next)| next)))
}

fn draft(is_land: bool, low: Option<f64>, high: Option<f64>) -> Option<Draft> {
    let fits = |value: Option<f64>| value.is_none_or(|value| (0.5..=MOST).contains(&value));
    if !fits(low) || !fits(high) {
        return None;
    }
    let labels =
        label::range(low, high, &|area| format!("{area} m²"), &|area| format!("{area} ตร.ม."));
    let (kind, what, least, most, labels) = if is_land {
        let labels = (format!("Land: {}", labels.0), format!("ที่ดิน {}", labels.1));
        (ChipKind::Land, "land", "land_min", "land_max", labels)
    } else {
        (ChipKind::Area, "area", "area_min", "area_max", labels)
    };
    let low_param = low.map(|low| (least, label::number(low)));
    let params = low_param.into_iter().chain(high.map(|high| (most, label::number(high))));
    Some(Draft::filter(kind, label::id(what, low, high), params.collect(), labels))
}
