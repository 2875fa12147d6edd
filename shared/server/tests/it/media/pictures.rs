//! Pictures, good and bad, made on the spot.

use std::io::{Cursor, Write};

use image::{DynamicImage, ImageEncoder, ImageFormat, Rgb, RgbImage, codecs::jpeg::JpegEncoder};

/// What must never be found in anything stored.
pub(super) const CANARY: &str = "GPS-CANARY-7.7891N-98.3245E";

/// Left half red, right half blue.
pub(super) fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) }
    })
}

pub(super) fn encode(picture: RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut file, format).unwrap();
    file.into_inner()
}

pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    encode(halves(width, height), ImageFormat::Jpeg)
}

pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    encode(halves(width, height), ImageFormat::Png)
}

/// A JPEG whose metadata says that it lies on its side, and where it was taken.
pub(super) fn jpeg_with_exif(width: u32, height: u32, orientation: u16) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x02".to_vec();
    let text = format!("{CANARY}\0");
    // ImageDescription, ASCII, its length, its place behind the table.
    tiff.extend([0x01, 0x0E, 0, 2]);
    tiff.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
    tiff.extend(38_u32.to_be_bytes());
    // Orientation, SHORT, one.
    tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1]);
    tiff.extend(orientation.to_be_bytes());
    tiff.extend([0; 6]);
    tiff.extend(text.as_bytes());
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 90);
    encoder.set_exif_metadata(tiff).unwrap();
    encoder.encode_image(&halves(width, height)).unwrap();
    file
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    let body = [kind.as_slice(), data].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&body);
    chunk.extend(body);
    chunk.extend(crc.sum().to_be_bytes());
    chunk
}

fn deflated(byte: u8, length: usize) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![byte; 1 << 20];
    let mut left = length;
    while left > 0 {
        let part = left.min(block.len());
        encoder.write_all(&block[..part]).unwrap();
        left -= part;
    }
    encoder.finish().unwrap()
}

/// A grey PNG of this size whose pixels are all one: small as a file, huge when decoded.
pub(super) fn blank_png(side: u32, between: &[u8]) -> Vec<u8> {
    let mut header = [side.to_be_bytes(), side.to_be_bytes()].concat();
    // 8 bits, colour, deflate, adaptive, not interlaced.
    header.extend([8, 2, 0, 0, 0]);
    let side = usize::try_from(side).unwrap();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        between.to_vec(),
        chunk(b"IDAT", &deflated(0, side * (side * 3 + 1))),
        chunk(b"IEND", &[]),
    ]
    .concat()
}

/// A text chunk of a few kilobytes that stands for so many bytes.
pub(super) fn text_bomb(length: usize) -> Vec<u8> {
    let mut data = b"Comment\0\0".to_vec();
    data.extend(deflated(b'a', length));
    chunk(b"zTXt", &data)
}
