//! The binary `terrace`.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    terrace_server::cli::run(terrace_server::cli::Cli::parse())
}
