//! Spreadsheets run cells that begin with `=`, `+`, `-` or `@` as formulas, wherever they came
//! from. Such a text is written with an apostrophe before it, which reading takes away again.

fn is_trigger(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n')
}

/// A text that no spreadsheet runs.
pub(super) fn guarded(text: &str) -> String {
    if text.starts_with(is_trigger) || unguarded(text) != text {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The text that was guarded. An apostrophe before anything else is the text's own.
pub(super) fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if text.starts_with(|c| is_trigger(c) || c == '\'') => text,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_defused() {
        for text in ["=1+1", "+66 80", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"] {
            assert_eq!(guarded(text), format!("'{text}"));
        }
        for text in ["", "a=1", "'Tis a villa", "'", "12"] {
            assert_eq!(guarded(text), text);
            assert_eq!(unguarded(text), text);
        }
    }

    proptest! {
        #[test]
        fn guarding_loses_nothing(text in "['=+@a\t\r\n-]{0,6}") {
            let cell = guarded(&text);
            prop_assert!(!cell.starts_with(is_trigger), "{cell:?}");
            prop_assert_eq!(unguarded(&cell), text);
        }
    }
}
