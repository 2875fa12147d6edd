//! A text as it is compared: digits of all scripts are digits, all dashes are one, emphasis and
//! letters without width are not there. Every letter knows where it stood.

use std::ops::Range;

/// A text that can be read letter by letter.
pub(crate) struct Letters {
    all: Vec<char>,
    stood: Vec<Range<usize>>,
    is_upper: Vec<bool>,
}

/// Where scripts have their zero; nine more follow it.
const ZEROS: [u32; 10] =
    [0x0660, 0x06F0, 0x0966, 0x0E50, 0x0ED0, 0x1040, 0x17E0, 0xFF10, 0x1D7CE, 0x1D7EC];

impl Letters {
    pub(crate) fn of(text: &str) -> Self {
        let mut letters = Self { all: Vec::new(), stood: Vec::new(), is_upper: Vec::new() };
        for (at, letter) in text.char_indices() {
            let Some(plain) = plain(letter) else { continue };
            letters.all.push(plain);
            letters.stood.push(at..at + letter.len_utf8());
            letters.is_upper.push(letter.is_uppercase());
        }
        letters
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn at(&self, at: usize) -> Option<char> {
        self.all.get(at).copied()
    }

    pub(crate) fn before(&self, at: usize) -> Option<char> {
        at.checked_sub(1).and_then(|at| self.at(at))
    }

    pub(crate) fn is_upper(&self, at: usize) -> bool {
        self.is_upper.get(at).copied().unwrap_or(false)
    }

    /// Bytes of the original.
    pub(crate) fn span(&self, letters: Range<usize>) -> Range<usize> {
        match (self.stood.get(letters.start), letters.end.checked_sub(1)) {
            (Some(first), Some(last)) if last >= letters.start => {
                let end = self.stood.get(last).map_or(first.end, |last| last.end);
                first.start..end
            }
            _ => 0..0,
        }
    }

    pub(crate) fn slice(&self, letters: Range<usize>) -> String {
        self.all.get(letters).map(|letters| letters.iter().collect()).unwrap_or_default()
    }

    /// Where the word ends that begins here. Words of Latin letters end where no letter follows;
    /// Thai is written without gaps.
    pub(crate) fn word(&self, at: usize, word: &str) -> Option<usize> {
        let mut end = at;
        for letter in word.chars() {
            if self.at(end)? != letter {
                return None;
            }
            end += 1;
        }
        let ends_in_letter =
            word.chars().next_back().is_some_and(|last| last.is_ascii_alphanumeric());
        let goes_on = self.at(end).is_some_and(|next| next.is_ascii_alphanumeric());
        (!ends_in_letter || !goes_on).then_some(end)
    }

    /// The longest word of a table that begins here: what it stands for, and where it ends.
    pub(crate) fn one_of<T: Copy>(&self, at: usize, table: &[(&str, T)]) -> Option<(T, usize)> {
        table
            .iter()
            .filter_map(|(word, meaning)| Some((*meaning, self.word(at, word)?)))
            .max_by_key(|(_, end)| *end)
    }

    /// Past spaces on this line.
    pub(crate) fn gap(&self, mut at: usize) -> usize {
        while self.at(at) == Some(' ') {
            at += 1;
        }
        at
    }

    /// Past spaces or one hyphen: "two-bedroom", "120 sqm".
    pub(crate) fn joint(&self, at: usize) -> usize {
        match (self.at(at), self.at(at + 1)) {
            (Some('-'), Some(next)) if next.is_alphabetic() => at + 1,
            _ => self.gap(at),
        }
    }

    /// Past digits.
    pub(crate) fn digits(&self, mut at: usize) -> usize {
        while self.at(at).is_some_and(|letter| letter.is_ascii_digit()) {
            at += 1;
        }
        at
    }

    /// Whether a word may begin here.
    pub(crate) fn is_start(&self, at: usize) -> bool {
        !self.before(at).is_some_and(|before| before.is_ascii_alphanumeric())
    }
}

fn plain(letter: char) -> Option<char> {
    let code = u32::from(letter);
    if let Some(zero) = ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&code)) {
        return char::from_digit(code - zero, 10);
    }
    Some(match letter {
        '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}' | '*' | '`' => return None,
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => '\n',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '~' | '〜' => '-',
        '\u{2018}' | '\u{2019}' | '\u{02BC}' => '\'',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(code - 0xFEE0)?.to_ascii_lowercase(),
        letter if letter.is_whitespace() => ' ',
        letter => letter.to_lowercase().next()?,
    })
}
