//! The code of a booking: made to be read aloud.
//!
//! Ten characters in two groups, the last a check: `7K2DM-4XPTA`. The alphabet leaves out whatever
//! is taken for something else in print or in handwriting (0 O D-like, 1 I L, B 8, S 5, Z 2, G 6,
//! U V, Q, Y). It has 23 characters, a prime: with a different weight for each place, one wrong
//! character and two that changed places never go unnoticed.

use uuid::Uuid;

const LETTERS: &[u8; 23] = b"23456789ACDEFHJKMNPRTWX";

/// Places before the check.
const PLACES: usize = 9;

/// A new code.
#[must_use]
pub fn new() -> String {
    loop {
        // The random bytes of a v4 id; those with its version and variant are left out.
        let id = Uuid::new_v4();
        let bytes = id.as_bytes();
        // 253 is 11 times 23: what is above would favour some letters.
        let fair = bytes[..6].iter().chain(&bytes[9..]).filter(|byte| **byte < 253);
        let places: Vec<u32> = fair.take(PLACES).map(|byte| u32::from(byte % 23)).collect();
        if let Ok(places) = <[u32; PLACES]>::try_from(places) {
            return write(places);
        }
    }
}

fn write(places: [u32; PLACES]) -> String {
    let mut text: String = places.iter().map(|place| letter(*place)).collect();
    text.push(letter(check(places)));
    text.insert(5, '-');
    text
}

fn letter(place: u32) -> char {
    char::from(LETTERS[usize::try_from(place % 23).unwrap_or_default()])
}

fn check(places: [u32; PLACES]) -> u32 {
    (1_u32..).zip(places).map(|(weight, place)| weight * place).sum::<u32>() % 23
}

/// The code that somebody means: however they write it, with or without the hyphen, in lower
/// case, with the characters that it leaves out for those that look like them. None where it is
/// no code, or one that was misread.
#[must_use]
pub fn parse(text: &str) -> Option<String> {
    let mut places = Vec::with_capacity(PLACES + 1);
    for letter in text.chars() {
        if letter.is_whitespace() || matches!(letter, '-' | '‐' | '‑' | '–' | '—' | '.' | '#' | '_')
        {
            continue;
        }
        let place = LETTERS.iter().position(|known| char::from(*known) == meant(letter))?;
        if places.len() > PLACES {
            return None;
        }
        places.push(u32::try_from(place).ok()?);
    }
    let given = *places.get(PLACES)?;
    let places = <[u32; PLACES]>::try_from(&places[..PLACES]).ok()?;
    (check(places) == given).then(|| write(places))
}

/// What a character stands for.
fn meant(letter: char) -> char {
    match letter.to_ascii_uppercase() {
        '0' | 'O' | 'Q' => 'D',
        '1' | 'I' | 'L' => '7',
        'B' => '8',
        'G' => '6',
        'S' => '5',
        'Z' => '2',
        'Y' => 'X',
        'U' | 'V' => 'W',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn places() -> impl Strategy<Value = [u32; PLACES]> {
        prop::array::uniform9(0_u32..23)
    }

    #[test]
    fn a_new_code_is_one_and_no_two_are_alike() {
        let codes: std::collections::BTreeSet<_> = (0..2_000).map(|_| new()).collect();
        assert_eq!(codes.len(), 2_000);
        for code in codes {
            assert_eq!(parse(&code).as_deref(), Some(code.as_str()));
            assert!(!code.contains(['0', 'O', '1', 'I', 'L']), "{code}");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for text in ["", "-", "7K2DM", "7K2DM-4XPT", "7K2DM-4XPTA-2", "ไทย", "7K2DM-4XPT!"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_is_understood_however_it_is_written(places in places()) {
            let code = write(places);
            let spaced: String = code.replace('-', "").to_lowercase().chars().flat_map(|c| [c, ' ']).collect();
            prop_assert_eq!(parse(&spaced), Some(code.clone()));
            let misread: String = code.chars().map(|letter| match letter {
                'D' => 'O', '7' => 'l', '8' => 'b', '6' => 'G', '5' => 's', '2' => 'Z', 'X' => 'y', 'W' => 'v', other => other,
            }).collect();
            prop_assert_eq!(parse(&misread), Some(code));
        }

        #[test]
        fn one_wrong_character_is_noticed(places in places(), at in 0_usize..PLACES, by in 1_u32..23) {
            let right = write(places);
            let check = right.chars().last().unwrap();
            let mut wrong = places;
            wrong[at] = (wrong[at] + by) % 23;
            let mut text = write(wrong);
            text.pop();
            text.push(check);
            prop_assert_eq!(parse(&text), None);
        }

        #[test]
        fn two_that_changed_places_are_noticed(places in places(), one in 0_usize..=PLACES, other in 0_usize..=PLACES) {
            let mut letters: Vec<char> = write(places).replace('-', "").chars().collect();
            prop_assume!(letters[one] != letters[other]);
            letters.swap(one, other);
            prop_assert_eq!(parse(&letters.iter().collect::<String>()), None);
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
