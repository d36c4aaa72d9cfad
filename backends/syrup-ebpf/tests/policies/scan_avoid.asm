policy scan_avoid (sk_reuseport), 54 words:
   0: r7 = r1
   1: r2 = map[.data.sets][0]+0
   3: r6 = *(u32 *)(r2 +0)
   4: if w6 == 0x0 goto pc+47
   5: call bpf_get_prandom_u32#7
   6: r0 *= r6
   7: r0 >>= 32
   8: *(u32 *)(r10 -8) = r0
   9: r1 = map[doing]
  11: r2 = r10
  12: r2 += -8
  13: call bpf_map_lookup_elem#1
  14: if r0 == 0x0 goto pc+2
  15: r0 = *(u64 *)(r0 +0)
  16: if r0 != 0x2 goto pc+28
  17: call bpf_get_prandom_u32#7
  18: r0 *= r6
  19: r0 >>= 32
  20: *(u32 *)(r10 -8) = r0
  21: r1 = map[doing]
  23: r2 = r10
  24: r2 += -8
  25: call bpf_map_lookup_elem#1
  26: if r0 == 0x0 goto pc+2
  27: r1 = *(u64 *)(r0 +0)
  28: if r1 != 0x2 goto pc+16
  29: call bpf_get_prandom_u32#7
  30: r0 *= r6
  31: r0 >>= 32
  32: *(u32 *)(r10 -8) = r0
  33: r1 = map[doing]
  35: r2 = r10
  36: r2 += -8
  37: call bpf_map_lookup_elem#1
  38: if r0 == 0x0 goto pc+2
  39: r1 = *(u64 *)(r0 +0)
  40: if r1 != 0x2 goto pc+4
  41: call bpf_get_prandom_u32#7
  42: r0 *= r6
  43: r0 >>= 32
  44: *(u32 *)(r10 -8) = r0
  45: r2 = map[workers]
  47: r3 = r10
  48: r3 += -8
  49: w4 = 0
  50: r1 = r7
  51: call bpf_sk_select_reuseport#82
  52: w0 = 1
  53: exit
twin scan_avoid_twin (tc), 99 words:
   0: r7 = r1
   1: r3 = map[.data.script][0]+36
   3: r5 = *(u32 *)(r3 +0)
   4: if w5 != 0x40 goto pc+92
   5: r0 = map[.data.sets][0]+0
   7: r0 = *(u32 *)(r0 +0)
   8: if w0 == 0x0 goto pc+85
   9: r2 = map[.data.script][0]+0
  11: r3 = *(u32 *)(r2 +44)
  12: r0 = r3
  13: w0 += 1
  14: *(u32 *)(r2 +44) = r0
  15: w6 = 0
  16: if w3 >= 0x40 goto pc+3
  17: r3 <<= 2
  18: r2 += r3
  19: r6 = *(u32 *)(r2 +48)
  20: *(u32 *)(r10 -8) = r6
  21: r1 = map[doing]
  23: r2 = r10
  24: r2 += -8
  25: call bpf_map_lookup_elem#1
  26: if r0 == 0x0 goto pc+2
  27: r0 = *(u64 *)(r0 +0)
  28: if r0 != 0x2 goto pc+51
  29: r2 = map[.data.script][0]+0
  31: r3 = *(u32 *)(r2 +44)
  32: r0 = r3
  33: w0 += 1
  34: *(u32 *)(r2 +44) = r0
  35: w6 = 0
  36: if w3 >= 0x40 goto pc+3
  37: r3 <<= 2
  38: r2 += r3
  39: r6 = *(u32 *)(r2 +48)
  40: *(u32 *)(r10 -8) = r6
  41: r1 = map[doing]
  43: r2 = r10
  44: r2 += -8
  45: call bpf_map_lookup_elem#1
  46: if r0 == 0x0 goto pc+2
  47: r0 = *(u64 *)(r0 +0)
  48: if r0 != 0x2 goto pc+31
  49: r2 = map[.data.script][0]+0
  51: r3 = *(u32 *)(r2 +44)
  52: r0 = r3
  53: w0 += 1
  54: *(u32 *)(r2 +44) = r0
  55: w6 = 0
  56: if w3 >= 0x40 goto pc+3
  57: r3 <<= 2
  58: r2 += r3
  59: r6 = *(u32 *)(r2 +48)
  60: *(u32 *)(r10 -8) = r6
  61: r1 = map[doing]
  63: r2 = r10
  64: r2 += -8
  65: call bpf_map_lookup_elem#1
  66: if r0 == 0x0 goto pc+2
  67: r1 = *(u64 *)(r0 +0)
  68: if r1 != 0x2 goto pc+11
  69: r2 = map[.data.script][0]+0
  71: r3 = *(u32 *)(r2 +44)
  72: r0 = r3
  73: w0 += 1
  74: *(u32 *)(r2 +44) = r0
  75: w6 = 0
  76: if w3 >= 0x40 goto pc+3
  77: r3 <<= 2
  78: r2 += r3
  79: r6 = *(u32 *)(r2 +48)
  80: *(u32 *)(r7 +48) = r6
  81: r0 = *(u32 *)(r7 +48)
  82: r1 = map[.data.sets][0]+0
  84: r1 = *(u32 *)(r1 +0)
  85: if w0 >= w1 goto pc+8
  86: if r0 >= 0x40 goto pc+7
  87: r1 = map[.data.sets][0]+4
  89: r2 = r0
  90: r2 <<= 2
  91: r1 += r2
  92: r1 = *(u32 *)(r1 +0)
  93: if w1 != 0x0 goto pc+2
  94: w0 = -1
  95: exit
  96: exit
  97: w0 = -3
  98: exit
verifier: at most 235 instructions
