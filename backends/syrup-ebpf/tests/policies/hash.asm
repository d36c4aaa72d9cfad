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
twin by_flow_twin (tc), 24 words:
   0: r2 = map[.data.sets][0]+0
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 == 0x0 goto pc+17
   4: r0 = map[.data.script][0]+8
   6: r0 = *(u32 *)(r0 +0)
   7: r0 *= r4
   8: r0 >>= 32
   9: r1 = map[.data.sets][0]+0
  11: r1 = *(u32 *)(r1 +0)
  12: if w0 >= w1 goto pc+8
  13: if w0 >= 0x40 goto pc+7
  14: r1 = map[.data.sets][0]+4
  16: r2 = r0
  17: r2 <<= 2
  18: r1 += r2
  19: r1 = *(u32 *)(r1 +0)
  20: if w1 != 0x0 goto pc+2
  21: w0 = -1
  22: exit
  23: exit
verifier: at most 26 instructions
