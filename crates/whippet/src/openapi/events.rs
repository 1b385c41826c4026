//! The events of a stream in the OpenAPI document.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::OperationBuilder;

/// Builds the description of a stream's events: see [`Events`](crate::response::Events).
#[derive(Debug)]
pub struct EventBuilder<'a, 'b> {
    operation: &'a mut OperationBuilder<'b>,
    events: Map<String, Value>,
}

impl EventBuilder<'_, '_> {
    /// Adds an event whose data is a `T` as JSON.
    pub fn event<T: JsonSchema>(&mut self, name: &str, doc: &str) {
        let mut event = json!({"data": self.operation.output_schema::<T>()});
        if !doc.is_empty() {
            event["description"] = doc.into();
        }
        self.events.insert(name.to_owned(), event);
    }
}

impl OperationBuilder<'_> {
    /// Adds a response that is a stream of server-sent events. `describe` adds the events. OpenAPI 3.1 cannot describe
    /// events, so the media type has the extension `x-events`. Its value is an object that contains, under the name of
    /// each event, the description of the event and the schema of the event's data.
    pub fn event_stream(&mut self, describe: fn(&mut EventBuilder<'_, '_>)) {
        let mut events = EventBuilder {
            operation: self,
            events: Map::new(),
        };
        describe(&mut events);
        let events = events.events;
        let media = "text/event-stream";
        self.response_with_schema(StatusCode::OK, media, json!({"type": "string"}));
        if !events.is_empty() {
            self.extend_media(media, "x-events", Value::Object(events));
        }
    }

    /// Adds a response that is a stream of JSON values, one per line. The extension `x-items` of the media type has the
    /// schema of one value.
    pub(crate) fn json_lines<T: JsonSchema>(&mut self) {
        let media = "application/jsonl";
        self.response_with_schema(StatusCode::OK, media, json!({"type": "string"}));
        let schema = self.output_schema::<T>();
        self.extend_media(media, "x-items", schema);
    }

    fn extend_media(&mut self, media: &str, name: &str, value: Value) {
        let response = self.responses.get_mut(&StatusCode::OK.as_u16());
        if let Some(content) = response.and_then(|response| response.content.get_mut(media)) {
            content[name] = value;
        }
    }
}
