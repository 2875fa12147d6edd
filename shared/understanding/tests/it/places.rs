//! The tables of places, and completion.

use terrace_understanding::{
    Language,
    places::{PlaceKind, Places},
};

use crate::busy;

fn suggested(prefix: &str) -> Vec<String> {
    Places::shared().suggest(prefix, Language::En, 8).into_iter().map(|found| found.id).collect()
}

#[test]
fn a_name_is_completed_in_both_scripts_and_with_typos() {
    for (prefix, first) in [
        ("phuk", "province/83"),
        ("ภูเก", "province/83"),
        ("puket", "province/83"),
        ("phukett", "province/83"),
        ("thongl", "neighbourhood/thong-lo"),
        ("ทองห", "neighbourhood/thong-lo"),
        ("chiang m", "province/50"),
        ("chaing mai", "province/50"),
        ("bangk", "province/10"),
        ("hua h", "district/7707"),
        ("koh sam", "district/8404"),
        ("sathorn", "district/1028"),
        ("jomtie", "beach/jomtien"),
    ] {
        assert_eq!(suggested(prefix).first().map(String::as_str), Some(first), "{prefix}");
    }
    assert!(suggested("").is_empty());
    assert!(suggested("  -- ").is_empty());
    assert!(suggested("zzzzzzzz").is_empty());
    assert_eq!(Places::shared().suggest("b", Language::En, 5).len(), 5);
}

#[test]
fn the_larger_place_comes_first() {
    let found = Places::shared().suggest("chiang mai", Language::Th, 3);
    assert_eq!(found[0].id, "province/50");
    assert_eq!(found[0].name, "เชียงใหม่");
    let found = Places::shared().suggest("rawai", Language::En, 3);
    assert_eq!(found[0].kind, PlaceKind::Beach);
    assert_eq!(found[1].kind, PlaceKind::Subdistrict);
    assert_eq!(found[1].within, ["Mueang Phuket", "Phuket"]);
}

#[test]
fn completion_is_quick() {
    let places = Places::shared();
    let prefixes = ["b", "ba", "ban", "bang", "bangkk", "chaing mai", "nakhon si thamarat", "บ้าน"];
    for prefix in prefixes {
        let begin = busy();
        for _ in 0..10 {
            assert!(!places.suggest(prefix, Language::En, 10).is_empty(), "{prefix}");
        }
        let (Some(begin), Some(end)) = (begin, busy()) else {
            println!("SKIPPED: the system does not tell how long a thread was busy");
            return;
        };
        let each = end.saturating_sub(begin) / 10;
        println!("{prefix}: {each:?}");
        // With optimisation it is to be below a millisecond; debug builds are slower by far.
        let most = if cfg!(debug_assertions) { 100_000 } else { 1_000 };
        assert!(each.as_micros() < most, "{prefix}: {each:?}");
    }
}

#[test]
fn every_unit_is_there_and_every_point_is_in_thailand() {
    let table = |name: &str| {
        let path = format!("{}/places/{name}.csv", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    let rows = |name: &str| table(name).lines().count() - 1;
    assert_eq!((rows("provinces"), rows("districts"), rows("subdistricts")), (77, 928, 7_436));
    let places = Places::shared();
    for name in ["stations", "beaches", "neighbourhoods"] {
        for line in table(name).lines().skip(1) {
            let fields: Vec<_> = line.split(',').collect();
            assert_eq!(fields.len(), 6, "{line}");
            let (en, kind) = match name {
                "stations" => (fields[1], PlaceKind::Station),
                "beaches" => (fields[0], PlaceKind::Beach),
                _ => (fields[0], PlaceKind::Neighbourhood),
            };
            let slug = en.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
            let place = places.get(kind, &slug).unwrap_or_else(|| panic!("{line}"));
            let around = place.around.unwrap();
            assert!((5.5..20.5).contains(&around.lat), "{line}");
            assert!((97.3..105.7).contains(&around.lng), "{line}");
            assert!((0.5..=20.0).contains(&around.km), "{line}");
            assert!(places.get(PlaceKind::Province, fields[5]).is_some(), "{line}");
        }
    }
    for line in table("aliases").lines().skip(1) {
        let (place, alias) = line.split_once(',').unwrap();
        let (kind, code) = place.split_once('/').unwrap();
        let kinds = [
            PlaceKind::Province,
            PlaceKind::District,
            PlaceKind::Neighbourhood,
            PlaceKind::Beach,
            PlaceKind::Station,
        ];
        let kind = kinds.into_iter().find(|one| one.name() == kind).unwrap();
        assert!(places.get(kind, code).is_some(), "{line}");
        assert!(!alias.contains(',') && !alias.is_empty(), "{line}");
    }
}

#[test]
fn every_province_and_most_districts_are_understood_by_their_names() {
    let table = |name: &str| {
        let path = format!("{}/places/{name}.csv", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    // "Loei" and "Tak" in Thai are everyday words.
    let marked = ["เลย", "ตาก"];
    for line in table("provinces").lines().skip(1) {
        let fields: Vec<_> = line.split(',').collect();
        for name in [fields[1], fields[2]].iter().filter(|name| !marked.contains(*name)) {
            let understood = crate::rentals(name);
            assert_eq!(understood.chips[0].id, format!("place:province/{}", fields[0]), "{name}");
        }
        let marked = format!("จังหวัด{}", fields[2]);
        assert_eq!(crate::rentals(&marked).chips[0].id, format!("place:province/{}", fields[0]));
    }
    for line in table("districts").lines().skip(1) {
        let fields: Vec<_> = line.split(',').collect();
        let marked = format!("อำเภอ{}", fields[2]);
        let understood = crate::rentals(&marked);
        let chip = understood.chips.first().unwrap_or_else(|| panic!("{marked}"));
        let names: Vec<_> = chip.params.iter().flat_map(|(_, value)| value.split(',')).collect();
        assert!(names.contains(&fields[2]), "{marked}: {chip:?}");
    }
}

/// How a widespread data set of holiday homes writes Bangkok's districts.
const BANGKOK: &str = "Khlong Toei|Vadhana|Ratchathewi|Huai Khwang|Bang Rak|Sathon|Bang Na|Phra Nakhon|Phra Khanong|Chatu Chak|Din Daeng|Phaya Thai|Parthum Wan|Khlong San|Suanluang|Lak Si|Bang Sue|Bang Kapi|Pra Wet|Bang Phlat|Don Mueang|Lat Krabang|Yan na wa|Thon buri|Phasi Charoen|Pom Prap Sattru Phai|Bang Kho laen|Bangkok Noi|Samphanthawong|Bang Khen|Wang Thong Lang|Bangkok Yai|Dusit|Bang Khae|Chom Thong|Rat Burana|Min Buri|Lat Phrao|Khan Na Yao|Taling Chan|Bueng Kum|Sai Mai|Saphan Sung|Khlong Sam Wa|Thung khru|Thawi Watthana|Bang Khun thain|Nong Chok|Nong Khaem|Bang Bon";

#[test]
fn a_district_is_found_however_listings_write_it() {
    let found = |name: &str| {
        let understood = crate::rentals(&format!("{name} district"));
        let chip = understood.chips.first().unwrap_or_else(|| panic!("{name}"));
        assert_eq!(chip.params[0].0, "district", "{name}: {chip:?}");
        assert!(chip.params[0].1.split(',').any(|one| one == name), "{name}: {chip:?}");
    };
    BANGKOK.split('|').for_each(found);
}

#[test]
fn the_places_of_our_own_listings_are_found() {
    for seed in [
        include_str!("../../../../products/bestays/seed/listings.jsonl"),
        include_str!("../../../../products/realestate/seed/listings.jsonl"),
    ] {
        for line in seed.lines().filter(|line| !line.is_empty()) {
            let listing: serde_json::Value = serde_json::from_str(line).unwrap();
            let part = |name: &str| listing["location_details"][name].as_str().unwrap().to_owned();
            let (province, district) = (part("province"), part("district"));
            let understood = crate::rentals(&format!("{province} province, {district} district"));
            let values: Vec<_> = understood.chips.iter().flat_map(|chip| &chip.params).collect();
            for (name, written) in [("province", province), ("district", district)] {
                let is_there = values.iter().any(|(parameter, value)| {
                    *parameter == name && value.split(',').any(|one| one == written)
                });
                assert!(is_there, "{written}: {values:?}");
            }
        }
    }
}
