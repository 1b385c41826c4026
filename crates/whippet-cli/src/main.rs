//! The command `whippet`. `whippet build` builds an app for a host, without the programs `worker-build`, `wasm-bindgen`
//! and `wasm-tools`. `whippet env` lists the app's variables. `whippet graphql export` writes the app's GraphQL schema
//! to a file. `whippet migrate` creates, checks and applies the app's migrations. `whippet tasks` shows and changes the
//! tasks of a running app. `whippet logs` formats the app's logs.

#![expect(
    clippy::print_stdout,
    reason = "a command line program prints to standard output"
)]

mod args;
mod build;
mod env;
mod graphql;
mod logs;
mod migrate;
mod tasks;

use std::process::ExitCode;

use args::Command;

fn main() -> ExitCode {
    let result = match args::parse(lexopt::Parser::from_env()) {
        Ok(Command::Help(text)) => {
            print!("{text}");
            Ok(ExitCode::SUCCESS)
        }
        Ok(Command::Version) => {
            println!("whippet {}", env!("CARGO_PKG_VERSION"));
            Ok(ExitCode::SUCCESS)
        }
        Ok(Command::Build(options)) => build::build(&options).map(|()| ExitCode::SUCCESS),
        Ok(Command::Env(options)) => env::env(&options).map(|()| ExitCode::SUCCESS),
        Ok(Command::ExportGraphql(options)) => {
            graphql::export(&options).map(|()| ExitCode::SUCCESS)
        }
        Ok(Command::Migrate(options)) => migrate::migrate(&options),
        Ok(Command::Tasks(options)) => tasks::tasks(&options),
        Ok(Command::Logs(options)) => logs::logs(*options).map(|()| ExitCode::SUCCESS),
        Err(error) => Err(error),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
