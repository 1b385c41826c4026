//! Reads a form with files.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};

use super::file::{Received, error, too_large};
use super::{FileField, FormData};
use crate::extract::decode::pairs::{self, Pair};
use crate::extract::decode::values::Format;
use crate::extract::multipart::{Head, Multipart, Part};
use crate::extract::valid;
use crate::{Context, FieldError, Problem};

/// Reads a form, and reports all invalid fields together. Called by the expansion of `#[derive(Form)]`.
///
/// # Errors
///
/// Returns the same errors as [`Multipart`], and a 422 for invalid fields.
pub async fn read_form<T: FormData>(request: Request, context: &Context) -> Result<T, Problem> {
    let form = Multipart::from_request(request, context).await?;
    let Parts {
        pairs,
        files,
        errors,
    } = read_parts(form, T::FILES).await?;
    let fields = pairs::read::<T::Fields>(pairs, Format::Form)
        .and_then(|(fields, errors)| valid::check_with(fields, errors, T::check));
    match fields {
        Ok(fields) if errors.is_empty() => {
            let built = T::build(fields, files);
            built.ok_or_else(|| Problem::internal("a file of a form is missing"))
        }
        Ok(_) => Err(Problem::invalid(errors)),
        Err(mut problem) => {
            let mut all = problem.take_errors();
            if all.is_empty() {
                return Err(problem);
            }
            all.extend(errors);
            Err(Problem::invalid(all))
        }
    }
}

/// The parts of a form.
#[derive(Default)]
struct Parts<'a> {
    /// The fields that are not files.
    pairs: Vec<Pair<'a>>,
    files: Received,
    errors: Vec<FieldError>,
}

/// Reads the parts of the form. Stops before the content of a `FileStream`, which the handler reads.
async fn read_parts(mut form: Multipart, fields: &[FileField]) -> Result<Parts<'static>, Problem> {
    let mut parts = Parts::default();
    while let Some(mut part) = form.next_part().await? {
        let named = |field: &FileField| field.name == part.name();
        let Some(number) = fields.iter().position(named) else {
            let name = Cow::Owned(part.name().to_owned());
            match part.text().await {
                Ok(text) => parts.pairs.push((name, text.into())),
                Err(mut problem) => match problem.take_errors() {
                    errors if errors.is_empty() => return Err(problem),
                    errors => parts.errors.extend(errors),
                },
            }
            continue;
        };
        let field = &fields[number];
        if !field.is_list && parts.files.contains(number) {
            let message = "may have only one file".to_owned();
            parts.errors.push(error(field.name, "type", message));
            continue;
        }
        let mut wrong = check_media_type(field, part.content_type());
        if field.is_stream && part.file_name() == Some("") {
            // If the user has selected no file, a browser sends an empty file name.
            continue;
        }
        if field.is_stream && wrong.is_none() {
            let head = part.into_head();
            parts.files.set_stream(number, head, form);
            break;
        }
        let bytes = read_file(&mut part, field, &mut wrong).await?;
        let head = part.into_head();
        match wrong {
            // If the user has selected no file, a browser sends an empty part without a file name.
            _ if is_unselected(&head, &bytes) => {}
            Some(wrong) => parts.errors.push(wrong),
            None => parts.files.add(number, head, bytes),
        }
    }
    for (number, field) in fields.iter().enumerate() {
        if field.is_required && !parts.files.contains(number) {
            let missing = error(field.name, "required", "is required".to_owned());
            let is_reported = parts
                .errors
                .iter()
                .any(|error| error.pointer == missing.pointer);
            if !is_reported {
                parts.errors.push(missing);
            }
        }
    }
    Ok(parts)
}

fn is_unselected(head: &Head, bytes: &Bytes) -> bool {
    bytes.is_empty() && head.file_name.as_deref().is_none_or(str::is_empty)
}

/// Reads a file up to its limit. Discards the content of an invalid file, and skips the rest of a file over its limit.
async fn read_file(
    part: &mut Part<'_>,
    field: &FileField,
    wrong: &mut Option<FieldError>,
) -> Result<Bytes, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await? {
        if wrong.is_none() && bytes.len() + chunk.len() > field.limit {
            *wrong = Some(too_large(field.name, field.limit));
        }
        match wrong {
            None => bytes.extend_from_slice(&chunk),
            // One byte replaces the content of an invalid file, because `is_unselected` may treat an empty part as no
            // file.
            Some(_) => bytes = vec![0],
        }
    }
    Ok(bytes.into())
}

/// Checks the media type of a file. Compares media types without regard to case, and ignores their parameters.
fn check_media_type(field: &FileField, sent: Option<&str>) -> Option<FieldError> {
    let essence = sent.unwrap_or_default().split(';').next();
    let essence = essence.unwrap_or_default().trim();
    let matches = |accepted: &&str| match accepted.strip_suffix('*') {
        Some(prefix) => essence
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix)),
        None => essence.eq_ignore_ascii_case(accepted),
    };
    if field.accept.is_empty() || field.accept.iter().any(matches) {
        return None;
    }
    let accepted = field.accept.join(", ");
    let message = match essence {
        "" => format!("the media type must be one of: {accepted}"),
        essence => format!("the media type must be one of: {accepted}; it is {essence}"),
    };
    Some(error(field.name, "media_type", message))
}
