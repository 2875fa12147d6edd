//! One spelling for what people write in several.

use unicode_normalization::UnicodeNormalization;

/// Lower case, composed, without accents and invisible characters, with the digits of the Arabs;
/// in Thai, one spelling for what looks the same.
pub(super) fn unified(text: &str) -> String {
    let lower = text.chars().filter(|&c| !is_invisible(c)).flat_map(char::to_lowercase);
    let plain = lower.nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).map(digit);
    let mut unified = String::with_capacity(text.len());
    for c in plain.nfc() {
        match (unified.chars().next_back(), c) {
            // Nikhahit and sara aa are typed for sara am, sara e twice for sara ae.
            (Some('\u{e4d}'), 'า') => replace_last(&mut unified, 'ำ'),
            (Some('เ'), 'เ') => replace_last(&mut unified, 'แ'),
            _ => unified.push(c),
        }
    }
    unified
}

fn replace_last(text: &mut String, with: char) {
    text.pop();
    text.push(with);
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

fn digit(c: char) -> char {
    let zero = match c {
        '๐'..='๙' => '๐',
        '０'..='９' => '０',
        _ => return c,
    };
    (u32::from(c) - u32::from(zero))
        .try_into()
        .ok()
        .and_then(|n: u8| char::from_digit(n.into(), 10))
        .unwrap_or(c)
}

/// The singular of an English word, as far as its last letters tell.
pub(super) fn singular(word: &str) -> String {
    let kept = |ending: &str| word.strip_suffix(ending).filter(|stem| stem.len() > 1);
    if let Some(stem) = kept("ies") {
        return format!("{stem}y");
    }
    let sibilant = ["ch", "sh", "x", "ss"];
    if let Some(stem) = kept("es").filter(|stem| sibilant.iter().any(|end| stem.ends_with(end))) {
        return stem.to_owned();
    }
    let is_plural = !["ss", "us", "is"].iter().any(|end| word.ends_with(end));
    kept("s").filter(|_| is_plural).unwrap_or(word).to_owned()
}

/// Characters of Thai, which has no spaces between words.
pub(super) fn is_thai(c: char) -> bool {
    ('\u{e01}'..='\u{e4f}').contains(&c)
}

/// Characters of scripts that have no spaces between words.
pub(super) fn is_unspaced(c: char) -> bool {
    is_thai(c)
        || matches!(c, '\u{e80}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}
