//! Numbers in figures and words, alone and as ranges.

use std::sync::LazyLock;

use crate::{
    lexicon::{Lexicon, is_any},
    text::{Kind, Token},
};

pub(crate) static WORDS: LazyLock<Lexicon<f64>> = LazyLock::new(|| {
    Lexicon::of(&[
        ("one|หนึ่ง|นึง", 1.0),
        ("two|สอง", 2.0),
        ("three|สาม", 3.0),
        ("four|สี่", 4.0),
        ("five|ห้า", 5.0),
        ("six|หก", 6.0),
        ("seven|เจ็ด", 7.0),
        ("eight|แปด", 8.0),
        ("nine|เก้า", 9.0),
        ("ten|สิบ", 10.0),
        ("eleven|สิบเอ็ด", 11.0),
        ("twelve|สิบสอง", 12.0),
        ("fifteen|สิบห้า", 15.0),
        ("twenty|ยี่สิบ", 20.0),
        ("thirty|สามสิบ", 30.0),
        ("forty|สี่สิบ", 40.0),
        ("fifty|ห้าสิบ", 50.0),
        ("sixty|หกสิบ", 60.0),
        ("seventy|เจ็ดสิบ", 70.0),
        ("eighty|แปดสิบ", 80.0),
        ("ninety|เก้าสิบ", 90.0),
    ])
});

pub(crate) static MULTIPLIERS: LazyLock<Lexicon<f64>> = LazyLock::new(|| {
    Lexicon::of(&[
        ("k|thousand|grand|พัน", 1e3),
        ("หมื่น", 1e4),
        ("แสน", 1e5),
        ("m|mn|mm|mb|mthb|mil|mill|mio|million|ล้าน|ลบ", 1e6),
        ("bn|billion|พันล้าน", 1e9),
    ])
});

/// Words that join the two ends of a range, without the hyphen.
const TO: &[&str] = &["to", "until", "till", "ถึง", "จนถึง"];

/// A number at a token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Amount {
    pub(crate) value: f64,
    /// What the figure was multiplied by: 1,000 in `30k`.
    pub(crate) multiplier: Option<f64>,
    /// The token after.
    pub(crate) next: usize,
}

/// A figure or a word for one, without a multiplier.
pub(crate) fn plain(tokens: &[Token], at: usize) -> Option<Amount> {
    let token = tokens.get(at)?;
    if let Kind::Number(value) = token.kind {
        // Numbers of telephones and houses: a leading zero, or too many figures.
        let leading_zero =
            token.norm.len() > 1 && token.norm.starts_with('0') && !token.norm.starts_with("0.");
        // "B2" is no number; "THB2000" and "bed2bath" have one.
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        let part_of_word = token.glued
            && before.is_some_and(|word| word.kind == Kind::Word && word.norm.len() == 1);
        let fits = !leading_zero && !part_of_word && value < 1e12;
        return fits.then_some(Amount { value, multiplier: None, next: at + 1 });
    }
    let (&value, next) = WORDS.find(tokens, at)?;
    if tens(tokens, at).is_some() {
        return None;
    }
    // "Sixty-eight", "ยี่สิบห้า".
    let hyphen =
        usize::from(tokens.get(next).is_some_and(|token| token.glued && token.is_mark("-")));
    let unit =
        WORDS.find(tokens, next + hyphen).filter(|(unit, _)| is_tens(value) && **unit < 10.0);
    let (value, next) = unit.map_or((value, next), |(unit, next)| (value + unit, next));
    Some(Amount { value, multiplier: None, next })
}

fn is_tens(value: f64) -> bool {
    (10.0..100.0).contains(&value) && value % 10.0 == 0.0
}

/// The tens before a number word that is only their unit: "eight" of "sixty-eight" is no number.
fn tens(tokens: &[Token], at: usize) -> Option<()> {
    let hyphen = at > 1 && tokens[at - 1].glued && tokens[at - 1].is_mark("-");
    let before = at.checked_sub(1 + usize::from(hyphen))?;
    let (value, _) = WORDS.find(tokens, before)?;
    let is_unit = WORDS.find(tokens, at).is_some_and(|(unit, _)| *unit < 10.0);
    (is_unit && is_tens(*value)).then_some(())
}

/// With its multipliers: `30k`, `3.5 ล้าน`, `1 ล้าน 5 แสน`.
pub(crate) fn amount(tokens: &[Token], at: usize) -> Option<Amount> {
    let mut whole = multiplied(tokens, at)?;
    // Each further part is of a smaller order than the one before.
    while let Some(smaller) = whole.multiplier.filter(|multiplier| *multiplier >= 1e4)
        && let Some(part) = multiplied(tokens, whole.next)
        && let Some(multiplier) = part.multiplier
        && multiplier < smaller
        && part.value < smaller
    {
        whole.value += part.value;
        whole.next = part.next;
        whole.multiplier = Some(multiplier);
    }
    Some(whole)
}

/// "ห้า" of "หมื่นห้า", which is a tenth of what the multiplier is: 15,000.
fn tenths(tokens: &[Token], at: usize) -> Option<(f64, usize)> {
    let (&value, next) = WORDS.find(tokens, at).filter(|_| tokens[at].glued)?;
    let is_last = tokens.get(next).is_none_or(|token| {
        !token.glued || !token.is_word() || ["บาท", "ต่อเดือน", "ต่อคืน"].contains(&token.norm.as_str())
    });
    (value < 10.0 && tokens[at].kind == Kind::Thai && is_last).then_some((value, next))
}

/// Whether a multiplier stands without a figure: "หมื่น" is ten thousand.
pub(crate) fn is_bare(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.kind == Kind::Thai)
        && MULTIPLIERS.find(tokens, at).is_some()
}

fn multiplied(tokens: &[Token], at: usize) -> Option<Amount> {
    let mut whole = counted(tokens, at)?;
    if let Some(multiplier) = whole.multiplier.filter(|multiplier| *multiplier >= 1e4)
        && let Some((tenths, next)) = tenths(tokens, whole.next)
    {
        whole.value += tenths * multiplier / 10.0;
        whole.next = next;
    }
    Some(whole)
}

fn counted(tokens: &[Token], at: usize) -> Option<Amount> {
    if is_bare(tokens, at) {
        let (&by, next) = MULTIPLIERS.find(tokens, at)?;
        return Some(Amount { value: by, multiplier: Some(by), next });
    }
    let Amount { value, next, .. } = plain(tokens, at)?;
    match MULTIPLIERS.find(tokens, next) {
        // A single letter belongs to a figure that it stands against or nearly so.
        Some((&by, end)) if figure(&tokens[next], &tokens[at]) => {
            Some(Amount { value: value * by, multiplier: Some(by), next: end })
        }
        _ => Some(Amount { value, multiplier: None, next }),
    }
}

fn figure(multiplier: &Token, number: &Token) -> bool {
    multiplier.norm.len() > 1 || multiplier.glued || matches!(number.kind, Kind::Number(_))
}

/// One number, or the two ends of a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Numbers {
    pub(crate) first: Amount,
    pub(crate) second: Option<Amount>,
    /// Joined by "or" and not by "to".
    pub(crate) either: bool,
    pub(crate) next: usize,
}

impl Numbers {
    /// Lower and upper end.
    pub(crate) fn ends(&self) -> (f64, f64) {
        let second = self.second.map_or(self.first.value, |second| second.value);
        (self.first.value.min(second), self.first.value.max(second))
    }
}

/// A number or a range, read by `read`.
pub(crate) fn range(
    tokens: &[Token],
    at: usize,
    read: fn(&[Token], usize) -> Option<Amount>,
) -> Option<Numbers> {
    let first = read(tokens, at)?;
    let alone = Numbers { first, second: None, either: false, next: first.next };
    let Some((joint, either)) = joint(tokens, first.next) else { return Some(alone) };
    let Some(mut second) = read(tokens, joint) else { return Some(alone) };
    // A third number after a hyphen: a telephone, a date or a deed.
    if tokens.get(second.next).is_some_and(|t| t.glued && t.is_mark("-/"))
        && plain(tokens, second.next + 1).is_some()
    {
        return None;
    }
    let mut first = first;
    // "2-3 million": the multiplier is that of both.
    if let (None, Some(multiplier)) = (first.multiplier, second.multiplier)
        && first.value * multiplier <= second.value
        && first.value < 1000.0
    {
        first.value *= multiplier;
        first.multiplier = Some(multiplier);
    }
    // "30k-45".
    if let (Some(multiplier), None) = (first.multiplier, second.multiplier)
        && second.value * multiplier >= first.value
        && second.value < 1000.0
    {
        second.value *= multiplier;
        second.multiplier = Some(multiplier);
    }
    Some(Numbers { first, second: Some(second), either, next: second.next })
}

/// The token after what joins two numbers, and whether it is an "or".
fn joint(tokens: &[Token], at: usize) -> Option<(usize, bool)> {
    let token = tokens.get(at)?;
    if token.is_mark("-~") {
        return Some((at + 1, false));
    }
    if is_any(tokens, at, TO) || is_any(tokens, at, &["and"]) {
        return Some((at + 1, false));
    }
    is_any(tokens, at, &["or", "หรือ"]).then_some((at + 1, true))
}
