//! Decides which fields are the key, the version and the sort key, and which columns each statement writes.

use quote::ToTokens;
use whippet_sql::Table;

use super::input::{Field, Input, same};
use crate::mistakes::Mistakes;

/// The indexes of fields in the struct.
type Fields = Vec<usize>;

/// The roles of the fields.
pub(super) struct Plan {
    /// The fields of the primary key, in the order in which the table lists the key's columns.
    pub(super) key: Fields,
    pub(super) version: Option<usize>,
    /// The fields by which pages are sorted.
    pub(super) page: Fields,
    pub(super) inserted: Fields,
    pub(super) upserted: Fields,
    /// The fields that an update sets. The version is not one of them, because an update increments it.
    pub(super) updated: Fields,
}

impl Plan {
    /// Finds the roles. Returns `None` if there are errors.
    pub(super) fn new(input: &Input, table: &Table, mistakes: &mut Mistakes) -> Option<Self> {
        let fields = &input.fields;
        for (index, field) in fields.iter().enumerate() {
            check_field(input, field, table, mistakes);
            input.check_once(index, mistakes);
        }
        check_required(input, table, mistakes);
        for name in &input.settings.indexed {
            if !fields.iter().any(|field| field.ident == *name) {
                mistakes.add(name, format!("the record has no field `{name}`"));
            }
        }
        let key = key(input, table, mistakes);
        let version = version(input, &key, mistakes);
        let page = page(input, &key, mistakes);
        if !mistakes.is_empty() {
            return None;
        }
        let all = |keep: &dyn Fn(usize, &Field) -> bool| {
            let kept = fields
                .iter()
                .enumerate()
                .filter(|(index, field)| field.settings.generated.is_none() && keep(*index, field));
            kept.map(|(index, _)| index).collect()
        };
        Some(Self {
            inserted: all(&|_, field| field.settings.default.is_none()),
            upserted: all(&|index, field| field.settings.default.is_none() || key.contains(&index)),
            updated: all(&|index, _| !key.contains(&index) && version != Some(index)),
            key,
            version,
            page,
        })
    }
}

fn check_field(input: &Input, field: &Field, table: &Table, mistakes: &mut Mistakes) {
    let Some(column) = input.column(field, table, mistakes) else {
        return;
    };
    let (table, settings) = (input.table.value(), &field.settings);
    let name = &field.column;
    match settings.generated {
        None if column.generated => mistakes.add(
            &field.ident,
            format!("the column `{name}` of the table `{table}` is generated: add `#[record(generated)]`"),
        ),
        Some(span) if !column.generated => mistakes.push(syn::Error::new(
            span,
            format!("the column `{name}` of the table `{table}` is not generated: remove `generated`"),
        )),
        _ => {}
    }
    if let Some(span) = settings.default
        && column.required
    {
        let message =
            format!("the column `{name}` of the table `{table}` has no default: remove `default`");
        mistakes.push(syn::Error::new(span, message));
    }
}

fn check_required(input: &Input, table: &Table, mistakes: &mut Mistakes) {
    for column in table.columns.iter().filter(|column| column.required) {
        let mut fields = input.fields.iter();
        if !fields.any(|field| same(&field.column, &column.name)) {
            let message = format!(
                "the record has no field for the column `{}` of the table `{}`, which is `not null` and has no default: add a field",
                column.name,
                input.table.value()
            );
            mistakes.add(&input.ident, message);
        }
    }
}

/// Returns the fields of the primary key. If any field has the setting `key`, exactly the fields of the primary key
/// must have it.
fn key(input: &Input, table: &Table, mistakes: &mut Mistakes) -> Fields {
    let name = input.table.value();
    if table.key.is_empty() {
        let message = format!("the table `{name}` has no primary key: add one, or use `query_as!`");
        mistakes.push(syn::Error::new(input.table.span(), message));
    }
    let is_marked = input
        .fields
        .iter()
        .any(|field| field.settings.key.is_some());
    let mut key = Vec::new();
    for column in &table.key {
        let mut fields = input.fields.iter();
        let Some(index) = fields.position(|field| same(&field.column, column)) else {
            let message = format!(
                "the record has no field for the column `{column}`, which is part of the primary key of the table `{name}`: add a field"
            );
            mistakes.add(&input.ident, message);
            continue;
        };
        let field = &input.fields[index];
        if is_marked && field.settings.key.is_none() {
            let message = format!(
                "the column `{column}` is part of the primary key of the table `{name}`: add `#[record(key)]`"
            );
            mistakes.add(&field.ident, message);
        }
        if let Some(span) = field.settings.json {
            mistakes.push(syn::Error::new(
                span,
                "a field of the primary key cannot be JSON: remove `json`",
            ));
        }
        key.push(index);
    }
    for (index, field) in input.fields.iter().enumerate() {
        if let Some(span) = field.settings.key
            && !key.contains(&index)
        {
            let message = format!(
                "the column `{}` is not part of the primary key of the table `{name}`, which is: {}",
                field.column,
                table.key.join(", ")
            );
            mistakes.push(syn::Error::new(span, message));
        }
    }
    key
}

fn version(input: &Input, key: &[usize], mistakes: &mut Mistakes) -> Option<usize> {
    let mut version = None;
    for (index, field) in input.fields.iter().enumerate() {
        let Some(span) = field.settings.version else {
            continue;
        };
        let settings = &field.settings;
        if version.is_some() {
            mistakes.push(syn::Error::new(span, "a record can have only one version"));
        } else if key.contains(&index) || settings.json.is_some() || settings.generated.is_some() {
            let message = "the version must be an integer column that is neither part of the key, nor JSON, nor generated";
            mistakes.push(syn::Error::new(span, message));
        }
        version = Some(index);
    }
    version
}

/// Returns the fields by which pages are sorted: the fields in `page(…)`, which must include the key, or only the key
/// if there is no `page(…)`.
fn page(input: &Input, key: &[usize], mistakes: &mut Mistakes) -> Fields {
    if input.settings.page.is_empty() {
        return key.to_vec();
    }
    let mut page = Vec::new();
    for name in &input.settings.page {
        match input.fields.iter().position(|field| field.ident == *name) {
            Some(index) if page.contains(&index) => {
                mistakes.add(name, "the field is listed twice: remove one")
            }
            Some(index) => page.push(index),
            None => mistakes.add(name, format!("the record has no field `{name}`")),
        }
    }
    for missing in key.iter().filter(|index| !page.contains(index)) {
        let field = &input.fields[*missing].ident;
        let message = format!(
            "the sort order of pages must be unique: add the field `{field}`, which is part of the primary key"
        );
        mistakes.add(List(&input.settings.page), message);
    }
    page
}

/// A list of names, so that an error is reported for the whole list.
struct List<'a>(&'a [proc_macro2::Ident]);

impl ToTokens for List<'_> {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        tokens.extend(self.0.iter().map(ToTokens::to_token_stream));
    }
}
