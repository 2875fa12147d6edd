//! A query as tokens: Latin words, Thai words, numbers and marks.
//!
//! Thai is written without spaces. A run of it is cut so that as few letters as possible are left
//! over and then into as few words as possible, against a vocabulary of words that mean something
//! to us; what no word covers stands as one unknown token.

use std::ops::Range;

use crate::vocabulary;

/// More than anybody types. Bounds the time that a hostile query takes; what is beyond counts as
/// plain text.
const MOST_TOKENS: usize = 256;
const MOST_LETTERS: usize = 1_500;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Latin letters, or those of any other script.
    Word,
    Thai,
    Number(f64),
    Mark(char),
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// Lower case; digits are ASCII and without separators.
    pub(crate) norm: String,
    /// Without the ending of a plural.
    pub(crate) stem: String,
    /// Bytes of the query.
    pub(crate) span: Range<usize>,
    /// Nothing stands between it and the token before.
    pub(crate) glued: bool,
}

impl Token {
    pub(crate) fn is_mark(&self, marks: &str) -> bool {
        matches!(self.kind, Kind::Mark(mark) if marks.contains(mark))
    }

    pub(crate) fn is_word(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Thai)
    }
}

#[derive(Clone, Copy)]
struct Letter {
    char: char,
    start: usize,
    end: usize,
}

pub(crate) fn is_thai(c: char) -> bool {
    ('\u{e01}'..='\u{e2e}').contains(&c)
        || ('\u{e2f}'..='\u{e3a}').contains(&c)
        || ('\u{e40}'..='\u{e4e}').contains(&c)
}

/// Thai as it is stored here: `ํา` typed as two is `ำ`, `เเ` is `แ`.
fn letters(text: &str) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::new();
    for (start, char) in text.char_indices().take(MOST_LETTERS) {
        let end = start + char.len_utf8();
        let char = match char {
            '๐'..='๙' => char::from_digit(char as u32 - '๐' as u32, 10).unwrap_or(char),
            '０'..='９' => char::from_digit(char as u32 - '０' as u32, 10).unwrap_or(char),
            '’' | '‘' => '\'',
            '–' | '—' | '‐' | '‑' | '−' => '-',
            _ => char.to_lowercase().next().unwrap_or(char),
        };
        if let Some(last) = letters.last_mut() {
            let joined = match (last.char, char) {
                ('\u{e4d}', 'า') => Some('ำ'),
                ('เ', 'เ') => Some('แ'),
                _ => None,
            };
            if let Some(joined) = joined {
                *last = Letter { char: joined, start: last.start, end };
                continue;
            }
        }
        letters.push(Letter { char, start, end });
    }
    letters
}

/// Cuts a query; `more` are Thai words beside those of the vocabulary.
pub(crate) fn tokens(text: &str, more: &Trie) -> Vec<Token> {
    let letters = letters(text);
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while at < letters.len() && tokens.len() < MOST_TOKENS {
        let first = letters[at].char;
        let run = |belongs: &dyn Fn(char) -> bool| {
            at + letters[at..].iter().take_while(|letter| belongs(letter.char)).count()
        };
        let is_blank = |c: char| c.is_whitespace() || c.is_control() || is_invisible(c);
        if is_blank(first) {
            at += 1;
        } else if is_thai(first) {
            let end = run(&is_thai);
            for piece in cut(&letters[at..end], more) {
                push(&mut tokens, &letters[at + piece.start..at + piece.end], Kind::Thai);
            }
            at = end;
        } else if first.is_ascii_digit() {
            let (value, end) = number(&letters, at);
            push(&mut tokens, &letters[at..end], Kind::Number(value));
            at = end;
        } else if first.is_alphabetic() {
            let mut end =
                run(&|c| (c.is_alphabetic() && !is_thai(c)) || c == '\'' || is_combining(c));
            // An apostrophe at the end closes a quotation.
            while letters[end - 1].char == '\'' {
                end -= 1;
            }
            push(&mut tokens, &letters[at..end], Kind::Word);
            at = end;
        } else {
            push(&mut tokens, &letters[at..=at], Kind::Mark(first));
            at += 1;
        }
    }
    tokens
}

/// Zero-width spaces and joiners, marks of direction, the byte order mark, the soft hyphen.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
}

fn is_combining(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

fn push(tokens: &mut Vec<Token>, letters: &[Letter], kind: Kind) {
    let (Some(first), Some(last)) = (letters.first(), letters.last()) else { return };
    let separator = |c: &char| matches!(kind, Kind::Number(_)) && *c == ',';
    let norm: String = letters
        .iter()
        .map(|letter| letter.char)
        .filter(|c| !separator(c) && *c != '\'' && !is_combining(*c))
        .collect();
    let stem = if kind == Kind::Word { stem(&norm) } else { norm.clone() };
    let glued = tokens.last().is_some_and(|token| token.span.end == first.start);
    tokens.push(Token { kind, norm, stem, span: first.start..last.end, glued });
}

/// A plural's singular, or nearly so: both sides of a comparison go through here.
pub(crate) fn stem(word: &str) -> String {
    let stem = if word.len() > 4 && word.ends_with("ies") {
        return format!("{}y", &word[..word.len() - 3]);
    } else if word.len() > 4 && ["ches", "shes", "xes"].iter().any(|end| word.ends_with(end)) {
        &word[..word.len() - 2]
    } else if word.len() > 3
        && word.ends_with('s')
        && !["ss", "us", "is"].iter().any(|end| word.ends_with(end))
    {
        &word[..word.len() - 1]
    } else {
        word
    };
    stem.to_owned()
}

/// A number and where it ends: `30,000`, `2.5`, `1.500.000`.
fn number(letters: &[Letter], from: usize) -> (f64, usize) {
    let char = |at: usize| letters.get(at).map(|letter| letter.char);
    let digits = |mut at: usize| {
        while char(at).is_some_and(|c| c.is_ascii_digit()) {
            at += 1;
        }
        at
    };
    let group = |at: usize, mark: char| {
        let end = digits(at + 1);
        (char(at) == Some(mark) && end - at == 4).then_some(end)
    };
    let mut end = digits(from);
    let whole = end;
    if whole - from <= 3 {
        while let Some(next) = group(end, ',') {
            end = next;
        }
        // Two groups or more: a point between thousands.
        if let Some(second) = group(end, '.').and_then(|end| group(end, '.'))
            && end == whole
        {
            end = second;
            while let Some(next) = group(end, '.') {
                end = next;
            }
            return (parse(&letters[from..end], &[',', '.']), end);
        }
    }
    if char(end) == Some('.') && char(end + 1).is_some_and(|c| c.is_ascii_digit()) {
        end = digits(end + 1);
    }
    (parse(&letters[from..end], &[',']), end)
}

fn parse(letters: &[Letter], without: &[char]) -> f64 {
    let text: String =
        letters.iter().map(|letter| letter.char).filter(|c| !without.contains(c)).collect();
    text.parse().unwrap_or(f64::INFINITY)
}

/// A set of Thai words that knows the words beginning at a letter.
#[derive(Debug, Default)]
pub(crate) struct Trie {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    is_end: bool,
    next: Vec<(char, usize)>,
}

impl Node {
    fn after(&self, char: char) -> Option<usize> {
        self.next.iter().find(|(known, _)| *known == char).map(|(_, next)| *next)
    }
}

impl Trie {
    pub(crate) fn add(&mut self, word: &str) {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut at = 0;
        for char in word.chars() {
            at = match self.nodes[at].after(char) {
                Some(next) => next,
                None => {
                    let fresh = self.nodes.len();
                    self.nodes[at].next.push((char, fresh));
                    self.nodes.push(Node::default());
                    fresh
                }
            };
        }
        self.nodes[at].is_end = true;
    }

    /// Lengths, in letters, of the words that `letters` begin with.
    fn words<'a>(&'a self, letters: &'a [Letter]) -> impl Iterator<Item = usize> + 'a {
        let mut node = self.nodes.first();
        letters
            .iter()
            .enumerate()
            .map_while(move |(nth, letter)| {
                node = self.nodes.get(node?.after(letter.char)?);
                Some((nth + 1, node?.is_end))
            })
            .filter(|(_, is_end)| *is_end)
            .map(|(length, _)| length)
    }
}

/// Vowels and tone marks that stand over, under or after their consonant: no word begins there.
fn is_dependent(c: char) -> bool {
    matches!(c, '\u{e30}'..='\u{e3a}' | '\u{e45}' | '\u{e47}'..='\u{e4e}')
}

/// Vowels written before their consonant: no word ends there.
fn is_leading(c: char) -> bool {
    matches!(c, 'เ' | 'แ' | 'โ' | 'ใ' | 'ไ')
}

/// Cuts a run of Thai: least letters left over, then least words.
fn cut(letters: &[Letter], more: &Trie) -> Vec<Range<usize>> {
    // A left-over letter outweighs any number of words.
    const LEFT_OVER: u32 = 100;
    let length = letters.len();
    let is_border = |at: usize| {
        letters.get(at).is_none_or(|letter| !is_dependent(letter.char))
            && (at == 0 || !is_leading(letters[at - 1].char))
    };
    // From the end: the price of the rest, the end of its first piece, and whether it is a word.
    let mut best: Vec<(u32, usize, bool)> = vec![(0, length, true); length + 1];
    for at in (0..length).rev() {
        let mut here = (best[at + 1].0 + LEFT_OVER, at + 1, false);
        if is_border(at) {
            let known = vocabulary::thai().words(&letters[at..]).chain(more.words(&letters[at..]));
            for end in known.map(|length| at + length).filter(|end| is_border(*end)) {
                let cost = best[end].0 + 1;
                if cost < here.0 || (cost == here.0 && end > here.1) {
                    here = (cost, end, true);
                }
            }
        }
        best[at] = here;
    }
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let (mut at, mut unknown) = (0, false);
    while at < length {
        let (_, end, known) = best[at];
        match pieces.last_mut() {
            Some(last) if unknown && !known => last.end = end,
            _ => pieces.push(at..end),
        }
        unknown = !known;
        at = end;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_up(text: &str) -> Vec<String> {
        tokens(text, &Trie::default()).into_iter().map(|token| token.norm).collect()
    }

    #[test]
    fn numbers_with_their_separators() {
        for (text, value) in [
            ("30,000", 30_000.0),
            ("๓๐,๐๐๐", 30_000.0),
            ("1,234,567.5", 1_234_567.5),
            ("1.500.000", 1_500_000.0),
            ("2.5", 2.5),
            ("1.250", 1.25),
        ] {
            let tokens = tokens(text, &Trie::default());
            assert_eq!(tokens.len(), 1, "{text}");
            assert_eq!(tokens[0].kind, Kind::Number(value), "{text}");
        }
        assert_eq!(cut_up("2,3 bed"), ["2", ",", "3", "bed"]);
        assert_eq!(cut_up("35sqm"), ["35", "sqm"]);
    }

    #[test]
    fn thai_is_cut_along_known_words() {
        assert_eq!(cut_up("คอนโดให้เช่าทองหล่อ"), ["คอนโด", "ให้เช่า", "ทองหล่อ"]);
        assert_eq!(cut_up("สองห้องนอน"), ["สอง", "ห้องนอน"]);
        // No word of ours begins in the middle of a syllable.
        assert_eq!(cut_up("สวนหลวง"), ["สวนหลวง"]);
    }

    #[test]
    fn thai_typed_in_another_way_is_the_same() {
        assert_eq!(cut_up("ห้องน\u{e4d}า"), cut_up("ห้องนำ"));
        assert_eq!(cut_up("เเถว"), cut_up("แถว"));
    }
}
