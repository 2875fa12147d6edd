//! The wire between the server and PostgreSQL, with something taken out of what goes through: how
//! a protection that the server asks the database for is removed without a switch in the server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What the wire does to the statements that go through.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tamper {
    /// Blanks these words out of statements that hold the other ones.
    Blank {
        /// What is taken out.
        words: &'static str,
        /// In which statements.
        of: &'static str,
    },
    /// Puts other words, as many letters long, in the place of these in statements that hold the
    /// third ones.
    Swap {
        /// What is taken out.
        words: &'static str,
        /// What comes in its place.
        by: &'static str,
        /// In which statements.
        of: &'static str,
    },
    /// Rolls back one in so many transactions, and says that it was committed.
    Abort {
        /// One in so many.
        one_in: u64,
    },
    /// Says that a transaction was committed, and commits it only after a while: what a client
    /// was told is lost if the server dies meanwhile.
    CommitLate(Duration),
}

/// A wire on a port of its own. Dropped, it takes no new connections.
#[derive(Debug)]
pub(crate) struct Wire {
    port: u16,
    tampers: Arc<AtomicBool>,
    touched: Arc<AtomicU64>,
    accepting: tokio::task::AbortHandle,
}

impl Wire {
    /// A wire to the server at this port of this machine. Nothing is changed until it is told.
    pub(crate) async fn to(target: u16, tamper: Tamper) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let tampers = Arc::new(AtomicBool::new(false));
        let touched = Arc::new(AtomicU64::new(0));
        let (on, counter) = (tampers.clone(), touched.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (on, touched) = (on.clone(), counter.clone());
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect(("127.0.0.1", target)).await {
                        let mut line = Line { client, server, tamper, on, touched };
                        // It ends with either side.
                        let _ = line.serve().await;
                    }
                });
            }
        })
        .abort_handle();
        Ok(Self { port, tampers, touched, accepting })
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Begins to change what goes through.
    pub(crate) fn begin(&self) {
        self.tampers.store(true, Ordering::SeqCst);
    }

    /// Counts the statements that it looked at to change them: a mutant that touched nothing has
    /// mutated nothing.
    pub(crate) fn touched(&self) -> Arc<AtomicU64> {
        self.touched.clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// One connection.
struct Line {
    client: TcpStream,
    server: TcpStream,
    tamper: Tamper,
    on: Arc<AtomicBool>,
    touched: Arc<AtomicU64>,
}

/// What becomes of a message.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Passed,
    Changed,
    /// Told to be done, and done later.
    Late(Duration),
}

const COMMITTED: &[u8] = b"C\x00\x00\x00\x0bCOMMIT\x00Z\x00\x00\x00\x05I";

impl Line {
    async fn serve(&mut self) -> std::io::Result<()> {
        self.client.set_nodelay(true)?;
        self.server.set_nodelay(true)?;
        let mut asked = Messages { greeted: false, pending: Vec::new() };
        let (mut up, mut down) = (vec![0; 16 * 1024], vec![0; 64 * 1024]);
        loop {
            tokio::select! {
                read = self.client.read(&mut up) => {
                    let count = read?;
                    if count == 0 {
                        return Ok(());
                    }
                    asked.pending.extend(up.iter().take(count));
                    while let Some(mut message) = asked.next() {
                        let fate = match self.on.load(Ordering::SeqCst) {
                            true => tamper(self.tamper, &mut message, &self.touched),
                            false => Fate::Passed,
                        };
                        if fate != Fate::Passed {
                            self.touched.fetch_add(1, Ordering::SeqCst);
                        }
                        if let Fate::Late(by) = fate {
                            self.client.write_all(COMMITTED).await?;
                            self.late(by, &mut asked).await?;
                            self.server.write_all(&message).await?;
                            self.swallow_answer().await?;
                        } else {
                            self.server.write_all(&message).await?;
                        }
                    }
                }
                read = self.server.read(&mut down) => {
                    let count = read?;
                    if count == 0 {
                        return Ok(());
                    }
                    self.client.write_all(down.get(..count).unwrap_or_default()).await?;
                }
            }
        }
    }

    /// Waits, and ends where the client is gone meanwhile.
    async fn late(&mut self, by: Duration, asked: &mut Messages) -> std::io::Result<()> {
        let deadline = tokio::time::Instant::now() + by;
        let mut more = vec![0; 16 * 1024];
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(deadline) => return Ok(()),
                read = self.client.read(&mut more) => match read? {
                    0 => return Err(std::io::ErrorKind::ConnectionReset.into()),
                    count => asked.pending.extend(more.iter().take(count)),
                },
            }
        }
    }

    /// Reads the answer to a statement to its end.
    async fn swallow_answer(&mut self) -> std::io::Result<()> {
        loop {
            let letter = self.server.read_u8().await?;
            let length = self.server.read_u32().await?.saturating_sub(4);
            let mut body = vec![0; usize::try_from(length).unwrap_or_default()];
            self.server.read_exact(&mut body).await?;
            if letter == b'Z' {
                return Ok(());
            }
        }
    }
}

/// A client's side of PostgreSQL's protocol: after the greeting, every message is a letter, a
/// length and a body.
struct Messages {
    greeted: bool,
    pending: Vec<u8>,
}

impl Messages {
    /// The next whole message.
    fn next(&mut self) -> Option<Vec<u8>> {
        const SSL_REQUEST: [u8; 4] = 80_877_103_u32.to_be_bytes();
        let letter = usize::from(self.greeted);
        let length: [u8; 4] = self.pending.get(letter..letter + 4)?.try_into().ok()?;
        let whole = letter + usize::try_from(u32::from_be_bytes(length)).ok()?;
        if self.pending.len() < whole {
            return None;
        }
        let message: Vec<u8> = self.pending.drain(..whole).collect();
        if !self.greeted {
            self.greeted = message.get(4..8) != Some(SSL_REQUEST.as_slice());
        }
        Some(message)
    }
}

fn tamper(tamper: Tamper, message: &mut [u8], touched: &AtomicU64) -> Fate {
    if !matches!(message.first(), Some(b'P' | b'Q')) {
        return Fate::Passed;
    }
    let is_commit = message.get(5..) == Some(b"COMMIT\0".as_slice());
    match tamper {
        Tamper::Blank { words, of } => {
            if at(message, of.as_bytes()).is_none() {
                return Fate::Passed;
            }
            let Some(from) = at(message, words.as_bytes()) else { return Fate::Passed };
            if let Some(words) = message.get_mut(from..from + words.len()) {
                words.fill(b' ');
            }
            Fate::Changed
        }
        Tamper::Swap { words, by, of } => {
            if at(message, of.as_bytes()).is_none() || words.len() != by.len() {
                return Fate::Passed;
            }
            let mut fate = Fate::Passed;
            while let Some(from) = at(message, words.as_bytes()) {
                let Some(place) = message.get_mut(from..from + words.len()) else { break };
                place.copy_from_slice(by.as_bytes());
                fate = Fate::Changed;
            }
            fate
        }
        Tamper::Abort { one_in } if is_commit => {
            // Counts those that were let through as well.
            let nth = touched.fetch_add(1, Ordering::SeqCst);
            if nth % one_in == one_in - 1
                && let Some(word) = message.get_mut(5..11)
            {
                word.copy_from_slice(b"ABORT ");
            }
            Fate::Passed
        }
        Tamper::CommitLate(by) if is_commit => Fate::Late(by),
        Tamper::Abort { .. } | Tamper::CommitLate(_) => Fate::Passed,
    }
}

fn at(text: &[u8], words: &[u8]) -> Option<usize> {
    text.windows(words.len()).position(|window| window == words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(letter: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[letter], length.as_slice(), body].concat()
    }

    #[test]
    fn words_are_blanked_where_they_are_meant_and_nowhere_else() {
        let lock = Tamper::Blank { words: "FOR UPDATE", of: "properties" };
        let count = AtomicU64::new(0);
        let mut meant = message(b'P', b"\0SELECT 1 FROM properties FOR UPDATE\0\0\0");
        let before = meant.len();
        assert_eq!(tamper(lock, &mut meant, &count), Fate::Changed);
        assert_eq!(meant.len(), before);
        assert!(at(&meant, b"FOR UPDATE").is_none() && at(&meant, b"FROM properties").is_some());
        let mut other = message(b'P', b"\0SELECT 1 FROM users FOR UPDATE\0\0\0");
        assert_eq!(tamper(lock, &mut other, &count), Fate::Passed);
        let mut values = message(b'B', b"properties FOR UPDATE");
        assert_eq!(tamper(lock, &mut values, &count), Fate::Passed);
    }

    #[test]
    fn words_are_swapped_wherever_they_stand() {
        let swap = Tamper::Swap { words: ", true)", by: ",false)", of: "set_config" };
        let count = AtomicU64::new(0);
        let mut meant = message(b'P', b"\0SELECT set_config($1, true), set_config($2, true)\0\0\0");
        assert_eq!(tamper(swap, &mut meant, &count), Fate::Changed);
        assert_eq!(&meant[6..], b"SELECT set_config($1,false), set_config($2,false)\0\0\0");
        let mut other = message(b'P', b"\0SELECT f(1, true)\0\0\0");
        assert_eq!(tamper(swap, &mut other, &count), Fate::Passed);
    }

    #[test]
    fn one_in_so_many_commits_is_none() {
        let count = AtomicU64::new(0);
        let words: Vec<_> = (0..4)
            .map(|_| {
                let mut commit = message(b'Q', b"COMMIT\0");
                tamper(Tamper::Abort { one_in: 2 }, &mut commit, &count);
                String::from_utf8_lossy(&commit[5..11]).into_owned()
            })
            .collect();
        assert_eq!(words, ["COMMIT", "ABORT ", "COMMIT", "ABORT "]);
    }

    #[test]
    fn messages_are_whole_however_they_arrive() {
        let mut messages = Messages { greeted: false, pending: Vec::new() };
        let ssl = [8_u32.to_be_bytes(), 80_877_103_u32.to_be_bytes()].concat();
        let greeting = [8_u32.to_be_bytes(), 196_608_u32.to_be_bytes()].concat();
        let query = message(b'Q', b"COMMIT\0");
        messages.pending.extend([ssl.clone(), greeting.clone()].concat());
        messages.pending.extend(&query[..3]);
        assert_eq!(messages.next(), Some(ssl));
        assert_eq!(messages.next(), Some(greeting));
        assert_eq!(messages.next(), None);
        messages.pending.extend(&query[3..]);
        assert_eq!(messages.next(), Some(query));
    }
}
