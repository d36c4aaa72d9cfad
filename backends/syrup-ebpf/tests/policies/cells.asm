policy cells (sk_reuseport), 56 words:
   0: r9 = r1
   1: *(u64 *)(r10 -8) = 0
   2: r1 = map[seen]
   4: r2 = r10
   5: r2 += -8
   6: call bpf_map_lookup_elem#1
   7: if r0 == 0x0 goto pc+44
   8: r1 = *(u64 *)(r0 +0)
   9: r1 += 1
  10: *(u64 *)(r0 +0) = r1
  11: r2 = map[.data.ours][0]+0
  13: r0 = map[.rodata][0]+0
  15: r6 = *(u32 *)(r0 +0)
  16: r8 = r6
  17: r8 = atomic_fetch_add((u32 *)(r2 +0), r8)
  18: r1 = map[.data][0]+0
  20: r0 = *(u64 *)(r1 +0)
  21: r0 ^= r8
  22: *(u64 *)(r1 +0) = r0
  23: *(u64 *)(r2 +8) = r0
  24: r7 = *(u8 *)(r1 +8)
  25: w7 &= 1
  26: r0 = map[.rodata][0]+4
  28: r0 = *(u8 *)(r0 +0)
  29: w7 ^= w0
  30: *(u8 *)(r1 +8) = r7
  31: r0 = r6
  32: r0 = atomic_xchg((u32 *)(r1 +64), r0)
  33: w8 &= 3
  34: *(u64 *)(r10 -8) = r8
  35: r1 = map[bytes]
  37: r2 = r10
  38: r2 += -8
  39: call bpf_map_lookup_elem#1
  40: if r0 == 0x0 goto pc+13
  41: r1 = *(u32 *)(r0 +0)
  42: w1 += w6
  43: *(u32 *)(r0 +0) = r1
  44: if w7 == 0x0 goto pc+9
  45: r2 = map[workers]
  47: r3 = r10
  48: r3 += -8
  49: w4 = 0
  50: r1 = r9
  51: call bpf_sk_select_reuseport#82
  52: w0 = 1
  53: exit
  54: w0 = 0
  55: exit
twin cells_twin (tc), 76 words:
   0: r9 = r1
   1: r2 = map[.data.script][0]+36
   3: r4 = *(u32 *)(r2 +0)
   4: if w4 != 0x40 goto pc+69
   5: *(u64 *)(r10 -8) = 0
   6: r1 = map[seen]
   8: r2 = r10
   9: r2 += -8
  10: call bpf_map_lookup_elem#1
  11: if r0 == 0x0 goto pc+50
  12: r1 = *(u64 *)(r0 +0)
  13: r1 += 1
  14: *(u64 *)(r0 +0) = r1
  15: r2 = map[.data.ours][0]+0
  17: r0 = map[.rodata][0]+0
  19: r6 = *(u32 *)(r0 +0)
  20: r8 = r6
  21: r8 = atomic_fetch_add((u32 *)(r2 +0), r8)
  22: r1 = map[.data][0]+0
  24: r0 = *(u64 *)(r1 +0)
  25: r0 ^= r8
  26: *(u64 *)(r1 +0) = r0
  27: *(u64 *)(r2 +8) = r0
  28: r7 = *(u8 *)(r1 +8)
  29: w7 &= 1
  30: r0 = map[.rodata][0]+4
  32: r0 = *(u8 *)(r0 +0)
  33: w7 ^= w0
  34: *(u8 *)(r1 +8) = r7
  35: r0 = r6
  36: r0 = atomic_xchg((u32 *)(r1 +64), r0)
  37: w8 &= 3
  38: *(u64 *)(r10 -8) = r8
  39: r1 = map[bytes]
  41: r2 = r10
  42: r2 += -8
  43: call bpf_map_lookup_elem#1
  44: if r0 == 0x0 goto pc+27
  45: r1 = *(u32 *)(r0 +0)
  46: w1 += w6
  47: *(u32 *)(r0 +0) = r1
  48: if w7 == 0x0 goto pc+23
  49: *(u32 *)(r9 +48) = r8
  50: r0 = *(u32 *)(r9 +48)
  51: r1 = map[.data.sets][0]+0
  53: r1 = *(u32 *)(r1 +0)
  54: if w0 >= w1 goto pc+7
  55: if r0 >= 0x4 goto pc+6
  56: r1 = map[.data.sets][0]+4
  58: if w0 >= 0x2 goto pc+8
  59: if w0 >= 0x1 goto pc+5
  60: r1 = *(u32 *)(r1 +0)
  61: if w1 != 0x0 goto pc+2
  62: w0 = -1
  63: exit
  64: exit
  65: r1 = *(u32 *)(r1 +4)
  66: goto pc-6
  67: if w0 >= 0x3 goto pc+2
  68: r1 = *(u32 *)(r1 +8)
  69: goto pc-9
  70: r1 = *(u32 *)(r1 +12)
  71: goto pc-11
  72: w0 = -2
  73: exit
  74: w0 = -3
  75: exit
verifier: at most 53 instructions
