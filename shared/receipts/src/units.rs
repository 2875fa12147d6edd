//! What numbers count: money, surfaces, ways, shares, rooms and people.

use crate::{
    letters::Letters,
    number::{Amount, ONE},
};

/// Whose money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Currency {
    Thb,
    Usd,
    Eur,
    Gbp,
    Jpy,
    Other,
}

/// For how long, or how much, a price is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Per {
    Night,
    Week,
    Month,
    Year,
    Surface,
    Person,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Money(Option<Currency>),
    Percent,
    /// So many square metres each.
    Surface(Amount),
    /// Square feet: nobody reckons them exactly.
    SquareFeet,
    /// So many metres each.
    Metres(Amount),
    Minutes(Amount),
    Bedrooms,
    Bathrooms,
    Rooms,
    Nights,
    Days,
    Weeks,
    Months,
    Years,
    People,
    Floors,
    Things,
}

pub(crate) const MONEY_BEFORE: [(&str, Currency); 21] = [
    ("฿", Currency::Thb),
    ("thb", Currency::Thb),
    ("baht", Currency::Thb),
    ("บาท", Currency::Thb),
    ("$", Currency::Usd),
    ("us$", Currency::Usd),
    ("usd", Currency::Usd),
    ("€", Currency::Eur),
    ("eur", Currency::Eur),
    ("£", Currency::Gbp),
    ("gbp", Currency::Gbp),
    ("¥", Currency::Jpy),
    ("jpy", Currency::Jpy),
    ("₹", Currency::Other),
    ("₽", Currency::Other),
    ("rub", Currency::Other),
    ("sgd", Currency::Other),
    ("aud", Currency::Other),
    ("chf", Currency::Other),
    ("cny", Currency::Other),
    ("hkd", Currency::Other),
];

const UNITS: &[(&str, Unit)] = &[
    ("baht", Unit::Money(Some(Currency::Thb))),
    ("bht", Unit::Money(Some(Currency::Thb))),
    ("thb", Unit::Money(Some(Currency::Thb))),
    ("บาท", Unit::Money(Some(Currency::Thb))),
    ("฿", Unit::Money(Some(Currency::Thb))),
    (".-", Unit::Money(Some(Currency::Thb))),
    ("usd", Unit::Money(Some(Currency::Usd))),
    ("us dollars", Unit::Money(Some(Currency::Usd))),
    ("dollars", Unit::Money(Some(Currency::Usd))),
    ("ดอลลาร์", Unit::Money(Some(Currency::Usd))),
    ("$", Unit::Money(Some(Currency::Usd))),
    ("euros", Unit::Money(Some(Currency::Eur))),
    ("euro", Unit::Money(Some(Currency::Eur))),
    ("eur", Unit::Money(Some(Currency::Eur))),
    ("ยูโร", Unit::Money(Some(Currency::Eur))),
    ("€", Unit::Money(Some(Currency::Eur))),
    ("pounds", Unit::Money(Some(Currency::Gbp))),
    ("gbp", Unit::Money(Some(Currency::Gbp))),
    ("£", Unit::Money(Some(Currency::Gbp))),
    ("yen", Unit::Money(Some(Currency::Jpy))),
    ("jpy", Unit::Money(Some(Currency::Jpy))),
    ("rubles", Unit::Money(Some(Currency::Other))),
    ("yuan", Unit::Money(Some(Currency::Other))),
    ("%", Unit::Percent),
    ("percent", Unit::Percent),
    ("per cent", Unit::Percent),
    ("pct", Unit::Percent),
    ("เปอร์เซ็นต์", Unit::Percent),
    ("เปอร์เซนต์", Unit::Percent),
    ("sqm", Unit::Surface(1)),
    ("sq m", Unit::Surface(1)),
    ("sq.m", Unit::Surface(1)),
    ("sq.m.", Unit::Surface(1)),
    ("sq. m", Unit::Surface(1)),
    ("m2", Unit::Surface(1)),
    ("m²", Unit::Surface(1)),
    ("square metres", Unit::Surface(1)),
    ("square metre", Unit::Surface(1)),
    ("square meters", Unit::Surface(1)),
    ("square meter", Unit::Surface(1)),
    ("ตร.ม.", Unit::Surface(1)),
    ("ตร.ม", Unit::Surface(1)),
    ("ตรม.", Unit::Surface(1)),
    ("ตรม", Unit::Surface(1)),
    ("ตารางเมตร", Unit::Surface(1)),
    ("hectares", Unit::Surface(10_000)),
    ("hectare", Unit::Surface(10_000)),
    ("rai", Unit::Surface(1_600)),
    ("ไร่", Unit::Surface(1_600)),
    ("ngan", Unit::Surface(400)),
    ("งาน", Unit::Surface(400)),
    ("wah", Unit::Surface(4)),
    ("square wah", Unit::Surface(4)),
    ("sq wah", Unit::Surface(4)),
    ("sq. wah", Unit::Surface(4)),
    ("talang wah", Unit::Surface(4)),
    ("ตร.ว.", Unit::Surface(4)),
    ("ตร.ว", Unit::Surface(4)),
    ("ตารางวา", Unit::Surface(4)),
    ("วา", Unit::Surface(4)),
    ("sqft", Unit::SquareFeet),
    ("sq ft", Unit::SquareFeet),
    ("sq. ft", Unit::SquareFeet),
    ("square feet", Unit::SquareFeet),
    ("ตารางฟุต", Unit::SquareFeet),
    ("m", Unit::Metres(1)),
    ("metres", Unit::Metres(1)),
    ("metre", Unit::Metres(1)),
    ("meters", Unit::Metres(1)),
    ("meter", Unit::Metres(1)),
    ("เมตร", Unit::Metres(1)),
    ("ม.", Unit::Metres(1)),
    ("km", Unit::Metres(1_000)),
    ("kms", Unit::Metres(1_000)),
    ("kilometres", Unit::Metres(1_000)),
    ("kilometre", Unit::Metres(1_000)),
    ("kilometers", Unit::Metres(1_000)),
    ("kilometer", Unit::Metres(1_000)),
    ("กิโลเมตร", Unit::Metres(1_000)),
    ("กิโล", Unit::Metres(1_000)),
    ("กม.", Unit::Metres(1_000)),
    ("กม", Unit::Metres(1_000)),
    ("miles", Unit::Metres(1_609)),
    ("mile", Unit::Metres(1_609)),
    ("minutes", Unit::Minutes(1)),
    ("minute", Unit::Minutes(1)),
    ("mins", Unit::Minutes(1)),
    ("min", Unit::Minutes(1)),
    ("นาที", Unit::Minutes(1)),
    ("hours", Unit::Minutes(60)),
    ("hour", Unit::Minutes(60)),
    ("hrs", Unit::Minutes(60)),
    ("ชั่วโมง", Unit::Minutes(60)),
    ("ชม.", Unit::Minutes(60)),
    ("bedrooms", Unit::Bedrooms),
    ("bedroom", Unit::Bedrooms),
    ("beds", Unit::Bedrooms),
    ("bed", Unit::Bedrooms),
    ("br", Unit::Bedrooms),
    ("ห้องนอน", Unit::Bedrooms),
    ("นอน", Unit::Bedrooms),
    ("bathrooms", Unit::Bathrooms),
    ("bathroom", Unit::Bathrooms),
    ("baths", Unit::Bathrooms),
    ("bath", Unit::Bathrooms),
    ("ห้องน้ำ", Unit::Bathrooms),
    ("น้ำ", Unit::Bathrooms),
    ("rooms", Unit::Rooms),
    ("room", Unit::Rooms),
    ("ห้อง", Unit::Rooms),
    ("nights", Unit::Nights),
    ("night", Unit::Nights),
    ("คืน", Unit::Nights),
    ("days", Unit::Days),
    ("day", Unit::Days),
    ("วัน", Unit::Days),
    ("weeks", Unit::Weeks),
    ("week", Unit::Weeks),
    ("สัปดาห์", Unit::Weeks),
    ("อาทิตย์", Unit::Weeks),
    ("months", Unit::Months),
    ("month", Unit::Months),
    ("เดือน", Unit::Months),
    ("years", Unit::Years),
    ("year", Unit::Years),
    ("ปี", Unit::Years),
    ("guests", Unit::People),
    ("guest", Unit::People),
    ("people", Unit::People),
    ("persons", Unit::People),
    ("person", Unit::People),
    ("adults", Unit::People),
    ("ท่าน", Unit::People),
    ("คน", Unit::People),
    ("floors", Unit::Floors),
    ("floor", Unit::Floors),
    ("storeys", Unit::Floors),
    ("storey", Unit::Floors),
    ("stories", Unit::Floors),
    ("ชั้น", Unit::Floors),
    ("homes", Unit::Things),
    ("houses", Unit::Things),
    ("properties", Unit::Things),
    ("listings", Unit::Things),
    ("villas", Unit::Things),
    ("condos", Unit::Things),
    ("apartments", Unit::Things),
    ("units", Unit::Things),
    ("pools", Unit::Things),
    ("parking spaces", Unit::Things),
    ("หลัง", Unit::Things),
    ("แห่ง", Unit::Things),
    ("รายการ", Unit::Things),
    ("ที่", Unit::Things),
];

const PER: &[(&str, Per)] = &[
    ("night", Per::Night),
    ("nightly", Per::Night),
    ("คืน", Per::Night),
    ("วัน", Per::Night),
    ("day", Per::Night),
    ("week", Per::Week),
    ("weekly", Per::Week),
    ("wk", Per::Week),
    ("สัปดาห์", Per::Week),
    ("อาทิตย์", Per::Week),
    ("month", Per::Month),
    ("monthly", Per::Month),
    ("mo", Per::Month),
    ("mth", Per::Month),
    ("เดือน", Per::Month),
    ("year", Per::Year),
    ("yearly", Per::Year),
    ("yr", Per::Year),
    ("ปี", Per::Year),
    ("sqm", Per::Surface),
    ("sq m", Per::Surface),
    ("m²", Per::Surface),
    ("square metre", Per::Surface),
    ("square meter", Per::Surface),
    ("rai", Per::Surface),
    ("ตารางเมตร", Per::Surface),
    ("ตร.ม.", Per::Surface),
    ("ไร่", Per::Surface),
    ("ตร.ว.", Per::Surface),
    ("person", Per::Person),
    ("guest", Per::Person),
    ("คน", Per::Person),
    ("ท่าน", Per::Person),
];

/// The unit that begins here, after a number.
pub(crate) fn unit(letters: &Letters, at: usize) -> Option<(Unit, usize)> {
    letters.one_of(at, UNITS)
}

/// "per night", "/mo", "a month", "ต่อคืน" after a price.
pub(crate) fn per_after(letters: &Letters, at: usize) -> Option<(Per, usize)> {
    const JOINED: [(&str, ()); 7] =
        [("per", ()), ("/", ()), ("a", ()), ("each", ()), ("every", ()), ("ต่อ", ()), ("an", ())];
    let at = letters.gap(at);
    if let Some(((), after)) = letters.one_of(at, &JOINED) {
        return letters.one_of(letters.gap(after), PER);
    }
    letters.one_of(at, PER).filter(|(_, end)| letters.slice(at..*end).ends_with("ly"))
}

/// "คืนละ" and "เดือนละ" before a price.
pub(crate) fn per_before(letters: &Letters, at: usize) -> Option<Per> {
    const BEFORE: [(&str, Per); 7] = [
        ("คืนละ", Per::Night),
        ("วันละ", Per::Night),
        ("สัปดาห์ละ", Per::Week),
        ("เดือนละ", Per::Month),
        ("ปีละ", Per::Year),
        ("คนละ", Per::Person),
        ("ตารางเมตรละ", Per::Surface),
    ];
    ends_with(letters, at, &BEFORE)
}

/// Words before a number that make it money: "rent 12,000", "ราคา 5,000".
pub(crate) fn is_money_before(letters: &Letters, at: usize) -> bool {
    const BEFORE: [(&str, ()); 25] = [
        ("price", ()),
        ("price is", ()),
        ("price of", ()),
        ("rent", ()),
        ("rent is", ()),
        ("rent of", ()),
        ("cost", ()),
        ("costs", ()),
        ("cost is", ()),
        ("costs only", ()),
        ("fee", ()),
        ("fee of", ()),
        ("fee is", ()),
        ("deposit", ()),
        ("deposit of", ()),
        ("deposit is", ()),
        ("total", ()),
        ("total of", ()),
        ("total is", ()),
        ("pay", ()),
        ("for only", ()),
        ("ราคา", ()),
        ("ค่าเช่า", ()),
        ("ค่ามัดจำ", ()),
        ("มัดจำ", ()),
    ];
    ends_with(letters, at, &BEFORE).is_some()
}

/// Words before a number that only bound it: what somebody wants is no price.
pub(crate) fn is_bound_before(letters: &Letters, at: usize) -> bool {
    const BEFORE: [(&str, ()); 22] = [
        ("under", ()),
        ("below", ()),
        ("up to", ()),
        ("less than", ()),
        ("at most", ()),
        ("max", ()),
        ("maximum", ()),
        ("within", ()),
        ("budget", ()),
        ("budget of", ()),
        ("budget is", ()),
        ("over", ()),
        ("above", ()),
        ("from", ()),
        ("at least", ()),
        ("around", ()),
        ("ไม่เกิน", ()),
        ("ต่ำกว่า", ()),
        ("งบ", ()),
        ("งบประมาณ", ()),
        ("ภายใน", ()),
        ("ประมาณ", ()),
    ];
    ends_with(letters, at, &BEFORE).is_some()
}

/// The word of a table that ends before this letter, with spaces between.
fn ends_with<T: Copy>(letters: &Letters, at: usize, table: &[(&str, T)]) -> Option<T> {
    let mut end = at;
    while matches!(letters.before(end), Some(' ' | ':')) {
        end -= 1;
    }
    table.iter().find_map(|(word, meaning)| {
        let from = end.checked_sub(word.chars().count())?;
        let is_word = letters.slice(from..end) == *word && letters.is_start(from);
        is_word.then_some(*meaning)
    })
}

/// The measures that a deed adds up: "2 rai 1 ngan 50 wah".
pub(crate) fn smaller_surface(unit: Amount, than: Amount) -> bool {
    unit < than && than > 1 && matches!(unit, 400 | 4)
}

/// A number of these, in the measure that they are compared in.
pub(crate) fn measured(value: Amount, unit: Unit) -> Option<Amount> {
    match unit {
        Unit::Surface(each) | Unit::Metres(each) | Unit::Minutes(each) => value.checked_mul(each),
        _ => Some(value),
    }
}

/// Below this a bare number after "rent" may be months.
pub(crate) const LEAST_BARE_PRICE: Amount = 100 * ONE;
