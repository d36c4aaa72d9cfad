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
  12: *(u64 *)(r10 -16) = r0
  13: r1 = map[load]
  15: r2 = r10
  16: r2 += -8
  17: call bpf_map_lookup_elem#1
  18: if r0 == 0x0 goto pc+48
  19: r7 = *(u32 *)(r0 +0)
  20: *(u64 *)(r10 -24) = r0
  21: if w6 <= 0x1 goto pc+33
  22: call bpf_get_prandom_u32#7
  23: r0 *= r9
  24: r0 >>= 32
  25: *(u32 *)(r10 -8) = r0
  26: *(u64 *)(r10 -32) = r0
  27: r1 = map[load]
  29: r2 = r10
  30: r2 += -8
  31: call bpf_map_lookup_elem#1
  32: if r0 == 0x0 goto pc+34
  33: r1 = *(u32 *)(r0 +0)
  34: if w1 >= w7 goto pc+4
  35: r7 = r1
  36: r2 = *(u64 *)(r10 -32)
  37: *(u64 *)(r10 -16) = r2
  38: *(u64 *)(r10 -24) = r0
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
  53: *(u64 *)(r10 -16) = r6
  54: *(u64 *)(r10 -24) = r0
  55: w1 = 1
  56: r0 = *(u64 *)(r10 -24)
  57: lock *(u32 *)(r0 +0) += r1
  58: r1 = *(u64 *)(r10 -16)
  59: *(u32 *)(r10 -8) = r1
  60: r2 = map[workers]
  62: r3 = r10
  63: r3 += -8
  64: w4 = 0
  65: r1 = r8
  66: call bpf_sk_select_reuseport#82
  67: w0 = 1
  68: exit
twin jsq_twin (tc), 102 words:
   0: *(u64 *)(r10 -24) = r1
   1: r0 = map[.data.script][0]+36
   3: r0 = *(u32 *)(r0 +0)
   4: if w0 != 0x40 goto pc+95
   5: r0 = map[.data.sets][0]+0
   7: r0 = *(u32 *)(r0 +0)
   8: if w0 == 0x0 goto pc+88
   9: r0 = map[.rodata][0]+0
  11: r7 = *(u32 *)(r0 +0)
  12: r0 = map[.data.script][0]+0
  14: r2 = *(u32 *)(r0 +44)
  15: r1 = r2
  16: w1 += 1
  17: *(u32 *)(r0 +44) = r1
  18: w6 = 0
  19: if w2 >= 0x40 goto pc+3
  20: r2 <<= 2
  21: r0 += r2
  22: r6 = *(u32 *)(r0 +48)
  23: *(u32 *)(r10 -8) = r6
  24: r1 = map[load]
  26: r2 = r10
  27: r2 += -8
  28: call bpf_map_lookup_elem#1
  29: if r0 == 0x0 goto pc+67
  30: r8 = *(u32 *)(r0 +0)
  31: *(u64 *)(r10 -16) = r0
  32: if w7 <= 0x1 goto pc+46
  33: r2 = map[.data.script][0]+0
  35: r3 = *(u32 *)(r2 +44)
  36: r0 = r3
  37: w0 += 1
  38: *(u32 *)(r2 +44) = r0
  39: w9 = 0
  40: if w3 >= 0x40 goto pc+3
  41: r3 <<= 2
  42: r2 += r3
  43: r9 = *(u32 *)(r2 +48)
  44: *(u32 *)(r10 -8) = r9
  45: r1 = map[load]
  47: r2 = r10
  48: r2 += -8
  49: call bpf_map_lookup_elem#1
  50: if r0 == 0x0 goto pc+46
  51: r1 = *(u32 *)(r0 +0)
  52: if w1 >= w8 goto pc+3
  53: r6 = r9
  54: r8 = r1
  55: *(u64 *)(r10 -16) = r0
  56: if w7 <= 0x2 goto pc+22
  57: r2 = map[.data.script][0]+0
  59: r3 = *(u32 *)(r2 +44)
  60: r0 = r3
  61: w0 += 1
  62: *(u32 *)(r2 +44) = r0
  63: w7 = 0
  64: if w3 >= 0x40 goto pc+3
  65: r3 <<= 2
  66: r2 += r3
  67: r7 = *(u32 *)(r2 +48)
  68: *(u32 *)(r10 -8) = r7
  69: r1 = map[load]
  71: r2 = r10
  72: r2 += -8
  73: call bpf_map_lookup_elem#1
  74: if r0 == 0x0 goto pc+22
  75: r1 = *(u32 *)(r0 +0)
  76: if w1 >= w8 goto pc+2
  77: r6 = r7
  78: *(u64 *)(r10 -16) = r0
  79: w1 = 1
  80: r0 = *(u64 *)(r10 -16)
  81: lock *(u32 *)(r0 +0) += r1
  82: r1 = *(u64 *)(r10 -24)
  83: *(u32 *)(r1 +48) = r6
  84: r0 = *(u32 *)(r1 +48)
  85: r1 = map[.data.sets][0]+0
  87: r1 = *(u32 *)(r1 +0)
  88: if w0 >= w1 goto pc+8
  89: if r0 >= 0x40 goto pc+7
  90: r3 = map[.data.sets][0]+4
  92: r4 = r0
  93: r4 <<= 2
  94: r3 += r4
  95: r1 = *(u32 *)(r3 +0)
  96: if w1 != 0x0 goto pc+2
  97: w0 = -1
  98: exit
  99: exit
 100: w0 = -3
 101: exit
verifier: at most 166 instructions
