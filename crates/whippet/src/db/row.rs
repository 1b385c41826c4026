//! The rows of a query, and their deserialization with `serde`.

use serde::de::{DeserializeOwned, Deserializer, Visitor};

use super::column::Column;
use super::decode_error::DecodeError;
use super::shape::Shapes;
use super::{DbError, MAX_COLUMNS, Value};
use crate::clock;
use crate::record::{JSON_TEXT, RecordError, Values};

/// The rows that a statement returned, and the number of rows that it changed.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each with one value per column.
    pub rows: Vec<Vec<Value>>,
    /// The number of rows that the statement inserted, updated or deleted.
    pub changes: u64,
}

impl Rows {
    /// Creates a result with these columns and without rows.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Limit`] if D1 would leave out columns, or would return them in another order. D1 returns at
    /// most 100 columns, keeps only one of two columns with the same name, and moves columns that are named like an
    /// integer to the front.
    pub fn new(columns: Vec<String>) -> Result<Self, DbError> {
        if columns.len() > MAX_COLUMNS {
            return Err(DbError::Limit(format!(
                "the query returns {} columns, but D1 returns at most {MAX_COLUMNS}: split the query",
                columns.len()
            )));
        }
        let mut names = columns.iter().enumerate();
        if let Some((_, name)) = names.find(|(index, name)| columns[..*index].contains(name)) {
            return Err(DbError::Limit(format!(
                "two columns are named {name}, but D1 returns only one of them: rename one with `as`"
            )));
        }
        // D1's rows are JavaScript objects. An object lists its integer keys first, in ascending order.
        let is_integer = |name: &&String| name.bytes().all(|byte| byte.is_ascii_digit());
        if columns.len() > 1
            && let Some(name) = columns.iter().find(is_integer)
        {
            return Err(DbError::Limit(format!(
                "a column is named {name}, but D1 returns columns with integer names first: rename the column with `as`"
            )));
        }
        Ok(Self {
            columns,
            ..Self::default()
        })
    }

    /// Returns how many rows the statement returned or changed. With a `returning` clause, each row is both changed and
    /// returned, but counts once.
    pub(crate) fn returned_or_changed(&self) -> u64 {
        self.changes.max(self.rows.len() as u64)
    }

    pub(crate) fn first<T: DeserializeOwned>(&self) -> Result<Option<T>, DbError> {
        let row = self.rows.first();
        row.map(|values| self.decode(values, &Shapes::new(self.columns.len())))
            .transpose()
    }

    pub(crate) fn all<T: DeserializeOwned>(&self) -> Result<Vec<T>, DbError> {
        let shapes = Shapes::new(self.columns.len());
        let rows = self.rows.iter();
        rows.map(|values| self.decode(values, &shapes)).collect()
    }

    /// Reads a row. If the row has buffered columns, may read the row several times, until `shapes` has learned the
    /// types of these columns.
    fn decode<T: DeserializeOwned>(&self, values: &[Value], shapes: &Shapes) -> Result<T, DbError> {
        loop {
            let row = Row {
                columns: &self.columns,
                values,
                shapes,
            };
            let read = clock::in_row(|| T::deserialize(row));
            match read {
                Ok(value) if !shapes.have_placeholders() => return Ok(value),
                Ok(_) => shapes.remove_placeholders(),
                Err(error) => shapes.learn(values, error)?,
            }
        }
    }
}

/// Deserializes a row into a struct by the names of the columns, into a tuple by their positions, and into any other
/// type from the value of a single column.
struct Row<'a> {
    columns: &'a [String],
    values: &'a [Value],
    shapes: &'a Shapes,
}

impl<'a> Row<'a> {
    fn named(
        &self,
    ) -> Values<'a, impl Iterator<Item = (&'a str, Column<'a>)> + use<'a>, Column<'a>> {
        let shapes = self.shapes;
        let columns = self.columns.iter().zip(self.values).enumerate();
        Values::new(columns.map(move |(index, (name, value))| {
            (
                name.as_str(),
                Column {
                    value,
                    index,
                    shapes,
                },
            )
        }))
    }

    /// Reads the value of the only column. Fails if the row does not have exactly one column.
    fn single<T>(
        self,
        read: impl FnOnce(Column<'a>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let ([name], [value]) = (self.columns, self.values) else {
            return Err(DecodeError::not_single(self.columns.len()));
        };
        let shapes = self.shapes;
        let column = Column {
            value,
            index: 0,
            shapes,
        };
        read(column).map_err(|error| error.in_value(name))
    }
}

macro_rules! single {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            self.single(|column| column.$method(visitor))
        }
    )*};
}

impl<'de, 'a: 'de> Deserializer<'de> for Row<'a> {
    type Error = DecodeError;

    single! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_option deserialize_seq
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_map(self.named())
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        // serde calls this method for a map, but also for a struct with a flattened field. For such a struct, the
        // visitor does not expect "a map".
        if DecodeError::expected(&visitor) == "a map" {
            return self.single(|column| column.deserialize_map(visitor));
        }
        visitor.visit_map(self.named())
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        // serde reads an array of bytes, such as `[u8; 32]`, as a tuple.
        if let ([Value::Blob(_)], 2..) = (self.values, len) {
            return self.single(|column| column.deserialize_seq(visitor));
        }
        visitor.visit_seq(self.named())
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if name == JSON_TEXT {
            return self.single(|column| column.deserialize_newtype_struct(name, visitor));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.single(|column| column.deserialize_enum(name, variants, visitor))
    }

    serde::forward_to_deserialize_any! {
        i128 u128 bytes byte_buf unit unit_struct identifier ignored_any
    }
}
