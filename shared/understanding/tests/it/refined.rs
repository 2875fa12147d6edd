//! What a model says in plainer words.

use terrace_understanding::{Saying, Understanding, understand};

use crate::{RENTALS, rentals, scope};

fn refined(query: &str, sayings: &[(&str, &str)]) -> Understanding {
    without(query, sayings, &[])
}

fn without(query: &str, sayings: &[(&str, &str)], taken_off: &[String]) -> Understanding {
    let sayings: Vec<Saying> = sayings
        .iter()
        .map(|(words, plainly)| Saying { words: (*words).into(), plainly: (*plainly).into() })
        .collect();
    let scope = scope(RENTALS, taken_off);
    understand(query, &scope).refined(query, &sayings, &scope)
}

fn ids(understood: &Understanding) -> Vec<&str> {
    understood.chips.iter().map(|chip| chip.id.as_str()).collect()
}

#[test]
fn plainer_words_become_chips_where_the_visitors_own_stand() {
    let query = "😀 where our twins can splash about, villa in Phuket";
    let words = "where our twins can splash about";
    let plain = rentals(query);
    let understood = refined(query, &[(words, "private pool, for 4 people")]);
    assert_eq!(
        ids(&understood),
        ["amenity:private_pool", "guests:4", "property_type:villa", "place:province/83"]
    );
    let pool = &understood.chips[0];
    let units: Vec<u16> = query.encode_utf16().collect();
    assert_eq!(String::from_utf16(&units[pool.span.start..pool.span.end]).unwrap(), words);
    assert_eq!(pool.text, words);
    assert_eq!(pool.plainly.as_deref(), Some("private pool, for 4 people"));
    assert_eq!(pool.params, [("amenities_all", "private_pool".to_owned())]);
    // The words may have meant something else: they are still looked for.
    assert_eq!(understood.rest, plain.rest);

    let taken_off = ["amenity:private_pool".to_owned()];
    let left = without(query, &[(words, "private pool, for 4 people")], &taken_off);
    assert_eq!(ids(&left), ["guests:4", "property_type:villa", "place:province/83"]);
}

#[test]
fn a_visitors_own_words_come_first() {
    let query = "villa under 30k for my golden girls";
    for (words, plainly) in [
        // A second price, a second kind.
        ("for my golden girls", "under 90k"),
        ("for my golden girls", "condo"),
        // Words that a filter holds, and parts of them.
        ("villa", "private pool"),
        ("under 30k for", "private pool"),
        // Words that nobody said.
        ("with a pool", "private pool"),
        ("Golden girls", "private pool"),
        ("", "private pool"),
        (" ", "private pool"),
        // Nothing that is plainer, or nothing that is a filter.
        ("for my golden girls", "a nice one"),
        ("for my golden girls", ""),
    ] {
        assert_eq!(
            ids(&refined(query, &[(words, plainly)])),
            ids(&rentals(query)),
            "{words}: {plainly}"
        );
    }
    let long = format!("private pool {}", "and a garden ".repeat(20));
    assert_eq!(refined(query, &[("golden girls", &long)]), rentals(query));
}

#[test]
fn no_amount_is_made_up() {
    for (query, plainly) in [
        ("something affordable", "under 20k"),
        ("something roomy", "100 sqm"),
        ("something soon", "12-18 December"),
    ] {
        assert_eq!(ids(&refined(query, &[(query, plainly)])), Vec::<&str>::new(), "{query}");
    }
    let said = refined("no more than two times 10k", &[("no more than two times 10k", "x")]);
    assert_eq!(said, rentals("no more than two times 10k"));
    let query = "all of us 12 footballers";
    let plain = rentals(query);
    let understood = refined(query, &[("all of us", "for 14 people")]);
    // How many sleep there is no amount of money: it may be understood from words.
    assert_eq!(understood.chips.len(), plain.chips.len() + 1);
}

#[test]
fn of_many_sayings_the_first_are_heard() {
    let query = "a b c d e f g";
    let sayings: Vec<(&str, &str)> = query
        .split(' ')
        .zip(["pool", "gym", "parking", "garden", "balcony", "wifi", "sauna"])
        .collect();
    assert_eq!(refined(query, &sayings).chips.len(), 6);
}
