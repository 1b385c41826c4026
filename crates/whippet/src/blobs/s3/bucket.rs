//! Reads the variables `S3_…`, which name the bucket, and signs requests to the bucket.

use std::time::Duration;

use rusty_s3::{Bucket, BucketError, Credentials, S3Action, UrlStyle};
use url::Url;

use crate::{AppError, Config, ConfigError, Secret, Settings, Timestamp};

/// The required variables. If all of them are set, an app stores objects in a bucket.
const REQUIRED: [&str; 4] = [
    "S3_ENDPOINT",
    "S3_BUCKET",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
];

/// The values of the variables `S3_…`. `settings::VARIABLES` documents these variables.
#[derive(Settings)]
#[settings(prefix = "S3_")]
struct BucketSettings {
    endpoint: Url,
    #[setting(default = "us-east-1")]
    region: String,
    bucket: String,
    access_key_id: String,
    secret_access_key: Secret<String>,
    virtual_host: bool,
}

/// A bucket, and the credentials with which requests to the bucket are signed.
pub(crate) struct S3Bucket {
    pub(super) bucket: Bucket,
    pub(super) credentials: Credentials,
}

impl S3Bucket {
    /// Reads the variables. Returns `None` if no variable in `REQUIRED` is set.
    ///
    /// # Errors
    ///
    /// Returns an error if only some of the variables are set, or if a variable is not valid.
    pub(crate) fn from_config(config: &Config) -> Result<Option<Self>, AppError> {
        if REQUIRED.iter().all(|name| config.get(name).is_none()) {
            return Ok(None);
        }
        let settings = BucketSettings::from_config(config)?;
        let style = match settings.virtual_host {
            true => UrlStyle::VirtualHost,
            false => UrlStyle::Path,
        };
        let endpoint = settings.endpoint.clone();
        let bucket = Bucket::new(endpoint, style, settings.bucket, settings.region);
        let bucket = bucket.map_err(|error| wrong(&settings.endpoint, error))?;
        let secret = settings.secret_access_key.expose().as_str();
        Ok(Some(Self {
            bucket,
            credentials: Credentials::new(settings.access_key_id, secret),
        }))
    }
}

fn wrong(endpoint: &Url, error: BucketError) -> ConfigError {
    let valid = "write a URL such as https://s3.eu-central-1.amazonaws.com";
    match error {
        BucketError::ParseError(error) => ConfigError::new(
            "S3_BUCKET",
            format!(
                "cannot be part of the host of {endpoint}: {error}; set S3_VIRTUAL_HOST to false"
            ),
        ),
        _ => ConfigError::new(
            "S3_ENDPOINT",
            format!("is {:?}: {valid}", endpoint.as_str()),
        ),
    }
}

/// Returns the signed URL for a request. The signature is in the query string.
pub(super) fn sign<'a>(action: &impl S3Action<'a>, now: Timestamp, valid_for: Duration) -> Url {
    let now = jiff::Timestamp::from_millisecond(now.as_millis());
    action.sign_with_time(valid_for, &now.unwrap_or_default())
}
