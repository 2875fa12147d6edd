//! Letters: a text with plain digits, and which script it is in.

/// Which script most letters of a text are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Latin.
    Latin,
    /// Thai.
    Thai,
}

/// The script of most letters; none where there are too few to tell. Names stay in their own script
/// in every language, so a third of Thai letters makes a text Thai: Latin names in it are many.
#[must_use]
pub fn script(text: &str) -> Option<Script> {
    let thai = text.chars().filter(|letter| ('\u{e01}'..='\u{e4e}').contains(letter)).count();
    let latin = text.chars().filter(char::is_ascii_alphabetic).count();
    if thai + latin < 8 {
        return None;
    }
    Some(if thai * 3 >= thai + latin { Script::Thai } else { Script::Latin })
}

/// A text in which every digit is an ASCII one and every space a plain one, and where each of its
/// bytes stands in the original.
#[derive(Debug)]
pub(crate) struct Plain {
    pub(crate) text: String,
    /// For each byte of `text`, and for its end, the byte of the original.
    places: Vec<usize>,
}

impl Plain {
    pub(crate) fn of(original: &str) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut places = Vec::with_capacity(original.len() + 1);
        for (at, letter) in original.char_indices() {
            let plain = match letter {
                '๐'..='๙' => digit(letter, '๐'),
                '０'..='９' => digit(letter, '０'),
                '\u{a0}' | '\u{202f}' | '\u{2009}' | '\u{2007}' => ' ',
                // Invisible: nothing may be hidden behind it.
                '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => continue,
                '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
                '，' | '٬' => ',',
                '％' => '%',
                other => other,
            };
            for _ in 0..plain.len_utf8() {
                places.push(at);
            }
            text.push(plain);
        }
        places.push(original.len());
        Self { text, places }
    }

    /// Where a range of the plain text stands in the original.
    pub(crate) fn original(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        let place = |at: usize| self.places.get(at).copied().unwrap_or_default();
        place(start)..place(end)
    }
}

fn digit(letter: char, zero: char) -> char {
    let value = u32::from(letter).saturating_sub(u32::from(zero));
    char::from_digit(value, 10).unwrap_or(letter)
}
