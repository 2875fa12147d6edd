//! What may be reached, as far as the address itself tells.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
};

use url::{Host, Url};

use crate::address::is_public;

/// Why an address is not called. The messages are for the person who gave it; they tell nothing
/// of what a name resolved to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no URL.
    #[error("is no URL")]
    Unreadable,
    /// Not `https`.
    #[error("must begin with https://")]
    Scheme,
    /// `user:password@`.
    #[error("must not carry a user name or password")]
    Credentials,
    /// No port that is open.
    #[error("must use the port {0}")]
    Port(String),
    /// It leads into somebody's own network.
    #[error("leads to an address that is not public")]
    NotPublic,
    /// The name is not known.
    #[error("names a host that cannot be found")]
    Unknown,
    /// More redirects than are followed.
    #[error("redirects too often")]
    Redirects,
}

/// Single addresses of loopback that may be called over plain `http`: somebody's receiver on the
/// machine where they develop, a test's own server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permit(BTreeSet<SocketAddr>);

impl Permit {
    /// None, which is what production has.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// These; whatever is not of loopback is left out.
    #[must_use]
    pub fn loopback(addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        Self(addresses.into_iter().filter(|address| address.ip().is_loopback()).collect())
    }

    fn allows(&self, ip: IpAddr, port: u16) -> bool {
        self.0.contains(&SocketAddr::new(ip, port))
    }
}

/// What may be reached.
#[derive(Clone, Debug)]
pub struct Rules {
    ports: BTreeSet<u16>,
    permit: Permit,
}

impl Default for Rules {
    fn default() -> Self {
        Self::new([443], Permit::none())
    }
}

impl Rules {
    /// Public addresses by `https` on these ports, and what is permitted besides.
    #[must_use]
    pub fn new(ports: impl IntoIterator<Item = u16>, permit: Permit) -> Self {
        Self { ports: ports.into_iter().collect(), permit }
    }

    /// What can be said without resolving the name. The parser of [`Url`] has brought every
    /// notation of an address (decimal, octal, hexadecimal, short) into one.
    ///
    /// # Errors
    /// [`Refusal`] where it may not be called.
    pub fn check_form(&self, url: &Url) -> Result<(), Refusal> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Credentials);
        }
        let port = url.port_or_known_default().ok_or(Refusal::Scheme)?;
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(Refusal::Scheme),
        };
        let web = matches!(url.scheme(), "http" | "https");
        if web && literal.is_some_and(|address| self.permit.allows(address, port)) {
            return Ok(());
        }
        if url.scheme() != "https" {
            return Err(Refusal::Scheme);
        }
        if literal.is_some_and(|address| !is_public(address)) {
            return Err(Refusal::NotPublic);
        }
        if !self.ports.contains(&port) {
            let ports: Vec<_> = self.ports.iter().map(u16::to_string).collect();
            return Err(Refusal::Port(ports.join(" or ")));
        }
        Ok(())
    }
}
