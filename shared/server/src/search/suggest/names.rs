//! Names that are known without asking anybody: places, kinds of property, amenities.

use terrace_product::Locale;
use terrace_understanding::{Language, places};

use super::{
    letters::{Fit, Highlight, fit},
    output::{Kind, Proposal, Suggestion},
    stock::Stock,
};
use crate::listings::{catalogue::Catalogue, model::PropertyType};

/// Below so many letters a place's name is not corrected, and very many names begin so: all of
/// them are looked at, because most of them lead nowhere.
const FEW_LETTERS: usize = 4;
const OF_FEW_LETTERS: usize = 200;
const OF_MORE_LETTERS: usize = 32;

/// Ranks beyond those of [`Fit`].
const NEARLY: u8 = 3;
/// What a place loses where nothing is offered.
const EMPTY: u8 = 2;

fn rank(fit: Fit) -> u8 {
    match fit {
        Fit::Whole => 0,
        Fit::Beginning => 1,
        Fit::Within => 2,
    }
}

/// The best fit among several names of one thing.
fn best<'a>(names: impl Iterator<Item = &'a str>, letters: &str) -> Option<Fit> {
    names.filter_map(|name| fit(name, letters)).map(|(fit, _)| fit).min()
}

fn marked(text: &str, letters: &str) -> Vec<Highlight> {
    fit(text, letters).map(|(_, mark)| mark).into_iter().collect()
}

/// Places, those first where something is offered.
pub(super) fn of_places(letters: &str, language: Language, stock: &Stock) -> Vec<Proposal> {
    let all = places::Places::shared();
    let most = match letters.chars().count() {
        few if few < FEW_LETTERS => OF_FEW_LETTERS,
        _ => OF_MORE_LETTERS,
    };
    let found = all.suggest(letters, language, most);
    let proposals = found.into_iter().enumerate().map(|(nth, place)| {
        let code = place.id.split_once('/').map_or("", |(_, code)| code);
        let others = all.get(place.kind, code).map(|place| place.spellings.as_slice());
        let own = [place.label.en.as_str(), place.label.th.as_str()];
        let names = own.into_iter().chain(others.unwrap_or_default().iter().map(String::as_str));
        // What fits no name is another romanisation, or misspelt.
        let fits = best(names, letters).map_or(NEARLY, rank);
        let empty = if stock.has_place(&place.params) { 0 } else { EMPTY };
        Proposal {
            rank: fits + empty,
            nth,
            suggestion: Suggestion {
                highlight: marked(&place.name, letters),
                detail: Some(whereabouts(&place, language)),
                params: place.params.into_iter().collect(),
                ..Suggestion::new(Kind::Place, place.name)
            },
        }
    });
    proposals.collect()
}

/// "District in Bangkok".
fn whereabouts(place: &places::Suggestion, language: Language) -> String {
    use places::PlaceKind::{Beach, District, Neighbourhood, Province, Station, Subdistrict};
    // The capital's units have names of their own.
    let is_capital = ["district/10", "subdistrict/10"].iter().any(|id| place.id.starts_with(id));
    let (english, thai) = match place.kind {
        Province => ("Province", "จังหวัด"),
        District => ("District", if is_capital { "เขต" } else { "อำเภอ" }),
        Subdistrict => ("Subdistrict", if is_capital { "แขวง" } else { "ตำบล" }),
        Neighbourhood => ("Area", "ย่าน"),
        Beach => ("Beach", "ชายหาด"),
        Station => ("Station", "สถานี"),
    };
    match (language, place.within.is_empty()) {
        (Language::En, true) => english.to_owned(),
        (Language::En, false) => format!("{english} in {}", place.within.join(", ")),
        (Language::Th, true) => thai.to_owned(),
        (Language::Th, false) => format!("{thai} · {}", place.within.join(" ")),
    }
}

/// What a kind of property is called.
pub(super) struct Named {
    /// One of them.
    pub(super) one: &'static str,
    many: &'static str,
    /// Thai has no plural.
    pub(super) thai: &'static str,
    /// What else people call it.
    others: &'static [&'static str],
}

pub(super) fn property_type(kind: PropertyType) -> Named {
    let (one, many, thai, others): (_, _, _, &[&str]) = match kind {
        PropertyType::Villa => ("Villa", "Villas", "วิลล่า", &["pool villa", "พูลวิลล่า"]),
        PropertyType::House => ("House", "Houses", "บ้านเดี่ยว", &["home", "detached house", "บ้าน"]),
        PropertyType::Condo => ("Condo", "Condos", "คอนโด", &["condominium", "คอนโดมิเนียม"]),
        PropertyType::Apartment => {
            ("Apartment", "Apartments", "อพาร์ตเมนต์", &["flat", "ห้องพัก", "อพาร์ทเม้นท์"])
        }
        PropertyType::Townhouse => {
            ("Townhouse", "Townhouses", "ทาวน์เฮาส์", &["town house", "townhome", "ทาวน์โฮม"])
        }
        PropertyType::Commercial => {
            ("Commercial building", "Commercial buildings", "อาคารพาณิชย์", &["shophouse", "ตึกแถว"])
        }
        PropertyType::Land => ("Land", "Land", "ที่ดิน", &["plot"]),
        PropertyType::Office => ("Office", "Offices", "สำนักงาน", &["ออฟฟิศ"]),
        PropertyType::Retail => ("Shop", "Shops", "ร้านค้า", &["retail"]),
        PropertyType::Warehouse => ("Warehouse", "Warehouses", "โกดัง", &["factory", "คลังสินค้า"]),
        PropertyType::Hotel => ("Hotel", "Hotels", "โรงแรม", &["resort", "รีสอร์ต", "รีสอร์ท"]),
        PropertyType::Project => ("Project", "Projects", "โครงการ", &["development"]),
    };
    Named { one, many, thai, others }
}

/// Kinds of property of which there are any.
pub(super) fn of_types(letters: &str, language: Language, stock: &Stock) -> Vec<Proposal> {
    let kinds = PropertyType::ALL.iter().filter(|kind| stock.has_type(kind.name()));
    let proposals = kinds.enumerate().filter_map(|(nth, kind)| {
        let Named { one, many, thai, others } = property_type(*kind);
        let names = [one, many, thai].into_iter().chain(others.iter().copied());
        let rank = rank(best(names, letters)?);
        let (text, detail) = match language {
            Language::En => (many, "Property type"),
            Language::Th => (thai, "ประเภท"),
        };
        let suggestion = Suggestion {
            highlight: marked(text, letters),
            detail: Some(detail.to_owned()),
            params: [("property_type", kind.name().to_owned())].into(),
            ..Suggestion::new(Kind::PropertyType, text.to_owned())
        };
        Some(Proposal { rank, nth, suggestion })
    });
    proposals.collect()
}

/// Amenities that any listing has.
pub(super) fn of_amenities(
    letters: &str,
    locale: &Locale,
    catalogue: &Catalogue,
    stock: &Stock,
) -> Vec<Proposal> {
    let detail = match crate::search::language(locale) {
        Language::En => "Amenity",
        Language::Th => "สิ่งอำนวยความสะดวก",
    };
    let known = catalogue.amenities().filter(|(slug, _)| stock.has_amenity(slug));
    let proposals = known.enumerate().filter_map(|(nth, (slug, names))| {
        let rank = rank(best(names, letters)?);
        let text = catalogue.amenity_name(slug, locale)?;
        let suggestion = Suggestion {
            highlight: marked(text, letters),
            detail: Some(detail.to_owned()),
            params: [("amenities", slug.to_owned())].into(),
            ..Suggestion::new(Kind::Amenity, text.to_owned())
        };
        Some(Proposal { rank, nth, suggestion })
    });
    proposals.collect()
}
