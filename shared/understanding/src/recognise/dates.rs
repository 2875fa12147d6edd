//! Days of arrival and departure.
//!
//! Only a stay whose both ends are certain filters. "In December" and "a week" are wishes.

use std::sync::LazyLock;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::{
    label,
    lexicon::{Lexicon, is_any},
    numbers,
    output::{ChipKind, Note},
    resolve::{Draft, Found},
    scope::{Scope, Transaction},
    text::{Kind, Token},
};

pub(crate) static MONTHS: LazyLock<Lexicon<u32>> = LazyLock::new(|| {
    Lexicon::of(&[
        ("january|jan|มกราคม|มกรา|มค|ม ค", 1),
        ("february|feb|กุมภาพันธ์|กุมภา|กพ|ก พ", 2),
        ("march|mar|มีนาคม|มีนา|มีค|มี ค", 3),
        ("april|apr|เมษายน|เมษา|เมย|เม ย", 4),
        ("may|พฤษภาคม|พฤษภา|พค|พ ค", 5),
        ("june|jun|มิถุนายน|มิถุนา|มิย|มิ ย", 6),
        ("july|jul|กรกฎาคม|กรกฎา|กค|ก ค", 7),
        ("august|aug|สิงหาคม|สิงหา|สค|ส ค", 8),
        ("september|sep|sept|กันยายน|กันยา|กย|ก ย", 9),
        ("october|oct|ตุลาคม|ตุลา|ตค|ต ค", 10),
        ("november|nov|พฤศจิกายน|พฤศจิกา|พย|พ ย", 11),
        ("december|dec|ธันวาคม|ธันวา|ธค|ธ ค", 12),
    ])
});

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    ThisWeekend,
    NextWeekend,
    Tonight,
    Tomorrow,
    Nights,
    Weeks,
}

pub(crate) static WORDS: LazyLock<Lexicon<Word>> = LazyLock::new(|| {
    Lexicon::of(&[
        ("this weekend|the weekend|สุดสัปดาห์นี้|เสาร์อาทิตย์นี้|วันหยุดนี้", Word::ThisWeekend),
        ("next weekend|สุดสัปดาห์หน้า|เสาร์อาทิตย์หน้า", Word::NextWeekend),
        ("tonight|คืนนี้", Word::Tonight),
        ("tomorrow|พรุ่งนี้|วันพรุ่งนี้", Word::Tomorrow),
        ("night|nights|คืน", Word::Nights),
        ("week|weeks|สัปดาห์|อาทิตย์", Word::Weeks),
    ])
});

/// Longest stay, nights.
const MOST_NIGHTS: i64 = 366;

/// A day as it is written; what is missing comes from the other end or from today.
#[derive(Clone, Copy, Debug)]
struct Written {
    day: u32,
    month: Option<u32>,
    year: Option<i32>,
    next: usize,
}

/// The stays that a query names.
pub(crate) fn find(tokens: &[Token], scope: &Scope<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let stay = between(tokens, at, scope.today)
            .or_else(|| counted(tokens, at, scope.today))
            .or_else(|| weekend(tokens, at, scope.today));
        if let Some((from, to, next)) = stay
            && let Some(draft) = draft(from, to, scope)
        {
            found.push(draft.at(at..next));
        }
        found.extend(vague(tokens, at));
    }
    found
}

/// Skips words that lead to a day: "from", "check in", "วันที่".
fn lead(tokens: &[Token], mut at: usize) -> usize {
    while is_any(
        tokens,
        at,
        &[
            "from",
            "on",
            "the",
            "between",
            "check",
            "in",
            "checkin",
            "arriving",
            "วันที่",
            "ตั้งแต่",
            "จาก",
            "เข้าพัก",
            "ระหว่าง",
            "ช่วง",
        ],
    ) {
        at += 1;
    }
    at
}

/// "12-18 December", "12 Dec to 3 Jan", "ธันวาคม 12-18", "2026-12-24 to 2026-12-28".
fn between(tokens: &[Token], at: usize, today: NaiveDate) -> Option<(NaiveDate, NaiveDate, usize)> {
    let start = lead(tokens, at);
    // "December 12-18 2026": the month leads both days.
    let month_first = MONTHS.find(tokens, start).map(|(month, next)| (*month, next));
    let first = written(tokens, start)?;
    let joint = joint(tokens, first.next)?;
    let joint = joint + usize::from(is_any(tokens, joint, &["วันที่", "the"]));
    let mut last = match written(tokens, joint) {
        Some(last) => last,
        None if month_first.is_some() => day_only(tokens, joint)?,
        None => return None,
    };
    if last.month.is_none() {
        last.month = first.month;
        if last.year.is_none()
            && let Some((year, next)) = year(tokens, last.next)
        {
            last.year = Some(year);
            last.next = next;
        }
    }
    let month = first.month.or(last.month)?;
    let last_month = last.month?;
    let to_year = last.year.or(first.year);
    let from_year = first.year.or(to_year.map(|year| year - i32::from(month > last_month)));
    let from = match from_year {
        Some(year) => NaiveDate::from_ymd_opt(year, month, first.day)?,
        None => coming(first.day, month, today)?,
    };
    let to_year = to_year.unwrap_or_else(|| from.year() + i32::from(last_month < month));
    let to = NaiveDate::from_ymd_opt(to_year, last_month, last.day)?;
    Some((from, to, last.next))
}

/// "From 3 Jan for 5 nights", "3 Jan, 5 nights", "5 nights from 3 Jan", "tonight for 2 nights".
fn counted(tokens: &[Token], at: usize, today: NaiveDate) -> Option<(NaiveDate, NaiveDate, usize)> {
    let behind = || {
        let (from, next) = day(tokens, lead(tokens, at), today)?;
        let next = next
            + usize::from(
                is_any(tokens, next, &["for", "เป็นเวลา", "จำนวน", "พัก"])
                    || tokens.get(next)?.is_mark(","),
            );
        let (nights, next) = nights(tokens, next)?;
        Some((from, nights, next))
    };
    let before = || {
        let start = at + usize::from(is_any(tokens, at, &["for"]));
        let (nights, next) = nights(tokens, start)?;
        let (from, next) = day(tokens, lead(tokens, next), today)?;
        Some((from, nights, next))
    };
    let (from, nights, next) = behind().or_else(before)?;
    Some((from, from.checked_add_days(Days::new(nights))?, next))
}

/// From Friday to Sunday; "tonight" until tomorrow.
fn weekend(tokens: &[Token], at: usize, today: NaiveDate) -> Option<(NaiveDate, NaiveDate, usize)> {
    let (word, next) = WORDS.find(tokens, at)?;
    let to_friday =
        (Weekday::Fri.num_days_from_monday() + 7 - today.weekday().num_days_from_monday()) % 7;
    // On a Saturday this weekend has begun; on a Sunday the coming one is meant.
    let this = match today.weekday() {
        Weekday::Sat => today,
        _ => today.checked_add_days(Days::new(u64::from(to_friday)))?,
    };
    let sunday = |day: NaiveDate| {
        let days = 6 - day.weekday().num_days_from_monday();
        day.checked_add_days(Days::new(u64::from(days)))
    };
    match word {
        Word::ThisWeekend => Some((this, sunday(this)?, next)),
        Word::NextWeekend => {
            let friday = match today.weekday() {
                Weekday::Sat => today.checked_add_days(Days::new(6))?,
                Weekday::Sun => this,
                _ => this.checked_add_days(Days::new(7))?,
            };
            Some((friday, sunday(friday)?, next))
        }
        Word::Tonight => Some((today, today.succ_opt()?, next)),
        _ => None,
    }
}

/// "In December", "5 nights", "a week": understood, and not enough to filter by.
fn vague(tokens: &[Token], at: usize) -> Option<Found> {
    if let Some((nights, next)) = nights(tokens, at) {
        let labels = (format!("{nights} nights"), format!("{nights} คืน"));
        let id = format!("nights:{nights}");
        return Some(Draft::preference(ChipKind::Dates, id, Note::Inexact, labels).at(at..next));
    }
    let (month, next) = MONTHS.find(tokens, at)?;
    // "May" and "mar" are words; with "in" before them they are months.
    let is_led = at > 0 && is_any(tokens, at - 1, &["in", "during", "เดือน", "ช่วง"]);
    if tokens[at].kind == Kind::Word && !is_led && tokens[at].norm.len() < 4 {
        return None;
    }
    let (en, th) = label::day(NaiveDate::from_ymd_opt(2000, *month, 1)?);
    let name = |day: &str| day.split(' ').nth(1).unwrap_or_default().to_owned();
    let labels = (format!("In {}", name(&en)), format!("เดือน {}", name(&th)));
    Some(
        Draft::preference(ChipKind::Dates, format!("month:{month}"), Note::Inexact, labels)
            .at(at..next),
    )
}

fn nights(tokens: &[Token], at: usize) -> Option<(u64, usize)> {
    let number = numbers::plain(tokens, at)?;
    let (word, next) = WORDS.find(tokens, number.next)?;
    let each = match word {
        Word::Nights => 1.0,
        Word::Weeks => 7.0,
        _ => return None,
    };
    let nights = number.value * each;
    let fits = (1.0..=366.0).contains(&nights) && nights.fract() == 0.0;
    // Whole and small.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1..366, whole")]
    fits.then_some((nights as u64, next))
}

/// A whole day: with its month, or "tomorrow".
fn day(tokens: &[Token], at: usize, today: NaiveDate) -> Option<(NaiveDate, usize)> {
    match WORDS.find(tokens, at) {
        Some((Word::Tonight, next)) => return Some((today, next)),
        Some((Word::Tomorrow, next)) => return Some((today.succ_opt()?, next)),
        _ => {}
    }
    let written = written(tokens, at)?;
    let month = written.month?;
    let day = match written.year {
        Some(year) => NaiveDate::from_ymd_opt(year, month, written.day)?,
        None => coming(written.day, month, today)?,
    };
    Some((day, written.next))
}

/// The next such day from today on.
fn coming(day: u32, month: u32, today: NaiveDate) -> Option<NaiveDate> {
    // 29 February may be eight years away.
    (today.year()..=today.year() + 8)
        .filter_map(|year| NaiveDate::from_ymd_opt(year, month, day))
        .find(|day| *day >= today)
}

/// A token that joins two days.
fn joint(tokens: &[Token], at: usize) -> Option<usize> {
    if is_any(tokens, at, &["check"]) && is_any(tokens, at + 1, &["out"]) {
        return Some(at + 2);
    }
    let joins = tokens.get(at)?.is_mark("-~")
        || is_any(tokens, at, &["to", "until", "till", "through", "and", "ถึง", "จนถึง"]);
    joins.then_some(at + 1)
}

fn whole(tokens: &[Token], at: usize) -> Option<u32> {
    let token = tokens.get(at)?;
    matches!(token.kind, Kind::Number(_)).then(|| token.norm.parse().ok()).flatten()
}

/// A day of the month, with the ending of an ordinal.
fn day_only(tokens: &[Token], at: usize) -> Option<Written> {
    let day = whole(tokens, at).filter(|day| (1..=31).contains(day))?;
    let ordinal = tokens.get(at + 1).is_some_and(|token| {
        token.glued && ["st", "nd", "rd", "th"].contains(&token.norm.as_str())
    });
    Some(Written { day, month: None, year: None, next: at + 1 + usize::from(ordinal) })
}

/// Four figures, of either era.
fn year(tokens: &[Token], at: usize) -> Option<(i32, usize)> {
    let at = at
        + usize::from(
            tokens.get(at).is_some_and(|token| token.is_mark(","))
                || is_any(tokens, at, &["ปี", "พศ"]),
        );
    let year = i32::try_from(whole(tokens, at)?).ok()?;
    match year {
        2000..=2199 => Some((year, at + 1)),
        2543..=2742 => Some((year - 543, at + 1)),
        _ => None,
    }
}

/// A day in any notation; alone only before a joint and another day.
fn written(tokens: &[Token], at: usize) -> Option<Written> {
    if let Some(iso) = figures(tokens, at) {
        return Some(iso);
    }
    if let Some((month, next)) = MONTHS.find(tokens, at) {
        let day = day_only(tokens, next)?;
        let (year, next) =
            year(tokens, day.next).map_or((None, day.next), |(year, next)| (Some(year), next));
        return Some(Written { month: Some(*month), year, next, ..day });
    }
    let day = day_only(tokens, at)?;
    let of = day.next + usize::from(is_any(tokens, day.next, &["of", "เดือน"]));
    let Some((month, next)) = MONTHS.find(tokens, of) else { return Some(day) };
    let (year, next) = year(tokens, next).map_or((None, next), |(year, next)| (Some(year), next));
    Some(Written { month: Some(*month), year, next, ..day })
}

/// "2026-12-24", "24/12/2026", "24/12/2569".
fn figures(tokens: &[Token], at: usize) -> Option<Written> {
    let mark = |at: usize| tokens.get(at).is_some_and(|token| token.glued && token.is_mark("-/"));
    let (one, two, three) = (whole(tokens, at)?, whole(tokens, at + 2)?, whole(tokens, at + 4)?);
    if !mark(at + 1) || !mark(at + 3) || !tokens[at + 2].glued || !tokens[at + 4].glued {
        return None;
    }
    let (day, year_at) = if one > 31 { (three, at) } else { (one, at + 4) };
    let (year, _) = year(tokens, year_at)?;
    let fits = (1..=31).contains(&day) && (1..=12).contains(&two);
    fits.then_some(Written { day, month: Some(two), year: Some(year), next: at + 5 })
}

fn draft(from: NaiveDate, to: NaiveDate, scope: &Scope<'_>) -> Option<Draft> {
    if !(1..=MOST_NIGHTS).contains(&(to - from).num_days()) {
        return None;
    }
    let id = format!("dates:{from}/{to}");
    let ((from_en, from_th), (to_en, to_th)) = (label::day(from), label::day(to));
    let labels = (format!("{from_en} – {to_en}"), format!("{from_th} – {to_th}"));
    if !scope.offers(Transaction::Rent) {
        return Some(Draft::preference(ChipKind::Dates, id, Note::NotOffered, labels));
    }
    if from < scope.today {
        return Some(Draft::preference(ChipKind::Dates, id, Note::Past, labels));
    }
    let params = vec![("check_in", from.to_string()), ("check_out", to.to_string())];
    Some(Draft::filter(ChipKind::Dates, id, params, labels))
}
