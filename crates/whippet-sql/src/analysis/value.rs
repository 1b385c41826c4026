//! Represents what the analysis knows about the value of an expression: its possible storage classes, and whether it
//! may be null.

use crate::Kind;

/// A set of storage classes. Booleans are the integers 0 and 1 in SQLite, but a separate class here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Types(u8);

impl Types {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const BOOLEAN: Self = Self(1);
    pub(crate) const INTEGER: Self = Self(2);
    pub(crate) const REAL: Self = Self(4);
    pub(crate) const TEXT: Self = Self(8);
    pub(crate) const BLOB: Self = Self(16);
    pub(crate) const NUMBER: Self = Self(7);
    pub(crate) const ANY: Self = Self(31);

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the [`Kind`] that contains exactly these classes, or else [`Kind::Any`].
    pub(crate) fn kind(self) -> Kind {
        let integer = Self::BOOLEAN.union(Self::INTEGER);
        match self {
            Self::NONE => Kind::Any,
            Self::BOOLEAN => Kind::Boolean,
            Self::REAL => Kind::Real,
            Self::TEXT => Kind::Text,
            Self::BLOB => Kind::Blob,
            types if types.is_within(integer) => Kind::Integer,
            types if types.is_within(Self::NUMBER) => Kind::Number,
            _ => Kind::Any,
        }
    }
}

/// What is known about the value of an expression. The value is different in each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value {
    /// The storage classes that the value can have if it is not null.
    pub(crate) types: Types,
    pub(crate) nullable: bool,
    /// True if the value can be infinite after conversion to a number. Arithmetic with infinite values can result in
    /// NaN, and SQLite returns null instead of NaN.
    pub(crate) infinite: bool,
    /// True if the value can be zero after conversion to a number.
    pub(crate) zero: bool,
}

impl Value {
    /// The value of an expression that is never evaluated.
    pub(crate) const NEVER: Self = Self {
        types: Types::NONE,
        nullable: false,
        infinite: false,
        zero: false,
    };

    pub(crate) const NULL: Self = Self {
        types: Types::NONE,
        nullable: true,
        infinite: false,
        zero: false,
    };

    /// A value about which nothing is known.
    pub(crate) const UNKNOWN: Self = Self::of(Types::ANY).or_null(true);

    pub(crate) const BOOLEAN: Self = Self::of(Types::BOOLEAN);
    pub(crate) const INTEGER: Self = Self::of(Types::INTEGER);
    pub(crate) const REAL: Self = Self::of(Types::REAL);
    pub(crate) const TEXT: Self = Self::of(Types::TEXT);
    pub(crate) const BLOB: Self = Self::of(Types::BLOB);

    /// Any value of these classes, except null. SQLite converts the result to a float if integer arithmetic overflows.
    /// The analysis ignores this, so integers are always finite.
    pub(crate) const fn of(types: Types) -> Self {
        let integers = Types::BOOLEAN.union(Types::INTEGER);
        Self {
            types,
            nullable: false,
            infinite: !types.is_within(integers),
            zero: true,
        }
    }

    /// Returns `self`, but if `nullable` is true, the returned value can also be null.
    pub(crate) const fn or_null(self, nullable: bool) -> Self {
        Self {
            nullable: self.nullable || nullable,
            ..self
        }
    }

    pub(crate) const fn not_null(self) -> Self {
        Self {
            nullable: false,
            ..self
        }
    }

    /// A value that is either `self` or `other`.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self {
            types: self.types.union(other.types),
            nullable: self.nullable || other.nullable,
            infinite: self.infinite || other.infinite,
            zero: self.zero || other.zero,
        }
    }

    /// Returns whether the value can be a blob. SQLite's text functions return null for some blobs.
    pub(crate) const fn may_be_blob(self) -> bool {
        self.types.intersects(Types::BLOB)
    }
}
