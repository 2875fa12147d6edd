//! `terrace openapi`.

pub(super) fn run() -> anyhow::Result<()> {
    println!("{}", crate::openapi::document().to_pretty_json()?);
    Ok(())
}
