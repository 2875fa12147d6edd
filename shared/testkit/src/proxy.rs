//! A TCP proxy that breaks connections on purpose, and counts what goes through.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::cluster::{RUNTIME, admin_options};

/// What the proxy does with connections, old and new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Passes everything on.
    Pass,
    /// Takes everything and passes nothing on: a frozen server, a cut cable.
    Blackhole,
    /// Resets every connection.
    Reset,
    /// Passes everything on, each piece late.
    Delay(Duration),
}

/// A proxy on a free port of this machine. Stops when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    statements: Arc<AtomicU64>,
    accepting: tokio::task::AbortHandle,
}

impl Proxy {
    /// A proxy in front of the PostgreSQL server under test.
    ///
    /// # Panics
    /// Where no port is free.
    pub async fn to_postgres() -> Self {
        let admin = admin_options();
        Self::to(format!("{}:{}", admin.get_host(), admin.get_port())).await
    }

    /// A proxy in front of `host:port`.
    ///
    /// # Panics
    /// Where no port is free.
    pub async fn to(target: impl Into<String>) -> Self {
        let target = target.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        // Registered with the kit's runtime, not with that of the test.
        let listener = listener.into_std().expect("a listener");
        let (mode, modes) = watch::channel(Mode::Pass);
        let statements = Arc::new(AtomicU64::new(0));
        let counter = statements.clone();
        let accepting = RUNTIME
            .spawn(async move {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((client, _)) = listener.accept().await {
                    let wire = Wire::new(counter.clone());
                    tokio::spawn(serve(client, target.clone(), modes.clone(), wire));
                }
            })
            .abort_handle();
        Self { address, mode, statements, accepting }
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what happens to connections, those that are open included.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// Statements that clients have had executed (PostgreSQL's `Query` and `Execute` messages).
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.mode.send_replace(Mode::Reset);
    }
}

async fn serve(
    client: TcpStream,
    target: String,
    mut modes: watch::Receiver<Mode>,
    mut wire: Wire,
) {
    let Ok(server) = TcpStream::connect(&target).await else { return };
    let (mut client, mut server) = (client, server);
    let (mut up, mut down) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    loop {
        let mode = *modes.borrow_and_update();
        match mode {
            Mode::Reset => {
                let _ = client.set_zero_linger();
                return;
            }
            Mode::Blackhole => {
                // Nothing is read, so nothing is answered, until the mode changes.
                if modes.changed().await.is_err() {
                    return;
                }
                continue;
            }
            Mode::Pass | Mode::Delay(_) => {}
        }
        let passed = tokio::select! {
            changed = modes.changed() => changed.map(|()| true).unwrap_or(false),
            read = client.read(&mut up) => match read {
                Ok(0) | Err(_) => false,
                Ok(count) => {
                    wire.watch(&up[..count]);
                    late(mode).await;
                    server.write_all(&up[..count]).await.is_ok()
                }
            },
            read = server.read(&mut down) => match read {
                Ok(0) | Err(_) => false,
                Ok(count) => {
                    late(mode).await;
                    client.write_all(&down[..count]).await.is_ok()
                }
            },
        };
        if !passed {
            return;
        }
    }
}

async fn late(mode: Mode) {
    if let Mode::Delay(by) = mode {
        tokio::time::sleep(by).await;
    }
}

/// Reads a client's side of PostgreSQL's protocol: after the greeting, every message is a letter
/// and a length.
struct Wire {
    greeted: bool,
    pending: Vec<u8>,
    statements: Arc<AtomicU64>,
}

impl Wire {
    fn new(statements: Arc<AtomicU64>) -> Self {
        Self { greeted: false, pending: Vec::new(), statements }
    }

    fn watch(&mut self, bytes: &[u8]) {
        const SSL_REQUEST: u32 = 80_877_103;
        self.pending.extend_from_slice(bytes);
        loop {
            let letter = usize::from(self.greeted);
            let Some(length) = self.pending.get(letter..letter + 4) else { return };
            let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
            let whole = letter + length;
            if self.pending.len() < whole {
                return;
            }
            let message: Vec<u8> = self.pending.drain(..whole).collect();
            if self.greeted {
                self.count(message[0]);
            } else {
                let code = u32::from_be_bytes([message[4], message[5], message[6], message[7]]);
                self.greeted = code != SSL_REQUEST;
            }
        }
    }

    fn count(&self, letter: u8) {
        if matches!(letter, b'Q' | b'E') {
            self.statements.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// A listener that takes connections and never says a word: what a frozen Redis looks like.
#[derive(Debug)]
pub struct RedisThatNeverAnswers {
    address: SocketAddr,
    accepting: tokio::task::AbortHandle,
}

impl RedisThatNeverAnswers {
    /// Begins to listen.
    ///
    /// # Panics
    /// Where no port is free.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let listener = listener.into_std().expect("a listener");
        let accepting = RUNTIME
            .spawn(async move {
                let listener = TcpListener::from_std(listener).expect("a listener");
                let mut held = Vec::new();
                while let Ok((client, _)) = listener.accept().await {
                    held.push(client);
                }
            })
            .abort_handle();
        Self { address, accepting }
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://{}/0", self.address)
    }
}

impl Drop for RedisThatNeverAnswers {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
