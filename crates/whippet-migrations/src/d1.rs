//! What Cloudflare D1 accepts.

/// The pragmas that D1 accepts, in alphabetical order (workerd, `src/workerd/util/sqlite.c++`).
pub const D1_PRAGMAS: [&str; 17] = [
    "case_sensitive_like",
    "defer_foreign_keys",
    "foreign_key_check",
    "foreign_key_list",
    "foreign_keys",
    "ignore_check_constraints",
    "index_info",
    "index_list",
    "index_xinfo",
    "legacy_alter_table",
    "optimize",
    "quick_check",
    "recursive_triggers",
    "reverse_unordered_selects",
    "table_info",
    "table_list",
    "table_xinfo",
];
