//! What a policy learns of the packet and the evaluation: bytes, metadata, time, draws.

use super::Lower;
use crate::abi::{Env, Import};
use crate::defect::Defect;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I16, I32, I64};
use cranelift_codegen::ir::{self, Endianness, InstBuilder, MemFlagsData};
use std::mem::offset_of;
use syrup_ir::{Base, Meta, Order, Value, max_of};

impl Lower<'_, '_> {
    /// Bytes from the frame's start to a base.
    pub(super) fn base(&mut self, base: Base) -> ir::Value {
        match base {
            Base::Frame => self.number(0),
            Base::Net => self.env_field(offset_of!(Env, net), I32),
            Base::Transport => self.env_field(offset_of!(Env, transport), I32),
        }
    }

    pub(super) fn packet_bytes(&mut self) -> ir::Value {
        self.env_field(offset_of!(Env, packet_bytes), I64)
    }

    /// Bytes of a view as a number. Only whole powers of two are read, so never a byte too many.
    pub(super) fn load(&mut self, view: Value, offset: u32, order: Order, bits: u8) -> ir::Value {
        let start = self.value(view);
        let packet = self.env_field(offset_of!(Env, packet), I64);
        let at = self.b.ins().iadd(packet, start);
        let is_big = (order == Order::Big) != self.mode.defect.is(Defect::ByteOrder);
        // A view was granted, so the bytes are there; nobody promised that they are aligned.
        let flags = MemFlagsData::new().with_notrap().with_endianness(Endianness::Little);
        let (n_bytes, mut done) = (bits / 8, 0);
        let mut whole = None;
        while done < n_bytes {
            let (ty, size) = match n_bytes - done {
                8.. => (I64, 8),
                4..=7 => (I32, 4),
                2..=3 => (I16, 2),
                _ => (I8, 1),
            };
            let loaded = self.b.ins().load(ty, flags, at, (offset + u32::from(done)) as i32);
            let piece = self.widened(loaded, ty);
            let piece = if is_big && size > 1 { self.swap_bytes(size * 8, piece) } else { piece };
            // Big: earlier bytes stand higher. Little: the other way round.
            let below = if is_big { n_bytes - done - size } else { done };
            let by = self.number(u64::from(below) * 8);
            let piece = self.b.ins().ishl(piece, by);
            whole = Some(match whole {
                None => piece,
                Some(whole) => self.b.ins().bor(whole, piece),
            });
            done += size;
        }
        whole.unwrap_or_else(|| self.number(0))
    }

    pub(super) fn meta(&mut self, meta: Meta) -> ir::Value {
        match meta {
            Meta::EthProtocol => self.env_field(offset_of!(Env, eth_protocol), I16),
            Meta::IpProtocol => self.env_field(offset_of!(Env, ip_protocol), I8),
            Meta::FlowHash => self.env_field(offset_of!(Env, flow_hash), I32),
            Meta::RxQueue => self.env_field(offset_of!(Env, rx_queue), I32),
            Meta::Interface => self.env_field(offset_of!(Env, interface), I32),
            Meta::Len => {
                let start = self.base(self.module.hook.window);
                let bytes = self.packet_bytes();
                let zero = self.number(0);
                let left = self.b.ins().isub(bytes, start);
                let is_short = self.b.ins().icmp(IntCC::UnsignedLessThan, bytes, start);
                let left = self.b.ins().select(is_short, zero, left);
                self.cut(left, 32)
            }
        }
    }

    pub(super) fn cpu(&mut self) -> ir::Value {
        self.env_field(offset_of!(Env, cpu), I32)
    }

    /// A draw; one below 0 is taken like any other and gives 0. A runtime that answers too large
    /// a number gives 0 too, because the range is a promise.
    pub(super) fn random(&mut self, bound: Option<Value>) -> ir::Value {
        let Some(bound) = bound else {
            let all = self.number(0);
            let drawn = self.call(Import::Random, &[(all, I64)]);
            let mask = self.number(max_of(32));
            return self.b.ins().band(drawn, mask);
        };
        let bound = self.value(bound);
        let zero = self.number(0);
        if self.mode.defect.is(Defect::DrawSkipped) {
            return self.draw_if_any(bound);
        }
        let drawn = self.call(Import::Random, &[(bound, I64)]);
        let is_below = self.b.ins().icmp(IntCC::UnsignedLessThan, drawn, bound);
        self.b.ins().select(is_below, drawn, zero)
    }

    /// The defect: no draw below 0.
    fn draw_if_any(&mut self, bound: ir::Value) -> ir::Value {
        let (draw, after) = (self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(after, I64);
        let zero = self.number(0);
        self.b.ins().brif(bound, draw, &[], after, &[zero.into()]);
        self.b.switch_to_block(draw);
        let drawn = self.call(Import::Random, &[(bound, I64)]);
        self.b.ins().jump(after, &[drawn.into()]);
        self.b.switch_to_block(after);
        result
    }
}
