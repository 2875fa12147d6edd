//! Lines as sentences, in English and in Thai.

use std::collections::BTreeMap;

use terrace_pricing::{Line, Part, Reason};
use terrace_product::Locale;

use crate::money::written;

/// Names of taxes: as in the rules, in English, in Thai.
const TAXES: [(&str, &str, &str); 4] = [
    ("vat", "VAT", "ภาษีมูลค่าเพิ่ม"),
    ("service", "Service charge", "ค่าบริการ"),
    ("tourism", "Tourism fee", "ค่าธรรมเนียมการท่องเที่ยว"),
    ("local", "Local tax", "ภาษีท้องถิ่น"),
];

/// What a line is for and how it comes about, in a sentence.
pub(super) fn line(line: &Line, currency: &str, locale: &Locale) -> String {
    let is_thai = locale.language() == "th";
    let (n, unit) = (line.quantity, written(line.unit_amount, currency));
    match &line.reason {
        Reason::Nights { season, is_weekend } => {
            let of = qualified(season.as_deref(), *is_weekend, is_thai);
            match is_thai {
                true => format!("{n} คืน{of} คืนละ {unit}"),
                false => format!("{}{of} at {unit}", counted(n, "night")),
            }
        }
        Reason::Weeks { parts } => match is_thai {
            true => format!("{n} สัปดาห์{} สัปดาห์ละ {unit}", shares(parts, currency, is_thai)),
            false => {
                format!("{}{} at {unit}", counted(n, "week"), shares(parts, currency, is_thai))
            }
        },
        Reason::Months { parts } => match is_thai {
            true => format!("{n} เดือน{} เดือนละ {unit}", shares(parts, currency, is_thai)),
            false => {
                format!("{}{} at {unit}", counted(n, "month"), shares(parts, currency, is_thai))
            }
        },
        Reason::PartMonth { of_nights, parts } => {
            let nights: i64 = parts.iter().map(|part| part.nights).sum();
            match is_thai {
                true => format!(
                    "{nights} จาก {of_nights} คืนของเดือน{}",
                    shares(parts, currency, is_thai)
                ),
                false => format!(
                    "{nights} of the {of_nights} nights of a month{}",
                    shares(parts, currency, is_thai)
                ),
            }
        }
        Reason::Holiday { name, bps } => {
            let (name, more) = (in_language(name, locale), percent(*bps));
            match is_thai {
                true => format!("{name} {n} คืน เพิ่ม {more}"),
                false => format!("{name}: {}, {more} more", counted(n, "night")),
            }
        }
        Reason::ExtraGuests { guests, included } => match is_thai {
            true => format!("ผู้เข้าพักเกิน {included} คน จำนวน {guests} คน คนละ {unit} ต่อคืน"),
            false => {
                format!("{} more than {included}, {unit} each a night", counted(*guests, "guest"))
            }
        },
        Reason::Cleaning => {
            if is_thai { "ค่าทำความสะอาด" } else { "Cleaning" }.to_owned()
        }
        Reason::Coupon { coupon: code, bps: Some(bps) } => match is_thai {
            true => format!("คูปอง {code} ลดค่าที่พัก {}", percent(*bps)),
            false => format!("Coupon {code}: {} off the rent", percent(*bps)),
        },
        Reason::Coupon { coupon: code, bps: None } => match is_thai {
            true => format!("คูปอง {code}"),
            false => format!("Coupon {code}"),
        },
        Reason::Tax { name, bps, .. } => tax(name, *bps, locale),
    }
}

/// A tax by its name, with its rate.
pub(super) fn tax(name: &str, bps: i64, locale: &Locale) -> String {
    let known = TAXES.iter().find(|(known, ..)| *known == name);
    let name = known.map_or(
        name,
        |(_, english, thai)| {
            if locale.language() == "th" { thai } else { english }
        },
    );
    format!("{name} {}", percent(bps))
}

fn counted(n: i64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// `7 %`, `12.5 %`.
fn percent(bps: i64) -> String {
    let (whole, rest) = (bps / 100, bps % 100);
    let rest = match rest {
        0 => String::new(),
        rest => format!(".{}", format!("{rest:02}").trim_end_matches('0')),
    };
    format!("{whole}{rest} %")
}

fn qualified(season: Option<&str>, is_weekend: bool, is_thai: bool) -> String {
    let weekend = match (is_weekend, is_thai) {
        (false, _) => None,
        (true, true) => Some("สุดสัปดาห์"),
        (true, false) => Some("weekend"),
    };
    let season = season.map(|season| named(season, is_thai));
    let of: Vec<&str> = season.into_iter().chain(weekend).collect();
    if of.is_empty() { String::new() } else { format!(" ({})", of.join(", ")) }
}

fn named(season: &str, is_thai: bool) -> &str {
    match (season, is_thai) {
        ("", true) => "ราคาตามฤดูกาล",
        ("", false) => "season",
        (season, _) => season,
    }
}

/// Of which seasons, where it is of one or of several.
fn shares(parts: &[Part], currency: &str, is_thai: bool) -> String {
    let name = |part: &Part| match &part.season {
        Some(season) => named(season, is_thai).to_owned(),
        None if is_thai => "ราคาปกติ".to_owned(),
        None => "usual price".to_owned(),
    };
    match parts {
        [] | [Part { season: None, .. }] => String::new(),
        [part] => format!(" ({})", name(part)),
        parts => {
            let each: Vec<_> = parts
                .iter()
                .map(|part| {
                    let (amount, nights) = (written(part.amount, currency), part.nights);
                    match is_thai {
                        true => format!("{} {nights} คืน {amount}", name(part)),
                        false => {
                            format!("{}: {} {amount}", name(part), counted(nights, "night"))
                        }
                    }
                })
                .collect();
            format!(" ({})", each.join(", "))
        }
    }
}

fn in_language<'a>(names: &'a BTreeMap<String, String>, locale: &Locale) -> &'a str {
    let of = |key: &str| names.get(key).map(String::as_str);
    of(locale.as_str()).or_else(|| of(locale.language())).or_else(|| of("en")).unwrap_or_default()
}
