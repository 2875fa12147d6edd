//! Text as hosts type it, made fit for a page.

/// One line: line breaks of every kind, tabs and other controls are space, and space is single.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if !is_gap(c) {
            line.push(c);
        } else if !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// U+2028 and U+2029 are not white space to Unicode's own definition of a control, but they
/// break lines.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// At most this many characters; what is longer ends in an ellipsis.
pub(super) fn cut(text: String, most: usize) -> String {
    if text.chars().count() <= most {
        return text;
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// The text of a piece of HTML: tags that part paragraphs are line breaks, others are nothing,
/// entities are their characters. A `<` that begins no tag stands for itself.
pub(super) fn from_html(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&', '\n', '\r', '\u{2028}', '\u{2029}']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let (replacement, length) = match from.as_bytes().first() {
            Some(b'<') => tag(from),
            Some(b'&') => entity(from),
            Some(b'\r') if from.starts_with("\r\n") => Some((Some('\n'), 2)),
            _ => None,
        }
        .unwrap_or_else(|| {
            let c = from.chars().next().unwrap_or_default();
            let shown = if matches!(c, '<' | '&') { c } else { '\n' };
            (Some(shown), c.len_utf8())
        });
        text.extend(replacement);
        rest = from.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    paragraphs(&text)
}

/// Single space in lines, and no more than one empty line in a row.
fn paragraphs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = 0;
    for line in text.split('\n').map(one_line) {
        if line.is_empty() {
            gap += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if gap > 0 { "\n\n" } else { "\n" });
        }
        out.push_str(&line);
        gap = 0;
    }
    out
}

/// What a tag stands for, and its length.
fn tag(html: &str) -> Option<(Option<char>, usize)> {
    let inner = html.strip_prefix('<')?;
    // The files cut descriptions at a thousand characters, wherever that is.
    if ["", "b", "br", "br ", "br /", "/", "/b"].contains(&inner) {
        return Some((None, html.len()));
    }
    let end = inner.find(['>', '<']).filter(|end| inner[*end..].starts_with('>'))?;
    let name = inner.get(..end)?;
    let name = name.strip_prefix('/').unwrap_or(name);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!') {
        return None;
    }
    let name: String = name.chars().take_while(char::is_ascii_alphanumeric).collect();
    let breaks = matches!(
        name.to_ascii_lowercase().as_str(),
        "br" | "p" | "div" | "li" | "ul" | "ol" | "tr" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
    );
    Some((breaks.then_some('\n'), end + 2))
}

/// The character of an entity, and its length.
fn entity(html: &str) -> Option<(Option<char>, usize)> {
    let end = html.bytes().take(12).position(|byte| byte == b';')?;
    let name = html.get(1..end)?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "euro" => '€',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| *c != '\0')?
        }
    };
    Some((Some(c), end + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn html_becomes_text() {
        let cases = [
            ("one<br />two<br>three", "one\ntwo\nthree"),
            ("one<br /><br /><br />two ", "one\n\ntwo"),
            ("<b>The space</b><p>Large</p><p>Bright</p>", "The space\nLarge\n\nBright"),
            ("<5km by bus, a < b, x<y", "<5km by bus, a < b, x<y"),
            ("<15 minutes<br />walk", "<15 minutes\nwalk"),
            ("fish &amp; chips &#39;n&#x27; more &nope; &", "fish & chips 'n' more &nope; &"),
            ("&lt;b&gt;", "<b>"),
            ("a\r\nb\u{2028}c\td", "a\nb\nc d"),
            ("unfinished <br", "unfinished"),
            ("unfinished <bridge", "unfinished <bridge"),
        ];
        for (html, text) in cases {
            assert_eq!(from_html(html), text, "{html:?}");
        }
    }

    #[test]
    fn a_title_is_one_line() {
        assert_eq!(one_line(" a\nb\r\n\u{2028} c\u{0}d\u{a0} "), "a b c d");
        assert_eq!(one_line("\u{2028}\n"), "");
        assert_eq!(one_line("บ้าน  🏝"), "บ้าน 🏝");
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(cut("abc".into(), 3), "abc");
        assert_eq!(cut("ab cd".into(), 4), "ab…");
        assert_eq!(cut("ก".repeat(201), 200).chars().count(), 200);
    }

    proptest! {
        #[test]
        fn any_text_is_made_fit(html in "[<>/&;#a-z \n\u{2028}\u{0}ก]{0,60}") {
            let text = from_html(&html);
            prop_assert!(!text.contains("\n\n\n"), "{text:?}");
            prop_assert!(text.chars().all(|c| c == '\n' || !is_gap(c) || c == ' '), "{text:?}");
            prop_assert_eq!(one_line(&one_line(&html)), one_line(&html));
        }
    }
}
