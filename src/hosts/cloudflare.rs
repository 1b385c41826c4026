//! The entry point for Cloudflare Workers.

whippet::cloudflare::entry!(crate::app);
