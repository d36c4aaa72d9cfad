policy scan_avoid (sk_reuseport), 61 words:
   0: r7 = r1
   1: r3 = map[.data.sets][0]+0
   3: r6 = *(u32 *)(r3 +0)
   4: if w6 == 0x0 goto pc+54
   5: call bpf_get_prandom_u32#7
   6: r0 *= r6
   7: r0 >>= 32
   8: *(u32 *)(r10 -8) = r0
   9: r8 = r0
  10: r1 = map[doing]
  12: r2 = r10
  13: r2 += -8
  14: call bpf_map_lookup_elem#1
  15: r1 = r0
  16: if r0 == 0x0 goto pc+2
  17: r0 = *(u64 *)(r1 +0)
  18: if r0 != 0x2 goto pc+32
  19: call bpf_get_prandom_u32#7
  20: r0 *= r6
  21: r0 >>= 32
  22: *(u32 *)(r10 -8) = r0
  23: r8 = r0
  24: r1 = map[doing]
  26: r2 = r10
  27: r2 += -8
  28: call bpf_map_lookup_elem#1
  29: r1 = r0
  30: if r0 == 0x0 goto pc+2
  31: r0 = *(u64 *)(r1 +0)
  32: if r0 != 0x2 goto pc+18
  33: call bpf_get_prandom_u32#7
  34: r0 *= r6
  35: r0 >>= 32
  36: r8 = r0
  37: *(u32 *)(r10 -8) = r0
  38: r1 = map[doing]
  40: r2 = r10
  41: r2 += -8
  42: call bpf_map_lookup_elem#1
  43: r1 = r0
  44: if r0 == 0x0 goto pc+2
  45: r2 = *(u64 *)(r1 +0)
  46: if r2 != 0x2 goto pc+4
  47: call bpf_get_prandom_u32#7
  48: r0 *= r6
  49: r0 >>= 32
  50: r8 = r0
  51: *(u32 *)(r10 -8) = r8
  52: r2 = map[workers]
  54: r3 = r10
  55: r3 += -8
  56: w4 = 0
  57: r1 = r7
  58: call bpf_sk_select_reuseport#82
  59: w0 = 1
  60: exit
twin scan_avoid_twin (tc), 103 words:
   0: r3 = map[.data.sets][0]+0
   2: r5 = *(u32 *)(r3 +0)
   3: if w5 == 0x0 goto pc+81
   4: r1 = map[.data.script][0]+0
   6: r2 = *(u32 *)(r1 +44)
   7: r0 = r2
   8: w0 += 1
   9: *(u32 *)(r1 +44) = r0
  10: w6 = 0
  11: if w2 < 0x40 goto pc+87
  12: r0 = r6
  13: *(u32 *)(r10 -8) = r0
  14: r6 = r0
  15: r1 = map[doing]
  17: r2 = r10
  18: r2 += -8
  19: call bpf_map_lookup_elem#1
  20: r1 = r0
  21: if r0 == 0x0 goto pc+2
  22: r0 = *(u64 *)(r1 +0)
  23: if r0 != 0x2 goto pc+49
  24: r1 = map[.data.script][0]+0
  26: r2 = *(u32 *)(r1 +44)
  27: r0 = r2
  28: w0 += 1
  29: *(u32 *)(r1 +44) = r0
  30: w6 = 0
  31: if w2 < 0x40 goto pc+62
  32: r0 = r6
  33: *(u32 *)(r10 -8) = r0
  34: r1 = map[doing]
  36: r2 = r10
  37: r2 += -8
  38: call bpf_map_lookup_elem#1
  39: r1 = r0
  40: if r0 == 0x0 goto pc+2
  41: r1 = *(u64 *)(r1 +0)
  42: if r1 != 0x2 goto pc+30
  43: r1 = map[.data.script][0]+0
  45: r2 = *(u32 *)(r1 +44)
  46: r0 = r2
  47: w0 += 1
  48: *(u32 *)(r1 +44) = r0
  49: w6 = 0
  50: if w2 < 0x40 goto pc+38
  51: r0 = r6
  52: *(u32 *)(r10 -8) = r0
  53: r1 = map[doing]
  55: r2 = r10
  56: r2 += -8
  57: call bpf_map_lookup_elem#1
  58: r1 = r0
  59: if r0 == 0x0 goto pc+2
  60: r1 = *(u64 *)(r1 +0)
  61: if r1 != 0x2 goto pc+11
  62: r1 = map[.data.script][0]+0
  64: r2 = *(u32 *)(r1 +44)
  65: r0 = r2
  66: w0 += 1
  67: *(u32 *)(r1 +44) = r0
  68: w6 = 0
  69: if w2 >= 0x40 goto pc+3
  70: r2 <<= 2
  71: r1 += r2
  72: r6 = *(u32 *)(r1 +48)
  73: r1 = map[.data.sets][0]+0
  75: r1 = *(u32 *)(r1 +0)
  76: if w6 >= w1 goto pc+8
  77: if w6 >= 0x40 goto pc+7
  78: r1 = map[.data.sets][0]+4
  80: r2 = r6
  81: r2 <<= 2
  82: r1 += r2
  83: r3 = *(u32 *)(r1 +0)
  84: if w3 != 0x0 goto pc+2
  85: w0 = -1
  86: exit
  87: r0 = r6
  88: exit
  89: r2 <<= 2
  90: r1 += r2
  91: r0 = *(u32 *)(r1 +48)
  92: r6 = r0
  93: goto pc-42
  94: r2 <<= 2
  95: r1 += r2
  96: r0 = *(u32 *)(r1 +48)
  97: r6 = r0
  98: goto pc-66
  99: r2 <<= 2
 100: r1 += r2
 101: r0 = *(u32 *)(r1 +48)
 102: goto pc-90
verifier: at most 4357 instructions
