//! Tests of the API in process, in virtual time.

mod accounts;
mod attachments;
mod document;
mod feed;
mod notes;
mod races;
mod support;
