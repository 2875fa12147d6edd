//! Whom PostgreSQL runs as: it refuses to run as root.

use std::{
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::Command,
};

use anyhow::{Context, bail};

/// Users that a server may run as, in order of preference.
const CANDIDATES: [&str; 3] = ["postgres", "nobody", "daemon"];

/// An unprivileged user of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// Whom to run as; none stands for the present user, which is right for everyone but root.
    pub(crate) fn of_service() -> anyhow::Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let users = std::fs::read_to_string("/etc/passwd").context("/etc/passwd")?;
        match CANDIDATES.iter().find_map(|name| find(&users, name)) {
            Some(account) => Ok(Some(account)),
            None => bail!(
                "PostgreSQL refuses to run as root, and there is none of the users {}; create \
                 one, or run this as an ordinary user",
                CANDIDATES.join(", ")
            ),
        }
    }

    /// Lets a command run as this user.
    pub(crate) fn wear(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    /// Makes something this user's.
    pub(crate) fn own(self, path: &Path) -> anyhow::Result<()> {
        chown(path, Some(self.uid), Some(self.gid)).with_context(|| path.display().to_string())
    }
}

fn find(users: &str, name: &str) -> Option<Account> {
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    fields.filter(|fields| fields.first() == Some(&name)).find_map(|fields| {
        let number = |nth: usize| fields.get(nth)?.parse().ok();
        let (uid, gid) = (number(2)?, number(3)?);
        (uid != 0).then_some(Account { uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_the_whole_name_and_root_is_none() {
        let users = "root:x:0:0::/:/bin/sh\npostgresx:x:5:5::/:\npostgres:x:111:115::/:\n";
        assert_eq!(find(users, "postgres"), Some(Account { uid: 111, gid: 115 }));
        assert_eq!(find(users, "root"), None);
        assert_eq!(find(users, "nobody"), None);
    }
}
