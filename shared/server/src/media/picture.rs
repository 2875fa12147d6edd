//! What is made of a file: checked by its header, decoded under limits, turned upright, made
//! smaller, written anew. Pure computation: it knows no storage and no database.
//!
//! Nothing of the original's bytes gets into what is written, so nothing needs to be filtered:
//! no EXIF, no position, no colour profile, no text, no second file behind the first.

use std::io::Cursor;

use bytes::Bytes;
use fast_image_resize::Resizer;
use image::{
    DynamicImage, GenericImageView, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage,
    metadata::Orientation,
};

/// Widths that are made; never one that is wider than the original.
const WIDTHS: [u32; 4] = [320, 640, 1280, 1920];

/// Longest side. No camera makes a longer one; a longer one is a bomb or a panorama.
const MOST_SIDE: u32 = 8192;

/// What a decoder may take: the largest picture that the profile may allow, four bytes a pixel.
const MOST_MEMORY: u64 = 96 << 20;

/// Of libwebp, 0 to 100: beyond it files grow faster than the eye gains.
const QUALITY: f32 = 80.0;

/// The pictures that were made of a file.
#[derive(Debug)]
pub(super) struct Made {
    /// Of the original, upright.
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) blurhash: String,
    pub(super) phash: i64,
    /// Ascending in width; the last one is the largest.
    pub(super) variants: Vec<Encoded>,
}

/// One of them, as WebP.
#[derive(Debug)]
pub(super) struct Encoded {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bytes: Bytes,
}

/// Why no picture was made of a file, in words for the person who sent it.
pub(super) type Rejection = String;

/// Makes the pictures.
///
/// # Errors
/// Why the file is rejected.
pub(super) fn make(file: Bytes, announced: &str, megapixels: u64) -> Result<Made, Rejection> {
    let (decoded, orientation) = decode(file, announced, megapixels)?;
    let (width, height) = upright(decoded.dimensions(), orientation);
    let largest = shrink(decoded, width.min(1920), width, orientation)?;
    let widths = WIDTHS.iter().copied().filter(|narrow| *narrow < largest.width());
    let mut variants = Vec::new();
    for narrow in widths {
        variants.push(encode(&scaled(&largest, narrow)?)?);
    }
    variants.push(encode(&largest)?);
    let blurhash = blurhash_of(&largest)?;
    let phash = dhash(&largest)?;
    Ok(Made { width, height, blurhash, phash, variants })
}

/// The format, by what the file is and not by what it is called.
pub(super) fn format_of(file: &[u8]) -> Option<(ImageFormat, &'static str)> {
    match file {
        [0xFF, 0xD8, 0xFF, ..] => Some((ImageFormat::Jpeg, "image/jpeg")),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => {
            Some((ImageFormat::Png, "image/png"))
        }
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            Some((ImageFormat::WebP, "image/webp"))
        }
        _ => None,
    }
}

fn decode(
    file: Bytes,
    announced: &str,
    megapixels: u64,
) -> Result<(DynamicImage, Orientation), Rejection> {
    let (format, kind) =
        format_of(&file).ok_or("The file is not a JPEG, PNG or WebP picture.".to_owned())?;
    if kind != announced {
        return Err(format!("The file is {kind}, but was announced as {announced}."));
    }
    // Decoders fill in what is missing; half a picture is not what somebody meant to show.
    if format == ImageFormat::Jpeg && !ends_like_a_jpeg(&file) {
        return Err(unreadable());
    }
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| unreadable())?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let too_large = width.max(height) > MOST_SIDE || pixels > megapixels * 1_000_000;
    if too_large || decoder.total_bytes() > MOST_MEMORY {
        return Err(format!(
            "The picture has {width} x {height} pixels; at most {megapixels} million are taken, \
             and {MOST_SIDE} on a side."
        ));
    }
    if decoder.color_type().bytes_per_pixel() > 4 && decoder.total_bytes() > MOST_MEMORY / 2 {
        return Err(
            "The picture is too deep for its size: save it with 8 bits a colour.".to_owned()
        );
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(|_| unreadable())?;
    Ok((decoded, orientation))
}

fn unreadable() -> Rejection {
    "The file cannot be read: it is broken, or not whole.".to_owned()
}

/// Whether the compressed picture comes to its end marker. Walks the segments, because the
/// preview in the metadata has an end marker of its own.
fn ends_like_a_jpeg(file: &[u8]) -> bool {
    let mut at = 2;
    let mut in_scan = false;
    while let Some(&[lead, marker]) = file.get(at..at + 2) {
        match (lead, marker) {
            (0xFF, 0xD9) => return true,
            // Padding, an escaped byte, a restart: the scan goes on.
            (0xFF, 0xFF) => at += 1,
            (0xFF, 0x00 | 0xD0..=0xD7) => at += 2,
            (0xFF, marker) => {
                let Some(&[high, low]) = file.get(at + 2..at + 4) else { return false };
                at += 2 + usize::from(u16::from_be_bytes([high, low]));
                in_scan = marker == 0xDA;
            }
            _ if in_scan => at += 1,
            _ => return false,
        }
    }
    false
}

fn upright((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    if is_turned(orientation) { (height, width) } else { (width, height) }
}

fn is_turned(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// The largest picture that is shown. It is made smaller first and turned then: turning the
/// original would need its memory twice.
fn shrink(
    decoded: DynamicImage,
    width: u32,
    original: u32,
    orientation: Orientation,
) -> Result<RgbImage, Rejection> {
    let (wide, high) = decoded.dimensions();
    let scale = |side: u32| {
        let side = u64::from(side) * u64::from(width) / u64::from(original.max(1));
        u32::try_from(side).unwrap_or(u32::MAX).max(1)
    };
    let (wide, high) = (scale(wide), scale(high));
    let mut picture = flat(decoded).ok_or_else(unreadable)?;
    while picture.width() / 2 >= wide && picture.height() / 2 >= high {
        picture = halved(picture).ok_or_else(unreadable)?;
    }
    if picture.dimensions() != (wide, high) {
        picture = resized(&picture, wide, high)?;
    }
    let mut upright = DynamicImage::from(picture);
    upright.apply_orientation(orientation);
    Ok(upright.into_rgb8())
}

/// Three bytes a pixel, without transparency: what shines through is white, because floor plans
/// are drawn for paper. The most common large ones are made so where they lie.
fn flat(decoded: DynamicImage) -> Option<RgbImage> {
    let clear = match decoded {
        DynamicImage::ImageRgba8(clear) => clear,
        other if other.color().has_alpha() => other.into_rgba8(),
        other => return Some(other.into_rgb8()),
    };
    let (width, height) = clear.dimensions();
    let mut bytes = clear.into_raw();
    let pixels = bytes.len() / 4;
    for pixel in 0..pixels {
        let alpha = u32::from(bytes[pixel * 4 + 3]);
        for colour in 0..3 {
            let shown = u32::from(bytes[pixel * 4 + colour]) * alpha + 255 * (255 - alpha);
            bytes[pixel * 3 + colour] = u8::try_from(shown / 255).unwrap_or(255);
        }
    }
    bytes.truncate(pixels * 3);
    bytes.shrink_to_fit();
    RgbImage::from_raw(width, height, bytes)
}

/// Half as wide and high, each pixel the mean of four, written over the original: the resizer
/// would need a third of the original's memory beside it.
fn halved(picture: RgbImage) -> Option<RgbImage> {
    let (width, height) = (picture.width() / 2, picture.height() / 2);
    let row = usize::try_from(picture.width()).ok()? * 3;
    let (wide, high) = (usize::try_from(width).ok()? * 3, usize::try_from(height).ok()?);
    let mut bytes = picture.into_raw();
    for y in 0..high {
        for x in 0..wide {
            let at = 2 * y * row + x / 3 * 6 + x % 3;
            let sum: u16 =
                [at, at + 3, at + row, at + row + 3].map(|at| u16::from(bytes[at])).iter().sum();
            bytes[y * wide + x] = u8::try_from((sum + 2) / 4).unwrap_or(255);
        }
    }
    bytes.truncate(wide * high);
    bytes.shrink_to_fit();
    RgbImage::from_raw(width, height, bytes)
}

fn scaled(picture: &RgbImage, width: u32) -> Result<RgbImage, Rejection> {
    let height = u64::from(picture.height()) * u64::from(width) / u64::from(picture.width());
    resized(picture, width, u32::try_from(height).unwrap_or(u32::MAX).max(1))
}

fn resized(picture: &RgbImage, width: u32, height: u32) -> Result<RgbImage, Rejection> {
    let mut small = RgbImage::new(width, height);
    Resizer::new().resize(picture, &mut small, None).map_err(|_| unreadable())?;
    Ok(small)
}

fn encode(picture: &RgbImage) -> Result<Encoded, Rejection> {
    let (width, height) = picture.dimensions();
    let encoded = webp::Encoder::from_rgb(picture, width, height)
        .encode_simple(false, QUALITY)
        .map_err(|_| unreadable())?;
    Ok(Encoded { width, height, bytes: Bytes::copy_from_slice(&encoded) })
}

fn blurhash_of(picture: &RgbImage) -> Result<String, Rejection> {
    let tiny = DynamicImage::from(resized(picture, 32, 32)?).into_rgba8();
    blurhash::encode(4, 3, 32, 32, &tiny).map_err(|_| unreadable())
}

/// dHash: whether each of 8 x 8 pixels is brighter than its neighbour. Scaling, compression and
/// a change of brightness leave most of the 64 bits as they are.
fn dhash(picture: &RgbImage) -> Result<i64, Rejection> {
    let tiny = DynamicImage::from(resized(picture, 9, 8)?).into_luma8();
    let mut bits = 0_u64;
    for (y, x) in (0..8).flat_map(|y| (0..8).map(move |x| (y, x))) {
        let brighter = tiny.get_pixel(x, y).0[0] > tiny.get_pixel(x + 1, y).0[0];
        bits = bits << 1 | u64::from(brighter);
    }
    Ok(bits.cast_signed())
}

#[cfg(test)]
mod tests {
    use super::{Orientation, dhash, ends_like_a_jpeg, flat, halved, make, upright};
    use image::{Rgb, RgbImage};

    fn scene(width: u32, height: u32, lift: u8) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let wave = (f64::from(x) / f64::from(width) * 9.0).sin() * 60.0 + 90.0;
            let grey = wave as u8 + (y * 60 / height) as u8 + lift;
            Rgb([grey, grey / 2 + 40, 255 - grey])
        })
    }

    #[test]
    fn what_looks_alike_has_hashes_that_are_near() {
        let hash = |picture: &RgbImage| dhash(picture).unwrap();
        let distance = |a: i64, b: i64| (a ^ b).count_ones();
        let original = hash(&scene(1600, 1200, 0));
        assert!(distance(original, hash(&scene(400, 300, 12))) <= 4);
        let other = RgbImage::from_fn(800, 600, |x, y| Rgb([((x * 7) ^ (y * 13)) as u8; 3]));
        assert!(distance(original, hash(&other)) > 12);
    }

    #[test]
    fn half_of_a_picture_is_its_mean_and_what_is_clear_is_white() {
        let picture = RgbImage::from_fn(5, 3, |x, y| Rgb([(x * 10 + y * 4) as u8, 7, x as u8]));
        let small = halved(picture).unwrap();
        assert_eq!(small.dimensions(), (2, 1));
        assert_eq!((small.get_pixel(0, 0).0, small.get_pixel(1, 0).0), ([7, 7, 1], [27, 7, 3]));

        let clear = image::RgbaImage::from_fn(3, 1, |x, _| {
            image::Rgba([200, 0, 0, [0, 255, 51][x as usize]])
        });
        let flat: Vec<_> = flat(clear.into()).unwrap().pixels().map(|pixel| pixel.0).collect();
        assert_eq!(flat, [[255, 255, 255], [200, 0, 0], [244, 204, 204]]);
    }

    #[test]
    fn a_picture_that_lies_on_its_side_is_measured_upright() {
        assert_eq!(upright((4000, 3000), Orientation::Rotate90), (3000, 4000));
        assert_eq!(upright((4000, 3000), Orientation::Rotate180), (4000, 3000));
    }

    #[test]
    fn nothing_is_made_larger() {
        for (width, widths) in
            [(200, vec![200]), (700, vec![320, 640, 700]), (2500, vec![320, 640, 1280, 1920])]
        {
            let mut png = std::io::Cursor::new(Vec::new());
            scene(width, 300, 0).write_to(&mut png, image::ImageFormat::Png).unwrap();
            let made = make(png.into_inner().into(), "image/png", 25).unwrap();
            let found: Vec<u32> = made.variants.iter().map(|variant| variant.width).collect();
            assert_eq!(found, widths);
            assert_eq!((made.width, made.height), (width, 300));
        }
    }

    #[test]
    fn a_preview_does_not_end_a_picture() {
        // SOI, APP1 of 6 bytes that hold an end marker, SOS, scan with an escaped byte.
        let whole = [
            0xFF, 0xD8, 0xFF, 0xE1, 0, 6, 0xFF, 0xD9, 1, 2, 0xFF, 0xDA, 0, 2, 7, 0xFF, 0, 9, 0xFF,
            0xD9,
        ];
        assert!(ends_like_a_jpeg(&whole));
        assert!(!ends_like_a_jpeg(&whole[..whole.len() - 2]));
        assert!(!ends_like_a_jpeg(&whole[..8]));
    }
}
