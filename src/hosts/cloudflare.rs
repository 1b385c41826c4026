//! The Workers entry.

whippet::cloudflare::entry!(crate::app);
