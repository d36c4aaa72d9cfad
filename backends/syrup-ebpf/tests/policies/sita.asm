policy sita (sk_reuseport), 36 words:
   0: r5 = *(u64 *)(r1 +0)
   1: r0 = *(u64 *)(r1 +8)
   2: r7 = r1
   3: r5 += 28
   4: if r5 > r0 goto pc+23
   5: r0 = *(u64 *)(r5 -20)
   6: if r0 != 0x2 goto pc+10
   7: *(u32 *)(r10 -8) = 0
   8: r2 = map[workers]
  10: r3 = r10
  11: r3 += -8
  12: w4 = 0
  13: r1 = r7
  14: call bpf_sk_select_reuseport#82
  15: w0 = 1
  16: exit
  17: r0 = map[.data.sets][0]+0
  19: r6 = *(u32 *)(r0 +0)
  20: if w6 <= 0x1 goto pc-6
  21: w6 -= 1
  22: call bpf_get_prandom_u32#7
  23: r0 *= r6
  24: r0 >>= 32
  25: w0 += 1
  26: *(u32 *)(r10 -8) = r0
  27: goto pc-20
  28: w2 = 8
  29: r3 = r10
  30: r3 += -24
  31: w4 = 20
  32: call bpf_skb_load_bytes#26
  33: if w0 != 0x0 goto pc-19
  34: r0 = *(u64 *)(r10 -24)
  35: goto pc-30
twin sita_twin (tc), 56 words:
   0: r2 = map[.data.script][0]+36
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 != 0x40 goto pc+42
   4: r2 = *(u32 *)(r1 +76)
   5: r0 = *(u32 *)(r1 +80)
   6: r6 = r1
   7: r2 += 92
   8: if r2 > r0 goto pc+39
   9: r1 = *(u64 *)(r2 -20)
  10: if r1 != 0x2 goto pc+18
  11: w1 = 0
  12: *(u32 *)(r6 +48) = r1
  13: r0 = *(u32 *)(r6 +48)
  14: r1 = map[.data.sets][0]+0
  16: r1 = *(u32 *)(r1 +0)
  17: if w0 >= w1 goto pc+9
  18: if r0 >= 0x40 goto pc+8
  19: r1 = map[.data.sets][0]+4
  21: r2 = r0
  22: r2 <<= 2
  23: r1 += r2
  24: r1 = *(u32 *)(r1 +0)
  25: if w1 == 0x0 goto pc+1
  26: exit
  27: w0 = -1
  28: exit
  29: r1 = map[.data.sets][0]+0
  31: r2 = *(u32 *)(r1 +0)
  32: if w2 <= 0x1 goto pc-6
  33: r2 = map[.data.script][0]+0
  35: r3 = *(u32 *)(r2 +44)
  36: r1 = r3
  37: w1 += 1
  38: *(u32 *)(r2 +44) = r1
  39: w1 = 0
  40: if w3 >= 0x40 goto pc+3
  41: r3 <<= 2
  42: r2 += r3
  43: r1 = *(u32 *)(r2 +48)
  44: w1 += 1
  45: goto pc-34
  46: w0 = -3
  47: exit
  48: w2 = 72
  49: r3 = r10
  50: r3 += -24
  51: w4 = 20
  52: call bpf_skb_load_bytes#26
  53: if w0 != 0x0 goto pc-27
  54: r1 = *(u64 *)(r10 -24)
  55: goto pc-46
verifier: at most 76 instructions
