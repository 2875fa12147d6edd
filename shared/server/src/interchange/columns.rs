//! Our own table: one column a field, named by its path.
//!
//! One list drives both directions. An empty cell is a field that is not there. A list's items
//! are parted by `|` (`\|` and `\\` stand for themselves).
//!
//! Spreadsheets run cells that begin with `=`, `+`, `-` or `@` as formulas, wherever they came
//! from. Such a text is written with an apostrophe before it, which reading takes away again.

use serde_json::{Map, Value};

use super::{
    csv_rows::Row,
    file::Broken,
    formats::{Header, shown},
    guard::{guarded, unguarded},
    record::Record,
};
use crate::{
    error::{Error, FieldError, Result},
    http::body,
};

/// How a cell is read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Number,
    Flag,
    List,
    /// What no cell can hold otherwise: pictures and house rules.
    Json,
}

const COLUMNS: &[(&str, Kind)] = &[
    ("id", Kind::Text),
    ("external_source", Kind::Text),
    ("external_id", Kind::Text),
    ("slug", Kind::Text),
    ("transaction_type", Kind::Text),
    ("property_type", Kind::Text),
    ("title", Kind::Text),
    ("description", Kind::Text),
    ("rent_price", Kind::Whole),
    ("sale_price", Kind::Whole),
    ("lease_price", Kind::Whole),
    ("currency", Kind::Text),
    ("physical_specs.bedrooms", Kind::Whole),
    ("physical_specs.bathrooms", Kind::Number),
    ("physical_specs.area_sqm", Kind::Number),
    ("physical_specs.land_sqm", Kind::Number),
    ("physical_specs.floors", Kind::Whole),
    ("physical_specs.year_built", Kind::Whole),
    ("physical_specs.furnished", Kind::Text),
    ("physical_specs.parking", Kind::Whole),
    ("location_details.country", Kind::Text),
    ("location_details.province", Kind::Text),
    ("location_details.district", Kind::Text),
    ("location_details.subdistrict", Kind::Text),
    ("location_details.address", Kind::Text),
    ("location_details.postcode", Kind::Text),
    ("location_details.lat", Kind::Number),
    ("location_details.lng", Kind::Number),
    ("amenities.interior", Kind::List),
    ("amenities.exterior", Kind::List),
    ("amenities.building", Kind::List),
    ("amenities.area", Kind::List),
    ("policies", Kind::Json),
    ("contact_info.name", Kind::Text),
    ("contact_info.phone", Kind::Text),
    ("contact_info.email", Kind::Text),
    ("contact_info.line_id", Kind::Text),
    ("cover_image", Kind::Json),
    ("images", Kind::Json),
    ("tags", Kind::List),
    ("is_featured", Kind::Flag),
    ("listing_priority", Kind::Whole),
    ("is_published", Kind::Flag),
    ("agent", Kind::Text),
    ("reference", Kind::Text),
    ("rental_details.price_per_night", Kind::Whole),
    ("rental_details.price_per_week", Kind::Whole),
    ("rental_details.price_per_month", Kind::Whole),
    ("rental_details.cleaning_fee", Kind::Whole),
    ("rental_details.deposit", Kind::Whole),
    ("rental_details.min_nights", Kind::Whole),
    ("rental_details.max_nights", Kind::Whole),
    ("rental_details.max_guests", Kind::Whole),
    ("rental_details.check_in_time", Kind::Text),
    ("rental_details.check_out_time", Kind::Text),
    ("rental_details.instant_book", Kind::Flag),
    ("rental_details.cancellation_policy", Kind::Text),
    ("lease_details.min_term_months", Kind::Whole),
    ("lease_details.max_term_months", Kind::Whole),
    ("lease_details.deposit_months", Kind::Whole),
    ("lease_details.advance_months", Kind::Whole),
    ("lease_details.is_registered", Kind::Flag),
    ("lease_details.renewal_note", Kind::Text),
    ("sale_details.ownership_type", Kind::Text),
    ("sale_details.title_deed", Kind::Text),
    ("sale_details.land_sqm", Kind::Number),
    ("sale_details.foreign_quota", Kind::Flag),
    ("sale_details.foreign_quota_left_bps", Kind::Whole),
    ("sale_details.transfer_fee_share", Kind::Text),
    ("business_details.business_type", Kind::Text),
    ("business_details.annual_revenue", Kind::Whole),
    ("business_details.annual_profit", Kind::Whole),
    ("business_details.staff", Kind::Whole),
    ("business_details.lease_remaining_months", Kind::Whole),
    ("business_details.assets_included", Kind::List),
    ("business_details.reason_for_sale", Kind::Text),
    ("investment_details.stage", Kind::Text),
    ("investment_details.developer", Kind::Text),
    ("investment_details.target_amount", Kind::Whole),
    ("investment_details.min_ticket", Kind::Whole),
    ("investment_details.expected_yield_bps", Kind::Whole),
    ("investment_details.completion_on", Kind::Text),
];

/// Columns of each language: `translations.th.title`.
const TRANSLATED: [&str; 6] = [
    "title",
    "description",
    "location_province",
    "location_district",
    "location_subdistrict",
    "location_address",
];

fn kind(column: &str) -> Option<Kind> {
    if let Some(rest) = column.strip_prefix("translations.") {
        let (_, field) = rest.split_once('.')?;
        return TRANSLATED.contains(&field).then_some(Kind::Text);
    }
    COLUMNS.iter().find(|(name, _)| *name == column).map(|(_, kind)| *kind)
}

/// Refuses a column that means nothing here: a misspelt name would lose its data without a word.
pub(super) fn check(header: &Header) -> Result<(), Broken> {
    let unknown: Vec<String> = header
        .names()
        .iter()
        .filter(|name| kind(name).is_none())
        .map(|name| format!("`{}`", shown(name)))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let what = format!(
        "no field is called {}; shared/docs/IMPORT.md lists the columns",
        unknown.join(", ")
    );
    Err(Broken::at(1, what))
}

/// The columns of a table with these languages.
pub(super) fn names(locales: &[String]) -> Vec<String> {
    let translated = locales.iter().flat_map(|locale| {
        TRANSLATED.iter().map(move |field| format!("translations.{locale}.{field}"))
    });
    COLUMNS.iter().map(|(name, _)| (*name).to_owned()).chain(translated).collect()
}

/// Reads a row.
pub(super) fn record(header: &Header, row: &Row) -> Result<Record, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut whole = Map::new();
    for (at, column) in header.names().iter().enumerate() {
        let cell = row.get(at);
        let Some(kind) = kind(column).filter(|_| !cell.is_empty()) else {
            continue;
        };
        match read(kind, cell) {
            Ok(value) => put(&mut whole, column, value),
            Err(detail) => {
                let pointer = format!("/{}", column.replace('.', "/"));
                wrong.push(FieldError::new(pointer, "invalid_type", detail));
            }
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let bytes = serde_json::to_vec(&whole).unwrap_or_default();
    body::parse(&bytes).map_err(|error| error.fields)
}

fn put(whole: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            whole.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = whole.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

fn read(kind: Kind, cell: &str) -> Result<Value, &'static str> {
    match kind {
        Kind::Text => Ok(unguarded(cell).into()),
        Kind::Whole => {
            cell.trim().parse::<i64>().map(Value::from).map_err(|_| "Must be a whole number.")
        }
        Kind::Number => {
            let number = cell.trim().parse::<f64>().ok().and_then(serde_json::Number::from_f64);
            number.map(Value::Number).ok_or("Must be a number.")
        }
        Kind::Flag => match cell.trim().to_ascii_lowercase().as_str() {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err("Must be true or false."),
        },
        Kind::List => Ok(items(unguarded(cell)).into()),
        Kind::Json => serde_json::from_str(cell).map_err(|_| "Must be JSON."),
    }
}

/// Writes a row with these columns.
pub(super) fn cells(record: &Record, names: &[String]) -> Result<Vec<String>> {
    let whole = serde_json::to_value(record).map_err(Error::internal)?;
    names
        .iter()
        .map(|name| {
            let value = name.split('.').try_fold(&whole, |value, part| value.get(part));
            let kind = kind(name).unwrap_or(Kind::Text);
            Ok(value.map(|value| write(kind, value)).unwrap_or_default())
        })
        .collect()
}

fn write(kind: Kind, value: &Value) -> String {
    match (kind, value) {
        (_, Value::Null) => String::new(),
        (Kind::Text, Value::String(text)) => guarded(text),
        (Kind::List, Value::Array(items)) => guarded(&joined(items)),
        (Kind::Json, Value::Object(map)) if map.is_empty() => String::new(),
        (Kind::Json, Value::Array(items)) if items.is_empty() => String::new(),
        (_, value) => value.to_string(),
    }
}

fn joined(items: &[Value]) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|item| item.as_str().unwrap_or_default().replace('\\', "\\\\").replace('|', "\\|"))
        .collect();
    items.join("|")
}

fn items(cell: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut letters = cell.chars();
    while let Some(c) = letters.next() {
        let c = match c {
            '|' => {
                items.push(String::new());
                continue;
            }
            '\\' => letters.next().unwrap_or('\\'),
            c => c,
        };
        if let Some(item) = items.last_mut() {
            item.push(c);
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lists_lose_nothing(list in prop::collection::vec("[a|\\\\=' ]{1,5}", 1..5)) {
            let cell = write(Kind::List, &Value::from(list.clone()));
            prop_assert_eq!(read(Kind::List, &cell), Ok(Value::from(list)));
        }
    }
}
