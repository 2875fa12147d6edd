//! The link by which a guest without an account comes back to their booking.

use actix_web::http::header::HeaderMap;
use terrace_product::Profile;
use uuid::Uuid;

use crate::{
    error::{Code, Error, Result},
    notifications,
    visitors::{Purpose, Signer},
};

/// The header that the token stands in.
pub const HEADER: &str = "booking-token";

/// Id and generation.
const LENGTH: usize = 20;

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The booking that it opens.
    pub booking: Uuid,
    /// The generation that it is of: a booking's owner may end all links of before.
    pub generation: i32,
}

impl Link {
    /// The token of this link.
    #[must_use]
    pub fn token(self, signer: &Signer) -> String {
        let mut payload = [0; LENGTH];
        payload[..16].copy_from_slice(self.booking.as_bytes());
        payload[16..].copy_from_slice(&self.generation.to_be_bytes());
        signer.seal(Purpose::Booking, &payload)
    }

    fn read(signer: &Signer, token: &str) -> Option<Self> {
        let payload: [u8; LENGTH] = signer.open(Purpose::Booking, token)?;
        let (booking, generation) = payload.split_at(16);
        Some(Self {
            booking: Uuid::from_slice(booking).ok()?,
            generation: i32::from_be_bytes(generation.try_into().ok()?),
        })
    }

    /// The page of the booking, with the right to see it. It stands behind the `#`, which a
    /// browser keeps to itself: no server's log has it.
    #[must_use]
    pub fn url(self, profile: &Profile, signer: &Signer) -> String {
        let path = format!("/bookings/{}#{}", self.booking, self.token(signer));
        notifications::front_end(profile, &path)
    }
}

/// The link that a request brings; none where it has no such header.
///
/// # Errors
/// `401` where it is none of ours.
pub(super) fn of_request(signer: &Signer, headers: &HeaderMap) -> Result<Option<Link>> {
    let mut values = headers.get_all(HEADER);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value
            .to_str()
            .ok()
            .and_then(|token| Link::read(signer, token.trim()))
            .map(Some)
            .ok_or_else(refused),
        (Some(_), Some(_)) => Err(refused()),
    }
}

/// The same answer for every reason.
fn refused() -> Error {
    Error::new(Code::Unauthorized)
        .with_detail("The Booking-Token is not valid: take it from the link in the latest letter.")
}
