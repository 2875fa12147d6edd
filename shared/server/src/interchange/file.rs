//! Opening a file: plain or gzip, told apart by its first bytes, and kept from becoming more
//! than it seems.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::bufread::MultiGzDecoder;

use crate::error::{Code, Error};

/// A real listing file shrinks to a third or a quarter. Deflate can promise a thousandfold.
const MOST_RATIO: u64 = 100;
/// Below this, decoded bytes, a ratio says nothing.
const RATIO_FLOOR: u64 = 16 << 20;

/// What makes a file unfit as a whole. Nothing of it is imported.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// Where, counted in line feeds from 1.
    pub(super) line: Option<u64>,
    /// A sentence for a person.
    pub(super) what: String,
}

impl Broken {
    pub(super) fn at(line: u64, what: impl Into<String>) -> Self {
        Self { line: Some(line), what: what.into() }
    }

    pub(super) fn whole(what: impl Into<String>) -> Self {
        Self { line: None, what: what.into() }
    }

    pub(super) fn io(line: u64, error: &io::Error) -> Self {
        let what = match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                "the compressed file ends before it is whole; was it cut while it was copied?"
                    .to_owned()
            }
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                format!("the compressed data is damaged ({error})")
            }
            _ => format!("the file cannot be read: {error}"),
        };
        Self::at(line, what)
    }

    /// As a refusal of the import.
    pub(super) fn refusal(self, path: &Path) -> Error {
        let line = self.line.map(|line| format!(", line {line}")).unwrap_or_default();
        Error::new(Code::InvalidInput).with_detail(format!(
            "{}{line}: {} Nothing was imported.",
            path.display(),
            sentence(&self.what)
        ))
    }
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// A file's decoded bytes.
pub(super) type Decoded = BufReader<Box<dyn Read + Send>>;

/// Opens a file. `consumed` counts the bytes taken from the disk.
pub(super) fn open(path: &Path, consumed: Arc<AtomicU64>) -> Result<Decoded, Broken> {
    let unreadable = |error: &io::Error| Broken::whole(format!("cannot be opened: {error}"));
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    // It may be read twice, when the database asks to try again; a pipe cannot be.
    if !metadata.is_file() {
        return Err(Broken::whole("is not a regular file"));
    }
    if metadata.len() == 0 {
        return Err(Broken::whole("the file is empty"));
    }
    let counted = Counted { inner: file, count: consumed.clone() };
    let mut raw = BufReader::with_capacity(1 << 16, counted);
    let start = raw.fill_buf().map_err(|error| unreadable(&error))?;
    let decoded: Box<dyn Read + Send> = if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(Guarded { inner: MultiGzDecoder::new(raw), decoded: 0, consumed })
    } else {
        Box::new(raw)
    };
    Ok(BufReader::with_capacity(1 << 16, decoded))
}

struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

struct Guarded<R> {
    inner: R,
    decoded: u64,
    consumed: Arc<AtomicU64>,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.decoded += read as u64;
        let consumed = self.consumed.load(Ordering::Relaxed);
        if self.decoded > RATIO_FLOOR && self.decoded / MOST_RATIO > consumed {
            return Err(io::Error::other(format!(
                "it unpacks to more than {MOST_RATIO} times its size, as no listing file does"
            )));
        }
        Ok(read)
    }
}
