//! A simulation of an S3-compatible store.

use std::collections::BTreeMap;
use std::fmt::Write;

use percent_encoding::percent_decode_str;
use whippet::axum::body::Bytes;
use whippet::axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use whippet::host::OutboundRequest;
use whippet::{FetchError, FetchResponse};

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// The modification time of every object.
pub(super) const MODIFIED: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

/// A store. It contains the objects, their media types, and the parts of unfinished uploads.
#[derive(Default)]
pub(super) struct Store {
    objects: BTreeMap<String, (String, Vec<u8>)>,
    uploads: Vec<(String, BTreeMap<u16, Vec<u8>>)>,
}

pub(super) type Reply = Result<FetchResponse, FetchError>;

pub(super) fn reply(status: u16, body: impl Into<Bytes>) -> FetchResponse {
    FetchResponse {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.into(),
    }
}

pub(super) fn error(status: u16, code: &str) -> FetchResponse {
    let key = "<AWSAccessKeyId>the-id</AWSAccessKeyId>";
    let body = format!("<?xml?><Error><Code>{code}</Code><Message>Why.</Message>{key}</Error>");
    reply(status, body)
}

pub(super) fn with(mut response: FetchResponse, headers: &[(HeaderName, String)]) -> FetchResponse {
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).unwrap();
        response.headers.insert(name, value);
    }
    response
}

pub(super) fn tag(content: &[u8]) -> String {
    let sum = content.iter().fold(7_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
    });
    format!("\"{sum:x}-{}\"", content.len())
}

impl Store {
    pub(super) fn respond(&mut self, request: &OutboundRequest) -> FetchResponse {
        let parameters: BTreeMap<_, _> = request.url.query_pairs().into_owned().collect();
        let parameter = |name: &str| parameters.get(name).map(String::as_str);
        assert_eq!(parameter("X-Amz-SignedHeaders"), Some("host"));
        assert!(parameter("X-Amz-Credential").is_some_and(|text| text.starts_with("the-id/20")));
        assert_eq!(parameter("X-Amz-Signature").map(str::len), Some(64));
        let path = request.url.path().strip_prefix("/files/").unwrap();
        let key = percent_decode_str(path).decode_utf8().unwrap().into_owned();
        let number = || parameter("partNumber").unwrap().parse().unwrap();
        let upload = parameter("uploadId").map(|id| id.parse::<usize>().unwrap());
        let body = request.body.to_vec();
        match (&request.method, upload) {
            (&Method::PUT, Some(id)) => {
                let tag = tag(&body);
                self.uploads[id].1.insert(number(), body);
                with(reply(200, ""), &[(header::ETAG, tag)])
            }
            (&Method::POST, Some(id)) => {
                let parts = std::mem::take(&mut self.uploads[id].1);
                let sent = String::from_utf8(body).unwrap();
                for (number, part) in &parts {
                    let tag = tag(part).replace('"', "&quot;");
                    let found = sent.contains(&format!("<PartNumber>{number}</PartNumber>"));
                    assert!(found && sent.contains(&tag), "{sent}");
                }
                let content = parts.into_values().collect::<Vec<_>>().concat();
                let result = format!(
                    "<CompleteMultipartUploadResult xmlns=\"{NAMESPACE}\"><ETag>{}</ETag></CompleteMultipartUploadResult>",
                    tag(&content)
                );
                let media_type = self.uploads[id].0.clone();
                self.objects.insert(key, (media_type, content));
                reply(200, result)
            }
            (&Method::DELETE, Some(id)) => {
                self.uploads[id].1.clear();
                reply(204, "")
            }
            (&Method::POST, None) => {
                let media_type = request.headers[header::CONTENT_TYPE].to_str().unwrap();
                self.uploads.push((media_type.to_owned(), BTreeMap::new()));
                let id = self.uploads.len() - 1;
                reply(
                    200,
                    format!(
                        "<InitiateMultipartUploadResult xmlns=\"{NAMESPACE}\"><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
                    ),
                )
            }
            (&Method::PUT, None) => {
                assert!(!body.is_empty() || request.headers[header::CONTENT_LENGTH] == "0");
                let media_type = request.headers[header::CONTENT_TYPE].to_str().unwrap();
                let tag = tag(&body);
                self.objects.insert(key, (media_type.to_owned(), body));
                with(reply(200, ""), &[(header::ETAG, tag)])
            }
            (&Method::DELETE, None) => {
                self.objects.remove(&key);
                reply(204, "")
            }
            _ if key.is_empty() => self.list(
                parameter("prefix").unwrap_or_default(),
                parameter("start-after").unwrap_or_default(),
                parameter("max-keys").unwrap().parse().unwrap(),
            ),
            _ => self.get(request, &key),
        }
    }

    fn get(&self, request: &OutboundRequest, key: &str) -> FetchResponse {
        let is_head = request.method == Method::HEAD;
        let Some((media_type, content)) = self.objects.get(key) else {
            return if is_head {
                reply(404, "")
            } else {
                error(404, "NoSuchKey")
            };
        };
        let mut headers = vec![
            (header::ETAG, tag(content)),
            (header::CONTENT_TYPE, media_type.clone()),
            (header::LAST_MODIFIED, MODIFIED.to_owned()),
        ];
        let size = content.len();
        let (status, part) = match request.headers.get(header::RANGE) {
            None => (200, 0..size),
            Some(range) => {
                let range = range.to_str().unwrap().strip_prefix("bytes=").unwrap();
                let (start, last) = range.split_once('-').unwrap();
                let start = start.parse().unwrap();
                if start >= size {
                    return error(416, "InvalidRange");
                }
                let end = last.parse().map_or(size, |last: usize| size.min(last + 1));
                let range = format!("bytes {start}-{}/{size}", end - 1);
                headers.push((header::CONTENT_RANGE, range));
                (206, start..end)
            }
        };
        headers.push((header::CONTENT_LENGTH, part.len().to_string()));
        let body = if is_head {
            Vec::new()
        } else {
            content[part].to_vec()
        };
        with(reply(status, body), &headers)
    }

    fn list(&self, prefix: &str, after: &str, limit: usize) -> FetchResponse {
        let objects = self.objects.iter();
        let mut found: Vec<_> = objects
            .filter(|(key, _)| key.starts_with(prefix) && key.as_str() > after)
            .collect();
        let is_truncated = found.len() > limit;
        found.truncate(limit);
        let mut text =
            format!("<ListBucketResult xmlns=\"{NAMESPACE}\"><EncodingType>url</EncodingType>");
        for (key, (_, content)) in found {
            let key: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
            let (size, tag) = (content.len(), tag(content).replace('"', "&quot;"));
            let modified = "2026-01-01T00:00:00.999Z";
            write!(
                text,
                "<Contents><Key>{key}</Key><LastModified>{modified}</LastModified><ETag>{tag}</ETag><Size>{size}</Size></Contents>"
            )
            .unwrap();
        }
        let next = if is_truncated {
            "<NextContinuationToken>n</NextContinuationToken>"
        } else {
            ""
        };
        reply(
            200,
            format!("{text}<IsTruncated>{is_truncated}</IsTruncated>{next}</ListBucketResult>"),
        )
    }
}
