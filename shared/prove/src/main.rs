//! `prove`: shows that what is promised is kept, and that the showing can fail.

use std::{collections::BTreeMap, process::ExitCode};

use clap::{Arg, ArgAction, ArgMatches, Command, Parser, value_parser};
use terrace_prove::{
    AS_IMPATIENT, AS_TERRACE, AS_UNSHIELDED, Extent, Order, PROOFS, Place, Prepared, Proof, run,
    serve_impatient, serve_unshielded,
};

/// A proof that could not be carried out is neither green nor red.
const COULD_NOT: u8 = 2;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let first = args.next().unwrap_or_default();
    // The proofs start this program again as the server that they prove: it is the same code as
    // in the binary `terrace`, and always that of this checkout.
    if first == AS_TERRACE {
        let args = std::iter::once(first).chain(args);
        return terrace_server::cli::run(terrace_server::cli::Cli::parse_from(args));
    }
    if first == AS_UNSHIELDED {
        return serve_unshielded("bestays");
    }
    if first == AS_IMPATIENT {
        return serve_impatient("bestays");
    }
    let matches = command().get_matches();
    let result = match matches.subcommand() {
        Some(("list", matches)) => list(matches.get_flag("json")),
        Some((name, matches)) => match terrace_prove::table::find(name) {
            Some(proof) => prove(proof, matches),
            None => return ExitCode::from(COULD_NOT),
        },
        None => return ExitCode::from(COULD_NOT),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(COULD_NOT)
    })
}

fn command() -> Command {
    let mut command = Command::new("prove")
        .about("Shows that what is promised is kept: one line of JSON for each proof")
        .long_about(
            "Shows that what is promised is kept: one line of JSON on standard output, progress on \
             standard error.\n\nExit codes: 0 every demand held, 1 a demand broke, 2 the proof \
             could not be carried out.",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("list")
                .about("What there is, what it promises, and what must turn it red")
                .arg(flag("json").help("Print JSON")),
        );
    for proof in PROOFS {
        let mutants: Vec<_> = proof.mutants.iter().map(|mutant| mutant.name).collect();
        let mut part = Command::new(proof.name)
            .about(proof.promise)
            .arg(
                Arg::new("seed")
                    .long("seed")
                    .value_name("N")
                    .value_parser(value_parser!(u64))
                    .default_value("1")
                    .help("Whence all that is random comes"),
            )
            .arg(flag("full").help("The numbers that are promised, instead of small ones"))
            .arg(
                Arg::new("mutant")
                    .long("mutant")
                    .value_name("NAME")
                    .num_args(0..=1)
                    .default_missing_value(mutants.first().copied().unwrap_or_default())
                    .value_parser(mutants)
                    .help("Take a protection away: the proof must go red"),
            );
        for setting in proof.settings {
            part = part.arg(
                Arg::new(setting.name)
                    .long(setting.name)
                    .value_name("N")
                    .value_parser(value_parser!(u64).range(..=10_000_000))
                    .help(format!("{} [{}, full: {}]", setting.says, setting.small, setting.full)),
            );
        }
        command = command.subcommand(part);
    }
    command
}

fn flag(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

fn prove(proof: &'static Proof, matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let given = proof.settings.iter().filter_map(|setting| {
        Some((setting.name.to_owned(), *matches.get_one::<u64>(setting.name)?))
    });
    let order = Order {
        extent: if matches.get_flag("full") { Extent::Full } else { Extent::Small },
        settings: given.collect::<BTreeMap<_, _>>(),
        seed: matches.get_one::<u64>("seed").copied().unwrap_or(1),
        mutant: matches.get_one::<String>("mutant").cloned(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        eprintln!("  {}: preparing a brand", proof.name);
        let prepared = Prepared::new(Place::find(std::env::current_exe()?)?).await?;
        let ended = run(&prepared, proof, &order).await?;
        println!("{}", ended.line);
        Ok(ExitCode::from(u8::from(!ended.report.is_green())))
    })
}

fn list(as_json: bool) -> anyhow::Result<ExitCode> {
    if as_json {
        let proofs: Vec<_> = PROOFS
            .iter()
            .map(|proof| {
                let mutants: Vec<_> = proof
                    .mutants
                    .iter()
                    .map(|mutant| {
                        serde_json::json!({"name": mutant.name, "removes": mutant.removes})
                    })
                    .collect();
                let settings: Vec<_> = proof
                    .settings
                    .iter()
                    .map(|setting| {
                        serde_json::json!({"name": setting.name, "says": setting.says,
                            "small": setting.small, "full": setting.full})
                    })
                    .collect();
                serde_json::json!({"name": proof.name, "promise": proof.promise,
                    "settings": settings, "mutants": mutants})
            })
            .collect();
        println!("{}", serde_json::to_string_pretty(&proofs)?);
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = comfy_table::Table::new();
    table
        .load_preset(comfy_table::presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(comfy_table::ContentArrangement::Dynamic)
        .set_header(["proof", "promises", "settings (full)", "red without"]);
    for proof in PROOFS {
        let settings: Vec<_> = proof
            .settings
            .iter()
            .map(|setting| format!("--{} {} ({})", setting.name, setting.small, setting.full))
            .collect();
        let mutants: Vec<_> = proof
            .mutants
            .iter()
            .map(|mutant| format!("{}: {}", mutant.name, mutant.removes))
            .collect();
        table.add_row([
            proof.name.to_owned(),
            proof.promise.to_owned(),
            settings.join("\n"),
            mutants.join("\n"),
        ]);
    }
    println!("{table}");
    Ok(ExitCode::SUCCESS)
}
