//! Replaces the module `s3` if the feature `s3` is disabled.

use std::sync::Arc;

use super::BlobStore;
use crate::context::States;
use crate::{AppError, Config, Context};

#[expect(clippy::unnecessary_wraps, reason = "the feature `s3` has errors")]
pub(crate) fn add_bucket(_: &mut States, _: &Config) -> Result<(), AppError> {
    Ok(())
}

pub(crate) fn store(_: &Context) -> Option<Arc<dyn BlobStore>> {
    None
}
