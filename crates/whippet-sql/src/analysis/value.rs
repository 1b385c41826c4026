//! What is known about the value of an expression: its storage classes, and whether the value may be null.

use crate::Kind;

/// A set of storage classes. Booleans, which are the integers 0 and 1, are a separate class.
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

    /// Returns the [`Kind`] that describes these classes, or [`Kind::Any`] if no other kind does.
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

/// What is known about the value of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value {
    /// The storage classes that the value can have if it is not null.
    pub(crate) types: Types,
    pub(crate) nullable: bool,
    /// Whether the value, read as a number, can be infinite. SQLite turns NaN, such as the sum of opposite infinite
    /// values, into null.
    pub(crate) infinite: bool,
    /// Whether the value, read as a number, can be zero.
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

    /// Any value of these classes, except null. The analysis assumes that integer arithmetic does not
    /// overflow, so integers are finite.
    pub(crate) const fn of(types: Types) -> Self {
        let integers = Types::BOOLEAN.union(Types::INTEGER);
        Self {
            types,
            nullable: false,
            infinite: !types.is_within(integers),
            zero: true,
        }
    }

    /// Returns the same value. If `nullable` is true, the returned value can also be null.
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

    /// Whether the value can be a blob. Text functions return null for some blobs.
    pub(crate) const fn may_be_blob(self) -> bool {
        self.types.intersects(Types::BLOB)
    }
}
