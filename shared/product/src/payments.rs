//! How a product is paid.

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    locale::LocalisedText,
    net::HttpUrl,
    sections::milliseconds,
    text::{Invalid, text_type},
};

/// Who takes money for a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentProvider {
    /// A bank transfer or PromptPay: a person sees that the money is there and says so.
    Manual,
    /// Stripe, or a server that speaks like it.
    Stripe,
}

impl PaymentProvider {
    /// The name, as the profile, the database and the API spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Stripe => "stripe",
        }
    }
}

impl std::str::FromStr for PaymentProvider {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "manual" => Ok(Self::Manual),
            "stripe" => Ok(Self::Stripe),
            other => Err(Invalid::new("`manual` or `stripe`", other)),
        }
    }
}

/// How a product is paid.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payments {
    /// Who takes money; the first is offered first, none takes none.
    pub providers: Vec<PaymentProvider>,
    /// Where PromptPay transfers go.
    pub promptpay_id: Option<PromptPayId>,
    /// Where bank transfers go, in words.
    #[serde(default)]
    pub bank_account: LocalisedText,
    /// Where Stripe is reached.
    pub stripe_url: HttpUrl,
    /// What opens it.
    pub stripe_secret_key: Option<SecretString>,
    /// What its deliveries are signed with.
    pub stripe_webhook_secret: Option<SecretString>,
    /// What they were signed with before: good as well, while one is changed for the other.
    pub stripe_previous_webhook_secret: Option<SecretString>,
    /// How long Stripe may take to answer.
    #[serde(rename = "stripe_timeout_ms", deserialize_with = "milliseconds")]
    pub stripe_timeout: Duration,
}

impl Payments {
    /// Whether this one takes money for the product.
    #[must_use]
    pub fn has(&self, provider: PaymentProvider) -> bool {
        self.providers.contains(&provider)
    }
}

text_type!(
    /// Whom PromptPay pays: a mobile number, a national or tax id, or an e-wallet.
    PromptPayId,
    "a PromptPay id (a mobile number such as `0812345678`, 13 digits of a national or tax id, or 15 digits of an e-wallet)",
    |text| text.bytes().all(|byte| byte.is_ascii_digit()) && match text.len() {
        10 => ["06", "08", "09"].iter().any(|start| text.starts_with(start)),
        length => length == 13 || length == 15,
    }
);

#[cfg(test)]
mod tests {
    use super::{PaymentProvider, PromptPayId};

    #[test]
    fn an_id_is_a_number_of_one_of_three_lengths() {
        for text in ["0812345678", "0612345678", "0105561000000", "004999000288505"] {
            assert!(PromptPayId::parse(text).is_ok(), "{text}");
        }
        for text in ["", "0212345678", "+66812345678", "081-234-5678", "08123456789", "๐๘๑๒๓๔๕๖๗๘"]
        {
            assert!(PromptPayId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for provider in [PaymentProvider::Manual, PaymentProvider::Stripe] {
            assert_eq!(provider.as_str().parse(), Ok(provider));
        }
        assert!("paypal".parse::<PaymentProvider>().is_err());
    }
}
