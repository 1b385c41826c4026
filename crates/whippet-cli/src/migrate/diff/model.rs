//! The tables that the records of a program describe.

/// A record: a struct with `#[derive(Record)]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The name of the struct.
    pub(super) name: String,
    pub(super) table: String,
    pub(super) fields: Vec<Field>,
    /// Whether a field has the setting `key`. If no field has this setting, the field `id` is the key of a new table.
    pub(super) has_key: bool,
    pub(super) indexes: Vec<Index>,
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// The name of the column.
    pub(super) column: String,
    /// The SQL type: `integer`, `real`, `text`, `blob` or `any`.
    pub(super) kind: String,
    pub(super) nullable: bool,
    pub(super) is_key: bool,
    pub(super) is_version: bool,
    pub(super) default: Setting,
    pub(super) generated: Setting,
    pub(super) parent: Option<Parent>,
}

/// A setting that may have SQL as its value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Setting {
    #[default]
    Absent,
    /// The setting has no value.
    Present,
    Sql(String),
}

impl Setting {
    pub(super) fn is_absent(&self) -> bool {
        *self == Self::Absent
    }

    pub(super) fn sql(&self) -> Option<&str> {
        match self {
            Self::Sql(sql) => Some(sql),
            Self::Absent | Self::Present => None,
        }
    }
}

/// The record that a foreign key refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parent {
    /// The table.
    pub(super) table: String,
    /// The column to which the foreign key refers. `None` means the parent's primary key.
    pub(super) column: Option<String>,
    /// The action when a row of the parent is deleted, such as `cascade`.
    pub(super) on_delete: Option<String>,
}

/// An index that a record requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) columns: Vec<String>,
    pub(super) is_unique: bool,
}

impl Record {
    /// Returns the fields of the primary key.
    pub(super) fn key(&self) -> Vec<&Field> {
        self.fields.iter().filter(|field| field.is_key).collect()
    }
}

impl Field {
    /// Returns the field with its settings for a new column: a version column without a default gets the default 1.
    pub(super) fn as_new(&self) -> Self {
        let mut field = self.clone();
        if field.is_version && field.default.is_absent() {
            field.default = Setting::Sql("1".to_owned());
        }
        field
    }
}
