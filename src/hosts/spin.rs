//! The entry point for Spin.

whippet::spin::entry!(crate::app);
