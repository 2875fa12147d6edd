//! The address part of a listing's page, made of its title.

use uuid::Uuid;

/// The title's words, lower-case and joined by hyphens, and a tail of the id that makes it
/// unique. Only ASCII is kept: no romanisation of Thai is fit to be read, and an editor can
/// give a better slug.
#[must_use]
pub(crate) fn of_title(title: &str, id: Uuid) -> String {
    // The tail of a version 7 id is its random part.
    let tail = id.simple().to_string();
    with_tail(title, &tail[tail.len() - 8..])
}

/// The title's words and this tail, which is of lower-case letters and digits.
#[must_use]
pub(crate) fn with_tail(title: &str, tail: &str) -> String {
    const MOST: usize = 70;
    let mut slug = String::new();
    for c in title.chars() {
        if slug.len() == MOST {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let words = slug.trim_matches('-');
    let words = if words.is_empty() { "listing" } else { words };
    format!("{words}-{tail}")
}

#[cfg(test)]
mod tests {
    use garde::Validate;
    use proptest::prelude::*;

    use super::*;
    use crate::listings::input;

    #[derive(Validate)]
    struct Slug(#[garde(length(min = 3, max = 120), custom(input::listing_slug))] String);

    #[test]
    fn keeps_the_words() {
        let id = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_1234_5678);
        assert_eq!(of_title("Sea-view villa, Rawai!", id), "sea-view-villa-rawai-12345678");
        assert_eq!(of_title("วิลล่า 3 ห้อง", id), "3-12345678");
        assert_eq!(of_title("🏝🏝", id), "listing-12345678");
    }

    proptest! {
        #[test]
        fn any_title_makes_a_slug_that_input_would_accept(title in "\\PC{0,200}", id: u128) {
            let slug = of_title(&title, Uuid::from_u128(id));
            prop_assert!(Slug(slug.clone()).validate().is_ok(), "{slug:?}");
        }
    }
}
