//! Relay in process: real SQLite, a virtual clock, receivers that the tests answer for.
