//! Mail as it arrives: captured messages, read by a parser that is not ours, and a mail server
//! that behaves as it is told.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use mail_parser::MessageParser;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::{TestApp, cluster::RUNTIME};

/// A message, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// `Message-ID` without its brackets.
    pub id: String,
    /// The sender, as `Name <address>`.
    pub from: String,
    /// Where answers go.
    pub reply_to: String,
    /// The recipient's address.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The page.
    pub html: String,
    /// All of its headers, as they came.
    pub headers: String,
}

impl Letter {
    /// Reads a message.
    ///
    /// # Panics
    /// Where it is none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let message = MessageParser::default().parse(bytes).expect("a message");
        let address = |address: Option<&mail_parser::Address<'_>>| {
            let first = address.and_then(|address| address.first()).expect("an address");
            let address = first.address().unwrap_or_default();
            match first.name() {
                Some(name) => format!("{name} <{address}>"),
                None => address.to_owned(),
            }
        };
        let raw = String::from_utf8_lossy(bytes);
        Self {
            id: message.message_id().unwrap_or_default().to_owned(),
            from: address(message.from()),
            reply_to: address(message.reply_to()),
            to: address(message.to()),
            subject: message.subject().unwrap_or_default().to_owned(),
            text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
            html: message.body_html(0).unwrap_or_default().replace("\r\n", "\n"),
            headers: raw.split("\r\n\r\n").next().unwrap_or_default().to_owned(),
        }
    }
}

impl TestApp {
    /// The messages captured so far, by template; those under way are waited for.
    ///
    /// # Panics
    /// Where the folder cannot be read.
    pub async fn letters(&self) -> Vec<(String, Letter)> {
        self.settled().await;
        let Ok(entries) = std::fs::read_dir(&self.profile.mail.capture_dir) else {
            return Vec::new();
        };
        let mut letters: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "eml"))
            .map(|path| {
                let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
                let template = name.split('-').next().unwrap_or_default().to_owned();
                (template, Letter::read(&std::fs::read(&path).expect("a message")))
            })
            .collect();
        letters.sort_by(|a, b| (&a.0, &a.1.id).cmp(&(&b.0, &b.1.id)));
        letters
    }
}

/// How the mail server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Takes every message.
    Takes,
    /// Says "later" to every recipient.
    Later,
    /// Says "never" to every recipient.
    Never,
    /// Takes the message, and hangs up before it says so.
    HangsUp,
}

/// A mail server on a free port of this machine. Stops when it is dropped.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    manner: watch::Sender<Manner>,
    taken: Arc<Mutex<Vec<Letter>>>,
    accepting: tokio::task::AbortHandle,
}

impl MailServer {
    /// Begins to listen.
    ///
    /// # Panics
    /// Where no port is free.
    pub async fn start(manner: Manner) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let (manner, current) = watch::channel(manner);
        let taken = Arc::<Mutex<Vec<Letter>>>::default();
        let box_ = taken.clone();
        let accepting = RUNTIME.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((client, _)) = listener.accept().await {
                let (current, taken) = (current.clone(), box_.clone());
                tokio::spawn(async move {
                    // A client that goes away ends the talk; there is nothing to tell.
                    let _ = talk(client, current, taken).await;
                });
            }
        });
        Self { address, manner, taken, accepting: accepting.abort_handle() }
    }

    /// Its address for the profile.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// From now on it behaves like this.
    pub fn behave(&self, manner: Manner) {
        self.manner.send_replace(manner);
    }

    /// The messages it has taken.
    ///
    /// # Panics
    /// Where a connection has panicked.
    #[must_use]
    pub fn taken(&self) -> Vec<Letter> {
        self.taken.lock().expect("no connection panics").clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn talk(
    mut client: TcpStream,
    manner: watch::Receiver<Manner>,
    taken: Arc<Mutex<Vec<Letter>>>,
) -> std::io::Result<()> {
    let (read, mut write) = client.split();
    let mut lines = BufReader::new(read);
    write.write_all(b"220 test\r\n").await?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let manner = *manner.borrow();
        let answer: &[u8] = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => b"250-test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "RCPT" => match manner {
                Manner::Later => b"450 busy, ask <somebody@private.example> later\r\n",
                Manner::Never => b"550 <somebody@private.example> is unknown\r\n",
                Manner::Takes | Manner::HangsUp => b"250 ok\r\n",
            },
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let message = message(&mut lines).await?;
                taken.lock().expect("no connection panics").push(Letter::read(&message));
                if manner == Manner::HangsUp {
                    return Ok(());
                }
                b"250 taken\r\n"
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"250 ok\r\n",
        };
        write.write_all(answer).await?;
    }
}

/// Everything up to the line that holds one dot.
async fn message(lines: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).await? == 0 || line == b".\r\n" {
            return Ok(message);
        }
        let doubled = line.starts_with(b"..");
        message.extend_from_slice(&line[usize::from(doubled)..]);
    }
}
