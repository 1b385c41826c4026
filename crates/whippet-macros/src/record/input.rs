//! Reads a struct that derives `Record` or `RecordPatch`.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DeriveInput, LitStr, Path, Type};
use whippet_sql::{Table, TableColumn};

use super::attribute::{self, FieldSettings, Settings};
use crate::mistakes::Mistakes;
use crate::named_fields::named_fields;

/// A struct whose fields are columns of a table.
pub(super) struct Input {
    pub(super) ident: Ident,
    pub(super) krate: Path,
    pub(super) table: LitStr,
    pub(super) settings: Settings,
    pub(super) fields: Vec<Field>,
}

/// A field of the struct.
pub(super) struct Field {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    /// The name of the column.
    pub(super) column: String,
    pub(super) settings: FieldSettings,
}

impl Input {
    /// Reads the struct. Returns `None` if an error makes it impossible to check the rest of the struct.
    pub(super) fn read(item: &DeriveInput, derive: &str, mistakes: &mut Mistakes) -> Option<Self> {
        let generic = "a record cannot be generic";
        let settings = attribute::settings(&item.attrs, mistakes);
        let fields = named_fields(item, derive, generic, mistakes)?;
        let fields = fields.iter().filter_map(|field| {
            let ident = field.ident.clone()?;
            let settings = attribute::field_settings(&field.attrs, mistakes);
            let name = settings.column.as_ref().map(LitStr::value);
            Some(Field {
                column: name.unwrap_or_else(|| ident.unraw().to_string()),
                ident,
                ty: field.ty.clone(),
                settings,
            })
        });
        let fields = fields.collect();
        let Some(table) = settings.table.clone() else {
            mistakes.add(
                &item.ident,
                "the table is missing: add `#[record(table = \"…\")]`",
            );
            return None;
        };
        Some(Self {
            ident: item.ident.clone(),
            krate: settings
                .krate
                .clone()
                .unwrap_or_else(|| syn::parse_quote!(::whippet)),
            table,
            settings,
            fields,
        })
    }

    /// Adds an error if a field before this one has the same column.
    pub(super) fn check_once(&self, index: usize, mistakes: &mut Mistakes) {
        let field = &self.fields[index];
        let mut earlier = self.fields[..index].iter();
        if earlier.any(|other| same(&other.column, &field.column)) {
            let message = format!("two fields have the column `{}`: remove one", field.column);
            mistakes.add(&field.ident, message);
        }
    }

    /// Returns the column of a field. If the table has no such column, adds an error and returns `None`.
    pub(super) fn column<'t>(
        &self,
        field: &Field,
        table: &'t Table,
        mistakes: &mut Mistakes,
    ) -> Option<&'t TableColumn> {
        let column = table
            .columns
            .iter()
            .find(|column| same(&column.name, &field.column));
        if column.is_none() {
            let names: Vec<_> = table.columns.iter().map(|column| &*column.name).collect();
            let message = format!(
                "the table `{}` has no column `{}`; its columns are: {}",
                self.table.value(),
                field.column,
                names.join(", ")
            );
            match &field.settings.column {
                Some(name) => mistakes.add(name, message),
                None => mistakes.add(&field.ident, message),
            }
        }
        column
    }
}

impl Field {
    /// Returns the location of the field's type, where errors about the type of the column are reported.
    pub(super) fn type_span(&self) -> Span {
        self.ty.span()
    }
}

/// Returns whether two names are equal for SQLite, which ignores the case of ASCII letters.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}
