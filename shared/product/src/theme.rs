//! The look of a brand as tokens, and whether people can read it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::{AssetPath, FontFamily, Invalid};

/// An opaque sRGB colour, written `#rrggbb`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Color([u8; 3]);

impl Color {
    /// # Errors
    /// [`Invalid`] unless the text is `#` and six hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let channels = || {
            let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6)?;
            let mut channels = [0; 3];
            for (channel, pair) in channels.iter_mut().zip(hex.as_bytes().chunks(2)) {
                let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'))?;
                *channel = u8::from_str_radix(pair, 16).ok()?;
            }
            Some(Self(channels))
        };
        channels().ok_or_else(|| Invalid::new("a colour such as `#a8452c`", text))
    }

    /// Relative luminance (WCAG 2.2), 0 for black to 1 for white.
    #[must_use]
    pub fn luminance(self) -> f64 {
        let [r, g, b] = self.0.map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Contrast ratio with another colour (WCAG 2.2), 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

impl TryFrom<String> for Color {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<Color> for String {
    fn from(color: Color) -> Self {
        color.to_string()
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl fmt::Debug for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The brand's colours by what they are for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Colors {
    /// The page.
    pub background: Color,
    /// Cards, forms and menus on the page.
    pub surface: Color,
    /// Lines between things. Decoration: carries no meaning alone.
    pub border: Color,
    /// Text.
    pub text: Color,
    /// Text of second rank.
    pub text_muted: Color,
    /// Buttons and links.
    pub primary: Color,
    /// Text on `primary`.
    pub on_primary: Color,
    /// A tint of `primary` behind text, for what is selected.
    pub primary_soft: Color,
    /// Badges and highlights.
    pub accent: Color,
    /// Text on `accent`.
    pub on_accent: Color,
    /// What went well.
    pub success: Color,
    /// What went wrong or cannot be undone.
    pub danger: Color,
}

/// Font families, the first one that has a glyph wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fonts {
    /// Headings.
    pub heading: Vec<FontFamily>,
    /// Everything else.
    pub body: Vec<FontFamily>,
}

/// The look of a brand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// Colours by what they are for.
    pub colors: Colors,
    /// Families by what they are for.
    pub fonts: Fonts,
    /// Rounding of corners, CSS pixels.
    pub radius_px: u16,
    /// The brand's mark with its name.
    pub logo: AssetPath,
    /// The brand's mark alone, for tabs and home screens.
    pub favicon: AssetPath,
}

/// Least contrast of text of ordinary size (WCAG 2.2, 1.4.3, level AA).
pub const AA_TEXT: f64 = 4.5;

/// A pair of colours that people with low vision cannot tell apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContrastFailure {
    /// The token of the text.
    pub foreground: &'static str,
    /// The token behind it.
    pub background: &'static str,
    /// The contrast ratio they have.
    pub ratio: f64,
    /// The contrast ratio they need.
    pub needed: f64,
}

impl fmt::Display for ContrastFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { foreground, background, ratio, needed } = self;
        write!(
            f,
            "theme.colors.{foreground} on {background} has a contrast of {ratio:.2}, AA needs {needed}"
        )
    }
}

impl Theme {
    /// The pairs of text and ground that miss level AA; empty for a theme that
    /// everybody can read.
    #[must_use]
    pub fn contrast_failures(&self) -> Vec<ContrastFailure> {
        let c = &self.colors;
        let grounds = [("background", c.background), ("surface", c.surface)];
        let texts = [
            ("text", c.text),
            ("text_muted", c.text_muted),
            ("primary", c.primary),
            ("success", c.success),
            ("danger", c.danger),
        ];
        let on_the_page =
            texts.iter().flat_map(|text| grounds.iter().map(move |ground| (*text, *ground)));
        let on_themselves = [
            (("on_primary", c.on_primary), ("primary", c.primary)),
            (("on_accent", c.on_accent), ("accent", c.accent)),
            (("text", c.text), ("primary_soft", c.primary_soft)),
            (("primary", c.primary), ("primary_soft", c.primary_soft)),
        ];
        on_the_page
            .chain(on_themselves)
            .map(|((foreground, text), (background, ground))| ContrastFailure {
                foreground,
                background,
                ratio: text.contrast(ground),
                needed: AA_TEXT,
            })
            .filter(|pair| pair.ratio < pair.needed)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{AA_TEXT, Color};

    fn color(text: &str) -> Color {
        Color::parse(text).expect("a colour")
    }

    /// Reference values of WCAG 2.2 and of the usual contrast checkers.
    #[test]
    fn contrast_is_the_one_of_wcag() {
        for (a, b, ratio) in [
            ("#000000", "#ffffff", 21.0),
            ("#ffffff", "#ffffff", 1.0),
            ("#777777", "#ffffff", 4.48),
            ("#767676", "#ffffff", 4.54),
            ("#333333", "#ffffff", 12.63),
            ("#ff0000", "#ffffff", 4.0),
            ("#0000ff", "#ffffff", 8.59),
            ("#facc15", "#ffffff", 1.53),
        ] {
            for found in [color(a).contrast(color(b)), color(b).contrast(color(a))] {
                assert!((found - ratio).abs() < 0.01, "{a} on {b}: {found}");
            }
        }
        assert!(color("#767676").contrast(color("#ffffff")) >= AA_TEXT);
        assert!(color("#777777").contrast(color("#ffffff")) < AA_TEXT);
    }

    #[test]
    fn a_colour_is_six_hexadecimal_digits() {
        assert_eq!(color("#A8452C").to_string(), "#a8452c");
        for text in ["a8452c", "#a8452", "#a8452cc", "#a8452g", "#+1+2+3", "#ก๐", "red", ""] {
            assert!(Color::parse(text).is_err(), "{text}");
        }
    }
}
