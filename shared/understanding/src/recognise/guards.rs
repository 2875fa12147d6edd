//! Words that look like something to filter by and are not.

use std::sync::LazyLock;

use crate::{
    lexicon::{Lexicon, is_any},
    numbers,
    resolve::{Found, guard},
    text::{Kind, Token},
};

/// A number behind these is a name or an address.
pub(crate) static BEFORE: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[
        (
            "soi|unit|room no|room number|floor|level|moo|no|number|nr|building|tower|phase|road|highway|ref|id|code|tel|phone|call|line|class|year|since|built in|zone|gate|terminal|lot|house no",
            (),
        ),
        ("ซอย|ซ|ห้องเลขที่|บ้านเลขที่|เลขที่|ชั้น|หมู่|ถนน|อาคาร|เฟส|โทร|รหัส|ปี", ()),
    ])
});

/// A number before these counts something else.
pub(crate) static AFTER: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[
        (
            "story|storey|stories|storeys|storied|floor|level|min|mins|minute|minute walk|minute drive|hour|hr|km|kms|kilometre|kilometer|metre|meter|mile|car|cars|stop|star|year|year old|month|week|day|unit|building|percent|amp|step|block|parking|parking space|car parking",
            (),
        ),
        (
            "ชั้น|นาที|ชั่วโมง|ชม|กม|กิโล|กิโลเมตร|เมตร|คัน|ดาว|ปี|เดือน|สัปดาห์|อาทิตย์|วัน|สถานี|ที่จอดรถ|ยูนิต|หลัง",
            (),
        ),
    ])
});

/// Phrases that a word of ours is only a part of.
static PHRASES: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[
        (
            "pool table|pool side|pool hall|car pool|swimming pool cleaner|safe area|safe neighbourhood|safe neighborhood|safe place|safe street",
            (),
        ),
        (
            "business or leisure|business or pleasure|business and leisure|business and pleasure|business travel|business people|business guest|on business|for business or|business stay|business district|business centre|business center|business trip|business class|business park|business hotel|business traveller|business visa|central business district",
            (),
        ),
        (
            "green house|house rules|house music|white house|house keeping|open house|house number|house work|house mate|coffee house|full house|ice house",
            (),
        ),
        (
            "land mark|land office|land tax|land deed|land title|land rover|office hours|office building view|shop assistant|shop lot|hotel style|hotel like|resort style|resort like|hotel service|near hotel|near hotels|near shops|near shop|near office|near offices|close to shops|walking distance to shops|project manager",
            (),
        ),
        (
            "garden city|spa town|lease back|lease term|lease remaining|rent free|rent back|rent control|rent roll|rental income|rental yield|rental guarantee|sale price|flash sale|car rental|bike rental|motorbike rental|rent a car|investment visa",
            (),
        ),
        (
            "studio apartment style|recording studio|yoga studio|photo studio|art studio|studio space",
            (),
        ),
        ("สตูดิโอถ่ายภาพ|ใกล้โรงแรม|ใกล้ร้านค้า|ใกล้ออฟฟิศ|บ้านเลขที่|ค่าเช่ารถ|เช่ารถ|รถเช่า|ขายของ|ขายดี", ()),
    ])
});

/// What means something else.
pub(crate) fn find(tokens: &[Token]) -> Vec<Found> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if let Some((_, next)) = PHRASES.find(tokens, at) {
            found.push(guard(at..next));
        }
        found.extend(address(tokens, at));
        found.extend(count(tokens, at));
        found.extend(telephone(tokens, at));
    }
    found
}

/// "Soi 11", "unit 35/2".
fn address(tokens: &[Token], at: usize) -> Option<Found> {
    let (_, next) = BEFORE.find(tokens, at)?;
    // "Year 2026", "floor 12A": the figure and what hangs on it.
    matches!(tokens.get(next)?.kind, Kind::Number(_)).then(|| guard(at..hanging(tokens, next + 1)))
}

/// "2 storey", "5 minutes to the beach", "500 m from the sea".
fn count(tokens: &[Token], at: usize) -> Option<Found> {
    let numbers = numbers::range(tokens, at, numbers::plain)?;
    let hyphen = tokens.get(numbers.next).is_some_and(|token| token.glued && token.is_mark("-"));
    let unit = numbers.next + usize::from(hyphen);
    if let Some((_, next)) = AFTER.find(tokens, unit) {
        // "1 min" is a time, "2 bed min" is no such thing: the unit follows the number here.
        return Some(guard(at..next));
    }
    if is_any(tokens, unit, &["k"])
        && is_any(tokens, unit + 1, &["tv", "smart", "ultra", "uhd", "hdr", "run"])
    {
        return Some(guard(at..unit + 1));
    }
    let is_metre = is_any(tokens, unit, &["m", "เมตร"]);
    let leads = is_any(tokens, unit + 1, &["to", "from", "away", "walk", "off", "above"]);
    let is_far =
        numbers.first.value >= 100.0 && tokens.get(unit + 1).is_none_or(|t| !is_squared(t));
    (is_metre && (leads || is_far))
        .then(|| guard(at..(unit + 1 + usize::from(leads)).min(tokens.len())))
}

fn is_squared(token: &Token) -> bool {
    token.is_mark("²") || (token.glued && token.norm == "2")
}

/// "081-234-5678", "0812345678", "+66 81 234 5678".
fn telephone(tokens: &[Token], at: usize) -> Option<Found> {
    let first = tokens.get(at)?;
    let Kind::Number(_) = first.kind else { return None };
    let end = hanging(tokens, at + 1);
    let digits: usize = tokens[at..end]
        .iter()
        .filter(|t| matches!(t.kind, Kind::Number(_)))
        .map(|t| t.norm.len())
        .sum();
    let is_zero =
        first.norm.starts_with('0') && !first.norm.starts_with("0.") && first.norm.len() > 1;
    let is_abroad = at > 0 && tokens[at - 1].is_mark("+") && first.glued;
    ((is_zero && digits >= 8) || is_abroad).then(|| guard(at - usize::from(is_abroad)..end))
}

/// Figures that hang together over hyphens, strokes and, in a telephone number, blanks.
fn hanging(tokens: &[Token], mut next: usize) -> usize {
    loop {
        let is_number =
            |at: usize| tokens.get(at).is_some_and(|t| matches!(t.kind, Kind::Number(_)));
        let is_joint = tokens.get(next).is_some_and(|t| t.glued && t.is_mark("-/."));
        if is_joint && is_number(next + 1) {
            next += 2;
        } else {
            return next;
        }
    }
}
