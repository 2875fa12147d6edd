//! Short texts that nobody else can have written: what they hold, and its HMAC-SHA256 under the
//! brand's own secret.
//!
//! What is signed begins with the purpose and the brand, so that a token for one thing is none
//! for another, and that of one brand none of the other's even under the same secret.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::ExposeSecret;
use terrace_product::Profile;

/// Bytes of an HMAC-SHA256.
const TAG: usize = 32;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Says who a visitor is.
    Visitor,
    /// Ends letters about alerts.
    Unsubscribe,
    /// Opens one booking.
    Booking,
    /// Stands for where a booking was placed from.
    PlacedFrom,
    /// Names what the assistant has drafted for somebody.
    Draft,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Visitor => "terrace visitor 1",
            Self::Unsubscribe => "terrace unsubscribe 1",
            Self::Booking => "terrace booking 1",
            Self::PlacedFrom => "terrace placed from 1",
            Self::Draft => "terrace draft 1",
        }
    }
}

/// Signs for one brand.
pub struct Signer {
    key: hmac::Key,
    product: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("product", &self.product).finish_non_exhaustive()
    }
}

impl Signer {
    /// The brand's own.
    #[must_use]
    pub fn new(profile: &Profile) -> Self {
        let secret = profile.visitors.secret.expose_secret().as_bytes();
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
            product: profile.id.as_str().to_owned(),
        }
    }

    /// A token that holds this.
    pub(crate) fn seal(&self, purpose: Purpose, payload: &[u8]) -> String {
        let tag = hmac::sign(&self.key, &self.message(purpose, payload));
        URL_SAFE_NO_PAD.encode([payload, tag.as_ref()].concat())
    }

    /// A name for something that only we can make of it, and nobody can read back.
    pub(crate) fn pseudonym(&self, purpose: Purpose, what: &[u8]) -> String {
        let tag = hmac::sign(&self.key, &self.message(purpose, what));
        URL_SAFE_NO_PAD.encode(&tag.as_ref()[..16])
    }

    /// What a token holds, if it is one of ours for this purpose.
    pub(crate) fn open<const N: usize>(&self, purpose: Purpose, token: &str) -> Option<[u8; N]> {
        // Sixteen letters for twelve bytes; what is longer is not worth reading.
        if token.len() > (N + TAG) * 4 / 3 + 4 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (payload, tag) = bytes.split_at_checked(N)?;
        hmac::verify(&self.key, &self.message(purpose, payload), tag).ok()?;
        payload.try_into().ok()
    }

    /// Neither name holds a zero, so no two beginnings read the same.
    fn message(&self, purpose: Purpose, payload: &[u8]) -> Vec<u8> {
        [purpose.name().as_bytes(), b"\0", self.product.as_bytes(), b"\0", payload].concat()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signer(secret: &[u8], product: &str) -> Signer {
        Signer { key: hmac::Key::new(hmac::HMAC_SHA256, secret), product: product.to_owned() }
    }

    #[test]
    fn only_its_own_purpose_brand_and_secret_open_it() {
        let ours = signer(b"one", "bestays");
        let token = ours.seal(Purpose::Visitor, b"12345678");
        assert_eq!(ours.open(Purpose::Visitor, &token), Some(*b"12345678"));
        assert_eq!(ours.open::<8>(Purpose::Unsubscribe, &token), None);
        assert_eq!(signer(b"two", "bestays").open::<8>(Purpose::Visitor, &token), None);
        assert_eq!(signer(b"one", "realestate").open::<8>(Purpose::Visitor, &token), None);
        // As long as the whole, cut elsewhere.
        assert_eq!(ours.open::<7>(Purpose::Visitor, &token), None);
        assert_eq!(ours.open::<9>(Purpose::Visitor, &token), None);
    }

    proptest! {
        #[test]
        fn nothing_else_opens(text in "\\PC{0,120}", at in 0_usize..64, with in "[A-Za-z0-9_-]") {
            let ours = signer(b"one", "bestays");
            prop_assert_eq!(ours.open::<16>(Purpose::Visitor, &text), None);
            let token = ours.seal(Purpose::Visitor, &[7; 16]);
            prop_assert_eq!(ours.open::<16>(Purpose::Visitor, &token), Some([7; 16]));
            let mut changed = token.clone();
            changed.replace_range(at..=at, &with);
            prop_assume!(changed != token);
            prop_assert_eq!(ours.open::<16>(Purpose::Visitor, &changed), None);
            prop_assert_eq!(ours.open::<16>(Purpose::Visitor, &token[..at]), None);
        }
    }
}
