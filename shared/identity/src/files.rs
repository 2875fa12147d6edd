//! Files that are either whole or not there, readable by their owner only.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Creates a directory (and its parents) that only its owner may enter; one that exists is left as
/// it is.
pub(crate) fn create_private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Replaces `directory/name` in one step: a reader, or a start after a crash, finds the old content
/// or the new one.
pub(crate) fn write_atomically(directory: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    // Unique per call, so that two writers of one process do not share a temporary file.
    static SERIAL: AtomicU64 = AtomicU64::new(0);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let temporary = directory.join(format!(".{name}.{}.{serial}", std::process::id()));

    let written =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary).and_then(
            |mut file| {
                file.write_all(content)?;
                file.sync_all()?;
                fs::rename(&temporary, directory.join(name))?;
                File::open(directory)?.sync_all()
            },
        );
    if written.is_err() {
        // Nothing to do about a temporary file that cannot be removed either; the first error is
        // the telling one.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// An exclusive lock between processes, released when dropped or when the process ends, however it
/// ends.
pub(crate) struct FileLock(
    #[expect(dead_code, reason = "the lock lives as long as the open file")] File,
);

impl FileLock {
    /// Waits until no other process holds the lock on this file.
    pub(crate) fn acquire(path: &Path) -> io::Result<Self> {
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
        file.lock()?;
        Ok(Self(file))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::write_atomically;

    #[test]
    fn a_reader_never_sees_half_a_file() {
        let directory = tempfile::tempdir().expect("a directory");
        let contents = [vec![b'a'; 200_000], vec![b'b'; 100_000]];
        write_atomically(directory.path(), "file", &contents[0]).expect("written");
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for round in 0..100 {
                    write_atomically(directory.path(), "file", &contents[round % 2])
                        .expect("written");
                }
            });
            while !writer.is_finished() {
                let read = fs::read(directory.path().join("file")).expect("always there");
                assert!(contents.contains(&read), "{} bytes", read.len());
            }
        });
    }
}
