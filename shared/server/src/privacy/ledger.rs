//! Who was erased, kept outside the database: a backup that is restored brings them back, and
//! whoever restores it lets them go again by this file.
//!
//! One line of JSON for each erasure, only ever added to. It holds ids, which lead to nobody once
//! the rows are gone, and addresses as hashes with a salt of their own: it tells whether an address
//! that is there again is one that was erased, not which one that was.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use aws_lc_rs::{
    digest::{SHA256, digest},
    rand,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use terrace_product::Profile;
use uuid::Uuid;

use super::subject::Subject;

/// An erasure.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Entry {
    /// Of the erasure, not of the person.
    pub id: Uuid,
    /// When. Rows from afterwards are somebody's who came back.
    pub at: DateTime<Utc>,
    /// Accounts.
    pub users: Vec<Uuid>,
    /// Visitors.
    pub visitors: Vec<Uuid>,
    /// Stays that were made nobody's.
    pub bookings: Vec<Uuid>,
    /// Enquiries that were made nobody's.
    pub leads: Vec<Uuid>,
    /// What goes before an address when it is hashed.
    pub salt: String,
    /// Hashes of addresses by which stays and enquiries without an account were found.
    pub emails: Vec<String>,
    /// Hashes of addresses that letters went to.
    pub addresses: Vec<String>,
}

impl Entry {
    /// What is to be remembered of erasing this person now.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub(super) fn of(subject: &Subject, at: DateTime<Utc>) -> anyhow::Result<Self> {
        let mut salt = [0; 16];
        rand::fill(&mut salt).map_err(|_| anyhow::anyhow!("no random numbers"))?;
        let salt = hex(&salt);
        let hashed = |addresses: &[String]| {
            addresses.iter().map(|address| hash(&salt, address)).collect::<Vec<_>>()
        };
        Ok(Self {
            id: Uuid::now_v7(),
            at,
            users: subject.users.clone(),
            visitors: subject.visitors.clone(),
            bookings: subject.bookings.clone(),
            leads: subject.leads.clone(),
            emails: hashed(&subject.emails),
            addresses: hashed(&subject.addresses),
            salt,
        })
    }
}

/// The same as the database makes: `encode(sha256(convert_to(salt || address, 'UTF8')), 'hex')`.
fn hash(salt: &str, address: &str) -> String {
    hex(digest(&SHA256, format!("{salt}{address}").as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The ledger of a brand.
#[derive(Clone, Debug)]
pub struct Ledger {
    path: PathBuf,
}

/// What stands in it.
#[derive(Debug, Default)]
pub struct Entries {
    /// In the order in which they were written.
    pub entries: Vec<Entry>,
    /// Lines that cannot be read, from 1.
    pub unreadable: Vec<usize>,
}

impl Ledger {
    /// Where the profile says.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        Self { path: profile.privacy.ledger_dir.join("erasures.jsonl") }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds an entry; it is on the disk when this returns.
    ///
    /// # Errors
    /// Where the file cannot be written: then nobody is erased either.
    pub fn append(&self, entry: &Entry) -> anyhow::Result<()> {
        self.write(entry).with_context(|| format!("the ledger {}", self.path.display()))
    }

    fn write(&self, entry: &Entry) -> anyhow::Result<()> {
        let folder = self.path.parent().context("it has no folder")?;
        std::fs::create_dir_all(folder)?;
        let is_new = !self.path.exists();
        let mut file =
            OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(&self.path)?;
        // Several processes of one brand may write.
        file.lock()?;
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        if !ends_with_a_line(&mut file)? {
            // Somebody lost their power in the middle of one.
            line.insert(0, b'\n');
        }
        file.write_all(&line)?;
        file.sync_all()?;
        if is_new {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    /// Everything in it; nothing where nobody was erased yet.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn read(&self) -> anyhow::Result<Entries> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("the ledger {}", self.path.display()));
            }
        };
        let mut found = Entries::default();
        for (nth, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
            match serde_json::from_str(line) {
                Ok(entry) => found.entries.push(entry),
                Err(_) => found.unreadable.push(nth + 1),
            }
        }
        Ok(found)
    }
}

fn ends_with_a_line(file: &mut File) -> std::io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(address: &str) -> Subject {
        Subject {
            users: vec![Uuid::from_u128(7)],
            addresses: vec![address.to_owned()],
            ..Subject::default()
        }
    }

    #[test]
    fn it_holds_nothing_of_a_person_and_survives_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger { path: folder.path().join("privacy/erasures.jsonl") };
        assert!(ledger.read().unwrap().entries.is_empty());
        let entry = Entry::of(&subject("nok@example.com"), Utc::now()).unwrap();
        ledger.append(&entry).unwrap();
        OpenOptions::new().append(true).open(ledger.path()).unwrap().write_all(b"{\"id\"").unwrap();
        let other = Entry::of(&subject("nok@example.com"), Utc::now()).unwrap();
        ledger.append(&other).unwrap();

        let text = std::fs::read_to_string(ledger.path()).unwrap();
        assert!(!text.contains("nok") && !text.contains("example"), "{text}");
        let found = ledger.read().unwrap();
        let ids: Vec<_> = found.entries.iter().map(|entry| entry.id).collect();
        assert_eq!((ids, found.unreadable), (vec![entry.id, other.id], vec![2]));
        assert_ne!(entry.addresses, other.addresses, "a salt of its own each time");
        assert_eq!(entry.addresses[0], hash(&entry.salt, "nok@example.com"));
        assert_eq!(found.entries[0].users, entry.users);
    }
}
