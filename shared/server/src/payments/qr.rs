//! Codes to scan, drawn here: nobody else hears what a guest owes.

use qrcode::{EcLevel, QrCode, render::svg};

use crate::error::{Error, Result};

/// The code as a drawing, with the quiet zone that readers need.
///
/// # Errors
/// `500` where the text is longer than a code can be.
pub(crate) fn svg(text: &str) -> Result<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(Error::internal)?;
    let colour = |colour| svg::Color(colour);
    Ok(code
        .render()
        .min_dimensions(320, 320)
        .quiet_zone(true)
        .dark_color(colour("#000000"))
        .light_color(colour("#ffffff"))
        .build())
}
