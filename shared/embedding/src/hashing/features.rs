//! What a text is made of: words, their letters, concepts, and numbers beside concepts.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{
    concepts::{LEXICON, Meaning},
    spelling::{is_unspaced, singular, unified},
};

/// One thing that a text is made of, by its hash.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feature {
    pub(super) hash: u64,
    pub(super) weight: f32,
}

/// Kinds of features: the same letters as a word and as a part of one are two features.
#[derive(Clone, Copy)]
enum Kind {
    Word = 1,
    Letters = 2,
    Concept = 3,
    Neighbours = 4,
    Counted = 5,
    Symbol = 6,
}

/// A word as it stands counts one. What has the same meaning counts more than what has the same
/// letters; the letters of a word count together, however long it is.
const CONCEPT: f32 = 1.75;
/// The concept of a word that is written with a slip.
const SLIP: f32 = 1.0;
const LETTERS: f32 = 1.0;
const NEIGHBOURS: f32 = 0.4;
const COUNTED: f32 = 1.0;
const SYMBOL: f32 = 0.3;
/// What words that say little count.
const LITTLE: f32 = 0.1;

/// Letters of one part of a word, with its borders.
const PARTS: std::ops::RangeInclusive<usize> = 3..=5;
/// Letters of one part of a text without spaces.
const UNSPACED_PARTS: std::ops::RangeInclusive<usize> = 2..=5;

/// A piece of a text of one sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Letters,
    Number,
    Unspaced,
}

/// What the last piece was, to tell "3 bedrooms".
#[derive(Clone, Debug, PartialEq, Eq)]
enum Last {
    Number(String),
    Concept(&'static str),
    Other,
}

/// Everything a text is made of, in no order.
pub(super) fn of(text: &str) -> Vec<Feature> {
    let unified = unified(text);
    let mut reader = Reader { features: Vec::with_capacity(256), last: Last::Other, before: None };
    let pieces = pieces(&unified);
    let mut rest = pieces.as_slice();
    while let Some(((sort, piece), others)) = rest.split_first() {
        match sort {
            Sort::Number => reader.number(piece),
            Sort::Unspaced => reader.unspaced(piece),
            Sort::Letters => {
                let run = rest.iter().take_while(|(sort, _)| *sort == Sort::Letters).count();
                let (words, after) = rest.split_at(run);
                reader.words(words.iter().map(|(_, word)| word.as_str()));
                rest = after;
                continue;
            }
        }
        rest = others;
    }
    if reader.features.is_empty() {
        // Neither letters nor digits: a vector of what there is beats none.
        for symbol in unified.chars().filter(|c| !c.is_whitespace()) {
            reader.add(Kind::Symbol, symbol.encode_utf8(&mut [0; 4]), SYMBOL);
        }
    }
    reader.features
}

struct Reader {
    features: Vec<Feature>,
    last: Last,
    /// The word before, to tell two that stand together.
    before: Option<String>,
}

impl Reader {
    fn add(&mut self, kind: Kind, text: &str, weight: f32) {
        let hash = xxh3_64_with_seed(text.as_bytes(), kind as u64);
        self.features.push(Feature { hash, weight });
    }

    fn number(&mut self, number: &str) {
        self.add(Kind::Word, number, 1.0);
        if let Last::Concept(concept) = self.last {
            self.counted(number, concept);
        }
        self.last = Last::Number(number.to_owned());
        self.before = None;
    }

    /// "3 bedrooms" and "ห้องนอน 3": a number says something of what stands beside it.
    fn counted(&mut self, number: &str, concept: &str) {
        self.add(Kind::Counted, &format!("{number} {concept}"), COUNTED);
    }

    fn meaning(&mut self, meaning: Meaning, weight: f32) {
        let Meaning::Concept(concept) = meaning else {
            self.last = Last::Other;
            return;
        };
        self.add(Kind::Concept, concept, weight);
        if let Last::Number(number) = std::mem::replace(&mut self.last, Last::Concept(concept)) {
            self.counted(&number, concept);
        }
    }

    fn words<'a>(&mut self, words: impl Iterator<Item = &'a str>) {
        let singulars: Vec<String> = words.map(singular).collect();
        let mut rest = singulars.as_slice();
        while !rest.is_empty() {
            let (taken, meaning) = LEXICON.next(rest).map_or((1, None), |(n, m)| (n, Some(m)));
            let (these, others) = rest.split_at(taken);
            for word in these {
                self.word(word, meaning == Some(Meaning::Little));
            }
            let slip = |word: &String| LEXICON.meant_by(word).map(Meaning::Concept);
            match meaning {
                Some(meaning) => self.meaning(meaning, CONCEPT),
                None => match these.first().and_then(slip) {
                    Some(meaning) => self.meaning(meaning, SLIP),
                    None => self.last = Last::Other,
                },
            }
            rest = others;
        }
    }

    fn word(&mut self, word: &str, says_little: bool) {
        if says_little {
            self.add(Kind::Word, word, LITTLE);
            return;
        }
        self.add(Kind::Word, word, 1.0);
        if let Some(before) = self.before.replace(word.to_owned()) {
            self.add(Kind::Neighbours, &format!("{before} {word}"), NEIGHBOURS);
        }
        let bordered = format!("<{word}>");
        let parts: Vec<_> = parts(&bordered, PARTS).collect();
        let weight = shared(LETTERS, parts.len());
        for part in parts {
            self.add(Kind::Letters, &bordered[part], weight);
        }
    }

    /// Text without spaces: where a word ends only a dictionary knows, so its parts stand for it.
    fn unspaced(&mut self, text: &str) {
        let found: Vec<_> = LEXICON.in_thai(text).collect();
        let mut end = 0;
        for (range, meaning) in &found {
            if range.start > end {
                self.last = Last::Other;
            }
            self.meaning(*meaning, CONCEPT);
            end = range.end;
        }
        if end < text.len() {
            self.last = Last::Other;
        }
        self.before = None;
        let says_little = |part: &Range<usize>| {
            found.iter().any(|(range, meaning)| {
                *meaning == Meaning::Little && range.start <= part.start && part.end <= range.end
            })
        };
        // About as much as the words that so many characters make.
        let characters = text.chars().count();
        let parts: Vec<_> = parts(text, UNSPACED_PARTS).collect();
        #[expect(clippy::cast_precision_loss, reason = "no text is so long")]
        let words = (characters as f32 / 5.0).max(1.0);
        let weight = shared((words * (1.0 + LETTERS * LETTERS)).sqrt(), parts.len());
        for part in parts {
            let weight = if says_little(&part) { weight * LITTLE } else { weight };
            self.add(Kind::Letters, &text[part], weight);
        }
    }
}

/// The weight of each of `parts` that weigh `whole` together.
fn shared(whole: f32, parts: usize) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "no text has so many parts")]
    let parts = parts.max(1) as f32;
    whole / parts.sqrt()
}

/// Every part of so many letters; a text too short for any is a part itself.
fn parts(
    text: &str,
    lengths: std::ops::RangeInclusive<usize>,
) -> impl Iterator<Item = Range<usize>> {
    let mut borders: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
    borders.push(text.len());
    let shortest = (*lengths.start()).min(borders.len() - 1);
    let mut parts = Vec::with_capacity(borders.len() * 3);
    for length in shortest..=*lengths.end() {
        parts.extend(borders.windows(length + 1).map(|window| window[0]..window[length]));
    }
    parts.into_iter()
}

/// A text cut into words, numbers and stretches without spaces.
fn pieces(text: &str) -> Vec<(Sort, String)> {
    let mut pieces: Vec<(Sort, String)> = Vec::new();
    let mut open = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let sort = match c {
            _ if is_unspaced(c) => Sort::Unspaced,
            _ if c.is_ascii_digit() => Sort::Number,
            _ if c.is_alphanumeric() => Sort::Letters,
            // "children's" is one word, "2.5" one number.
            '\'' | '’' if open => continue,
            '.' if open && characters.peek().is_some_and(char::is_ascii_digit) => Sort::Number,
            _ => {
                open = false;
                continue;
            }
        };
        match pieces.last_mut() {
            Some((last, piece)) if open && *last == sort => piece.push(c),
            _ if c == '.' => open = false,
            _ => {
                pieces.push((sort, c.to_string()));
                open = true;
            }
        }
    }
    pieces
}
