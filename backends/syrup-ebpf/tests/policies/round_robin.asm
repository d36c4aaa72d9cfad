policy round_robin (sk_reuseport), 20 words:
   0: r2 = map[.data.sets][0]+0
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 != 0x0 goto pc+2
   4: w0 = 0
   5: exit
   6: r2 = map[.bss][0]+0
   8: w0 = 1
   9: r0 = atomic_fetch_add((u32 *)(r2 +0), r0)
  10: w0 %= w4
  11: *(u32 *)(r10 -8) = r0
  12: r2 = map[workers]
  14: r3 = r10
  15: r3 += -8
  16: w4 = 0
  17: call bpf_sk_select_reuseport#82
  18: w0 += 1
  19: exit
twin round_robi_twin (tc), 32 words:
   0: r2 = map[.data.script][0]+36
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 != 0x40 goto pc+26
   4: r0 = map[.data.sets][0]+0
   6: r0 = *(u32 *)(r0 +0)
   7: if w0 == 0x0 goto pc+19
   8: r3 = map[.bss][0]+0
  10: w2 = 1
  11: r2 = atomic_fetch_add((u32 *)(r3 +0), r2)
  12: w2 %= w0
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
  27: w0 = -2
  28: exit
  29: exit
  30: w0 = -3
  31: exit
verifier: at most 17 instructions
