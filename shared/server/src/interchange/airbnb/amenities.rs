//! Amenities: thousands of spellings, brought to the words of our catalogue.

use super::{Cell, refuse};
use crate::listings::{
    catalogue::Catalogue,
    model::{Amenities, Policies},
};

/// What a listing's amenities say.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) amenities: Amenities,
    pub(super) policies: Policies,
}

/// How an alias is compared with the first part of a spelling (before `:`, ` – ` or ` - `), in
/// lower case.
#[derive(Clone, Copy)]
enum Is {
    Exactly(&'static str),
    /// `43 inch HDTV`, `Bosch refrigerator`.
    EndingIn(&'static str),
    BeginningWith(&'static str),
    Containing(&'static str),
}
use Is::{BeginningWith, Containing, EndingIn, Exactly};

/// The first that fits decides. An empty slug: known, and none of our words.
const ALIASES: &[(Is, &str)] = &[
    (EndingIn("wifi"), "wifi"),
    (Exactly("central air conditioning"), "central_air_conditioning"),
    (EndingIn("air conditioning"), "air_conditioning"),
    (BeginningWith("ac - split type"), "air_conditioning"),
    (Exactly("ceiling fan"), "ceiling_fan"),
    (Exactly("kitchen"), "kitchen"),
    (Exactly("kitchenette"), "kitchenette"),
    (EndingIn("refrigerator"), "refrigerator"),
    (Exactly("mini fridge"), "refrigerator"),
    (EndingIn("oven"), "oven"),
    (EndingIn("dishwasher"), "dishwasher"),
    (EndingIn("coffee maker"), "coffee_machine"),
    (EndingIn("washer"), "washing_machine"),
    (EndingIn("hair dryer"), "hair_dryer"),
    (EndingIn("dryer"), "dryer"),
    (Exactly("iron"), "iron"),
    (Exactly("tv"), "tv"),
    (BeginningWith("tv with"), "tv"),
    (EndingIn("hdtv"), "tv"),
    (Containing("hdtv with"), "tv"),
    (EndingIn("inch tv"), "tv"),
    (Exactly("dedicated workspace"), "workspace"),
    (Exactly("bathtub"), "bathtub"),
    (Exactly("hot water"), "hot_water"),
    (Exactly("bed linens"), "bed_linen"),
    (EndingIn("crib"), "crib"),
    (Exactly("safe"), "safe"),
    (Exactly("indoor fireplace"), "fireplace"),
    (Exactly("smoke alarm"), "smoke_alarm"),
    (Exactly("first aid kit"), "first_aid_kit"),
    (BeginningWith("private pool"), "private_pool"),
    (BeginningWith("private outdoor pool"), "private_pool"),
    (BeginningWith("private indoor pool"), "private_pool"),
    (Exactly("pool table"), ""),
    (Exactly("pool view"), ""),
    (Exactly("pool"), "shared_pool"),
    (BeginningWith("shared pool"), "shared_pool"),
    (BeginningWith("shared outdoor pool"), "shared_pool"),
    (BeginningWith("shared indoor pool"), "shared_pool"),
    (Exactly("hot tub"), "jacuzzi"),
    (Exactly("private hot tub"), "jacuzzi"),
    (EndingIn("backyard"), "garden"),
    (EndingIn("patio or balcony"), "balcony"),
    (EndingIn("bbq grill"), "bbq"),
    (Exactly("outdoor dining area"), "outdoor_dining"),
    (Exactly("outdoor shower"), "outdoor_shower"),
    (Exactly("sea view"), "sea_view"),
    (Exactly("ocean view"), "sea_view"),
    (Exactly("bay view"), "sea_view"),
    (Exactly("beach view"), "sea_view"),
    (Exactly("mountain view"), "mountain_view"),
    (Exactly("city skyline view"), "city_view"),
    (Exactly("river view"), "river_view"),
    (Exactly("garden view"), "garden_view"),
    (Exactly("shared gym nearby"), ""),
    (EndingIn("gym"), "gym"),
    (BeginningWith("shared gym"), "gym"),
    (EndingIn("sauna"), "sauna"),
    (EndingIn("on premises"), "parking"),
    (Exactly("ev charger"), "ev_charger"),
    (Exactly("elevator"), "elevator"),
    (Exactly("building staff"), "reception"),
    (Exactly("breakfast"), "breakfast_available"),
    (BeginningWith("housekeeping"), "housekeeping"),
    (Exactly("pets allowed"), "pet_friendly"),
    (Exactly("outdoor playground"), "kids_playground"),
    (BeginningWith("exterior security cameras"), "cctv"),
    (Exactly("beachfront"), "beachfront"),
    (EndingIn("beach access"), "near_beach"),
];

/// Spellings that are house rules.
const RULES: &[(&str, &str, Rule)] = &[
    ("pets allowed", "pets_allowed", Rule::Yes),
    ("smoking allowed", "smoking_allowed", Rule::Yes),
    ("smart lock", "check_in_method", Rule::Choice("smart_lock")),
    ("keypad", "check_in_method", Rule::Choice("smart_lock")),
    ("lockbox", "check_in_method", Rule::Choice("key_box")),
    ("building staff", "check_in_method", Rule::Choice("front_desk")),
    ("host greets you", "check_in_method", Rule::Choice("host_greeting")),
];

#[derive(Clone, Copy)]
enum Rule {
    Yes,
    Choice(&'static str),
}

/// Reads the JSON list of a cell. What has no counterpart in the catalogue is left out.
pub(super) fn read(cell: &str, catalogue: &Catalogue) -> Cell<Words> {
    if cell.is_empty() {
        return Ok(Words::default());
    }
    let Ok(names) = serde_json::from_str::<Vec<String>>(cell) else {
        return refuse("amenities", "amenities_invalid", "Must be a JSON list of texts.");
    };
    let mut words = Words::default();
    for name in names {
        let name = name.replace('\u{a0}', " ").to_lowercase();
        let base = [": ", " – ", " - "]
            .iter()
            .filter_map(|mark| name.find(mark))
            .min()
            .and_then(|end| name.get(..end))
            .unwrap_or(&name);
        for slug in [slug(base), extra(&name)].into_iter().flatten() {
            add(&mut words.amenities, slug, catalogue);
        }
        for (spelling, policy, rule) in RULES {
            // The first of several ways to check in stays.
            if base == *spelling && !words.policies.contains_key(*policy) {
                let value = match rule {
                    Rule::Yes => true.into(),
                    Rule::Choice(option) => (*option).into(),
                };
                let rule = Policies::from([((*policy).to_owned(), value)]);
                if catalogue.check(None, Some(&rule)).is_ok() {
                    words.policies.extend(rule);
                }
            }
        }
    }
    Ok(words)
}

fn slug(base: &str) -> Option<&'static str> {
    let fits = |is: &Is| match is {
        Exactly(text) => base == *text,
        EndingIn(text) => {
            base.strip_suffix(text).is_some_and(|before| before.is_empty() || before.ends_with(' '))
        }
        BeginningWith(text) => base.starts_with(text),
        Containing(text) => base.contains(text),
    };
    let (_, slug) = ALIASES.iter().find(|(is, _)| fits(is))?;
    (!slug.is_empty()).then_some(*slug)
}

/// What only the second part of a spelling says.
fn extra(name: &str) -> Option<&'static str> {
    match name {
        "beach access – beachfront" => Some("beachfront"),
        name if name.starts_with("clothing storage") && name.contains("walk-in closet") => {
            Some("walk_in_closet")
        }
        _ => None,
    }
}

fn add(amenities: &mut Amenities, slug: &str, catalogue: &Catalogue) {
    let list = match catalogue.amenity_category(slug) {
        Some("interior") => &mut amenities.interior,
        Some("exterior") => &mut amenities.exterior,
        Some("building") => &mut amenities.building,
        Some("area") => &mut amenities.area,
        _ => return,
    };
    if !list.iter().any(|known| known == slug) {
        list.push(slug.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_meet_our_words() {
        let cases = [
            ("wifi", Some("wifi")),
            ("43 inch hdtv", Some("tv")),
            ("bosch refrigerator", Some("refrigerator")),
            ("free washer", Some("washing_machine")),
            ("dishwasher", Some("dishwasher")),
            ("hair dryer", Some("hair_dryer")),
            ("paid dryer", Some("dryer")),
            ("free driveway parking on premises", Some("parking")),
            ("free street parking", None),
            ("pool table", None),
            ("shared gym nearby", None),
            ("private patio or balcony", Some("balcony")),
            ("microwave oven", Some("oven")),
            ("proven", None),
        ];
        for (spelling, expected) in cases {
            assert_eq!(slug(spelling), expected, "{spelling:?}");
        }
    }

    /// A typing mistake here would silently lose an amenity.
    #[test]
    fn every_word_is_in_the_catalogue_that_ships() {
        let amenities = include_str!("../../../catalogue/amenities.json");
        let policies = include_str!("../../../catalogue/policies.json");
        for (_, slug) in ALIASES.iter().filter(|(_, slug)| !slug.is_empty()) {
            assert!(amenities.contains(&format!("\"slug\": \"{slug}\"")), "{slug}");
        }
        for (_, policy, rule) in RULES {
            assert!(policies.contains(&format!("\"slug\": \"{policy}\"")), "{policy}");
            if let Rule::Choice(option) = rule {
                assert!(policies.contains(&format!("\"{option}\"")), "{option}");
            }
        }
    }
}
