//! Ways to somebody or somewhere: links, e-mail addresses, telephone numbers, houses at roads.

use crate::letters::Letters;

const ENDINGS: [&str; 26] = [
    "com", "net", "org", "info", "biz", "io", "app", "dev", "co", "me", "ai", "xyz", "site",
    "shop", "online", "link", "page", "th", "in.th", "ly", "gl", "to", "cc", "ru", "cn", "example",
];

/// A link with a scheme, with `www.`, or a bare name of a host.
pub(crate) fn link(letters: &Letters, at: usize) -> Option<(String, usize)> {
    if !letters.is_start(at) {
        return None;
    }
    let scheme = scheme(letters, at);
    let end = until_space(letters, scheme.unwrap_or(at));
    if scheme.is_some_and(|after| after < end) || letters.word(at, "www.").is_some() {
        return Some((tidy(&letters.slice(at..end)), trimmed(letters, at, end)));
    }
    let host_ends = host(letters, at)?;
    let end = match letters.at(host_ends) {
        Some('/' | ':' | '?' | '#') => trimmed(letters, at, until_space(letters, host_ends)),
        _ => host_ends,
    };
    Some((tidy(&letters.slice(at..end)), end))
}

fn scheme(letters: &Letters, at: usize) -> Option<usize> {
    let mut end = at;
    while letters.at(end).is_some_and(|l| l.is_ascii_alphanumeric() || matches!(l, '+' | '.')) {
        end += 1;
    }
    let name = letters.slice(at..end);
    let is_link = letters.word(end, "://").is_some()
        || (letters.at(end) == Some(':')
            && ["mailto", "tel", "javascript", "data", "sms", "line", "whatsapp"]
                .contains(&name.as_str()));
    (end > at && is_link).then_some(end + 1)
}

/// A host by its name alone: dots, and an ending that hosts have.
fn host(letters: &Letters, at: usize) -> Option<usize> {
    letters.at(at).filter(char::is_ascii_alphanumeric)?;
    let mut end = at;
    while letters.at(end).is_some_and(|l| l.is_ascii_alphanumeric() || matches!(l, '-' | '.')) {
        end += 1;
    }
    while letters.before(end).is_some_and(|l| matches!(l, '.' | '-')) && end > at {
        end -= 1;
    }
    let name = letters.slice(at..end);
    let (before, ending) = name.rsplit_once('.')?;
    let has_letters = before.chars().any(|letter| letter.is_ascii_alphabetic());
    (ENDINGS.contains(&ending) && has_letters).then_some(end)
}

fn until_space(letters: &Letters, mut at: usize) -> usize {
    let ends = |letter: char| {
        letter.is_whitespace() || matches!(letter, '<' | '>' | '"' | ')' | ']' | '|')
    };
    while letters.at(at).is_some_and(|letter| !ends(letter)) {
        at += 1;
    }
    at
}

fn trimmed(letters: &Letters, from: usize, mut end: usize) -> usize {
    while end > from + 1
        && letters.before(end).is_some_and(|l| matches!(l, '.' | ',' | ';' | '!' | '?' | '\''))
    {
        end -= 1;
    }
    end
}

/// As links are compared: without what a sentence adds and a browser ignores.
pub(crate) fn tidy(link: &str) -> String {
    let link = link.trim_end_matches(['.', ',', ';', '!', '?', '\'']).trim_end_matches('/');
    link.to_lowercase()
}

/// An e-mail address.
pub(crate) fn email(letters: &Letters, at: usize) -> Option<(String, usize)> {
    if !letters.is_start(at) {
        return None;
    }
    let is_local = |l: char| l.is_ascii_alphanumeric() || matches!(l, '.' | '_' | '+' | '-' | '%');
    let mut sign = at;
    while letters.at(sign).is_some_and(is_local) {
        sign += 1;
    }
    if sign == at || letters.at(sign) != Some('@') {
        return None;
    }
    let mut end = sign + 1;
    while letters.at(end).is_some_and(|l| l.is_ascii_alphanumeric() || matches!(l, '.' | '-')) {
        end += 1;
    }
    let end = trimmed(letters, at, end);
    let domain = letters.slice(sign + 1..end);
    domain.contains('.').then(|| (letters.slice(at..end), end))
}

/// A telephone number, as its last eight digits: the country and the zero before the rest are often left out.
pub(crate) fn telephone(letters: &Letters, at: usize) -> Option<(String, usize)> {
    let first = letters.at(at).filter(|l| matches!(l, '+' | '0' | '('))?;
    if first != '+'
        && letters.before(at).is_some_and(|l| l.is_ascii_alphanumeric() || matches!(l, '.' | ','))
    {
        return None;
    }
    let (mut digits, mut end, mut next) = (String::new(), at, at);
    while let Some(letter) = letters.at(next) {
        match letter {
            '0'..='9' => {
                digits.push(letter);
                end = next + 1;
            }
            ' ' | '-' | '(' | ')' | '.' => {}
            '+' if next == at => {}
            _ => break,
        }
        // Two gaps in a row end it.
        if !letter.is_ascii_digit()
            && next > at
            && letters.before(next).is_some_and(|l| matches!(l, ' ' | '.'))
        {
            break;
        }
        next += 1;
    }
    ((8..=15).contains(&digits.len()) && (first == '+' || digits.starts_with('0')))
        .then(|| (number_of(&digits), end))
}

/// The part that all ways to write a number have in common.
pub(crate) fn number_of(digits: &str) -> String {
    let skip = digits.len().saturating_sub(8);
    digits.chars().skip(skip).collect()
}

/// A part of an address: its kind and its name, compared as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A road by its name; what follows it in Thai stands behind it without a gap.
    Road(String),
    /// A numbered lane or village: "soi 24", "moo 5".
    Numbered(&'static str, String),
    /// A house's number with its slash: "123/45".
    House(String),
}

impl Place {
    /// Whether both are one place. Thai names run into what follows, on either side.
    pub(crate) fn is(&self, known: &Self) -> bool {
        match (self, known) {
            (Self::Road(said), Self::Road(known)) => {
                let is_thai = |name: &str| name.chars().all(|letter| !letter.is_ascii());
                said == known
                    || (known.chars().count() >= 3
                        && is_thai(known)
                        && said.starts_with(known.as_str()))
                    || (said.chars().count() >= 3
                        && is_thai(said)
                        && known.starts_with(said.as_str()))
            }
            (said, known) => said == known,
        }
    }
}

const NUMBERED: [(&str, &str); 13] = [
    ("soi", "soi"),
    ("ซอย", "soi"),
    ("ซ.", "soi"),
    ("moo", "moo"),
    ("moo.", "moo"),
    ("village no.", "moo"),
    ("หมู่ที่", "moo"),
    ("หมู่", "moo"),
    ("ม.", "moo"),
    ("house no.", "house"),
    ("บ้านเลขที่", "house"),
    ("เลขที่", "house"),
    ("house number", "house"),
];

const ROADS: [(&str, ()); 13] = [
    ("road", ()),
    ("rd", ()),
    ("rd.", ()),
    ("street", ()),
    ("st.", ()),
    ("avenue", ()),
    ("ave", ()),
    ("lane", ()),
    ("highway", ()),
    ("drive", ()),
    ("boulevard", ()),
    ("alley", ()),
    ("blvd", ()),
];

/// The part of an address that begins here.
pub(crate) fn place(letters: &Letters, at: usize) -> Option<(Place, usize)> {
    if letters.at(at)?.is_ascii() && !letters.is_start(at) {
        return None;
    }
    thai_road(letters, at)
        .or_else(|| numbered(letters, at))
        .or_else(|| house(letters, at))
        .or_else(|| english_road(letters, at))
}

fn thai_road(letters: &Letters, at: usize) -> Option<(Place, usize)> {
    let named = ["ถนน", "ถ."].iter().find_map(|word| letters.word(at, word))?;
    let named = letters.gap(named);
    let mut end = named;
    while letters.at(end).is_some_and(|l| !l.is_whitespace() && !l.is_ascii_punctuation()) {
        end += 1;
    }
    let name = letters.slice(named..end);
    (name.chars().count() >= 2).then_some((Place::Road(name), end))
}

fn numbered(letters: &Letters, at: usize) -> Option<(Place, usize)> {
    // "soi24" is written together, too.
    let (kind, named) = NUMBERED
        .iter()
        .filter(|(word, _)| letters.slice(at..at + word.chars().count()) == *word)
        .map(|(word, kind)| (*kind, at + word.chars().count()))
        .max_by_key(|(_, end)| *end)?;
    let from = letters.gap(named);
    let mut end = letters.digits(from);
    if end == from {
        return None;
    }
    if letters.at(end) == Some('/') && letters.digits(end + 1) > end + 1 {
        end = letters.digits(end + 1);
    }
    let number = letters.slice(from..end);
    let place = match kind {
        "house" => Place::House(number),
        kind => Place::Numbered(kind, number),
    };
    Some((place, end))
}

/// "123/45", unless it is a day, a fraction or "24/7".
fn house(letters: &Letters, at: usize) -> Option<(Place, usize)> {
    if letters.before(at).is_some_and(|l| l.is_ascii_digit() || matches!(l, '/' | '.' | ',')) {
        return None;
    }
    let slash = letters.digits(at);
    let end = letters.digits(slash + 1);
    let is_house = slash > at
        && letters.at(slash) == Some('/')
        && end > slash + 1
        && letters.at(end) != Some('/');
    let number = letters.slice(at..end);
    (is_house && number != "24/7").then_some((Place::House(number), end))
}

/// "Sukhumvit Road" with at most three words before it, and the number of its house.
fn english_road(letters: &Letters, at: usize) -> Option<(Place, usize)> {
    if !letters.is_upper(at) && !letters.at(at)?.is_ascii_digit() {
        return None;
    }
    let mut next = at;
    for nth in 0..5 {
        if nth > 0
            && let Some(((), end)) = letters.one_of(next, &ROADS)
        {
            let name = letters.slice(at..next);
            let name = name.trim().trim_start_matches("the ");
            return (!name.is_empty()).then(|| (Place::Road(name.to_owned()), end));
        }
        let begins = letters.is_upper(next) || (nth == 0 && letters.at(next)?.is_ascii_digit());
        if !begins {
            return None;
        }
        let mut end = next;
        while letters.at(end).is_some_and(|l| l.is_alphanumeric() || matches!(l, '-' | '\'')) {
            end += 1;
        }
        if letters.at(end) != Some(' ') || end == next {
            return None;
        }
        next = letters.gap(end);
    }
    None
}
