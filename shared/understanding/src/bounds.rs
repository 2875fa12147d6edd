//! "At most", "from", "around": which side of a number is meant.

use std::sync::LazyLock;

use crate::{lexicon::Lexicon, numbers::Numbers, text::Token};

/// What a word says of the number beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Max,
    Min,
    /// Within [`AROUND`] of it.
    Around,
    Between,
}

/// "Around" is fifteen hundredths either way.
pub(crate) const AROUND: f64 = 0.15;

pub(crate) static BEFORE: LazyLock<Lexicon<Bound>> = LazyLock::new(|| {
    Lexicon::of(&[
        (
            "under|below|less than|lower than|cheaper than|max|max of|maximum|maximum of|up to|upto|no more than|not more than|not over|at most|within|not exceeding|no higher than",
            Bound::Max,
        ),
        ("ไม่เกิน|ไม่เกินกว่า|ต่ำกว่า|น้อยกว่า|ไม่ถึง|ไม่มากกว่า|สูงสุด|ถูกกว่า|ภายใน|ไม่สูงกว่า", Bound::Max),
        (
            "over|above|more than|greater than|at least|min|min of|minimum|minimum of|from|starting from|starting at|no less than|not less than|not under|bigger than|larger than",
            Bound::Min,
        ),
        ("มากกว่า|เกิน|ตั้งแต่|เริ่มต้น|เริ่มที่|เริ่มต้นที่|อย่างน้อย|ไม่น้อยกว่า|ไม่ต่ำกว่า|ขั้นต่ำ|จาก", Bound::Min),
        (
            "around|about|approx|approximately|roughly|circa|ca|some|ประมาณ|ราว|ราวๆ|ราว ๆ|ราวราว",
            Bound::Around,
        ),
        ("between|ระหว่าง", Bound::Between),
    ])
});

pub(crate) static AFTER: LazyLock<Lexicon<Bound>> = LazyLock::new(|| {
    Lexicon::of(&[
        (
            "max|maximum|or less|or under|or below|or cheaper|tops|at most|หรือน้อยกว่า|หรือต่ำกว่า|ลงมา|สูงสุด",
            Bound::Max,
        ),
        (
            "plus|or more|or above|or over|and up|and above|and over|and more|up|upwards|min|minimum|at least|or larger|or bigger|ขึ้นไป|หรือมากกว่า|ขั้นต่ำ|อัพ",
            Bound::Min,
        ),
        ("or so|ish|กว่าๆ", Bound::Around),
    ])
});

/// The bound that begins at a token, and the token after it.
pub(crate) fn before(tokens: &[Token], at: usize) -> Option<(Bound, usize)> {
    let token = tokens.get(at)?;
    let mark = [("<≤", Bound::Max), (">≥", Bound::Min), ("~≈", Bound::Around)];
    if let Some((_, bound)) = mark.iter().find(|(marks, _)| token.is_mark(marks)) {
        let equals = tokens.get(at + 1).is_some_and(|token| token.is_mark("="));
        return Some((*bound, at + 1 + usize::from(equals)));
    }
    BEFORE.find(tokens, at).map(|(bound, next)| (*bound, next))
}

/// The bound that stands behind a number.
pub(crate) fn after(tokens: &[Token], at: usize) -> Option<(Bound, usize)> {
    if tokens.get(at).is_some_and(|token| token.is_mark("+")) {
        return Some((Bound::Min, at + 1));
    }
    AFTER.find(tokens, at).map(|(bound, next)| (*bound, next))
}

/// Lowest and highest that is meant; `bare` is what a number without a bound means.
pub(crate) fn limits(
    numbers: &Numbers,
    bound: Option<Bound>,
    bare: Bound,
) -> (Option<f64>, Option<f64>) {
    let (low, high) = numbers.ends();
    if numbers.second.is_some() {
        return (Some(low), Some(high));
    }
    match bound.unwrap_or(bare) {
        Bound::Max => (None, Some(high)),
        Bound::Min => (Some(low), None),
        Bound::Around => (Some(low * (1.0 - AROUND)), Some(high * (1.0 + AROUND))),
        Bound::Between => (Some(low), Some(high)),
    }
}
