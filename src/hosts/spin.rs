//! The Spin entry.

whippet::spin::entry!(crate::app);
