//! A value that tells who somebody is, on its way through code that logs.

use std::fmt;

/// Something of a person that `{:?}` does not show: a struct that travels with it may be logged.
/// It has no `Display`: whoever wants it says so.
#[derive(Clone, PartialEq, Eq)]
pub struct Private<T = String>(T);

impl<T> Private<T> {
    /// The value itself, for where it is meant to go.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The same, for good.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> From<T> for Private<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[private]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_private_is_not_printed() {
        let address = Private::from("nok@example.com".to_owned());
        assert_eq!(format!("{address:?} {:?}", Some(&address)), "[private] Some([private])");
        assert_eq!(address.expose(), "nok@example.com");
    }
}
