//! The lists and tables of compiled code: made in the frame's room, read by position.

use std::mem::{offset_of, size_of};

use adl_runtime::kernel::Frame;
use adl_runtime::math::Grouping;
use cranelift::codegen::ir::BlockArg;
use cranelift::prelude::types::{F64, I64};
use cranelift::prelude::*;

use super::emit::{CONSTANT, Emit, MEMORY, Made, Making};
use super::helpers::{GROUPING, GROW_LIST, SORT_LIST};
use crate::exec::registers::in_table;
use crate::exec::room::Growing;
use crate::plan::placed::SlotId;
use crate::plan::{List, ListNode, Node, Ty, Value as Register};

/// Room for so many elements is taken where the size of a list has no simple bound.
const USUAL: i64 = 16;

impl Emit<'_> {
    /// Number of elements of a list.
    pub(super) fn size(&mut self, list: List) -> Result<Value, String> {
        match self.plan.dag.list(list) {
            ListNode::All(collection) => Ok(self.extent(*collection).1),
            _ => Ok(self.made(list)?.len),
        }
    }

    /// A word of the element at a position: of the input's collections the position itself.
    pub(super) fn word(&mut self, list: List, position: Value, word: usize) -> Result<Value, String> {
        if matches!(self.plan.dag.list(list), ListNode::All(_)) {
            return Ok(position);
        }
        let words = self.made(list)?.words;
        let width = self.width(list);
        let at = if width == 1 {
            self.element(words, position, 2)
        } else {
            let offset = self.f.ins().imul_imm_s(position, 4 * width);
            self.f.ins().iadd(words, offset)
        };
        Ok(self.f.ins().uload32(MEMORY, at, 4 * word as i32))
    }

    fn made(&self, list: List) -> Result<Made, String> {
        self.lists.get(list.0).ok_or_else(|| format!("the list l{} is read before it is made", list.0))
    }

    fn width(&self, list: List) -> i64 {
        self.plan.dag.leaves(list).len() as i64
    }

    fn sorts(&self, list: List) -> bool {
        matches!(self.plan.dag.list(list), ListNode::Sort { .. })
    }

    /// Starts a list, with room for as many elements as its source has, and one.
    pub(super) fn begin_list(&mut self, list: List) -> Result<(), String> {
        let making = match self.making.get(&list) {
            Some(making) => *making,
            None => {
                let [words, len, capacity] = [(); 3].map(|()| self.f.declare_var(I64));
                *self.making.entry(list).or_insert(Making { words, len, capacity })
            }
        };
        if let ListNode::Reach { of, .. } = self.plan.dag.list(list) {
            // Room for every entry, and behind that for the place of each in the list.
            let entries = self.size(*of)?;
            let capacity = self.f.ins().iadd_imm_s(entries, 1);
            let bytes = self.f.ins().ishl_imm_u(capacity, 3);
            let words = self.take(bytes);
            let zero = self.int(0);
            self.f.def_var(making.words, words);
            self.f.def_var(making.len, zero);
            self.f.def_var(making.capacity, capacity);
            return Ok(());
        }
        let bound = self.bound(list, 8);
        let capacity = match bound {
            Some(bound) => self.f.ins().iadd_imm_s(bound, 1),
            None => self.int(USUAL),
        };
        let bytes = self.block_bytes(list, capacity);
        let words = self.take(bytes);
        let zero = self.int(0);
        self.f.def_var(making.words, words);
        self.f.def_var(making.len, zero);
        self.f.def_var(making.capacity, capacity);
        Ok(())
    }

    /// The largest size that a list can have, if it is simply known here.
    fn bound(&mut self, list: List, levels: u32) -> Option<Value> {
        let levels = levels.checked_sub(1)?;
        let dag = &self.plan.dag;
        if let Some(made) = self.lists.get(list.0) {
            return Some(made.len);
        }
        match dag.list(list) {
            // Of a collection that is not read otherwise, the sizes may not be loaded.
            ListNode::All(collection) => self.extents.get(collection.0).map(|extent| extent.1),
            ListNode::Combine { .. } | ListNode::Reach { .. } => None,
            ListNode::Filter { of, .. }
            | ListNode::Sort { of, .. }
            | ListNode::Slice { of, .. }
            | ListNode::Map { of, .. } => self.bound(*of, levels),
            ListNode::Union(of) => {
                let bounds = of.iter().map(|list| self.bound(*list, levels)).collect::<Option<Vec<_>>>()?;
                bounds.into_iter().reduce(|a, b| self.f.ins().iadd(a, b))
            }
            ListNode::Elements(elements) => Some(self.int(elements.len() as i64)),
        }
    }

    /// Appends an element, to all but a `Reach` only if a condition holds.
    pub(super) fn push(
        &mut self,
        list: List,
        words: &[Register],
        key: Option<Register>,
        cond: Option<Value>,
    ) -> Result<(), String> {
        if let (ListNode::Reach { .. }, [word]) = (self.plan.dag.list(list), words) {
            let word = self.read(*word, Ty::Int)?;
            return self.append_new(list, word).map(|_| ());
        }
        let making = self.making_of(list)?;
        let contents = words.iter().map(|word| self.read(*word, Ty::Int)).collect::<Result<Vec<_>, _>>()?;
        let key = key.map(|key| self.read(key, Ty::Real)).transpose()?;
        let width = self.width(list);
        let (len, capacity) = (self.f.use_var(making.len), self.f.use_var(making.capacity));
        let full = self.f.ins().icmp(IntCC::Equal, len, capacity);
        self.rarely(full, |emit| {
            emit.grow(making, width, key.is_some());
            Ok(())
        })?;
        let base = self.f.use_var(making.words);
        let offset = self.f.ins().imul_imm_s(len, 4 * width);
        let at = self.f.ins().iadd(base, offset);
        for (word, content) in contents.iter().enumerate() {
            self.f.ins().istore32(MEMORY, *content, at, 4 * word as i32);
        }
        if let Some(key) = key {
            let capacity = self.f.use_var(making.capacity);
            let keys = self.word_bytes(capacity, width);
            let keys = self.f.ins().iadd(base, keys);
            let at = self.element(keys, len, 3);
            self.f.ins().store(MEMORY, key, at, 0);
        }
        let len = match cond {
            // What was written for nothing is written over.
            Some(cond) => {
                let one = self.f.ins().uextend(I64, cond);
                self.f.ins().iadd(len, one)
            }
            None => self.f.ins().iadd_imm_s(len, 1),
        };
        self.f.def_var(making.len, len);
        Ok(())
    }

    /// Appends an entry of a collection unless the list has it. Where entry w stands in the list is kept at place w behind
    /// the words, without being set before: what is read there is believed if the list says the same.
    pub(super) fn append_new(&mut self, list: List, word: Value) -> Result<Making, String> {
        let ListNode::Reach { of, .. } = self.plan.dag.list(list) else {
            return Err(format!("the list l{} is not made by reaching", list.0));
        };
        let making = self.making_of(list)?;
        let entries = self.size(*of)?;
        let is_entry = self.f.ins().icmp(IntCC::UnsignedLessThan, word, entries);
        self.branch(
            is_entry,
            |emit| {
                let [words, len, capacity] = [making.words, making.len, making.capacity].map(|v| emit.f.use_var(v));
                let places = emit.element(words, capacity, 2);
                let at = emit.element(places, word, 2);
                let place = emit.f.ins().uload32(MEMORY, at, 0);
                let inside = emit.f.ins().icmp(IntCC::UnsignedLessThan, place, len);
                let zero = emit.int(0);
                let place = emit.f.ins().select(inside, place, zero);
                let there = emit.element(words, place, 2);
                let there = emit.f.ins().uload32(MEMORY, there, 0);
                let same = emit.f.ins().icmp(IntCC::Equal, there, word);
                let known = emit.f.ins().band(inside, same);
                emit.branch(
                    known,
                    |_| Ok(()),
                    |emit| {
                        emit.f.ins().istore32(MEMORY, len, at, 0);
                        let end = emit.element(words, len, 2);
                        emit.f.ins().istore32(MEMORY, word, end, 0);
                        let len = emit.f.ins().iadd_imm_s(len, 1);
                        emit.f.def_var(making.len, len);
                        Ok(())
                    },
                )
            },
            |_| Ok(()),
        )?;
        Ok(making)
    }

    /// Ends a list without its first entry, and gives back what it did not use.
    fn end_reach(&mut self, list: List) -> Result<(), String> {
        let making = self.making_of(list)?;
        let [words, len, capacity] = [making.words, making.len, making.capacity].map(|v| self.f.use_var(v));
        let bytes = self.f.ins().ishl_imm_u(capacity, 3);
        let used = self.word_bytes(len, 1);
        self.close(words, bytes, used);
        let none = self.f.ins().icmp_imm_u(IntCC::Equal, len, 0);
        let less = self.f.ins().iadd_imm_s(len, -1);
        let zero = self.int(0);
        let len = self.f.ins().select(none, zero, less);
        let words = self.f.ins().iadd_imm_s(words, 4);
        self.lists.set(list.0, Made { words, len });
        Ok(())
    }

    /// Gives back the room behind what was used of a block, if nothing was put there meanwhile.
    fn close(&mut self, words: Value, bytes: Value, used: Value) {
        let behind = self.f.ins().iadd(words, bytes);
        let end = self.f.ins().iadd(words, used);
        let room = self.field(MEMORY, offset_of!(Frame, room));
        let last = self.f.ins().icmp(IntCC::Equal, room, behind);
        let room = self.f.ins().select(last, end, room);
        self.f.ins().store(MEMORY, room, self.frame, offset_of!(Frame, room) as i32);
    }

    fn grow(&mut self, making: Making, width: i64, keyed: bool) {
        let size = size_of::<Growing>() as u32;
        let slot = self.f.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3));
        let fields = [
            (making.words, offset_of!(Growing, words)),
            (making.len, offset_of!(Growing, len)),
            (making.capacity, offset_of!(Growing, capacity)),
        ];
        for (variable, offset) in fields {
            let content = self.f.use_var(variable);
            self.f.ins().stack_store(I64, content, slot, offset as i32);
        }
        let state = self.f.ins().stack_addr(I64, slot, 0);
        let (width, keyed) = (self.int(width), self.int(i64::from(keyed)));
        self.call_rarely(GROW_LIST, &[self.frame, state, width, keyed]);
        for (variable, offset) in fields {
            let content = self.f.ins().stack_load(I64, I64, slot, offset as i32);
            self.f.def_var(variable, content);
        }
    }

    /// Ends a list: sorts it, and gives back the room behind it if nothing was put there meanwhile.
    pub(super) fn end_list(&mut self, list: List) -> Result<(), String> {
        if matches!(self.plan.dag.list(list), ListNode::Reach { .. }) {
            return self.end_reach(list);
        }
        let making = self.making_of(list)?;
        let width = self.width(list);
        let (words, len) = (self.f.use_var(making.words), self.f.use_var(making.len));
        let capacity = self.f.use_var(making.capacity);
        if let ListNode::Sort { descending, .. } = self.plan.dag.list(list) {
            let several = self.f.ins().icmp_imm_u(IntCC::UnsignedGreaterThan, len, 1);
            self.branch(
                several,
                |emit| {
                    let keys = emit.word_bytes(capacity, width);
                    let keys = emit.f.ins().iadd(words, keys);
                    let (width, descending) = (emit.int(width), emit.int(i64::from(*descending)));
                    emit.call(SORT_LIST, &[words, width, keys, len, descending]);
                    Ok(())
                },
                |_| Ok(()),
            )?;
        }
        let bytes = self.block_bytes(list, capacity);
        let used = self.word_bytes(len, width);
        self.close(words, bytes, used);
        self.lists.set(list.0, Made { words, len });
        Ok(())
    }

    fn making_of(&self, list: List) -> Result<Making, String> {
        self.making.get(&list).copied().ok_or_else(|| format!("the list l{} is not being made", list.0))
    }

    /// `room::word_bytes`.
    fn word_bytes(&mut self, elements: Value, width: i64) -> Value {
        let bytes = self.f.ins().imul_imm_s(elements, 4 * width);
        if width % 2 == 0 {
            return bytes;
        }
        let bytes = self.f.ins().iadd_imm_s(bytes, 7);
        self.f.ins().band_imm_s(bytes, -8)
    }

    /// Bytes of the words and, for a sort, the keys of so many elements.
    fn block_bytes(&mut self, list: List, capacity: Value) -> Value {
        let bytes = self.word_bytes(capacity, self.width(list));
        if self.sorts(list) { self.element(bytes, capacity, 3) } else { bytes }
    }

    /// `room::take` of a multiple of 8 bytes, not 0.
    pub(super) fn take(&mut self, bytes: Value) -> Value {
        let room = self.field(MEMORY, offset_of!(Frame, room));
        let end = self.field(MEMORY, offset_of!(Frame, room_end));
        let left = self.f.ins().isub(end, room);
        let short = self.f.ins().icmp(IntCC::UnsignedLessThan, left, bytes);
        let (rare, on) = (self.f.create_block(), self.f.create_block());
        let taken = self.f.append_block_param(on, I64);
        self.f.set_cold_block(rare);
        self.f.ins().brif(short, rare, &[], on, &[BlockArg::Value(room)]);
        self.f.seal_block(rare);
        self.f.switch_to_block(rare);
        self.call_frame(offset_of!(Frame, reserve), bytes);
        let fresh = self.field(MEMORY, offset_of!(Frame, room));
        self.f.ins().jump(on, &[BlockArg::Value(fresh)]);
        self.f.seal_block(on);
        self.f.switch_to_block(on);
        let behind = self.f.ins().iadd(taken, bytes);
        self.f.ins().store(MEMORY, behind, self.frame, offset_of!(Frame, room) as i32);
        taken
    }

    /// Keeps address and length.
    pub(super) fn store_list(&mut self, slots: [SlotId; 2], list: List) -> Result<(), String> {
        let made = self.made(list)?;
        self.store_made(slots, made);
        Ok(())
    }

    /// Reads address and length.
    pub(super) fn fetch_list(&mut self, slots: [SlotId; 2], list: List) {
        let made = self.fetch_made(slots);
        self.lists.set(list.0, made);
    }

    /// Keeps address and length.
    pub(super) fn store_table(&mut self, slots: [SlotId; 2], table: Register) -> Result<(), String> {
        let made = self.table(table)?;
        self.store_made(slots, made);
        Ok(())
    }

    /// Reads address and length.
    pub(super) fn fetch_table(&mut self, slots: [SlotId; 2], table: Register) {
        let made = self.fetch_made(slots);
        self.tables.set(table.0, made);
    }

    fn store_made(&mut self, [address, len]: [SlotId; 2], made: Made) {
        for (slot, content) in [(address, made.words), (len, made.len)] {
            let at = self.slot(slot);
            self.f.ins().store(MEMORY, content, at, 0);
        }
    }

    fn fetch_made(&mut self, slots: [SlotId; 2]) -> Made {
        let [words, len] = slots.map(|slot| {
            let at = self.slot(slot);
            self.f.ins().load(I64, CONSTANT, at, 0)
        });
        Made { words, len }
    }

    /// Room for one number per place of each of these tables, which have as many, and a NaN behind them for positions that
    /// are not.
    pub(super) fn begin_tables(&mut self, tables: &[Register]) -> Result<(), String> {
        let Some(Node::Table { over, place, .. }) = tables.first().map(|t| self.plan.dag.node(*t)) else {
            return Err("there is no table to begin".to_owned());
        };
        let len = match place {
            Some(place) => self.read(place.room, Ty::Int)?,
            None => self.size(*over)?,
        };
        let entries = self.f.ins().iadd_imm_s(len, 1);
        let bytes = self.f.ins().ishl_imm_u(entries, 3);
        let all = self.f.ins().imul_imm_s(bytes, tables.len() as i64);
        let mut words = self.take(all);
        let nan = self.f.ins().f64const(f64::NAN);
        for table in tables {
            let behind = self.element(words, len, 3);
            self.f.ins().store(MEMORY, nan, behind, 0);
            self.tables.set(table.0, Made { words, len });
            words = self.f.ins().iadd(words, bytes);
        }
        Ok(())
    }

    /// Stores an entry.
    pub(super) fn put_table(&mut self, table: Register) -> Result<(), String> {
        let Node::Table { over, depth, body, place } = self.plan.dag.node(table) else {
            return Err(format!("v{} is no table", table.0));
        };
        let entries = self.table(table)?;
        let position = match place {
            Some(place) => self.place(table, place.at, entries.len)?,
            None => {
                let position = self.loops.of(*over, *depth).position.and_then(|register| self.registers.get(register));
                position.ok_or_else(|| format!("the table v{} is filled outside of its loop", table.0))?
            }
        };
        let content = self.read(*body, Ty::Real)?;
        let at = self.element(entries.words, position, 3);
        self.f.ins().store(MEMORY, content, at, 0);
        Ok(())
    }

    /// An entry.
    pub(super) fn table_at(&mut self, table: Register, position: Register) -> Result<Value, String> {
        let entries = self.table(table)?;
        let position = self.place(table, position, entries.len)?;
        let at = self.element(entries.words, position, 3);
        Ok(self.f.ins().load(F64, MEMORY, at, 0))
    }

    /// A place in a table, or that behind the last.
    fn place(&mut self, table: Register, position: Register, len: Value) -> Result<Value, String> {
        let inside = in_table(&self.plan.dag, table, position);
        let position = self.read(position, Ty::Int)?;
        Ok(if inside { position } else { self.f.ins().umin(position, len) })
    }

    /// A division of the list of four tables.
    pub(super) fn grouping(&mut self, how: Grouping, momenta: [Register; 4]) -> Result<Value, String> {
        let (seed, association) = how.numbers();
        let mut arguments = vec![self.int(seed), self.int(association)];
        for table in momenta {
            arguments.push(self.table(table)?.words);
        }
        arguments.push(self.table(momenta[0])?.len);
        self.call(GROUPING, &arguments).ok_or_else(|| "there is no grouping".to_owned())
    }

    fn table(&self, table: Register) -> Result<Made, String> {
        self.tables.get(table.0).ok_or_else(|| format!("the table v{} is read before it is made", table.0))
    }
}
