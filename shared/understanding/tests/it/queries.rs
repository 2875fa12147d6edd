//! The table: each query beside the ids of its chips, preferences with a `~`.

use terrace_understanding::{Strength, Understanding};

use crate::{others, rentals};

fn chips(understanding: &Understanding) -> String {
    let ids = understanding.chips.iter().map(|chip| match chip.strength {
        Strength::Filter => chip.id.clone(),
        Strength::Preference => format!("~{}", chip.id),
    });
    let ids: Vec<_> = ids.collect();
    if ids.is_empty() { "-".to_owned() } else { ids.join(" ") }
}

/// A line is `query => chips`; `sale:` before it asks the brand that does not let.
#[test]
fn every_query_of_the_table_is_understood_as_it_says() {
    let table = include_str!("queries.txt");
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut wrong = String::new();
    let mut count = 0;
    for line in lines {
        let (query, expected) = line.split_once("=>").unwrap();
        let (query, expected) = (query.trim(), expected.trim());
        let understood = match query.strip_prefix("sale:") {
            Some(query) => others(query.trim()),
            None => rentals(query),
        };
        count += 1;
        let got = chips(&understood);
        if got != expected {
            wrong += &format!("{query}\n  expected {expected}\n  got      {got}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count >= 150, "{count} queries");
}

/// Who sells a hotel or hands over a shop lists it as a business.
#[test]
fn what_is_for_sale_may_be_a_business() {
    for (query, expected) in [
        ("hotel for sale", "sale,business"),
        ("เซ้งร้าน", "lease,business"),
        ("restaurant business", "business"),
    ] {
        let chips = others(query).chips;
        let deal = chips.iter().flat_map(|chip| &chip.params);
        let deal: Vec<&str> = deal
            .filter(|(name, _)| *name == "transaction_type")
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(deal, [expected], "{query}");
    }
}
