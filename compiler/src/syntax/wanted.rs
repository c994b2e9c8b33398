//! What each rule of the grammar is called in a message.

use super::grammar::Rule;

/// What may stand somewhere, in the order in which it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wanted {
    Value,
    Name,
    Number,
    Text,
    Column,
    Stored,
    Operator,
    Word(&'static str),
    End,
}

/// What a rule is called when it is expected; nothing for rules that only group others.
pub(super) fn words(rule: Rule) -> Option<Wanted> {
    let wanted = match rule {
        Rule::expr
        | Rule::condition
        | Rule::comparison
        | Rule::sum
        | Rule::limit
        | Rule::upper
        | Rule::operand
        | Rule::group
        | Rule::call
        | Rule::argument
        | Rule::index
        | Rule::index_condition
        | Rule::index_comparison
        | Rule::negate
        | Rule::not_word
        | Rule::item
        | Rule::saved
        | Rule::axis
        | Rule::keys
        | Rule::source
        | Rule::combination
        | Rule::combinator
        | Rule::binding
        | Rule::intrinsic
        | Rule::legacy_source
        | Rule::legacy_comb
        | Rule::legacy_item
        | Rule::legacy_side
        | Rule::legacy_value
        | Rule::legacy_saved
        | Rule::legacy_expr
        | Rule::legacy_action
        | Rule::legacy_item_in_branch
        | Rule::legacy_condition
        | Rule::legacy_not
        | Rule::legacy_comparison
        | Rule::legacy_limit
        | Rule::legacy_upper
        | Rule::legacy_sum
        | Rule::barred_sum
        | Rule::legacy_operand
        | Rule::free_slot
        | Rule::legacy_group
        | Rule::legacy_call
        | Rule::quoted_call
        | Rule::trigger
        | Rule::legacy_argument
        | Rule::braces
        | Rule::bars => Wanted::Value,
        Rule::name | Rule::hyphened | Rule::argument_name | Rule::constant => Wanted::Name,
        Rule::number
        | Rule::signed
        | Rule::sign
        | Rule::count
        | Rule::bin_number
        | Rule::literal
        | Rule::edges
        | Rule::limits
        | Rule::row
        | Rule::legacy_edges
        | Rule::limits_in_branch => Wanted::Number,
        Rule::string | Rule::text => Wanted::Text,
        Rule::column | Rule::columns | Rule::pattern | Rule::synonym | Rule::among => Wanted::Column,
        Rule::EOI => Wanted::End,
        Rule::compare
        | Rule::range
        | Rule::inside
        | Rule::outside_of
        | Rule::member
        | Rule::plus
        | Rule::minus
        | Rule::times
        | Rule::divide
        | Rule::power
        | Rule::question
        | Rule::and_word
        | Rule::or_word
        | Rule::attribute
        | Rule::position
        | Rule::legacy_or
        | Rule::legacy_and
        | Rule::legacy_compare
        | Rule::compare_word
        | Rule::legacy_member
        | Rule::legacy_range
        | Rule::bit_operator
        | Rule::bit_or
        | Rule::legacy_position => Wanted::Operator,
        Rule::colon => Wanted::Word(":"),
        Rule::comma => Wanted::Word(","),
        Rule::close => Wanted::Word(")"),
        Rule::assign => Wanted::Word("="),
        Rule::parameters => Wanted::Word("("),
        Rule::edition_name => Wanted::Word("2026"),
        Rule::filter | Rule::where_word => Wanted::Word("where"),
        Rule::weighted | Rule::weighted_word => Wanted::Word("weighted"),
        Rule::per_bin | Rule::per_word => Wanted::Word("per bin"),
        Rule::adl_word => Wanted::Word("adl"),
        Rule::info_word => Wanted::Word("info"),
        Rule::include_word => Wanted::Word("include"),
        Rule::define_word => Wanted::Word("define"),
        Rule::intrinsic_word => Wanted::Word("intrinsic"),
        Rule::best_word => Wanted::Word("best"),
        Rule::by_word => Wanted::Word("by"),
        Rule::from_word => Wanted::Word("from"),
        Rule::object_word => Wanted::Word("object"),
        Rule::composite_word => Wanted::Word("composite"),
        Rule::take_word => Wanted::Word("take"),
        Rule::disjoint_word => Wanted::Word("disjoint"),
        Rule::cartesian_word => Wanted::Word("cartesian"),
        Rule::select_word => Wanted::Word("select"),
        Rule::reject_word => Wanted::Word("reject"),
        Rule::region_word => Wanted::Word("region"),
        Rule::weight_word => Wanted::Word("weight"),
        Rule::bin_word => Wanted::Word("bin"),
        Rule::bins_word => Wanted::Word("bins"),
        Rule::underflow_word => Wanted::Word("underflow"),
        Rule::overflow_word => Wanted::Word("overflow"),
        Rule::histo_word => Wanted::Word("histo"),
        Rule::profile_word => Wanted::Word("profile"),
        Rule::blind_word => Wanted::Word("blind"),
        Rule::save_word => Wanted::Word("save"),
        Rule::format => Wanted::Word("csv"),
        Rule::csv_word => Wanted::Word("csv"),
        Rule::parquet_word => Wanted::Word("parquet"),
        Rule::root_word => Wanted::Word("root"),
        Rule::rntuple_word => Wanted::Word("rntuple"),
        Rule::counts_word => Wanted::Word("counts"),
        Rule::uncertainty => Wanted::Word("+-"),
        Rule::counts_format_word => Wanted::Word("countsformat"),
        Rule::process_word => Wanted::Word("process"),
        Rule::stat_word => Wanted::Word("stat"),
        Rule::syst_word => Wanted::Word("syst"),
        Rule::histo_list_word => Wanted::Word("histoList"),
        Rule::in_word => Wanted::Word("in"),
        Rule::table_word => Wanted::Word("table"),
        Rule::nvars_word => Wanted::Word("nvars"),
        Rule::errors_word => Wanted::Word("errors"),
        Rule::true_word => Wanted::Word("true"),
        Rule::false_word => Wanted::Word("false"),
        Rule::outside_word => Wanted::Word("outside"),
        Rule::error_word => Wanted::Word("error"),
        Rule::clamp_word => Wanted::Word("clamp"),
        Rule::table_type_word => Wanted::Word("tabletype"),
        Rule::schema_word => Wanted::Word("schema"),
        Rule::tree_word => Wanted::Word("tree"),
        Rule::detect_word => Wanted::Word("detect"),
        Rule::without_word => Wanted::Word("without"),
        Rule::event_word => Wanted::Word("event"),
        Rule::sections_word => Wanted::Word("sections"),
        Rule::collection_word => Wanted::Word("collection"),
        Rule::size_word => Wanted::Word("size"),
        Rule::attribute_word => Wanted::Word("attribute"),
        Rule::particle_word => Wanted::Word("particle"),
        Rule::with_word => Wanted::Word("with"),
        Rule::single_word => Wanted::Word("single"),
        Rule::transverse_word => Wanted::Word("transverse"),
        Rule::alias_word => Wanted::Word("alias"),
        Rule::simulation_word => Wanted::Word("simulation"),
        Rule::unit_word => Wanted::Word("unit"),
        Rule::columns_word => Wanted::Word("columns"),
        Rule::optional_word => Wanted::Word("optional"),
        Rule::metadata_word => Wanted::Word("metadata"),
        Rule::column_word => Wanted::Word("column"),
        Rule::times_word => Wanted::Word("times"),
        Rule::largest_word => Wanted::Word("largest"),
        Rule::histogram_word => Wanted::Word("histogram"),
        Rule::link_word => Wanted::Word("link"),
        Rule::links_word => Wanted::Word("links"),
        Rule::to_word => Wanted::Word("to"),
        Rule::inverse_word => Wanted::Word("inverse"),
        Rule::through_word => Wanted::Word("through"),
        Rule::until_word => Wanted::Word("until"),
        Rule::via_word => Wanted::Word("via"),
        Rule::reference_word => Wanted::Word("reference"),
        Rule::stored_as => Wanted::Stored,
        Rule::set_word => Wanted::Word("set"),
        Rule::comb_word => Wanted::Word("comb"),
        Rule::trigger_word => Wanted::Word("trigger"),
        Rule::print_word => Wanted::Word("print"),
        Rule::sort_word => Wanted::Word("sort"),
        Rule::ascend_word => Wanted::Word("ascend"),
        Rule::descend_word => Wanted::Word("descend"),
        Rule::hlt_word => Wanted::Word("hlt"),
        Rule::WHITESPACE
        | Rule::COMMENT
        | Rule::gap
        | Rule::digit
        | Rule::letter
        | Rule::exponent
        | Rule::joining
        | Rule::item_end
        | Rule::combination_start
        | Rule::limit_step
        | Rule::contents
        | Rule::edition
        | Rule::info
        | Rule::include
        | Rule::define
        | Rule::best
        | Rule::object
        | Rule::composite
        | Rule::take
        | Rule::select
        | Rule::reject
        | Rule::derived
        | Rule::region
        | Rule::take_region
        | Rule::weight
        | Rule::bin
        | Rule::bins
        | Rule::histo
        | Rule::profile
        | Rule::blind
        | Rule::print
        | Rule::save
        | Rule::counts
        | Rule::counts_format
        | Rule::process
        | Rule::histo_list
        | Rule::in_regions
        | Rule::table
        | Rule::nvars
        | Rule::errors
        | Rule::outside
        | Rule::table_type
        | Rule::schema
        | Rule::tree
        | Rule::detect
        | Rule::event
        | Rule::collection
        | Rule::particle
        | Rule::single
        | Rule::transverse
        | Rule::alias
        | Rule::simulation
        | Rule::unit
        | Rule::stored
        | Rule::optional
        | Rule::metadata
        | Rule::entries
        | Rule::link
        | Rule::by
        | Rule::reference
        | Rule::inverse
        | Rule::from
        | Rule::legacy_object
        | Rule::legacy_composite
        | Rule::legacy_from
        | Rule::legacy_take
        | Rule::legacy_colon
        | Rule::legacy_define
        | Rule::legacy_region
        | Rule::legacy_derived
        | Rule::legacy_select
        | Rule::legacy_reject
        | Rule::legacy_parents
        | Rule::legacy_weight
        | Rule::legacy_bin
        | Rule::legacy_histo
        | Rule::legacy_contents
        | Rule::legacy_sort
        | Rule::legacy_print
        | Rule::legacy_save
        | Rule::legacy_stop
        | Rule::branch_end
        | Rule::legacy_primary
        | Rule::slot_name
        | Rule::no_call
        | Rule::action_start => return None,
    };
    Some(wanted)
}
