//! The page of each message: what it means, an example that gives it, what to write instead. The texts are
//! `compiler/pages/CODE.md`; their first line is `# CODE (LEVEL): one line`. What is no error by its page is a lint:
//! it can be allowed or denied.

use crate::error::Severity;

macro_rules! pages {
    ($($code:ident)*) => {
        const TEXTS: &[(&str, &str)] =
            &[$((stringify!($code), include_str!(concat!("../pages/", stringify!($code), ".md")))),*];
    };
}

pages! {
    always_false
    always_true
    ambiguous_name
    arity
    axis_bins
    axis_range
    bin_edges
    bin_edition
    bins_gap
    bins_overlap
    branches
    column_kind
    combination_here
    compare_condition
    compare_objects
    compare_order
    compat_differs
    counts_place
    counts_shape
    cycle
    data
    draw_label
    duplicate_name
    edition
    empty_bin
    empty_object
    empty_range
    empty_region
    file_too_large
    fix_inherits
    fix_table
    free_index
    function_in_block
    function_without_arguments
    hemisphere_method
    histogram_axes
    histogram_shape
    identity_of_many
    implicit_quantifier
    include
    index_beyond_size
    internal
    intrinsic
    keyword_as_name
    legacy_collection
    legacy_form
    legacy_sum
    lumi_mask
    lumi_mask_of_simulation
    minimum_of_nothing
    misplaced_bracket
    misplaced_statement
    missing_column
    named_argument
    negative_index
    nested_too_deep
    no_analysis
    no_edition
    no_else
    no_lumi_sections
    no_link
    no_take
    no_this
    no_trigger
    not_a_condition
    not_a_number
    not_about_element
    not_yet
    nothing_to_reduce
    one_for_each
    one_member
    optional_of_nothing
    optional_value
    order_lost
    other_edition
    other_spelling
    own_source
    partition_of_part
    range_limits
    recursion
    redundant_cut
    said_twice
    save_columns
    schema_link
    side_by_side
    slice_edition
    sort_direction
    sort_of_nothing
    sum_of_arguments
    sums_in_union
    syntax
    table_outside
    table_shape
    too_deep
    two_collections
    two_takes
    unclosed_bracket
    unclosed_string
    unexpected_character
    union_attribute
    union_of_candidates
    unit_mixup
    unknown_attribute
    unknown_function
    unknown_keyword
    unknown_lint
    unknown_name
    unopened_bracket
    unreadable_column
    unreduced_collection
    unsorted_union
    unused_allow
    unused_definition
    value_list
    vector_kinds
    vector_product
    weight_twice
    where_in_call
    wrong_kind
}

/// A page.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The code of the message.
    pub code: &'static str,
    /// How bad the message is, if nobody says otherwise.
    pub level: Severity,
    /// What it means, in one line.
    pub line: &'static str,
    /// The whole page, Markdown.
    pub text: &'static str,
}

/// All pages by their codes.
pub fn all() -> impl Iterator<Item = Page> {
    TEXTS.iter().map(|(code, text)| {
        let (head, line) = text.lines().next().and_then(|l| l.split_once("): ")).unwrap_or(("", ""));
        let level = match head.rsplit_once('(') {
            Some((_, "note")) => Severity::Note,
            Some((_, "warning")) => Severity::Warning,
            _ => Severity::Error,
        };
        Page { code, level, line, text }
    })
}

/// The page of a code, with or without `adl::` in front.
#[must_use]
pub fn find(code: &str) -> Option<Page> {
    let code = code.strip_prefix("adl::").unwrap_or(code);
    all().find(|p| p.code == code)
}

/// The words of a level.
#[must_use]
pub fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The two examples of a page, as analyses: one that gives the message, one that does not.
#[must_use]
pub fn examples(page: Page) -> Option<(String, String)> {
    let (_, rest) = page.text.split_once("\nTriggers it:\n")?;
    let (wrong, right) = rest.split_once("\nWrite instead:\n")?;
    let program = |text: &str| {
        let lines: Vec<&str> = text.lines().map(|l| l.strip_prefix("    ").unwrap_or(l)).collect();
        let text = format!("{}\n", lines.join("\n").trim());
        if text.starts_with("adl ") { text } else { format!("adl 2026\n{text}") }
    };
    Some((program(wrong), program(right)))
}
