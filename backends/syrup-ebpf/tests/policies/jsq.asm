policy jsq (sk_reuseport), 69 words:
   0: r8 = r1
   1: r0 = map[.data.sets][0]+0
   3: r9 = *(u32 *)(r0 +0)
   4: if w9 == 0x0 goto pc+62
   5: r0 = map[.rodata][0]+0
   7: r6 = *(u32 *)(r0 +0)
   8: call bpf_get_prandom_u32#7
   9: r0 *= r9
  10: r0 >>= 32
  11: *(u32 *)(r10 -8) = r0
  12: *(u64 *)(r10 -32) = r0
  13: r1 = map[load]
  15: r2 = r10
  16: r2 += -8
  17: call bpf_map_lookup_elem#1
  18: if r0 == 0x0 goto pc+48
  19: r7 = *(u32 *)(r0 +0)
  20: *(u64 *)(r10 -16) = r0
  21: if w6 <= 0x1 goto pc+33
  22: call bpf_get_prandom_u32#7
  23: r0 *= r9
  24: r0 >>= 32
  25: *(u32 *)(r10 -8) = r0
  26: *(u64 *)(r10 -24) = r0
  27: r1 = map[load]
  29: r2 = r10
  30: r2 += -8
  31: call bpf_map_lookup_elem#1
  32: if r0 == 0x0 goto pc+34
  33: r1 = *(u32 *)(r0 +0)
  34: if w1 >= w7 goto pc+4
  35: r7 = r1
  36: *(u64 *)(r10 -16) = r0
  37: r2 = *(u64 *)(r10 -24)
  38: *(u64 *)(r10 -32) = r2
  39: if w6 <= 0x2 goto pc+15
  40: call bpf_get_prandom_u32#7
  41: r0 *= r9
  42: r0 >>= 32
  43: *(u32 *)(r10 -8) = r0
  44: r6 = r0
  45: r1 = map[load]
  47: r2 = r10
  48: r2 += -8
  49: call bpf_map_lookup_elem#1
  50: if r0 == 0x0 goto pc+16
  51: r1 = *(u32 *)(r0 +0)
  52: if w1 >= w7 goto pc+2
  53: *(u64 *)(r10 -16) = r0
  54: *(u64 *)(r10 -32) = r6
  55: w1 = 1
  56: r0 = *(u64 *)(r10 -16)
  57: lock *(u32 *)(r0 +0) += r1
  58: r1 = *(u64 *)(r10 -32)
  59: *(u32 *)(r10 -8) = r1
  60: r2 = map[workers]
  62: r3 = r10
  63: r3 += -8
  64: w4 = 0
  65: r1 = r8
  66: call bpf_sk_select_reuseport#82
  67: w0 = 1
  68: exit
twin jsq_twin (tc), 96 words:
   0: r0 = map[.data.sets][0]+0
   2: r0 = *(u32 *)(r0 +0)
   3: if w0 == 0x0 goto pc+85
   4: r0 = map[.rodata][0]+0
   6: r7 = *(u32 *)(r0 +0)
   7: r1 = map[.data.script][0]+0
   9: r2 = *(u32 *)(r1 +44)
  10: r0 = r2
  11: w0 += 1
  12: *(u32 *)(r1 +44) = r0
  13: w0 = 0
  14: *(u64 *)(r10 -16) = r0
  15: if w2 < 0x40 goto pc+76
  16: r0 = *(u64 *)(r10 -16)
  17: *(u32 *)(r10 -8) = r0
  18: *(u64 *)(r10 -16) = r0
  19: r1 = map[load]
  21: r2 = r10
  22: r2 += -8
  23: call bpf_map_lookup_elem#1
  24: r6 = r0
  25: if r0 == 0x0 goto pc+63
  26: r8 = *(u32 *)(r6 +0)
  27: if w7 <= 0x1 goto pc+46
  28: r1 = map[.data.script][0]+0
  30: r2 = *(u32 *)(r1 +44)
  31: r0 = r2
  32: w0 += 1
  33: *(u32 *)(r1 +44) = r0
  34: w9 = 0
  35: if w2 >= 0x40 goto pc+3
  36: r2 <<= 2
  37: r1 += r2
  38: r9 = *(u32 *)(r1 +48)
  39: *(u32 *)(r10 -8) = r9
  40: r1 = map[load]
  42: r2 = r10
  43: r2 += -8
  44: call bpf_map_lookup_elem#1
  45: if r0 == 0x0 goto pc+43
  46: r1 = *(u32 *)(r0 +0)
  47: if w1 >= w8 goto pc+3
  48: r6 = r0
  49: r8 = r1
  50: *(u64 *)(r10 -16) = r9
  51: if w7 <= 0x2 goto pc+22
  52: r1 = map[.data.script][0]+0
  54: r2 = *(u32 *)(r1 +44)
  55: r0 = r2
  56: w0 += 1
  57: *(u32 *)(r1 +44) = r0
  58: w7 = 0
  59: if w2 >= 0x40 goto pc+3
  60: r2 <<= 2
  61: r1 += r2
  62: r7 = *(u32 *)(r1 +48)
  63: *(u32 *)(r10 -8) = r7
  64: r1 = map[load]
  66: r2 = r10
  67: r2 += -8
  68: call bpf_map_lookup_elem#1
  69: if r0 == 0x0 goto pc+19
  70: r1 = *(u32 *)(r0 +0)
  71: if w1 >= w8 goto pc+2
  72: r6 = r0
  73: *(u64 *)(r10 -16) = r7
  74: w0 = 1
  75: lock *(u32 *)(r6 +0) += r0
  76: r0 = map[.data.sets][0]+0
  78: r1 = *(u32 *)(r0 +0)
  79: r0 = *(u64 *)(r10 -16)
  80: if w0 >= w1 goto pc+8
  81: if w0 >= 0x40 goto pc+7
  82: r1 = map[.data.sets][0]+4
  84: r2 = r0
  85: r2 <<= 2
  86: r1 += r2
  87: r1 = *(u32 *)(r1 +0)
  88: if w1 != 0x0 goto pc+2
  89: w0 = -1
  90: exit
  91: exit
  92: r2 <<= 2
  93: r1 += r2
  94: r0 = *(u32 *)(r1 +48)
  95: goto pc-79
verifier: at most 1236 instructions
