//! Prices.
//!
//! A number alone is no price. It becomes one beside a currency, a multiplier ("30k"), a time
//! ("a month") or, from a thousand on, a bound or the word "price". A price without a bound is
//! what somebody wants to spend at most.

use std::sync::LazyLock;

use crate::{
    bounds::{self, Bound},
    label,
    lexicon::Lexicon,
    numbers::{self, Amount, Numbers},
    output::{ChipKind, Note},
    resolve::{Draft, Found, guard},
    scope::{Scope, Transaction},
    text::{Kind, Token},
};

/// What a price is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Per {
    Night,
    Month,
    /// A week, a year, a square metre: listings have no such price to filter by.
    Other,
}

/// A word beside a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Topic,
    Currency(&'static str),
    Per(Per),
}

pub(crate) static WORDS: LazyLock<Lexicon<Word>> = LazyLock::new(|| {
    Lexicon::of(&[
        (
            "price|prices|priced|priced at|budget|budget of|my budget is|budget is|cost|costs|costing|for only|asking|ราคา|งบ|งบประมาณ|มีงบ|ค่าเช่า|ราคาเช่า|ราคาขาย",
            Word::Topic,
        ),
        ("baht|thb|bath|bht|thai baht|บาท", Word::Currency("THB")),
        ("usd|dollar|us dollar|bucks|ดอลลาร์|เหรียญ", Word::Currency("USD")),
        ("eur|euro|ยูโร", Word::Currency("EUR")),
        ("gbp|pound|quid|sterling|ปอนด์", Word::Currency("GBP")),
        ("jpy|yen|เยน", Word::Currency("JPY")),
        (
            "night|a night|per night|each night|nightly|pn|per day|a day|daily|คืนละ|ต่อคืน|วันละ|ต่อวัน|รายวัน|คืน",
            Word::Per(Per::Night),
        ),
        (
            "month|a month|per month|each month|monthly|pm|pcm|per calendar month|mo|mth|เดือนละ|ต่อเดือน|รายเดือน|เดือน",
            Word::Per(Per::Month),
        ),
        (
            "a week|per week|weekly|a year|per year|yearly|annually|pa|per annum|สัปดาห์ละ|ต่อสัปดาห์|ปีละ|ต่อปี|รายปี",
            Word::Per(Per::Other),
        ),
        (
            "per sqm|a sqm|per sq m|per square metre|per square meter|a square metre|a square meter|per rai|a rai|per wah|per sq wah|per square wah|ตารางวาละ|ไร่ละ|ตารางเมตรละ|ต่อตารางเมตร|ต่อตรม|ต่อไร่|ต่อตารางวา|วาละ|ต่อวา|per person|ต่อคน|คนละ",
            Word::Per(Per::Other),
        ),
    ])
});

/// Not prices of a listing.
static BESIDE: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[(
        "deposit|deposit of|fee|electricity|water bill|common fee|มัดจำ|เงินมัดจำ|ค่าส่วนกลาง|ค่าไฟ|ค่าน้ำ",
        (),
    )])
});

/// Prices that a listing may have, minor units.
const MOST: f64 = 1e13;
/// Below this a number beside "under" or "price" may be anything.
const LEAST_BARE: f64 = 1_000.0;

#[derive(Clone, Copy, Default)]
struct Cues {
    is_topic: bool,
    bound: Option<Bound>,
    per: Option<Per>,
    currency: Option<&'static str>,
}

impl Cues {
    /// Takes what stands at a token, if it says something new of a price; the token after it.
    fn take(&mut self, tokens: &[Token], at: usize, behind: bool) -> Option<usize> {
        let signs = [("฿", "THB"), ("$", "USD"), ("€", "EUR"), ("£", "GBP"), ("¥", "JPY")];
        let token = tokens.get(at)?;
        if let Some((_, currency)) = signs.iter().find(|(sign, _)| token.is_mark(sign)) {
            return self.currency.replace(currency).is_none().then_some(at + 1);
        }
        // "/month", "/คืน", and "/-" behind an amount.
        if behind && token.is_mark("/") {
            let is_dash = tokens.get(at + 1).is_some_and(|next| next.is_mark("-"));
            return if is_dash { Some(at + 2) } else { self.period(tokens, at + 1, true, true) };
        }
        if let Some(next) = self.period(tokens, at, behind, false) {
            return Some(next);
        }
        match WORDS.find(tokens, at) {
            Some((Word::Topic, next)) if !behind && !self.is_topic => {
                self.is_topic = true;
                // "ราคา:", "price is".
                let skip = tokens
                    .get(next)
                    .is_some_and(|t| t.is_mark(":") || t.norm == "is" || t.norm == "of");
                return Some(next + usize::from(skip));
            }
            Some((Word::Currency(currency), next)) if !is_bathroom(tokens, at) => {
                return self.currency.replace(currency).is_none().then_some(next);
            }
            _ => {}
        }
        let bound = if behind { bounds::after(tokens, at) } else { bounds::before(tokens, at) };
        let (bound, next) = bound.filter(|_| self.bound.is_none())?;
        self.bound = Some(bound);
        Some(next)
    }

    fn period(
        &mut self,
        tokens: &[Token],
        at: usize,
        behind: bool,
        is_stroke: bool,
    ) -> Option<usize> {
        let (Word::Per(per), next) = WORDS.find(tokens, at)? else { return None };
        // "Month" and "คืน" alone are no price: "30,000 month" is, "2 คืน" is not.
        let is_alone = ["night", "month", "คืน", "เดือน", "mo"].contains(&tokens[at].norm.as_str());
        // Before the amount only what is one word is said: "คืนละ 2,000", "monthly 30k".
        let is_phrase = !behind && next > at + 1;
        if (is_alone && !is_stroke && next == at + 1) || self.per.is_some() || is_phrase {
            return None;
        }
        self.per = Some(*per);
        Some(next)
    }
}

/// "30,000 bath" is money and "2 bath" is rooms.
fn is_bathroom(tokens: &[Token], at: usize) -> bool {
    let is_money = |token: &Token| matches!(token.kind, Kind::Number(value) if value >= 500.0);
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    tokens[at].stem == "bath" && !before.is_some_and(is_money)
}

/// The prices that a query names.
pub(crate) fn find(tokens: &[Token], scope: &Scope<'_>) -> Vec<Found> {
    (0..tokens.len()).filter_map(|at| price(tokens, at, scope)).collect()
}

fn price(tokens: &[Token], at: usize, scope: &Scope<'_>) -> Option<Found> {
    let beside = BESIDE.find(tokens, at);
    let mut cues = Cues::default();
    let mut next = beside.map_or(at, |(_, next)| next);
    while let Some(end) = cues.take(tokens, next, false) {
        next = end;
    }
    // "หลายล้าน" is no amount; "ไม่เกินล้าน" is.
    if numbers::is_bare(tokens, next)
        && cues.bound.is_none()
        && !cues.is_topic
        && cues.per.is_none()
    {
        return None;
    }
    let mut numbers = numbers::range(tokens, next, read)?;
    next = numbers.next;
    // "30,000 บาทต่อเดือนขึ้นไป": cues in any order.
    while let Some(end) = cues.take(tokens, next, true) {
        next = end;
    }
    // "$1,000 - $1,500", "30,000 บาท ถึง 45,000 บาท".
    if numbers.second.is_none()
        && let Some((second, end)) = second(tokens, next, &mut cues)
    {
        numbers.second = Some(second);
        next = end;
        while let Some(end) = cues.take(tokens, next, true) {
            next = end;
        }
    }
    if beside.is_some() {
        return Some(guard(at..next));
    }
    if !is_price(&numbers, cues) {
        return None;
    }
    draft(&numbers, cues, scope).map(|draft| draft.at(at..next))
}

/// An amount; the `m` of "5 m" is a metre unless it stands against its figure.
fn read(tokens: &[Token], at: usize) -> Option<Amount> {
    let amount = numbers::amount(tokens, at)?;
    let unit = tokens.get(at + 1);
    let is_metre = unit.is_some_and(|unit| unit.norm == "m" && !unit.glued)
        || (unit.is_some_and(|unit| unit.norm == "m")
            && tokens.get(at + 2).is_some_and(|t| t.glued && (t.norm == "2" || t.is_mark("²"))));
    // "300 mb" is how fast the internet is.
    let is_speed = unit.is_some_and(|unit| unit.norm == "mb") && amount.value >= 2e8;
    (!is_metre && !is_speed).then_some(amount)
}

fn second(tokens: &[Token], at: usize, cues: &mut Cues) -> Option<(Amount, usize)> {
    let joint = tokens.get(at)?;
    if !joint.is_mark("-~") && !["to", "and", "ถึง"].contains(&joint.norm.as_str()) {
        return None;
    }
    cues.currency?;
    let mut again = Cues::default();
    let mut next = at + 1;
    while again.bound.is_none()
        && let Some(end) = again.take(tokens, next, false)
    {
        next = end;
    }
    let second = read(tokens, next)?;
    let is_money = again.currency.is_some()
        || matches!(WORDS.find(tokens, second.next), Some((Word::Currency(_), _)));
    is_money.then_some((second, second.next))
}

/// Whether enough says that it is money.
fn is_price(numbers: &Numbers, cues: Cues) -> bool {
    let multiplier =
        numbers.first.multiplier.or(numbers.second.and_then(|second| second.multiplier));
    let (low, high) = numbers.ends();
    if low <= 0.0 || !high.is_finite() {
        return false;
    }
    if cues.currency.is_some() || multiplier.is_some() {
        return true;
    }
    if low < 100.0 {
        return false;
    }
    if cues.per.is_some() {
        return true;
    }
    let is_year = high.fract() == 0.0
        && ((1900.0..2100.0).contains(&high) || (2440.0..2643.0).contains(&high));
    let has_cue = cues.is_topic || cues.bound.is_some();
    let is_plausible = low >= LEAST_BARE && (cues.is_topic || !is_year);
    has_cue && is_plausible
}

fn draft(numbers: &Numbers, cues: Cues, scope: &Scope<'_>) -> Option<Draft> {
    let (low, high) = bounds::limits(numbers, cues.bound, Bound::Max);
    let minor = if scope.currency == "JPY" { 1.0 } else { 100.0 };
    let fits = |price: Option<f64>| {
        price.is_none_or(|price| (1.0..=MOST).contains(&(price * minor).round()))
    };
    if !fits(low) || !fits(high) {
        return None;
    }
    let currency = cues.currency.unwrap_or(scope.currency);
    let is_night = cues.per == Some(Per::Night);
    let name = if is_night { "price_per_night" } else { "price" };
    let (per_en, per_th) = match cues.per {
        Some(Per::Night) => (" a night", " ต่อคืน"),
        Some(Per::Month) => (" a month", " ต่อเดือน"),
        _ => ("", ""),
    };
    let (sign, unit) = match currency {
        "THB" => ("฿", "บาท"),
        "USD" => ("$", "ดอลลาร์"),
        "EUR" => ("€", "ยูโร"),
        "GBP" => ("£", "ปอนด์"),
        "JPY" => ("¥", "เยน"),
        other => (other, other),
    };
    let labels = label::range(low, high, &|price| format!("{sign}{price}{per_en}"), &|price| {
        format!("{price} {unit}{per_th}")
    });
    let id = label::id(name, low, high);
    let preference =
        |note| Some(Draft::preference(ChipKind::Price, id.clone(), note, labels.clone()));
    let lets = scope.offers(Transaction::Rent) || scope.offers(Transaction::Lease);
    if currency != scope.currency {
        return preference(Note::OtherCurrency);
    }
    match cues.per {
        Some(Per::Other) => return preference(Note::OtherUnit),
        Some(Per::Night) if !scope.offers(Transaction::Rent) => {
            return preference(Note::NotOffered);
        }
        Some(Per::Month) if !lets => return preference(Note::NotOffered),
        _ => {}
    }
    let (min, max) = if is_night {
        ("price_per_night_min", "price_per_night_max")
    } else {
        ("price_min", "price_max")
    };
    let minor = |price: f64| format!("{:.0}", (price * minor).round());
    let low = low.map(|low| (min, minor(low)));
    let params = low.into_iter().chain(high.map(|high| (max, minor(high)))).collect();
    Some(Draft::filter(ChipKind::Price, id, params, labels))
}
