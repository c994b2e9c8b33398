//! The parser that pest makes of `grammar/adl.pest`: one statement at a time, by the rule of its keyword.

use super::ast::Edition;
use super::keyword::{Keyword, Room};
use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::Pairs;
use pest::pratt_parser::{Assoc, Op, PrattParser};
use std::sync::LazyLock;

#[derive(pest_derive::Parser)]
#[grammar = "../../grammar/adl.pest"]
#[grammar = "../../grammar/legacy.pest"]
struct Adl;

/// Where a text departs from its rule.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// The byte of the text up to which it could be read.
    pub(super) at: usize,
    /// What could have stood there.
    pub(super) expected: Vec<Rule>,
    /// True if reading was given up.
    pub(super) gave_up: bool,
}

/// The parts of `text`, all of which has to be a `rule`.
pub(super) fn read(rule: Rule, text: &str) -> Result<Pairs<'_, Rule>, Failure> {
    match Adl::parse(rule, text) {
        Ok(mut pairs) => Ok(pairs.next().map_or(pairs, pest::iterators::Pair::into_inner)),
        Err(error) => {
            let at = match error.location {
                InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
            };
            Err(match error.variant {
                ErrorVariant::ParsingError { positives, .. } => Failure { at, expected: positives, gave_up: false },
                ErrorVariant::CustomError { .. } => Failure { at, expected: Vec::new(), gave_up: true },
            })
        }
    }
}

/// The grammar's rule for a statement in an edition.
pub(super) fn rule_of(keyword: Keyword, room: Room, edition: Edition) -> Option<Rule> {
    let legacy = match keyword {
        _ if edition == Edition::E2026 => None,
        Keyword::Object => Some(Rule::legacy_object),
        Keyword::Composite => Some(Rule::legacy_composite),
        Keyword::Take if room != Room::Region => Some(Rule::legacy_take),
        Keyword::Define => Some(Rule::legacy_define),
        Keyword::Derived => Some(Rule::legacy_derived),
        Keyword::Region => Some(Rule::legacy_region),
        Keyword::Select => Some(Rule::legacy_select),
        Keyword::Reject => Some(Rule::legacy_reject),
        Keyword::Weight => Some(Rule::legacy_weight),
        Keyword::Print => Some(Rule::legacy_print),
        Keyword::Save => Some(Rule::legacy_save),
        Keyword::Bin => Some(Rule::legacy_bin),
        Keyword::Histo => Some(Rule::legacy_histo),
        _ => None,
    };
    if legacy.is_some() {
        return legacy;
    }
    Some(match keyword {
        Keyword::Adl => Rule::edition,
        Keyword::Include => Rule::include,
        Keyword::Info => Rule::info,
        Keyword::Define => Rule::define,
        Keyword::Best => Rule::best,
        Keyword::Object => Rule::object,
        Keyword::Composite => Rule::composite,
        Keyword::Region => Rule::region,
        Keyword::HistoList => Rule::histo_list,
        Keyword::CountsFormat => Rule::counts_format,
        Keyword::Table => Rule::table,
        Keyword::Schema => Rule::schema,
        Keyword::LaterBlock | Keyword::Later | Keyword::Field => return None,
        Keyword::Parents => Rule::legacy_parents,
        Keyword::Sort => Rule::legacy_sort,
        Keyword::Setting => return None,
        Keyword::Take if room == Room::Region => Rule::take_region,
        Keyword::Take => Rule::take,
        Keyword::Select => Rule::select,
        Keyword::Reject => Rule::reject,
        Keyword::Derived => Rule::derived,
        Keyword::Weight => Rule::weight,
        Keyword::Bin => Rule::bin,
        Keyword::Bins => Rule::bins,
        Keyword::Histo => Rule::histo,
        Keyword::Profile => Rule::profile,
        Keyword::Blind => Rule::blind,
        Keyword::Print => Rule::print,
        Keyword::Save => Rule::save,
        Keyword::Counts => Rule::counts,
        Keyword::In => Rule::in_regions,
        Keyword::Process => Rule::process,
        Keyword::Nvars => Rule::nvars,
        Keyword::Errors => Rule::errors,
        Keyword::Outside => Rule::outside,
        Keyword::TableType => Rule::table_type,
        Keyword::Row => Rule::row,
        Keyword::Tree => Rule::tree,
        Keyword::Detect => Rule::detect,
        Keyword::Event => Rule::event,
        Keyword::Collection => Rule::collection,
        Keyword::Particle => Rule::particle,
        Keyword::Single => Rule::single,
        Keyword::Transverse => Rule::transverse,
        Keyword::Alias => Rule::alias,
        Keyword::Simulation => Rule::simulation,
        Keyword::Unit => Rule::unit,
        Keyword::Columns => Rule::stored,
        Keyword::Optional => Rule::optional,
        Keyword::Metadata => Rule::metadata,
        Keyword::Link => Rule::link,
    })
}

/// Precedence of the operators of a sum, loosest first.
pub(super) static SUM: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    PrattParser::new()
        .op(Op::infix(Rule::bit_or, Assoc::Left))
        .op(Op::infix(Rule::bit_operator, Assoc::Left))
        .op(Op::infix(Rule::plus, Assoc::Left) | Op::infix(Rule::minus, Assoc::Left))
        .op(Op::infix(Rule::times, Assoc::Left) | Op::infix(Rule::divide, Assoc::Left))
        .op(Op::prefix(Rule::negate))
        .op(Op::infix(Rule::power, Assoc::Right))
});

/// Precedence of the operators of a condition, loosest first.
pub(super) static CONDITION: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    PrattParser::new()
        .op(Op::infix(Rule::or_word, Assoc::Left) | Op::infix(Rule::legacy_or, Assoc::Left))
        .op(Op::infix(Rule::and_word, Assoc::Left) | Op::infix(Rule::legacy_and, Assoc::Left))
        .op(Op::prefix(Rule::not_word) | Op::prefix(Rule::legacy_not))
});
