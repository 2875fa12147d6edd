//! How a person is known again, however they spell themselves.

/// An address as it is compared; the database makes the same of the column (`email_key`).
#[must_use]
pub fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Calling codes of countries where a leading 0 stands for the country itself.
const TRUNK_ZERO: &[(&str, &str)] = &[
    ("AE", "971"),
    ("AU", "61"),
    ("DE", "49"),
    ("FR", "33"),
    ("GB", "44"),
    ("ID", "62"),
    ("JP", "81"),
    ("KH", "855"),
    ("LA", "856"),
    ("MM", "95"),
    ("MY", "60"),
    ("PH", "63"),
    ("TH", "66"),
    ("VN", "84"),
];

/// A telephone number in E.164 form, as it is compared: `081-234 5678` in Thailand is
/// `+66812345678`. A number whose country nobody can tell is its digits alone. None where it is
/// no telephone number.
#[must_use]
pub fn phone_key(phone: &str, country: &str) -> Option<String> {
    let mut digits = String::new();
    let mut international = false;
    for letter in phone.trim().chars() {
        match letter {
            '+' | '＋' if digits.is_empty() && !international => international = true,
            ' ' | '\u{a0}' | '-' | '.' | '(' | ')' | '/' => {}
            letter => digits.push(digit(letter)?),
        }
    }
    if let Some(rest) = digits.strip_prefix("00").filter(|_| !international) {
        (digits, international) = (rest.to_owned(), true);
    }
    let code = TRUNK_ZERO.iter().find(|(name, _)| *name == country).map(|(_, code)| *code);
    let key = match (international, code) {
        // Written by many as +66 (0)81: the 0 is for calls from inside.
        (true, Some(code)) => match digits.strip_prefix(code) {
            Some(rest) => format!("+{code}{}", rest.strip_prefix('0').unwrap_or(rest)),
            None => format!("+{digits}"),
        },
        (true, None) => format!("+{digits}"),
        (false, Some(code)) => match digits.strip_prefix('0') {
            Some(rest) => format!("+{code}{rest}"),
            // The country's code, written without a plus.
            None if digits.len() > 9 && digits.starts_with(code) => format!("+{digits}"),
            None => digits,
        },
        (false, None) => digits,
    };
    let length = key.trim_start_matches('+').len();
    (6..=15).contains(&length).then_some(key)
}

/// Of any script that people type numbers in here.
fn digit(letter: char) -> Option<char> {
    let zero = match letter {
        '0'..='9' => '0',
        '๐'..='๙' => '๐',
        '０'..='９' => '０',
        _ => return None,
    };
    char::from_digit(u32::from(letter) - u32::from(zero), 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_key() {
        for spelling in [
            "0812345678",
            "081-234-5678",
            "(081) 234 5678",
            "+66812345678",
            "+66 81 234 5678",
            "+66 (0)81 234 5678",
            "0066812345678",
            "66812345678",
            "๐๘๑๒๓๔๕๖๗๘",
            "０８１２３４５６７８",
        ] {
            assert_eq!(phone_key(spelling, "TH").as_deref(), Some("+66812345678"), "{spelling}");
        }
        assert_eq!(phone_key("02 123 4567", "TH").as_deref(), Some("+6621234567"));
        assert_eq!(phone_key("+44 20 7946 0958", "TH").as_deref(), Some("+442079460958"));
        assert_eq!(phone_key("020 7946 0958", "GB").as_deref(), Some("+442079460958"));
        assert_eq!(phone_key("555 0100 99", "US").as_deref(), Some("555010099"));
        assert_ne!(phone_key("0812345678", "TH"), phone_key("0812345678", "GB"));
    }

    #[test]
    fn what_is_no_number_has_no_key() {
        for text in [
            "",
            "12345",
            "call me",
            "081+2345678",
            "0812345678 ext 4",
            "1234567890123456",
            "++66812345678",
        ] {
            assert_eq!(phone_key(text, "TH"), None, "{text}");
        }
    }

    #[test]
    fn case_and_space_make_no_other_person() {
        assert_eq!(email_key(" Malee@Example.COM "), "malee@example.com");
    }
}
