policy sita (sk_reuseport), 37 words:
   0: r5 = *(u64 *)(r1 +0)
   1: r0 = *(u64 *)(r1 +8)
   2: r7 = r1
   3: r5 += 28
   4: if r5 > r0 goto pc+23
   5: r0 = *(u64 *)(r5 -20)
   6: if r0 != 0x2 goto pc+11
   7: w0 = 0
   8: *(u32 *)(r10 -8) = r0
   9: r2 = map[workers]
  11: r3 = r10
  12: r3 += -8
  13: w4 = 0
  14: r1 = r7
  15: call bpf_sk_select_reuseport#82
  16: w0 = 1
  17: exit
  18: r0 = map[.data.sets][0]+0
  20: r6 = *(u32 *)(r0 +0)
  21: if w6 <= 0x1 goto pc-6
  22: w6 -= 1
  23: call bpf_get_prandom_u32#7
  24: r0 *= r6
  25: r0 >>= 32
  26: w0 += 1
  27: goto pc-20
  28: w2 = 8
  29: r3 = r10
  30: r3 += -24
  31: w4 = 20
  32: r1 = r7
  33: call bpf_skb_load_bytes#26
  34: if w0 != 0x0 goto pc-19
  35: r0 = *(u64 *)(r10 -24)
  36: goto pc-31
twin sita_twin (tc), 47 words:
   0: r5 = *(u32 *)(r1 +76)
   1: r0 = *(u32 *)(r1 +80)
   2: r5 += 92
   3: if r5 > r0 goto pc+35
   4: r0 = *(u64 *)(r5 -20)
   5: if r0 != 0x2 goto pc+16
   6: w0 = 0
   7: r1 = map[.data.sets][0]+0
   9: r1 = *(u32 *)(r1 +0)
  10: if w0 >= w1 goto pc+9
  11: if w0 >= 0x40 goto pc+8
  12: r1 = map[.data.sets][0]+4
  14: r2 = r0
  15: r2 <<= 2
  16: r1 += r2
  17: r1 = *(u32 *)(r1 +0)
  18: if w1 == 0x0 goto pc+1
  19: exit
  20: w0 = -1
  21: exit
  22: r0 = map[.data.sets][0]+0
  24: r0 = *(u32 *)(r0 +0)
  25: if w0 <= 0x1 goto pc-6
  26: r4 = map[.data.script][0]+0
  28: r5 = *(u32 *)(r4 +44)
  29: r2 = r5
  30: w2 += 1
  31: *(u32 *)(r4 +44) = r2
  32: w0 = 0
  33: if w5 >= 0x40 goto pc+3
  34: r5 <<= 2
  35: r4 += r5
  36: r0 = *(u32 *)(r4 +48)
  37: w0 += 1
  38: goto pc-32
  39: w2 = 72
  40: r3 = r10
  41: r3 += -24
  42: w4 = 20
  43: call bpf_skb_load_bytes#26
  44: if w0 != 0x0 goto pc-25
  45: r0 = *(u64 *)(r10 -24)
  46: goto pc-42
verifier: at most 159 instructions
