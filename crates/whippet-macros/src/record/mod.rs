//! `#[derive(Record)]` and `#[derive(RecordPatch)]`.

mod attribute;
mod code;
mod columns;
mod input;
mod parents;
mod patch;
mod plan;
mod sql;

use proc_macro2::TokenStream;
use syn::{DeriveInput, Error};
use whippet_sql::{Checker, Folder};

use crate::mistakes::Mistakes;
use crate::query::folder;
use input::Input;

/// Returns the implementation of `Record`, or compile errors.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    with_table(item, "Record", record)
}

/// Returns the implementation of `RecordPatch`, or compile errors.
pub(crate) fn expand_patch(item: TokenStream) -> TokenStream {
    with_table(item, "RecordPatch", patch::implementation)
}

/// Creates a database from the record's migrations, and calls `implement` with it.
fn with_table(
    item: TokenStream,
    derive: &str,
    implement: fn(&Input, &Checker, &mut Mistakes) -> Option<TokenStream>,
) -> TokenStream {
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    let mut mistakes = Mistakes::default();
    let tokens = Input::read(&item, derive, &mut mistakes).and_then(|input| {
        let failed = |message: String| Error::new(input.table.span(), message);
        let path = folder::path(input.settings.migrations.as_ref()).map_err(failed);
        let path = mistakes.take(path)?;
        let result =
            whippet_sql::in_folder(&path, |checker| implement(&input, checker, &mut mistakes));
        let (tokens, folder): (_, Folder) = mistakes.take(result.map_err(failed))?;
        Some(code::in_constant(&tokens?, &folder))
    });
    if mistakes.is_empty() {
        tokens.unwrap_or_default()
    } else {
        mistakes.into_tokens()
    }
}

fn record(input: &Input, checker: &Checker, mistakes: &mut Mistakes) -> Option<TokenStream> {
    let failed = |message: String| Error::new(input.table.span(), message);
    let table = mistakes.take(checker.table(&input.table.value()).map_err(failed))?;
    let plan = plan::Plan::new(input, &table, mistakes)?;
    let sql = mistakes.take(sql::Sql::new(input, &plan, checker).map_err(failed))?;
    let columns = mistakes.take(sql.check(&plan, checker).map_err(failed))?;
    columns::check(input, &plan, &columns, mistakes);
    let parents = parents::find(input, &table, &columns, mistakes);
    for (field, _) in &parents {
        let has_pages = columns::has_pages(&plan, &columns);
        mistakes.take(
            sql.check_children(*field, &plan, has_pages, checker)
                .map_err(failed),
        )?;
    }
    mistakes
        .is_empty()
        .then(|| code::implementation(input, &plan, &sql, &columns, &parents))
}
