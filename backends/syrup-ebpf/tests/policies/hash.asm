policy by_flow (sk_reuseport), 16 words:
   0: r2 = map[.data.sets][0]+0
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 == 0x0 goto pc+10
   4: r0 = *(u32 *)(r1 +32)
   5: r0 *= r4
   6: r0 >>= 32
   7: *(u32 *)(r10 -8) = r0
   8: r2 = map[workers]
  10: r3 = r10
  11: r3 += -8
  12: w4 = 0
  13: call bpf_sk_select_reuseport#82
  14: w0 = 1
  15: exit
twin by_flow_twin (tc), 32 words:
   0: r2 = map[.data.script][0]+36
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 != 0x40 goto pc+26
   4: r0 = map[.data.sets][0]+0
   6: r0 = *(u32 *)(r0 +0)
   7: if w0 == 0x0 goto pc+19
   8: r2 = map[.data.script][0]+8
  10: r2 = *(u32 *)(r2 +0)
  11: r2 *= r0
  12: r2 >>= 32
  13: *(u32 *)(r1 +48) = r2
  14: r0 = *(u32 *)(r1 +48)
  15: r1 = map[.data.sets][0]+0
  17: r1 = *(u32 *)(r1 +0)
  18: if w0 >= w1 goto pc+8
  19: if r0 >= 0x40 goto pc+7
  20: r1 = map[.data.sets][0]+4
  22: r2 = r0
  23: r2 <<= 2
  24: r1 += r2
  25: r1 = *(u32 *)(r1 +0)
  26: if w1 != 0x0 goto pc+2
  27: w0 = -1
  28: exit
  29: exit
  30: w0 = -3
  31: exit
verifier: at most 16 instructions
