//! Normal forms of names, so that spellings meet.
//!
//! Thai has no one romanisation: ทองหล่อ is Thong Lo, Thonglor and Tong Lor. [`plain`] forgets
//! case, spaces and hyphens and is what "the same spelling" means; [`folded`] also forgets what
//! romanisations disagree about, and so joins names that have nothing to do with each other.
//! Whoever uses it must let the plain form win.

use crate::text::is_thai;

/// Letters and figures only, in lower case.
#[must_use]
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric() || is_thai(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// What two letters are written as instead: aspirates, vowels of two letters, doubled vowels.
fn pair(two: [u8; 2]) -> Option<&'static str> {
    Some(match &two {
        b"ph" | b"bp" | b"bh" => "p",
        b"th" | b"dt" | b"dh" => "t",
        b"kh" | b"ck" | b"gh" => "k",
        b"ch" | b"sh" => "c",
        b"ee" | b"ii" => "i",
        b"oo" | b"ou" | b"uu" | b"eu" | b"ue" => "u",
        b"aa" | b"ah" => "a",
        b"ae" | b"eh" => "e",
        b"oh" | b"aw" => "o",
        b"ow" | b"au" => "ao",
        b"ie" => "ia",
        b"ey" => "ei",
        b"oy" => "oi",
        b"ay" => "ai",
        b"uy" => "ui",
        _ => return None,
    })
}

/// What romanisations have in common. Of a plain form; Thai stays as it is.
#[must_use]
pub(super) fn folded(plain: &str) -> String {
    if !plain.is_ascii() {
        return plain.to_owned();
    }
    let bytes = plain.as_bytes();
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(first) = bytes.get(at).copied() {
        let next = bytes.get(at + 1).copied();
        let is_vowel = |c: u8| b"aeiouy".contains(&c);
        if let Some(to) = next.and_then(|next| pair([first, next])) {
            if !out.ends_with(to) {
                out.push_str(to);
            }
            at += 2;
            continue;
        }
        at += 1;
        // "Lor" is "Lo", "Sathorn" is "Sathon"; "Korat" keeps its r.
        let is_silent =
            first == b'r' && out.ends_with(['o', 'a', 'e']) && !next.is_some_and(is_vowel);
        let to = match first {
            b'j' => 'c',
            b'v' => 'w',
            b'y' => 'i',
            other => char::from(other),
        };
        // A doubled letter is one; figures are not letters.
        if !is_silent && (!out.ends_with(to) || first.is_ascii_digit()) {
            out.push(to);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_meet() {
        let fold = |name: &str| folded(&plain(name));
        for (one, other) in [
            ("Thong Lo", "Thonglor"),
            ("Thong Lo", "Tong Lor"),
            ("Sathon", "Sathorn"),
            ("Watthana", "Vadhana"),
            ("Khlong Toei", "Klong Toey"),
            ("Phuket", "Puket"),
            ("Jomtien", "Chom Tian"),
            ("Ari", "Aree"),
            ("Koh Samui", "Ko Samui"),
            ("Mueang Phuket", "Muang Phuket"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
        assert_ne!(fold("Korat"), fold("Kot"));
        assert_ne!(fold("Phahon Yothin 59"), fold("Phahon Yothin 5"));
    }
}
