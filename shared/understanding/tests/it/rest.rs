//! What is left of a query, chips that are taken off, spans, groups and the one list query.

use terrace_understanding::{ChipKind, Language, Strength, understand};

use crate::{RENTALS, others, rentals, scope};

#[test]
fn the_rest_is_what_no_filter_says() {
    for (query, rest) in [
        ("2 bed pool villa in Rawai under 60k a month", ""),
        ("a quiet modern condo near the sea with a mezzanine", "modern, mezzanine"),
        ("คอนโดสไตล์ลอฟท์ทองหล่อ", "สไตล์ลอฟท์"),
        ("furnished studio on 2 rai", ""),
        // A preference filters nothing, so its words stay.
        ("studio in December", "December"),
        // The filter is that of the district.
        ("tambon Rawai", "tambon Rawai"),
        ("Sukhumvit Soi 11", "Soi 11"),
        ("no pool", "no pool"),
        ("Villa Mayavee phase 2", "Mayavee phase 2"),
        ("", ""),
        ("  ,.-  ", ""),
    ] {
        assert_eq!(rentals(query).rest, rest, "{query}");
    }
}

#[test]
fn a_chip_that_is_taken_off_is_words_again() {
    let query = "2 bed villa in Phuket";
    let whole = rentals(query);
    let ids: Vec<_> = whole.chips.iter().map(|chip| chip.id.clone()).collect();
    assert_eq!(ids, ["bedrooms:2", "property_type:villa", "place:province/83"]);
    let without = ["property_type:villa".to_owned()];
    let left = understand(query, &scope(RENTALS, &without));
    let ids: Vec<_> = left.chips.iter().map(|chip| chip.id.as_str()).collect();
    assert_eq!(ids, ["bedrooms:2", "place:province/83"]);
    assert_eq!(left.rest, "villa");
    // What it stood in the way of does not come in its place.
    let without = ["place:district/8301".to_owned()];
    let left = understand("Muang Phuket", &scope(RENTALS, &without));
    assert_eq!((left.chips.len(), left.rest.as_str()), (0, "Muang Phuket"));
}

#[test]
fn a_chip_stands_where_its_words_are() {
    let query = "😀 คอนโด under 20k, Thong Lo";
    let units: Vec<u16> = query.encode_utf16().collect();
    let understood = rentals(query);
    let words: Vec<_> = understood
        .chips
        .iter()
        .map(|chip| String::from_utf16(&units[chip.span.start..chip.span.end]).unwrap())
        .collect();
    assert_eq!(words, ["คอนโด", "under 20k", "Thong Lo"]);
    assert!(understood.chips.iter().zip(&words).all(|(chip, words)| chip.text == *words));
}

#[test]
fn the_same_word_twice_is_one_chip() {
    let understood = rentals("villa, a big villa");
    assert_eq!(understood.chips.len(), 1);
    assert_eq!(understood.rest, "big");
}

/// Each chip's group, by id.
fn groups(query: &str) -> Vec<(String, Option<&'static str>)> {
    rentals(query).chips.into_iter().map(|chip| (chip.id, chip.group)).collect()
}

#[test]
fn alternatives_are_of_one_group() {
    let group = |id: &str, group| (id.to_owned(), group);
    assert_eq!(
        groups("house or villa with a pool and a gym"),
        [
            group("property_type:house", Some("property_type")),
            group("property_type:villa", Some("property_type")),
            group("amenity:private_pool,shared_pool", None),
            group("amenity:gym", None),
        ]
    );
    assert_eq!(
        groups("Thong Lo or Ekkamai, Bangkok"),
        [
            group("place:neighbourhood/thong-lo", Some("place")),
            group("place:neighbourhood/ekkamai", Some("place")),
            group("place:province/10", None),
        ]
    );
    // A district and its province are no alternatives.
    assert_eq!(
        groups("Chom Thong, Chiang Mai"),
        [group("place:district/5002", None), group("place:province/50", None)]
    );
    // A province that only one of the alternatives lies in would shut out the other.
    let understood = rentals("Koh Samui or Phuket, Surat Thani");
    let province = understood.chips.iter().find(|chip| chip.id == "place:province/84").unwrap();
    assert_eq!((province.strength, province.params.len()), (Strength::Preference, 0));
}

#[test]
fn one_list_query_where_it_holds_everything() {
    let query = |text: &str| rentals(text).query();
    let pairs = |pairs: &[(&'static str, &str)]| {
        Some(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect::<Vec<_>>())
    };
    assert_eq!(
        query("house or villa with gym and sea view under 60k"),
        pairs(&[
            ("property_type", "house,villa"),
            ("amenities_all", "gym,sea_view"),
            ("price_max", "6000000"),
        ])
    );
    // Two any-of groups, or two circles: the list has one of each.
    assert_eq!(query("pool and air con"), None);
    assert_eq!(query("Thong Lo or Ekkamai"), None);
    assert_eq!(query("Thong Lo or Phuket"), None);
    assert!(query("Phuket or Krabi").unwrap()[0].1.contains("Krabi"));
}

#[test]
fn what_a_brand_does_not_offer_says_so() {
    let understood = others("condo for rent");
    let chip = &understood.chips[1];
    assert_eq!(chip.kind, ChipKind::Transaction);
    assert_eq!(chip.strength, Strength::Preference);
    assert!(chip.note.is_some() && chip.params.is_empty());
    assert_eq!(understood.rest, "for rent");
}

#[test]
fn labels_and_params_are_for_people_and_for_the_list() {
    let chip = &rentals("between 20k and 30k a month").chips[0];
    assert_eq!(chip.label.en, "฿20,000–30,000 a month");
    assert_eq!(chip.label.th, "20,000–30,000 บาท ต่อเดือน");
    assert_eq!(
        chip.params,
        [("price_min", "2000000".to_owned()), ("price_max", "3000000".to_owned())]
    );
    let chip = &rentals("เขตวัฒนา").chips[0];
    assert_eq!(chip.params[0].0, "district");
    assert!(chip.params[0].1.split(',').any(|name| name == "Vadhana"), "{:?}", chip.params);
    let chip = &rentals("BTS Thong Lo").chips[0];
    assert_eq!(chip.label.en, "BTS Thong Lo");
    assert_eq!(chip.params[0], ("near", "13.724,100.578".to_owned()));
    assert_eq!(chip.params[1], ("radius_km", "1".to_owned()));
    // One of two districts of a name comes with its province.
    let chip = &rentals("จอมทอง กรุงเทพ").chips[0];
    assert_eq!(
        chip.params.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["district", "province"]
    );
    let chip = &rentals("12-18 December").chips[0];
    assert_eq!(
        chip.params,
        [("check_in", "2026-12-12".to_owned()), ("check_out", "2026-12-18".to_owned())]
    );
}

#[test]
fn the_language_is_that_of_most_letters() {
    assert_eq!(rentals("villa in Phuket").language, Some(Language::En));
    assert_eq!(rentals("บ้านภูเก็ต pool").language, Some(Language::Th));
    assert_eq!(rentals("30,000").language, None);
}
