//! `migrations!`: reads a folder of migrations at compile time.

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, LitStr};

/// Returns the tokens of a `whippet::Migrations`, or an error with all mistakes in the folder.
pub(crate) fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let folder: LitStr = syn::parse2(input)?;
    let root = std::env::var("CARGO_MANIFEST_DIR").map_err(|_| {
        Error::new(
            folder.span(),
            "CARGO_MANIFEST_DIR is not set: build with cargo",
        )
    })?;
    let path = Path::new(&root).join(folder.value());
    let names = sql_files(&path).map_err(|why| Error::new(folder.span(), why))?;
    check_numbers(&names).map_err(|why| Error::new(folder.span(), why))?;

    let entries = names.iter().map(|name| {
        let file: PathBuf = path.join(name);
        let file = file.to_string_lossy();
        quote!(::whippet::Migration { name: #name, sql: ::core::include_str!(#file) })
    });
    Ok(quote!(::whippet::Migrations::new(&[#(#entries),*])))
}

fn sql_files(path: &Path) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(path).map_err(|error| {
        format!(
            "cannot read the migrations folder {}: {error}",
            path.display()
        )
    })?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| error.to_string())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".sql") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Checks the numbers in the names of the migration files. wrangler numbers the files from 1 without gaps, so a missing
/// number means that a file is missing.
fn check_numbers(names: &[String]) -> Result<(), String> {
    let mistakes: Vec<String> = names
        .iter()
        .zip(1..)
        .filter_map(|(name, expected): (_, usize)| {
            let well_formed = name.len() > 9
                && name.as_bytes()[4] == b'_'
                && name[..4].bytes().all(|byte| byte.is_ascii_digit());
            if !well_formed {
                return Some(format!("{name} must have a name like 0001_name.sql"));
            }
            let number: usize = name[..4].parse().ok()?;
            (number != expected).then(|| format!("{name} must have the number {expected:04}"))
        })
        .collect();
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(mistakes.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::check_numbers;

    fn check(names: &[&str]) -> Result<(), String> {
        check_numbers(&names.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn files_with_consecutive_numbers_are_accepted() {
        assert_eq!(check(&["0001_a.sql", "0002_b.sql"]), Ok(()));
        assert_eq!(check(&[]), Ok(()));
    }

    #[test]
    fn all_mistakes_in_file_names_are_reported_together() {
        let report = check(&["0001_a.sql", "0001_b.sql", "x.sql", "ä123_y.sql"]).unwrap_err();
        assert!(
            report.contains("0001_b.sql must have the number 0002"),
            "{report}"
        );
        assert!(report.contains("x.sql must have a name like"), "{report}");
        assert!(
            report.contains("ä123_y.sql must have a name like"),
            "{report}"
        );
    }
}
