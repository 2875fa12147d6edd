//! Thailand's places: provinces, districts, subdistricts, and what people call the rest.
//!
//! The tables are part of the crate (`places/*.csv`, see the NOTICE beside them), so that a place
//! is understood without asking anybody. Administrative units become filters by name, in every
//! spelling that listings may have; everything else has a point and a radius.

mod find;
mod fold;
mod names;
mod suggest;

use std::{collections::HashMap, sync::LazyLock};

use serde::Serialize;

pub(crate) use find::{find, markers};
pub use suggest::Suggestion;

use crate::Label;

/// What a place is; the larger comes first and wins where two have one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// Changwat.
    Province,
    /// Amphoe, khet.
    District,
    /// What people call a part of a town, or an island: a point and a radius.
    Neighbourhood,
    /// A beach: a point and a radius.
    Beach,
    /// A station of the BTS, the MRT or the Airport Rail Link: a point and a radius.
    Station,
    /// Tambon, khwaeng.
    Subdistrict,
}

impl PlaceKind {
    /// As chips' ids have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::District => "district",
            Self::Neighbourhood => "neighbourhood",
            Self::Beach => "beach",
            Self::Station => "station",
            Self::Subdistrict => "subdistrict",
        }
    }
}

/// A point with a distance around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Around {
    /// Degrees, WGS 84.
    pub lat: f64,
    /// Degrees, WGS 84.
    pub lng: f64,
    /// Kilometres.
    pub km: f64,
}

/// A place.
#[derive(Clone, Debug)]
pub struct Place {
    /// What it is.
    pub kind: PlaceKind,
    /// The official code of a unit, otherwise its English name as a slug.
    pub code: String,
    /// English name.
    pub en: String,
    /// Thai name.
    pub th: String,
    /// Codes of the units that it is in, the largest first.
    pub within: Vec<String>,
    /// Where it is, unless it is a unit.
    pub around: Option<Around>,
    /// Other spellings that a listing or a visitor may have.
    pub spellings: Vec<String>,
    /// Lines of a station, `+` between them.
    line: String,
    /// Whether another district has the same English name.
    is_shared: bool,
}

/// A place by its number in [`Places`].
pub(crate) type Number = u32;

/// All places and their names.
#[derive(Debug)]
pub struct Places {
    all: Vec<Place>,
    by_code: HashMap<String, Number>,
    /// By plain name.
    exact: HashMap<String, Vec<Number>>,
    /// By folded name; without subdistricts, whose names are too many to guess among.
    folded: HashMap<String, Vec<Number>>,
    index: suggest::Index,
}

static PLACES: LazyLock<Places> = LazyLock::new(Places::load);

/// Rows of a table of ours: no quotes, no commas within a field.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().skip(1).map(|line| line.split(',').collect())
}

impl Places {
    /// The places, loaded at first use (some tens of milliseconds).
    #[must_use]
    pub fn shared() -> &'static Self {
        &PLACES
    }

    /// A place by kind and code.
    #[must_use]
    pub fn get(&self, kind: PlaceKind, code: &str) -> Option<&Place> {
        let number = self.by_code.get(&format!("{}/{code}", kind.name()))?;
        self.all.get(*number as usize)
    }

    pub(crate) fn at(&self, number: Number) -> Option<&Place> {
        self.all.get(number as usize)
    }

    pub(crate) fn all(&self) -> &[Place] {
        &self.all
    }

    fn load() -> Self {
        let mut all = Vec::with_capacity(9_000);
        for row in rows(include_str!("../../places/provinces.csv")) {
            all.extend(unit(PlaceKind::Province, &row));
        }
        for row in rows(include_str!("../../places/districts.csv")) {
            all.extend(unit(PlaceKind::District, &row));
        }
        for row in rows(include_str!("../../places/subdistricts.csv")) {
            all.extend(unit(PlaceKind::Subdistrict, &row));
        }
        for row in rows(include_str!("../../places/neighbourhoods.csv")) {
            all.extend(point(PlaceKind::Neighbourhood, "", &row));
        }
        for row in rows(include_str!("../../places/beaches.csv")) {
            all.extend(point(PlaceKind::Beach, "", &row));
        }
        for row in rows(include_str!("../../places/stations.csv")) {
            if let [line, en, th, lat, lng, province] = row[..] {
                let row = [en, th, lat, lng, "1", province];
                all.extend(point(PlaceKind::Station, line, &row));
            }
        }
        mark_shared(&mut all);
        let mut places = Self {
            by_code: (0..)
                .zip(&all)
                .map(|(n, p)| (format!("{}/{}", p.kind.name(), p.code), n))
                .collect(),
            all,
            exact: HashMap::new(),
            folded: HashMap::new(),
            index: suggest::Index::default(),
        };
        for row in rows(include_str!("../../places/aliases.csv")) {
            if let [place, alias] = row[..]
                && let Some(number) = places.by_code.get(place)
                && let Some(place) = places.all.get_mut(*number as usize)
                && ![&place.en, &place.th].contains(&&alias.to_owned())
            {
                place.spellings.push(alias.to_owned());
            }
        }
        places.name_all();
        places
    }

    fn name_all(&mut self) {
        let mut names: Vec<(String, Number)> = Vec::new();
        for (number, place) in (0..).zip(&self.all) {
            for name in place.names() {
                let plain = fold::plain(&name);
                let known = self.exact.entry(plain.clone()).or_default();
                if !known.contains(&number) {
                    known.push(number);
                    names.push((plain.clone(), number));
                }
                if place.kind != PlaceKind::Subdistrict {
                    let known = self.folded.entry(fold::folded(&plain)).or_default();
                    if !known.contains(&number) {
                        known.push(number);
                    }
                }
            }
        }
        self.index = suggest::Index::of(names);
    }
}

fn unit(kind: PlaceKind, row: &[&str]) -> Option<Place> {
    let [code, en, th] = row[..] else { return None };
    let within = [2, 4].iter().filter_map(|length| code.get(..*length));
    Some(Place {
        kind,
        code: code.to_owned(),
        en: en.to_owned(),
        th: th.to_owned(),
        within: within.filter(|unit| *unit != code).map(str::to_owned).collect(),
        around: None,
        spellings: Vec::new(),
        line: String::new(),
        is_shared: false,
    })
}

fn point(kind: PlaceKind, line: &str, row: &[&str]) -> Option<Place> {
    let [en, th, lat, lng, km, province] = row[..] else { return None };
    let slug: String = en.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    Some(Place {
        kind,
        code: slug,
        en: en.to_owned(),
        th: th.to_owned(),
        within: vec![province.to_owned()],
        around: Some(Around {
            lat: lat.parse().ok()?,
            lng: lng.parse().ok()?,
            km: km.parse().ok()?,
        }),
        spellings: Vec::new(),
        line: line.to_owned(),
        is_shared: false,
    })
}

fn mark_shared(all: &mut [Place]) {
    let mut count: HashMap<String, u32> = HashMap::new();
    for place in all.iter().filter(|place| place.kind == PlaceKind::District) {
        *count.entry(place.en.clone()).or_default() += 1;
    }
    for place in all.iter_mut().filter(|place| place.kind == PlaceKind::District) {
        place.is_shared = count.get(&place.en).is_some_and(|count| *count > 1);
    }
}

impl Place {
    /// Every name: English, Thai, then the others.
    fn names(&self) -> Vec<String> {
        let mut names = vec![self.en.clone(), self.th.clone()];
        names.extend(self.spellings.iter().cloned());
        // An island is Ko or Koh, and a capital's district Mueang or Muang.
        names.extend(self.en.strip_prefix("Ko ").map(|rest| format!("Koh {rest}")));
        names.extend(self.en.strip_prefix("Mueang ").map(|rest| format!("Muang {rest}")));
        names
    }

    /// Its names for people.
    #[must_use]
    pub fn label(&self) -> Label {
        let (en, th) = (&self.en, &self.th);
        match self.kind {
            PlaceKind::Station => {
                Label::new(format!("{} {en}", self.line.replace('+', "/")), format!("สถานี{th}"))
            }
            PlaceKind::Beach if !en.contains("Beach") => Label::new(
                format!("{en} Beach"),
                match th.starts_with("หาด") {
                    true => th.clone(),
                    false => format!("หาด{th}"),
                },
            ),
            _ => Label::new(en.clone(), th.clone()),
        }
    }

    /// As `province/83`, `station/thong-lo`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.kind.name(), self.code)
    }

    /// Every way in which a listing may write a unit's name, for `province=` and `district=`.
    fn written(&self) -> String {
        let mut names = vec![self.en.clone()];
        for name in self.names() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(",")
    }

    /// What it is in list-query form.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, String)> {
        if let Some(Around { lat, lng, km }) = self.around {
            return vec![("near", format!("{lat},{lng}")), ("radius_km", km.to_string())];
        }
        let places = Places::shared();
        let province = || {
            let province =
                self.within.first().and_then(|code| places.get(PlaceKind::Province, code));
            province.map(|province| ("province", province.written()))
        };
        match self.kind {
            PlaceKind::Province => vec![("province", self.written())],
            PlaceKind::District => {
                let mut params = vec![("district", self.written())];
                params.extend(self.is_shared.then(province).flatten());
                params
            }
            _ => match self.within.last().and_then(|code| places.get(PlaceKind::District, code)) {
                Some(district) => district.params(),
                None => Vec::new(),
            },
        }
    }

    /// Whether it lies in another.
    pub(crate) fn is_in(&self, other: &Self) -> bool {
        matches!(other.kind, PlaceKind::Province | PlaceKind::District)
            && self.within.contains(&other.code)
    }
}
