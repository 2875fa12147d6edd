//! How many people sleep there.

use std::sync::LazyLock;

use crate::{
    label,
    lexicon::{Lexicon, is_any},
    numbers,
    output::{ChipKind, Note},
    resolve::{Draft, Found},
    scope::{Scope, Transaction},
    text::Token,
};

pub(crate) static PEOPLE: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[(
        "people|ppl|person|persons|guest|guests|pax|adult|adults|kid|kids|child|children|friend|friends|traveller|traveler|คน|ท่าน|ผู้ใหญ่|เด็ก",
        (),
    )])
});

/// Words before a number alone: "sleeps 6".
pub(crate) static LEADS: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[(
        "sleeps|sleep|family of|party of|group of|for a family of|for a group of|for family of|accommodates|ครอบครัว|พักได้|พัก|นอนได้|เข้าพัก|ผู้ใหญ่|เด็ก|กลุ่ม",
        (),
    )])
});

static COUPLES: LazyLock<Lexicon<()>> =
    LazyLock::new(|| Lexicon::of(&[("for a couple|for couple|for couples|for two|สำหรับคู่รัก", ())]));

static FAMILIES: LazyLock<Lexicon<()>> =
    LazyLock::new(|| Lexicon::of(&[("family with|couple with|parents with", ())]));

fn is_children(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| ["kid", "child", "children", "เด็ก"].contains(&token.stem.as_str()))
}

/// As many as a listing may sleep.
const MOST: f64 = 500.0;

/// The guests that a query counts.
pub(crate) fn find(tokens: &[Token], scope: &Scope<'_>) -> Vec<Found> {
    (0..tokens.len())
        .filter_map(|at| {
            let (count, next) = party(tokens, at)?;
            Some(draft(count, scope)?.at(at..next))
        })
        .collect()
}

/// Parts of a party add up: "2 adults and 2 children", "ผู้ใหญ่ 2 เด็ก 1".
fn party(tokens: &[Token], at: usize) -> Option<(f64, usize)> {
    if let Some((_, next)) = COUPLES.find(tokens, at) {
        // "For two bedrooms" counts something else.
        let counts = numbers::plain(tokens, next.checked_sub(1)?).is_some();
        let is_last = tokens.get(next).is_none_or(|token| {
            !token.is_word() || is_any(tokens, next, &["in", "near", "at", "with", "from"])
        });
        return (!counts || is_last).then_some((2.0, next));
    }
    // "Family with 2 kids": two more, who are not counted.
    let family = FAMILIES.find(tokens, at);
    let (mut count, mut next) = part(tokens, family.map_or(at, |(_, next)| next))?;
    let start = next;
    if family.is_some() {
        count += 2.0;
    }
    loop {
        let joint = usize::from(
            is_any(tokens, next, &["and", "with", "plus", "และ", "กับ"])
                || tokens.get(next).is_some_and(|token| token.is_mark("+,&")),
        );
        match part(tokens, next + joint) {
            Some((more, end)) => {
                count += more;
                next = end;
            }
            // Children do not come alone.
            None if family.is_none() && next == start && is_children(&tokens[at..next]) => {
                return None;
            }
            None => return Some((count, next)),
        }
    }
}

fn part(tokens: &[Token], at: usize) -> Option<(f64, usize)> {
    let lead = LEADS.find(tokens, at);
    let start = lead.map_or(at, |(_, next)| next);
    let start = start + usize::from(lead.is_none() && is_any(tokens, start, &["for", "สำหรับ"]));
    let numbers = numbers::range(tokens, start, numbers::plain)?;
    let (_, high) = numbers.ends();
    // "ผู้ใหญ่ 2 เด็ก 1": who comes before how many, so that what follows is the next part.
    if is_any(tokens, at, &["ผู้ใหญ่", "เด็ก"]) {
        return Some((high, numbers.next + usize::from(is_any(tokens, numbers.next, &["คน"]))));
    }
    match (PEOPLE.find(tokens, numbers.next), lead) {
        (Some((_, next)), _) if tokens[start..next].len() > 1 => Some((high, next)),
        // "พัก 2 คืน" and "sleeps 6" differ in what comes behind.
        (None, Some(_))
            if tokens
                .get(numbers.next)
                .is_none_or(|token| !is_counted(tokens, numbers.next, token)) =>
        {
            Some((high, numbers.next))
        }
        _ => None,
    }
}

fn is_counted(tokens: &[Token], at: usize, token: &Token) -> bool {
    token.is_mark("-/.:")
        || is_any(
            tokens,
            at,
            &[
                "คืน",
                "วัน",
                "ห้อง",
                "ห้องนอน",
                "ห้องน้ำ",
                "เดือน",
                "night",
                "nights",
                "k",
                "bed",
                "beds",
                "bedroom",
                "bedrooms",
                "min",
                "months",
            ],
        )
}

fn draft(count: f64, scope: &Scope<'_>) -> Option<Draft> {
    if !(1.0..=MOST).contains(&count) || count.fract() != 0.0 {
        return None;
    }
    let count = label::number(count);
    let id = format!("guests:{count}");
    let plural = if count == "1" { "guest" } else { "guests" };
    let labels = (format!("{count} {plural}"), format!("{count} คน"));
    Some(if scope.offers(Transaction::Rent) {
        Draft::filter(ChipKind::Guests, id, vec![("guests", count)], labels)
    } else {
        Draft::preference(ChipKind::Guests, id, Note::NotOffered, labels)
    })
}
