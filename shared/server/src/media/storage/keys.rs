//! What the objects are called.
//!
//! Everything of one upload is named by its stem: 32 random hexadecimal digits that say nothing
//! of the listing or of a person, and that nobody can guess.

use std::fmt;

use uuid::Uuid;

const QUARANTINE: &str = "quarantine";
const PICTURES: &str = "pictures";
const INCOMING: &str = "incoming";

/// The name of an object, or of a folder of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key(String);

impl Key {
    /// A stem for a new upload.
    pub(crate) fn new_stem() -> String {
        Uuid::new_v4().simple().to_string()
    }

    /// The file as it was sent: never served.
    pub(crate) fn quarantine(stem: &str) -> Self {
        Self(format!("{QUARANTINE}/{stem}"))
    }

    /// A file that is still being received.
    pub(crate) fn incoming() -> Self {
        Self(format!("{INCOMING}/{}", Self::new_stem()))
    }

    /// The folder of the pictures that were made of an upload.
    pub(crate) fn pictures(stem: &str) -> Self {
        Self(format!("{PICTURES}/{stem}"))
    }

    /// One of them.
    pub(crate) fn picture(stem: &str, width: u32) -> Self {
        Self(format!("{PICTURES}/{stem}/{}", picture_name(width)))
    }

    /// One of them, by the end of its address; none where that cannot be ours.
    pub(crate) fn of_address(stem: &str, file: &str) -> Option<Self> {
        let width = file.strip_suffix(".webp")?;
        let digits = (1..=5).contains(&width.len()) && width.bytes().all(|b| b.is_ascii_digit());
        (is_stem(stem) && digits).then(|| Self(format!("{PICTURES}/{stem}/{file}")))
    }

    /// All the folders there are.
    pub(crate) fn roots() -> [Self; 3] {
        [QUARANTINE, PICTURES, INCOMING].map(|root| Self(root.to_owned()))
    }

    pub(crate) fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The upload that an object belongs to; none for what belongs to no upload yet.
    pub(crate) fn stem(&self) -> Option<&str> {
        let mut parts = self.0.split('/');
        match (parts.next(), parts.next()) {
            (Some(QUARANTINE | PICTURES), Some(stem)) if is_stem(stem) => Some(stem),
            _ => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The last part of a picture's address.
pub(crate) fn picture_name(width: u32) -> String {
    format!("{width}.webp")
}

fn is_stem(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn only_our_own_names_are_keys() {
        let stem = Key::new_stem();
        assert!(Key::of_address(&stem, "640.webp").is_some());
        for (stem, file) in [
            (stem.as_str(), "640.png"),
            (&stem, ".webp"),
            (&stem, "../640.webp"),
            (&stem, "1234567.webp"),
            ("..", "640.webp"),
            (&stem.to_uppercase(), "640.webp"),
            (&stem[1..], "640.webp"),
        ] {
            assert_eq!(Key::of_address(stem, file), None, "{stem}/{file}");
        }
    }

    #[test]
    fn a_key_knows_its_upload() {
        let stem = Key::new_stem();
        assert_eq!(Key::quarantine(&stem).stem(), Some(stem.as_str()));
        assert_eq!(Key::picture(&stem, 640).stem(), Some(stem.as_str()));
        assert_eq!(Key::incoming().stem(), None);
    }
}
