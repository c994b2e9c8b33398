//! The Rust functions that compiled code calls: the primitive functions without instructions of their own, the sorting
//! of lists and their growth. Compiled code names them by their index in [`HELPERS`].

use adl_runtime::kernel::Frame;
use adl_runtime::math;
use adl_runtime::math::lanes::{self, Lanes};
use cranelift::codegen::isa::CallConv;
use cranelift::prelude::types::{F64, I64};
use cranelift::prelude::{AbiParam, Signature, Type};

use crate::exec::room::grow_list;
use crate::exec::sort::sort_list;
use crate::plan::Intrinsic;

/// A function that compiled code calls.
pub(super) struct Helper {
    /// Its name in listings.
    pub(super) name: &'static str,
    /// Where it is.
    pub(super) address: fn() -> *const u8,
    parameters: &'static [Type],
    result: Option<Type>,
}

impl Helper {
    /// How it is called.
    pub(super) fn signature(&self, convention: CallConv) -> Signature {
        let mut signature = Signature::new(convention);
        signature.params.extend(self.parameters.iter().map(|ty| AbiParam::new(*ty)));
        signature.returns.extend(self.result.map(AbiParam::new));
        signature
    }
}

const fn helper(
    name: &'static str,
    address: fn() -> *const u8,
    parameters: &'static [Type],
    result: Option<Type>,
) -> Helper {
    Helper { name, address, parameters, result }
}

const ONE: &[Type] = &[F64];
const TWO: &[Type] = &[F64, F64];
const NINE: &[Type] = &[F64; 9];
const KEYS: &[Type] = &[I64, I64];
/// A column, the one behind it, and how many blocks of `math::lanes` each has.
const LANES: &[Type] = &[I64, I64, I64];

/// Behind the helpers: the function that calls another one and saves all registers, for what is rarely done. Without it
/// the values around a rare call would live in memory, and the loops around them would carry them there.
pub(super) const SAVING: usize = HELPERS.len();

/// Index of the growth of a list.
pub(super) const GROW_LIST: usize = 19;
/// Index of the sorting of a list.
pub(super) const SORT_LIST: usize = 20;

/// Index of the draining of several full buffers.
pub(super) const DRAIN_FULL: usize = 21;

/// Index of the division of a list in two.
pub(super) const GROUPING: usize = 22;

/// Index of the sine of many numbers.
pub(super) const SIN_LANES: usize = 23;
/// Index of their cosine.
pub(super) const COS_LANES: usize = 24;
/// Index of both.
pub(super) const SIN_COS_LANES: usize = 25;
/// Index of their hyperbolic sine.
pub(super) const SINH_LANES: usize = 26;

/// All of them. `floor` is called on processors without the instruction only.
pub(super) const HELPERS: [Helper; 28] = [
    helper("sin", || math::sin as *const u8, ONE, Some(F64)),
    helper("cos", || math::cos as *const u8, ONE, Some(F64)),
    helper("tan", || math::tan as *const u8, ONE, Some(F64)),
    helper("asin", || math::asin as *const u8, ONE, Some(F64)),
    helper("acos", || math::acos as *const u8, ONE, Some(F64)),
    helper("atan", || math::atan as *const u8, ONE, Some(F64)),
    helper("atan2", || math::atan2 as *const u8, TWO, Some(F64)),
    helper("sinh", || math::sinh as *const u8, ONE, Some(F64)),
    helper("cosh", || math::cosh as *const u8, ONE, Some(F64)),
    helper("tanh", || math::tanh as *const u8, ONE, Some(F64)),
    helper("asinh", || math::asinh as *const u8, ONE, Some(F64)),
    helper("exp", || math::exp as *const u8, ONE, Some(F64)),
    helper("log", || math::log as *const u8, ONE, Some(F64)),
    helper("log10", || math::log10 as *const u8, ONE, Some(F64)),
    helper("pow", || math::pow as *const u8, TWO, Some(F64)),
    helper("mod", || math::fmod as *const u8, TWO, Some(F64)),
    helper("mt2OfComponents", || math::mt2 as *const u8, NINE, Some(F64)),
    helper("uniform", || uniform as *const u8, KEYS, Some(F64)),
    helper("normal", || normal as *const u8, KEYS, Some(F64)),
    helper("grow_list", || grow_list as *const u8, &[I64, I64, I64, I64], None),
    helper("sort_list", || sort_list as *const u8, &[I64, I64, I64, I64, I64], None),
    helper("drain_full", || drain_full as *const u8, &[I64, I64, I64], None),
    helper("grouping", || grouping as *const u8, &[I64; 7], Some(I64)),
    helper("sin_lanes", || sin_lanes as *const u8, LANES, None),
    helper("cos_lanes", || cos_lanes as *const u8, LANES, None),
    helper("sin_cos_lanes", || sin_cos_lanes as *const u8, LANES, None),
    helper("sinh_lanes", || sinh_lanes as *const u8, LANES, None),
    helper("floor", || math::floor as *const u8, ONE, Some(F64)),
];

/// The helper of a primitive function; none for those that are compiled in place.
pub(super) fn of_intrinsic(intrinsic: Intrinsic) -> Option<usize> {
    HELPERS[..GROW_LIST].iter().position(|helper| helper.name == intrinsic.name())
}

/// Drains those of `count` buffers from `first` on that are full.
unsafe extern "C" fn drain_full(frame: *mut Frame, first: u64, count: u64) {
    // SAFETY: compiled code passes the frame that it has been given, and numbers of histograms of the plan.
    unsafe {
        for histogram in first..first + count {
            let fills = &*(*frame).fills.add(histogram as usize);
            if fills.len == fills.capacity {
                ((*frame).drain)(frame, histogram as u32);
            }
        }
    }
}

/// `math::grouping` of four columns of `len` numbers.
unsafe extern "C" fn grouping(
    seed: i64,
    association: i64,
    px: *const f64,
    py: *const f64,
    pz: *const f64,
    energy: *const f64,
    len: u64,
) -> i64 {
    // SAFETY: compiled code passes four tables of one list: `len` numbers each at their addresses, which are written
    // where there are two at least, and are not looked at otherwise.
    let columns = [px, py, pz, energy]
        .map(|column| if len < 2 { &[][..] } else { unsafe { std::slice::from_raw_parts(column, len as usize) } });
    math::Grouping::new(seed, association).map_or(-1, |how| math::grouping(how, columns))
}

unsafe extern "C" fn uniform(keys: *const i64, count: u64) -> f64 {
    // SAFETY: compiled code passes the address and the number of the keys that it has written to its stack.
    math::uniform(unsafe { std::slice::from_raw_parts(keys, count as usize) })
}

unsafe extern "C" fn normal(keys: *const i64, count: u64) -> f64 {
    // SAFETY: as for `uniform`.
    math::normal(unsafe { std::slice::from_raw_parts(keys, count as usize) })
}

/// A column of compiled code.
///
/// # Safety
/// Its blocks are at this address, and nothing else refers to them.
unsafe fn column<'a>(values: *mut Lanes, blocks: u64) -> &'a mut [Lanes] {
    // SAFETY: as above; the room of a frame is initialised memory, aligned to 8 bytes.
    unsafe { std::slice::from_raw_parts_mut(values, blocks as usize) }
}

unsafe extern "C" fn sin_lanes(values: *mut Lanes, _: *mut Lanes, blocks: u64) {
    // SAFETY: compiled code passes a column that it has taken for the call.
    lanes::sin(unsafe { column(values, blocks) });
}

unsafe extern "C" fn cos_lanes(values: *mut Lanes, _: *mut Lanes, blocks: u64) {
    // SAFETY: as for `sin_lanes`.
    lanes::cos(unsafe { column(values, blocks) });
}

unsafe extern "C" fn sin_cos_lanes(values: *mut Lanes, cosines: *mut Lanes, blocks: u64) {
    // SAFETY: compiled code passes two columns, one behind the other, that it has taken for the call.
    unsafe { lanes::sin_cos(column(values, blocks), column(cosines, blocks)) };
}

unsafe extern "C" fn sinh_lanes(values: *mut Lanes, _: *mut Lanes, blocks: u64) {
    // SAFETY: as for `sin_lanes`.
    lanes::sinh(unsafe { column(values, blocks) });
}
