//! Tables that people open in a spreadsheet. A cell that begins like a formula would be run
//! there, and what strangers write into our forms ends up in cells.

/// What makes a spreadsheet take a text for a formula, in the widths that it accepts.
const TRIGGERS: &[char] = &['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n', '\0'];

/// The text as a cell that is only text: with an apostrophe before what might be run. Programs
/// that cut blanks off before they look are thought of.
#[must_use]
pub fn cell(text: &str) -> String {
    let after_blanks = text.trim_start_matches(is_blank);
    let runs = text.starts_with(TRIGGERS) || after_blanks.starts_with(TRIGGERS);
    if runs { format!("'{text}") } else { text.to_owned() }
}

/// The text of such a cell: without the apostrophe, if that is what made it harmless.
#[must_use]
pub fn text(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if self::cell(text) != text => text,
        _ => cell,
    }
}

/// White space, and what is not seen at all.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What every spreadsheet is known to run, after everything that may stand before it.
    fn payload() -> impl Strategy<Value = String> {
        let before = prop::sample::select(vec![
            "", " ", "\t", "\r", "\n", "\r\n", "\0", "  ", "\u{a0}", "\u{3000}", "\u{feff}",
            "\u{200b}", "\"",
        ]);
        let trigger =
            prop::sample::select(vec!["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", "a"]);
        (before, trigger, ".{0,20}")
            .prop_map(|(before, trigger, rest)| format!("{before}{trigger}{rest}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn no_cell_begins_with_a_trigger(payloads in prop::collection::vec(payload(), 1..8)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            // Not at the very beginning, where a byte order mark is none of the cell's.
            let cells = payloads.iter().map(|text| cell(text));
            writer.write_record(std::iter::once("id".to_owned()).chain(cells)).unwrap();
            let bytes = writer.into_inner().unwrap();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
            let record = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(record.len(), payloads.len() + 1);
            for (read, written) in record.iter().skip(1).zip(&payloads) {
                let seen = read.trim_start_matches(is_blank);
                prop_assert!(!read.starts_with(TRIGGERS) && !seen.starts_with(TRIGGERS), "{:?}", read);
                // Nothing is lost but for the apostrophe.
                prop_assert_eq!(read.strip_prefix('\'').unwrap_or(read), written.strip_prefix('\'').unwrap_or(written));
            }
        }
    }

    #[test]
    fn harmless_text_stays_as_it_is() {
        for text in ["", "Malee", "a=1", "มาลี", "5 rooms", "'quoted'"] {
            assert_eq!(cell(text), text);
        }
        assert_eq!(cell("+66812345678"), "'+66812345678");
        for same in ["- a list", "=1", "plain", "'quoted'", ""] {
            assert_eq!(text(&cell(same)), same);
        }
    }
}
